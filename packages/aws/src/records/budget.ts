import { type Budget, budgetExceeded, type InfillError, type Job, type Settlement } from "@infill/core";
import type { Item } from "./item.ts";
import type { Rows, Write } from "./rows.ts";
import { budgetKey } from "./table.ts";

/**
 * The money of each tenant, one row: the three sums, `used` (their sum) and, while there is a limit,
 * `left` (the limit less `used`). A condition cannot calculate, so whoever moves money moves `used` and
 * `left` with it, in the same write: then "is it covered?" is one comparison on the row itself, with
 * nothing read before that could be old. Without a limit nobody looks at `left`, and setting one writes
 * it anew.
 */
export function budgets(rows: Pick<Rows, "read" | "update">) {
  const row = (tenant: string) => rows.read(budgetKey(tenant), "reading a budget");

  return {
    async read(tenant: string): Promise<Budget> {
      const item = await row(tenant);
      const limit = item?.["limit"];
      return { ...(limit === undefined ? {} : { limit: Number(limit) }), ...sumsOf(item) };
    },

    async setLimit(tenant: string, limit: number | undefined): Promise<void> {
      // `left` comes from the `used` that is there at the moment of the write: a reservation made at the
      // same time is in it, or meets the new limit.
      const change =
        limit === undefined
          ? { update: "SET #v = :v REMOVE #limit, #left", values: { v: 1 } }
          : {
              update: "SET #v = :v, #limit = :limit, #left = :limit - if_not_exists(#used, :none)",
              values: { v: 1, limit, none: 0 },
            };
      await rows.update(budgetKey(tenant), change, "setting a budget's limit");
    },

    /** @returns why the tenant's money does not cover it, or `undefined` when it does by now */
    async refusal({ tenant, estimate: needed }: Job): Promise<InfillError | undefined> {
      const item = await row(tenant);
      if (item?.["limit"] === undefined || Number(item["left"]) >= needed) return undefined;
      const limit = Number(item["limit"]);
      const left = Math.max(0, Number(item["left"]));
      return budgetExceeded(limit, left, needed);
    },
  };
}

/**
 * Reserves a job's estimate. Holds only while it is covered: of any number of creates at once, exactly
 * those the limit covers are accepted, whatever the limit is changed to meanwhile.
 */
export const reserve = ({ tenant, estimate }: Job): Write => ({
  key: budgetKey(tenant),
  update: "SET #v = :v ADD #reserved :estimate, #used :estimate, #left :back",
  condition: "attribute_not_exists(#limit) OR #left >= :estimate",
  values: { v: 1, estimate, back: -estimate },
});

/** Moves what was reserved to where the job's settlement says; a refund goes nowhere. Always holds: it has happened. */
export function release({ tenant, estimate }: Job, { state, amount }: Settlement): Write {
  const settled = state === "settled" ? amount : 0;
  const unreconciled = state === "unreconciled" ? amount : 0;
  const freed = estimate - settled - unreconciled;
  return {
    key: budgetKey(tenant),
    update:
      "SET #v = :v ADD #reserved :reserved, #settled :settled, #unreconciled :unreconciled, #used :used, #left :freed",
    values: { v: 1, reserved: -estimate, settled, unreconciled, used: -freed, freed },
  };
}

const sumsOf = (item: Item | undefined) => ({
  reserved: Number(item?.["reserved"] ?? 0),
  settled: Number(item?.["settled"] ?? 0),
  unreconciled: Number(item?.["unreconciled"] ?? 0),
});

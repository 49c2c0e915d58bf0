import { COUNTER_GRACE_MS, type Job, type Limits, type Records, type Reservation } from "@infill/core";
import { fromItem, toItem } from "./item.ts";
import type { Rows, Write } from "./rows.ts";
import { keyOf } from "./table.ts";

const seconds = (ms: number): number => Math.ceil(ms / 1000);

/**
 * Adds to a counter while there is room. The room is known before the write, so that its condition is one
 * comparison on the row itself; a counter that nobody has used has no row, and room for what fits at all.
 */
const adding = (amount: number, limit: number, keptUntil: number) => ({
  update: "SET #expiresAt = if_not_exists(#expiresAt, :expiresAt) ADD #used :amount",
  condition: amount <= limit ? "attribute_not_exists(#used) OR #used <= :room" : "#used <= :room",
  values: { amount, room: limit - amount, expiresAt: seconds(keptUntil) },
});

export const take = ({ counter, amount, limit, keptUntil }: Reservation): Write => ({
  key: keyOf("counter", counter),
  ...adding(amount, limit, keptUntil),
});

/** Always holds: it has happened. */
export const giveBack = ({ reservedIn = [] }: Job, amount: number, now: number): Write[] =>
  reservedIn.map((counter) => ({
    key: keyOf("counter", counter),
    update: "SET #expiresAt = if_not_exists(#expiresAt, :expiresAt) ADD #used :back",
    values: { back: -amount, expiresAt: seconds(now + COUNTER_GRACE_MS) },
  }));

/** Counters with a limit each, and tenants' limits by period. */
export function counterRecords(
  rows: Pick<Rows, "read" | "update" | "put">,
): Pick<Records, "count" | "readCounters" | "getLimits" | "setLimits"> {
  const used = async (counter: string): Promise<number> =>
    Number((await rows.read(keyOf("counter", counter), "reading a counter"))?.["used"] ?? 0);

  return {
    async count(counter, limit, keptUntil, amount = 1) {
      const counted = await rows.update(keyOf("counter", counter), adding(amount, limit, keptUntil), "counting");
      return counted && Number(counted["used"]);
    },
    readCounters: (counters) => Promise.all(counters.map(used)),
    async getLimits(tenant) {
      const item = await rows.read(keyOf("limits", tenant), "reading a tenant's limits");
      return item && fromItem<Limits>(item);
    },
    async setLimits(tenant, limits) {
      await rows.put(toItem(keyOf("limits", tenant), limits), "setting a tenant's limits");
    },
  };
}

import {
  type Booking,
  type Records,
  type Unreconciled,
  USAGE_COUNTS,
  type UsageCounts,
  type UsageKind,
  type UsageRow,
} from "@infill/core";
import { fromItem, type Item, toItem } from "./item.ts";
import type { Rows, Write } from "./rows.ts";
import { type Key, usageKey } from "./table.ts";

/** How long the books are kept: a year, and the month that is compared with it. */
const KEPT_DAYS = 400;

const expiryOf = (day: string): number => Date.parse(day) / 1000 + KEPT_DAYS * 86_400;

/**
 * What the terminal transaction adds to the books. One partition a tenant and month; each row is of one day,
 * so that no row grows. More shards would win nothing: the tenant's money is one row of the same transaction.
 */
export function book({ tenant, day, rows, counts, unreconciled }: Booking): Write[] {
  const sums = rows.map(({ kind, names }) => adding(tenant, kind, { day, names, counts }));
  if (unreconciled === undefined) return sums;
  const key = usageKey(tenant, day, "unreconciled", [unreconciled.job]);
  return [...sums, { item: { ...toItem(key, unreconciled), expiresAt: expiryOf(day) } }];
}

const adding = (tenant: string, kind: UsageKind, { day, names, counts }: UsageRow): Write => ({
  key: usageKey(tenant, day, kind, names),
  update: `SET #day = :day, #names = :names, #expiresAt = :expiresAt ADD ${USAGE_COUNTS.map((name) => `#${name} :${name}`).join(", ")}`,
  values: { ...counts, day, names: { json: JSON.stringify(names) }, expiresAt: expiryOf(day) },
});

/** A row goes while its sums are these. */
const removing = (tenant: string, kind: UsageKind, { day, names, counts }: UsageRow): Write => ({
  gone: usageKey(tenant, day, kind, names),
  condition: USAGE_COUNTS.map((name) => `#${name} = :${name}`).join(" AND "),
  values: { ...counts },
});

/** The books, read month by month. */
export function usageRecords(
  rows: Pick<Rows, "readBeginning" | "transact">,
): Pick<Records, "listUsage" | "listUnreconciled" | "forgetUser"> {
  async function read(tenant: string, kind: string, from: string, to: string): Promise<Item[]> {
    const keys = monthsOf(from, to).map((month): Key => ({ pk: usageKey(tenant, month, kind, []).pk, sk: `${kind}#` }));
    const months = await Promise.all(keys.map((key) => rows.readBeginning(key, "reading the books")));
    return months.flat().filter(({ day }) => from <= String(day) && String(day) <= to);
  }

  async function listUsage({ tenant, kind, from, to }: Parameters<Records["listUsage"]>[0]): Promise<UsageRow[]> {
    return (await read(tenant, kind, from, to)).map((item) => {
      const { day, names, ...sums } = fromItem<{ day: string; names: string[] } & UsageCounts>(item);
      const counts = Object.fromEntries(USAGE_COUNTS.map((name) => [name, sums[name]])) as unknown as UsageCounts;
      return { day, names, counts };
    });
  }

  return {
    listUsage,
    async forgetUser({ user, ...days }) {
      // until none is left: a job that ends meanwhile is booked under the name once more
      for (;;) {
        const all = await listUsage({ ...days, kind: "user" });
        const theirs = all.filter(({ names }) => names[0] === user);
        if (theirs.length === 0) return;
        for (const row of theirs)
          await rows.transact(
            [removing(days.tenant, "user", row), adding(days.tenant, "user", { ...row, names: [""] })],
            "taking a name out of the books",
          );
      }
    },
    listUnreconciled: async ({ tenant, from, to }) =>
      (await read(tenant, "unreconciled", from, to)).map((item) => fromItem<Unreconciled>(item)),
  };
}

/** `2026-11` … of two days and all between them. */
function monthsOf(from: string, to: string): string[] {
  const months: string[] = [];
  const last = to.slice(0, 7);
  for (let month = from.slice(0, 7); month <= last; ) {
    months.push(month);
    month = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)))).toISOString().slice(0, 7);
  }
  return months;
}

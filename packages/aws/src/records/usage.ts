import {
  type Booking,
  dayOf,
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
const DAY_MS = 86_400_000;

const expiryOf = (day: string): number => (Date.parse(day) + KEPT_DAYS * DAY_MS) / 1000;

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

const rowOf = (item: Item): UsageRow => {
  const { day, names, ...sums } = fromItem<{ day: string; names: string[] } & UsageCounts>(item);
  const counts = Object.fromEntries(USAGE_COUNTS.map((name) => [name, sums[name]])) as unknown as UsageCounts;
  return { day, names, counts };
};

/** The books: those of all are read month by month, those of one end user by their own keys. */
export function usageRecords(
  rows: Pick<Rows, "readAll" | "readBeginning" | "transact">,
): Pick<Records, "listUsage" | "listUnreconciled" | "forgetUser"> {
  async function read(tenant: string, kind: string, from: string, to: string): Promise<Item[]> {
    const months = new Set(daysOf(from, to).map((day) => day.slice(0, 7)));
    const keys = [...months].map((month): Key => ({ pk: usageKey(tenant, month, kind, []).pk, sk: `${kind}#` }));
    const books = await Promise.all(keys.map((key) => rows.readBeginning(key, "reading the books")));
    return books.flat().filter(({ day }) => from <= String(day) && String(day) <= to);
  }

  return {
    listUsage: async ({ tenant, kind, from, to }) => (await read(tenant, kind, from, to)).map(rowOf),
    async forgetUser({ tenant, user, from, to }) {
      const keys = daysOf(from, to).map((day) => usageKey(tenant, day, "user", [user]));
      // until none is left: a job that ends meanwhile is booked under the name once more
      for (;;) {
        const theirs = (await rows.readAll(keys, "reading a user's books")).map(rowOf);
        if (theirs.length === 0) return;
        for (const row of theirs)
          await rows.transact(
            [removing(tenant, "user", row), adding(tenant, "user", { ...row, names: [""] })],
            "taking a name out of the books",
          );
      }
    },
    listUnreconciled: async ({ tenant, from, to }) =>
      (await read(tenant, "unreconciled", from, to)).map((item) => fromItem<Unreconciled>(item)),
  };
}

/** `2026-11-26` … of two days and all between them. */
function daysOf(from: string, to: string): string[] {
  const days: string[] = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += DAY_MS) days.push(dayOf(ms));
  return days;
}

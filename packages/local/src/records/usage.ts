import {
  type Booking,
  type Records,
  USAGE_COUNTS,
  type UsageCounts,
  type UsageKind,
  type UsageRow,
} from "@infill/core";
import type { Database } from "./database.ts";

/** The books: sums by day, and jobs that wait for a vendor's bill. `book` is a part of the transaction that ends a job. */
export function usage({ sql, transaction, forget }: Omit<Database, "close">) {
  const add = (tenant: string, kind: UsageKind, { day, names, counts: n }: UsageRow): void => {
    sql.run`INSERT INTO usage VALUES (${tenant}, ${kind}, ${day}, ${JSON.stringify(names)},
              ${n.succeeded}, ${n.failed}, ${n.canceled}, ${n.settled}, ${n.refunded}, ${n.unreconciled})
            ON CONFLICT DO UPDATE SET succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
              canceled = canceled + excluded.canceled, settled = settled + excluded.settled,
              refunded = refunded + excluded.refunded, unreconciled = unreconciled + excluded.unreconciled`;
  };
  const rowOf = (row: Record<string, unknown>): UsageRow => ({
    day: String(row["day"]),
    names: JSON.parse(String(row["names"])),
    counts: Object.fromEntries(USAGE_COUNTS.map((name) => [name, Number(row[name])])) as unknown as UsageCounts,
  });
  const records: Pick<Records, "listUsage" | "listUnreconciled" | "forgetUser"> = {
    async listUsage({ tenant, kind, from, to }) {
      return sql.all`SELECT * FROM usage WHERE tenant = ${tenant} AND kind = ${kind} AND day BETWEEN ${from} AND ${to}`.map(
        rowOf,
      );
    },
    async listUnreconciled({ tenant, from, to }) {
      return sql.all`SELECT body FROM unreconciled WHERE tenant = ${tenant} AND day BETWEEN ${from} AND ${to} ORDER BY day, job`.map(
        (row) => JSON.parse(String(row["body"])),
      );
    },
    async forgetUser({ tenant, user, from, to }) {
      const names = JSON.stringify([user]);
      transaction(() => {
        const theirs = sql.all`SELECT * FROM usage WHERE tenant = ${tenant} AND kind = 'user' AND names = ${names}
          AND day BETWEEN ${from} AND ${to}`;
        sql.run`DELETE FROM usage WHERE tenant = ${tenant} AND kind = 'user' AND names = ${names}
          AND day BETWEEN ${from} AND ${to}`;
        for (const row of theirs) add(tenant, "user", { ...rowOf(row), names: [""] });
      });
      forget();
    },
  };

  return {
    records,
    book({ tenant, day, rows, counts, unreconciled }: Booking): void {
      for (const { kind, names } of rows) add(tenant, kind, { day, names, counts });
      if (unreconciled !== undefined)
        sql.run`INSERT INTO unreconciled VALUES (${tenant}, ${day}, ${unreconciled.job}, ${JSON.stringify(unreconciled)})`;
    },
  };
}

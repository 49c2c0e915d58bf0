import { type Booking, type Records, USAGE_COUNTS, type UsageCounts } from "@infill/core";
import type { Database } from "./database.ts";

/** The books: sums by day, and jobs that wait for a vendor's bill. `book` is a part of the transaction that ends a job. */
export function usage({ sql }: Pick<Database, "sql">) {
  const records: Pick<Records, "listUsage" | "listUnreconciled"> = {
    async listUsage({ tenant, kind, from, to }) {
      return sql.all`SELECT * FROM usage WHERE tenant = ${tenant} AND kind = ${kind} AND day BETWEEN ${from} AND ${to}`.map(
        (row) => ({
          day: String(row["day"]),
          names: JSON.parse(String(row["names"])),
          counts: Object.fromEntries(USAGE_COUNTS.map((name) => [name, Number(row[name])])) as unknown as UsageCounts,
        }),
      );
    },
    async listUnreconciled({ tenant, from, to }) {
      return sql.all`SELECT body FROM unreconciled WHERE tenant = ${tenant} AND day BETWEEN ${from} AND ${to} ORDER BY day, job`.map(
        (row) => JSON.parse(String(row["body"])),
      );
    },
  };

  return {
    records,
    book({ tenant, day, rows, counts: n, unreconciled }: Booking): void {
      for (const { kind, names } of rows)
        sql.run`INSERT INTO usage VALUES (${tenant}, ${kind}, ${day}, ${JSON.stringify(names)},
                  ${n.succeeded}, ${n.failed}, ${n.canceled}, ${n.settled}, ${n.refunded}, ${n.unreconciled})
                ON CONFLICT DO UPDATE SET succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
                  canceled = canceled + excluded.canceled, settled = settled + excluded.settled,
                  refunded = refunded + excluded.refunded, unreconciled = unreconciled + excluded.unreconciled`;
      if (unreconciled !== undefined)
        sql.run`INSERT INTO unreconciled VALUES (${tenant}, ${day}, ${unreconciled.job}, ${JSON.stringify(unreconciled)})`;
    },
  };
}

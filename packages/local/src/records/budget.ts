import { type Budget, budgetExceeded, type Job, type Settlement } from "@infill/core";
import type { Database } from "./database.ts";

/** The money of each tenant. `reserve` and `release` are parts of a transaction that changes the job too. */
export function budgets({ sql }: Pick<Database, "sql">) {
  const read = (tenant: string): Budget => {
    const row = sql.get`SELECT * FROM budgets WHERE tenant = ${tenant}`;
    const sums = {
      reserved: Number(row?.["reserved"] ?? 0),
      settled: Number(row?.["settled"] ?? 0),
      unreconciled: Number(row?.["unreconciled"] ?? 0),
    };
    const limit = row?.["spending_limit"] ?? undefined;
    return limit === undefined ? sums : { limit: Number(limit), ...sums };
  };

  return {
    read,

    setLimit(tenant: string, limit: number | undefined): void {
      sql.run`INSERT INTO budgets (tenant, spending_limit) VALUES (${tenant}, ${limit ?? null})
              ON CONFLICT (tenant) DO UPDATE SET spending_limit = excluded.spending_limit`;
    },

    /**
     * What is reserved, settled or unreconciled counts: together they never pass the limit by a
     * reservation. @throws InfillError `budget_exceeded`
     */
    reserve({ tenant, estimate }: Job): void {
      const { limit, reserved, settled, unreconciled } = read(tenant);
      const used = reserved + settled + unreconciled;
      if (limit !== undefined && used + estimate > limit)
        throw budgetExceeded(limit, Math.max(0, limit - used), estimate);
      sql.run`INSERT INTO budgets (tenant, reserved) VALUES (${tenant}, ${estimate})
              ON CONFLICT (tenant) DO UPDATE SET reserved = reserved + excluded.reserved`;
    },

    /** Moves what was reserved to where the job's settlement says; a refund goes nowhere. */
    release({ tenant, estimate }: Job, { state, amount }: Settlement): void {
      const settled = state === "settled" ? amount : 0;
      const unreconciled = state === "unreconciled" ? amount : 0;
      sql.run`UPDATE budgets SET reserved = reserved - ${estimate}, settled = settled + ${settled},
                unreconciled = unreconciled + ${unreconciled} WHERE tenant = ${tenant}`;
    },
  };
}

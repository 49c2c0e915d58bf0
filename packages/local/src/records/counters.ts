import type { Limits, Records, Reservation } from "@infill/core";
import type { Database } from "./database.ts";

/** Counters with a limit each. `reserve` and `giveBack` are parts of a transaction that changes a job too. */
export function counters({ sql, transaction }: Pick<Database, "sql" | "transaction">) {
  const read = (counter: string): number =>
    Number(sql.get`SELECT used FROM counters WHERE counter = ${counter}`?.["used"] ?? 0);
  const add = (counter: string, amount: number, keptUntil: number): void => {
    sql.run`INSERT INTO counters (counter, used, kept_until) VALUES (${counter}, ${amount}, ${keptUntil})
            ON CONFLICT DO UPDATE SET used = used + excluded.used`;
  };

  /** @throws InfillError a reservation's own refusal */
  const reserve = (reservations: readonly Reservation[]): void => {
    for (const { counter, amount, limit, keptUntil, refusal } of reservations) {
      const used = read(counter);
      if (used + amount > limit) throw refusal(used);
      add(counter, amount, keptUntil);
    }
  };

  const records: Pick<Records, "count" | "readCounters" | "getLimits" | "setLimits"> = {
    async count(counter, limit, keptUntil, amount = 1) {
      return transaction(() => {
        const used = read(counter) + amount;
        if (used > limit) return undefined;
        add(counter, amount, keptUntil);
        return used;
      });
    },
    async readCounters(names) {
      return names.map(read);
    },
    async getLimits(tenant): Promise<Limits | undefined> {
      const row = sql.get`SELECT body FROM limits WHERE tenant = ${tenant}`;
      return row && JSON.parse(String(row["body"]));
    },
    async setLimits(tenant, limits) {
      sql.run`INSERT OR REPLACE INTO limits (tenant, body) VALUES (${tenant}, ${JSON.stringify(limits)})`;
    },
  };

  return {
    records,
    reserve,
    /** Takes back what was not spent, and forgets what counts no more by `now`. */
    giveBack(names: readonly string[], amount: number, now: number): void {
      for (const counter of names) sql.run`UPDATE counters SET used = used - ${amount} WHERE counter = ${counter}`;
      sql.run`DELETE FROM counters WHERE kept_until <= ${now}`;
    },
  };
}

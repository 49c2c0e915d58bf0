import { guardHolds, type Job, type Records, type Slot } from "@infill/core";
import type { Database } from "./database.ts";

/**
 * Places with providers, and the lines for them: a row each, in line while it has no place. Everything happens
 * under the write lock, so what is counted is what is there when it is written.
 */
export function slots(
  { sql, transaction }: Database,
  jobs: {
    read: (id: string) => Job | undefined;
    /** Writes the slot on an open row, within a transaction. */
    setSlot: (id: string, slot: Slot | undefined) => Job | undefined;
  },
): Pick<Records, "takeSlot" | "leaveSlot" | "firstInLine"> & { free(job: Job, until: number | undefined): void } {
  const line = (provider: string, now: number, most: number) =>
    sql.all`SELECT job FROM slots WHERE provider = ${provider} AND place IS NULL AND until > ${now}
      ORDER BY since, job LIMIT ${most}`.map((row) => String(row["job"]));

  return {
    async takeSlot(id, guard, { provider, places, now }) {
      return transaction(() => {
        const job = jobs.read(id);
        if (job === undefined || !guardHolds(guard, job)) return undefined;
        sql.run`DELETE FROM slots WHERE provider = ${provider} AND place IS NOT NULL AND until <= ${now}`;
        const held = sql.all`SELECT job, place, until FROM slots WHERE provider = ${provider} AND place IS NOT NULL`;
        const free = places - held.length;
        if (held.some((row) => row["job"] === id)) return { taken: true, job, free: Math.max(0, free) };

        sql.run`INSERT INTO slots (provider, job, since, until)
          VALUES (${provider}, ${id}, ${job.createdAt}, ${job.deadlineAt}) ON CONFLICT DO NOTHING`;
        if (free > 0 && line(provider, now, free).includes(id)) {
          const place = firstFree(held.map((row) => Number(row["place"])));
          sql.run`UPDATE slots SET place = ${place} WHERE provider = ${provider} AND job = ${id}`;
          return { taken: true, job: jobs.setSlot(id, { provider, place }) ?? job, free: free - 1 };
        }
        const until = Math.min(job.deadlineAt, ...held.map((row) => Number(row["until"])));
        const waiting = job.slot === undefined ? jobs.setSlot(id, { provider }) : job;
        return { taken: false, job: waiting ?? job, until };
      });
    },

    async leaveSlot(id) {
      transaction(() => {
        const job = jobs.read(id);
        if (job?.slot === undefined) return;
        sql.run`DELETE FROM slots WHERE provider = ${job.slot.provider} AND job = ${id}`;
        jobs.setSlot(id, undefined);
      });
    },

    async firstInLine(provider, now) {
      return line(provider, now, 1)[0];
    },

    /** Within the transaction that ends a job. */
    free({ id, slot }, until) {
      if (slot === undefined) return;
      if (slot.place !== undefined && until !== undefined)
        sql.run`UPDATE slots SET until = min(until, ${until}) WHERE provider = ${slot.provider} AND job = ${id}`;
      else sql.run`DELETE FROM slots WHERE provider = ${slot.provider} AND job = ${id}`;
    },
  };
}

function firstFree(taken: number[]): number {
  const all = new Set(taken);
  for (let place = 0; ; place++) if (!all.has(place)) return place;
}

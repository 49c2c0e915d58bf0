import { isTerminal } from "@infill/core";
import type { Site } from "./site.ts";

/** Beyond any day of a world. */
const EVER = { from: "0000-01-01", to: "9999-12-31" };

/** Holds the money and the books of each tenant against its jobs', and each refund against what the vendors know. */
export function ledger({ records, law }: Site): void {
  for (const tenant of records.budgets.keys()) {
    const sums = { reserved: 0, settled: 0, unreconciled: 0, refunded: 0 };
    for (const job of records.jobs.values()) {
      if (job.tenant !== tenant) continue;
      if (isTerminal(job.status) === (job.settlement.state === "reserved"))
        law.broken(6, `${job.id} has ${job.status}, and its money is ${job.settlement.state}`);
      sums[job.settlement.state] += job.settlement.state === "reserved" ? job.estimate : job.settlement.amount;
    }
    const { reserved, settled, unreconciled } = records.getBudget(tenant);
    for (const [name, amount] of Object.entries({ reserved, settled, unreconciled }))
      if (sums[name as "reserved"] !== amount)
        law.broken(6, `${tenant} has ${amount} ${name}, and its jobs ${sums[name as "reserved"]}`);
    for (const kind of ["work", "user"] as const) {
      const booked = { settled: 0, unreconciled: 0 };
      for (const { counts } of records.listUsage({ tenant, kind, ...EVER })) {
        booked.settled += counts.settled;
        booked.unreconciled += counts.unreconciled;
      }
      if (booked.settled !== settled || booked.unreconciled !== unreconciled)
        law.broken(
          6,
          `the books by ${kind} say ${JSON.stringify(booked)}, and ${tenant} has ${settled}, ${unreconciled}`,
        );
    }
  }
  for (const { id, settlement, estimate } of records.jobs.values()) {
    if (settlement.amount > estimate) law.broken(6, `${id} costs ${settlement.amount}, and ${estimate} were reserved`);
    if (settlement.state !== "refunded") continue;
    for (const { jobId, end, id: workId } of law.works)
      if (jobId === id && (end === "succeeded" || end.charged !== "no"))
        law.broken(6, `${id} is refunded, and ${workId} may have been charged`);
  }
}

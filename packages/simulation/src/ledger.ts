import { dayOf, isTerminal, type Job, type UsageKind } from "@infill/core";
import type { Site } from "./site.ts";

/** Holds the money of each tenant against its jobs', and each refund against what the vendors know. */
export function ledger(site: Site): void {
  const { records, law } = site;
  counters(site);
  for (const tenant of records.budgets.keys()) books(site, tenant);
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
  }
  for (const { id, settlement, estimate } of records.jobs.values()) {
    if (settlement.amount > estimate) law.broken(6, `${id} costs ${settlement.amount}, and ${estimate} were reserved`);
    if (settlement.state !== "refunded") continue;
    for (const { jobId, end, id: workId } of law.works)
      if (jobId === id && (end === "succeeded" || end.charged !== "no"))
        law.broken(6, `${id} is refunded, and ${workId} may have been charged`);
  }
}

/** What a job takes up: its reservation, and from its end on what it cost. */
const takenBy = ({ estimate, settlement: { state, amount } }: Job): number =>
  state === "reserved" ? estimate : state === "refunded" ? 0 : amount;

/** What was taken of each limit is what the jobs that took of it cost. */
function counters({ records, law }: Site): void {
  const taken = new Map<string, number>();
  for (const job of law.rows.values())
    for (const counter of job.reservedIn ?? []) taken.set(counter, (taken.get(counter) ?? 0) + takenBy(job));
  for (const [counter, sum] of taken) {
    const [used] = records.readCounters([counter]);
    if (used !== sum) law.broken(6, `${counter} is at ${used}, and its jobs take ${sum}`);
  }
}

/** Each job that ended is in the books once: by its model, and by its user. */
function books({ records, law, world }: Site, tenant: string): void {
  // a clock that is off may be on another day
  const [from, to] = [dayOf(world.start - DAY_MS), dayOf(world.now + DAY_MS)];
  const ended = [...records.jobs.values()].filter((job) => job.tenant === tenant && isTerminal(job.status));
  for (const kind of ["work", "user"] satisfies UsageKind[]) {
    const rows = records.listUsage({ tenant, kind, from, to });
    for (const status of ["succeeded", "failed", "canceled"] as const)
      hold(
        `${tenant}'s ${status} jobs by ${kind}`,
        rows.map(({ counts }) => counts[status]),
        ended.filter((job) => job.status === status).map(() => 1),
      );
    for (const state of ["settled", "unreconciled"] as const)
      hold(
        `${tenant}'s ${state} by ${kind}`,
        rows.map(({ counts }) => counts[state]),
        ended.filter(({ settlement }) => settlement.state === state).map(takenBy),
      );
  }
  function hold(what: string, booked: number[], known: number[]): void {
    if (sum(booked) !== sum(known))
      law.broken(6, `${what}: ${sum(booked)} in the books, and ${sum(known)} in the rows`);
  }
}

const DAY_MS = 86_400_000;
const sum = (numbers: number[]): number => numbers.reduce((all, each) => all + each, 0);

import {
  bookingOf,
  givenBack,
  type Job,
  type JobEnd,
  type Limits,
  type Records,
  type Reservation,
  type Unreconciled,
  USAGE_COUNTS,
  type UsageKind,
  type UsageRow,
} from "@infill/core";
import { copy } from "./copy.ts";
import type { AtOnce } from "./records.ts";

/** Counters, limits and books in memory. */
export class MemoryAccounts
  implements
    AtOnce<
      Pick<
        Records,
        "count" | "readCounters" | "getLimits" | "setLimits" | "listUsage" | "listUnreconciled" | "forgetUser"
      >
    >
{
  readonly #counters = new Map<string, number>();
  readonly #limits = new Map<string, Limits>();
  readonly #sums = new Map<string, UsageRow & { tenant: string; kind: UsageKind }>();
  readonly #unreconciled: (Unreconciled & { tenant: string })[] = [];

  count(counter: string, limit: number, _keptUntil: number, amount = 1): number | undefined {
    const used = this.#used(counter) + amount;
    if (used > limit) return undefined;
    this.#counters.set(counter, used);
    return used;
  }
  readCounters(counters: readonly string[]): number[] {
    return counters.map((counter) => this.#used(counter));
  }

  getLimits(tenant: string) {
    return copy(this.#limits.get(tenant));
  }
  setLimits(tenant: string, limits: Limits): void {
    this.#limits.set(tenant, copy(limits));
  }

  listUsage({ tenant, kind, from, to }: { tenant: string; kind: UsageKind; from: string; to: string }): UsageRow[] {
    return [...this.#sums.values()]
      .filter((row) => row.tenant === tenant && row.kind === kind && from <= row.day && row.day <= to)
      .map(({ day, names, counts }) => copy({ day, names, counts }));
  }
  listUnreconciled({ tenant, from, to }: { tenant: string; from: string; to: string }): Unreconciled[] {
    return this.#unreconciled
      .filter((job) => job.tenant === tenant && from <= job.day && job.day <= to)
      .map(({ tenant: _, ...job }) => copy(job));
  }

  forgetUser({ tenant, user, from, to }: { tenant: string; user: string; from: string; to: string }): void {
    for (const [key, { names, counts, ...row }] of this.#sums)
      if (row.tenant === tenant && row.kind === "user" && names[0] === user && from <= row.day && row.day <= to) {
        this.#sums.delete(key);
        this.#add({ ...row, names: [""], counts });
      }
  }

  /** @throws InfillError the refusal of what has no room; then nothing was taken */
  protected take(reservations: readonly Reservation[]): void {
    for (const { counter, amount, limit, refusal } of reservations)
      if (this.#used(counter) + amount > limit) throw refusal(this.#used(counter));
    for (const { counter, amount } of reservations) this.#counters.set(counter, this.#used(counter) + amount);
  }

  /** What a job's end gives back, and adds to the books. */
  protected book(job: Job, end: JobEnd): void {
    for (const counter of job.reservedIn ?? [])
      this.#counters.set(counter, this.#used(counter) - givenBack(job, end.settlement));
    const { tenant, day, rows, counts, unreconciled } = bookingOf(job, end);
    for (const { kind, names } of rows) this.#add({ tenant, kind, day, names, counts });
    if (unreconciled !== undefined) this.#unreconciled.push({ tenant, ...unreconciled });
  }

  #add({ tenant, kind, day, names, counts }: UsageRow & { tenant: string; kind: UsageKind }): void {
    const key = JSON.stringify([tenant, day, kind, names]);
    const row = this.#sums.get(key);
    if (row === undefined) this.#sums.set(key, { tenant, kind, day, names, counts: { ...counts } });
    else for (const name of USAGE_COUNTS) row.counts[name] += counts[name];
  }

  #used(counter: string): number {
    return this.#counters.get(counter) ?? 0;
  }
}

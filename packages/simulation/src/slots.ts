import type { Job, Slot, SlotAnswer } from "@infill/core";

interface Lease {
  provider: string;
  job: string;
  since: number;
  until: number;
  /** None while it is in line. */
  place?: number;
}

/** Places with providers and the lines for them, in memory. Each method is one moment. */
export class MemorySlots {
  #leases: Lease[] = [];

  /** @param setSlot writes where the job is now on its row */
  take(
    job: Job,
    { provider, places, now }: { provider: string; places: number; now: number },
    setSlot: (slot: Slot) => Job,
  ): SlotAnswer {
    this.#leases = this.#leases.filter((each) => each.place === undefined || each.until > now);
    const held = this.#leases.filter((each) => each.provider === provider && each.place !== undefined);
    const free = places - held.length;
    let mine = this.#of(provider, job.id);
    if (mine?.place !== undefined) return { taken: true, job, free: Math.max(0, free) };
    if (mine === undefined) {
      mine = { provider, job: job.id, since: job.createdAt, until: job.deadlineAt };
      this.#leases.push(mine);
    }
    if (free > 0 && this.#line(provider, now).slice(0, free).includes(mine)) {
      const taken = new Set(held.map(({ place }) => place));
      mine.place = Array.from({ length: places }, (_, i) => i).find((place) => !taken.has(place)) ?? places;
      return { taken: true, job: setSlot({ provider, place: mine.place }), free: free - 1 };
    }
    const until = Math.min(job.deadlineAt, ...held.map((each) => each.until));
    return { taken: false, job: job.slot === undefined ? setSlot({ provider }) : job, until };
  }

  /** @param until keeps others from its place for so long, ms */
  leave({ id, slot }: Job, until?: number): void {
    const mine = slot && this.#of(slot.provider, id);
    if (mine?.place !== undefined && until !== undefined) mine.until = Math.min(mine.until, until);
    else this.#leases = this.#leases.filter((each) => each !== mine);
  }

  first(provider: string, now: number): string | undefined {
    return this.#line(provider, now)[0]?.job;
  }

  #of(provider: string, job: string): Lease | undefined {
    return this.#leases.find((each) => each.provider === provider && each.job === job);
  }

  #line(provider: string, now: number): Lease[] {
    const waiting = this.#leases.filter(
      (each) => each.provider === provider && each.place === undefined && each.until > now,
    );
    return waiting.sort((a, b) => a.since - b.since || (a.job < b.job ? -1 : 1));
  }
}

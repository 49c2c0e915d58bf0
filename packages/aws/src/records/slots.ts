import { guardHolds, type Job, type JobGuard, type Records, type Slot, type SlotAnswer } from "@infill/core";
import { fromItem, type Item } from "./item.ts";
import type { Change, Rows, Write } from "./rows.ts";
import { inLineKey, keyOf, slotKey } from "./table.ts";

/** Deletion of what is over; nobody reads it any more. Seconds beyond its time. */
const SWEPT_SECONDS = 86_400;

/** A row of the job that takes place or leave with the rest, or with nothing. */
type ChangeSlot = (job: Job, guard: JobGuard, slot: Slot | undefined) => Change;

/**
 * Places with a provider are rows of one partition, numbered, and so is everyone in line, by age:
 *
 * | write | condition                                    | what it guarantees                              |
 * |-------|----------------------------------------------|-------------------------------------------------|
 * | take  | the place is not there, or its lease is over | one holder a place, so never more than `places` |
 * | take  | the job's guard, and its slot as it was read | the row says where it is, and a dead run's late |
 * |       |                                              | write puts it nowhere                           |
 * | leave | the place is the job's                       | what somebody else took since stays theirs      |
 *
 * Nobody holds a lock on the line: whoever joins looks again afterwards, and whoever leaves looks at the line
 * afterwards. One of two who pass each other sees the other.
 */
export function slots(rows: Rows, changeSlot: ChangeSlot): Pick<Records, "takeSlot" | "leaveSlot" | "firstInLine"> {
  const read = async (id: string): Promise<Job | undefined> => {
    const item = await rows.read(keyOf("job", id), "reading a job");
    return item && fromItem<Job>(item);
  };

  async function placesHeld(provider: string, now: number): Promise<Item[]> {
    const held: Item[] = [];
    for await (const item of rows.beginning(slotKey(provider), "reading a provider's places"))
      if (Number(item["until"]) > now) held.push(item);
    return held;
  }

  async function line(provider: string, now: number, most: number): Promise<string[]> {
    const first: string[] = [];
    if (most <= 0) return first;
    for await (const item of rows.beginning(inLineKey(provider), "reading a provider's line", most)) {
      if (Number(item["until"]) > now) first.push(String(item["job"]));
      if (first.length === most) break;
    }
    return first;
  }

  return {
    async takeSlot(id, guard, { provider, places, now }): Promise<SlotAnswer | undefined> {
      for (;;) {
        const job = await read(id);
        if (job === undefined || !guardHolds(guard, job)) return undefined;
        const held = await placesHeld(provider, now);
        const free = places - held.length;
        if (held.some((place) => place["job"] === id)) return { taken: true, job, free: Math.max(0, free) };

        const isInLine = job.slot?.provider === provider;
        const first = await line(provider, now, free);
        const slot: Slot = { provider, place: firstFree(held) };
        // it is its turn when it is among as many as there is room for, or when nobody would be left out
        if (free > 0 && (first.includes(id) || (!isInLine && first.length < free))) {
          const refused = await rows.transact(
            [
              { key: keyOf("job", id), ...changeSlot(job, guard, slot) },
              {
                item: { ...slotKey(provider, slot.place), v: 1, ...lease(job) },
                condition: "attribute_not_exists(#pk) OR #until <= :now",
                values: { now },
              },
              { gone: inLineKey(provider, job) },
            ],
            "taking a provider's place",
          );
          // somebody was faster, or the row changed: look again
          if (refused === undefined) return { taken: true, job: (await read(id)) ?? job, free: free - 1 };
        } else if (!isInLine) {
          await rows.transact(
            [
              { key: keyOf("job", id), ...changeSlot(job, guard, { provider }) },
              { item: { ...inLineKey(provider, job), v: 1, ...lease(job) } },
            ],
            "standing in a provider's line",
          );
          // and look again: a place may have come free when nobody was in line
        } else {
          const ends = held.map((place) => Number(place["until"]));
          return { taken: false, job, until: Math.min(job.deadlineAt, ...ends) };
        }
      }
    },

    async leaveSlot(id) {
      for (let mine = true; ; ) {
        const job = await read(id);
        if (job?.slot === undefined) return;
        const left: Write[] = mine ? leaving(job, job.slot) : [];
        const change = { key: keyOf("job", id), ...changeSlot(job, {}, undefined) };
        const refused = await rows.transact([change, ...left], "leaving a provider's place");
        if (refused === undefined || !guardHolds({}, job)) return;
        // its lease was over, and the place is somebody else's
        if (refused > 0) mine = false;
      }
    },

    async firstInLine(provider, now) {
      return (await line(provider, now, 1))[0];
    },
  };
}

/** What goes when a job leaves, or what keeps others from its place until a time (ms). */
export function leaving(job: Job, { provider, place }: Slot, until?: number): Write[] {
  if (place === undefined) return [{ gone: inLineKey(provider, job) }];
  const mine = { condition: "#job = :job", values: { job: job.id } };
  const key = slotKey(provider, place);
  if (until === undefined) return [{ gone: key, ...mine }];
  return [{ key, update: "SET #until = :until", ...mine, values: { ...mine.values, until } }];
}

const lease = ({ id, deadlineAt }: Job): Item => ({
  job: id,
  until: deadlineAt,
  expiresAt: Math.ceil(deadlineAt / 1000) + SWEPT_SECONDS,
});

function firstFree(held: readonly Item[]): number {
  const all = new Set(held.map((place) => place["sk"]));
  for (let place = 0; ; place++) if (!all.has(slotKey("", place).sk)) return place;
}

import { randomUUID } from "node:crypto";
import {
  bookingOf,
  givenBack,
  type InfillError,
  isTerminal,
  type Job,
  type JobGuard,
  type OutgoingEvent,
  type Records,
  type Reservation,
  type Slot,
  TOMBSTONE_MS,
} from "@infill/core";
import { budgets, release, reserve } from "./budget.ts";
import { giveBack, take } from "./counters.ts";
import { fromItem, type Item, toAttribute, toItem } from "./item.ts";
import { indexed, indexedEvent } from "./lists.ts";
import type { Change, Rows } from "./rows.ts";
import { leaving, slots } from "./slots.ts";
import { keyOf } from "./table.ts";
import { book } from "./usage.ts";

type JobRecords = Pick<
  Records,
  | "createJob"
  | "getJob"
  | "claimJob"
  | "updateJob"
  | "requestCancel"
  | "endJob"
  | "eraseJob"
  | "reportJob"
  | "takeSlot"
  | "leaveSlot"
  | "firstInLine"
  | "getBudget"
  | "setBudgetLimit"
>;

/** No write of ours takes a row out of these but {@link Records.endJob}. */
const OPEN = { queued: "queued", running: "running" } as const;
const IS_OPEN = "#status IN (:queued, :running)";

/**
 * Job rows and the money that is reserved with them.
 *
 * Every write on a row has its condition in the same request: between the judgement and the write there
 * is no moment. When an answer is lost the SDK sends the write again, and its condition meets the first
 * one's effect; where that could be taken for another's write, the row tells by `lastWrite`.
 *
 * @param vanishing when a row goes away by itself, given when it began to grow old (ms)
 */
export function jobRecords(rows: Rows, vanishing: (ms: number) => Item): JobRecords {
  const money = budgets(rows);
  const readItem = (id: string) => rows.read(keyOf("job", id), "reading a job");
  const read = async (id: string): Promise<Job | undefined> => {
    const item = await readItem(id);
    return item && fromItem<Job>(item);
  };

  /** Nobody is told of an event any more. */
  async function silence(eventId: string): Promise<void> {
    const item = await rows.read(keyOf("event", eventId), "reading an event");
    if (item === undefined) return;
    const { delivery } = fromItem<OutgoingEvent>(item);
    const state = delivery.state === "pending" ? "none" : delivery.state;
    const change = {
      update: "SET #delivery = :delivery REMOVE #url, #endpoints",
      condition: "attribute_exists(#pk)",
      values: { delivery: toAttribute({ ...delivery, state }) },
    };
    await rows.update(keyOf("event", eventId), change, "silencing an event");
  }

  return {
    async createJob(job, reservations = []) {
      const item = { ...toItem(keyOf("job", job.id), job), ...indexed(job), ...vanishing(job.deadlineAt) };
      // Row and reservation, or neither. The row goes first: a job that is there is found even when
      // nothing is left of the budget.
      const put = { item, condition: "attribute_not_exists(#pk)" };
      for (;;) {
        const refused = await rows.transact([put, reserve(job), ...reservations.map(take)], "creating a job");
        if (refused === undefined) return { created: true, job: fromItem<Job>(item) };
        const there = refused === 0 ? await read(job.id) : undefined;
        if (there !== undefined) return { created: false, job: there };
        // A row past its time counts as gone although it still lies there. It is taken away, not written over: the
        // stream tells the relay of new rows alone.
        if (refused === 0) await rows.removeOld(keyOf("job", job.id), "making room for a job");
        const refusal =
          refused === 0
            ? undefined
            : refused === 1
              ? await money.refusal(job)
              : await stillFull(rows, reservations[refused - 2]);
        if (refusal !== undefined) throw refusal;
        // what stood in the way is gone: once more
      }
    },

    getJob: read,

    async claimJob(id, execution, now) {
      // Only a queued row is given, and giving it ends its being queued: one execution ever has it.
      const claimed = await rows.update(
        keyOf("job", id),
        {
          update:
            "SET #status = :running, #execution = :execution, #claimedAt = :now, #rev = #rev + :one REMOVE #unclaimed",
          condition: "#status = :queued",
          values: { ...OPEN, execution, now, one: 1 },
        },
        "claiming a job",
      );
      if (claimed !== undefined) return fromItem<Job>(claimed);
      // its replay finds it running for itself
      const job = await read(id);
      return job?.execution === execution && !isTerminal(job.status) ? job : undefined;
    },

    async updateJob(id, guard, patch) {
      // The guard holds at the moment of the write, and the row is not terminal: of many who would mark
      // a row that nothing was sent for, one does.
      const mark = randomUUID();
      const change = patching({ ...patch, lastWrite: mark }, guard);
      const updated = await rows.update(keyOf("job", id), change, "updating a job");
      if (updated !== undefined) return fromItem<Job>(updated);
      //   us                        table
      //   ├─ write, lastWrite = m ─▶ done
      //   │        ◁╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ (lost)
      //   ├─ the same, by the SDK ─▶ refused by what the first one wrote
      //   └─ read ─────────────────▶ lastWrite = m: it was ours
      const item = await readItem(id);
      return item?.["lastWrite"] === mark ? fromItem<Job>(item) : undefined;
    },

    async requestCancel(id, now) {
      // Once: the first time stays, and asking again is no change.
      const flagged = await rows.update(
        keyOf("job", id),
        {
          update: "SET #cancelRequestedAt = :now, #rev = #rev + :one",
          condition: `${IS_OPEN} AND attribute_not_exists(#cancelRequestedAt)`,
          values: { ...OPEN, now, one: 1 },
        },
        "canceling a job",
      );
      return flagged === undefined ? read(id) : fromItem<Job>(flagged);
    },

    ...slots(rows, (job, guard, slot) => patching({ slot }, { ...guard, slot: job.slot ?? null })),

    async endJob(id, { patch, settlement, event, attempt, slotUntil }) {
      for (let placeIsIts = true; ; ) {
        const job = await read(id);
        if (job === undefined || isTerminal(job.status)) return job && { ended: false, job };
        if (attempt !== undefined && job.attempt !== attempt) return { ended: false, job };
        // One end: whoever finds the row not terminal makes it so, moves its money, gives its place back and
        // writes its event. The place is the one that the row was read with, or nothing happens.
        const end = { ...patch, settlement, unclaimed: undefined, slot: undefined };
        const left = job.slot !== undefined && placeIsIts ? leaving(job, job.slot, slotUntil) : [];
        const refused = await rows.transact(
          [
            { key: keyOf("job", id), ...patching(end, { attempt, slot: job.slot ?? null }) },
            release(job, settlement),
            ...giveBack(job, givenBack(job, settlement), event.createdAt),
            ...book(bookingOf(job, { patch, settlement, event })),
            {
              item: {
                ...toItem(keyOf("event", event.id), event),
                ...indexedEvent(event),
                ...vanishing(event.createdAt),
              },
            },
            ...left,
          ],
          "ending a job",
        );
        const now = refused === undefined ? await read(id) : undefined;
        if (now !== undefined) return { ended: true, job: now };
        // what stood in the way is on the row – or its lease was over, and its place is somebody else's
        placeIsIts = refused === 0;
      }
    },

    async eraseJob(id, tombstone) {
      const key = keyOf("job", id);
      const job = await read(id);
      if (job === undefined || !isTerminal(job.status) || job.erasedAt !== undefined) return;
      // the row last: until it is done, it says what there is to do
      const callbacks = await rows.readBeginning({ pk: key.pk, sk: "callback#" }, "reading a job's callbacks");
      for (const { pk, sk } of callbacks) await rows.remove({ pk: String(pk), sk: String(sk) }, "erasing a callback");
      if (job.eventId !== undefined) await silence(job.eventId);
      await rows.put(
        // in no index, and gone by itself a day later
        { ...toItem(key, tombstone), expiresAt: Math.ceil(((tombstone.erasedAt ?? 0) + TOMBSTONE_MS) / 1000) },
        "erasing a job",
        "NOT #status IN (:queued, :running)",
        OPEN,
      );
    },

    async reportJob(id, report) {
      const change = {
        update: "SET #report = :report, #rev = #rev + :one",
        condition:
          "attribute_exists(#pk) AND attribute_not_exists(#erasedAt) AND attribute_not_exists(#eraseRequestedAt)",
        values: { report: toAttribute(report), one: 1 },
      };
      const reported = await rows.update(keyOf("job", id), change, "reporting a job");
      return reported && fromItem<Job>(reported);
    },

    getBudget: money.read,
    setBudgetLimit: money.setLimit,
  };
}

/** `slot`: as the row was read, `null` for none. */
type Guard = { [K in keyof JobGuard]: JobGuard[K] | undefined } & { slot?: Slot | null };

/** @returns why there is no room, or `undefined` when there is by now */
async function stillFull(rows: Rows, reservation: Reservation | undefined): Promise<InfillError | undefined> {
  if (reservation === undefined) return undefined;
  const { counter, amount, limit, refusal } = reservation;
  const used = Number((await rows.read(keyOf("counter", counter), "reading a counter"))?.["used"] ?? 0);
  return used + amount > limit ? refusal(used) : undefined;
}

/** Writes what has a value, removes what is `undefined`, counts; only while the guard holds and the row is open. */
function patching(patch: Record<string, unknown>, guard: Guard = {}): Change {
  const entries = Object.entries(patch);
  const set = entries.filter(([, value]) => value !== undefined);
  const removed = entries.filter(([, value]) => value === undefined).map(([name]) => `#${name}`);
  const update = [
    `SET ${["#rev = #rev + :one", ...set.map(([name]) => `#${name} = :${name}`)].join(", ")}`,
    ...(removed.length === 0 ? [] : [`REMOVE ${removed.join(", ")}`]),
  ];
  const conditions = [IS_OPEN];
  const values: Record<string, unknown> = { ...OPEN, one: 1 };
  for (const [name, value] of set) values[name] = toAttribute(value);
  if (guard.execution !== undefined) {
    conditions.push("#execution = :isExecution");
    values["isExecution"] = guard.execution;
  }
  if (guard.notCanceled) conditions.push("attribute_not_exists(#cancelRequestedAt)");
  if (guard.acceptance !== undefined) {
    conditions.push("#acceptance = :isAcceptance");
    values["isAcceptance"] = guard.acceptance;
  }
  if (guard.attempt !== undefined) {
    conditions.push("#attempt = :isAttempt");
    values["isAttempt"] = guard.attempt;
  }
  if (guard.slot === null) conditions.push("attribute_not_exists(#slot)");
  else if (guard.slot !== undefined) {
    conditions.push("#slot = :isSlot");
    values["isSlot"] = toAttribute(guard.slot);
  }
  return { update: update.join(" "), condition: conditions.join(" AND "), values };
}

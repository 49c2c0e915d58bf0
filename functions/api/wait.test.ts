import { sampleJob } from "@infill/core/testing";
import { createSqliteRecords } from "@infill/local";
import { VirtualClock } from "@infill/local/testing";
import { expect, onTestFinished, test } from "vitest";
import { MAX_WAIT_SECONDS, preferredWait, waitForEnd } from "./wait.ts";

test.each([
  [undefined, 0],
  ["respond-async", 0],
  ["wait=7", 7],
  ["respond-async, wait=7", 7],
  ['wait="7"', 7],
  ["wait=0", 0],
  ["wait=600", MAX_WAIT_SECONDS],
  ["wait=-1", 0],
  ["await=7", 0],
])("Prefer: %s waits %i s", (prefer, seconds) => {
  expect(preferredWait(prefer)).toBe(seconds);
});

/** Waits for a job that never ends. @returns how long it was held, ms */
async function held(seconds: number, { hangsUpAfter = Number.POSITIVE_INFINITY } = {}): Promise<number> {
  const clock = new VirtualClock();
  const records = createSqliteRecords({ path: ":memory:" });
  onTestFinished(() => records.close());
  const job = sampleJob();
  await records.createJob(job);
  const began = clock.now();
  const hungUp = new AbortController();
  if (Number.isFinite(hangsUpAfter)) clock.after(hangsUpAfter, () => hungUp.abort());

  let over: number | undefined;
  const waiting = waitForEnd({ records, clock }, job, seconds, hungUp.signal).finally(() => {
    over = clock.now() - began;
  });
  while (over === undefined) {
    clock.advanceToNext();
    await new Promise(setImmediate);
  }
  expect((await waiting).id).toBe(job.id);
  return over;
}

test("an answer is held for as long as that, and no longer", async () => {
  expect(await held(MAX_WAIT_SECONDS)).toBe(MAX_WAIT_SECONDS * 1000);
  expect(await held(0)).toBe(0);
});

test("nobody is waited for who hung up", async () => {
  expect(await held(20, { hangsUpAfter: 1100 })).toBe(1100);
});

test("a job that is erased meanwhile is shown to nobody who waited for it", async () => {
  const clock = new VirtualClock();
  const records = createSqliteRecords({ path: ":memory:" });
  onTestFinished(() => records.close());
  const { job } = await records.createJob(sampleJob());
  const waiting = waitForEnd({ records, clock }, job, 1, new AbortController().signal);
  await records.updateJob(job.id, {}, { eraseRequestedAt: clock.now() });
  let over = false;
  const outcome = waiting.catch((error: unknown) => error).finally(() => (over = true));
  while (!over) {
    clock.advanceToNext();
    await new Promise(setImmediate);
  }
  expect(await outcome).toMatchObject({ code: "not_found" });
});

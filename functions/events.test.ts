import { listEvents, type OutgoingEvent, SETTLED_AFTER_MS } from "@infill/core";
import { sampleEnd, sampleJob, sampleTenant } from "@infill/core/testing";
import { createSqliteRecords } from "@infill/local";
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";

/** A tenant whose events are written some time after their own. */
function world() {
  const records = createSqliteRecords({ path: ":memory:" });
  onTestFinished(() => records.close());
  const tenant = sampleTenant();
  const clock = { time: Date.UTC(2026, 0, 1), now: () => clock.time, sleep: () => Promise.resolve() };
  const caller = { tenant };
  return {
    clock,
    /** What was written so far, in the order of writing. */
    written: [] as string[],
    async write(createdAt: number): Promise<void> {
      const { job } = await records.createJob(sampleJob({ tenant }));
      const end = sampleEnd(job);
      const event: OutgoingEvent = { ...end.event, createdAt };
      await records.endJob(job.id, { ...end, event });
      this.written.push(event.id);
    },
    async read(after: string | undefined, limit: number) {
      const page = await listEvents({ records, clock }, caller, { limit, ...(after === undefined ? {} : { after }) });
      return { ids: page.events.map(({ event }) => event.id), more: page.more, next: page.next };
    },
  };
}

test("no event is passed over, however late it is written and wherever the pages end", async () => {
  const step = fc.record({
    // ms between its own time and its writing
    late: fc.integer({ min: 0, max: SETTLED_AFTER_MS - 1 }),
    passes: fc.integer({ min: 0, max: SETTLED_AFTER_MS }),
    thenReads: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), async (steps, limit) => {
      const w = world();
      const seen = new Set<string>();
      let after: string | undefined;
      const readPage = async () => {
        const page = await w.read(after, limit);
        for (const id of page.ids) seen.add(id);
        after = page.next;
        return page.more;
      };
      for (const { late, passes, thenReads } of steps) {
        w.clock.time += passes;
        // whoever reads may be in the middle of the pages when it is written
        if (thenReads) await readPage();
        await w.write(w.clock.now() - late);
      }
      for (let more = true; more; ) more = await readPage();
      // a walk that began before the last was written ends before it; the next one has it
      for (let more = true; more; ) more = await readPage();
      expect([...seen].sort()).toEqual([...w.written].sort());
    }),
    { numRuns: 60 },
  );
});

test("what is older than a minute is given once", async () => {
  const w = world();
  for (let i = 0; i < 3; i++) await w.write(w.clock.now());
  w.clock.time += SETTLED_AFTER_MS + 1;
  const first = await w.read(undefined, 2);
  const second = await w.read(first.next, 2);
  expect([...first.ids, ...second.ids].sort()).toEqual([...w.written].sort());
  expect(await w.read(second.next, 2)).toMatchObject({ ids: [], more: false });
});

test("from a time on, nothing before it comes, on no page", async () => {
  const w = world();
  await w.write(w.clock.now() - 1);
  await w.write(w.clock.now());
  const first = await w.read(new Date(w.clock.now()).toISOString(), 1);
  expect(first.ids).toEqual([w.written[1]]);
  expect((await w.read(first.next, 5)).ids).toEqual([w.written[1]]);
});

test.each(["nonsense", "", "W10", "2026-99-99", "WzEsMl0"])(
  "refuses %j, which is no place in the list",
  async (after) => {
    await expect(world().read(after, 1)).rejects.toMatchObject({ code: "invalid_request" });
  },
);

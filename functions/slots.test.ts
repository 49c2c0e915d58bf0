import { DatabaseSync } from "node:sqlite";
import { cancelJob, type Job } from "@infill/core";
import { sampleCaller } from "@infill/core/testing";
import { mask, photo } from "@infill/functions/testing";
import type { LocalEngine } from "@infill/local";
import { atOnce } from "@infill/providers";
import { startModelsLab } from "@infill/simulators";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { composeVendors, VENDOR_KEY } from "./testing/vendors.ts";
import { startWorkflowBench, type WorkflowBench } from "./testing/workflow-bench.ts";

const CALLER = sampleCaller({ tenant: "acme", subject: "key_test" });

describe("with a vendor that takes five at a time", () => {
  let bench: WorkflowBench;
  let database: DatabaseSync;
  let engine: LocalEngine;
  let vendor: Awaited<ReturnType<typeof startModelsLab>>;
  let pictures: { image: string; mask: string };

  beforeEach(async () => {
    bench = await startWorkflowBench(async ({ time, http }) => {
      vendor = await startModelsLab({ keys: [VENDOR_KEY], time, maxQueued: 5 });
      return composeVendors({ modelslab: vendor }, http, { atOnce });
    });
    database = new DatabaseSync(":memory:");
    engine = bench.engine(database);
    const box = { left: 20, top: 16, width: 16, height: 12 };
    pictures = await bench.upload({ image: await photo(64, 64), mask: await mask(64, 64, box) });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await engine.close();
    await bench[Symbol.asyncDispose]();
  });

  /** At the smallest size that the vendor takes: there are many of them. */
  const ask = (prompt: string, body: object = {}) =>
    bench.ask(engine, {
      model: "modelslab/inpaint",
      prompt,
      size: { width: 256, height: 256 },
      edit: { crop: "off" },
      ...pictures,
      ...body,
    });
  /** Edits that were asked for one after another, a millisecond apart. */
  async function askFor(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i += 1) {
      bench.clock.advance(1);
      ids.push(await ask(`edit ${i}`));
    }
    return ids;
  }
  const job = async (id: string) => (await bench.deps.records.getJob(id)) as Job;
  const jobs = (ids: string[]) => Promise.all(ids.map(job));
  const ended = (ids: string[]) => async () => (await jobs(ids)).every(({ finishedAt }) => finishedAt !== undefined);
  const inLine = (ids: string[]) => async () =>
    (await jobs(ids)).every(({ slot, pauseToken }) => slot !== undefined && slot.place === undefined && pauseToken);
  const sent = () => vendor.jobs.length;
  /** Five that keep every place. */
  async function occupied(): Promise<string[]> {
    const ids = await askFor(5);
    await bench.advanceUntil(engine, () => sent() === 5);
    return ids;
  }
  const taken = () => vendor.jobs.map(({ submit }) => submit.prompt);

  test("two hundred jobs are all done, each sent once, paid once and none of them refused", async () => {
    const takeSlot = vi.spyOn(bench.deps.records, "takeSlot");
    const ids = await askFor(200);
    // one row instead of two hundred: it is looked at after every event
    await bench.advanceUntil(engine, async () => (await bench.deps.records.getBudget("acme")).reserved === 0);

    const rows = await jobs(ids);
    // what a full queue refused would have been sent again
    expect(rows.filter(({ status, attempt }) => status !== "succeeded" || attempt !== 1)).toEqual([]);
    expect(taken().toSorted()).toEqual(ids.map((_, i) => `edit ${i}`).toSorted());
    const price = rows[0]?.estimate ?? 0;
    expect(await bench.deps.records.getBudget("acme")).toEqual({ reserved: 0, settled: 200 * price, unreconciled: 0 });
    // asked when it comes, before it sleeps, when it is woken, and twice every two minutes between: nobody polls
    expect(takeSlot.mock.calls.length).toBeLessThan(200 * 8);
  }, 180_000);

  test("those in line are sent in the order in which they were asked for", async () => {
    await occupied();
    const ids = await askFor(10);
    await bench.advanceUntil(engine, ended(ids));
    const order = taken().slice(5);
    // each turn comes when one of five is done, so two that are woken at once may pass each other
    for (const [place, prompt] of order.entries()) expect(Math.abs(place - Number(prompt?.slice(5)))).toBeLessThan(5);
    expect(order.toSorted()).toEqual(ids.map((_, i) => `edit ${i}`).toSorted());
  });

  test("a job in line says what it waits for, and can be canceled at no cost", async () => {
    vendor.behave({ takesSeconds: 600, times: 5 });
    await occupied();
    const [canceled, last] = (await askFor(2)) as [string, string];
    await bench.advanceUntil(engine, inLine([canceled, last]));
    expect((await job(canceled)).waiting?.reason).toBe("modelslab is asked for 5 at a time, and others came before");
    await cancelJob({ ...bench.deps, engine }, CALLER, canceled);
    await bench.advanceUntil(engine, ended([canceled]));
    expect(await job(canceled)).toMatchObject({ status: "canceled", settlement: { state: "refunded", amount: 0 } });
    expect(sent()).toBe(5);
    await bench.advanceUntil(engine, ended([last]));
    expect([sent(), (await job(last)).status]).toEqual([6, "succeeded"]);
  });

  test("a place is not given away while what was canceled may still be worked on", async () => {
    vendor.behave({ takesSeconds: 600, times: 5 });
    const [canceled] = (await occupied()) as [string];
    const [waiting] = (await askFor(1)) as [string];
    await bench.advanceUntil(engine, inLine([waiting]));
    const { submittedAt = 0 } = await job(canceled);
    await cancelJob({ ...bench.deps, engine }, CALLER, canceled);
    await bench.advanceUntil(engine, async () => (await job(waiting)).attempt === 1);
    expect(await job(canceled)).toMatchObject({ status: "canceled", settlement: { state: "unreconciled" } });
    const typical = bench.deps.catalogue.model("modelslab/inpaint")?.typicalSeconds ?? 0;
    const waited = ((await job(waiting)).submittedAt ?? 0) - submittedAt;
    expect(waited).toBeGreaterThanOrEqual(4 * typical * 1000);
    expect(waited).toBeLessThan(4 * typical * 1000 + 5_000);
  });

  test("a wake that is lost costs time, and no job", async () => {
    const ids = await occupied();
    const [waiting] = (await askFor(1)) as [string];
    await bench.advanceUntil(engine, inLine([waiting]));
    vi.spyOn(bench.deps.records, "firstInLine").mockRejectedValue(new Error("throttled"));
    await bench.advanceUntil(engine, ended([...ids, waiting]));
    expect((await jobs([...ids, waiting])).map(({ status }) => status)).toEqual(Array(6).fill("succeeded"));
    const free = Math.max(...(await jobs(ids)).map(({ finishedAt = 0 }) => finishedAt));
    expect((await job(waiting)).submittedAt).toBeGreaterThan(free + 60_000);
  });

  test("whoever is in line until the deadline ends then, and was charged nothing", async () => {
    vendor.behave({ takesSeconds: 600, times: 5 });
    await occupied();
    const late = await ask("too late", { deadlineSeconds: 30 });
    await bench.advanceUntil(engine, ended([late]));
    expect(await job(late)).toMatchObject({
      status: "failed",
      error: { code: "provider_unavailable", message: expect.stringContaining("nothing was charged") },
      settlement: { state: "refunded", amount: 0 },
    });
    expect(await job(late)).not.toHaveProperty("slot");
    expect(sent()).toBe(5);
  });

  test("a process that is put out goes on with who had a place and who was in line", async () => {
    const ids = await occupied();
    const waiting = await askFor(3);
    await bench.advanceUntil(engine, inLine(waiting));
    await engine.close();
    engine = bench.engine(database);
    await bench.advanceUntil(engine, ended([...ids, ...waiting]));
    expect((await jobs([...ids, ...waiting])).map(({ status, attempt }) => [status, attempt])).toEqual(
      Array(8).fill(["succeeded", 1]),
    );
    expect(sent()).toBe(8);
  });
});

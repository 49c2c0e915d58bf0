import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mask, photo } from "./testing/pictures.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

describe("canceling a job", () => {
  let t: TestStack;
  /** Takes so long to prepare that a cancel is there first. */
  let large: { image: string; mask: string };

  beforeAll(async () => {
    t = await startTestStack();
    const [image, white] = await Promise.all([photo(3000, 2000), mask(3000, 2000)]);
    large = { image: await t.upload(image), mask: await t.upload(white) };
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const start = async (json: object) => {
    const answer = await t.ask({ model: "modelslab/inpaint", prompt: "a hat", ...json });
    return ((await answer.json()) as { id: string }).id;
  };
  const cancel = (id: string) => t.api(`/v1/jobs/${id}/cancel`, { method: "POST" });

  test("before it was sent costs nothing", async () => {
    const before = t.modelsLab.jobs.length;
    const id = await start(large);
    const answer = await cancel(id);
    expect([200, 202]).toContain(answer.status);
    const job = await t.finish(id);
    expect(t.modelsLab.jobs.length).toBe(before);
    expect(job).toMatchObject({
      status: "canceled",
      error: { code: "canceled" },
      cost: { state: "refunded", amountMicroUsd: 0 },
    });
  });

  test("while it waits to be sent again costs nothing", async () => {
    const withdraw = t.modelsLab.behave({ refuse: "rate-limit", times: Number.POSITIVE_INFINITY });
    const id = await start({});
    await t.quiet();
    await cancel(id);
    await t.quiet(); // no time passes
    withdraw();
    expect(await t.job(id)).toMatchObject({ status: "canceled", cost: { state: "refunded", amountMicroUsd: 0 } });
  });

  test("while it is suspended ends it at once; the work may have been charged, and is not delivered", async () => {
    t.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
    const id = await start({});
    await t.quiet();
    expect(await t.job(id)).toMatchObject({ status: "running", phase: "submitted" });
    await cancel(id);
    await t.quiet(); // no time passes
    const job = await t.job(id);
    expect(job).toMatchObject({ status: "canceled", results: [], cost: { state: "unreconciled" } });
    expect(job.cost.amountMicroUsd).toBe(job.cost.estimateMicroUsd);
    // the late answer changes nothing any more
    await t.modelsLab.release(t.modelsLab.jobs.at(-1)?.id ?? "");
    await t.quiet();
    expect(await t.job(id)).toEqual(job);
    expect(t.modelsLab.callbacks.at(-1)?.status).toBe(404);
  });

  test("while the submit hangs ends it within a second or two", async () => {
    t.modelsLab.behave({ answer: "hang", callback: "never" });
    const before = t.modelsLab.jobs.length;
    const id = await start({});
    await t.modelsLab.until(() => t.modelsLab.jobs.length > before);
    await cancel(id);
    t.clock.advance(1000);
    await t.quiet();
    expect(await t.job(id)).toMatchObject({ status: "canceled", cost: { state: "unreconciled" } });
  });

  test("while the provider's picture is fetched ends it; the work was done, and counts", async () => {
    t.modelsLab.behave({ links: "hang", callback: "never" });
    const id = await start({});
    await t.quiet();
    await t.modelsLab.release(t.modelsLab.jobs.at(-1)?.id ?? "");
    t.clock.advance(3000); // the look that finds it done, and a download that hangs
    await t.modelsLab.until(() => t.modelsLab.requests.some(({ path }) => path.includes("/generations/")));
    await cancel(id);
    t.clock.advance(1000);
    const job = await t.finish(id);
    expect(job).toMatchObject({ status: "canceled", results: [] });
    expect(job.cost.amountMicroUsd).toBe(job.cost.estimateMicroUsd);
  });

  test("of the keyless model stops the work, for nothing", async () => {
    const id = await start({ ...large, model: "local/fill", prompt: undefined });
    await cancel(id);
    t.clock.advance(1000);
    expect(await t.finish(id)).toMatchObject({ status: "canceled", cost: { amountMicroUsd: 0 } });
  });

  test("twice, or after its end, changes nothing", async () => {
    const id = await start(large);
    await cancel(id);
    const job = await t.finish(id);
    expect(await (await cancel(id)).json()).toEqual(job);
  });
});

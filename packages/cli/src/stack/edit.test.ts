import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mask, photo } from "./testing/pictures.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

const FREE = { amountMicroUsd: 0, state: "settled" };

describe("an edit on the local stack", () => {
  let t: TestStack;
  beforeAll(async () => {
    t = await startTestStack();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const pixels = (bytes: Uint8Array) => sharp(bytes).removeAlpha().raw().toBuffer();

  async function changedOutside(result: Uint8Array): Promise<number> {
    const [before, after, edited] = await Promise.all([
      photo().then(pixels),
      pixels(result),
      mask().then((m) => sharp(m).extractChannel(0).raw().toBuffer()),
    ]);
    let changed = 0;
    // far enough from the mask that no feather reaches it
    for (let y = 0; y < 240; y++)
      for (let x = 0; x < 320; x++) {
        if (x > 100 && x < 220 && y > 60 && y < 170) continue;
        const i = y * 320 + x;
        if (edited[i] === 0 && [0, 1, 2].some((c) => before[i * 3 + c] !== after[i * 3 + c])) changed++;
      }
    return changed;
  }

  test("with the keyless model comes back at full size, exact outside the mask, for nothing", async () => {
    const job = await t.edit({ model: "local/fill", operation: "erase" });
    expect(job).toMatchObject({ status: "succeeded", progress: 1, cost: FREE });
    const [result] = job.results;
    expect(result).toMatchObject({
      width: 320,
      height: 240,
      contentType: "image/png",
      fidelity: { changedOutside: 0 },
    });
    const bytes = new Uint8Array(await (await t.api(`/v1/jobs/${job.id}/results/0`)).arrayBuffer());
    expect(await changedOutside(bytes)).toBe(0);
  });

  test("through ModelsLab is woken by its webhook, and submitted once", async () => {
    const before = t.modelsLab.jobs.length;
    const job = await t.edit({ model: "modelslab/inpaint", prompt: "a red balloon" });
    expect(job).toMatchObject({ status: "succeeded", simulated: true, cost: { state: "settled" } });
    expect(t.modelsLab.jobs.length - before).toBe(1);
    expect(t.modelsLab.callbacks.at(-1)).toMatchObject({ status: 200 });
    const bytes = new Uint8Array(await (await t.api(`/v1/jobs/${job.id}/results/0`)).arrayBuffer());
    expect(await changedOutside(bytes)).toBe(0);
  });

  test.each([
    ["every callback is dropped", { callback: "never" }],
    ["the callback comes before the submit's answer", { callback: "early" }],
    ["the callback comes twice", { callback: "twice" }],
    ["the callback says failed and the work succeeded", { callback: "says-failed" }],
    ["the callback has no output", { callback: "empty" }],
    ["the answer comes at once", { answer: "success" }],
    ["the answer comes at once and is called back too", { answer: "success", callback: "once" }],
    ["the submit's answer is lost and the callback completes it", { answer: "reset" }],
    ["a proxy's error page hides the acceptance", { answer: "accepted-html-502" }],
    ["the fetch breaks twice", { callback: "never", fetch: ["html-500", "reset"] }],
    ["the first link has expired", { links: { output: "expired" } }],
  ] as const)("finishes with one accepted submit when %s", async (_, behaviour) => {
    const before = t.modelsLab.jobs.length;
    t.modelsLab.behave(behaviour as Parameters<typeof t.modelsLab.behave>[0]);
    const job = await t.edit({ model: "modelslab/inpaint", prompt: "a red balloon" });
    expect(job.error).toBeUndefined();
    expect(job.status).toBe("succeeded");
    expect(t.modelsLab.jobs.length - before).toBe(1);
  });

  test.each([
    ["it is warming up", { refuse: "try-again", times: 2 }],
    ["it limits the rate", { refuse: "rate-limit", times: 2 }],
    ["it limits the rate in the older form", { refuse: "rate-limit", errorStatus: "ok", times: 2 }],
  ] as const)("is sent again when %s: nothing was accepted", async (_, rule) => {
    const before = t.modelsLab.jobs.length;
    t.modelsLab.behave(rule);
    const job = await t.edit({ model: "modelslab/inpaint", prompt: "a red balloon" });
    expect(job).toMatchObject({ status: "succeeded", attempts: 3 });
    expect(t.modelsLab.jobs.length - before).toBe(1);
  });

  test.each([
    ["a refused request costs nothing", { refuse: "bad-request" }, "provider_rejected", "refunded"],
    [
      "a lost answer that nobody confirms may have been charged",
      { answer: "reset", callback: "never" },
      "outcome_unknown",
      "unreconciled",
    ],
    [
      "work that never ends may have been charged",
      { takesSeconds: Number.POSITIVE_INFINITY },
      "outcome_unknown",
      "unreconciled",
    ],
    ["failed work may have been charged", { outcome: "failed" }, "provider_rejected", "unreconciled"],
  ] as const)("%s", async (_, behaviour, code, state) => {
    t.modelsLab.behave(behaviour);
    const job = await t.edit({ model: "modelslab/inpaint", prompt: "a red balloon", deadlineSeconds: 300 });
    expect(job).toMatchObject({ status: "failed", error: { code }, cost: { state } });
  });

  test("work that ended while nobody could look is fetched even after the deadline", async () => {
    t.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY, callback: "never" });
    const answer = await t.ask({ model: "modelslab/inpaint", prompt: "a red balloon", deadlineSeconds: 30 });
    await t.quiet();
    await t.modelsLab.release(t.modelsLab.jobs.at(-1)?.id ?? "");
    t.clock.advance(60_000); // a laptop's lid, closed and opened
    const job = await t.finish(((await answer.json()) as { id: string }).id);
    expect(job).toMatchObject({ status: "succeeded", cost: { state: "settled" } });
  });

  test("an id that belongs to another job ends a job at once: its answer would be another's picture", async () => {
    const first = await t.edit({ model: "modelslab/inpaint", prompt: "a hat" });
    const taken = Number(first.providerJobId) + 1;
    expect(await t.stack.records.bindProviderJob("modelslab", String(taken), first.id)).toBe(true);
    const answer = await t.ask({ model: "modelslab/inpaint", prompt: "a hat" });
    await t.quiet(); // no time passes
    const job = await t.job(((await answer.json()) as { id: string }).id);
    expect(job).toMatchObject({
      status: "failed",
      error: { code: "outcome_unknown" },
      cost: { state: "unreconciled" },
    });
  });

  test("a provider that cannot take work yet is seen to be the reason", async () => {
    const withdraw = t.modelsLab.behave({ refuse: "rate-limit", times: Number.POSITIVE_INFINITY });
    const answer = await t.ask({ model: "modelslab/inpaint", prompt: "a hat" });
    const { id } = (await answer.json()) as { id: string };
    await t.quiet();
    expect(await t.job(id)).toMatchObject({
      status: "running",
      waiting: { reason: expect.stringContaining("queue is full") },
    });
    withdraw();
    expect(await t.finish(id)).not.toHaveProperty("waiting");
  });

  test("a moderated picture is a refusal, not a success", async () => {
    t.modelsLab.behave({ outcome: "nsfw" });
    const job = await t.edit({ model: "modelslab/inpaint", prompt: "x", providerOptions: { safetyChecker: true } });
    expect(job).toMatchObject({ status: "failed", error: { code: "content_rejected", retryable: false } });
  });

  test("several pictures come back, each pasted into the photo", async () => {
    const job = await t.edit({ model: "modelslab/inpaint", prompt: "a red balloon", n: 3 });
    expect(job.results).toHaveLength(3);
    for (const result of job.results) expect(result.fidelity.changedOutside).toBe(0);
  });

  test("an edit can follow an edit", async () => {
    const first = await t.edit({ model: "local/fill" });
    const second = await t.edit({ model: "local/fill", image: { job: first.id } });
    expect(second).toMatchObject({ status: "succeeded", results: [{ width: 320, height: 240 }] });
  });

  test("a repeated idempotency key is one job; with another request it is refused", async () => {
    const key = { "idempotency-key": "order-7" };
    const before = t.modelsLab.jobs.length;
    const ask = async (prompt: string) => {
      const answer = await t.ask({ model: "modelslab/inpaint", prompt }, { headers: key });
      return { status: answer.status, body: (await answer.json()) as { id: string; code?: string } };
    };
    const asked = await Promise.all([1, 2, 3].map(() => ask("a hat")));
    const ids = new Set(asked.map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    await t.finish([...ids][0] ?? "");
    expect(t.modelsLab.jobs.length - before).toBe(1);
    expect(await ask("a scarf")).toMatchObject({ status: 422, body: { code: "idempotency_mismatch" } });
  });

  test("a finished edit leaves no working pictures behind", async () => {
    const job = await t.edit({ model: "local/fill" });
    await t.quiet();
    expect(job.status).toBe("succeeded");
    expect(await t.stored(`w/${job.id}/image.png`)).toBe(false);
  });
});

test("where nobody outside can reach the stack, pictures travel inline and the answer is polled for", async () => {
  await using t = await startTestStack({ unreachable: true });
  const job = await t.edit({ model: "modelslab/inpaint", prompt: "a hat" });
  expect(job.error).toBeUndefined();
  expect(job.status).toBe("succeeded");
  const [submit] = t.modelsLab.requests.filter(({ path }) => path.endsWith("/inpaint"));
  expect(submit?.body).toMatchObject({ base64: true, webhook: null });
  expect(t.modelsLab.callbacks).toHaveLength(0);
});

test("a webhook is told, signed, until it answers", async () => {
  await using t = await startTestStack();
  await using receiver = await t.receiver([500, 200]);
  const job = await t.edit({ model: "local/fill", webhook: receiver.url, metadata: { order: "7" } });
  await t.advanceUntil(() => receiver.received.length === 2);
  const [first, second] = receiver.received;
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  const event = receiver.verify(t.stack.webhookSecret, second) as {
    type: string;
    data: { id: string; metadata: object };
  };
  expect(event).toMatchObject({ type: "job.succeeded", data: { id: job.id, metadata: { order: "7" } } });
});

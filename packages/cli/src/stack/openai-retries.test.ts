import { photo } from "@infill/functions/testing";
import type OpenAI from "openai";
import { APIConnectionError } from "openai";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { during, eraseNewest, openAiClient, pngFile, withHole } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

let t: TestStack;
let image: File;
let hole: File;
/** Jobs the provider had taken before a test. */
let before: number;
/** No two tests ask the same. */
let prompts = 0;
beforeAll(async () => {
  t = await startTestStack();
  image = await pngFile(await photo());
  hole = await pngFile(await withHole(), "mask.png");
});
beforeEach(() => {
  before = t.modelsLab.jobs.length;
  prompts++;
});
afterAll(() => t[Symbol.asyncDispose]());

const taken = () => t.modelsLab.jobs.length - before;
const ask = (more: object = {}) => ({
  model: "modelslab/inpaint",
  image,
  mask: hole,
  prompt: `hat number ${prompts}`,
  stream: false as const,
  ...more,
});
/** An edit whose answer is awaited; what the answer says its job is. */
const edit = async (options: OpenAI.RequestOptions = {}, more: object = {}): Promise<string> => {
  const { response } = await during(t, openAiClient(t).images.edit(ask(more), options).withResponse());
  return response.headers.get("infill-job") ?? "";
};
const retry = { headers: { "x-stainless-retry-count": "1" } };

/** A request that is hung up on once the provider has its job. */
async function hangUp(more: object = {}): Promise<void> {
  const leaving = new AbortController();
  t.modelsLab.behave({ etaSeconds: 60, takesSeconds: 60 });
  const lost = openAiClient(t, { maxRetries: 0 }).images.edit(ask(more), { signal: leaving.signal });
  lost.catch(() => {});
  await t.modelsLab.until(() => taken() === 1);
  leaving.abort();
  await expect(lost).rejects.toThrow("aborted");
}

test("the client's own retry after a connection that broke joins the job", async () => {
  let broken = 0;
  const breaking: typeof fetch = async (input, init) => {
    // the client tries out what its fetch can do
    if (init?.method !== "POST" || broken > 0) return fetch(input, init);
    broken++;
    const leaving = new AbortController();
    const lost = fetch(input, { ...init, signal: leaving.signal });
    lost.catch(() => {});
    await t.modelsLab.until(() => taken() === 1);
    leaving.abort();
    await lost.catch(() => {});
    throw new TypeError("fetch failed");
  };
  t.modelsLab.behave({ etaSeconds: 60, takesSeconds: 60 });
  const { data = [] } = await during(t, retrying(breaking));
  expect([data.length, broken, taken()]).toEqual([1, 1, 1]);
});

const retrying = (via: typeof fetch) => openAiClient(t, { fetch: via, maxRetries: 2 }).images.edit(ask());

test("without a retry's header the same request joins a job whose answer nobody got", async () => {
  await hangUp();
  await edit();
  expect(taken()).toBe(1);
});

test("what was erased is another edit when it is asked for again; a retry is told that it is gone", async () => {
  await hangUp();
  const erased = await eraseNewest(t);
  await expect(edit({ ...retry, maxRetries: 0 })).rejects.toMatchObject({ status: 410 });
  expect(await edit()).not.toBe(erased);
  expect(taken()).toBe(2);
});

test("after ten minutes nobody waits for it any more: the same request is another edit", async () => {
  await hangUp();
  await t.advanceUntil(() => t.modelsLab.jobs.every(({ state }) => state !== "processing"));
  t.clock.advance(10 * 60_000);
  await edit();
  expect(taken()).toBe(2);
});

test("once the answer was delivered the same request is another variation; a retry still joins", async () => {
  const first = await edit();
  expect(await edit(retry)).toBe(first);
  const second = await edit();
  expect(second).not.toBe(first);
  expect(await edit(retry)).toBe(second);
  expect(taken()).toBe(2);
});

test.each([
  ["prompt", { prompt: "another hat altogether" }],
  ["format", { output_format: "webp" }],
  ["number", { n: 2 }],
  ["model", { model: "local/fill" }],
])("with another %s it is another request, retry or not", async (_, more) => {
  const first = await edit();
  expect(await edit(retry, more)).not.toBe(first);
});

test("another key's request is another request", async () => {
  const first = await edit();
  const other = openAiClient(t, { apiKey: await t.newKey("umbrella") });
  const { response } = await during(t, other.images.edit(ask(), retry).withResponse());
  expect(response.headers.get("infill-job")).not.toBe(first);
});

test("identical requests at one moment are one job: nobody has an answer yet", async () => {
  const jobs = await Promise.all([edit(), edit(), edit()]);
  expect([new Set(jobs).size, taken()]).toEqual([1, 1]);
});

test("an Idempotency-Key decides alone: the same is the same, another is another", async () => {
  const key = (idempotencyKey: string) => ({ headers: { "idempotency-key": idempotencyKey } });
  const first = await edit(key(`order-${prompts}`));
  expect(await edit(key(`order-${prompts}`))).toBe(first);
  expect(await edit({ headers: { ...retry.headers, ...key(`order-${prompts}-b`).headers } })).not.toBe(first);
  expect(taken()).toBe(2);
  await expect(edit(key(`order-${prompts}`), { n: 2 })).rejects.toMatchObject({
    status: 400,
    code: "idempotency_mismatch",
  });
});

test("a job that failed, cost nothing and may yet succeed is made again by the client's own retry", async () => {
  // refused at the queue until the job's deadline; the next one is taken
  const withdraw = t.modelsLab.behave({ refuse: "rate-limit", times: Number.POSITIVE_INFINITY });
  let answers = 0;
  const counting: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (init?.method === "POST" && ++answers === 1) withdraw();
    return answer;
  };
  const { data = [] } = await during(t, retrying(counting));
  expect([data.length, answers, taken()]).toEqual([1, 2, 1]);
});

test("a job of unknown outcome is not paid for twice, whoever retries", async () => {
  t.modelsLab.behave({ answer: "reset", callback: "never" });
  await expect(edit()).rejects.toMatchObject({ status: 504, code: "outcome_unknown" });
  await expect(edit(retry)).rejects.toMatchObject({ status: 504, code: "outcome_unknown" });
  expect(taken()).toBe(1);
});

test("a retry of an edit whose picture is not kept any more is told so, streamed or not", async () => {
  const job = await edit();
  await t.stack.objects.removeAll(`r/${job}/`);
  await expect(edit(retry)).rejects.toMatchObject({ status: 404, message: expect.stringContaining("not kept") });
  const read = async () => {
    for await (const _ of await openAiClient(t).images.edit({ ...ask(), stream: true }, retry));
  };
  await expect(during(t, read())).rejects.toMatchObject({ code: "not_found" });
  expect(taken()).toBe(1);
});

test("a stack that stops lets go of its callers, who are told to ask again", async () => {
  const stopping = await startTestStack();
  stopping.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
  const asked = openAiClient(stopping, { maxRetries: 0 }).images.edit(ask());
  asked.catch(() => {});
  await stopping.modelsLab.until(() => stopping.modelsLab.jobs.length === 1);
  await stopping[Symbol.asyncDispose]();
  const refusal = await asked.catch((error: unknown) => error);
  expect(refusal).not.toBeInstanceOf(APIConnectionError);
  expect(refusal).toMatchObject({ status: 504, message: expect.stringContaining("send the same request again") });
});

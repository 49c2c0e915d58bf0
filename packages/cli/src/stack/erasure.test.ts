import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mask, photo } from "@infill/functions/testing";
import { expect, onTestFinished, test } from "vitest";
import { openAiClient, pngFile, withHole } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

const CANARY = "canary-5b1e77";

const start = async (): Promise<TestStack> => {
  const t = await startTestStack();
  onTestFinished(() => t[Symbol.asyncDispose]());
  return t;
};

/** Files below the data folder that hold any of these bytes. */
function holding(t: TestStack, needles: readonly (string | Uint8Array)[]): string[] {
  const files = readdirSync(t.directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return needles.some((needle) => bytes.includes(typeof needle === "string" ? needle : Buffer.from(needle)));
    })
    .map((path) => path.slice(t.directory.length + 1));
}

/** A job that says the canary wherever a caller can. */
const ask = (pictures: { image: string; mask: string }) => ({
  ...pictures,
  model: "modelslab/inpaint",
  prompt: `a bench with ${CANARY}`,
  negativePrompt: CANARY,
  user: CANARY,
  metadata: { note: CANARY },
  webhook: `http://localhost:1/${CANARY}`,
});

test("the engine's store and the log hold ids alone: no prompt, no user, no address, no byte of a picture", async () => {
  const t = await start();
  const bytes = await photo();
  const job = await t.edit(ask({ image: await t.upload(bytes), mask: await t.upload(await mask()) }));
  const result = await t.result(job.id);
  await t.quiet();

  const needles = [CANARY, bytes.subarray(100, 140), result.subarray(100, 140)];
  const found = holding(t, needles);
  expect(found.filter((path) => /^records\.sqlite/.test(path))).not.toEqual([]);
  expect(found.filter((path) => /^storage/.test(path))).not.toEqual([]);
  expect(found.filter((path) => !/^(records\.sqlite|storage\/)/.test(path))).toEqual([]);
});

test("after a user is deleted no file of the stack holds a word or a byte of theirs", async () => {
  const t = await start();
  // of no size that the stack holds another of
  const bytes = await photo(344, 248);
  const white = await mask(344, 248);
  const job = await t.edit(ask({ image: await t.upload(bytes), mask: await t.upload(white) }));
  const result = await t.result(job.id);
  // which includes the books
  const answer = await t.api(`/v1/users/${CANARY}`, { method: "DELETE" });
  expect(answer.status).toBe(200);
  await t.quiet();
  // the storage of the stack removes a file after it has said so
  await expect
    .poll(() => holding(t, [CANARY, bytes.subarray(100, 140), result.subarray(100, 140)]), { timeout: 20_000 })
    .toEqual([]);
});

test("a drop-in request that is refused leaves no byte of the pictures it brought", async () => {
  const t = await start();
  const bytes = await photo(336, 252);
  const client = openAiClient(t, { maxRetries: 0 });
  const pictures = { image: await pngFile(bytes), mask: await pngFile(await withHole(), "mask.png") };
  const asked = client.images.edit({ ...pictures, model: "local/fill", prompt: "x", n: 5, stream: false });
  await expect(asked).rejects.toMatchObject({ status: 400, message: expect.stringContaining("from 1 to 4") });
  await expect.poll(() => holding(t, [bytes.subarray(100, 140)]), { timeout: 20_000 }).toEqual([]);
});

test("a job whose workflow breaks after it was deleted is erased all the same", async () => {
  const t = await start();
  t.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
  const { id } = (await (await t.ask(ask({ image: await t.upload(await photo()), mask: t.white }))).json()) as {
    id: string;
  };
  await t.quiet();
  // its mark is there, and whoever would end it never hears of it
  await t.records.updateJob(id, {}, { eraseRequestedAt: t.clock.now() });
  const { deadlineAt = 0 } = (await t.records.getJob(id)) ?? {};
  t.clock.advance(deadlineAt - t.clock.now() + 61_000);
  await t.api(`/v1/users/${CANARY}`, { method: "DELETE" });
  await t.quiet();
  expect(await t.records.getJob(id)).toMatchObject({ status: "failed", erasedAt: expect.any(Number) });
  expect(holding(t, [CANARY])).toEqual([]);
});

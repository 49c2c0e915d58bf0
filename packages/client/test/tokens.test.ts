import { mask, photo } from "@infill/functions/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestStack, type TestStack } from "../../cli/src/stack/testing/test-stack.ts";
import { createInfill } from "../src/index.ts";

let t: TestStack;
let key: string;
let pictures: { image: Buffer; mask: Buffer };
beforeAll(async () => {
  t = await startTestStack();
  key = await t.newKey("local", { scopes: ["tokens"] });
  pictures = { image: await photo(), mask: await mask() };
});
afterAll(() => t[Symbol.asyncDispose]());

/** A phone whose app's backend mints what it grants, and how often it did. */
function phone(grant: object) {
  let minted = 0;
  const infill = createInfill({
    baseUrl: t.stack.url,
    async token() {
      minted += 1;
      const { token } = (await (await t.api("/v1/tokens", { key, json: grant })).json()) as { token: string };
      return token;
    },
    random: () => 0,
    async sleep(ms) {
      t.elapse(ms);
      await t.quiet();
    },
  });
  return { infill, minted: () => minted };
}
const erasing = () => ({ model: "local/fill", operation: "erase" as const, ...pictures });

test("a phone edits with one token, and with the next once that is over, and sees all its user's jobs", async () => {
  const { infill, minted } = phone({ user: "ann", models: ["local/fill"] });
  const first = await infill.edit(erasing());
  expect(first.job).toMatchObject({ status: "succeeded", user: "ann" });
  expect(minted()).toBe(1);
  t.clock.advance(15 * 60_000);
  const second = await infill.edit({ ...erasing(), image: { job: first.job.id, result: 0 } });
  expect(minted()).toBe(2);
  const listed = [];
  for await (const { id } of infill.jobs.list()) listed.push(id);
  expect(listed).toEqual([second.job.id, first.job.id]);
  expect(await infill.me()).toMatchObject({ kind: "token", user: "ann", models: ["local/fill"] });
});

test("an edit that takes longer than its token lives is followed with the next ones", async () => {
  t.modelsLab.behave({ takesSeconds: 100 });
  const { infill, minted } = phone({ user: "ann", expiresInSeconds: 30 });
  const { job } = await infill.edit({ ...pictures, model: "modelslab/inpaint", prompt: "a hat" });
  expect(job.status).toBe("succeeded");
  expect(minted()).toBeGreaterThanOrEqual(3);
  t.modelsLab.behave({});
});

test("a create that is sent again with a newer token joins its job", async () => {
  const { infill } = phone({ user: "ann", jobs: 1 });
  const [image = "", hole = ""] = await Promise.all([
    t.upload(pictures.image, "image/png", await tokenOf("ann")),
    t.upload(pictures.mask, "image/png", await tokenOf("ann")),
  ]);
  const request = { model: "local/fill", operation: "erase" as const, image, mask: hole };
  const { id } = await infill.inpaint(request, { idempotencyKey: "one-tap" });
  t.clock.advance(15 * 60_000);
  expect(await infill.inpaint(request, { idempotencyKey: "one-tap" })).toMatchObject({ id });
});

test("a phone is told what is left when nothing is, and does not ask again", async () => {
  const { infill, minted } = phone({ user: "bob", jobs: 1 });
  await infill.edit(erasing());
  await expect(infill.edit(erasing())).rejects.toMatchObject({
    code: "budget_exceeded",
    status: 402,
    retryable: false,
    problem: { scope: "token", unit: "jobs", limit: 1, left: 0 },
  });
  expect(minted()).toBe(1);
});

test("nobody finds another user's job, by any token", async () => {
  const { job } = await phone({ user: "ann" }).infill.edit(erasing());
  const { infill } = phone({ user: "bob" });
  for (const ask of [infill.jobs.get, infill.jobs.cancel, infill.resume])
    await expect(ask(job.id)).rejects.toMatchObject({ code: "not_found", status: 404 });
  await expect(infill.edit({ ...erasing(), image: { job: job.id } })).rejects.toMatchObject({ code: "asset_missing" });
});

async function tokenOf(user: string): Promise<string> {
  const answer = await t.api("/v1/tokens", { key, json: { user } });
  return ((await answer.json()) as { token: string }).token;
}

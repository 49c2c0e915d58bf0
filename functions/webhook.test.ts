import { createHmac } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { callbackToken, type Provider, randomIds } from "@infill/core";
import { mask, photo } from "@infill/functions/testing";
import type { LocalEngine } from "@infill/local";
import { loadProvider } from "@infill/providers";
import { type BflSimulator, startBfl } from "@infill/simulators";
import { afterAll, beforeAll, expect, test } from "vitest";
import { composeVendors, VENDOR_KEY } from "./testing/vendors.ts";
import { startWorkflowBench, type WorkflowBench } from "./testing/workflow-bench.ts";
import { createWebhook } from "./webhook.ts";

const keyring = { current: "k1", keys: { k1: randomIds.secret() } };

let bench: WorkflowBench;
let engine: LocalEngine;
let vendor: BflSimulator;
let app: ReturnType<typeof createWebhook>;
let pictures: { image: string; mask: string };
beforeAll(async () => {
  bench = await startWorkflowBench(async ({ time, http }) => {
    vendor = await startBfl({ keys: [VENDOR_KEY], time, behaviour: { takesSeconds: Number.POSITIVE_INFINITY } });
    const access = { http, key: async () => VENDOR_KEY, baseUrl: vendor.url, simulated: true };
    const provider = forgetful((await loadProvider("bfl")).create(access));
    return { ...(await composeVendors({ bfl: vendor }, http)), providers: new Map([["bfl", provider]]) };
  });
  bench.deps.callbackUrl = (...call) => `http://localhost/webhooks/bfl/${callbackToken(keyring, ...call)}`;
  engine = bench.engine(new DatabaseSync(":memory:"));
  app = createWebhook({ ...bench.deps, engine, keyring });
  const box = { left: 20, top: 16, width: 16, height: 12 };
  pictures = await bench.upload({ image: await photo(64, 48), mask: await mask(64, 48, box) });
});
afterAll(async () => {
  await engine.close();
  await bench[Symbol.asyncDispose]();
});

/** One whose answer to a submit is always lost: only a callback can tell what it is called. */
const forgetful = (provider: Provider): Provider => ({
  ...provider,
  async submit(...call) {
    await provider.submit(...call);
    throw new Error("read ECONNRESET");
  },
});

/** An edit that the vendor has, and how it would call back about it. */
async function taken(prompt: string) {
  const id = await bench.ask(engine, { model: "bfl/flux-fill", prompt, edit: { crop: "off" }, ...pictures });
  const row = () => bench.deps.records.getJob(id);
  await bench.advanceUntil(engine, async () => (await row())?.pauseToken !== undefined);
  const { id: work = "", webhook: { url = "", secret = "" } = {} } = vendor.works.at(-1) ?? {};
  const call = async (body: Uint8Array, by = secret) => {
    const signature = `sha256=${createHmac("sha256", by).update(body).digest("hex")}`;
    const init = { method: "POST", headers: { "x-bfl-signature": signature }, body: new Uint8Array(body) };
    const { status } = await app.request(new URL(url).pathname, init);
    await engine.idle();
    return { status, job: (await row())?.providerJob?.id };
  };
  return { work, call };
}

test.each([
  ["is as JSON should be", (json: string) => Buffer.from(json.replace("?", "☕"))],
  ["begins with a byte order mark", (json: string) => Buffer.from(`\ufeff${json}`)],
  ["is not all UTF-8", (json: string) => Buffer.from(json.replace("?", "\xc3"), "latin1")],
])("the signature of a callback that %s is over its bytes", async (how, bytesOf) => {
  const { work, call } = await taken(`a hat that ${how}`);
  const body = bytesOf(JSON.stringify({ id: work, status: "Pending", details: "?" }));
  expect(await call(Buffer.concat([body, Buffer.from(" ")]), "somebody else's")).toEqual({
    status: 200,
    job: undefined,
  });
  expect(await call(body)).toEqual({ status: 200, job: work });
});

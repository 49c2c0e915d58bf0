import { DatabaseSync } from "node:sqlite";
import { type Holds, makeApiKey, randomIds } from "@infill/core";
import type { LocalEngine } from "@infill/local";
import { startModelsLab } from "@infill/simulators";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { composeVendors, VENDOR_KEY } from "../../testing/vendors.ts";
import { startWorkflowBench, type WorkflowBench } from "../../testing/workflow-bench.ts";
import { createCompat } from "../app.ts";

let bench: WorkflowBench;
let engine: LocalEngine;
let key: string;
/** Transparent where it is to be edited: everywhere. */
let image: Blob;
beforeAll(async () => {
  bench = await startWorkflowBench(async ({ time, http }) => {
    const behaviour = { etaSeconds: 600, takesSeconds: Number.POSITIVE_INFINITY };
    return composeVendors({ modelslab: await startModelsLab({ keys: [VENDOR_KEY], time, behaviour }) }, http);
  });
  engine = bench.engine(new DatabaseSync(":memory:"));
  const { row, text } = makeApiKey(randomIds, bench.clock, { tenant: "acme", name: "test" });
  await bench.deps.records.putKey(row);
  key = text;
  const create = { width: 64, height: 48, channels: 4, background: "transparent" } as const;
  image = new Blob([new Uint8Array(await sharp({ create }).png().toBuffer())], { type: "image/png" });
});
afterAll(async () => {
  await engine.close();
  await bench[Symbol.asyncDispose]();
});

/** An edit that goes on and on, streamed from the only place there is. */
async function streamed(prompt: string) {
  const place = { taken: false, released: 0 };
  const holds: Holds = {
    async take() {
      place.taken = true;
      return async () => {
        place.taken = false;
        place.released++;
      };
    },
  };
  const app = createCompat({
    ...bench.deps,
    engine,
    holds,
    links: { keyring: { current: "k1", keys: { k1: randomIds.secret() } }, publicUrl: "http://localhost" },
    fetchPicture: () => Promise.reject(new Error("no picture has an address")),
    maxBodyBytes: 1_000_000,
  });
  const form = new FormData();
  form.append("image", image, "photo.png");
  for (const [name, value] of Object.entries({ model: "modelslab/inpaint", prompt, stream: "true" }))
    form.append(name, value);
  const headers = { authorization: `Bearer ${key}` };
  const { status, body } = await app.request("/v1/images/edits", { method: "POST", headers, body: form });
  if (body === null) throw new Error(`answered ${status} without a body`);
  expect([status, place.taken]).toEqual([200, true]);
  return { body, place };
}

test("a stream that is let go of before anything was read gives its place back", async () => {
  const { body, place } = await streamed("a hat");
  await body.cancel();
  expect(place).toEqual({ taken: false, released: 1 });
});

test("so does one between two pieces", async () => {
  const { body, place } = await streamed("a scarf");
  const reader = body.getReader();
  expect(`${Buffer.from((await reader.read()).value ?? [])}`).toBe(": the edit goes on\n\n");
  await reader.cancel();
  expect(place).toEqual({ taken: false, released: 1 });
});

test("and one whose next piece is waited for, without waiting for that", async () => {
  const { body, place } = await streamed("a glove");
  const reader = body.getReader();
  await reader.read();
  const waiting = reader.read();
  const gone = reader.cancel();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(place).toEqual({ taken: false, released: 1 });
  // and once only
  let over = false;
  await Promise.all([
    gone.then(() => {
      over = true;
    }),
    bench.advanceUntil(engine, () => over),
  ]);
  expect(place.released).toBe(1);
});

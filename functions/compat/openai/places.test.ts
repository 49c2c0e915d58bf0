import { DatabaseSync } from "node:sqlite";
import { type Holds, type Keyring, makeApiKey, randomIds } from "@infill/core";
import type { LocalEngine } from "@infill/local";
import { startModelsLab } from "@infill/simulators";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signToken } from "../../auth/token.ts";
import { composeVendors, VENDOR_KEY } from "../../testing/vendors.ts";
import { startWorkflowBench, type WorkflowBench } from "../../testing/workflow-bench.ts";
import { createCompat } from "../app.ts";

let bench: WorkflowBench;
let engine: LocalEngine;
let key: string;
let keyId: string;
const keyring: Keyring = { current: "k1", keys: { k1: randomIds.secret() } };
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
  [key, keyId] = [text, row.id];
  const create = { width: 64, height: 48, channels: 4, background: "transparent" } as const;
  image = new Blob([new Uint8Array(await sharp({ create }).png().toBuffer())], { type: "image/png" });
});
afterAll(async () => {
  await engine.close();
  await bench[Symbol.asyncDispose]();
});

const entry = (holds: Holds) =>
  createCompat({
    ...bench.deps,
    engine,
    holds,
    links: { keyring, publicUrl: "http://localhost" },
    fetchPicture: () => Promise.reject(new Error("no picture has an address")),
    maxBodyBytes: 1_000_000,
  });

/** Asks for a streamed edit, in OpenAI's format. */
function edit(holds: Holds, prompt: string, bearer = key) {
  const form = new FormData();
  form.append("image", image, "photo.png");
  for (const [name, value] of Object.entries({ model: "modelslab/inpaint", prompt, stream: "true" }))
    form.append(name, value);
  const headers = { authorization: `Bearer ${bearer}` };
  return entry(holds).request("/v1/images/edits", { method: "POST", headers, body: form });
}

/** A client token of an end user of a tenant. */
const mint = (user: string) => {
  const token = { id: randomIds.make("tok"), user, expiresAt: bench.clock.now() + 900_000 };
  const grant = { tenant: "acme", keyId, token, now: bench.clock.now() };
  return signToken({ keyring, namespace: bench.deps.namespace }, grant);
};

/** An edit that goes on and on, streamed from the only place there is. */
async function streamed(prompt: string) {
  const place = { taken: false, released: 0 };
  const holds: Holds = {
    async take() {
      place.taken = true;
      return {
        async release() {
          place.taken = false;
          place.released++;
        },
      };
    },
  };
  const { status, body } = await edit(holds, prompt);
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

/** Where nobody finds a place, and who asked for one. */
function fullFor(full: "all" | "share") {
  const asked: [seconds: number, owner: string | undefined][] = [];
  const holds: Holds = {
    async take(seconds, owner) {
      asked.push([seconds, owner]);
      return { full };
    },
  };
  return { holds, asked };
}

test.each([
  ["all", "As many edits are waited for here as may be at one time; nothing was begun."],
  ["share", "This user waits for as many edits here as one user may at one time; nothing was begun."],
] as const)("nothing is begun where no place is left of %s, and the refusal says which", async (full, says) => {
  const { holds } = fullFor(full);
  const jobs = async () => (await bench.deps.records.listJobs({ tenant: "acme", limit: 100 })).jobs.length;
  const before = await jobs();
  const refused = await edit(holds, "a shoe");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
  expect(await refused.json()).toMatchObject({
    error: { code: "rate_limit_exceeded", message: expect.stringContaining(says) },
  });
  expect(await jobs()).toBe(before);
});

test("a place is of the end user's share where a client token asks, whichever of theirs, and nobody's for a key", async () => {
  const { holds, asked } = fullFor("share");
  for (const bearer of [key, await mint("ann"), await mint("ann"), await mint("ben")])
    await edit(holds, "a tie", bearer);
  const [byKey, ann, annAgain, ben] = asked.map(([, owner]) => owner);
  expect([byKey, annAgain]).toEqual([undefined, ann]);
  expect([ann, ben]).toEqual([expect.stringMatching(/^[\w-]{32}$/), expect.stringMatching(/^[\w-]{32}$/)]);
  expect(ben).not.toBe(ann);
});

test("in ModelsLab's format, too, where an edit without a place goes on and is fetched later", async () => {
  const { holds, asked } = fullFor("share");
  const picture = Buffer.from(await image.arrayBuffer()).toString("base64");
  const answer = await entry(holds).request("/api/v6/image_editing/inpaint", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...{ key: await mint("ann"), prompt: "a sock", base64: true },
      ...{ init_image: picture, mask_image: picture },
    }),
  });
  expect(await answer.json()).toMatchObject({ status: "processing" });
  expect(asked).toEqual([[25, expect.stringMatching(/^[\w-]{32}$/)]]);
});

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { changedOutside, mask, photo } from "@infill/functions/testing";
import { build } from "esbuild";
import { Miniflare, Response as MiniflareResponse } from "miniflare";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStack, type TestStack } from "../../cli/src/stack/testing/test-stack.ts";
import type { InfillOptions, Progress } from "../src/index.ts";
import { type Installed, installPacked } from "./packed.ts";

let t: TestStack;
let installed: Installed;
let image: Buffer;
let hole: Buffer;
beforeAll(async () => {
  [t, installed] = await Promise.all([startTestStack(), installPacked()]);
  [image, hole] = await Promise.all([photo(), mask()]);
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
  await installed[Symbol.asyncDispose]();
});

test("what is packed is the build: npm pack in the folder itself refuses, and says what to do", async () => {
  const packed = promisify(execFile)("npm", ["pack", "--dry-run"], { cwd: join(import.meta.dirname, "..") });
  await expect(packed).rejects.toMatchObject({ stderr: expect.stringContaining("npm pack ./packages/client/dist") });
});

/** A client on the stack's clock. */
const client = (options: Partial<InfillOptions> = {}) =>
  installed.module.createInfill({
    baseUrl: t.stack.url,
    apiKey: t.stack.apiKey,
    random: () => 0,
    async sleep(ms) {
      // little by little: what the stack does meanwhile takes real time
      t.elapse(Math.min(ms, 100));
      for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
    },
    ...options,
  });
const erasing = () => ({ model: "local/fill", operation: "erase" as const, image, mask: hole });

describe("the packed client, in Node", () => {
  test("uploads, asks, waits and downloads, and tells how far it is", async () => {
    const seen: Progress[] = [];
    let begun = "";
    const { job, results } = await client().edit({
      ...erasing(),
      onJob: (id) => {
        begun = id;
      },
      onProgress: (progress) => seen.push(progress),
    });
    expect(job).toMatchObject({ id: begun, status: "succeeded" });
    expect(await changedOutside(image, (await results[0]?.data()) ?? new Uint8Array())).toBe(0);
    expect((await results[0]?.blob())?.type).toBe("image/png");
    expect(seen[0]?.phase).toBe("uploading");
    expect(seen.at(-1)).toMatchObject({ phase: "done", progress: 1 });
    const shares = seen.map(({ progress }) => progress);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  test("takes a Blob, bytes, a path, a file by its address, and what is there already", async () => {
    const path = join(installed.directory, "photo.png");
    await writeFile(path, image);
    const asset = await t.upload(image);
    const { job } = await client().edit(erasing());
    const uri = `data:image/png;base64,${image.toString("base64")}`;
    const pictures = [
      new Blob([new Uint8Array(image)]),
      new Uint8Array(image).buffer,
      path,
      { uri },
      asset,
      { job: job.id },
    ];
    for (const picture of pictures) {
      const edited = await client().edit({ ...erasing(), image: picture });
      expect(edited.job.status).toBe("succeeded");
    }
    await expect(client().edit({ ...erasing(), image: new TextEncoder().encode("no picture") })).rejects.toMatchObject({
      code: "asset_invalid",
    });
  });

  test("goes on with a job that was begun before", async () => {
    const infill = client();
    const [photoId, maskId] = [await t.upload(image), await t.upload(hole)];
    const { id } = await infill.inpaint({ model: "modelslab/inpaint", prompt: "a hat", image: photoId, mask: maskId });
    const { results } = await client().resume(id);
    expect(results).toHaveLength(1);
  });

  test("leaves the job alone when its wait is aborted, or cancels it", async () => {
    for (const cancelOnAbort of [false, true]) {
      t.modelsLab.behave({ takesSeconds: 600, etaSeconds: 600 });
      const stop = new AbortController();
      let id = "";
      const edit = client().edit({
        model: "modelslab/inpaint",
        prompt: `a hat ${cancelOnAbort}`,
        image,
        mask: hole,
        signal: stop.signal,
        cancelOnAbort,
        onJob(begun) {
          id = begun;
          stop.abort();
        },
      });
      await expect(edit).rejects.toMatchObject({ code: "aborted", retryable: false });
      expect((await t.finish(id)).status).toBe(cancelOnAbort ? "canceled" : "succeeded");
    }
  });

  test("asks for a new token once, when one is refused", async () => {
    const tokens = ["expired", t.stack.apiKey];
    const asked: string[] = [];
    const { apiKey: _, ...keyless } = {
      apiKey: "",
      token: () => asked[asked.push(tokens[asked.length] ?? "") - 1] ?? "",
    };
    const infill = installed.module.createInfill({ baseUrl: t.stack.url, ...keyless });
    expect((await infill.models()).length).toBeGreaterThan(0);
    expect(asked).toEqual(tokens);
    const hopeless = installed.module.createInfill({ baseUrl: t.stack.url, token: () => "wrong" });
    await expect(hopeless.models()).rejects.toMatchObject({
      code: "unauthorized",
      status: 401,
      requestId: expect.any(String),
    });
  });

  test("sends a request again whose answer was lost, and pays once", async () => {
    let lost = 0;
    const lossy: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (String(input).endsWith("/v1/inpaint") && lost++ === 0) throw new TypeError("terminated");
      return answer;
    };
    const before = t.modelsLab.jobs.length;
    await client({ fetch: lossy }).edit({ model: "modelslab/inpaint", prompt: "once", image, mask: hole });
    expect([t.modelsLab.jobs.length - before, lost]).toEqual([1, 2]);
  });

  test("waits as long as a server asks, and gives up in the end", async () => {
    const waits: number[] = [];
    const busy: typeof fetch = async () => new Response("{}", { status: 429, headers: { "retry-after": "7" } });
    const infill = client({ fetch: busy, retries: 2, sleep: async (ms) => void waits.push(ms) });
    await expect(infill.models()).rejects.toMatchObject({ status: 429, retryable: true, retryAfterSeconds: 7 });
    expect(waits).toEqual([7_000, 7_000]);
  });

  test("throws a job's own error, and the API's, with what they say", async () => {
    t.modelsLab.behave({ refuse: "bad-request" });
    const edit = client().edit({ model: "modelslab/inpaint", prompt: "x", image, mask: hole });
    await expect(edit).rejects.toMatchObject({
      name: "InfillError",
      code: "provider_rejected",
      jobId: expect.stringMatching(/^job_/),
    });
    await expect(client().edit({ ...erasing(), strength: 1 })).rejects.toMatchObject({
      code: "unsupported_option",
      status: 422,
      pointer: "/strength",
    });
  });

  test("lists jobs, page after page", async () => {
    const ids: string[] = [];
    for await (const job of client().jobs.list({ limit: 2 })) ids.push(job.id);
    expect(ids.length).toBeGreaterThan(4);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("reports a job, and erases it", async () => {
    const infill = client();
    const { job } = await infill.edit(erasing());
    await infill.jobs.report(job.id, { reason: "other", text: "not what I asked for" });
    const { report } = await t.job(job.id);
    expect(report).toMatchObject({ reason: "other", text: "not what I asked for", by: "key" });
    expect(await infill.jobs.delete(job.id)).toMatchObject({ deleted: true });
    await expect(infill.jobs.get(job.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("says what an edit would cost", async () => {
    expect(await client().estimate({ model: "modelslab/inpaint", prompt: "x", n: 2 })).toMatchObject({
      amountMicroUsd: 20_000,
    });
  });
});

describe("a webhook", () => {
  const secret = `whsec_${Buffer.from("a secret of thirty-two bytes, yes").toString("base64")}`;
  const now = Date.now();
  const sign = (body: string, by = secret, at = now) => ({
    "webhook-id": "evt_1",
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": new Webhook(by).sign("evt_1", new Date(at), body),
  });
  const verify = (headers: Record<string, string>, body = '{"a":1}', secrets: string | string[] = secret) =>
    installed.module.verifyWebhook({ body, headers }, secrets, { now });

  test("that the Standard Webhooks library signed is verified, by any of several secrets", async () => {
    expect(await verify(sign('{"a":1}'))).toEqual({ id: "evt_1", payload: { a: 1 } });
    const other = `whsec_${Buffer.from("another secret, which is older").toString("base64")}`;
    expect(await verify(sign('{"a":1}'), '{"a":1}', [other, secret])).toMatchObject({ id: "evt_1" });
    const headers = new Headers(sign('{"a":1}'));
    expect(await installed.module.verifyWebhook({ body: '{"a":1}', headers }, secret, { now })).toMatchObject({
      id: "evt_1",
    });
  });

  test.each<[string, () => Record<string, string>]>([
    ["another body's", () => sign('{"a":2}')],
    ["another secret's", () => sign('{"a":1}', `whsec_${Buffer.from("not the secret at all").toString("base64")}`)],
    ["an old one", () => sign('{"a":1}', secret, now - 600_000)],
    ["one from the future", () => sign('{"a":1}', secret, now + 600_000)],
    ["one without a signature", () => ({ "webhook-id": "evt_1", "webhook-timestamp": String(Math.floor(now / 1000)) })],
    ["nonsense", () => ({ "webhook-id": "x", "webhook-timestamp": "y", "webhook-signature": "v1,%%%" })],
  ])("is refused: %s", async (_, headers) => {
    await expect(verify(headers())).rejects.toMatchObject({ code: "invalid_webhook" });
  });
});

test("under React Native's rules: a Blob without a way to its bytes, no signals to combine", async () => {
  class NativeBlob extends Blob {
    override arrayBuffer = (): never => expect.fail("React Native's Blob has no arrayBuffer");
    override stream = (): never => expect.fail("React Native's Blob has no stream");
  }
  const native: typeof fetch = (input, init) => {
    expect(init?.signal ?? undefined).toBeUndefined();
    const { body } = init ?? {};
    // its networking takes such a Blob as it is
    return fetch(input, { ...init, ...(body instanceof NativeBlob ? { body: new Uint8Array(image) } : {}) });
  };
  const picked = new NativeBlob([new Uint8Array(image)], { type: "image/png" });
  const { results } = await client({ fetch: native }).edit({ ...erasing(), image: picked });
  expect(results).toHaveLength(1);
});

test("uploads in the background by Expo's file system", async () => {
  const uploaded: { url: string; uri: string }[] = [];
  const fileSystem: Parameters<typeof installed.module.expoFileSystemTransport>[0] = {
    FileSystemSessionType: { BACKGROUND: 0 },
    createUploadTask: (url, uri, { headers }, onProgress) => ({
      async uploadAsync() {
        uploaded.push({ url, uri });
        onProgress?.({ totalBytesSent: 1, totalBytesExpectedToSend: 2 });
        const body = uri.includes("mask") ? hole : image;
        const { status } = await fetch(url, { method: "PUT", headers, body: new Uint8Array(body) });
        return { status };
      },
      cancelAsync: async () => {},
    }),
  };
  const file = (uri: string, bytes: Buffer) => ({ uri, type: "image/png", size: bytes.length });
  const { results } = await client({ upload: installed.module.expoFileSystemTransport(fileSystem) }).edit({
    ...erasing(),
    image: file("file:///photo.png", image),
    mask: file("file:///mask.png", hole),
  });
  expect([results.length, uploaded.map(({ uri }) => uri).toSorted()]).toEqual([
    1,
    ["file:///mask.png", "file:///photo.png"],
  ]);
});

test("in workerd", async () => {
  const worker = `
    import { createInfill } from "./client.js";
    export default {
      async fetch(request, env) {
        const { baseUrl, apiKey, image, mask } = await request.json();
        const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
        const infill = createInfill({ baseUrl, apiKey, sleep: (ms) => env.CLOCK.fetch("http://clock/" + ms) });
        const { results } = await infill.edit({ model: "local/fill", operation: "erase", image: bytes(image), mask: bytes(mask) });
        return new Response(await results[0].data());
      },
    };`;
  const miniflare = new Miniflare({
    modules: [
      { type: "ESModule", path: "worker.js", contents: worker },
      { type: "ESModule", path: "client.js", contents: await readFile(installed.path, "utf8") },
    ],
    compatibilityDate: "2026-07-01",
    serviceBindings: {
      async CLOCK({ url }: { url: string }) {
        t.elapse(Number(new URL(url).pathname.slice(1)));
        await t.quiet();
        return new MiniflareResponse();
      },
    },
  });
  try {
    const body = {
      baseUrl: t.stack.url,
      apiKey: t.stack.apiKey,
      image: image.toString("base64"),
      mask: hole.toString("base64"),
    };
    const answer = await miniflare.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify(body) });
    expect(await changedOutside(image, new Uint8Array(await answer.arrayBuffer()))).toBe(0);
  } finally {
    await miniflare.dispose();
  }
});

test("weighs at most 6 KB, all of it", async () => {
  const { outputFiles } = await build({
    entryPoints: [installed.path],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  expect(gzipSync(outputFiles[0]?.contents ?? "").length).toBeLessThanOrEqual(6 * 1024);
});

test("has types that its users' compiler finds", async () => {
  const source = `
    import { createInfill, type Edited, InfillError, verifyWebhook } from "@infill/client";
    const infill = createInfill({ baseUrl: "https://edit.example.com", token: async () => "t" });
    const edited: Edited = await infill.edit({ model: ["a", "b"], image: new Blob(), mask: "mask.png", prompt: "x" });
    const sides: number[] = edited.results.map(({ width }) => width);
    // @ts-expect-error: there is no such option
    await infill.edit({ model: "a", image: new Blob(), mask: new Blob(), promt: "x" });
    export { InfillError, sides, verifyWebhook };`;
  await writeFile(join(installed.directory, "use.ts"), source);
  const tsc = join(import.meta.dirname, "../../../node_modules/.bin/tsc");
  const flags = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--lib",
    "es2022,dom",
    "--types",
    "",
    "use.ts",
  ];
  const checked = await promisify(execFile)(tsc, flags, { cwd: installed.directory }).catch(
    (error: { stdout: string }) => error,
  );
  expect(checked.stdout).toBe("");
});

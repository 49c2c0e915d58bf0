import type { JobView } from "@infill/core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mask, photo } from "./testing/pictures.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

interface Page {
  data: JobView[];
  hasMore: boolean;
  next?: string;
}

describe("the API", () => {
  let t: TestStack;
  beforeAll(async () => {
    t = await startTestStack();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const idOf = async (answer: Response) => ((await answer.json()) as JobView).id;

  test("accepts an edit: 202, where it is, and when to ask", async () => {
    const answer = await t.ask();
    const job = (await answer.json()) as JobView;
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`/v1/jobs/${job.id}`);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(job).toMatchObject({ object: "job", status: "queued", results: [] });
    await t.finish(job.id);
  });

  test("holds the answer for as long as the caller prefers, and answers 200 when it saw the end", async () => {
    let held = true;
    const answer = t.ask({}, { headers: { prefer: "wait=20" } }).finally(() => {
      held = false;
    });
    await t.advanceUntil(() => !held);
    const { status, headers } = await answer;
    expect([status, headers.get("preference-applied")]).toEqual([200, "wait=20"]);
    expect(((await (await answer).json()) as JobView).status).toBe("succeeded");
  });

  test("answers 202 when the time is up, and never holds longer than 25 s", async () => {
    t.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
    const began = t.clock.now();
    let held = true;
    const answer = t
      .ask({ model: "modelslab/inpaint", prompt: "a hat" }, { headers: { prefer: "wait=600" } })
      .finally(() => {
        held = false;
      });
    await t.advanceUntil(() => !held);
    expect((await answer).status).toBe(202);
    expect((await answer).headers.get("preference-applied")).toBe("wait=25");
    expect(t.clock.now() - began).toBeLessThan(40_000);
    const id = await idOf(await answer);
    await t.api(`/v1/jobs/${id}/cancel`, { method: "POST" });
    await t.finish(id);
  });

  test("does not cancel a job whose caller hung up", async () => {
    const hangUp = new AbortController();
    const key = { "idempotency-key": "hung-up" };
    const answer = t.ask({ metadata: { n: "1" } }, { headers: { ...key, prefer: "wait=20" }, signal: hangUp.signal });
    await t.advanceUntil(
      async () => ((await (await t.api("/v1/jobs?limit=1")).json()) as Page).data[0]?.metadata["n"] === "1",
    );
    hangUp.abort();
    await expect(answer).rejects.toThrow();
    const again = await idOf(await t.ask({ metadata: { n: "1" } }, { headers: key }));
    expect(await t.finish(again)).toMatchObject({ status: "succeeded" });
  });

  test("answers 304 to who has seen this revision", async () => {
    const job = await t.edit();
    const seen = await t.api(`/v1/jobs/${job.id}`);
    const etag = seen.headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"\d+"$/);
    const again = await t.api(`/v1/jobs/${job.id}`, { headers: { "if-none-match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await t.api(`/v1/jobs/${job.id}`, { headers: { "if-none-match": 'W/"0"' } })).status).toBe(200);
  });

  test("lists jobs newest first, by pages, and by user", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      t.clock.advance(10);
      ids.unshift(await idOf(await t.ask({ user: i % 2 ? "ann" : "bob" })));
    }
    await Promise.all(ids.map((id) => t.finish(id)));
    const found: string[] = [];
    let after = "";
    for (let pages = 0; pages < 3; pages++) {
      const page = (await (await t.api(`/v1/jobs?limit=2${after}`)).json()) as Page;
      found.push(...page.data.map((job) => job.id));
      after = `&after=${page.next}`;
    }
    expect(found.slice(0, 5)).toEqual(ids);
    const anns = (await (await t.api("/v1/jobs?user=ann")).json()) as Page;
    expect(anns.data.map((job) => job.id)).toEqual([ids[1], ids[3]]);
    expect(anns.hasMore).toBe(false);
  });

  test("lists models in OpenAI's shape, with what each takes", async () => {
    const list = (await (await t.api("/v1/models")).json()) as {
      object: string;
      data: { id: string; object: string }[];
    };
    expect(list.object).toBe("list");
    expect(list.data.map(({ id, object }) => [id, object])).toEqual([
      ["local/fill", "model"],
      ["modelslab/inpaint", "model"],
    ]);
    expect(await (await t.api("/v1/models/modelslab/inpaint")).json()).toMatchObject({
      id: "modelslab/inpaint",
      owned_by: "modelslab",
      available: true,
      options: { strength: { type: "number", min: 0, max: 1 } },
      mask: { convention: "white" },
    });
  });

  test("signs several uploads at once, and tells what became of them", async () => {
    const bytes = await photo(64, 48);
    const uploads = [
      { purpose: "image", contentType: "image/png", contentLength: bytes.length },
      { purpose: "mask", contentType: "image/png", contentLength: 7 },
    ];
    const answer = await t.api("/v1/uploads", { json: { uploads } });
    const signed = (
      (await answer.json()) as { uploads: { id: string; url: string; headers: Record<string, string> }[] }
    ).uploads;
    expect(answer.status).toBe(201);
    expect(signed[0]?.headers).toEqual({
      "content-type": "image/png",
      "content-length": String(bytes.length),
      "if-none-match": "*",
    });
    await fetch(signed[0]?.url ?? "", { method: "PUT", headers: signed[0]?.headers ?? {}, body: bytes as BodyInit });
    const state = async (i: number) => (await t.api(`/v1/uploads/${signed[i]?.id}`)).json();
    expect(await state(0)).toMatchObject({ status: "received", width: 64, height: 48, purpose: "image" });
    expect(await state(1)).toMatchObject({ status: "pending", purpose: "mask" });
    t.clock.advance(16 * 60 * 1000);
    expect(await state(1)).toMatchObject({ status: "expired" });
  });

  test("redirects to a result, with a name to save it by, and lets nobody cache the redirect", async () => {
    const job = await t.edit();
    const answer = await t.api(`/v1/jobs/${job.id}/results/0`, { redirect: "manual" });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    const file = await fetch(answer.headers.get("location") ?? "");
    expect(file.headers.get("content-disposition")).toContain(`${job.id}-0.png`);
    expect(file.headers.get("content-type")).toBe("image/png");
  });

  test("lets a browser in, and is healthy", async () => {
    const preflight = await fetch(`${t.stack.url}/v1/inpaint`, {
      method: "OPTIONS",
      headers: {
        origin: "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
    expect(await (await fetch(`${t.stack.url}/healthz`)).json()).toMatchObject({ ok: true });
  });
});

test("a 12-megapixel photo taken upright in Display P3 comes back as it was, outside the mask to the pixel", async () => {
  await using t = await startTestStack();
  const [width, height] = [3000, 4000];
  // as a phone stores it: landscape, turned by EXIF, with its own profile
  const upright = await photo(width, height);
  const stored = await sharp(upright)
    .rotate(-90)
    .withIccProfile("p3")
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 92 })
    .toBuffer();
  expect(await sharp(stored).metadata()).toMatchObject({ width: height, height: width, orientation: 6 });
  const box = { left: 1400, top: 2100, width: 300, height: 200 };
  const [image, white] = await Promise.all([t.upload(stored, "image/jpeg"), t.upload(await mask(width, height, box))]);
  const answer = await t.api("/v1/inpaint", {
    json: { image, mask: white, model: "modelslab/inpaint", prompt: "a boat", outputFormat: "png" },
  });
  const job = await t.finish(((await answer.json()) as JobView).id);
  expect(job.error).toBeUndefined();
  expect(job.edit).toMatchObject({ workedAt: { width: expect.any(Number) } });

  const result = new Uint8Array(await (await t.api(`/v1/jobs/${job.id}/results/0`)).arrayBuffer());
  const { icc, orientation, ...size } = await sharp(result).metadata();
  expect(size).toMatchObject({ width, height, format: "png" });
  expect(orientation ?? 1).toBe(1);
  expect(icc).toEqual((await sharp(stored).metadata()).icc);

  // decoded without any conversion of colour: what the caller's own viewer would read
  const raw = (bytes: Uint8Array) => sharp(bytes, { ignoreIcc: true }).autoOrient().removeAlpha().raw().toBuffer();
  const [before, after] = await Promise.all([raw(stored), raw(result)]);
  const feather = 60;
  let changed = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside =
        x > box.left - feather &&
        x < box.left + box.width + feather &&
        y > box.top - feather &&
        y < box.top + box.height + feather;
      const i = (y * width + x) * 3;
      if (!inside && (before[i] !== after[i] || before[i + 1] !== after[i + 1] || before[i + 2] !== after[i + 2]))
        changed++;
    }
  }
  expect(changed).toBe(0);
  expect(job.results[0]?.fidelity.changedOutside).toBe(0);
}, 60_000);

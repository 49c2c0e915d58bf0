import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import type { Job, Moderation, ModerationQuestion } from "@infill/core";
import { mask, photo } from "@infill/functions/testing";
import type { LocalEngine } from "@infill/local";
import { createHttp, type Http } from "@infill/providers/http";
import { startBfl, startModelsLab } from "@infill/simulators";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createModeration } from "./moderation.ts";
import { readModerationSettings } from "./moderation-settings.ts";
import { signWebhook } from "./sign-webhook.ts";
import { composeVendors, VENDOR_KEY } from "./testing/vendors.ts";
import { startWorkflowBench, type WorkflowBench } from "./testing/workflow-bench.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PROMPT = "a marmot on the bench";

interface Question {
  headers: IncomingHttpHeaders;
  body: string;
}
type Answer = (res: ServerResponse) => unknown;

/** An operator's own moderation. */
async function startEndpoint() {
  const asked: Question[] = [];
  let answers: Answer[] = [];
  let first = Promise.withResolvers<void>();
  const server = createServer(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    asked.push({ headers: req.headers, body });
    (answers[Math.min(asked.length, answers.length) - 1] as Answer)(res);
    first.resolve();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/edits?token=hush`,
    asked,
    /** Forgets who asked; from now on it answers so in turn, the last one for good. */
    says(...next: Answer[]) {
      asked.length = 0;
      answers = next;
      first = Promise.withResolvers();
    },
    /** Resolves when somebody asked. */
    wasAsked: () => first.promise,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const json =
  (body: unknown, status = 200): Answer =>
  (res) =>
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const ALLOWED = json({ allow: true });

/** What is no answer to go by. */
const NO_ANSWER: [string, Answer][] = [
  ["an error", json({ allow: true }, 500)],
  ["a status that says nothing", (res) => res.writeHead(204).end()],
  ["a redirect", (res) => res.writeHead(307, { location: "https://example.com/" }).end()],
  ["what is no JSON", (res) => res.end("allow")],
  ["a text where a truth belongs", json({ allow: "false" })],
  ["nothing that is asked for", json({ allowed: true })],
  ["a list", json([true])],
  ["a connection that breaks", (res) => res.destroy()],
  ["more than anybody reads", (res) => res.end(JSON.stringify({ allow: true, padding: "x".repeat(4_500_000) }))],
];

describe("an operator's moderation", () => {
  let bench: WorkflowBench;
  let engine: LocalEngine;
  let http: Http;
  let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
  let vendors: Awaited<ReturnType<typeof start>>;
  let uploads: { image: string; mask: string };
  const lines: string[] = [];

  const start = async (time: Parameters<typeof startModelsLab>[0]["time"]) => {
    const options = { keys: [VENDOR_KEY], ...(time && { time }) };
    return { modelslab: await startModelsLab(options), bfl: await startBfl(options) };
  };
  const pictures = { image: photo(64, 48), mask: mask(64, 48, { left: 20, top: 16, width: 16, height: 12 }) };

  beforeAll(async () => {
    endpoint = await startEndpoint();
    bench = await startWorkflowBench(async (outside) => {
      http = outside.http;
      vendors = await start(outside.time);
      return composeVendors(vendors, http);
    });
    const write = (...words: unknown[]) => void lines.push(JSON.stringify(words));
    bench.deps.log = { info: write, warn: write, error: write };
    engine = bench.engine(new DatabaseSync(":memory:"));
    uploads = await bench.upload({ image: await pictures.image, mask: await pictures.mask });
  });
  afterAll(async () => {
    await engine.close();
    await bench[Symbol.asyncDispose]();
    await endpoint.close();
  });
  beforeEach(() => moderate("refuse"));

  function moderate(onFailure: Moderation["onFailure"]): void {
    const now = () => bench.clock.now();
    bench.deps.moderation = createModeration({ url: endpoint.url, onFailure, http, sign: signWebhook([SECRET]), now });
  }

  const job = async (id: string) => (await bench.deps.records.getJob(id)) as Job;
  const finished = (id: string) => async () => (await job(id)).finishedAt !== undefined;
  /** How many edits the vendors took, and whether they were asked for anything at all. */
  const sentSoFar = () => ({
    taken: Object.values(vendors).reduce((sum, { works }) => sum + works.length, 0),
    requests: Object.values(vendors).reduce((sum, { requests }) => sum + requests.length, 0),
  });

  async function edit(more: object = {}, meanwhile: (id: string) => Promise<unknown> = async () => {}) {
    const before = sentSoFar();
    const asked = { model: "modelslab/inpaint", prompt: PROMPT, deadlineSeconds: 60, edit: { crop: "off" }, ...more };
    const id = await bench.ask(engine, { ...asked, ...uploads });
    await meanwhile(id);
    await bench.advanceUntil(engine, finished(id));
    const { taken, requests } = sentSoFar();
    return { job: await job(id), sent: taken - before.taken, requests: requests - before.requests };
  }

  test("is asked before anything is sent, signed, and shown what the edit is made of", async () => {
    endpoint.says(ALLOWED);
    const { job, sent } = await edit({ user: "anna", metadata: { album: "7" } });
    expect(job).toMatchObject({ status: "succeeded", moderation: { state: "allowed" } });
    expect([sent, endpoint.asked.length]).toEqual([1, 1]);

    const [{ headers, body } = { headers: {}, body: "" }] = endpoint.asked;
    expect(headers).toMatchObject({ "webhook-id": job.id, "content-type": "application/json" });
    vi.setSystemTime((job.claimedAt ?? 0) + 1000); // the library asks for the time by itself
    const { type, data } = new Webhook(SECRET).verify(body, headers as Record<string, string>) as {
      type: string;
      data: ModerationQuestion;
    };
    vi.useRealTimers();
    expect(type).toBe("job.moderation");
    expect(data).toMatchObject({
      job: job.id,
      tenant: "acme",
      user: "anna",
      models: ["modelslab/inpaint"],
      operation: "replace",
      prompt: PROMPT,
      n: 1,
      metadata: { album: "7" },
      image: { contentType: "image/png", width: 64, height: 48 },
    });
    for (const name of ["image", "mask"] as const) {
      const shown = await fetch(data[name].url);
      expect(new Uint8Array(await shown.arrayBuffer())).toEqual(new Uint8Array(await pictures[name]));
    }
  });

  test("refuses an edit in its own words, which then costs nothing and is sent to nobody", async () => {
    endpoint.says(json({ allow: false, reason: " No marmots\u0007,\nplease. ", score: 0.98 }));
    const { job, requests } = await edit();
    expect(job).toMatchObject({
      status: "failed",
      error: {
        code: "content_rejected",
        message: "No marmots , please.",
        retryable: false,
        details: { by: "operator" },
      },
      settlement: { state: "refunded" },
      moderation: { state: "refused" },
    });
    expect([requests, endpoint.asked.length, job.eventId !== undefined]).toEqual([0, 1, true]);
  });

  test.each([
    ["nothing", undefined, "This edit is not allowed here"],
    ["null", null, "This edit is not allowed here"],
    ["a number", 17, "This edit is not allowed here"],
    ["much", "🦫".repeat(400), "🦫".repeat(300)],
    ["all that it was asked", "\u00e9".repeat(600_000), "\u00e9".repeat(300)],
    ["half an emoji, turned around", "not \u202e\u2066here\ud83e", "not here\ufffd"],
  ])("that says no is heard, whatever its reason: %s", async (_, reason, message) => {
    endpoint.says(json({ allow: false, reason }));
    moderate("allow");
    const { job, requests } = await edit();
    expect(job.error).toMatchObject({ code: "content_rejected", message });
    expect([requests, endpoint.asked.length]).toEqual([0, 1]);
  });

  test.each(NO_ANSWER)(
    "that answers with %s has not answered: it is asked three times, and the edit ends",
    async (_, no) => {
      endpoint.says(no);
      const { job, requests } = await edit();
      expect(job).toMatchObject({
        status: "failed",
        error: {
          code: "internal",
          retryable: true,
          message: expect.stringMatching(/allowed.*no vendor.*costs nothing/),
        },
        settlement: { state: "refunded" },
      });
      expect([requests, endpoint.asked.length]).toEqual([0, 3]);
      expect(new Set(endpoint.asked.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([job.id]));
    },
  );

  test("that answers at last is heard", async () => {
    endpoint.says(json({}, 503), (res) => res.destroy(), ALLOWED);
    const { job, sent } = await edit();
    expect([job.status, sent, endpoint.asked.length]).toEqual(["succeeded", 1, 3]);
    expect((job.submittedAt ?? 0) - (job.preparedAt ?? 0)).toBeGreaterThanOrEqual(12_000);
  });

  test("may be gone without, where the operator would rather have that, who hears of it", async () => {
    moderate("allow");
    endpoint.says(json({}, 500));
    const before = lines.length;
    const { job, sent } = await edit();
    expect(job).toMatchObject({
      status: "succeeded",
      moderation: { state: "unanswered" },
      warnings: expect.arrayContaining([expect.stringMatching(/Moderation did not answer/)]),
    });
    expect([sent, endpoint.asked.length]).toEqual([1, 3]);
    expect(lines.slice(before)).toContainEqual(expect.stringContaining("NoAnswer (status 500)"));
    expect(lines.slice(before)).toContainEqual(expect.stringMatching(/without moderation's answer.*"unmoderated":1/));
  });

  test("is asked once of an edit that goes on to another model", async () => {
    endpoint.says(ALLOWED);
    vendors.bfl.behave({ refuse: "no-credits", times: 1 });
    const { job, sent } = await edit({
      model: ["1min/ideogram-3", "bfl/flux-fill", "modelslab/inpaint"],
      negativePrompt: "clothes",
      fallback: { dropOptions: true },
    });
    expect(job).toMatchObject({ status: "succeeded", request: { model: "modelslab/inpaint" } });
    expect([sent, endpoint.asked.length]).toEqual([1, 1]);
    // and was told then where it may go, and with what
    const { data } = JSON.parse(endpoint.asked[0]?.body ?? "");
    expect(data).toMatchObject({ models: ["bfl/flux-fill", "modelslab/inpaint"], negativePrompt: "clothes" });
  });

  test("is asked of an edit, too, that has waited for its vendor since before there was one", async () => {
    bench.deps.moderation = undefined;
    vendors.modelslab.behave({ refuse: "try-again", times: 1 });
    endpoint.says(json({ allow: false }));
    const { job, sent } = await edit({}, async (id) => {
      await bench.advanceUntil(engine, async () => (await bench.deps.records.getJob(id))?.waiting !== undefined);
      moderate("refuse");
    });
    expect(job).toMatchObject({ status: "failed", error: { code: "content_rejected" }, attempt: 1 });
    expect([sent, endpoint.asked.length]).toEqual([0, 1]);
  });

  test("does not hold an edit that is canceled meanwhile", async () => {
    endpoint.says(() => {}); // and never a word
    const { job, requests } = await edit({}, async (id) => {
      await endpoint.wasAsked();
      await bench.deps.records.requestCancel(id, bench.clock.now());
      bench.clock.advanceToNext();
    });
    expect(job).toMatchObject({ status: "canceled", settlement: { state: "refunded" } });
    expect(requests).toBe(0);
  });

  test("does not hold an edit beyond its deadline", async () => {
    endpoint.says(() => {});
    const { job, requests } = await edit({ deadlineSeconds: 30 }, async () => {
      await endpoint.wasAsked();
      bench.clock.advance(30_000);
    });
    expect(job).toMatchObject({ status: "failed", error: { code: "internal" }, settlement: { state: "refunded" } });
    expect(requests).toBe(0);
  });

  test("inside the operator's own network is not asked by what is deployed", async () => {
    const guarded = createHttp();
    const { ask } = createModeration({
      url: "https://169.254.169.254/latest",
      onFailure: "refuse",
      http: guarded,
      sign: signWebhook([SECRET]),
      now: Date.now,
    });
    const asking = ask({ job: "job_1" } as ModerationQuestion, new AbortController().signal);
    await expect(asking).rejects.toThrow(/no answer: unsafe-url/);
    await guarded.close();
  });

  test("is in no log, with what it is asked or answers", () => {
    const all = lines.join("\n");
    expect(all).toContain("moderation refused an edit");
    for (const secret of [PROMPT, "hush", "No marmots", SECRET, "X-Amz-Signature"]) expect(all).not.toContain(secret);
  });
});

describe("the settings of moderation", () => {
  const read = (url?: string, onFailure?: string, allowLoopback = false) =>
    readModerationSettings({ INFILL_MODERATION_URL: url, INFILL_MODERATION_ON_FAILURE: onFailure }, { allowLoopback });

  test("are none, or an address and what becomes of what nobody answered", () => {
    expect(read()).toBeUndefined();
    expect(read("", "")).toBeUndefined();
    expect(read("https://example.com/x")).toEqual({ url: "https://example.com/x", onFailure: "refuse" });
    expect(read("https://example.com/x", "allow")).toEqual({ url: "https://example.com/x", onFailure: "allow" });
    expect(read("http://localhost:3000/x", "refuse", true)).toMatchObject({ url: "http://localhost:3000/x" });
  });

  test.each([
    ["http://localhost:3000/x", undefined, /localhost.*https/],
    ["https://10.0.0.1/x?token=hush", undefined, /INFILL_MODERATION_URL must be.*https:.*: 10\.0\.0\.1/],
    ["moderation", undefined, /not a whole address/],
    ["https://example.com/x", "maybe", /INFILL_MODERATION_ON_FAILURE is "maybe": it must be refuse or allow/],
    [undefined, "allow", /set INFILL_MODERATION_URL, too/],
  ])("%s and %s are refused, and the address is not repeated", (url, onFailure, message) => {
    expect(() => read(url, onFailure)).toThrow(message);
    expect(() => read(url, onFailure)).not.toThrow(/hush/);
  });
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Moderation, questionAbout } from "@infill/core";
import { sampleJob } from "@infill/core/testing";
import { createModeration } from "@infill/functions/moderation";
import { readModerationSettings } from "@infill/functions/moderation-settings";
import { signWebhook } from "@infill/functions/sign-webhook";
import { createHttp } from "@infill/providers/http";
import { expect, vi } from "vitest";
import { expectDocumented } from "../../stack/testing/documented.ts";
import type { Bench } from "./bench.ts";
import type { Block } from "./blocks.ts";
import { freePort } from "./programs.ts";

const SECRET = `whsec_${Buffer.alloc(24).toString("base64")}`;

/** Asks the moderation endpoint there about an edit. */
async function ask(url: string, prompt: string): ReturnType<Moderation["ask"]> {
  const http = createHttp({ allowLoopback: true });
  const { request } = sampleJob();
  const job = sampleJob({ user: "anna", request: { ...request, prompt, metadata: { album: "7" } } });
  try {
    const moderation = createModeration({ url, onFailure: "refuse", http, sign: signWebhook([SECRET]), now: Date.now });
    const question = await questionAbout({ signDownload: async () => "https://…" }, job);
    return await moderation.ask(question, new AbortController().signal);
  } finally {
    await http.close();
  }
}

/** Asks an endpoint that answers so. @returns what it was asked, and what came of it */
async function put(answer: string): Promise<{ asked: unknown; verdict: Awaited<ReturnType<Moderation["ask"]>> }> {
  let asked = "";
  const server = createServer(async (req, res) => {
    for await (const chunk of req) asked += chunk;
    res.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const verdict = await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, "a wooden bench");
    return { asked: JSON.parse(asked), verdict };
  } finally {
    server.close();
  }
}

/** What is asked has these fields, and no others. */
export async function isQuestion(_: Bench, { code }: Block): Promise<void> {
  const { asked } = await put('{"allow":true}');
  expectDocumented(asked, JSON.parse(code));
  expectDocumented(JSON.parse(code), asked);
}

/** What may be answered. */
export async function isVerdict(_: Bench, { code }: Block): Promise<void> {
  expect((await put(code)).verdict).toEqual(JSON.parse(code));
}

/** Where the endpoint is, as a deployment reads it. */
export async function isModerationUrl(bench: Bench, { code }: Block): Promise<void> {
  const url = await bench.sh(`${code}\nprintf %s "$INFILL_MODERATION_URL"`);
  expect(readModerationSettings({ INFILL_MODERATION_URL: url }, { allowLoopback: false })).toMatchObject({ url });
}

/** An endpoint's own program: it says no to what it does not want, and nothing to whoever has not signed. */
export async function moderates(bench: Bench, { code }: Block): Promise<void> {
  const port = await freePort();
  const last = /response\.end\((.*)\);/;
  expect(code).toMatch(last);
  const ours = code.replace("4000", String(port)).replace(last, "response.end($1, () => process.exit());");
  const ended = bench.node(ours, { MODERATION_SECRET: SECRET });
  const address = `http://127.0.0.1:${port}/`;
  const forged = await vi.waitFor(() => fetch(address, { method: "POST", body: "{}" }), { timeout: 20_000 });
  expect(forged.status).toBe(400);
  expect(await ask(address, "Nudes, many")).toEqual({ allow: false, reason: "Nudes are not made here" });
  await ended;
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Moderation, questionAbout } from "@infill/core";
import { sampleJob } from "@infill/core/testing";
import { createModeration } from "@infill/functions/moderation";
import { readModerationSettings } from "@infill/functions/moderation-settings";
import { signWebhook } from "@infill/functions/sign-webhook";
import { createHttp } from "@infill/providers/http";
import { expect } from "vitest";
import { expectDocumented } from "../../stack/testing/documented.ts";
import type { Bench } from "./bench.ts";
import type { Block } from "./blocks.ts";

/** Asks a judge who answers so. @returns what it was asked, and what came of it */
async function put(answer: string): Promise<{ asked: unknown; verdict: Awaited<ReturnType<Moderation["ask"]>> }> {
  let asked = "";
  const server = createServer(async (req, res) => {
    for await (const chunk of req) asked += chunk;
    res.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const http = createHttp({ allowLoopback: true });
  const sign = signWebhook(`whsec_${Buffer.alloc(24).toString("base64")}`);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { request } = sampleJob();
  const job = sampleJob({ user: "anna", request: { ...request, metadata: { album: "7" } } });
  const question = await questionAbout({ signDownload: async () => "https://…" }, job);
  try {
    const moderation = createModeration({ url, onFailure: "refuse", http, sign, now: Date.now });
    const verdict = await moderation.ask(question, new AbortController().signal);
    return { asked: JSON.parse(asked), verdict };
  } finally {
    await http.close();
    server.close();
  }
}

/** What a judge is asked has these fields, and no others. */
export async function isQuestion(_: Bench, { code }: Block): Promise<void> {
  const { asked } = await put('{"allow":true}');
  expectDocumented(asked, JSON.parse(code));
  expectDocumented(JSON.parse(code), asked);
}

/** What a judge may answer. */
export async function isVerdict(_: Bench, { code }: Block): Promise<void> {
  expect((await put(code)).verdict).toEqual(JSON.parse(code));
}

/** Where a judge is, as a deployment reads it. */
export async function isJudge(bench: Bench, { code }: Block): Promise<void> {
  const url = await bench.sh(`${code}\nprintf %s "$INFILL_MODERATION_URL"`);
  expect(readModerationSettings({ INFILL_MODERATION_URL: url }, { allowLoopback: false })).toMatchObject({ url });
}

import type { Moderation, SignWebhook, Verdict } from "@infill/core";
import { type Http, HttpFailure } from "@infill/providers/http";
import * as z from "zod";
import type { ModerationSettings } from "./moderation-settings.ts";

/** How long the operator has for an answer, ms. */
const TIMEOUT_MS = 10_000;
/** Longest answer, bytes: whoever repeats all that they were asked, every character escaped, is heard. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Longest reason that a caller is shown, characters. */
const MAX_REASON = 300;

const answer = z.object({ allow: z.boolean(), reason: z.unknown().optional() });

export interface ModerationOptions extends ModerationSettings {
  /** The guarded door. */
  http: Pick<Http, "send">;
  /** Standard Webhooks headers, by the operator's own secret. */
  sign: SignWebhook;
  now: () => number;
}

/** Nothing to go by. Its name is all that a log says of it. */
class NoAnswer extends Error {
  constructor(why: string) {
    super(`Moderation gave no answer: ${why}`);
    this.name = `NoAnswer (${why})`;
  }
}

/**
 * The operator's moderation, asked over HTTPS: a signed POST of the question, whose answer is
 * `{"allow": true}` or `{"allow": false, "reason": "…"}` with status 200. The same edit is asked about under the
 * same `webhook-id`. Anything else than such an answer is none, and `ask` rejects; with the signal's reason where
 * that fired.
 */
export const createModeration = ({ url, onFailure, http, sign, now }: ModerationOptions): Moderation => ({
  onFailure,
  async ask(question, signal) {
    const body = JSON.stringify({ type: "job.moderation", timestamp: new Date(now()).toISOString(), data: question });
    const asking = http.send(url, {
      method: "POST",
      headers: {
        accept: "application/json",
        "accept-encoding": "identity",
        "content-type": "application/json",
        ...sign(question.job, Math.floor(now() / 1000), body),
      },
      body,
      question: true,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      signal,
    });
    const { status, bytes } = await asking.catch((error: unknown) => {
      signal.throwIfAborted();
      throw error instanceof HttpFailure ? new NoAnswer(error.reason) : error;
    });
    if (status !== 200) throw new NoAnswer(`status ${status}`);
    return readAnswer(bytes);
  },
});

/** @throws NoAnswer where it says neither yes nor no */
function readAnswer(bytes: Uint8Array): Verdict {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new NoAnswer("no JSON");
  }
  const { success, data } = answer.safeParse(given);
  if (!success) throw new NoAnswer("neither allow: true nor allow: false");
  // a no is a no, whatever is wrong with its reason
  const reason = typeof data.reason === "string" ? readable(data.reason) : "";
  return { allow: data.allow, ...(reason === "" ? {} : { reason }) };
}

/** One line that callers can be shown, without what would turn it around. */
function readable(reason: string): string {
  const line = reason
    .toWellFormed()
    .replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, " ")
    .trim();
  return [...line].slice(0, MAX_REASON).join("");
}

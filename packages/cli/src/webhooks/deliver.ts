import { randomBytes } from "node:crypto";
import { signWebhook } from "@infill/functions/sign-webhook";
import type { Clock } from "../api/http.ts";
import { reasonOf } from "../api/problem.ts";
import type { EventView } from "../api/types.ts";

/** A receiver that takes longer is one that would be tried again. */
const TIMEOUT_MS = 10_000;
/** As the API's own deliveries have it. */
const USER_AGENT = "infill";

/** `whsec_…` that nobody else has. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(24).toString("base64")}`;

/**
 * Posts one event to an address of this machine's user, signed as the API signs it. Tried once.
 * @returns the answer's status, or why there was none
 */
export async function deliver(
  { fetch, clock }: { fetch: typeof globalThis.fetch; clock: Clock },
  target: { url: string; secrets: readonly string[] },
  { id, type, timestamp, data }: Pick<EventView, "id" | "type" | "timestamp" | "data">,
): Promise<{ status: number } | { failure: string }> {
  const body = JSON.stringify({ type, timestamp, data });
  const signed = signWebhook(target.secrets)(id, Math.floor(clock.now() / 1000), body);
  try {
    const answer = await fetch(target.url, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/json", "user-agent": USER_AGENT, ...signed },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    return { status: answer.status };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}

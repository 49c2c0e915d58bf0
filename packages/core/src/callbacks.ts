import { type Keyring, openCapability, signCapability } from "./capability.ts";
import { InfillError } from "./errors.ts";
import { sha256Hex } from "./ids.ts";
import { isTerminal } from "./job.ts";
import type { Clock, Engine, Log, Records, StoredCallback } from "./ports.ts";

/** Different callbacks kept for one job: more than any provider sends, and a bound for a flood. */
export const MAX_CALLBACKS = 8;

/** Headers that a signature may be in, and how much of them is kept. */
const SIGNING = /signature|webhook/;
const MAX_SIGNING_HEADERS = 8;
const MAX_HEADER_LENGTH = 1024;

const signingHeaders = (headers: Iterable<[string, string]>): Record<string, string> =>
  Object.fromEntries(
    [...headers]
      .filter(([name, value]) => SIGNING.test(name) && value.length <= MAX_HEADER_LENGTH)
      .slice(0, MAX_SIGNING_HEADERS),
  );

/** Nothing is dropped, not even a byte order mark, and nothing replaced. */
const exactly = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body as it is kept: as text, where that is what came. */
function bodyOf(bytes: Uint8Array): Pick<StoredCallback, "body" | "encoding"> {
  try {
    return { body: exactly.decode(bytes) };
  } catch {
    return { body: Buffer.from(bytes).toString("base64"), encoding: "base64" };
  }
}

/** The body of a callback that was kept, to the byte. */
export const callbackBytes = ({ body, encoding }: StoredCallback): Uint8Array => Buffer.from(body, encoding ?? "utf8");

const purpose = (provider: string): string => `callback:${provider}`;

/** The path a provider is given: `{jobId}.{attempt}.{exp}.{kid}.{mac}`, good until the job's deadline. */
export const callbackToken = (
  ring: Keyring,
  provider: string,
  jobId: string,
  attempt: number,
  deadlineAt: number,
): string => signCapability(ring, purpose(provider), [jobId, String(attempt)], deadlineAt);

/**
 * Takes a provider's callback: verify, store, wake. Nothing in it is believed – the workflow asks
 * the provider itself – so a lost, late, doubled or forged one changes nothing but the latency.
 *
 * Stored before it is acknowledged: a 2xx is a promise.
 *
 * @throws InfillError the same `not_found` for whatever is wrong with the path
 */
export async function receiveCallback(
  deps: { records: Records; engine: Engine; clock: Clock; log: Log; keyring: Keyring },
  provider: string,
  token: string,
  body: Uint8Array,
  headers: Iterable<[string, string]> = [],
): Promise<void> {
  const now = deps.clock.now();
  const [jobId, attempt] = openCapability(deps.keyring, purpose(provider), token, now)?.fields ?? [];
  const job = jobId === undefined ? undefined : await deps.records.getJob(jobId);
  if (job === undefined || isTerminal(job.status) || String(job.attempt) !== attempt)
    throw new InfillError("not_found", "There is nothing here");

  const signed = signingHeaders(headers);
  const outcome = await deps.records.putCallback(
    job.id,
    {
      hash: sha256Hex(body),
      provider,
      attempt: job.attempt,
      ...bodyOf(body),
      receivedAt: now,
      ...(Object.keys(signed).length === 0 ? {} : { headers: signed }),
    },
    MAX_CALLBACKS,
  );
  deps.log.info("callback received", { job: job.id, provider, bytes: body.length, outcome }, { callbacks: 1 });
  if (outcome === "full")
    throw new InfillError("rate_limited", "Enough callbacks are waiting for this job", { retryAfterSeconds: 30 });

  // written first, woken after: a pause that began in between has read the inbox already
  const { pauseToken } = (await deps.records.getJob(job.id)) ?? {};
  if (pauseToken !== undefined) await deps.engine.complete(pauseToken);
}

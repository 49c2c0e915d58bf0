import { type Clock, InfillError } from "@infill/core";
import type { AwsCredentials } from "../presign.ts";

/** Sends of one request. */
const ATTEMPTS = 4;
/** Longest pause before the second one, ms; doubled for each that follows. */
const FIRST_PAUSE_MS = 100;
/** Who is told to stay away for longer than this, ms, tells its own caller instead of waiting. */
const LONGEST_PAUSE_MS = 5_000;
/** No answer for so long is none, ms. */
const TIMEOUT_MS = 5_000;

export interface LambdaOptions {
  region: string;
  /** Base URL of what answers instead of Amazon's own endpoint in `region`. */
  endpoint?: string;
  /** The credentials, or what fetches them; asked for every request, so it should cache. */
  credentials: AwsCredentials | (() => Promise<AwsCredentials>);
  clock: Clock;
  fetch?: typeof globalThis.fetch;
  /** 0 ≤ x < 1; spreads the pauses between attempts. */
  random?: () => number;
}

export interface LambdaRequest {
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Lambda's word on a request: done, or the name of its exception. */
export type LambdaAnswer = { done: true } | { done: false; status: number; exception: string };

/**
 * Lambda's API in one function: signs a POST and sends it, again with growing random pauses (or what
 * `Retry-After` says) while Lambda throttles, breaks or does not answer. So only what may be done twice
 * is to be asked here.
 *
 * It rejects with InfillError `internal`, 503 with `retryAfterSeconds`, when no attempt was answered.
 */
export function createLambda(options: LambdaOptions): (doing: string, request: LambdaRequest) => Promise<LambdaAnswer> {
  const { region, clock, random = Math.random } = options;
  const fetch = options.fetch ?? globalThis.fetch;
  const endpoint = (options.endpoint ?? amazon(region)).replace(/\/+$/, "");
  const signingKeys = new Map<string, ArrayBuffer>();

  async function send({ path, headers, body }: LambdaRequest) {
    const { AwsV4Signer } = await import("aws4fetch"); // most events start nothing
    const credentials = typeof options.credentials === "function" ? await options.credentials() : options.credentials;
    const signer = new AwsV4Signer({
      ...credentials,
      method: "POST",
      url: endpoint + path,
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      service: "lambda",
      region,
      cache: signingKeys,
      datetime: new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, ""),
    });
    const signed = await signer.sign();
    const response = await fetch(signed.url, {
      method: "POST",
      headers: signed.headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { response, exception: await exceptionOf(response) };
  }

  return async (doing, request) => {
    for (let attempts = 1; ; attempts++) {
      // an answer that breaks off is none
      const { response, exception = "" } = (await send(request).catch(noAnswer)) ?? {};
      if (response !== undefined && response.status !== 429 && response.status < 500)
        return response.ok ? { done: true } : { done: false, status: response.status, exception };

      const asked = Number(response?.headers.get("retry-after") ?? 0) * 1000 || 0;
      const pause = Math.max(asked, random() * FIRST_PAUSE_MS * 2 ** (attempts - 1));
      if (attempts === ATTEMPTS || pause > LONGEST_PAUSE_MS) {
        const what = response === undefined ? "no answer" : `${response.status} ${exception}`;
        throw new InfillError("internal", `Lambda cannot be used right now for ${doing}: ${what}`, {
          status: 503,
          retryable: true,
          retryAfterSeconds: Math.max(1, Math.ceil(pause / 1000)),
        });
      }
      await clock.sleep(pause);
    }
  };
}

/** What a broken connection, a time-out and an address that does not resolve have in common. Ours are other errors. */
function noAnswer(error: unknown): undefined {
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError" || (name === "TypeError" && error instanceof Error && error.cause !== undefined))
    return undefined;
  throw error;
}

/**
 * The exception's name, which comes as a header and may drag a namespace or an address along
 * (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization). Reads
 * the body to its end, so that the connection is free again.
 */
async function exceptionOf(response: Response): Promise<string> {
  await response.arrayBuffer();
  const type = response.headers.get("x-amzn-errortype") ?? "";
  return type.split(":")[0]?.split("#").at(-1) ?? "";
}

/** China has a domain of its own. */
const amazon = (region: string): string =>
  `https://lambda.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;

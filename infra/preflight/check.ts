import { type AwsTrouble, troubleOf } from "./trouble.ts";

/** What a check found, in words for whoever deploys. */
export interface Finding {
  /** `failed` stops the deployment, `warning` does not. */
  state: "ok" | "warning" | "failed";
  says: string;
  /** What to do about it. */
  todo?: string;
}

/** Where a deployment goes, and how AWS's clients are to ask about it. */
export interface Target {
  region: string;
  /** Given to every client. */
  client: {
    /** What AWS's own tools would find, unless given. */
    credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
    maxAttempts: number;
    requestHandler: { connectionTimeout: number; requestTimeout: number };
  };
}

/** Somebody waits at a terminal: an answer that takes longer than this, ms, is none. */
const PATIENCE = { maxAttempts: 2, requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 } };

/**
 * Where and as whom SST will deploy. With keys and a profile both in the environment the keys count, as
 * with all of AWS's tools but the clients that we ask with.
 */
export function targetOf(region: string, env: NodeJS.ProcessEnv): Target {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (!accessKeyId || !secretAccessKey) return { region, client: PATIENCE };
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
  return { region, client: { ...PATIENCE, credentials } };
}

/**
 * A question whose refusal proves nothing about the deployment: what was to be known stays unknown, and
 * the deployment goes on.
 * @param what `how many functions may run at once`
 */
export function unknown(what: string, error: unknown): Finding {
  const why: Record<AwsTrouble["kind"], (words: string) => string> = {
    denied: () => "these credentials may not ask",
    unreachable: (words) => `AWS did not answer (${words})`,
    credentials: (words) => words,
    other: (words) => words,
  };
  const { kind, words } = troubleOf(error);
  return { state: "warning", says: `${what} could not be asked: ${why[kind](words)}` };
}

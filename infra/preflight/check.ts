import { type AwsTrouble, troubleOf } from "./trouble.ts";

/** What a check found, in words for whoever deploys. */
export interface Finding {
  /** `failed` stops the deployment, `warning` does not. */
  state: "ok" | "warning" | "failed";
  says: string;
  /** What to do about it. */
  todo?: string;
}

/** Where a deployment goes, and as whom. The credentials are what AWS's own tools would find. */
export interface Target {
  region: string;
  /** Given to every client: how long to try. */
  patience: { maxAttempts: number; requestHandler: { connectionTimeout: number; requestTimeout: number } };
}

/** Somebody waits at a terminal: an answer that takes longer than this, ms, is none. */
export const PATIENCE: Target["patience"] = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 },
};

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

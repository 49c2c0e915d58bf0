import type { Writable } from "node:stream";
import { type Client, createClient } from "./api/client.ts";
import type { Clock } from "./api/http.ts";
import { duration } from "./output/words.ts";
import { type Env, readSettings } from "./settings.ts";

/** A stream that may be a terminal. */
export type Screen = Writable & { isTTY?: boolean; columns?: number };

/** All that a command needs from outside; `main.ts` takes it from the process. */
export interface Context {
  env: Env;
  /** Folder that relative paths start from. */
  cwd: string;
  /** Results: what a script reads. */
  stdout: Screen;
  /** Everything else: progress, explanations, errors. */
  stderr: Screen;
  clock: Clock;
  fetch: typeof fetch;
  /**
   * Takes over Ctrl-C: the first fires the signal, a second ends the process at once. A command that
   * never calls this dies of the first, as any program. Whoever calls last has it alone.
   */
  takeInterrupts(): AbortSignal;
}

/** Flags that every command that talks to the API has. */
export interface ApiFlags {
  url?: string;
  apiKey?: string;
  json?: boolean;
}

/** A client for what flags, environment and a running local stack say. */
export function connect(context: Context, flags: ApiFlags): Client {
  const { fetch, clock, stderr } = context;
  const onRetry = (reason: string, afterMs: number): void => {
    // the API's own words may have said when
    const when = reason.endsWith(` in ${afterMs / 1000} s`) ? "then" : `in ${duration(afterMs)}`;
    if (afterMs > 0) stderr.write(`${reason}; trying again ${when}\n`);
  };
  return createClient(readSettings(flags, context.env, context.cwd), { fetch, clock, onRetry });
}

export const printJson = (context: Context, document: unknown): void =>
  void context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);

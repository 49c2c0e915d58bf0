import type { ApiKey, Records } from "@infill/core";
import type { ModelsLabSimulator } from "@infill/simulators";
import type { Receiver } from "./receiver.ts";

/** What a key may do at most; everything without it. */
export type KeyRules = Pick<ApiKey, "scopes" | "limits" | "userLimits" | "validUntil">;

/**
 * The whole system somewhere: API and receiver behind a URL, and around them what a test needs to see and
 * to move. Executions, their pauses and the provider live on a clock that stands still until a test moves it.
 */
export interface Runtime extends AsyncDisposable {
  /** Of the API, without a slash at the end. */
  url: string;
  /** The only provider, which `modelslab/inpaint` is asked of. Its time is that of executions. */
  modelsLab: ModelsLabSimulator;
  /** The records, seen by the operator. */
  records: Records;
  /** Whether storage holds a picture: more than the byte that takes an erased upload's place. */
  stored(key: string): Promise<boolean>;
  /** A key of this tenant, made as an operator would: by a row. */
  newKey(tenant: string, rules?: KeyRules): Promise<string>;
  /** An app's webhook endpoint to which it delivers; one at a time. Answers with these statuses in turn. */
  receiver(statuses: readonly number[]): Promise<Receiver>;

  /** What functions take for the time. */
  clock: FunctionsClock;
  /** Moves the time of executions and of the provider by so many ms. */
  elapse(ms: number): void;
  /** Resolves when nothing works and no callback is under way: only time, or a request, makes anything happen. */
  quiet(): Promise<void>;
  /** Lets everything that can happen happen, then moves time to the next thing, until this holds. @throws Error when nothing is left to happen */
  advanceUntil(holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets time pass in the same way until a request that may be held is answered. */
  during<T>(work: Promise<T>): Promise<T>;
}

/**
 * Functions' clock, ms since the epoch: moved by a test, or the reason why no test can. There the operator
 * moves what is due instead, by its row.
 */
export type FunctionsClock = { now(): number } & ({ advance(ms: number): void } | { cannotAdvance: string });

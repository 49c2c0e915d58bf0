import { parentPort, workerData } from "node:worker_threads";
import { MUTANTS } from "./mutants.ts";
import { simulate } from "./run.ts";

/** Seeds that a thread runs between two words. */
const BATCH = 20;

/** What a thread is given: `first`, `first + step`, … below `end`. */
export interface Share {
  first: number;
  step: number;
  end: number;
  mutant: string | undefined;
}

/** What it says: how many more are done, or which one broke. */
export type Word = { done: number } | { broken: number };

// errors are thrown by the thousand here, and nobody reads where
Error.stackTraceLimit = 0;

const { first, step, end, mutant } = workerData as Share;
let done = 0;
for (let seed = first; seed < end; seed += step) {
  const { violation } = await simulate({ seed }, mutant === undefined ? undefined : MUTANTS[mutant]);
  done += 1;
  if (violation !== undefined) {
    parentPort?.postMessage({ broken: seed } satisfies Word);
    break;
  }
  if (done % BATCH === 0) parentPort?.postMessage({ done: BATCH } satisfies Word);
}
parentPort?.postMessage({ done: done % BATCH } satisfies Word);

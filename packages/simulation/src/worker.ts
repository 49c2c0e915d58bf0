import { parentPort, workerData } from "node:worker_threads";
import { MUTANTS } from "./mutants.ts";
import { simulate } from "./run.ts";

/** Seeds that a thread runs between two words. */
const BATCH = 20;

/** What a thread is given: `first`, `first + step`, … below `end`, and below the least that is known to break. */
export interface Share {
  first: number;
  step: number;
  end: number;
  mutant: string | undefined;
  /** One number, which all threads share. */
  broken: Uint32Array<SharedArrayBuffer>;
}

/** What it says: how many more are done. */
export interface Word {
  done: number;
}

// errors are thrown by the thousand here, and nobody reads where
Error.stackTraceLimit = 0;

const { first, step, end, mutant, broken } = workerData as Share;
let done = 0;
const tell = () => {
  parentPort?.postMessage({ done } satisfies Word);
  done = 0;
};
for (let seed = first; seed < end && seed < Atomics.load(broken, 0); seed += step) {
  const { violation } = await simulate({ seed }, mutant === undefined ? undefined : MUTANTS[mutant]);
  done += 1;
  if (violation !== undefined) leastOf(seed);
  if (done === BATCH) tell();
}
tell();

function leastOf(seed: number): void {
  for (let least = Atomics.load(broken, 0); seed < least; )
    least = Atomics.compareExchange(broken, 0, least, seed) === least ? seed : Atomics.load(broken, 0);
}

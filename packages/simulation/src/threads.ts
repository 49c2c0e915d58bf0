import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Share, Word } from "./worker.ts";

export interface Asked {
  seeds: number;
  from: number;
  mutant: string | undefined;
}

/** What running many seeds came to. */
export interface Summary {
  done: number;
  /** The least seed that broke something: all before it were run. */
  broken: number | undefined;
  stopped: boolean;
}

/** No seed is as large. */
const NONE = 2 ** 32 - 1;

/**
 * Runs seeds over the cores of this machine, until one breaks something and all before it were run.
 * @param stop ends it early
 */
export async function runSeeds(
  { seeds, from, mutant }: Asked,
  progress: (done: number) => void,
  stop: AbortSignal,
): Promise<Summary> {
  const threads = Math.min(seeds, availableParallelism());
  const summary: Summary = { done: 0, broken: undefined, stopped: false };
  const least = new Uint32Array(new SharedArrayBuffer(4)).fill(NONE);
  const workers = Array.from({ length: threads }, (_, i) => {
    const share: Share = { first: from + i, step: threads, end: from + seeds, mutant, broken: least };
    return new Worker(new URL("./worker.ts", import.meta.url), { workerData: share });
  });
  const end = () => Promise.all(workers.map((worker) => worker.terminate()));
  const halt = () => {
    summary.stopped = true;
    void end();
  };
  stop.addEventListener("abort", halt);
  const exits = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.on("message", (word: Word) => {
          summary.done += word.done;
          progress(summary.done);
        });
        worker.on("error", reject);
        worker.on("exit", () => resolve());
      }),
  );
  try {
    await Promise.all(exits);
    const [broken = NONE] = least;
    if (broken !== NONE) summary.broken = broken;
  } finally {
    await end();
    stop.removeEventListener("abort", halt);
  }
  return summary;
}

import { fork } from "node:child_process";
import type { BombTrial } from "./bomb-trial.ts";
import type { Trial } from "./trial.ts";

/** What one process does: everything of a kind, from one number to below another. */
export interface Batch {
  kind: Finding["kind"];
  seed: number;
  from: number;
  to: number;
  /** Where the large pictures are. */
  folder: string;
}

/** What came of one of them. */
export type Finding =
  | { kind: "sound" /** CPU time of a sound photo of 12 megapixels, ms. */; cost: number }
  | { kind: "bombs"; trial: BombTrial }
  | { kind: "pictures" | "large"; trial: Omit<Trial, "file"> };

/** `ms`: what it took. `peak`: most memory that was resident until then, bytes. */
export type Told = Finding & { index: number; ms: number; peak: number };

export interface Watch {
  told: (told: Told) => void;
  signal: AbortSignal;
  /** After so long without a word the process hangs, ms. */
  patience: number;
  /** Another program than the real one. */
  program?: URL | undefined;
}

const PROGRAM = new URL("worker.ts", import.meta.url);

/**
 * Runs a process of its own: a decoder that crashes takes nothing else along, and the memory is only its own.
 * @returns the number of the one it died of, and how; `undefined` when it ended well or was stopped
 */
export function runProcess(batch: Batch, watch: Watch): Promise<{ index: number; how: string } | undefined> {
  const { told, signal, patience, program = PROGRAM } = watch;
  const { promise, resolve } = Promise.withResolvers<{ index: number; how: string } | undefined>();
  const child = fork(program, [JSON.stringify(batch)], {
    execArgv: [],
    env: { ...process.env, MALLOC_ARENA_MAX: "2" }, // as the workflow's function has it
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let index = batch.from;
  let hangs = false;
  const stop = () => child.kill("SIGKILL");
  const lost = () => {
    hangs = true;
    stop();
  };
  let timer = setTimeout(lost, patience);
  signal.addEventListener("abort", stop);
  child.on("message", (message: Told) => {
    clearTimeout(timer);
    timer = setTimeout(lost, patience);
    index = message.index + 1;
    told(message);
  });
  child.on("exit", (code, killedBy) => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    if (signal.aborted || code === 0) return resolve(undefined);
    resolve({ index, how: hangs ? `hung for ${patience / 1000} s` : `died of ${killedBy ?? `exit code ${code}`}` });
  });
  return promise;
}

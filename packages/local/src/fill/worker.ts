import { parentPort } from "node:worker_threads";
import { type FillInput, fillHole, TooFewSources } from "./fill.ts";

/** What the thread says while it works, and once when it ends. */
export type FillMessage =
  | { kind: "progress"; progress: number }
  | { kind: "filled"; rgb: Uint8Array<ArrayBuffer> }
  | { kind: "too_few_sources"; sources: number };

if (!parentPort) throw new Error("worker.ts runs in a worker thread");
const port = parentPort;

port.once("message", (input: FillInput) => {
  try {
    const rgb = fillHole(input, (progress) => port.postMessage({ kind: "progress", progress } satisfies FillMessage));
    port.postMessage({ kind: "filled", rgb } satisfies FillMessage, [rgb.buffer]);
  } catch (error) {
    // any other error ends the thread, which its owner sees as an `error` event
    if (!(error instanceof TooFewSources)) throw error;
    port.postMessage({ kind: "too_few_sources", sources: error.sources } satisfies FillMessage);
  }
});

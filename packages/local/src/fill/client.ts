import { Worker } from "node:worker_threads";
import { type FillInput, TooFewSources } from "./fill.ts";
import type { FillMessage } from "./worker.ts";

export interface FillCall extends FillInput {
  /** Ends the thread at once; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** 0–1, rising, 1 at the end. */
  onProgress?: (progress: number) => void;
}

/**
 * `fillHole` in a thread of its own, so that the event loop stays free. The thread lives as long as the call.
 *
 * @returns the whole photo, 3 bytes a px
 * @throws TooFewSources when the hole leaves too little to fill it from
 * @throws the signal's reason when it is aborted
 */
export async function fillInWorker({ signal, onProgress, ...input }: FillCall): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  worker.on("message", (message: FillMessage) => {
    // what was under way when the signal came is no news any more
    if (signal?.aborted) return;
    if (message.kind === "progress") onProgress?.(message.progress);
    else if (message.kind === "filled") resolve(message.rgb);
    else reject(new TooFewSources(message.sources));
  });
  worker.once("error", reject);
  worker.once("exit", (code) => reject(new Error(`the fill's thread ended with exit code ${code} before it answered`)));
  // copies, so that the caller's pixels stay the caller's when the buffers move to the thread
  const rgb = new Uint8Array(input.rgb);
  const mask = new Uint8Array(input.mask);
  worker.postMessage({ ...input, rgb, mask }, [rgb.buffer, mask.buffer]);
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", abort);
    await worker.terminate();
  }
}

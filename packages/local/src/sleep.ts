import type { Timers } from "./engine/timers.ts";

/** `Clock.sleep` on any timers: resolves after `ms`, or rejects with the signal's reason. */
export function sleepOn(timers: Pick<Timers, "after">, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = timers.after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

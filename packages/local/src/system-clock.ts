import type { Clock } from "@infill/core";
import type { Timers } from "./engine/timers.ts";

/** The longest delay `setTimeout` can hold, ms (a signed 32-bit number, about 24.8 days); a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** The machine's time. */
export const systemClock: Clock & Timers = {
  now: () => Date.now(),

  after(ms, run) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = left > LONGEST ? setTimeout(() => arm(left - LONGEST), LONGEST) : setTimeout(run, left);
    };
    arm(ms);
    return () => clearTimeout(timer);
  },

  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  },
};

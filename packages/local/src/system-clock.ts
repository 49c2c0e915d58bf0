import type { Clock } from "@infill/core";
import type { Timers } from "./engine/timers.ts";
import { sleepOn } from "./sleep.ts";

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
    return sleepOn(this, ms, signal);
  },
};

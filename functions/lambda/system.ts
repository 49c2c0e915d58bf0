import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Log } from "@infill/core";

export const clock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }),
};

/** Lambda's runtime makes each a JSON line with time, level and request id (log format JSON). */
export const log: Log = {
  info: (message, fields) => console.info({ message, ...fields }),
  warn: (message, fields) => console.warn({ message, ...fields }),
  error: (message, fields) => console.error({ message, ...fields }),
};

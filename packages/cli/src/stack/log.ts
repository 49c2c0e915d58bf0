import { join } from "node:path";
import type { Log } from "@infill/core";
import pino from "pino";

/** Structured lines in `infill.log`, one JSON object each; with `echo`, on standard error too. */
export function fileLog(directory: string, { echo = false } = {}): Log {
  const file = pino.destination({ dest: join(directory, "infill.log"), append: true, sync: true });
  const streams = [{ stream: file }, ...(echo ? [{ stream: pino.destination({ dest: 2, sync: true }) }] : [])];
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.multistream(streams));
  const write =
    (level: "info" | "warn" | "error") =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      try {
        logger[level](fields, message);
      } catch {
        // a full disk must not turn finished work into an error
      }
    };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

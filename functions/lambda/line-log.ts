import type { Log } from "@infill/core";
import { metricLine } from "./emf.ts";

const LEVELS = ["INFO", "WARN", "ERROR"] as const;
export type Level = (typeof LEVELS)[number];

/** What AWS tells a function of the event at hand. */
export interface Invocation {
  awsRequestId?: string;
  functionName?: string;
}

export interface LineLogOptions {
  write: (line: string) => void;
  /** `{app}/{stage}`. */
  namespace: string;
  build: string;
  /** Lines below it are not written. */
  level: Level;
  now: () => number;
}

/**
 * Powertools' lines without Powertools, for the functions that callers wait for: 24 KB and a console of its
 * own are an eighth of their start.
 */
export function lineLog({ write, namespace, build, level, now }: LineLogOptions) {
  let invocation: Invocation = {};
  let events = 0;
  const line =
    (own: Level): Log["info"] =>
    (message, fields = {}, counts = {}) => {
      const metrics = metricLine(counts, { namespace, job: fields["job"], now: now() });
      if (metrics !== undefined) write(metrics);
      if (LEVELS.indexOf(own) < LEVELS.indexOf(level)) return;
      const { awsRequestId, functionName } = invocation;
      write(
        JSON.stringify({
          level: own,
          message,
          timestamp: new Date(now()).toISOString(),
          service: namespace,
          build,
          cold_start: events <= 1,
          function_name: functionName,
          function_request_id: awsRequestId,
          ...fields,
        }),
      );
    };
  const log: Log = { info: line("INFO"), warn: line("WARN"), error: line("ERROR") };
  return {
    log,
    /** Lines are of this event from here on. */
    begin(next: Invocation): void {
      invocation = next;
      events++;
    },
  };
}

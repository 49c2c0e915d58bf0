import { Logger } from "@aws-lambda-powertools/logger";
import type { Counts, Log } from "@infill/core";
import { metricLine } from "./emf.ts";
import { required } from "./environment.ts";
import type { Level } from "./line-log.ts";
import { clock } from "./system.ts";

const namespace = required("NAMESPACE");
const logger = new Logger({
  serviceName: namespace,
  logLevel: required("LOG_LEVEL") as Level,
  persistentKeys: { build: required("BUILD") },
});

const line =
  (level: "info" | "warn" | "error"): Log["info"] =>
  (message: string, fields: Record<string, unknown> = {}, counts: Counts = {}) => {
    const metrics = metricLine(counts, { namespace, job: fields["job"], now: clock.now() });
    if (metrics !== undefined) process.stdout.write(`${metrics}\n`);
    logger[level](message, fields);
  };

/** Of the functions that nobody waits for. */
export const log: Log = { info: line("info"), warn: line("warn"), error: line("error") };

/** The handler, whose lines tell which event – and which durable execution – they are of. */
export function logged<E, C extends object, R>(handler: (event: E, context: C) => R): (event: E, context: C) => R {
  return (event, context) => {
    logger.addContext(context as unknown as Parameters<Logger["addContext"]>[0]);
    const { DurableExecutionArn: execution } = event as { DurableExecutionArn?: string };
    if (execution !== undefined) logger.appendKeys({ execution });
    return handler(event, context);
  };
}

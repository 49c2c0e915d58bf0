import { randomIds } from "@infill/core";
import { expireHandler } from "../expire.ts";
import { engine } from "./engine.ts";
import { log, logged } from "./event-log.ts";
import { objects } from "./objects.ts";
import { records } from "./records.ts";
import { clock } from "./system.ts";

/** Hears of executions that failed, timed out or were stopped. */
export const handler = logged(
  expireHandler({ records: records(), objects: objects(), engine: engine(), clock, ids: randomIds, log }),
);

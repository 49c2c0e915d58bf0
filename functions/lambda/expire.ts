import { randomIds } from "@infill/core";
import { expireHandler } from "../expire.ts";
import { engine } from "./engine.ts";
import { records } from "./records.ts";
import { clock, log } from "./system.ts";

/** Hears of executions that failed, timed out or were stopped. */
export const handler = expireHandler({ records: records(), engine: engine(), clock, ids: randomIds, log });

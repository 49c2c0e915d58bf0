import { newRow } from "@infill/aws/records/table";
import { relayHandler } from "../relay.ts";
import { engine } from "./engine.ts";
import { records } from "./records.ts";
import { log } from "./system.ts";

/** Reads the table's stream. */
export const handler = relayHandler({ engine: engine(), records: records(), log, newRow });

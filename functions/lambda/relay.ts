import { newRow } from "@infill/aws/records/table";
import { relayHandler } from "../relay.ts";
import { engine } from "./engine.ts";
import { log, logged } from "./event-log.ts";
import { records } from "./records.ts";

/** Reads the table's stream. */
export const handler = logged(relayHandler({ engine: engine(), records: records(), log, newRow }));

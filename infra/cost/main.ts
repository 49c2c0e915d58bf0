/**
 * Measures edits on the deployed shape and writes what they would cost into docs/cost.md:
 * `npx node infra/cost/main.ts --edits 20`; `--priced` only applies infra/cost/prices.ts anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { deployForThisMachine } from "../deployed/deployment.ts";
import { ROOT } from "../offline/deploy.ts";
import { production } from "../offline/stages.ts";
import type { Measured } from "./bill.ts";
import { measure } from "./measure.ts";
import { costTables, withTables } from "./tables.ts";

const { edits, priced } = parseArgs({
  options: { edits: { type: "string", default: "20" }, priced: { type: "boolean", default: false } },
}).values;
const [measurement, document] = [join(import.meta.dirname, "measured.json"), join(ROOT, "docs/cost.md")];

if (!priced) {
  const deployment = await deployForThisMachine(production);
  const measured = await measure(deployment, {
    edits: Number(edits),
    machine: `${process.arch}, ${availableParallelism()} cores shared with other work`,
    date: new Date().toISOString().slice(0, 10),
    onEdit: (done) => process.stderr.write(`\redit ${done} of ${edits}`),
  });
  process.stderr.write("\n");
  writeFileSync(measurement, `${JSON.stringify(measured, null, 2)}\n`);
}
const measured = JSON.parse(readFileSync(measurement, "utf8")) as Measured;
writeFileSync(document, withTables(readFileSync(document, "utf8"), costTables(measured)));
console.log(`→ ${document}`);

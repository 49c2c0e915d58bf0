// The other process of sqlite.test.ts: makes the jobs it is given, and dies at once or says what became of each.
import { readFileSync } from "node:fs";
import { InfillError, type Job } from "@infill/core";
import { createSqliteRecords } from "./sqlite.ts";

const [, , path = "", then] = process.argv;
const jobs: Job[] = JSON.parse(readFileSync(0, "utf8"));

const records = createSqliteRecords({ path });
const outcomes: string[] = [];
for (const job of jobs) {
  outcomes.push(
    await records.createJob(job).then(
      ({ created }) => (created ? "created" : "found"),
      (error: unknown) => (error instanceof InfillError ? error.code : String(error)),
    ),
  );
}
if (then === "die") process.kill(process.pid, "SIGKILL");
process.stdout.write(JSON.stringify(outcomes));
records.close();

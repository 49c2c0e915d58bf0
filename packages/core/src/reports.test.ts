import { expect, test } from "vitest";
import type { Job } from "./job.ts";
import type { JobDeps } from "./jobs.ts";
import { type Report, reportJob } from "./reports.ts";
import { SAMPLE_TIME, sampleCaller, sampleJob } from "./testing/samples.ts";

test("is counted, and logged without its text", async () => {
  const lines: unknown[][] = [];
  const caller = sampleCaller();
  const row = sampleJob({ tenant: caller.tenant });
  const records = {
    getJob: async () => row,
    reportJob: async (_: string, report: Report): Promise<Job> => ({ ...row, report }),
  };
  const log = { info: (...line: unknown[]) => void lines.push(line) };
  const deps = { records, log, clock: { now: () => SAMPLE_TIME } } as unknown as JobDeps;
  const { report } = await reportJob(deps, caller, row.id, { reason: "hate", text: "a canary" });
  expect(report).toEqual({ reason: "hate", text: "a canary", by: "key", at: SAMPLE_TIME });
  expect(lines).toEqual([
    ["job reported", { job: row.id, model: row.request.model, reason: "hate", by: "key" }, { reports: 1 }],
  ]);
});

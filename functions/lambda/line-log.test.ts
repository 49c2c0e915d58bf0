import { expect, test } from "vitest";
import { type Level, lineLog } from "./line-log.ts";

function logAt(level: Level) {
  const lines: string[] = [];
  const log = lineLog({ write: (line) => lines.push(line), namespace: "infill/ada", build: "b1", level, now: () => 0 });
  return { ...log, lines: () => lines.map((line) => JSON.parse(line)) };
}

test("a line tells where it comes from, and of which event it is", () => {
  const { log, begin, lines } = logAt("INFO");
  begin({ awsRequestId: "r1", functionName: "Api" });
  log.info("request", { status: 200 });
  begin({ awsRequestId: "r2", functionName: "Api" });
  log.warn("request", { status: 500 });
  const every = { message: "request", timestamp: "1970-01-01T00:00:00.000Z", service: "infill/ada", build: "b1" };
  expect(lines()).toEqual([
    { ...every, level: "INFO", cold_start: true, function_name: "Api", function_request_id: "r1", status: 200 },
    { ...every, level: "WARN", cold_start: false, function_name: "Api", function_request_id: "r2", status: 500 },
  ]);
});

test("lines below the level are not written, and what they count is", () => {
  const { log, lines } = logAt("WARN");
  log.info("job ended", { job: "job_1" }, { jobs: 1, spend: 10_000, duration: 2300, status: "failed" });
  log.error("broken");
  expect(lines()).toEqual([
    {
      _aws: {
        Timestamp: 0,
        CloudWatchMetrics: [
          {
            Namespace: "infill/ada",
            Dimensions: [["service", "status"]],
            Metrics: [{ Name: "jobs", Unit: "Count" }],
          },
          {
            Namespace: "infill/ada",
            Dimensions: [["service"]],
            Metrics: [
              { Name: "spend", Unit: "None" },
              { Name: "duration", Unit: "Milliseconds" },
            ],
          },
        ],
      },
      service: "infill",
      status: "failed",
      job: "job_1",
      jobs: 1,
      spend: 10_000,
      duration: 2300,
    },
    expect.objectContaining({ level: "ERROR", message: "broken" }),
  ]);
});

import { ERRORS, type ErrorCode, type Ids, PROBLEM_TYPE_BASE } from "@infill/core";
import type { EventView, JobView } from "../api/types.ts";

/** An event as the API would tell it, of a job that there is not. */
export function exampleEvent(ids: Ids, type: EventView["type"], now: number): EventView {
  const at = (ms: number): string => new Date(now + ms).toISOString();
  const status = type.slice("job.".length) as "succeeded" | "failed" | "canceled";
  const data: JobView = {
    id: ids.make("job"),
    object: "job",
    status,
    progress: status === "succeeded" ? 1 : 0.5,
    model: "local/fill",
    operation: "erase",
    metadata: { example: "true" },
    createdAt: at(-2310),
    deadlineAt: at(900_000),
    finishedAt: at(0),
    attempts: 1,
    edit: { crop: "auto", grow: 0, feather: 1, maskConvention: "white" },
    results: [],
    warnings: ["This is an example: there is no such job"],
    timings: { queuedMs: 7, preparingMs: 109, submittedMs: 2079, storingMs: 115, totalMs: 2310 },
    cost: {
      currency: "USD",
      estimateMicroUsd: 0,
      amountMicroUsd: 0,
      state: status === "succeeded" ? "settled" : "refunded",
    },
    ...(status === "succeeded" ? {} : { error: errorOf(status === "failed" ? "provider_rejected" : "canceled") }),
  };
  const delivery = { state: "pending", attempts: 0 } as const;
  return { id: ids.make("evt"), object: "event", type, timestamp: at(0), data, delivery };
}

const errorOf = (code: ErrorCode): NonNullable<JobView["error"]> => ({
  type: PROBLEM_TYPE_BASE + code,
  title: ERRORS[code].title,
  detail: "This is an example",
  code,
  retryable: false,
});

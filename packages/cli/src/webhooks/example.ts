import { ERRORS, type ErrorCode, type Ids, PROBLEM_TYPE_BASE } from "@infill/core";
import type { EventView, JobView, ResultView } from "../api/types.ts";

/**
 * An event as the API would tell it, of a job that there is not.
 * @param api where the API would be, for the links of its results; nothing is there
 */
export function exampleEvent(ids: Ids, type: EventView["type"], now: number, api: string): EventView {
  const at = (ms: number): string => new Date(now + ms).toISOString();
  const status = type.slice("job.".length) as "succeeded" | "failed" | "canceled";
  const id = ids.make("job");
  const data: JobView = {
    id,
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
    results: status === "succeeded" ? [resultOf(id, api)] : [],
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

/** As the API shows one; its addresses lead nowhere. */
const resultOf = (job: string, api: string): ResultView => ({
  index: 0,
  url: `${api}/v1/jobs/${job}/results/0`,
  link: `${api}/r/example`,
  contentType: "image/png",
  bytes: 412_873,
  width: 640,
  height: 480,
  fidelity: {
    outsidePixels: 286_720,
    changedOutside: 0,
    maxDifferenceOutside: 0,
    providerDrift: { changedShare: 0, meanDifference: 0 },
    crop: { x: 0, y: 0, width: 640, height: 480 },
  },
});

const errorOf = (code: ErrorCode): NonNullable<JobView["error"]> => ({
  type: PROBLEM_TYPE_BASE + code,
  title: ERRORS[code].title,
  detail: "This is an example",
  code,
  retryable: false,
});

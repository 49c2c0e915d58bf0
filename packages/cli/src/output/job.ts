import type { JobView, ResultView } from "../api/types.ts";
import type { Progress } from "./progress.ts";
import type { Styles } from "./style.ts";
import { bytes, duration, grouped, percent, usd } from "./words.ts";

/** What a job is doing now, in a few words. */
export function activity(job: JobView): string {
  if (job.status !== "running") return job.status;
  if (job.waiting !== undefined && job.attempts === 0) return `waiting: ${job.waiting.reason}`;
  if (job.waiting !== undefined) return `attempt ${job.attempts} was not taken: ${job.waiting.reason}; trying again`;
  return job.phase === "submitted" ? `${job.model} is working` : (job.phase ?? "running");
}

/** Shows what a job is doing while it goes on; its end is told by whoever waited for it. */
export const showing =
  (progress: Progress) =>
  (job: JobView): void => {
    if (job.finishedAt === undefined) progress.show(activity(job), job.progress);
  };

/** Where the time went; phases that were not reached are left out. */
export function timings({ timings: t }: JobView, uploadMs?: number): string {
  const phases: [string, number | undefined][] = [
    ["upload", uploadMs],
    ["queued", t.queuedMs],
    ["prepare", t.preparingMs],
    ["model", t.submittedMs],
    ["store", t.storingMs],
    ["job in all", t.totalMs],
  ];
  return phases.flatMap(([name, ms]) => (ms === undefined ? [] : [`${name} ${duration(ms)}`])).join(" · ");
}

/** What the job costs, and how sure that is. */
export function cost({
  simulated,
  cost: { amountMicroUsd: amount, estimateMicroUsd: estimate, state },
}: JobView): string {
  if (simulated) return `nothing: simulated (${usd(estimate)} with the real one)`;
  switch (state) {
    case "reserved":
      return amount === 0 ? "free" : `${usd(amount)} reserved`;
    case "settled":
      return usd(amount);
    case "refunded":
      return estimate === 0 ? "free" : `nothing (${usd(estimate)} was reserved)`;
    case "unreconciled":
      return amount === 0 ? "free" : `up to ${usd(amount)}: the provider may have charged for it`;
  }
}

/** What was measured about one result. */
export function fidelity({ fidelity: f, contentType }: ResultView, style: Styles): string[] {
  const untouched = f.changedOutside === 0;
  const lossy =
    contentType === "image/png" ? "" : ` (${contentType.slice(6)} re-encodes every pixel; png keeps them exact)`;
  const outside = `outside the mask ${grouped(f.changedOutside)} of ${grouped(f.outsidePixels)} pixels changed`;
  const { changedShare, meanDifference } = f.providerDrift;
  return [
    untouched ? style.green(outside) : `${outside}, by at most ${f.maxDifferenceOutside}/255${lossy}`,
    changedShare === 0
      ? "the model changed nothing there"
      : `the model itself had changed ${percent(changedShare)} of what it was sent there, by ${meanDifference.toFixed(1)}/255 on average; undone`,
  ];
}

/** What was sent of the photo. */
export function crop(job: JobView): string[] {
  const { sent, workedAt, coverage } = job.edit;
  if (sent === undefined || workedAt === undefined || coverage === undefined) return [];
  const worked = `worked at ${workedAt.width}×${workedAt.height}`;
  const whole = job.results.some(({ width, height }) => width === sent.width && height === sent.height);
  const part = whole ? "all of it sent" : `sent ${sent.width}×${sent.height} px from (${sent.x}, ${sent.y})`;
  return [`${percent(coverage)} of the photo edited; ${part}, ${worked}`];
}

/** A finished or failed job, line by line. */
export function describeJob(job: JobView, style: Styles, uploadMs?: number): string[] {
  const mark = {
    queued: "…",
    running: "…",
    succeeded: style.green("✓"),
    failed: style.red("✗"),
    canceled: style.yellow("–"),
  }[job.status];
  const head = [
    `${mark} ${style.bold(job.id)}`,
    activity(job),
    `${job.operation} with ${job.model}`,
    ...(job.simulated ? [style.yellow("simulated")] : []),
  ];
  const several = job.results.length > 1;
  return [
    head.join("  "),
    ...(job.error === undefined ? [] : [`  ${style.red(job.error.detail)} ${style.dim(`(${job.error.code})`)}`]),
    ...(job.tried ?? []).map(
      ({ model, outcome, reason }) => `  ${style.yellow(outcome.padEnd(7))} ${model}: ${reason}`,
    ),
    ...job.warnings.map((warning) => `  ${style.yellow("warning")} ${warning}`),
    `  time   ${timings(job, uploadMs)}`,
    ...crop(job).map((line) => `  crop   ${line}`),
    ...job.results.flatMap((result) => {
      const name = several ? `result ${result.index}: ` : "";
      return [
        ...fidelity(result, style).map((line) => `  pixels ${name}${line}`),
        `  result ${name}${result.width}×${result.height} ${result.contentType.slice(6)}, ${bytes(result.bytes)}`,
      ];
    }),
    `  cost   ${cost(job)}`,
  ];
}

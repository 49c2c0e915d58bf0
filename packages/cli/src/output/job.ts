import type { JobView, ResultView } from "../api/types.ts";
import type { Progress } from "./progress.ts";
import type { Styles } from "./style.ts";
import { bytes, duration, grouped, hourOf, percent, usd } from "./words.ts";

/** What a job is doing now, in a few words. */
export function activity(job: JobView): string {
  if (job.status !== "running") return job.status;
  if (job.waiting !== undefined && job.attempts === 0) return `waiting: ${job.waiting.reason}`;
  if (job.waiting !== undefined) return `attempt ${job.attempts} was not taken: ${job.waiting.reason}; trying again`;
  return job.phase === "submitted" ? `${job.model} is working` : (job.phase ?? "running");
}

/** As many lines of "trying again" pass before it is said how long that may go on. */
const REFUSALS_BEFORE_HINT = 3;

/** Shows what a job is doing while it goes on; its end is told by whoever waited for it. */
export function showing(progress: Progress): (job: JobView) => void {
  const refusals = new Set<string>();
  let hinted = false;
  return (job) => {
    if (job.finishedAt !== undefined) return;
    const doing = activity(job);
    progress.show(doing, job.progress);
    if (job.waiting !== undefined) refusals.add(doing);
    if (hinted || refusals.size < REFUSALS_BEFORE_HINT) return;
    hinted = true;
    progress.say(
      `This goes on until ${hourOf(job.deadlineAt)}; --deadline sets how long. Ctrl-C cancels the job, which costs nothing if nothing was sent.`,
    );
  };
}

/** What the mask's edge is, outside which nothing changes: the mask is grown, and fades out over the feather. */
export const edgeOf = ({ grow, feather }: Pick<JobView["edit"], "grow" | "feather">): string =>
  grow + feather === 0 ? "outside the mask" : `outside the mask and its edge (${grow + feather} px)`;

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

/** What the job costs, and how sure that is; of a simulated one, what the real one would have cost. */
export function cost({
  simulated,
  cost: { amountMicroUsd: amount, estimateMicroUsd: estimate, state },
}: JobView): string {
  const instead = (real: string): string => `nothing (simulated; ${real} with the real one)`;
  switch (state) {
    case "reserved":
      if (simulated) return instead(usd(amount));
      return amount === 0 ? "free" : `${usd(amount)} reserved`;
    case "settled":
      return simulated ? instead(usd(amount)) : usd(amount);
    case "refunded":
      if (simulated) return instead("nothing");
      return estimate === 0 ? "free" : `nothing (${usd(estimate)} was reserved)`;
    case "unreconciled":
      if (amount === 0) return simulated ? instead("free") : "free";
      return `up to ${usd(amount)}; it may have been charged${simulated ? " (simulated: with the real one)" : ""}`;
  }
}

/** What was measured about one result, and what the model itself had done. */
export function fidelity(
  { fidelity: f, contentType }: ResultView,
  edit: JobView["edit"],
  style: Styles,
): { pixels: string; model: string } {
  const untouched = f.changedOutside === 0;
  const lossy =
    contentType === "image/png" ? "" : ` (${contentType.slice(6)} re-encodes every pixel; png keeps them exact)`;
  const outside = `${edgeOf(edit)}: ${grouped(f.changedOutside)} of ${grouped(f.outsidePixels)} pixels changed`;
  const { changedShare, meanDifference } = f.providerDrift;
  return {
    pixels: untouched ? style.green(outside) : `${outside}, by at most ${f.maxDifferenceOutside}/255${lossy}`,
    model:
      changedShare === 0
        ? "left everything outside the mask as it was"
        : `had changed ${percent(changedShare)} of the pixels outside the mask that it was sent (${meanDifference.toFixed(1)}/255 on average); all restored`,
  };
}

/** What was sent of the photo; nothing is said where nothing was. */
export function crop(job: JobView): string[] {
  const { sent, workedAt, coverage } = job.edit;
  if (job.attempts === 0 || sent === undefined || workedAt === undefined || coverage === undefined) return [];
  const share = `${percent(coverage)} of the photo ${job.status === "succeeded" ? "edited" : "to be edited"}`;
  const whole = job.results.some(({ width, height }) => width === sent.width && height === sent.height);
  const part = whole ? "all of it sent" : `sent ${sent.width}×${sent.height} px from (${sent.x}, ${sent.y})`;
  return [`${share}; ${part}, worked at ${workedAt.width}×${workedAt.height}`];
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
      const { pixels, model } = fidelity(result, job.edit, style);
      return [
        `  pixels ${name}${pixels}`,
        `  model  ${name}${model}`,
        `  result ${several ? `${result.index}: ` : ""}${result.width}×${result.height} ${result.contentType.slice(6)}, ${bytes(result.bytes)}`,
      ];
    }),
    `  cost   ${cost(job)}`,
  ];
}

/** What {@link describeJob} leaves out: whose the job is, when it was made, where its results are, what was said of it. */
export function describeRest(job: JobView): string[] {
  const { user, metadata, createdAt, finishedAt, deadlineAt, providerJobId, results, report } = job;
  const several = results.length > 1;
  const lines: [string, string][] = [
    ...(user === undefined ? [] : [["user", user] as [string, string]]),
    ["made", createdAt],
    finishedAt === undefined ? ["until", `${deadlineAt} at the latest`] : ["ended", finishedAt],
    ...Object.entries(metadata).map(([name, value]): [string, string] => ["meta", `${name}=${value}`]),
    ...(providerJobId === undefined ? [] : [["vendor", `calls it ${providerJobId}`] as [string, string]]),
    ...results.map(({ index, link }): [string, string] => ["link", `${several ? `${index}: ` : ""}${link}`]),
    ...(report === undefined ? [] : [["report", reportOf(report)] as [string, string]]),
  ];
  return lines.map(([label, text]) => `  ${label.padEnd(6)} ${text}`);
}

const reportOf = ({ reason, text, by, at }: NonNullable<JobView["report"]>): string =>
  `${reason}, said by ${by === "user" ? "the user" : "your key"} ${at}${text === undefined ? "" : `: ${text}`}`;

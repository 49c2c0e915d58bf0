import { nearestName } from "@infill/core";
import type { Command } from "commander";
import type { JobView } from "../api/types.ts";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { usageError } from "../exit.ts";
import { activity, cost, describeJob, describeRest } from "../output/job.ts";
import { type Styles, styles } from "../output/style.ts";
import { table } from "../output/table.ts";
import { ago, duration, shortened } from "../output/words.ts";
import { cancelCommand } from "./cancel.ts";
import { redriveCommand } from "./redrive.ts";

const HELP = `
Examples:
  infill jobs
  infill jobs list --limit 50 --user anna
  infill jobs show job_… --json
  infill jobs cancel job_…

\`infill jobs\` is \`infill jobs list\`, and \`infill jobs job_…\` is \`infill jobs show job_…\`.`;

interface JobsFlags extends ApiFlags {
  limit?: string;
  after?: string;
  user?: string;
}

export function jobsCommand(program: Command, context: Context): void {
  const jobs = withListing(program.command("jobs [id]"))
    .description("List the latest jobs, or show one in full.")
    .addHelpText("after", HELP)
    .action((id: string | undefined, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<JobsFlags>();
      if (id === undefined) return list(context, flags);
      if (!id.startsWith("job_")) throw noSuchCommand(id, jobs);
      return show(context, id, flags);
    });
  withListing(jobs.command("list"))
    .description("List the latest jobs.")
    .action((_: unknown, command: Command) => list(context, command.optsWithGlobals<JobsFlags>()));
  jobs
    .command("show <id>")
    .description("Show one job in full.")
    .option("--json", "print the API's answer")
    .action((id: string, _: unknown, command: Command) => show(context, id, command.optsWithGlobals<ApiFlags>()));
  cancelCommand(jobs, context);
  jobs
    .command("delete <id>")
    .description("Erase a job: its pictures, its prompt and all that was said of it.")
    .option("--json", "print the API's answer")
    .action(async (id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ApiFlags>();
      const answer = await connect(context, flags).deleteJob(id);
      if (flags.json) return printJson(context, answer);
      const state = answer.deleted ? "is erased" : "is being canceled, and erased at its end";
      context.stdout.write(`${id} ${state}.\n`);
    });
  redriveCommand(jobs, context);
}

/** A word that is no job's id is a mistyped command. */
function noSuchCommand(word: string, { commands }: Command): Error {
  const near = nearestName(
    word,
    commands.map((command) => command.name()),
  );
  const meant = near === undefined ? "" : `\nDid you mean npx infill jobs ${near}?`;
  return usageError(`There is no such command or job id (job_…): ${word}${meant}`);
}

const withListing = (command: Command): Command =>
  command
    .option("--limit <count>", "how many, 1 to 100 (default 20)")
    .option("--after <cursor>", "the page after this one")
    .option("--user <id>", "only this end user's")
    .option("--json", "print the API's answer");

async function list(context: Context, flags: JobsFlags): Promise<void> {
  const { limit, after, user } = flags;
  const page = await connect(context, flags).jobs({
    ...(limit && { limit }),
    ...(after && { after }),
    ...(user && { user }),
  });
  if (flags.json) return printJson(context, page);
  context.stdout.write(`${listOf(page.data, context.clock.now(), styles(context.stdout))}\n`);
  if (page.next !== undefined) context.stderr.write(`There are more: npx infill jobs --after ${page.next}\n`);
}

async function show(context: Context, id: string, flags: ApiFlags): Promise<void> {
  const job = await connect(context, flags).job(id);
  if (flags.json) return printJson(context, job);
  context.stdout.write(`${[...describeJob(job, styles(context.stdout)), ...describeRest(job)].join("\n")}\n`);
}

/** A reason to wait may be a vendor's whole sentence; the table's rows are a line each. */
const LONGEST_STATUS = 60;

function listOf(jobs: readonly JobView[], now: number, style: Styles): string {
  if (jobs.length === 0) return "No jobs yet.";
  const head = ["job", "status", "operation", "model", "made", "took", "cost"].map(style.bold);
  const rows = jobs.map((job) => [
    job.id,
    job.status === "failed" ? style.red(`failed: ${job.error?.code ?? "?"}`) : shortened(activity(job), LONGEST_STATUS),
    job.operation,
    job.model,
    ago(now - Date.parse(job.createdAt)),
    job.timings.totalMs === undefined ? "" : duration(job.timings.totalMs),
    job.simulated ? "simulated" : cost(job),
  ]);
  return table([head, ...rows]);
}

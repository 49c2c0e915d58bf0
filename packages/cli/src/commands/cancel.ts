import type { Command } from "commander";
import { hasEnded } from "../api/client.ts";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { cost } from "../output/job.ts";

const HELP = `
A job that is with its provider may be charged all the same; the answer says so.

Example:
  infill cancel job_…`;

/** How long the job's end is waited for, seconds. */
const WAIT_SECONDS = 5;

export function cancelCommand(program: Command, context: Context): void {
  program
    .command("cancel <id>")
    .description("Cancel a job.")
    .option("--json", "print the job")
    .addHelpText("after", HELP)
    .action(async (id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ApiFlags>();
      const job = await connect(context, flags).cancel(id, WAIT_SECONDS);
      if (job.status === "succeeded" || job.status === "failed")
        throw new CliError(EXIT.failed, `already_${job.status}`, `${job.id} had ${job.status} already`, { job });
      if (flags.json) return printJson(context, job);
      const state = hasEnded(job) ? "canceled" : "being canceled";
      context.stdout.write(`${job.id} is ${state}. Cost: ${cost(job)}\n`);
    });
}

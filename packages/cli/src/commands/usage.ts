import { dollars } from "@infill/core";
import type { Command } from "commander";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { styles } from "../output/style.ts";
import { table } from "../output/table.ts";
import { readSettings } from "../settings.ts";

const HELP = `
settled: what jobs cost. refunded: what was reserved for jobs that cost nothing. unreconciled: what jobs of unknown
outcome may have been charged.

Examples:
  infill usage
  infill usage --by model --from 2026-11-01
  infill usage --unreconciled        each job that may have been charged, by the provider's own id`;

interface UsageFlags extends ApiFlags {
  from?: string;
  to?: string;
  by?: string;
  unreconciled?: boolean;
}

export function usageCommand(program: Command, context: Context): void {
  program
    .command("usage")
    .description("What your tenant uses: jobs and money by day, model, key or user.")
    .option("--from <day>", "first day, UTC (default: 30 days back)")
    .option("--to <day>", "last day (default: today)")
    .option("--by <what>", "day, model, key or user (default: day)")
    .option("--unreconciled", "list the jobs that may have been charged")
    .option("--json", "print the API's answer")
    .addHelpText("after", HELP)
    .action((_: unknown, command: Command) => usage(context, command.optsWithGlobals<UsageFlags>()));
}

async function usage(context: Context, flags: UsageFlags): Promise<void> {
  const { from, to, by, unreconciled, json } = flags;
  const client = connect(context, flags);
  const range = { ...(from && { from }), ...(to && { to }) };
  const { bold } = styles(context.stdout);
  const write = (rows: string[][]): void => void context.stdout.write(`${table(rows)}\n`);
  const markSimulated = (): void => {
    if (readSettings(flags, context.env, context.cwd).simulated)
      context.stderr.write("This stack is simulated: simulated jobs count as the real ones would, and cost nothing.\n");
  };
  if (unreconciled) {
    const list = await client.unreconciled(range);
    if (json) return printJson(context, list);
    if (list.data.length === 0) return void context.stdout.write("Nothing is unreconciled.\n");
    const rows = list.data.map(({ day, job, model, amountMicroUsd, providerJobId = "" }) => [
      day,
      job,
      model,
      dollars(amountMicroUsd),
      providerJobId,
    ]);
    write([["day", "job", "model", "unreconciled", "provider's id"].map(bold), ...rows]);
    return markSimulated();
  }
  const answer = await client.usage({ ...range, ...(by && { by }) });
  if (json) return printJson(context, answer);
  const row = (name: string, sums: (typeof answer)["total"]): string[] => [
    name,
    String(sums.jobs.succeeded),
    String(sums.jobs.failed),
    String(sums.jobs.canceled),
    dollars(sums.settledMicroUsd),
    dollars(sums.refundedMicroUsd),
    dollars(sums.unreconciledMicroUsd),
  ];
  const head = [answer.by, "succeeded", "failed", "canceled", "settled", "refunded", "unreconciled"].map(bold);
  write([head, ...answer.data.map(({ name, ...sums }) => row(name ?? "(no user)", sums)), row("total", answer.total)]);
  markSimulated();
}

import type { Command } from "commander";
import type { StageFlags } from "../aws/deployed-stage.ts";
import { type Context, printJson } from "../context.ts";
import { usageError } from "../exit.ts";
import { describeLimits, dollars, microUsd } from "./limit-flags.ts";
import { withRecords, withStage } from "./open-records.ts";

const HELP = `
Months and days are UTC's. A month's or a day's limit counts edits made since it was set. Keys and end users
have limits of their own: npx infill keys create --help.

Examples:
  infill budget --stage production
  infill budget --stage production --tenant acme --month 100 --day 10
  infill budget --total none`;

interface BudgetFlags extends StageFlags {
  tenant?: string;
  total?: string;
  month?: string;
  day?: string;
  json?: boolean;
}

export function budgetCommand(program: Command, context: Context): void {
  withStage(program.command("budget").description("Show or set what a tenant may spend."))
    .option("--tenant <tenant>", "whose (default: default; of the local stack: local)")
    .option("--total <dollars>", "in all, ever; none lifts it")
    .option("--month <dollars>", "a month; none lifts it")
    .option("--day <dollars>", "a day; none lifts it")
    .option("--json", "print it as JSON")
    .addHelpText("after", HELP)
    .action((_: unknown, command: Command) => budget(context, command.optsWithGlobals<BudgetFlags>()));
}

/** @returns `undefined` when a flag lifts its limit */
const limitOf = (text: string, flag: string): number | undefined =>
  text === "none" ? undefined : microUsd(text, flag);

async function budget(context: Context, flags: BudgetFlags): Promise<void> {
  const { tenant = flags.stage === undefined ? "local" : "default", total, json } = flags;
  if (tenant === "") throw usageError("--tenant: whose budget?");
  const change = (["month", "day"] as const).flatMap((period) => {
    const text = flags[period];
    return text === undefined ? [] : [[period, limitOf(text, `--${period}`)] as const];
  });
  const newTotal = total === undefined ? undefined : { limit: limitOf(total, "--total") };

  const now = await withRecords(context, flags, async (records) => {
    if (newTotal !== undefined) await records.setBudgetLimit(tenant, newTotal.limit);
    if (change.length > 0) {
      const changed = { ...(await records.getLimits(tenant)), ...Object.fromEntries(change) };
      const kept = Object.entries(changed).filter(([, limit]) => limit !== undefined);
      await records.setLimits(tenant, Object.fromEntries(kept));
    }
    return { tenant, ...(await records.getBudget(tenant)), ...(await records.getLimits(tenant)) };
  });
  if (json) return printJson(context, now);
  const { limit, reserved, settled, unreconciled } = now;
  const limits = [limit === undefined ? "" : `${dollars(limit)} in all`, describeLimits(now)].filter(Boolean);
  context.stdout.write(
    `${tenant}: ${dollars(settled)} charged, ${dollars(reserved)} reserved, ${dollars(unreconciled)} perhaps charged\n` +
      `limit: ${limits.join(", ") || "none"}\n`,
  );
}

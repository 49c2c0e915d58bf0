import { dayOf, dollars, type Limits, type Records, spendingQuotas } from "@infill/core";
import type { Command } from "commander";
import type { StageFlags } from "../aws/deployed-stage.ts";
import { type Context, printJson } from "../context.ts";
import { usageError } from "../exit.ts";
import { table } from "../output/table.ts";
import { describeLimits, microUsd } from "./limit-flags.ts";
import { withRecords, withStage } from "./open-records.ts";

const HELP = `
Months and days are UTC's. A month's or a day's limit counts edits made since it was set; without one, what is
said to be used is what jobs made then that have ended cost, or may have cost. Keys and end users
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
    .option("--json", "print it as JSON, in micro-USD")
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
    return standing(records, tenant, context.clock.now());
  });
  if (json) return printJson(context, now);
  const { settledMicroUsd: settled, reservedMicroUsd: reserved, unreconciledMicroUsd: unreconciled } = now;
  const [ever, ...periods] = now.periods;
  const limits = [ever?.limit === undefined ? "" : `${dollars(ever.limit)} in all`, describeLimits(limitsIn(periods))];
  const rows = now.periods.map(({ period, limit, used, left }) => [
    NAMES[period],
    // a month's or a day's counter begins with its limit
    `${dollars(used)} used${limit === undefined || period === "total" ? "" : " since the limit was set"}`,
    left === undefined || limit === undefined ? "" : `${dollars(left)} of ${dollars(limit)} left`,
  ]);
  context.stdout.write(
    `${tenant}: ${dollars(settled)} settled, ${dollars(reserved)} reserved, ${dollars(unreconciled)} unreconciled\n` +
      `limit: ${limits.filter(Boolean).join(", ") || "none"}\n${table(rows)}\n`,
  );
}

const NAMES = { total: "in all", month: "this month", day: "today" } as const;

/** What was used of a period, and of its limit where it has one; micro-USD. */
interface Period {
  unit: "microUsd";
  period: keyof typeof NAMES;
  used: number;
  limit?: number;
  left?: number;
}

const limitsIn = (periods: readonly Period[]): Limits =>
  Object.fromEntries(periods.flatMap(({ period, limit }) => (limit === undefined ? [] : [[period, limit]])));

/** A tenant's budget as the API would show it. */
async function standing(records: Records, tenant: string, now: number) {
  const quotas = spendingQuotas(
    { tenant, subject: tenant, keyId: tenant, scopes: [] },
    undefined,
    await records.getLimits(tenant),
    now,
  );
  const today = dayOf(now);
  const [{ limit, reserved, settled, unreconciled }, counted, books] = await Promise.all([
    records.getBudget(tenant),
    records.readCounters(quotas.map(({ counter }) => counter)),
    records.listUsage({ tenant, kind: "work", from: `${today.slice(0, 7)}-01`, to: today }),
  ]);
  const held = (period: Period["period"], used: number, most: number | undefined): Period => ({
    unit: "microUsd",
    period,
    used,
    ...(most === undefined ? {} : { limit: most, left: Math.max(0, most - used) }),
  });
  const periods = (["month", "day"] as const).map((period) => {
    const at = quotas.findIndex((quota) => quota.period === period);
    if (at >= 0) return held(period, counted[at] ?? 0, quotas[at]?.limit);
    // nothing is counted against a limit that there is not: the books know what has ended
    const rows = books.filter(({ day }) => period === "month" || day === today);
    return held(
      period,
      rows.reduce((sum, { counts }) => sum + counts.settled + counts.unreconciled, 0),
      undefined,
    );
  });
  return {
    tenant,
    settledMicroUsd: settled,
    reservedMicroUsd: reserved,
    unreconciledMicroUsd: unreconciled,
    periods: [held("total", reserved + settled + unreconciled, limit), ...periods],
  };
}

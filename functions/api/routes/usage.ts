import { dayOf, InfillError, USAGE_COUNTS, type UsageCounts, type UsageKind, type UsageRow } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";

const DAY_MS = 86_400_000;
/** Days that one answer may sum: of users there may be as many rows a day as there are users. */
const MAX_DAYS = 366;
const MAX_DAYS_OF_USERS = 31;
const DEFAULT_DAYS = 30;

/** By what sums are told apart: which rows of the books, and what of them. */
const GROUPS: Readonly<Record<string, { kind: UsageKind; nameOf: (row: UsageRow) => string | null }>> = {
  day: { kind: "work", nameOf: ({ day }) => day },
  model: { kind: "work", nameOf: ({ names: [model = ""] }) => model },
  key: { kind: "work", nameOf: ({ names: [, key = ""] }) => key },
  user: { kind: "user", nameOf: ({ names: [user] }) => user || null },
};

/** What usage can be told apart by. */
export const USAGE_BY = Object.keys(GROUPS);

/** @throws InfillError `invalid_request` */
function rangeOf(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  now: number,
  maxDays: number = MAX_DAYS,
) {
  const last = day(to, "to") ?? now;
  const first = day(from, "from") ?? last - (DEFAULT_DAYS - 1) * DAY_MS;
  const days = Math.floor(last / DAY_MS) - Math.floor(first / DAY_MS) + 1;
  if (days < 1 || days > maxDays)
    throw new InfillError("invalid_request", `from and to must span 1 to ${maxDays} days, the earlier first`, {
      pointer: "from",
    });
  return { from: dayOf(first), to: dayOf(last) };
}

function day(text: string | undefined, pointer: string): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^20\d\d-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms) || dayOf(ms) !== text)
    throw new InfillError("invalid_request", `${pointer} must be a day such as 2026-11-26`, { pointer });
  return ms;
}

const zero = (): UsageCounts => ({ succeeded: 0, failed: 0, canceled: 0, settled: 0, refunded: 0, unreconciled: 0 });

function add(sum: UsageCounts, counts: UsageCounts): UsageCounts {
  for (const name of USAGE_COUNTS) sum[name] += counts[name];
  return sum;
}

const present = ({ succeeded, failed, canceled, settled, refunded, unreconciled }: UsageCounts) => ({
  jobs: { succeeded, failed, canceled },
  settledMicroUsd: settled,
  refundedMicroUsd: refunded,
  unreconciledMicroUsd: unreconciled,
});

/** `GET /v1/usage`: sums of jobs that ended, by the day they were made. `GET /v1/usage/unreconciled`: one by one. */
export const usageRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const by = c.req.query("by") ?? "day";
      const group = Object.hasOwn(GROUPS, by) ? GROUPS[by] : undefined;
      if (group === undefined)
        throw new InfillError("invalid_request", `by must be one of ${USAGE_BY.join(", ")}`, { pointer: "by" });
      const maxDays = group.kind === "user" ? MAX_DAYS_OF_USERS : MAX_DAYS;
      const range = rangeOf(c.req.query(), deps.clock.now(), maxDays);
      const rows = await deps.records.listUsage({ tenant: c.get("caller").tenant, kind: group.kind, ...range });
      const sums = new Map<string | null, UsageCounts>();
      for (const row of rows) {
        const name = group.nameOf(row);
        sums.set(name, add(sums.get(name) ?? zero(), row.counts));
      }
      const data = [...sums].sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1));
      const total = rows.reduce((sum, { counts }) => add(sum, counts), zero());
      return c.json({
        object: "usage",
        ...range,
        by,
        currency: "USD",
        data: data.map(([name, counts]) => ({ name, ...present(counts) })),
        total: present(total),
      });
    })
    .get("/unreconciled", async (c) => {
      const range = rangeOf(c.req.query(), deps.clock.now());
      const found = await deps.records.listUnreconciled({ tenant: c.get("caller").tenant, ...range });
      const data = found.map(({ amount, providerJob, ...job }) => ({
        ...job,
        amountMicroUsd: amount,
        ...(providerJob === undefined ? {} : { providerJobId: providerJob }),
      }));
      return c.json({ object: "list", ...range, data });
    });

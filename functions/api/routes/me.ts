import { isBlocked, type Quota, rateQuotas, spendingQuotas, uploadQuotas } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** `GET /v1/me`: who asks, what they may, and what is left. A token is told of itself and its user alone. */
export const meRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>().get("/", async (c) => {
    const caller = c.get("caller");
    const { tenant, keyId, token, scopes } = caller;
    const now = deps.clock.now();
    const { records } = deps;
    const [limits, budget] =
      token === undefined ? await Promise.all([records.getLimits(tenant), records.getBudget(tenant)]) : [];
    const quotas = [
      ...spendingQuotas(caller, token?.user, limits, now),
      ...uploadQuotas(caller),
      ...rateQuotas(caller, now),
    ].filter(({ scope }) => token === undefined || scope === "user" || scope === "token");
    const used = await records.readCounters(quotas.map(({ counter }) => counter));
    const total = budget?.limit;
    const spent = budget === undefined ? 0 : budget.reserved + budget.settled + budget.unreconciled;
    return c.json({
      object: "caller",
      kind: token === undefined ? "key" : "token",
      tenant,
      key: keyId,
      ...(token === undefined
        ? {}
        : {
            user: token.user,
            blocked: await isBlocked(deps, caller, token.user),
            expiresAt: iso(token.expiresAt),
            ...(token.models === undefined ? {} : { models: token.models }),
          }),
      scopes,
      limits: [
        ...(total === undefined
          ? []
          : [{ scope: "tenant", unit: "microUsd", period: "total", ...amounts(total, spent) }]),
        ...quotas.map((quota, i) => presentQuota(quota, used[i] ?? 0)),
      ],
    });
  });

const amounts = (limit: number, used: number) => ({ limit, used, left: Math.max(0, limit - used) });

const presentQuota = ({ scope, unit, period, limit, resetsAt }: Quota, used: number) => ({
  scope,
  unit,
  period,
  ...amounts(limit, used),
  resetsAt: iso(resetsAt),
});

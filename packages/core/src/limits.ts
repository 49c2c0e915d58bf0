import { InfillError } from "./errors.ts";
import type { Caller } from "./keys.ts";

/** What somebody may spend and ask for at most; what is absent is not limited. Periods are UTC's. */
export interface Limits {
  /** micro-USD a calendar month. */
  month?: number;
  /** micro-USD a day. */
  day?: number;
  /** Writes – uploads, edits, tokens – a minute. */
  perMinute?: number;
}

/** A limit, and the counter that is held against it. */
export interface Quota {
  scope: "tenant" | "key" | "user" | "token";
  unit: "microUsd" | "jobs" | "uploads" | "requests";
  period: "month" | "day" | "minute" | "token";
  limit: number;
  /** Names the counter, of this period alone. */
  counter: string;
  /** When it begins anew – or, of a token, ends; ms since the epoch. */
  resetsAt: number;
}

/** What a job takes of a counter, if there is room. */
export interface Reservation {
  counter: string;
  amount: number;
  limit: number;
  /** Whether what a job does not cost comes back. */
  returns: boolean;
  /** After that the counter counts no more, and may be gone; ms since the epoch. */
  keptUntil: number;
  /** What is said when there is no room. */
  refusal(used: number): InfillError;
}

const DAY_MS = 86_400_000;
/** Longer than any job: what one gives back still finds the counter of the period in which it was made. */
export const COUNTER_GRACE_MS = 7 * DAY_MS;

/** `2026-11-26` */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The period that a moment is in, and when the next one begins. */
function periodOf(period: "month" | "day" | "minute", now: number): { name: string; resetsAt: number } {
  const date = new Date(now);
  if (period === "month")
    return { name: dayOf(now).slice(0, 7), resetsAt: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) };
  const length = period === "day" ? DAY_MS : 60_000;
  const index = Math.floor(now / length);
  return { name: period === "day" ? dayOf(now) : `minute ${index}`, resetsAt: (index + 1) * length };
}

/** As JSON, so that no two of them make one name. */
const counterOf = (...names: string[]): string => JSON.stringify(names);

interface Owner {
  scope: "tenant" | "key" | "user";
  tenant: string;
  id: string;
  limits: Limits | undefined;
}

function quota(owner: Owner, unit: "microUsd" | "requests", period: "month" | "day" | "minute", now: number): Quota[] {
  const limit = period === "minute" ? owner.limits?.perMinute : owner.limits?.[period];
  if (limit === undefined) return [];
  const { scope, tenant, id } = owner;
  const { name, resetsAt } = periodOf(period, now);
  return [{ scope, unit, period, limit, resetsAt, counter: counterOf(tenant, scope, id, unit, name) }];
}

const ownersOf = (caller: Caller, user: string | undefined, tenantLimits: Limits | undefined): Owner[] => [
  { scope: "tenant", tenant: caller.tenant, id: caller.tenant, limits: tenantLimits },
  { scope: "key", tenant: caller.tenant, id: caller.keyId, limits: caller.limits },
  ...(user === undefined
    ? []
    : [{ scope: "user" as const, tenant: caller.tenant, id: user, limits: caller.userLimits }]),
];

/** All that an edit of this caller's is held against, for this end user. */
export function spendingQuotas(
  caller: Caller,
  user: string | undefined,
  tenantLimits: Limits | undefined,
  now: number,
): Quota[] {
  const periods = ownersOf(caller, user, tenantLimits).flatMap((owner) =>
    (["month", "day"] as const).flatMap((period) => quota(owner, "microUsd", period, now)),
  );
  return [...periods, ...tokenQuotas(caller)];
}

const tokenQuotas = (caller: Caller): Quota[] => [
  ...tokenQuota(caller, "jobs", caller.token?.jobs),
  ...tokenQuota(caller, "microUsd", caller.token?.spend),
];

function tokenQuota({ tenant, token }: Caller, unit: Quota["unit"], limit: number | undefined): Quota[] {
  if (token === undefined || limit === undefined) return [];
  const counter = counterOf(tenant, "token", token.id, unit);
  return [{ scope: "token", unit, period: "token", limit, resetsAt: token.expiresAt, counter }];
}

/** How often a token whose edits are not counted may sign an upload. */
const MOST_UPLOADS = 1000;

/** How often a caller's token may sign an upload: photo and mask of each edit twice, and one edit's every reference. */
export const uploadQuotas = (caller: Caller): Quota[] =>
  tokenQuota(caller, "uploads", caller.token?.jobs === undefined ? MOST_UPLOADS : 4 * caller.token.jobs + 16);

/**
 * How often this caller may write. An end user's rate is a token's: a backend that names users is one caller.
 * The user's comes first: whoever is over their own takes nothing of the key that others share.
 */
export const rateQuotas = (caller: Caller, now: number): Quota[] =>
  ownersOf(caller, caller.token?.user, undefined)
    .toReversed()
    .flatMap((owner) => quota(owner, "requests", "minute", now));

/** Micro-USD as people read them, never rounded to nothing: `$0`, `$0.05`, `$0.0047`. */
export function dollars(microUsd: number): string {
  const whole = microUsd % 10_000 === 0 && microUsd !== 0;
  return `$${whole ? (microUsd / 1e6).toFixed(2) : Number((microUsd / 1e6).toFixed(6))}`;
}

/** A tenant's own limit, over all time, does not cover an edit. Amounts in micro-USD. */
export const budgetExceeded = (limit: number, left: number, needed: number): InfillError =>
  new InfillError(
    "budget_exceeded",
    `This edit needs ${dollars(needed)}, and ${dollars(left)} of this tenant's limit of ${dollars(limit)} are left`,
    { details: { limit, left, needed } },
  );

const OF = { tenant: "this tenant", key: "this API key", user: "this user", token: "this token" } as const;
const PER = { month: " this month", day: " today", minute: " this minute", token: "" } as const;

/** A token may not sign so many uploads. @param used how many it has signed */
export function uploadsExceeded({ limit, scope, unit, period, resetsAt }: Quota, used: number, needed: number) {
  const left = Math.max(0, limit - used);
  const uploads = needed === 1 ? "one upload" : `${needed} uploads`;
  return new InfillError(
    "budget_exceeded",
    `This takes ${uploads}, and ${left} of ${limit} of this token are left (a renewal takes one, too); a new token may sign more`,
    { details: { limit, left, needed, scope, unit, period, resetsAt: new Date(resetsAt).toISOString() } },
  );
}

/** An edit's part of a quota: its estimate, or one job. */
export function reservationOf(quota: Quota, estimate: number): Reservation {
  const { counter, limit, scope, unit, period, resetsAt } = quota;
  const amount = unit === "jobs" ? 1 : estimate;
  return {
    counter,
    amount,
    limit,
    returns: unit === "microUsd",
    keptUntil: resetsAt + COUNTER_GRACE_MS,
    refusal(used) {
      const left = Math.max(0, limit - used);
      const money = unit === "microUsd";
      const needs = money ? `needs ${dollars(amount)}` : "is one job";
      const amounts = money ? `${dollars(left)} of ${dollars(limit)}` : `${left} of ${limit} ${unit}`;
      const what = `${amounts} of ${OF[scope]} are left${PER[period]}`;
      const until = new Date(resetsAt).toISOString();
      return new InfillError(
        "budget_exceeded",
        `This edit ${needs}, and ${what}; ${period === "token" ? `a new token may allow more` : `the next ${period} begins at ${until}`}`,
        { details: { limit, left, needed: amount, scope, unit, period, resetsAt: until } },
      );
    },
  };
}

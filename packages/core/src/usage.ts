import type { Job } from "./job.ts";
import { dayOf } from "./limits.ts";
import type { JobEnd } from "./ports.ts";

/** Jobs by how they ended, and their money in micro-USD. */
export interface UsageCounts {
  succeeded: number;
  failed: number;
  canceled: number;
  settled: number;
  /** Reserved, and certainly not charged. */
  refunded: number;
  /** Perhaps charged: for whoever holds the vendor's bill beside it. */
  unreconciled: number;
}

export const USAGE_COUNTS = ["succeeded", "failed", "canceled", "settled", "refunded", "unreconciled"] as const;

/** What is counted together: a day's jobs of one model and key, or of one end user. */
export type UsageKind = "work" | "user";

/** A day's sums. `names` of `work`: model and key; of `user`: the end user, or "" for jobs that name none. */
export interface UsageRow {
  day: string;
  names: string[];
  counts: UsageCounts;
}

/** A job of which nobody knows whether the vendor charged for it. */
export interface Unreconciled {
  day: string;
  job: string;
  model: string;
  /** micro-USD that it may have cost. */
  amount: number;
  /** What the vendor calls it, where it said so. */
  providerJob?: string;
}

/** All that a job's end adds to the books: of the day on which it was made, as its budget is. */
export interface Booking {
  tenant: string;
  day: string;
  rows: { kind: UsageKind; names: string[] }[];
  counts: UsageCounts;
  unreconciled?: Unreconciled;
}

/** What the terminal transaction books. Two rows and, seldom, a third: sums over them are made by whoever reads. */
export function bookingOf(job: Job, { patch, settlement }: JobEnd): Booking {
  const { tenant, keyId, user = "", estimate } = job;
  const { model } = (patch.request ?? job.request) as Job["request"];
  const day = dayOf(job.createdAt);
  const { state, amount } = settlement;
  const providerJob = patch.providerJob ?? job.providerJob;
  return {
    tenant,
    day,
    rows: [
      { kind: "work", names: [model, keyId] },
      { kind: "user", names: [user] },
    ],
    counts: {
      succeeded: 0,
      failed: 0,
      canceled: 0,
      settled: state === "settled" ? amount : 0,
      refunded: state === "refunded" ? estimate : 0,
      unreconciled: state === "unreconciled" ? amount : 0,
      [patch.status]: 1,
    },
    ...(state !== "unreconciled"
      ? {}
      : {
          unreconciled: {
            day,
            job: job.id,
            model,
            amount,
            ...(providerJob === undefined ? {} : { providerJob: providerJob.id }),
          },
        }),
  };
}

/** Micro-USD of the reservation that a job which ended gives back; below zero where it cost more. */
export const givenBack = ({ estimate }: Pick<Job, "estimate">, { state, amount }: JobEnd["settlement"]): number =>
  estimate - (state === "refunded" ? 0 : amount);

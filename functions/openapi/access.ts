import { SCOPES } from "@infill/core";
import * as z from "zod";
import { USAGE_BY } from "../api/routes/usage.ts";

// What is answered about callers and what they use; see answers.ts.

const keyId = () => z.string().regex(/^key_[0-9a-hjkmnp-tv-z]{26}$/);
const jobId = () => z.string().regex(/^job_[0-9a-hjkmnp-tv-z]{26}$/);
const count = () => z.int().min(0);

/** A client token. */
export const token = z.strictObject({
  object: z.literal("token"),
  id: z.string().regex(/^tok_[0-9a-hjkmnp-tv-z]{26}$/),
  token: z.string().describe("For the phone: `Authorization: Bearer …`"),
  user: z.string(),
  expiresAt: z.iso.datetime(),
});

/** Who asks. */
export const caller = z.strictObject({
  object: z.literal("caller"),
  kind: z.enum(["key", "token"]),
  tenant: z.string(),
  key: keyId().describe("The key; of a token, the one that minted it"),
  user: z.string().optional().describe("Of a token"),
  blocked: z.boolean().optional().describe("Of a token: whether nothing more is made for its user"),
  expiresAt: z.iso.datetime().optional().describe("Of a token"),
  models: z.array(z.string()).optional().describe("Of a token: what its edits may ask for; absent = every model"),
  scopes: z.array(z.enum(SCOPES)),
  limits: z
    .array(
      z.strictObject({
        scope: z.enum(["tenant", "key", "user", "token"]),
        unit: z.enum(["microUsd", "jobs", "uploads", "requests"]),
        period: z.enum(["total", "month", "day", "minute", "token"]),
        limit: count(),
        used: z.int(),
        left: count(),
        resetsAt: z.iso.datetime().optional().describe("Absent: never"),
      }),
    )
    .describe("Every limit that is in force; none = unlimited"),
});

const sums = {
  jobs: z.strictObject({ succeeded: count(), failed: count(), canceled: count() }),
  settledMicroUsd: count().describe("Charged"),
  refundedMicroUsd: count().describe("Reserved, and certainly not charged"),
  unreconciledMicroUsd: count().describe("Perhaps charged: see the jobs one by one"),
};
const days = { from: z.iso.date(), to: z.iso.date() };

/** Sums of the jobs that ended. */
export const usage = z.strictObject({
  object: z.literal("usage"),
  ...days,
  by: z.enum(USAGE_BY),
  currency: z.literal("USD"),
  data: z.array(
    z.strictObject({
      name: z.string().nullable().describe("The day, model, key or user; null: no user was named"),
      ...sums,
    }),
  ),
  total: z.strictObject(sums),
});

/** Jobs that may have been charged. */
export const unreconciled = z.strictObject({
  object: z.literal("list"),
  ...days,
  data: z.array(
    z.strictObject({
      day: z.iso.date(),
      job: jobId(),
      model: z.string(),
      amountMicroUsd: count(),
      providerJobId: z.string().optional().describe("What the provider calls it, where it said so"),
    }),
  ),
});

import { userName } from "@infill/core/schemas";
import * as z from "zod";

/** Longest life of a client token, seconds: how long a stolen phone's may be used. */
export const TOKEN_SECONDS = 15 * 60;

/** What an app's backend asks for, for one of its end users. */
export const tokenInput = z.strictObject({
  user: userName.describe("Your app's end user, by a name that stays"),
  models: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(50)
    .optional()
    .describe("Names that edits may ask for; every model without it"),
  jobs: z.int().min(1).max(1000).optional().describe("How many edits"),
  spendMicroUsd: z.int().min(1).max(1_000_000_000).optional().describe("What they may cost in all, micro-USD"),
  expiresInSeconds: z.int().min(30).max(TOKEN_SECONDS).default(TOKEN_SECONDS),
});

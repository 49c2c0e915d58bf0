import { ProviderFailure } from "@infill/core";
import * as z from "zod";
import { readDetail } from "../detail.ts";
import { cleanVendorText } from "../failures.ts";
import type { JsonAnswer } from "../http.ts";
import { failedWork, promptRefused, type Refusal, refusedSubmit, wantsMoney } from "../verdict.ts";

const Id = z.string().regex(/^[\w-]{1,128}$/);

/** The id of taken work; `undefined` where the answer names none. */
export const readRequestId = (body: unknown): string | undefined =>
  z.object({ request_id: Id }).safeParse(body).data?.request_id;

const Status = z.object({
  status: z.enum(["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]),
  error: z.unknown().optional(),
});

/** How work stands; `failed` where its end came with an error, which the result tells. */
export function readStatus(body: unknown): "unfinished" | "finished" | "failed" | undefined {
  const { data } = Status.safeParse(body);
  if (data === undefined) return undefined;
  if (data.status !== "COMPLETED") return "unfinished";
  return data.error === undefined || data.error === null ? "finished" : "failed";
}

const Result = z.object({
  images: z.array(z.object({ url: z.string() })).min(1),
  has_nsfw_concepts: z.array(z.boolean()).catch([]),
});

/**
 * Where the finished pictures are, without those that were flagged, which are black; none when all were.
 * `undefined` where the answer is no result.
 */
export function readPictures(body: unknown): string[] | undefined {
  const { data } = Result.safeParse(body);
  return data?.images.filter((_, index) => data.has_nsfw_concepts[index] !== true).map(({ url }) => url);
}

const Callback = z.object({ request_id: Id, status: z.enum(["OK", "ERROR"]) });

/** What a callback claims, and of which work. */
export function readClaim(body: unknown): { id: string; state: "succeeded" | "failed" } | undefined {
  const { data } = Callback.safeParse(body);
  return data && { id: data.request_id, state: data.status === "OK" ? "succeeded" : "failed" };
}

const MODERATED = "content_policy_violation";
/** A locked account is told under 403, as a bad key is; only the sentence differs. */
const NO_MONEY = /exhausted balance|top[ _]up/i;

/** A submit that was not taken, or that nobody can tell of. */
export function submitFailure(refusal: Refusal, body: unknown): ProviderFailure {
  if (refusal.status === 422 && readDetail(body).types.includes(MODERATED)) return promptRefused(refusal);
  if (refusal.status === 403 && NO_MONEY.test(refusal.text)) return wantsMoney(refusal.vendor);
  return refusedSubmit(refusal);
}

/**
 * What a result that is none means: the work's own failure, or `undefined` where only the question failed.
 * "Server errors are never charged"; an invalid input may be, where a runner was busy with it (fal's FAQ).
 * @param failed the status said that the work ended with an error
 */
export function workFailure(
  { status, headers, body }: JsonAnswer,
  refusal: Refusal,
  failed: boolean,
): ProviderFailure | undefined {
  if (status === 422 && readDetail(body).types.includes(MODERATED)) {
    return new ProviderFailure(
      "content_rejected",
      `${refusal.vendor}'s moderation refused: ${cleanVendorText(refusal.text, refusal.hide)}`,
      { accepted: "yes", charged: "unknown" },
    );
  }
  const ownWord = failed || headers.has("x-fal-error-type") || hasErrorType(body);
  if (status >= 500) return ownWord ? failedWork(refusal, "no") : undefined;
  const ofTheQuestion = [401, 403, 404, 429].includes(status);
  return status === 422 || (ownWord && !ofTheQuestion) ? failedWork(refusal) : undefined;
}

const hasErrorType = (body: unknown): boolean => z.object({ error_type: z.string() }).safeParse(body).success;

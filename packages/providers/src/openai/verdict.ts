import { ProviderFailure } from "@infill/core";
import { failedWork, promptRefused, type Refusal, refusedSubmit, resultWithheld, wantsMoney } from "../verdict.ts";
import type { VendorError } from "./answer.ts";

export const VENDOR = "OpenAI";
export const VENDOR_URL = "https://api.openai.com";

const MODERATION = new Set(["moderation_blocked", "content_policy_violation"]);
/** A 429 or a 400 that no waiting helps. */
const NO_MONEY = new Set(["insufficient_quota", "billing_hard_limit_reached"]);

/** The type alone is shared with faults of the pictures, whose code says so. */
const isModeration = ({ type, code = "" }: VendorError): boolean =>
  MODERATION.has(code) || (code === "" && type === "image_generation_user_error");

/** Where an answer came from, and what must not come back of it. */
export type Said = Pick<Refusal, "headers" | "hide" | "now">;

/** A submit that was answered with an error, under its own HTTP status. */
export function refused(said: Said & { status: number }, error: VendorError = {}): ProviderFailure {
  const { status } = said;
  const refusal = { ...said, vendor: VENDOR, text: error.message ?? "" };
  if (status < 500 && isModeration(error)) return promptRefused(refusal);
  if (status < 500 && NO_MONEY.has(error.code ?? "")) return wantsMoney(VENDOR);
  if (status === 404) {
    return new ProviderFailure("provider_unavailable", `${VENDOR} does not serve this model, or not to this key`, {
      accepted: "no",
      retryable: false,
    });
  }
  return refusedSubmit(refusal);
}

/** The HTTP status that an error would have had, had the stream not begun with a 200. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  image_generation_user_error: 400,
  invalid_api_key: 401,
  model_not_found: 404,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
};

/** A stream that ended in an error. @param begun a picture was being painted, so the work had been taken */
export function failedStream(said: Said, error: VendorError, begun: boolean): ProviderFailure {
  if (begun && isModeration(error)) return resultWithheld(VENDOR);
  if (begun) return failedWork({ ...said, vendor: VENDOR, text: error.message ?? "" });
  const status = STATUS[error.code ?? ""] ?? STATUS[error.type ?? ""];
  return status === undefined
    ? lostStream("it failed before a picture was begun")
    : refused({ ...said, status }, error);
}

/** Whether it was taken, and is paid for, nobody said. */
export const lostStream = (how: string): ProviderFailure =>
  new ProviderFailure("outcome_unknown", `${VENDOR} may have taken the work: ${how}`, { accepted: "unknown" });

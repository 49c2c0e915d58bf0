import { InfillError } from "@infill/core";

/** What the SDK's errors have in common, read without trusting it. */
interface Failure {
  name: string;
  /** HTTP status; absent when no answer came. */
  status?: number;
}

export function failureOf(error: unknown): Failure {
  const { name, $metadata } = error as { name?: unknown; $metadata?: { httpStatusCode?: unknown } };
  const status = $metadata?.httpStatusCode;
  return { name: typeof name === "string" ? name : "Error", ...(typeof status === "number" ? { status } : {}) };
}

/**
 * Whether storage says that there is no such object. Without `s3:ListBucket` S3 does not tell and
 * answers 403 AccessDenied: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export const isMissing = ({ name, status }: Failure): boolean =>
  status === 404 || (status === 403 && name === "AccessDenied");

/**
 * What our code is told when storage fails. The SDK's error is not kept as the cause: it can hold the
 * request, which is signed. Retrying helps when no answer came, or one of S3's making (5xx, 429, 408).
 */
export function storageFailure(error: unknown, doing: string): InfillError {
  if (error instanceof InfillError) return error;
  const { name, status } = failureOf(error);
  const code = (error as { code?: unknown }).code;
  const what = status === undefined ? `no answer, ${typeof code === "string" ? code : name}` : `${status} ${name}`;
  const retryable = status === undefined || status >= 500 || status === 429 || status === 408;
  return new InfillError("internal", `Storage failed while ${doing}: ${what}`, { retryable });
}

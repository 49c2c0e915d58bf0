/** Why a request to AWS came to nothing. */
export interface AwsTrouble {
  /** `credentials`: none were found, or AWS does not accept them. */
  kind: "credentials" | "denied" | "unreachable" | "other";
  /** The error's name, as AWS has it: `ExpiredToken`. */
  name: string;
  words: string;
}

/** Errors by which AWS says that it knows who asks, and that they may not. */
const DENIED = new Set(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]);

/** Errors by which AWS, or the search for credentials, says that nobody is known to ask. */
const CREDENTIALS = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "SignatureDoesNotMatch",
  "InvalidSignatureException",
  "IncompleteSignature",
]);

export function troubleOf(error: unknown): AwsTrouble {
  if (!(error instanceof Error)) return { kind: "other", name: "", words: String(error) };
  const { name, message } = error;
  const answered =
    "$metadata" in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode !== undefined;
  const words = message || reasonOf(error) || name;
  if (CREDENTIALS.has(name)) return { kind: "credentials", name, words };
  if (DENIED.has(name)) return { kind: "denied", name, words };
  const code = reasonOf(error);
  if (!answered && (code !== undefined || name === "TimeoutError"))
    return { kind: "unreachable", name, words: code ?? name };
  return { kind: "other", name, words };
}

/** A code such as ECONNREFUSED, also of the errors that a failed connection to several addresses gathers. */
function reasonOf(error: Error): string | undefined {
  if ("code" in error && typeof error.code === "string" && /^E[A-Z]/.test(error.code)) return error.code;
  if (error instanceof AggregateError) return error.errors.map(reasonOf).find((code) => code !== undefined);
  return error.cause instanceof Error ? reasonOf(error.cause) : undefined;
}

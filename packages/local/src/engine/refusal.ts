/**
 * A request the engine refuses, in the shape in which the SDK reads Lambda's refusals: an HTTP
 * status in `$metadata`, and the name of the exception. The SDK fails the execution on it, except
 * for a stale token, which only ends the invocation.
 */
export class InvalidParameterValueException extends Error {
  override readonly name = "InvalidParameterValueException";
  readonly $metadata = { httpStatusCode: 400 };
}

/** The SDK knows a stale token by these words, as Lambda says them. */
export function staleToken(): InvalidParameterValueException {
  return new InvalidParameterValueException("Invalid Checkpoint Token");
}

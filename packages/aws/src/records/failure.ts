import { InfillError } from "@infill/core";

/** What a transaction says of one of its writes. */
interface CancellationReason {
  Code?: string;
}

/** Somebody else is at the same row, or we are too fast: the same write may do in a moment. */
const BUSY = new Set([
  "TransactionConflict",
  "TransactionConflictException",
  "TransactionInProgressException",
  "ThrottlingError",
  "ThrottlingException",
  "RequestLimitExceeded",
  "ProvisionedThroughputExceeded",
  "ProvisionedThroughputExceededException",
]);

/** Seconds until the rows everybody wants should be free again. */
const RETRY_AFTER_SECONDS = 2;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/**
 * Which write stopped a transaction, and why: the first that has a reason. The order of a transaction's
 * writes is therefore the order in which their conditions matter.
 */
export function stopOf(error: unknown): { index: number; code: string } | undefined {
  if (nameOf(error) !== "TransactionCanceledException") return undefined;
  const { CancellationReasons: reasons = [] } = error as { CancellationReasons?: CancellationReason[] };
  const index = reasons.findIndex(({ Code }) => Code !== undefined && Code !== "None");
  return index < 0 ? undefined : { index, code: reasons[index]?.Code ?? "" };
}

export const isBusy = (error: unknown): boolean => BUSY.has(stopOf(error)?.code ?? nameOf(error));

export const isRefusal = (error: unknown): boolean => nameOf(error) === "ConditionalCheckFailedException";

/** After the last attempt. Never a 402: nothing is known about the budget. */
export function busy(doing: string, attempts: number): InfillError {
  return new InfillError("internal", `The records are busy: ${doing} met other writes ${attempts} times in a row`, {
    status: 503,
    retryable: true,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/**
 * What our code is told when the table fails. The SDK's error is not kept as the cause: it can hold the
 * row. Retrying helps when no answer came, or one of DynamoDB's making.
 */
export function recordsFailure(error: unknown, doing: string): InfillError {
  if (error instanceof InfillError) return error;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const what = stopOf(error)?.code ?? nameOf(error);
  return new InfillError("internal", `The records failed while ${doing}: ${what}`, {
    retryable: status === undefined || status >= 500,
  });
}

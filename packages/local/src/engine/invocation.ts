import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  DurableLambdaHandler,
} from "@aws/durable-execution-sdk-js";
import type { Timers } from "./timers.ts";

/** A handler at work on one execution. */
export interface Invocation {
  /** Names it; also the `awsRequestId` the handler sees. */
  readonly id: string;
  /** Stops waiting for the handler. Its code cannot be killed, but its token is worth nothing any more. */
  abandon(): void;
  /** `abandoned` also when it took longer than it may. Rejects when the handler does. */
  readonly outcome: Promise<DurableExecutionInvocationOutput | "abandoned">;
}

/**
 * Calls the handler as Lambda does.
 * @param milliseconds how long it may take; Lambda's own limit is 900,000
 */
export function invoke(
  handler: DurableLambdaHandler,
  id: string,
  input: DurableExecutionInvocationInput,
  timers: Timers,
  milliseconds: number,
): Invocation {
  const abandoned = Promise.withResolvers<"abandoned">();
  const abandon = (): void => abandoned.resolve("abandoned");
  const end = timers.now() + milliseconds;
  const cancel = timers.after(milliseconds, abandon);
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => end - timers.now() };
  // Begins after this has returned: its first checkpoint must find the invocation known.
  const answer = Promise.resolve().then(() => handler(input, context));
  const outcome = Promise.race([answer, abandoned.promise]).finally(cancel);
  return { id, abandon, outcome };
}

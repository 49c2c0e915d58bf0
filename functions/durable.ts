import {
  CallbackTimeoutError,
  createRetryStrategy,
  type DurableContext,
  type DurableExecutionClient,
  type DurableLambdaHandler,
  DurablePromise,
  JitterStrategy,
  StepError,
  StepSemantics,
  withDurableExecution,
} from "@aws/durable-execution-sdk-js";
import { type Durable, type DurableValue, StepInterrupted } from "@infill/core";

/** Five attempts in all, after 1, 2, 4 and 8 s. */
const backoff = createRetryStrategy({
  maxAttempts: 5,
  initialDelay: { seconds: 1 },
  maxDelay: { seconds: 30 },
  backoffRate: 2,
  jitter: JitterStrategy.NONE,
});

/** Core's durable operations on the SDK's. What a step throws comes out as the SDK's `StepError`, on every replay alike. */
export function durableFrom(context: DurableContext): Durable {
  return {
    executionId: context.executionContext.durableExecutionArn,

    async step(name, run, semantics = "retried") {
      if (semantics === "retried") return await context.step(name, run, { retryStrategy: backoff });
      try {
        // At most once holds per attempt: once in all needs both.
        return await context.step(name, run, {
          semantics: StepSemantics.AtMostOncePerRetry,
          retryStrategy: () => ({ shouldRetry: false }),
        });
      } catch (error) {
        const interrupted = error instanceof StepError && error.cause?.name === "StepInterruptedError";
        throw interrupted ? new StepInterrupted(`The process died inside the step "${name}"`, { cause: error }) : error;
      }
    },

    async callback(name, timeoutSeconds) {
      const [completed, token] = await context.createCallback(name, { timeout: { seconds: timeoutSeconds } });
      // Lazy as the SDK's own: until someone awaits it, nothing polls and nothing can reject.
      const settled = new DurablePromise(async () => {
        try {
          await completed;
          return "completed";
        } catch (error) {
          if (error instanceof CallbackTimeoutError) return "timed-out";
          throw error;
        }
      });
      return { token, settled };
    },

    async wait(name, seconds) {
      await context.wait(name, { seconds });
    },
  };
}

/**
 * A workflow as a Lambda handler.
 * @param run gets the payload the execution was started with
 * @param client what carries the checkpoints; Lambda itself unless given
 */
export function durableHandler(
  run: (durable: Durable, event: Record<string, string>) => Promise<DurableValue> | Promise<void>,
  client?: DurableExecutionClient,
): DurableLambdaHandler {
  return withDurableExecution<Record<string, string>, unknown>(
    (event, context) => run(durableFrom(context), event),
    client && { durableExecutionClient: client },
  );
}

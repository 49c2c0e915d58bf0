import { canonicalJson, type Engine, InfillError, type WorkflowName } from "@infill/core";
import { percentEncode } from "../location.ts";
import { createLambda, type LambdaAnswer, type LambdaOptions } from "./lambda.ts";

export interface AwsEngineOptions extends LambdaOptions {
  /** The durable function of each workflow: its name or ARN, with a version or alias (`infill-inpaint:7`). */
  functions: Record<WorkflowName, string>;
}

export interface AwsEngine extends Engine {
  /** Ends a running execution, which can never be resumed. One that is not there is as good as stopped. */
  stop(executionArn: string): Promise<void>;
}

const JSON_BODY = { "content-type": "application/json" };

/** What Lambda says of a callback's token that nobody waits on: timed out or completed before, not there, not a token. */
const DEAD_TOKEN = new Set(["CallbackTimeoutException", "ResourceNotFoundException", "InvalidParameterValueException"]);

/**
 * The durable engine on AWS: Lambda's durable functions, from outside. Three signed
 * requests: Lambda's own client would be most of what a cold start loads.
 *
 * Methods reject with InfillError `internal`: 503 with `retryAfterSeconds` when Lambda throttles, breaks or
 * does not answer to the end, 500 when it refuses what we ask.
 *
 * The requests are those of the AWS SDK's model of Lambda (`Invoke`, `SendDurableExecutionCallbackSuccess`,
 * `StopDurableExecution`): https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
 *
 * @throws RangeError for a function without a version or alias: an execution is replayed by the code that began it
 */
export function createAwsEngine(options: AwsEngineOptions): AwsEngine {
  const lambda = createLambda(options);
  for (const name of Object.values(options.functions)) {
    if (!/^[\w-]+:.+$/.test(name.split("function:").at(-1) ?? ""))
      throw new RangeError(`A durable function is named with its version or alias, as in "${name}:1", not "${name}"`);
  }

  return {
    /**
     * The name makes it one execution: Lambda answers the same name and the same payload, running or ended,
     * as it did the first time, so an attempt whose answer was lost is simply repeated
     * (https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html).
     *
     * @throws InfillError `idempotency_mismatch` when the name was used with another payload
     */
    async start(workflow, name, payload) {
      const doing = `starting ${workflow} ${name}`;
      const answer = await lambda(doing, {
        path: `/2015-03-31/functions/${percentEncode(options.functions[workflow])}/invocations`,
        headers: {
          ...JSON_BODY,
          "x-amz-invocation-type": "Event",
          "x-amz-durable-execution-name": name,
        },
        // sorted keys: equal payloads are equal bytes
        body: canonicalJson(payload),
      });
      if (answer.done) return;
      if (answer.exception === "DurableExecutionAlreadyStartedException")
        throw new InfillError("idempotency_mismatch", `${workflow} ${name} was already started with another payload`);
      throw refused(doing, answer);
    },

    async complete(token) {
      const path = `/2025-12-01/durable-execution-callbacks/${percentEncode(token)}/succeed`;
      const answer = await lambda("completing a pause", { path });
      if (answer.done) return true;
      if (DEAD_TOKEN.has(answer.exception)) return false;
      throw refused("completing a pause", answer);
    },

    async stop(executionArn) {
      const doing = `stopping ${executionArn}`;
      const path = `/2025-12-01/durable-executions/${percentEncode(executionArn)}/stop`;
      const answer = await lambda(doing, { path, headers: JSON_BODY, body: "{}" });
      if (!answer.done && answer.exception !== "ResourceNotFoundException") throw refused(doing, answer);
    },
  };
}

const refused = (doing: string, { status, exception }: Extract<LambdaAnswer, { done: false }>): InfillError =>
  new InfillError("internal", `Lambda refused ${doing}: ${status} ${exception}`, { retryable: false });

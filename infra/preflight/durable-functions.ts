import { LambdaClient, ListDurableExecutionsByFunctionCommand } from "@aws-sdk/client-lambda";
import { type Finding, type Target, unknown } from "./check.ts";
import { troubleOf } from "./trouble.ts";

const TODO = "choose a region that has them: AWS_REGION=us-east-2, where they came first, or AWS's list of regions";

/** A function that nobody has: only whether the question is understood matters. */
const NOBODYS = "infill-preflight-asks-whether-durable-functions-are-here";

/**
 * Whether the region has durable functions. A list would be old before long (AWS adds regions), so Lambda
 * itself is asked for the executions of a function that is not there. Where it knows the question it
 * answers that there is no such function, or that we may not ask; where it does not, its answer is to an
 * address that it has no operation for: "Unable to determine service/operation name to be authorized"
 * (as seen in https://github.com/anomalyco/sst/issues/5327), or UnknownOperationException.
 *
 * https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html
 */
export async function checkDurableFunctions({ region, client: options }: Target): Promise<Finding> {
  const client = new LambdaClient({ region, ...options });
  const there: Finding = { state: "ok", says: `${region} has them` };
  try {
    await client.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: NOBODYS }));
    return there;
  } catch (error) {
    const { kind, name, words } = troubleOf(error);
    if (name === "UnknownOperationException" || /unable to determine service\/operation/i.test(words))
      return { state: "failed", says: `Lambda in ${region} does not know them`, todo: TODO };
    if (words.includes("ENOTFOUND")) return { state: "failed", says: `there is no Lambda in ${region}`, todo: TODO };
    if (name === "ResourceNotFoundException" || (kind === "denied" && words.includes("ListDurableExecutions")))
      return there;
    return unknown(`whether ${region} has them`, error);
  } finally {
    client.destroy();
  }
}

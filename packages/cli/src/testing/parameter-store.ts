import { json } from "node:stream/consumers";
import type { DeployedStage } from "@infill/aws/deployed-stage";
import { startHttp } from "@infill/providers/testing/servers";
import { onTestFinished } from "vitest";

/** What infra writes down about a stage, as the parameter's text. */
export const deployedStage = (change: Partial<DeployedStage> = {}): string =>
  JSON.stringify({
    url: "https://api.example.com",
    table: "records",
    functions: { inpaint: "infill-dev-Inpaint:1", notify: "infill-dev-Notify:1" },
    lostQueue: "https://sqs.eu-west-1.amazonaws.com/123456789012/lost",
    providerKeys: "/infill/dev/providers/",
    recordDays: 30,
    ...change,
  } satisfies DeployedStage);

/** Parameter Store's wire with these parameters, for one test. @returns its address */
export async function parameterStore(parameters: Record<string, string>): Promise<string> {
  const server = await startHttp(async (request, response) => {
    const { Name } = (await json(request)) as { Name: string };
    const Value = parameters[Name];
    const body = Value === undefined ? { __type: "ParameterNotFound" } : { Parameter: { Name, Value } };
    response.writeHead(Value === undefined ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server.origin;
}

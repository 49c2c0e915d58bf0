import { allOf, type Graph } from "../offline/graph.ts";
import { type EventPattern, matches } from "./event-pattern.ts";
import type { DeployedFunction } from "./function.ts";
import { invokableBy } from "./invokable.ts";

/**
 * EventBridge with the graph's rules. A target is a function that is invoked asynchronously: as often as
 * its own configuration says, at once, and then its destination gets the event
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
 */
export function startEventBus(graph: Graph, functionAt: (arn: string) => DeployedFunction, lost: unknown[]) {
  const targets = allOf(graph, "aws:cloudwatch/eventTarget:EventTarget").map(({ inputs }) => inputs);
  const rules = allOf(graph, "aws:cloudwatch/eventRule:EventRule").map(({ name, inputs }) => ({
    pattern: JSON.parse(inputs.eventPattern) as EventPattern,
    // a rule without a name of its own is called as its resource
    targets: targets
      .filter(({ rule }) => rule === (inputs.name ?? name))
      .map(({ arn }) => invokableBy(graph, "events.amazonaws.com", functionAt(arn))),
  }));
  const retriesOf = ({ arn }: DeployedFunction): number =>
    allOf(graph, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").find(({ inputs }) =>
      arn.endsWith(`:${inputs.functionName}`),
    )?.inputs.maximumRetryAttempts ?? 2;

  async function invoke(target: DeployedFunction, event: object, retries: number): Promise<void> {
    try {
      await target.invokeLater(event);
    } catch {
      if (retries > 0) return invoke(target, event, retries - 1);
      const requestContext = { functionArn: target.arn, condition: "RetriesExhausted" };
      lost.push({ version: "1.0", requestContext, requestPayload: event });
    }
  }

  return {
    async put(event: object): Promise<void> {
      const concerned = rules.filter(({ pattern }) => matches(pattern, event)).flatMap((rule) => rule.targets);
      await Promise.all(concerned.map((target) => invoke(target, event, retriesOf(target))));
    },
  };
}

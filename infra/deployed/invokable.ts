import { allOf, type Graph } from "../offline/graph.ts";
import type { DeployedFunction } from "./function.ts";

/**
 * The function, when its own policy lets a service call it.
 * @param service `events.amazonaws.com`
 * @throws Error when no permission in the graph does
 */
export function invokableBy(graph: Graph, service: string, target: DeployedFunction): DeployedFunction {
  const permitted = allOf(graph, "aws:lambda/permission:Permission").some(
    ({ inputs }) =>
      inputs.principal === service &&
      inputs.action === "lambda:InvokeFunction" &&
      target.arn.endsWith(`:${inputs.function.split(":").at(-1)}`),
  );
  if (!permitted) throw new Error(`Nothing in the graph lets ${service} call ${target.name}`);
  return target;
}

/** What a deployment would create. */
export interface Graph {
  resources: Resource[];
  /** What `run()` returns. */
  outputs: Record<string, unknown>;
}

export interface Resource {
  urn: string;
  /** Pulumi's or SST's: `aws:lambda/function:Function`, `sst:aws:Function`. */
  type: string;
  name: string;
  /** Urn. */
  parent?: string;
  // biome-ignore lint/suspicious/noExplicitAny: every type of resource has a shape of its own
  inputs: any;
  /** Urns. */
  dependencies: string[];
  protect: boolean;
  retainOnDelete: boolean;
}

/** A statement of an IAM policy. */
export interface Statement {
  Effect: "Allow" | "Deny";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string[]>>;
}

export const allOf = (graph: Graph, type: string): Resource[] =>
  graph.resources.filter((resource) => resource.type === type);

/** @throws Error naming what there is instead */
export function find(graph: Graph, type: string, name: string): Resource {
  const ofType = allOf(graph, type);
  const found = ofType.find((resource) => resource.name === name);
  if (found !== undefined) return found;
  throw new Error(`There is no ${type} ${name}; there are ${ofType.map((resource) => resource.name).join(", ")}`);
}

const FUNCTION = "aws:lambda/function:Function";

/** Names of the functions, as their components have them. */
export const functionNames = (graph: Graph): string[] =>
  allOf(graph, FUNCTION).map(({ name }) => name.replace(/Function$/, ""));

export const functionNamed = (graph: Graph, name: string): Resource => find(graph, FUNCTION, `${name}Function`);

/** What a function's role may do, beside what its managed policies say. */
export function statementsOf(graph: Graph, functionName: string): Statement[] {
  const { inlinePolicies = [], name } = find(graph, "aws:iam/role:Role", `${functionName}Role`).inputs;
  const attached = allOf(graph, "aws:iam/rolePolicy:RolePolicy").filter(({ inputs }) => inputs.role === name);
  const policies: { policy: string }[] = [...inlinePolicies, ...attached.map(({ inputs }) => inputs)];
  return policies.flatMap(({ policy }) => JSON.parse(policy).Statement);
}

import { ACCESS_KEY } from "../offline/aws-outputs.ts";
import { allOf, functionNames, type Graph, type Statement, statementsOf } from "../offline/graph.ts";

/** What a request wants to do, in IAM's words. */
export interface Ask {
  /** `s3:GetObject` */
  action: string;
  /** ARN. */
  resource: string;
  /** Condition keys of the request; one that is not there is absent. */
  context?: Record<string, string | undefined>;
}

export interface Rights {
  /** @param who a function's name, the id of a user's key, or {@link OPERATOR}; anyone else may nothing */
  allows(who: string | undefined, ask: Ask): boolean;
  /** The same, noting in `refused` what is not. */
  grants(who: string | undefined, ask: Ask): boolean;
  /** What was asked for and refused: `Api may not s3:ListBucket on arn:…`. */
  refused: string[];
}

/** Whoever holds the account. */
export const OPERATOR = "operator";

/**
 * What `service-role/AWSLambdaBasicDurableExecutionRolePolicy` adds to the right to log
 * (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicDurableExecutionRolePolicy.html).
 */
const CHECKPOINTS: Statement = {
  Effect: "Allow",
  Action: ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
  Resource: ["*"],
};

const EVERYTHING: Statement = { Effect: "Allow", Action: ["*"], Resource: ["*"] };

/** R2 asks nobody: its key opens the bucket. */
const ANY_OBJECT: Statement = { Effect: "Allow", Action: ["s3:*"], Resource: ["arn:aws:s3:::*"] };

export const keptInR2 = (graph: Graph): boolean => allOf(graph, "cloudflare:index/r2Bucket:R2Bucket").length > 0;

/** The policies of roles, of the user if there is one, and of the bucket, as the graph has them: nothing is allowed that no statement allows. */
export function rightsOf(graph: Graph): Rights {
  const denials = allOf(graph, "aws:s3/bucketPolicy:BucketPolicy").flatMap(
    ({ inputs }): Statement[] => JSON.parse(inputs.policy).Statement,
  );
  const byFunction = new Map(
    functionNames(graph).map((name) => {
      const managed = allOf(graph, "aws:iam/role:Role").find((role) => role.name === `${name}Role`)?.inputs;
      const durable = managed.managedPolicyArns.some((arn: string) => arn.includes("DurableExecution"));
      return [name, [...statementsOf(graph, name), ...(durable ? [CHECKPOINTS] : [])]];
    }),
  );
  const ofUser = allOf(graph, "aws:iam/userPolicy:UserPolicy").flatMap(
    ({ inputs }): Statement[] => JSON.parse(inputs.policy).Statement,
  );
  const refused: string[] = [];

  function allows(who: string | undefined, { context, ...ask }: Ask): boolean {
    // the stand-ins stand for TLS
    const full = { ...ask, context: { "aws:SecureTransport": "true", ...context } };
    const user = who === ACCESS_KEY.accessKeyId ? [...ofUser, ...(keptInR2(graph) ? [ANY_OBJECT] : [])] : [];
    const own = who === OPERATOR ? [EVERYTHING] : (byFunction.get(who ?? "") ?? user);
    return (
      own.some((statement) => statement.Effect === "Allow" && speaksOf(statement, full)) &&
      ![...own, ...denials].some((statement) => statement.Effect === "Deny" && speaksOf(statement, full))
    );
  }

  return {
    allows,
    refused,
    grants(who, ask) {
      const allowed = allows(who, ask);
      if (!allowed) refused.push(`${who} may not ${ask.action} on ${ask.resource}`);
      return allowed;
    },
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
function speaksOf({ Action, Resource, Condition = {} }: Statement, { action, resource, context = {} }: Ask): boolean {
  return (
    Action.some((pattern) => like(pattern, action)) &&
    Resource.some((pattern) => like(pattern, resource)) &&
    Object.entries(Condition).every(([test, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(test, values, context[key])),
    )
  );
}

/** @throws Error for a kind of condition that is not known here */
function holds(test: string, values: string[], actual: string | undefined): boolean {
  switch (test) {
    case "StringLike":
      return actual !== undefined && values.some((pattern) => like(pattern, actual));
    case "Bool":
      return actual !== undefined && values.includes(actual);
    case "Null":
      return values.includes(String(actual === undefined));
    default:
      throw new Error(`No condition ${test} is known to the stand-in for IAM`);
  }
}

function like(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

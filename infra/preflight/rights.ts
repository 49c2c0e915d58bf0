import { GetRoleCommand, IAMClient, paginateSimulatePrincipalPolicy } from "@aws-sdk/client-iam";
import { type Finding, type Target, unknown } from "./check.ts";
import type { Identity } from "./credentials.ts";
import { type Names, resourcesNamed } from "./rights-needed.ts";

const TODO =
  "have an administrator grant them, or deploy with AdministratorAccess; if they are granted under conditions, --skip-preflight";

/**
 * Whether these credentials may do what a deployment does. IAM is asked to judge, on any resource first and
 * then on resources of this deployment's names: it knows policies, boundaries and an organisation's rules, and
 * nothing of policies on resources
 * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html). Who may not ask
 * is warned only: whoever deploys with few rights often has none to look at them.
 */
export async function checkRights(
  { region, client: options }: Target,
  { arn, account }: Identity,
  { actions, stage }: { actions: readonly string[]; stage: string },
): Promise<Finding> {
  if (/:root$/.test(arn))
    return { state: "warning", says: "root may do everything", todo: "give yourself a user of your own instead" };
  const client = new IAMClient({ region, ...options });
  try {
    const principal = await principalOf(client, arn);
    if (principal === undefined) return unknown("rights", new Error(`IAM does not judge ${arn}`));
    const names: Names = { partition: arn.split(":")[1] ?? "aws", region, account, stage };

    const anywhere = await notAllowed(client, principal, actions, ["*"]);
    const missing = await Promise.all(
      Object.entries(byService(anywhere)).map(async ([service, some]) => {
        const resources = resourcesNamed(service, names);
        return resources.length === 0 ? some : notAllowed(client, principal, some, resources);
      }),
    ).then((each) => each.flat());
    if (missing.length === 0) return { state: "ok", says: `all ${actions.length} that a deployment takes` };
    return { state: "failed", says: `${missing.length} are missing: ${missing.join(", ")}`, todo: TODO };
  } catch (error) {
    return unknown("rights", error);
  } finally {
    client.destroy();
  }
}

/** Those of the actions that are allowed on none of the resources. */
async function notAllowed(
  client: IAMClient,
  PolicySourceArn: string,
  actions: readonly string[],
  resources: string[],
): Promise<string[]> {
  const allowed = new Set<string | undefined>();
  const pages = paginateSimulatePrincipalPolicy(
    { client },
    { PolicySourceArn, ActionNames: [...actions], ResourceArns: resources },
  );
  for await (const { EvaluationResults = [] } of pages) {
    for (const { EvalActionName, EvalDecision, ResourceSpecificResults = [] } of EvaluationResults) {
      const decisions = [EvalDecision, ...ResourceSpecificResults.map((result) => result.EvalResourceDecision)];
      if (decisions.includes("allowed")) allowed.add(EvalActionName);
    }
  }
  return actions.filter((action) => !allowed.has(action));
}

function byService(actions: readonly string[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const action of actions) {
    const [service = ""] = action.split(":");
    groups[service] = [...(groups[service] ?? []), action];
  }
  return groups;
}

/** The user or role whose policies count; a session's ARN leaves out its role's path. */
async function principalOf(client: IAMClient, arn: string): Promise<string | undefined> {
  if (/:user\//.test(arn)) return arn;
  const RoleName = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (RoleName === undefined) return undefined;
  return (await client.send(new GetRoleCommand({ RoleName }))).Role?.Arn;
}

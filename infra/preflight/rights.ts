import { GetRoleCommand, IAMClient, paginateSimulatePrincipalPolicy } from "@aws-sdk/client-iam";
import { type Finding, type Target, unknown } from "./check.ts";
import type { Identity } from "./credentials.ts";

const TODO = "have an administrator grant them, or deploy with credentials that have AdministratorAccess";

/**
 * Whether these credentials may do what a deployment does. IAM is asked to judge, on any resource: that
 * knows policies, boundaries and an organisation's rules, and nothing of policies on resources
 * (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html). Who may not ask
 * is warned only: whoever deploys with few rights often has none to look at them.
 */
export async function checkRights(
  { region, patience }: Target,
  { arn }: Identity,
  actions: readonly string[],
): Promise<Finding> {
  if (/:root$/.test(arn))
    return { state: "warning", says: "root may do everything", todo: "give yourself a user of your own instead" };
  const client = new IAMClient({ region, ...patience });
  try {
    const principal = await principalOf(client, arn);
    if (principal === undefined) return unknown("rights", new Error(`IAM does not judge ${arn}`));
    const missing: string[] = [];
    const pages = paginateSimulatePrincipalPolicy(
      { client },
      { PolicySourceArn: principal, ActionNames: [...actions] },
    );
    for await (const { EvaluationResults = [] } of pages)
      missing.push(
        ...EvaluationResults.flatMap(({ EvalActionName = "", EvalDecision }) =>
          EvalDecision === "allowed" ? [] : [EvalActionName],
        ),
      );
    if (missing.length === 0) return { state: "ok", says: `all ${actions.length} that a deployment takes` };
    return { state: "failed", says: `${missing.length} are missing: ${missing.join(", ")}`, todo: TODO };
  } catch (error) {
    return unknown("rights", error);
  } finally {
    client.destroy();
  }
}

/** The user or role whose policies count; a session's ARN leaves out its role's path. */
async function principalOf(client: IAMClient, arn: string): Promise<string | undefined> {
  if (/:user\//.test(arn)) return arn;
  const RoleName = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (RoleName === undefined) return undefined;
  return (await client.send(new GetRoleCommand({ RoleName }))).Role?.Arn;
}

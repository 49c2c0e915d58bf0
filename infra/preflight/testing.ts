import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished, vi } from "vitest";
import { listen } from "../deployed/listen.ts";
import type { Target } from "./check.ts";

/** What AWS answers to one action. */
export interface Answer {
  status?: number;
  body: string | object;
  headers?: Record<string, string>;
}

export const USER = "arn:aws:iam::123456789012:user/ada";
export const ROLE = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Admin";

/** An answer of STS and IAM: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
export const xml = (action: string, result: string): Answer => ({
  body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`,
});
export const xmlError = (code: string, message: string, status = 403): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
});
/** A refusal of Lambda's. */
export const lambdaError = (name: string, message: string, status = 403): Answer => ({
  status,
  body: { Message: message, Type: "User" },
  headers: { "x-amzn-errortype": name },
});

export const callerIs = (arn: string): Answer =>
  xml("GetCallerIdentity", `<Arn>${arn}</Arn><UserId>AIDA</UserId><Account>123456789012</Account>`);

/** How IAM judges: `true` is allowed. */
export type Judge = (action: string, resource: string) => boolean;

const listed = (form: URLSearchParams, name: string) =>
  [...form].filter(([key]) => key.startsWith(`${name}.`)).map(([, value]) => value);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html */
const judged = (form: URLSearchParams, judge: Judge): Answer => {
  const decision = (may: boolean) => (may ? "allowed" : "implicitDeny");
  const resources = listed(form, "ResourceArns");
  const results = listed(form, "ActionNames").map((action) => {
    const each = resources.map((resource) => ({ resource, may: judge(action, resource) }));
    const specific = each.map(
      ({ resource, may }) =>
        `<member><EvalResourceName>${resource}</EvalResourceName><EvalResourceDecision>${decision(may)}</EvalResourceDecision></member>`,
    );
    return `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${decision(each.every(({ may }) => may))}</EvalDecision><ResourceSpecificResults>${specific.join("")}</ResourceSpecificResults></member>`;
  });
  return xml(
    "SimulatePrincipalPolicy",
    `<IsTruncated>false</IsTruncated><EvaluationResults>${results.join("")}</EvaluationResults>`,
  );
};

/** An account in which nothing is missing. */
const WELL: Record<string, Answer> = {
  GetCallerIdentity: callerIs(USER),
  GetRole: xml("GetRole", `<Role><Arn>${ROLE}</Arn><RoleName>Admin</RoleName></Role>`),
  GetAccountSettings: { body: { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 900 } } },
  ListDurableExecutions: lambdaError("ResourceNotFoundException", "Function not found", 404),
};

/**
 * STS, IAM and Lambda on this machine for one test, and the environment by which AWS's clients find them:
 * a key, a region, no profile.
 * @param change answers that are another; `judge` is IAM's, which allows everything
 */
export async function onAws(change: Record<string, Answer> = {}, judge: Judge = () => true) {
  const asked: URLSearchParams[] = [];
  const signedBy = new Set<string | undefined>();
  const aws = await listen(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    asked.push(form);
    signedBy.add(/Credential=(\w+)\//.exec(request.headers.authorization ?? "")?.[1]);
    const path = request.url ?? "";
    const action =
      form.get("Action") ?? (path.includes("account-settings") ? "GetAccountSettings" : "ListDurableExecutions");
    const answer = change[action] ?? (action === "SimulatePrincipalPolicy" ? judged(form, judge) : WELL[action]);
    const { status = 200, body = "", headers } = answer ?? { status: 500 };
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  onTestFinished(aws.close);
  environment({ AWS_ENDPOINT_URL: aws.url });
  return { url: aws.url, asked, signedBy };
}

/** The environment of somebody with a key and a region, and nothing else of AWS; gone after the test. */
export function environment(change: Record<string, string | undefined>): void {
  const nothing = ["AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "INFILL_DOMAIN"];
  const all = {
    ...Object.fromEntries(nothing.map((name) => [name, undefined])),
    AWS_REGION: "us-east-2",
    AWS_ACCESS_KEY_ID: "AKIAOFFLINE",
    AWS_SECRET_ACCESS_KEY: "secretsecret",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    ...change,
  };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

/** A folder with these files, gone after the test. @returns its path */
export async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "infill-preflight-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** Where nobody listens. */
export const NOWHERE = "http://127.0.0.1:9";
export const TARGET: Target = {
  region: "us-east-2",
  client: { maxAttempts: 1, requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 } },
};

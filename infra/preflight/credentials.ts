import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Finding, Target } from "./check.ts";
import { type AwsTrouble, troubleOf } from "./trouble.ts";

/** Whose credentials they are. */
export interface Identity {
  account: string;
  /** `arn:aws:iam::123456789012:user/ada`, `arn:aws:sts::123456789012:assumed-role/{role}/{session}`, … */
  arn: string;
}

/** Asks AWS who we are: the one question that credentials of any kind may ask. */
export async function checkCredentials(
  { region, client: options }: Target,
  profile: string | undefined,
): Promise<{ finding: Finding; identity?: Identity }> {
  const client = new STSClient({ region, ...options });
  try {
    const { Account = "", Arn = "" } = await client.send(new GetCallerIdentityCommand({}));
    return { finding: { state: "ok", says: `account ${Account} as ${Arn}` }, identity: { account: Account, arn: Arn } };
  } catch (error) {
    return { finding: { state: "failed", ...explain(troubleOf(error), region, profile) } };
  } finally {
    client.destroy();
  }
}

function explain(
  { kind, name, words }: AwsTrouble,
  region: string,
  profile: string | undefined,
): { says: string; todo: string } {
  const whose = profile === undefined ? "" : ` of the profile ${profile}`;
  const login = `aws sso login${profile === undefined ? "" : ` --profile ${profile}`}`;
  if (kind === "unreachable")
    return { says: `AWS does not answer (${words})`, todo: `check the network, and that ${region} is a region` };
  const notFound = name === "CredentialsProviderError" || name === "TokenProviderError";
  // of Identity Center the search for credentials says "expired" or "invalid", and the command that helps
  if (/expired/i.test(name) || (notFound && /sso login|expired/i.test(words)))
    return { says: `the session${whose} has expired`, todo: `${login}, or take new temporary keys` };
  if (/signature (?:expired|not yet current)/i.test(words))
    return { says: "AWS finds that this machine's clock is wrong", todo: "set the clock, and deploy again" };
  if (notFound) {
    if (profile !== undefined)
      return {
        says: `the profile ${profile} has none: ${words}`,
        todo: "aws configure list-profiles names those there are; AWS_PROFILE chooses one",
      };
    return {
      says: "none were found",
      todo: "aws configure sso, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (docs/deploy.md)",
    };
  }
  if (kind === "credentials")
    return {
      says: `AWS does not accept those${whose || " it was given"} (${name})`,
      todo: "the key was deleted, deactivated or mistyped: make a new one, or choose another AWS_PROFILE",
    };
  return { says: `AWS did not say who we are: ${words}`, todo: "aws sts get-caller-identity should answer" };
}

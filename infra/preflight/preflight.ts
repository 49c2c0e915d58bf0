import { type Finding, targetOf } from "./check.ts";
import { checkCloudflare } from "./cloudflare.ts";
import { checkConcurrency } from "./concurrency.ts";
import { checkCredentials } from "./credentials.ts";
import { checkDurableFunctions } from "./durable-functions.ts";
import { checkRegion, findRegion } from "./region.ts";
import { checkRights } from "./rights.ts";
import { rightsNeeded } from "./rights-needed.ts";

/** What came of all checks. */
export interface Preflight {
  /** Nothing stands in a deployment's way, as far as can be known. */
  passed: boolean;
  /** Functions that may run at once, where AWS said so. */
  concurrency?: number;
}

const MARKS: Record<Finding["state"], string> = { ok: "✓", warning: "!", failed: "✗" };

/**
 * Looks at what a deployment needs before it begins: half a deployment takes longer to understand than a
 * sentence. What the region and the credentials say decides whether the rest is asked at all.
 * @param print gets one line a check, and one more where something is to be done
 */
export async function preflight(
  { env, stage }: { env: NodeJS.ProcessEnv; stage: string },
  print: (line: string) => void,
): Promise<Preflight> {
  const tell = (what: string, { state, says, todo }: Finding): boolean => {
    print(`${MARKS[state]} ${what.padEnd(17)} ${says}`);
    if (todo !== undefined) print(`  ${"".padEnd(17)} → ${todo}`);
    return state !== "failed";
  };

  const region = await findRegion(env);
  if (!tell("region", checkRegion(region)) || region === undefined) return { passed: false };
  const target = targetOf(region, env);
  const profile = target.client.credentials === undefined ? env["AWS_PROFILE"] || undefined : undefined;

  const { finding, identity } = await checkCredentials(target, profile);
  if (!tell("credentials", finding) || identity === undefined) return { passed: false };

  const [durable, lambda, rights] = await Promise.all([
    checkDurableFunctions(target),
    checkConcurrency(target),
    checkRights(target, identity, {
      stage,
      actions: rightsNeeded({
        domain: Boolean(env["INFILL_DOMAIN"]),
        edge: Boolean(env["INFILL_EDGE"]),
        deliveries: Boolean(env["INFILL_DELIVERIES"]),
      }),
    }),
  ]);
  const cloudflare = checkCloudflare(env);
  const passed = [
    tell("durable functions", durable),
    tell("concurrency", lambda.finding),
    tell("rights", rights),
    cloudflare === undefined || tell("cloudflare", cloudflare),
  ].every(Boolean);
  return { passed, ...(lambda.concurrency === undefined ? {} : { concurrency: lambda.concurrency }) };
}

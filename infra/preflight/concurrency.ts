import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type Finding, type Target, unknown } from "./check.ts";

/** A new account may run ten functions at once. Held answers, looks and deliveries of some dozen callers need more. */
const ENOUGH = 100;

/** Lambda's quota "Concurrent executions": https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const QUOTA = "L-B99A9384";

/** How many functions may run at once in this account and region, as far as no other function has them reserved. */
export async function checkConcurrency({
  region,
  client: options,
}: Target): Promise<{ finding: Finding; concurrency?: number }> {
  const client = new LambdaClient({ region, ...options });
  try {
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
    const concurrency = AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions;
    if (concurrency === undefined) return { finding: unknown("how many", "Lambda did not say") };
    const says = `${concurrency} functions may run at once`;
    if (concurrency >= ENOUGH) return { finding: { state: "ok", says }, concurrency };
    const todo = `enough to try it; for callers ask for ${ENOUGH * 10} (an increase costs nothing): aws service-quotas request-service-quota-increase --service-code lambda --quota-code ${QUOTA} --desired-value ${ENOUGH * 10} --region ${region}`;
    return { finding: { state: "warning", says, todo }, concurrency };
  } catch (error) {
    return { finding: unknown("how many functions may run at once", error) };
  } finally {
    client.destroy();
  }
}

import { STSClient } from "@aws-sdk/client-sts";
import type { Finding } from "./check.ts";

/** The region as AWS's tools find it: AWS_REGION, AWS_DEFAULT_REGION, or the profile's. `undefined` = nobody says one. */
export async function findRegion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  if (named) return named;
  const client = new STSClient({});
  try {
    return await client.config.region();
  } catch {
    return undefined; // neither does the profile
  } finally {
    client.destroy();
  }
}

/** SST would deploy to us-east-1 where nobody names a region: a stage in a place that nobody chose. */
export function checkRegion(region: string | undefined): Finding {
  if (region !== undefined && /^[a-z]{2,4}(-[a-z]+)+-\d$/.test(region)) return { state: "ok", says: region };
  return {
    state: "failed",
    says: region === undefined ? "none is set" : `${JSON.stringify(region)} is not the name of one`,
    todo: "export AWS_REGION=eu-west-1, or the region nearest to your callers",
  };
}

import type { Finding } from "./check.ts";

/**
 * Whether SST has what it takes to deploy to Cloudflare (https://sst.dev/docs/cloudflare); `undefined` where
 * nothing goes there.
 */
export function checkCloudflare(env: NodeJS.ProcessEnv): Finding | undefined {
  if (!env["INFILL_EDGE"] && env["INFILL_STORAGE"] !== "r2") return undefined;
  if (!env["CLOUDFLARE_API_TOKEN"])
    return {
      state: "failed",
      says: "there is no token",
      todo: "export CLOUDFLARE_API_TOKEN=…; docs/deploy.md says what it must allow",
    };
  const account = env["CLOUDFLARE_DEFAULT_ACCOUNT_ID"];
  if (account) return { state: "ok", says: `account ${account}` };
  return {
    state: "warning",
    says: "no account is named",
    todo: "export CLOUDFLARE_DEFAULT_ACCOUNT_ID=…; without it, it is the first account that the token may see",
  };
}

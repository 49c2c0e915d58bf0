import { type Runtime, startReceiver } from "@infill/functions/testing";
import type { Deployed } from "./start.ts";

/** An app's host on the internet that the functions see. */
const HOOKS = "hooks.example.com";

/** What the HTTP suite needs, and the deployed system it is driven through. */
export interface DeployedRuntime extends Runtime {
  deployed: Deployed;
}

/** @param start starts a deployed system, given hosts and the origins on this machine at which they are */
export async function startDeployedRuntime(
  start: (internet: Record<string, string>) => Promise<Deployed>,
): Promise<DeployedRuntime> {
  const hooks = await startReceiver([200]);
  const deployed = await start({ [HOOKS]: hooks.url });
  const { url, modelsLab, records, objects, newKey, elapse, quiet, until, during } = deployed;
  return {
    deployed,
    url,
    modelsLab,
    records,
    newKey,
    elapse,
    quiet,
    during,
    advanceUntil: until,
    stored: async (key) => ((await objects.readStart(key, 1))?.head.size ?? 0) > 1,
    async receiver(statuses) {
      hooks.reset(statuses);
      return { ...hooks, url: `https://${HOOKS}/infill`, [Symbol.asyncDispose]: async () => {} };
    },
    clock: { now: Date.now, cannotAdvance: "the functions are processes, and live in real time" },
    async [Symbol.asyncDispose]() {
      await deployed[Symbol.asyncDispose]();
      await hooks[Symbol.asyncDispose]();
    },
  };
}

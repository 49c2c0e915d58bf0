/** The deployed system as a target of `npm run bench -- load`: deployed here, for this machine, and kept going. */
import { setTimeout as wait } from "node:timers/promises";
import { answerParent, behaveUnderLoad } from "../../packages/bench/src/load/answer.ts";
import { production } from "../offline/stages.ts";
import { deployForThisMachine } from "./deployment.ts";
import { startDeployed } from "./start.ts";

const deployed = await startDeployed(await deployForThisMachine({ ...production, stage: "load" }));
behaveUnderLoad(deployed.modelsLab);
const apiKey = await deployed.newKey("load");

let stopped = false;
const going = (async () => {
  // the table's stream is read, and no virtual time passes: what is open stays open
  while (!stopped) {
    await deployed.quiet();
    await wait(5);
  }
})();
answerParent({ url: deployed.url, apiKey }, deployed.modelsLab, async () => {
  stopped = true;
  await going;
  await deployed[Symbol.asyncDispose]();
});

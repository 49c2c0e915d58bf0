/** The local stack as a target: see `target.ts`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startModelsLab } from "@infill/simulators";
import { startStack } from "../../../cli/src/stack/stack.ts";
import { answerParent, behaveUnderLoad } from "./answer.ts";

const KEY = "simulated";

const dataDirectory = mkdtempSync(join(tmpdir(), "infill-load-"));
const modelsLab = await startModelsLab({ keys: [KEY], maxQueued: 1000 });
behaveUnderLoad(modelsLab);
const stack = await startStack({
  dataDirectory,
  port: 0,
  providers: { modelslab: { key: KEY, baseUrl: modelsLab.url, simulated: true } },
});
answerParent({ url: stack.url, apiKey: stack.apiKey }, modelsLab, async () => {
  await stack.close();
  await modelsLab.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

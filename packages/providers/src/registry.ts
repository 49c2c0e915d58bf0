import type { ModelRecord } from "@infill/core";
import { oneMinModels } from "./1min/models.ts";
import { bedrockModels } from "./bedrock/models.ts";
import { bflModels } from "./bfl/models.ts";
import { falModels } from "./fal/models.ts";
import { ideogramModels } from "./ideogram/models.ts";
import { modelsLabModels } from "./modelslab/models.ts";
import { openAiModels } from "./openai/models.ts";
import { stabilityModels } from "./stability/models.ts";

export interface ProviderEntry {
  models: readonly ModelRecord[];
  /** The secret that holds its key: a provider without it is listed and cannot be used. */
  secretName?: string;
  /** Of a provider that needs no key: the setting that turns it on, an AWS region. */
  setting?: `INFILL_${string}`;
  /** How many edits one account may have with it at once, by its smallest plan. */
  atOnce?: number;
}

/**
 * Every provider, by name. A new one is a folder of that name, a line here and a call of the contract
 * suite. What talks to the vendor is not in here but behind `loadProvider`: what only lists models is
 * neither slowed by it nor carries it.
 */
export const registry: Readonly<Record<string, ProviderEntry>> = {
  modelslab: { models: modelsLabModels, secretName: "MODELSLAB_API_KEY", atOnce: 5 },
  "1min": { models: oneMinModels, secretName: "ONEMIN_API_KEY" },
  openai: { models: openAiModels, secretName: "OPENAI_API_KEY" },
  stability: { models: stabilityModels, secretName: "STABILITY_API_KEY" },
  ideogram: { models: ideogramModels, secretName: "IDEOGRAM_API_KEY" },
  bfl: { models: bflModels, secretName: "BFL_API_KEY" },
  fal: { models: falModels, secretName: "FAL_API_KEY" },
  bedrock: { models: bedrockModels, setting: "INFILL_BEDROCK" },
};

/** How many edits each provider takes at once from one account, where there is such a limit. */
export const atOnce: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(registry).flatMap(([name, { atOnce: most }]) => (most === undefined ? [] : [[name, most]])),
);

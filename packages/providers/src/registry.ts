import type { ModelRecord } from "@infill/core";
import { bedrockModels } from "./bedrock/models.ts";
import { modelsLabModels } from "./modelslab/models.ts";
import { stabilityModels } from "./stability/models.ts";

export interface ProviderEntry {
  models: readonly ModelRecord[];
  /** The secret that holds its key: a provider without it is listed and cannot be used. */
  secretName?: string;
  /** Of a provider that needs no key: the setting that turns it on, an AWS region. */
  setting?: `INFILL_${string}`;
}

/**
 * Every provider, by name. A new one is a folder of that name, a line here and a call of the contract
 * suite. What talks to the vendor is not in here but behind `loadProvider`: what only lists models is
 * neither slowed by it nor carries it.
 */
export const registry: Readonly<Record<string, ProviderEntry>> = {
  modelslab: { models: modelsLabModels, secretName: "MODELSLAB_API_KEY" },
  bedrock: { models: bedrockModels, setting: "INFILL_BEDROCK" },
  stability: { models: stabilityModels, secretName: "STABILITY_API_KEY" },
};

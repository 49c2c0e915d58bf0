import type { ModelRecord, Provider } from "@infill/core";
import type { Http } from "./http.ts";
import type { KeyVerdict } from "./key-verdict.ts";
import { checkModelsLabKey, createModelsLab, modelsLabModels } from "./modelslab/index.ts";

/** What any provider is made of; the composition root gives it. */
export interface ProviderDeps {
  http: Http;
  /** Read before every request. */
  key: () => Promise<string>;
  /** Instead of the vendor's own. */
  baseUrl?: string;
  /** The base URL is a simulator's. */
  simulated?: boolean;
  /** This deployment cannot be reached over https: send pictures inline, ask for no callback. */
  inlineImages?: boolean;
  /** Micro-USD per result, instead of the record's. */
  price?: number;
}

export interface ProviderEntry {
  models: readonly ModelRecord[];
  /** The secret that holds its key: a provider without it is listed and cannot be used. */
  secretName: string;
  create(deps: ProviderDeps): Provider;
  /** Asks the vendor something that costs nothing and that only a good key is answered. Never rejects. */
  checkKey?(deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">): Promise<KeyVerdict>;
}

/** Every provider, by name. A new one is a folder or a file, a line here and a call of the contract suite. */
export const registry: Readonly<Record<string, ProviderEntry>> = {
  modelslab: {
    models: modelsLabModels,
    secretName: "MODELSLAB_API_KEY",
    create: createModelsLab,
    checkKey: checkModelsLabKey,
  },
};

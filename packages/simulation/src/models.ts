import type { Catalogue, ModelRecord } from "@infill/core";

/** How each vendor takes work. */
export const VENDORS = {
  /** Takes work, calls back, and may be asked. */
  alpha: { sync: false, callsBack: true, polled: true },
  /** Answers at once; some of its answers have an id, and may be asked for again. */
  beta: { sync: true, callsBack: false, polled: true },
  /** Takes work, never calls, and must be asked. */
  gamma: { sync: false, callsBack: false, polled: true },
} as const;
export type VendorName = keyof typeof VENDORS;

const model = (provider: VendorName, name: string, perResult: number): ModelRecord => ({
  id: `${provider}/${name}`,
  provider,
  description: "A model of the simulation's",
  replace: { prompt: "required", defaults: { grow: 0.01, feather: 0.01 } },
  maxPromptLength: 1000,
  options: { seed: { type: "integer", min: 0, max: 1000 }, n: { type: "integer", min: 1, max: 2 } },
  providerOptions: {},
  sizes: { kind: "range", min: 1, max: 4096, multipleOf: 1, preferred: 16 },
  mask: { convention: "white", soft: true },
  outputFormats: ["png", "jpeg", "webp"],
  price: { perResult, source: "the simulation", asOf: "2026-01-01" },
  typicalSeconds: 10,
});

export const MODELS: readonly ModelRecord[] = [
  model("alpha", "one", 40_000),
  model("alpha", "two", 25_000),
  model("beta", "one", 30_000),
  model("gamma", "one", 10_000),
];

const byId = new Map(MODELS.map((each) => [each.id, each]));

export const catalogue: Catalogue = {
  models: () => MODELS,
  model: (id) => byId.get(id),
  unavailable: () => undefined,
  aliases: () => ({ best: ["alpha/one", "beta/one"] }),
  fallbacks: (name) => (name === "gamma/one" ? ["alpha/two"] : []),
  slots: () => undefined,
};

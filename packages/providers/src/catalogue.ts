import { type Catalogue, CONFIGURED, type ModelRecord } from "@infill/core";

/** What an operator says about models, beside their keys. */
export interface CatalogueSettings {
  /** Micro-USD per result by model, instead of the record's: a whole number ≥ 0. */
  prices?: Readonly<Record<string, number>>;
  /** Models to try next, by the model or short name that a caller named alone. */
  fallbacks?: Readonly<Record<string, readonly string[]>>;
  /** How many edits a provider takes at once, instead of what it is known for; `null` lifts that. */
  slots?: Readonly<Record<string, number | null>>;
}

export interface CatalogueOptions extends CatalogueSettings {
  records: readonly ModelRecord[];
  /** Names of the providers that have what they need. */
  configured: Iterable<string>;
  /** Why a provider that is not configured cannot be used, by its name. */
  reasons?: Readonly<Record<string, string>>;
  /** Short names, and the models that each may stand for, best first. */
  aliases?: Readonly<Record<string, readonly string[]>>;
  /** How many edits each provider takes at once from one account, where there is such a limit. */
  atOnce?: Readonly<Record<string, number>>;
}

/**
 * The models this deployment knows, and which it can use. Holds no client: listing models loads no HTTP stack.
 *
 * @throws Error when two records share an id, an id does not start with its provider's name, or a setting
 *   names a model there is not, or prices a short name
 */
export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { reasons = {}, aliases = {}, prices = {}, fallbacks = {}, atOnce = {} } = options;
  const slots = new Map<string, number | null>(Object.entries({ ...atOnce, ...options.slots }));
  const configured = new Set(options.configured);
  const byId = new Map<string, ModelRecord>();
  for (const record of options.records) {
    if (byId.has(record.id)) throw new Error(`Two models are called ${record.id}`);
    if (!record.id.startsWith(`${record.provider}/`)) {
      throw new Error(`The model ${record.id} must be called ${record.provider}/…`);
    }
    const price = prices[record.id];
    byId.set(record.id, price === undefined ? record : reprice(record, price));
  }
  const known = (name: string) => byId.has(name) || Object.hasOwn(aliases, name);
  const priced = Object.keys(prices);
  const named = {
    "A price": priced,
    "A fallback": Object.entries(fallbacks).flatMap(([name, others]) => [name, ...others]),
    "A short name": Object.values(aliases).flat(),
  };
  for (const [what, names] of Object.entries(named)) {
    const unknown = names.find((name) => !known(name));
    if (unknown !== undefined) throw new Error(`${what} is set for the model ${unknown}, which there is not`);
  }
  const short = priced.find((name) => !byId.has(name));
  if (short !== undefined) {
    const ids = aliases[short]?.join(" or ");
    throw new Error(`A price is of one model, and ${short} is a short name: set that of ${ids}`);
  }
  const providers = new Set(options.records.map(({ provider }) => provider));
  const nobody = Object.keys(options.slots ?? {}).find((provider) => !providers.has(provider));
  if (nobody !== undefined)
    throw new Error(`A setting gives slots to the provider ${nobody}, which is none of ${[...providers].join(", ")}`);
  return {
    models: () => [...byId.values()],
    model: (id) => byId.get(id),
    unavailable: ({ provider }) =>
      configured.has(provider) ? undefined : (reasons[provider] ?? `The provider ${provider} is not configured`),
    aliases: () => aliases,
    slots: (provider) => slots.get(provider) ?? undefined,
    fallbacks: (name) => (Object.hasOwn(fallbacks, name) ? (fallbacks[name] ?? []) : []),
  };
}

/** @throws RangeError for a price that is none */
function reprice(record: ModelRecord, perResult: number): ModelRecord {
  if (!Number.isSafeInteger(perResult) || perResult < 0) {
    throw new RangeError(`A price is a whole number of micro-USD, 0 or more, not ${perResult}`);
  }
  return { ...record, price: { perResult, source: CONFIGURED, asOf: record.price.asOf } };
}

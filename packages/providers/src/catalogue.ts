import type { Catalogue, ModelRecord } from "@infill/core";

/**
 * The models this deployment knows, and which it can use. Holds no client: listing models loads no HTTP stack.
 *
 * @param options.configured names of the providers that have what they need
 * @param options.reasons why a provider that is not configured cannot be used, by its name
 * @throws Error when two records share an id, or an id does not start with its provider's name
 */
export function createCatalogue(options: {
  records: readonly ModelRecord[];
  configured: Iterable<string>;
  reasons?: Readonly<Record<string, string>>;
}): Catalogue {
  const { records, reasons = {} } = options;
  const configured = new Set(options.configured);
  const byId = new Map<string, ModelRecord>();
  for (const record of records) {
    if (byId.has(record.id)) throw new Error(`Two models are called ${record.id}`);
    if (!record.id.startsWith(`${record.provider}/`)) {
      throw new Error(`The model ${record.id} must be called ${record.provider}/…`);
    }
    byId.set(record.id, record);
  }
  return {
    models: () => records,
    model: (id) => byId.get(id),
    unavailable: ({ provider }) =>
      configured.has(provider) ? undefined : (reasons[provider] ?? `The provider ${provider} is not configured`),
  };
}

/**
 * The same models at the operator's own price.
 * @param perResult micro-USD, a whole number ≥ 0
 * @throws RangeError otherwise
 */
export function repriced(records: readonly ModelRecord[], perResult: number): ModelRecord[] {
  if (!Number.isSafeInteger(perResult) || perResult < 0) {
    throw new RangeError(`A price is a whole number of micro-USD, 0 or more, not ${perResult}`);
  }
  return records.map((record) => ({
    ...record,
    price: { perResult, source: "configured", asOf: record.price.asOf },
  }));
}

import type { Catalogue, Provider } from "@infill/core";
import { aliases, loadProvider, registry } from "@infill/providers";
import { type CatalogueSettings, createCatalogue } from "@infill/providers/catalogue";
import type { Http } from "@infill/providers/http";

/** What every simulated vendor has. */
interface Simulator {
  url: string;
  close(): Promise<void>;
}

/** The key that every simulator is to be started with. */
export const VENDOR_KEY = "key";

/**
 * Providers that ask simulators over real HTTP, their pictures sent inline, and a catalogue in which they alone
 * are configured.
 * @param vendors simulators by provider name, closed together
 */
export async function composeVendors(
  vendors: Readonly<Record<string, Simulator>>,
  http: Http,
  settings: CatalogueSettings & { atOnce?: Readonly<Record<string, number>> } = {},
): Promise<{ catalogue: Catalogue; providers: Map<string, Provider>; close(): Promise<void> }> {
  const create = async ([name, { url }]: [string, Simulator]): Promise<[string, Provider]> => {
    const code = await loadProvider(name);
    const access = { http, key: async () => VENDOR_KEY, baseUrl: url, simulated: true, inlineImages: true };
    return [name, code.create(access)];
  };
  return {
    providers: new Map(await Promise.all(Object.entries(vendors).map(create))),
    catalogue: createCatalogue({
      ...settings,
      records: Object.values(registry).flatMap(({ models }) => models),
      configured: Object.keys(vendors),
      aliases,
    }),
    async close() {
      await Promise.all(Object.values(vendors).map((vendor) => vendor.close()));
    },
  };
}

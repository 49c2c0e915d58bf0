import { availableParallelism } from "node:os";
import type { Catalogue, Clock, Provider } from "@infill/core";
import { createLocalProvider, localModels } from "@infill/local";
import { type AwsAccess, aliases, atOnce, loadProvider, registry } from "@infill/providers";
import { type CatalogueSettings, createCatalogue } from "@infill/providers/catalogue";
import type { Http } from "@infill/providers/http";
import pLimit from "p-limit";

/** One vendor as this stack uses it. */
export interface ProviderAccess {
  /** Empty where the vendor needs none. */
  key: string;
  /** Of a vendor that is an AWS service. */
  aws?: AwsAccess;
  /** Instead of the vendor's own. */
  baseUrl?: string;
  /** The base URL is a simulator's: answers say so. */
  simulated?: boolean;
  /** Pictures travel inline and no callback is asked for, as with any vendor that cannot reach this stack. */
  unreachable?: boolean;
}

const AWS_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/** Which vendors can be used, by provider name. One that is not listed is shown, and cannot be used. */
export type ProviderSettings = Readonly<Record<string, ProviderAccess>>;

/** Vendors that run on this machine may call back over plain http and be answered so. */
export const onThisMachine = ({ baseUrl }: ProviderAccess): boolean =>
  baseUrl !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(new URL(baseUrl).hostname);

/** Every provider of the registry that has what it needs, and the local one, which needs nothing. */
export async function composeProviders(
  settings: ProviderSettings,
  deps: {
    http: { inside: Http; outside: Http };
    reachable: (provider: string) => boolean;
    clock: Pick<Clock, "now">;
    catalogue?: CatalogueSettings | undefined;
  },
): Promise<{ byName: Map<string, Provider>; catalogue: Catalogue }> {
  const createIfSet = async (name: string): Promise<[string, Provider][]> => {
    const access = settings[name];
    if (access === undefined) return [];
    const { key, unreachable: _, ...rest } = access;
    const http = onThisMachine(access) ? deps.http.inside : deps.http.outside;
    const { create } = await loadProvider(name);
    const inlineImages = !deps.reachable(name);
    return [[name, create({ ...rest, http, key: async () => key, inlineImages, now: () => deps.clock.now() })]];
  };
  const entries = Object.entries(registry);
  const created = (await Promise.all(Object.keys(registry).map(createIfSet))).flat();
  const byName = new Map<string, Provider>([["local", oneACore(createLocalProvider())], ...created]);
  const catalogue = createCatalogue({
    ...deps.catalogue,
    aliases,
    atOnce,
    records: [...localModels, ...entries.flatMap(([, { models }]) => models)],
    configured: byName.keys(),
    reasons: Object.fromEntries(
      entries.map(([name, { secretName, setting }]) => [
        name,
        secretName === undefined
          ? `${name} is off; set ${setting} to an AWS region, with ${AWS_KEYS}, or start with --simulate to try it without`
          : `there is no key for ${name}; set ${secretName}, or start with --simulate to try it without one`,
      ]),
    ),
  });
  return { byName, catalogue };
}

/** A model that computes here: as many at a time as there are cores. */
function oneACore(provider: Provider): Provider {
  const turn = pLimit(availableParallelism());
  return { ...provider, submit: (request, call) => turn(() => provider.submit(request, call)) };
}

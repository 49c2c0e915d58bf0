import type { Catalogue } from "@infill/core";
import { aliases } from "@infill/providers/aliases";
import { createCatalogue } from "@infill/providers/catalogue";
import { atOnce, registry } from "@infill/providers/registry";
import { modelSettings, required } from "./environment.ts";
import { sstSecretName } from "./secret-names.ts";

/** Names of the vendors that have a key in this deployment. */
export const configuredProviders = (): string[] => required("PROVIDERS").split(",").filter(Boolean);

/** Every model there is, and which can be used here. */
export const catalogue = (): Catalogue =>
  createCatalogue({
    records: Object.values(registry).flatMap(({ models }) => models),
    configured: configuredProviders(),
    aliases,
    atOnce,
    ...modelSettings(),
    reasons: Object.fromEntries(
      Object.entries(registry).map(([name, { secretName, setting }]) => [
        name,
        secretName === undefined
          ? `${name} is off; set ${setting} to an AWS region and deploy`
          : `there is no key for ${name}; \`sst secret set ${sstSecretName(secretName)} …\` and deploy`,
      ]),
    ),
  });

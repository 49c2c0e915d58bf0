import { sstSecretName } from "@infill/functions/secret-names";
import { loadProvider, registry } from "@infill/providers";
import type { Http } from "@infill/providers/http";
import type { FoundStage } from "../aws/deployed-stage.ts";
import type { Parameters } from "../aws/parameters.ts";
import type { Env } from "../settings.ts";
import type { Finding } from "./finding.ts";

/** Where vendors' keys are looked for. */
export interface KeyRing {
  /** How it stands with a vendor that needs no key: what its setting turns on. */
  keyless(provider: string, setting: string): Omit<Finding, "about">;
  /** @returns `undefined` where there is none. @throws Error when that cannot be told */
  read(provider: string, secretName: string): Promise<string | undefined>;
  /** How to give this vendor a key. */
  howTo(secretName: string): string;
}

/** The environment's: what a local stack would use. */
export const keysOf = (env: Env): KeyRing => ({
  read: async (_, secretName) => env[secretName] || undefined,
  keyless: (provider, setting) =>
    env[setting]
      ? { state: "unknown", says: `${setting} turns it on in ${env[setting]}; no free question tells more` }
      : {
          state: "unknown",
          says: "it is off",
          lacking: provider,
          todo: `export ${setting}=us-west-2, and AWS credentials`,
        },
  howTo: (secretName) => `export ${secretName}=…, or --stage S to look at a deployed stage's`,
});

/** What infra puts where nobody has set a secret: a parameter cannot be empty. */
const UNSET = "unset";

/** A deployed stage's: what its workflow reads. */
export const keysOfStage = (
  stage: string,
  { parameters, providerKeys }: Pick<FoundStage, "providerKeys"> & { parameters: Pick<Parameters, "read"> },
): KeyRing => ({
  async read(provider) {
    const key = await parameters.read(providerKeys + provider);
    return key === UNSET ? undefined : key;
  },
  // what a stage was deployed with is its API's to say
  keyless: (_, setting) => ({
    state: "unknown",
    says: `it needs no key; ${setting} turns it on when the stage is deployed`,
    todo: "npx infill models",
  }),
  howTo: (secretName) =>
    `npx sst secret set ${sstSecretName(secretName)} … --stage ${stage}, then npm run deploy -- --stage ${stage}`,
});

const STATES = { works: "ok", refused: "broken", unclear: "unknown" } as const;

/**
 * Asks each vendor whether it takes the key that is configured for it, by a question that costs nothing.
 * @param baseUrls instead of vendors' own addresses
 */
export function checkVendorKeys(
  ring: KeyRing,
  http: Http,
  baseUrls: Readonly<Record<string, string>> = {},
): Promise<Finding[]> {
  return Promise.all(
    Object.entries(registry).map(async ([provider, entry]): Promise<Finding> => {
      const { secretName, setting = "" } = entry;
      if (secretName === undefined) return { about: provider, ...ring.keyless(provider, setting) };
      const about = `${provider} key`;
      let key: string | undefined;
      try {
        key = await ring.read(provider, secretName);
      } catch (error) {
        const why = error instanceof Error ? error.message || error.name : String(error);
        return {
          state: "broken",
          about,
          says: `it cannot be read: ${why}`,
          todo: "aws sts get-caller-identity says who asks",
        };
      }
      if (key === undefined)
        return { state: "unknown", about, says: "there is none", lacking: provider, todo: ring.howTo(secretName) };
      const { checkKey } = await loadProvider(provider);
      if (checkKey === undefined) return { state: "unknown", about, says: "it is set; no free question tells more" };
      const configured = key;
      const baseUrl = baseUrls[provider];
      const verdict = await checkKey({
        http,
        key: async () => configured,
        ...(baseUrl === undefined ? {} : { baseUrl }),
      });
      return {
        state: STATES[verdict.key],
        about,
        says: verdict.key === "unclear" ? `could not tell: ${verdict.says}` : verdict.says,
        ...(verdict.key === "refused" ? { todo: ring.howTo(secretName) } : {}),
      };
    }),
  );
}

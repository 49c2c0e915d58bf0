import type { Provider } from "@infill/core";
import type { Http } from "./http.ts";
import type { KeyVerdict } from "./key-verdict.ts";

/** The right to use AWS, for what is an AWS service itself. */
export interface AwsAccess {
  region: string;
  /** Asked before every request. */
  credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;
}

/** What any provider is made of; the composition root gives it. */
export interface ProviderDeps {
  http: Http;
  /** Read before every request; nobody asks for it where the registry names no secret. */
  key: () => Promise<string>;
  /** Absent where nothing turned on a provider that needs it. */
  aws?: AwsAccess;
  /** Instead of the vendor's own. */
  baseUrl?: string;
  /** The base URL is a simulator's. */
  simulated?: boolean;
  /** This deployment cannot be reached over https: send pictures inline, ask for no callback. */
  inlineImages?: boolean;
  /** Instead of what the vendor is usually given. */
  timeoutMs?: { submit?: number; poll?: number; download?: number };
  /** ms since the epoch, to read rate-limit headers. */
  now?: () => number;
}

/** What talks to a vendor: the `provider` that its folder exports. */
export interface ProviderCode {
  create(deps: ProviderDeps): Provider;
  /** Asks the vendor something that costs nothing and that only a good key is answered. Never rejects. */
  checkKey?(deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">): Promise<KeyVerdict>;
}

/**
 * The code of a provider of the registry. Bundlers read the address as a pattern, and take every
 * provider's folder along.
 * @param name as the registry has it
 */
export async function loadProvider(name: string): Promise<ProviderCode> {
  const folder: { provider: ProviderCode } = await import(`./${name}/index.ts`);
  return folder.provider;
}

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { usageError } from "./exit.ts";

export const DEFAULT_URL = "http://localhost:8787";
export const DEFAULT_DATA = ".infill";

/** The environment; what is read of it by name. A provider's key has the name its registry entry gives it. */
export interface Env extends Readonly<Record<string, string | undefined>> {
  readonly INFILL_URL?: string;
  readonly INFILL_API_KEY?: string;
  readonly INFILL_DATA?: string;
  readonly INFILL_WEBHOOK_SECRET?: string;
  readonly INFILL_HOST?: string;
  readonly INFILL_PUBLIC_URL?: string;
  readonly PORT?: string;
}

/** Where the API is and the key to it. */
export interface Settings {
  /** Without a trailing slash. */
  url: string;
  apiKey: string | undefined;
  /** `whsec_…`: what the API signs the webhooks of this key's tenant with, where that is known here. */
  webhookSecret: string | undefined;
  /** It is the local stack, and its vendors are simulators. */
  simulated?: boolean;
}

/**
 * Where a local stack keeps its data: the flag, INFILL_DATA, or the nearest `.infill` from here
 * upwards; where there is none, one is made here.
 */
export function dataDirectory(env: Env, cwd: string, flag?: string): string {
  const named = flag ?? env.INFILL_DATA;
  if (named) return resolve(cwd, named);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const candidate = join(folder, DEFAULT_DATA);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return resolve(cwd, DEFAULT_DATA);
  }
}

/** What a local stack leaves for us: its address and secrets, readable by its owner only. */
function localStack(
  directory: string,
): { url: string; apiKey: string; simulated: boolean; webhookSecret?: string } | undefined {
  try {
    const stack = JSON.parse(readFileSync(join(directory, "local.json"), "utf8")) as Record<string, unknown>;
    const { url, apiKey, simulated, webhookSecret } = stack;
    if (typeof url !== "string" || typeof apiKey !== "string") return undefined;
    return {
      url,
      apiKey,
      simulated: simulated === true,
      ...(typeof webhookSecret === "string" ? { webhookSecret } : {}),
    };
  } catch {
    return undefined; // none was ever started here
  }
}

/** Flags win over the environment, which wins over the local stack. Its key is sent to it alone. */
export function readSettings(
  flags: { url?: string | undefined; apiKey?: string | undefined },
  env: Env,
  cwd: string,
): Settings {
  const local = localStack(dataDirectory(env, cwd));
  const url = checkUrl(flags.url || env.INFILL_URL || local?.url || DEFAULT_URL);
  const here = local !== undefined && originOf(local.url) === originOf(url) ? local : undefined;
  return {
    url,
    apiKey: flags.apiKey || env.INFILL_API_KEY || here?.apiKey,
    webhookSecret: env.INFILL_WEBHOOK_SECRET || here?.webhookSecret,
    ...(here?.simulated ? { simulated: true } : {}),
  };
}

function checkUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usageError(`${JSON.stringify(text)} is not the address of an API; it looks like ${DEFAULT_URL}`);
  return url.href.replace(/\/+$/, "");
}

/** `localhost` and its numbers are one place. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  return url?.origin.replace(/\/\/(127\.0\.0\.1|\[::1\])(?=:|$)/, "//localhost");
}

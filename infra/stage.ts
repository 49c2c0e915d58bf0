import { execFileSync } from "node:child_process";
import { readModerationSettings } from "../functions/moderation-settings.ts";
import { aliases } from "../packages/providers/src/aliases.ts";
import { BEDROCK_REGIONS } from "../packages/providers/src/bedrock/services.ts";
import { createCatalogue } from "../packages/providers/src/catalogue.ts";
import { CATALOGUE_SETTINGS, readCatalogueSettings } from "../packages/providers/src/catalogue-settings.ts";
import { registry } from "../packages/providers/src/registry.ts";

const { env } = process;

/** Kept when the stage is removed, and protected from removal. */
export const production = $app.stage === "production";

const edge = oneOf("INFILL_EDGE", ["cloudflare"]) !== undefined;

/** What an operator may set, in the environment or in `.env.{stage}`; read here and nowhere else. */
export const settings = {
  /** Domain of the API, in a Route 53 zone of this account. */
  domain: env["INFILL_DOMAIN"],
  /** Whether the API runs on Cloudflare Workers, too; `sst.config.ts` reads it before anything else. */
  edge,
  /** Domain of the Worker, in a zone of the Cloudflare account. */
  edgeDomain: edgeDomain(),
  /** Where pictures are: in S3, or in Cloudflare's R2. */
  storage: oneOf("INFILL_STORAGE", ["s3", "r2"]) ?? "s3",
  /** How long results are kept, days. */
  resultDays: wholeNumber("INFILL_RESULT_DAYS", 7),
  /** How long jobs, uploads' records and events are kept, days. */
  recordDays: wholeNumber("INFILL_RECORD_DAYS", 30),
  /** Region in which the workflow invokes Amazon Bedrock's models; not at all unless set. */
  bedrock: oneOf("INFILL_BEDROCK", BEDROCK_REGIONS),
  /** Number of the key that signs links; one more rotates it. */
  linkKey: wholeNumber("INFILL_LINK_KEY", 1),
  /** Who hears of alarms, by e-mail. */
  alarmEmail: env["INFILL_ALARM_EMAIL"],
  /** An hour whose jobs cost more sets off an alarm, US dollars. */
  alarmHourlyUsd: wholeNumber("INFILL_ALARM_HOURLY_USD", 10),
  /** Prices and fallbacks of the operator's own, as the functions read them. */
  models: modelSettings(),
  /** The operator's moderation, asked before anything of an edit is sent to a vendor. */
  moderation: readModerationSettings(env, { allowLoopback: false }),
  /** Lambdas this account may run at once: ten where it is new. `npm run deploy` asks AWS and sets it. */
  concurrency: wholeNumber("INFILL_CONCURRENCY", 10),
  /** Most webhooks delivered at once, and reserved for them; no limit unless set. */
  deliveries: wholeNumber("INFILL_DELIVERIES", undefined),
  /** arm64 costs 20 % less; x86_64 is for running the bundles on a machine that is one. */
  architecture: env["INFILL_ARCHITECTURE"] === "x86_64" ? ("x86_64" as const) : ("arm64" as const),
  /** Log lines below it are not written; what is counted is counted all the same. */
  logLevel: (oneOf("INFILL_LOG_LEVEL", ["info", "warn", "error"]) ?? "info").toUpperCase(),
  /** Named by `/healthz`. */
  build: env["INFILL_BUILD"] ?? commit(),
};

/** Read once here, so that a deploy is refused and not every request. */
function modelSettings(): Record<string, string> {
  const records = Object.values(registry).flatMap(({ models }) => models);
  createCatalogue({ records, aliases, configured: [], ...readCatalogueSettings(env) });
  return Object.fromEntries(CATALOGUE_SETTINGS.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

function wholeNumber<Otherwise extends number | undefined>(name: string, otherwise: Otherwise): number | Otherwise {
  const text = env[name];
  if (!text) return otherwise;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new Error(`${name} is ${JSON.stringify(text)}: it must be a whole number from 1 to 99999`);
}

function edgeDomain(): string | undefined {
  const domain = env["INFILL_EDGE_DOMAIN"] || undefined;
  if (domain !== undefined && !edge) throw new Error("INFILL_EDGE_DOMAIN is set: set INFILL_EDGE=cloudflare, too");
  return domain;
}

function oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
  const text = env[name];
  if (!text) return undefined;
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new Error(`${name} is ${JSON.stringify(text)}: it must be ${choices.join(" or ")}, or not set`);
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: $cli.paths.root, encoding: "utf8" }).trim();
  } catch {
    return "unknown"; // not a git checkout
  }
}

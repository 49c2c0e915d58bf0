import { type ApiKey, makeApiKey, randomIds, SCOPES, type Scope } from "@infill/core";
import type { Command } from "commander";
import type { StageFlags } from "../aws/deployed-stage.ts";
import { type Context, printJson } from "../context.ts";
import { CliError, EXIT, usageError } from "../exit.ts";
import { styles } from "../output/style.ts";
import { table } from "../output/table.ts";
import { describeLimits, limitsOf } from "./limit-flags.ts";
import { withRecords, withStage } from "./open-records.ts";
import { rotateSigningCommand } from "./rotate-signing.ts";

const HELP = `
Of a deployed stage, your AWS credentials are what lets you: whoever may write its table may make a key.
A key is shown once and kept as a hash. To rotate one, create a second, hand it out, then revoke the first.

Scopes: edit (upload, edit, cancel, delete jobs), read (jobs, results, models), tokens (mint client tokens),
admin (usage, events, webhook endpoints, blocking and deleting users).

Examples:
  infill keys create --stage production --name "iOS backend" --scopes tokens,read --month 50 --user-day 0.50
  export INFILL_URL=https://… INFILL_API_KEY=$(infill keys create --stage production --quiet)
  infill keys list --stage production
  infill keys revoke key_… --stage production`;

interface CreateFlags extends StageFlags {
  name: string;
  tenant: string;
  scopes?: string;
  expires?: string;
  month?: string;
  day?: string;
  perMinute?: string;
  userMonth?: string;
  userDay?: string;
  userPerMinute?: string;
  quiet?: true;
  json?: boolean;
}

export function keysCommand(program: Command, context: Context): void {
  const keys = program
    .command("keys")
    .description("Make, list and revoke API keys, here or of a deployed stage.")
    .addHelpText("after", HELP);
  withStage(keys.command("create").description("Make an API key and show it once."))
    .option("--name <name>", "what the key is for", "first key")
    .option("--tenant <tenant>", "whose uploads and jobs it sees (default: default; of the local stack: local)")
    .option("--scopes <scopes>", `what it may do: ${SCOPES.join(",")} (default: all)`)
    .option("--expires <date>", "when it ends: 2027-01-31, or a time")
    .option("--month <dollars>", "what it may spend a month")
    .option("--day <dollars>", "what it may spend a day")
    .option("--per-minute <count>", "how often it may write a minute")
    .option("--user-month <dollars>", "what each end user may spend a month")
    .option("--user-day <dollars>", "what each end user may spend a day")
    .option("--user-per-minute <count>", "how often each client token's user may write a minute")
    .option("--quiet", "print the key alone")
    .option("--json", "print id, key, tenant and name")
    .action((_: unknown, command: Command) => createKey(context, command.optsWithGlobals<CreateFlags>()));
  withStage(keys.command("list").description("List keys: what each may do, never the key itself."))
    .option("--tenant <tenant>", "only this one's")
    .option("--json", "print them as JSON")
    .action((_: unknown, command: Command) => listKeys(context, command.optsWithGlobals()));
  withStage(
    keys.command("revoke <key>").description("End a key, by its id or whole, and the tokens it minted, at once."),
  ).action((key: string, _: unknown, command: Command) => revokeKey(context, key, command.optsWithGlobals()));
  rotateSigningCommand(keys, context);
}

async function createKey(context: Context, flags: CreateFlags): Promise<void> {
  const { name, stage, tenant = stage === undefined ? "local" : "default", quiet, json } = flags;
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(tenant))
    throw usageError(`--tenant ${tenant}: lower-case letters, digits and hyphens, at most 32`);
  const { stdout, clock } = context;
  const scopes = scopesOf(flags.scopes);
  const validUntil = timeOf(flags.expires, clock.now());
  const limits = limitsOf(flags);
  const { userMonth: month, userDay: day, userPerMinute: perMinute } = flags;
  const userLimits = limitsOf({ month, day, perMinute }, "user-");
  const { row, text } = makeApiKey(randomIds, clock, {
    tenant,
    name,
    ...(scopes && { scopes }),
    ...(validUntil && { validUntil }),
    ...(limits && { limits }),
    ...(userLimits && { userLimits }),
  });
  await withRecords(context, flags, (records) => records.putKey(row));
  if (json) printJson(context, { id: row.id, key: text, tenant, name });
  else if (quiet) stdout.write(`${text}\n`);
  else
    stdout.write(
      `${text}\n\nKeep it now: only its hash is stored. Use it as INFILL_API_KEY, or Authorization: Bearer …\n`,
    );
}

function scopesOf(text: string | undefined): Scope[] | undefined {
  if (text === undefined) return undefined;
  const named = text.split(",").map((name) => name.trim());
  const unknown = named.find((name) => !SCOPES.some((scope) => scope === name));
  if (unknown !== undefined) throw usageError(`--scopes ${unknown}: allowed are ${SCOPES.join(", ")}`);
  return SCOPES.filter((scope) => named.includes(scope));
}

function timeOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || ms <= now) throw usageError(`--expires ${text}: a date to come, such as 2027-01-31`);
  return ms;
}

const stateOf = ({ revokedAt, validUntil }: ApiKey, now: number): string => {
  if (revokedAt !== undefined) return "revoked";
  if (validUntil === undefined) return "works";
  const day = new Date(validUntil).toISOString().slice(0, 10);
  return now < validUntil ? `until ${day}` : `expired ${day}`;
};

const iso = (ms: number): string => new Date(ms).toISOString();

async function listKeys(context: Context, flags: StageFlags & { tenant?: string; json?: boolean }): Promise<void> {
  const all = await withRecords(context, flags, (records) => records.listKeys());
  const keys = all.filter(({ tenant }) => flags.tenant === undefined || tenant === flags.tenant);
  if (flags.json)
    return printJson(
      context,
      keys.map(({ hash, v, createdAt, revokedAt, validUntil, ...key }) => ({
        ...key,
        createdAt: iso(createdAt),
        ...(revokedAt === undefined ? {} : { revokedAt: iso(revokedAt) }),
        ...(validUntil === undefined ? {} : { validUntil: iso(validUntil) }),
      })),
    );
  const { bold } = styles(context.stdout);
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.tenant,
    stateOf(key, context.clock.now()),
    (key.scopes ?? ["all"]).join(","),
    [describeLimits(key.limits), key.userLimits && `each user ${describeLimits(key.userLimits)}`]
      .filter(Boolean)
      .join("; "),
  ]);
  const head = ["key", "name", "tenant", "state", "scopes", "limits"].map(bold);
  context.stdout.write(`${keys.length === 0 ? "No keys yet." : table([head, ...rows])}\n`);
}

async function revokeKey(context: Context, key: string, flags: StageFlags): Promise<void> {
  // whoever has only the key itself gives that: its secret part is not repeated
  const id = /^(key_[0-9a-z]{26})_/.exec(key)?.[1] ?? key;
  const row = await withRecords(context, flags, (records) => records.revokeKey(id, context.clock.now()));
  if (row === undefined) throw new CliError(EXIT.failed, "not_found", `There is no key ${id}`);
  context.stdout.write(`${id} (${row.name}) is revoked, and so are the tokens it minted.\n`);
}

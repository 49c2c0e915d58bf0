import { EVENT_TYPES } from "@infill/core";
import type { Command } from "commander";
import type { NewEndpoint } from "../api/types.ts";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { usageError } from "../exit.ts";
import { styles } from "../output/style.ts";
import { table } from "../output/table.ts";
import { urlOf } from "../webhooks/address.ts";

const HELP = `
Every end of a job is posted to each of them, whatever webhook the job names itself, signed with the endpoint's
own secret. It takes a key of scope admin.

Examples:
  infill webhooks create https://app.example.com/hooks/infill
  infill webhooks create https://ops.example.com/failed --types job.failed`;

/** `create`, `list`, `enable`, `rotate`, `delete`: the addresses that are told of every job. */
export function endpointCommands(webhooks: Command, context: Context): void {
  webhooks
    .command("create <url>")
    .description("Register an address that is told of every end of a job, and show its secret once.")
    .option("--types <types>", `only of these: ${EVENT_TYPES.join(",")}`)
    .option("--quiet", "print the secret alone")
    .option("--json", "print the API's answer")
    .addHelpText("after", HELP)
    .action(async (address: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<SecretFlags & { types?: string }>();
      const types = typesOf(flags.types);
      const url = urlOf(address, "https");
      showSecret(context, flags, await connect(context, flags).createEndpoint({ url, ...(types && { types }) }));
    });
  webhooks
    .command("list")
    .description("List what is registered, and what was disabled because it answered 410.")
    .option("--json", "print them as JSON")
    .action((_: unknown, command: Command) => list(context, command.optsWithGlobals()));
  webhooks
    .command("enable <endpoint>")
    .description("Tell an endpoint that was disabled of what happens from now on.")
    .action(async (id: string, _: unknown, command: Command) => {
      const { url } = await connect(context, command.optsWithGlobals<ApiFlags>()).enableEndpoint(id);
      context.stdout.write(`${id} (${url}) is told of what happens from now on.\n`);
    });
  webhooks
    .command("rotate <endpoint>")
    .description("Give an endpoint a new secret and show it once; the old one signs, too, for a day.")
    .option("--overlap-hours <hours>", "how long the old one signs, 0 to 168: 0 after a leak (default 24)")
    .option("--quiet", "print the secret alone")
    .option("--json", "print the API's answer")
    .action(async (id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<SecretFlags & { overlapHours?: string }>();
      const hours = hoursOf(flags.overlapHours);
      const body = { overlapSeconds: hours * 3600 };
      const rotated = await connect(context, flags).rotateEndpoint(id, body);
      const until = new Date(context.clock.now() + hours * 3_600_000).toISOString();
      showSecret(
        context,
        flags,
        rotated,
        hours === 0 ? "The old one signs nothing any more.\n" : `The old one signs, too, until ${until}.\n`,
      );
    });
  webhooks
    .command("delete <endpoint>")
    .description("Tell an endpoint nothing any more.")
    .action(async (id: string, _: unknown, command: Command) => {
      await connect(context, command.optsWithGlobals<ApiFlags>()).deleteEndpoint(id);
      context.stdout.write(`${id} is told nothing any more.\n`);
    });
}

interface SecretFlags extends ApiFlags {
  quiet?: true;
}

/** @param more what is said of it to people */
function showSecret(context: Context, { json, quiet }: SecretFlags, endpoint: NewEndpoint, more = ""): void {
  if (json) printJson(context, endpoint);
  else if (quiet) context.stdout.write(`${endpoint.secret}\n`);
  else
    context.stdout.write(
      `${endpoint.id} (${endpoint.url})\n${endpoint.secret}\n\nKeep the secret now: it is not shown again, and verifies what this endpoint is sent.\n${more}`,
    );
}

async function list(context: Context, flags: ApiFlags): Promise<void> {
  const endpoints = await connect(context, flags).endpoints();
  if (flags.json) return printJson(context, endpoints);
  const { bold } = styles(context.stdout);
  const rows = endpoints.map(({ id, url, types, disabledAt }) => [
    id,
    url,
    types.length === EVENT_TYPES.length ? "all" : types.join(","),
    disabledAt === undefined ? "enabled" : `disabled ${disabledAt.slice(0, 10)}`,
  ]);
  const head = ["endpoint", "url", "types", "state"].map(bold);
  context.stdout.write(`${rows.length === 0 ? "No webhook endpoints yet." : table([head, ...rows])}\n`);
}

function typesOf(text: string | undefined): string[] | undefined {
  const types = text?.split(",").map((type) => type.trim());
  const unknown = types?.find((type) => !EVENT_TYPES.some((known) => known === type));
  if (unknown !== undefined) throw usageError(`--types ${unknown}: allowed are ${EVENT_TYPES.join(", ")}`);
  return types;
}

function hoursOf(text = "24"): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 168) return Number(text);
  throw usageError(`--overlap-hours ${text}: a whole number from 0 to 168`);
}

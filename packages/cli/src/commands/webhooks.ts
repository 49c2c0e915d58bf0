import { randomIds, signingSecretsIn, EVENT_TYPES as TYPES } from "@infill/core";
import type { Command } from "commander";
import type { EventPage, EventView } from "../api/types.ts";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { CliError, EXIT, usageError } from "../exit.ts";
import { styles } from "../output/style.ts";
import { table } from "../output/table.ts";
import { ago } from "../output/words.ts";
import { readSettings } from "../settings.ts";
import { urlOf } from "../webhooks/address.ts";
import { exampleEvent } from "../webhooks/example.ts";
import { latestEvents } from "../webhooks/latest.ts";
import { endpointCommands } from "./webhook-endpoints.ts";

const LISTEN_HELP = `
For work on a receiver that no webhook can reach yet: events are asked for, and posted to the address as the
API would post them, under the same ids. Signed with --secret, INFILL_WEBHOOK_SECRET, the local stack's own
secret, or one that is made and printed. Each event is posted once; a job needs to name no webhook.

Examples:
  infill webhooks listen --forward localhost:3000/hooks/infill
  infill webhooks listen --forward 3000 --after 2026-11-25T12:00:00Z`;

interface TargetFlags extends ApiFlags {
  secret?: string;
}

export function webhooksCommand(program: Command, context: Context): void {
  const webhooks = program
    .command("webhooks")
    .description("Register webhooks; see, repeat and try what they are told.");
  endpointCommands(webhooks, context);
  webhooks
    .command("secret")
    .description(
      "Print what verifies the webhooks that your jobs name themselves: two while it is being replaced, the new one first.",
    )
    .option("--json", "print the API's answer")
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ApiFlags>();
      const answer = await connect(context, flags).webhookSecrets();
      if (flags.json) return printJson(context, answer);
      context.stdout.write(`${answer.secrets.join("\n")}\n`);
    });
  webhooks
    .command("events")
    .description("List what happened, oldest first, from the first that is kept.")
    .option("--after <cursor or time>", "what came after this; a time such as 2026-11-25T12:00:00Z")
    .option("--latest", "the newest, still oldest first")
    .option("--limit <count>", "how many, 1 to 100 (default 20)")
    .option("--json", "print the API's answer")
    .action((_: unknown, command: Command) => list(context, command.optsWithGlobals()));
  webhooks
    .command("listen")
    .description("Post every event to a receiver on this machine, until Ctrl-C.")
    .showHelpAfterError("npx infill webhooks listen --help tells more.")
    .requiredOption("--forward <address>", "where: a port, localhost:3000/path, or a URL")
    .option("--after <cursor or time>", "begin there, not now")
    .option("--secret <whsec>", "sign with this (INFILL_WEBHOOK_SECRET)")
    .addHelpText("after", LISTEN_HELP)
    .action((_: unknown, command: Command) => listenTo(context, command.optsWithGlobals()));
  webhooks
    .command("replay <event>")
    .description("Deliver an event once more, to everyone who was to be told.")
    .option("--json", "print the event")
    .action(async (id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ApiFlags>();
      const client = connect(context, flags);
      const event = await client.replay(id);
      if (flags.json) return printJson(context, event);
      const { endpoints: told = [] } = event;
      const disabled = told.length === 0 ? [] : (await client.endpoints()).filter(({ enabled }) => !enabled);
      const skipped = disabled.filter((endpoint) => told.some((one) => one.id === endpoint.id));
      const nobody = event.delivery.state === "none" && skipped.length === told.length && told.length > 0;
      context.stdout.write(
        nobody ? `${event.id} (${event.type}) goes to nobody.\n` : `${event.id} (${event.type}) is on its way again.\n`,
      );
      for (const endpoint of skipped)
        context.stderr.write(
          `${endpoint.id} (${endpoint.url}) is disabled and skipped; enable it first: npx infill webhooks enable ${endpoint.id}\n`,
        );
    });
  webhooks
    .command("test <address>")
    .description(
      "Post an example event to a receiver on this machine, signed, and one with a bad signature: does it verify?",
    )
    .option("--type <type>", TYPES.join(", "), "job.succeeded")
    .option("--secret <whsec>", "sign with this (INFILL_WEBHOOK_SECRET)")
    .action((address: string, _: unknown, command: Command) => tryOut(context, address, command.optsWithGlobals()));
}

interface EventFlags extends ApiFlags {
  after?: string;
  limit?: string;
  latest?: true;
}

/** @throws CliError (2) */
function countOf(limit = "20"): number {
  const count = /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > 100) throw usageError(`--limit ${limit}: a whole number from 1 to 100`);
  return count;
}

async function list(context: Context, flags: EventFlags): Promise<void> {
  const { after, limit, latest } = flags;
  if (latest && after !== undefined) throw usageError("--latest and --after: one of them");
  if (latest) {
    const count = countOf(limit);
    const data = await latestEvents(connect(context, flags).events, count, context.clock.now());
    return show(context, flags, { object: "list", data, hasMore: false });
  }
  show(context, flags, await connect(context, flags).events({ ...(after && { after }), ...(limit && { limit }) }));
}

function show(context: Context, flags: EventFlags, page: Omit<EventPage, "next"> & { next?: string }): void {
  if (flags.json) return void printJson(context, page);
  const style = styles(context.stdout);
  const head = ["event", "type", "job", "when", "told"].map(style.bold);
  const rows = page.data.map(({ id, type, data, timestamp, delivery, endpoints = [] }) => [
    id,
    type,
    data?.id ?? "",
    ago(context.clock.now() - Date.parse(timestamp)),
    told(delivery, endpoints),
  ]);
  context.stdout.write(`${rows.length === 0 ? "Nothing happened." : table([head, ...rows])}\n`);
  if (page.hasMore)
    context.stderr.write(
      `There are more: npx infill webhooks events --after ${page.next}, or --latest for the newest\n`,
    );
}

/** Who was told, after how many attempts: the webhook that the job names, and endpoints by their ids. */
function told(delivery: EventView["delivery"], endpoints: NonNullable<EventView["endpoints"]>): string {
  const all = [{ id: "the job's own", ...delivery }, ...endpoints].filter(({ state }) => state !== "none");
  return all
    .map(({ id, state, attempts, lastStatus }) => {
      if (state === "delivered" || lastStatus === undefined) return `${id} ${state} (${attempts})`;
      // 0: nothing answered
      return `${id} ${state} (${attempts}, ${lastStatus === 0 ? "no answer" : `last ${lastStatus}`})`;
    })
    .join(", ");
}

async function listenTo(context: Context, flags: TargetFlags & { forward: string; after?: string }): Promise<void> {
  const { clock, stdout, stderr } = context;
  const target = await targetOf(context, flags.forward, flags);
  const client = connect(context, flags);
  const signal = context.takeInterrupts();
  const [{ listen }, { deliver }] = await Promise.all([
    import("../webhooks/listen.ts"),
    import("../webhooks/deliver.ts"),
  ]);
  const style = styles(stdout);
  stderr.write(`Posting what happens from now on to ${target.url}, signed with ${target.by}; Ctrl-C stops.\n`);
  await listen({
    events: client.events,
    after: flags.after ?? new Date(clock.now()).toISOString(),
    clock,
    signal,
    async onEvent(event) {
      if (event.data === undefined) return; // nothing of the job is kept any more
      const outcome = await deliver(context, target, event);
      const taken = "status" in outcome && outcome.status < 300;
      const said = "status" in outcome ? String(outcome.status) : outcome.failure;
      stdout.write(`${event.id} ${event.type} ${event.data.id} → ${(taken ? style.green : style.red)(said)}\n`);
    },
  });
}

async function tryOut(context: Context, address: string, flags: TargetFlags & { type: string }): Promise<void> {
  const type = TYPES.find((known) => known === flags.type);
  if (type === undefined) throw usageError(`--type ${flags.type}: allowed are ${TYPES.join(", ")}`);
  const target = await targetOf(context, address, flags);
  const { deliver, newWebhookSecret } = await import("../webhooks/deliver.ts");
  const api = readSettings(flags, context.env, context.cwd).url;
  const example = (): EventView => exampleEvent(randomIds, type, context.clock.now(), api);
  const event = example();
  const outcome = await deliver(context, target, event);
  const { url } = target;
  const signed = `signed with ${target.by}`;
  if (!("status" in outcome) || outcome.status >= 300)
    throw new CliError(
      EXIT.failed,
      "not_taken",
      `${url} ${answerOf(outcome)} to an event ${signed}; an event is taken by any 2xx`,
      { target: url },
    );
  context.stdout.write(`${url} took ${event.id} (${type}), ${signed}: ${outcome.status}\n`);
  // another event: one that it knows already is taken unread
  const forged = await deliver(context, { url, secrets: [newWebhookSecret()] }, example());
  if ("status" in forged && forged.status >= 400 && forged.status < 500)
    return void context.stdout.write(`${url} refused one with a bad signature: ${forged.status}\n`);
  throw new CliError(
    EXIT.failed,
    "not_verified",
    "status" in forged && forged.status < 300
      ? `${url} took one with a bad signature, too (${forged.status}): it does not verify; anybody could tell it anything`
      : `${url} ${answerOf(forged)} to one with a bad signature; a refusal is any 4xx`,
    { target: url },
  );
}

const answerOf = (outcome: { status: number } | { failure: string }): string =>
  "status" in outcome ? `answered ${outcome.status}` : `did not answer (${outcome.failure})`;

/** Where events are posted, what they are signed with – made here when nobody named a secret – and whose that is. */
async function targetOf(
  context: Context,
  address: string,
  flags: TargetFlags,
): Promise<{ url: string; secrets: string[]; by: string }> {
  const url = urlOf(address);
  const known = flags.secret ?? readSettings(flags, context.env, context.cwd).webhookSecret;
  if (known !== undefined) {
    const by = flags.secret
      ? "the secret of --secret"
      : context.env.INFILL_WEBHOOK_SECRET
        ? "INFILL_WEBHOOK_SECRET"
        : "the local stack's own secret";
    try {
      return { url, secrets: signingSecretsIn(known), by };
    } catch (error) {
      throw usageError(`${by}: ${(error as Error).message}`);
    }
  }
  const { newWebhookSecret } = await import("../webhooks/deliver.ts");
  const secret = newWebhookSecret();
  context.stderr.write(`Signed with a secret of this run: ${secret}\n`);
  return { url, secrets: [secret], by: "a secret of this run" };
}

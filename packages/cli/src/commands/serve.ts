import { networkInterfaces } from "node:os";
import { relative } from "node:path";
import { type ModerationSettings, readModerationSettings } from "@infill/functions/moderation-settings";
import type { AwsAccess } from "@infill/providers";
import { readCatalogueSettings } from "@infill/providers/catalogue-settings";
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { whyNot } from "../output/models.ts";
import { type Styles, styles } from "../output/style.ts";
import { dataDirectory } from "../settings.ts";
import type { ProviderSettings } from "../stack/providers.ts";
import type { Stack, StackOptions } from "../stack/stack.ts";

const DEFAULT_PORT = 8787;

const HELP = `
The whole product on this machine: API, storage, workflow and the keyless model local/fill. What a
stopped stack left unfinished goes on when it is started again with the same data folder.

A provider is used when its key is in the environment (MODELSLAB_API_KEY, …); Amazon Bedrock, when INFILL_BEDROCK
names a region and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY are there. With --simulate every one answers from a
simulator on this machine, keys or not: nothing is billed, and jobs say so.

INFILL_MODERATION_URL is asked whether each edit may be made: docs/moderation.md.

For phones on your network: infill serve --host 0.0.0.0 --public-url http://192.168.1.20:8787

Examples:
  infill serve
  PORT=9000 infill serve --simulate
  infill serve --data /tmp/infill`;

interface ServeFlags {
  port?: number;
  host?: string;
  publicUrl?: string;
  data?: string;
  simulate?: true;
  log?: true;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError("It must be a port, 0 to 65535.");
  return value;
}

export function serveCommand(program: Command, context: Context): void {
  program
    .command("serve")
    .description("Run the whole product on this machine.")
    .option("--port <port>", `PORT; default ${DEFAULT_PORT}; 0 takes any free one`, port)
    .option("--host <address>", "INFILL_HOST; default 127.0.0.1; 0.0.0.0 for other devices")
    .option("--public-url <url>", "INFILL_PUBLIC_URL; how other devices reach it, the host of signed URLs")
    .option("--data <folder>", "INFILL_DATA; default the nearest .infill upwards, or a new one here")
    .option("--simulate", "let simulators answer for every provider: no key is needed, none is used")
    .option("--log", "copy the log to standard error")
    .addHelpText("after", HELP)
    .action((flags: ServeFlags) => serve(context, flags));
}

async function serve(context: Context, flags: ServeFlags): Promise<void> {
  const { env, cwd, stdout, stderr } = context;
  const stop = context.takeInterrupts();
  const stopped = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));

  const simulated = flags.simulate ? await (await import("../simulate.ts")).startSimulators() : undefined;
  const directory = dataDirectory(env, cwd, flags.data);
  try {
    const host = flags.host ?? env.INFILL_HOST;
    const publicUrl = flags.publicUrl ?? env.INFILL_PUBLIC_URL;
    const moderation = fromSettings(() => readModerationSettings(env, { allowLoopback: true }));
    const stack = await openStack(context, {
      dataDirectory: directory,
      port: flags.port ?? portFrom(env.PORT),
      ...(host ? { host } : {}),
      ...(publicUrl ? { publicUrl } : {}),
      // simulators come last: who asks to simulate is never billed, whatever keys are lying about
      providers: { ...(await providersIn(env)), ...simulated?.providers },
      catalogue: fromSettings(() => readCatalogueSettings(env)),
      moderation,
      echoLog: flags.log ?? false,
    });
    stdout.write(
      welcome(
        stack,
        { folder: relative(cwd, directory) || ".", host, publicUrl, simulate: flags.simulate === true, moderation },
        styles(stdout),
      ),
    );
    if (!stop.aborted) await stopped;
    stderr.write("\nStopping; once more to stop at once.\n");
    await stack.close();
  } finally {
    await simulated?.close();
  }
}

/**
 * Loaded when it is needed: the other commands start faster without it. A key of its own that was revoked, or has
 * expired, is replaced, and that is said.
 * @throws CliError (1) in one line
 */
export async function openStack(context: Context, options: StackOptions): Promise<Stack> {
  const [{ startStack }, { StackError }, { renewLocalKey }] = await Promise.all([
    import("../stack/stack.ts"),
    import("../stack/error.ts"),
    import("../stack/local-key.ts"),
  ]);
  // what a stack writes is its owner's alone, whatever the data folder's own rights are
  process.umask(0o077);
  try {
    const stack = await startStack(options);
    context.takeInterrupts(); // again: what the stack is made of listens, too
    const renewed = await renewLocalKey(options.dataDirectory, stack, context.clock);
    if (renewed === undefined) return stack;
    context.stderr.write(`The local stack's own key (${renewed.replaces}) opens nothing any more: it has a new one.\n`);
    return { ...stack, apiKey: renewed.apiKey };
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    const taken = (error.cause as NodeJS.ErrnoException | undefined)?.code === "EADDRINUSE";
    const todo = taken ? `: ${besides(options, context.env)}` : "";
    throw new CliError(EXIT.failed, "not_started", error.message + todo);
  }
}

/** How to start a stack although its port is taken, perhaps by another one: on what was not set. */
function besides({ port }: StackOptions, { INFILL_DATA }: Context["env"]): string {
  const other = port === DEFAULT_PORT ? 8790 : port < 65_535 ? port + 1 : DEFAULT_PORT;
  // a folder that was named is this stack's own
  const data = INFILL_DATA || ".infill-2";
  return `stop what listens there, or start a second stack beside it with PORT=${other} INFILL_DATA=${data} npm start`;
}

function portFrom(text: string | undefined): number {
  if (!text) return DEFAULT_PORT;
  try {
    return port(text);
  } catch {
    throw new CliError(EXIT.usage, "usage", `PORT is ${JSON.stringify(text)}: it must be a port, 0 to 65535`);
  }
}

/** @throws CliError (2) with what is wrong with a setting */
function fromSettings<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CliError(EXIT.usage, "usage", error instanceof Error ? error.message : String(error));
  }
}

/** The providers that the environment has what they need of, under the names their registry entries give it. */
async function providersIn(env: Context["env"]): Promise<ProviderSettings> {
  const { registry } = await import("@infill/providers");
  return Object.fromEntries(
    Object.entries(registry).flatMap(([name, { secretName, setting }]) => {
      const key = secretName && env[secretName];
      if (key) return [[name, { key }]];
      const aws = setting && awsAccess(env, env[setting]);
      return aws ? [[name, { key: "", aws }]] : [];
    }),
  );
}

/** Somebody's own right to use AWS, where a region is named and the environment has it. */
function awsAccess(env: Context["env"], region: string | undefined): AwsAccess | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env;
  if (!region || !accessKeyId || !secretAccessKey) return undefined;
  return {
    region,
    credentials: async () => ({ accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) }),
  };
}

interface Setting {
  folder: string;
  host: string | undefined;
  publicUrl: string | undefined;
  simulate: boolean;
  moderation: ModerationSettings | undefined;
}

/** What would surprise on a phone: an address that nothing listens on, or signed URLs that name this machine only. */
function advice({ host, publicUrl }: Setting, port: string): string[] {
  const onlyHere = host === undefined || host === "127.0.0.1" || host === "localhost";
  const hidden = publicUrl?.startsWith("http://") && !["localhost", "127.0.0.1"].includes(new URL(publicUrl).hostname);
  const elsewhere = publicUrl === undefined ? [] : otherPort(new URL(publicUrl), port);
  if (hidden && onlyHere)
    return ["Other devices cannot reach it yet: it listens on 127.0.0.1. Add INFILL_HOST=0.0.0.0.", ...elsewhere];
  if (onlyHere || publicUrl !== undefined) return elsewhere;
  const lan = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal)?.address;
  return [
    `Signed URLs name localhost. For other devices add INFILL_PUBLIC_URL=http://${lan ?? "192.168.1.20"}:${port}.`,
  ];
}

/** This machine, or one of the network around it: nothing stands between that turns one port into another, as a rule. */
const NEAR_HOST =
  /^(localhost|127(\.\d+){3}|\[::1\]|10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}|.+\.local)$/;

/** What would surprise about a public URL that names a port nothing listens on. */
function otherPort(url: URL, port: string): string[] {
  if (url.port === "" || url.port === port || !NEAR_HOST.test(url.hostname)) return [];
  const right = `${url.protocol}//${url.hostname}:${port}`;
  return [
    `INFILL_PUBLIC_URL names port ${url.port}, and this stack listens on ${port}: unless something there passes requests on, signed URLs lead nowhere. Set INFILL_PUBLIC_URL=${right}, or PORT=${url.port}.`,
  ];
}

/** Without the address's path and query, which may hold a token. */
const moderatedBy = ({ url, onFailure }: ModerationSettings, secret: string): string =>
  `${new URL(url).host}, with questions signed by ${secret}; without its answer ${onFailure === "allow" ? "edits go on" : "edits end"}`;

function welcome(stack: Stack, setting: Setting, style: Styles): string {
  const { url, apiKey, models } = stack;
  const { folder, publicUrl, simulate, moderation } = setting;
  const lines = [
    `${style.bold("Infill")} runs at ${style.cyan(url)}${publicUrl ? `, for others at ${style.cyan(publicUrl)}` : ""}`,
    "",
    `  API key   ${apiKey}`,
    `  reference ${url}/docs`,
    `  webhooks  signed with ${stack.webhookSecret}`,
    ...(moderation ? [`  moderated by ${moderatedBy(moderation, stack.moderationSecret)}`] : []),
    `  data      ${folder}  (log: infill.log in it)`,
    ...models.flatMap(({ id, unavailable }) => (unavailable === undefined ? [`  model     ${id}`] : [])),
    ...whyNot(models.map(({ id, unavailable }) => ({ id, unavailableBecause: unavailable }))).map((line) =>
      // that `--simulate` tries them all is said once
      style.dim(`  –         ${line.replace(/, or start with --simulate.*/, "")}`),
    ),
    ...(simulate ? [] : ["", style.dim("  --simulate tries every model without a key.")]),
    ...(simulate
      ? [
          "",
          style.yellow(
            "Simulated: every vendor is a server on this machine that paints stripes into the mask and bills nobody.",
          ),
        ]
      : []),
    ...advice(setting, new URL(url).port).map((line) => `\n${style.yellow(line)}`),
    "",
    "Try, in another terminal:",
    "  npx infill edit PHOTO --mask MASK --erase",
    `  curl -H "Authorization: Bearer ${apiKey}" ${url}/v1/models`,
    "",
    style.dim("Ctrl-C stops it."),
  ];
  return `${lines.join("\n")}\n`;
}

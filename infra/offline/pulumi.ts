/**
 * Stands in for the `pulumi` executable. The SST CLI calls it as it would call Pulumi: it runs the
 * program that SST bundled, with the real components and Pulumi's own SDK, on the SDK's mock monitor,
 * and writes down every resource that was asked for.
 */
import crypto from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Properties } from "./aws-outputs.ts";
import type { Graph } from "./graph.ts";
import { type Recorded, recordingMonitor } from "./monitor.ts";
import { withoutSecrets } from "./values.ts";

const [command = "", ...args] = process.argv.slice(2);
const flag = (name: string): string => args[args.indexOf(name) + 1] ?? "";
const backend = (process.env["PULUMI_BACKEND_URL"] ?? "").replace("file://", "");

if (command === "version") console.log("v0.0.0");
else if (command === "stack" && args[0] === "init") writeState(args[1] ?? "", []);
else if (command === "up" || command === "preview") await run(flag("--stack"));
else fail(`not something the offline deploy does: pulumi ${[command, ...args].join(" ")}`);

/** The state file that the CLI reads back, of the shape that Pulumi's file backend has. */
function writeState(stack: string, resources: object[]): void {
  const [, project = "", stage = ""] = stack.split("/");
  const file = join(backend, ".pulumi/stacks", project, `${stage}.json`);
  const manifest = { time: "2026-01-01T00:00:00Z", magic: "", version: "v3" };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 3, checkpoint: { stack, latest: { manifest, resources } } }));
}

async function run(stack: string): Promise<void> {
  const [, project = "", stage = ""] = stack.split("/");
  const main = /^main: (.*)$/m.exec(readFileSync(join(backend, "Pulumi.yaml"), "utf8"))?.[1] ?? "";
  const require = createRequire(main); // the SDK that the program will load, in SST's platform
  const pulumi = require("@pulumi/pulumi");

  pulumi.runtime.setAllConfig(
    Object.fromEntries(args.flatMap((arg, i) => (args[i - 1] === "--config" ? [splitAt(arg, "=")] : []))),
  );
  sameNamesOnEveryRun();

  const { monitor, registered } = recordingMonitor(require, { project, stage });
  require("@pulumi/pulumi/runtime/settings").setMockOptions(monitor, project, stage, false, "organization");
  Object.assign(require("@pulumi/pulumi/runtime/state").getStore(), {
    supportsSecrets: true,
    supportsResourceReferences: true,
    supportsOutputValues: false,
    supportsDeletedWith: true,
    supportsReplaceWith: true,
    supportsAliasSpecs: true,
    supportsTransforms: false,
    supportsParameterization: true,
    supportsResourceHooks: true,
  });

  const errors: unknown[] = [];
  process.on("unhandledRejection", (error) => errors.push(error));
  process.on("uncaughtException", (error) => errors.push(error));
  let outputs: Properties = {};
  const program = async () => {
    const returned = await pulumi.runtime.runInPulumiStack(
      async () => (await import(pathToFileURL(main).href)).default,
    );
    await pulumi.runtime.waitForRPCs?.();
    await pulumi.runtime.disconnect?.();
    outputs = withoutSecrets((await pulumi.output(returned).promise?.()) ?? returned) as Properties;
  };
  // an error inside an apply() can leave an output pending for ever: then the event loop runs dry
  const dry = new Promise<string>((resolve) => process.once("beforeExit", () => resolve("dry")));
  const ended = await Promise.race([program().catch((error) => errors.push(error)), dry]);
  if (ended === "dry" && errors.length === 0)
    errors.push(new Error("The program never ended: an output stayed pending"));

  writeState(
    stack,
    registered().map(({ urn, type, custom, inputs, parent, outputs: own = {} }) => ({
      urn,
      type,
      custom,
      inputs,
      ...(custom ? { id: "offline" } : {}),
      ...(parent === undefined ? {} : { parent }),
      outputs: type === "pulumi:pulumi:Stack" ? outputs : own,
    })),
  );
  writeFileSync(flag("--event-log"), eventLog(registered(), errors[0]));
  const graph: Graph = { resources: registered().map(({ custom: _, outputs: __, ...resource }) => resource), outputs };
  writeFileSync(process.env["INFILL_OFFLINE_GRAPH"] ?? "/dev/null", JSON.stringify(graph, null, 1));
  for (const error of errors) console.error(error instanceof Error ? error.stack : error);
  process.exit(errors.length === 0 ? 0 : 1);
}

/** The lines from which the CLI tells what is going on. */
function eventLog(resources: Recorded[], error: unknown): string {
  const timestamp = Math.floor(Date.now() / 1000);
  const events: object[] = resources.map(({ urn, type, custom, parent = "", inputs, outputs = inputs }) => {
    const state = { type, urn, custom, id: "", parent, inputs, outputs, provider: "" };
    const metadata = { op: "create", urn, type, old: null, new: state, detailedDiff: null, provider: "" };
    return { timestamp, resOutputsEvent: { metadata, planning: command === "preview" } };
  });
  if (error !== undefined)
    events.push({ timestamp, diagnosticEvent: { message: String(error), color: "never", severity: "error" } });
  const summaryEvent = { maybeCorrupt: false, durationSeconds: 1, resourceChanges: { create: resources.length } };
  return [...events, { timestamp, summaryEvent }].map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** Physical names end in eight random characters. */
function sameNamesOnEveryRun(): void {
  const { randomBytes } = crypto;
  const fixed = (size: number, callback?: (error: Error | null, bytes: Buffer) => void) => {
    if (callback !== undefined) return randomBytes(size, callback);
    return size === 8 ? Buffer.alloc(8, 1) : randomBytes(size);
  };
  Object.assign(crypto, { randomBytes: fixed });
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(2);
}

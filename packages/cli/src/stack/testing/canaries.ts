import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { format } from "node:util";
import {
  startBedrock,
  startBfl,
  startFal,
  startIdeogram,
  startOneMin,
  startOpenAi,
  startStability,
} from "@infill/simulators";
import { vi } from "vitest";
import type { LocalSecrets } from "../secrets.ts";
import { startTestStack, type TestStack } from "./test-stack.ts";

/** A day on which every model is served. */
const DAY = Date.UTC(2026, 10, 20);
/** Pixels of a vendor's result, where that has to be told. */
const FEW = 90_000;
/** Of the simulator that every test stack has. */
export const MODELSLAB_KEY = "simulated-key";
export const keyOf = (vendor: string): string => `canary-key-of-${vendor}-71f3a9`;

/** What a caller writes and nobody else may read. */
export const WORDS = {
  prompt: "canary prompt d41a07",
  negativePrompt: "canary without b2c9e1",
  user: "canary-user-90fe33",
  metadata: "canary-order-66a1b0",
  /** In the path of a webhook and of a picture's address. */
  path: "canary-path-c08d5f",
} as const;

type Behave = (rule: object) => () => void;

export interface CanaryStack {
  t: TestStack;
  /** Has a vendor do so until that is taken back. */
  behave: Readonly<Record<string, Behave>>;
  /** Everything that must be nowhere but where it belongs, by what it is. */
  secrets(): Record<string, string>;
  /** What was written so far where anyone looks: the log, and the console. */
  written(): { log: string; console: string };
  /** The engine's database as it lies on the disk, with what stands in its journal. */
  checkpoints(): string;
  /** Every row of the records but callbacks, which are kept as they came. */
  rows(): string;
  close(): Promise<void>;
}

/** A stack whose every vendor has a key that shows wherever it goes. */
export async function startCanaryStack(): Promise<CanaryStack> {
  const said = listen();
  const credentials = { accessKeyId: "AKIACANARY5520", secretAccessKey: keyOf("bedrock") };
  const closing: (() => Promise<void>)[] = [];
  const behave: Record<string, Behave> = {};
  const t = await startTestStack({
    startAt: DAY,
    async vendors(time) {
      const options = (name: string) => ({ keys: [keyOf(name)], time });
      const started = {
        openai: await startOpenAi(options("openai")),
        "1min": await startOneMin(options("1min")),
        stability: await startStability({ ...options("stability"), outputPixels: FEW }),
        ideogram: await startIdeogram(options("ideogram")),
        bfl: await startBfl(options("bfl")),
        fal: await startFal(options("fal")),
        bedrock: await startBedrock({ credentials: [credentials], time, outputPixels: FEW }),
      };
      const access = Object.entries(started).map(([name, simulator]) => {
        closing.push(() => simulator.close());
        behave[name] = (rule) => simulator.behave(rule);
        return [name, { key: keyOf(name), baseUrl: simulator.url, simulated: true }] as const;
      });
      const aws = { region: "us-east-1", credentials: async () => credentials };
      return {
        ...Object.fromEntries(access),
        bedrock: { key: "", baseUrl: started.bedrock.url, simulated: true, aws },
      };
    },
  });
  behave["modelslab"] = (rule) => t.modelsLab.behave(rule);

  const file = (name: string): string => readFileSync(join(t.directory, name), "latin1");
  return {
    t,
    behave,
    secrets() {
      const { storage, webhookSecret } = JSON.parse(file("secrets.json")) as LocalSecrets;
      const callbacks = t.modelsLab.jobs.flatMap(({ submit }) => submit.webhook?.split("/webhooks/").slice(1) ?? []);
      return {
        ...Object.fromEntries(Object.keys(behave).map((vendor) => [`the key of ${vendor}`, keyOf(vendor)])),
        "the key of modelslab": MODELSLAB_KEY,
        "the API key": t.stack.apiKey,
        "the tenant's webhook secret": t.stack.webhookSecret.replace("whsec_", ""),
        "the deployment's webhook secret": webhookSecret.replace("whsec_", ""),
        "moderation's secret": t.stack.moderationSecret.replace("whsec_", ""),
        "the storage's secret": storage.secretAccessKey,
        "a presigned query": "X-Amz-Signature",
        "a presigned credential": "X-Amz-Credential",
        ...Object.fromEntries(callbacks.map((path, index) => [`callback ${index}`, path])),
        ...WORDS,
      };
    },
    written: () => ({ log: file("infill.log"), console: said.text() }),
    checkpoints: () =>
      readdirSync(t.directory)
        .filter((name) => name.startsWith("executions.sqlite"))
        .map(file)
        .join("\n"),
    rows() {
      const database = new DatabaseSync(join(t.directory, "records.sqlite"), { readOnly: true });
      const all = (sql: string) => database.prepare(sql).all();
      const tables = all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'callbacks'");
      const rows = JSON.stringify(tables.map(({ name }) => all(`SELECT * FROM ${name}`)));
      database.close();
      return rows;
    },
    async close() {
      said.stop();
      await t[Symbol.asyncDispose]();
      await Promise.all(closing.map((close) => close()));
    },
  };
}

/** Listens in to everything that this process says. */
function listen(): { text(): string; stop(): void } {
  const lines: string[] = [];
  const methods = ["log", "info", "warn", "error", "debug", "trace"] as const;
  const spies = methods.map((method) =>
    vi.spyOn(console, method).mockImplementation((...args) => void lines.push(format(...args))),
  );
  const streams = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    return vi.spyOn(stream, "write").mockImplementation((...args: unknown[]) => {
      lines.push(String(args[0]));
      return write(...args);
    });
  });
  return {
    text: () => lines.join("\n"),
    stop() {
      for (const spy of [...spies, ...streams]) spy.mockRestore();
    },
  };
}

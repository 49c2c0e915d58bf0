import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeApiKey, randomIds } from "@infill/core";
import { type Caller, newCaller, type Runtime, startReceiver } from "@infill/functions/testing";
import { VirtualClock } from "@infill/local/testing";
import type { CatalogueSettings } from "@infill/providers/catalogue";
import { type Behaviour, startModelsLab, type Time } from "@infill/simulators";
import type { ProviderSettings } from "../providers.ts";
import { type Stack, startStack } from "../stack.ts";

const KEY = "simulated-key";

/** A local stack on virtual time, with ModelsLab's simulator on the same clock. */
export interface LocalRuntime extends Runtime {
  stack: Stack;
  clock: VirtualClock;
  directory: string;
}

/** The same, and whoever holds its key; asks `local/fill` unless the model is named. */
export interface TestStack extends LocalRuntime, Caller {}

export interface TestStackOptions {
  behaviour?: Behaviour;
  /** Nobody outside can reach the stack. */
  unreachable?: boolean;
  /** Other vendors, on the stack's clock. */
  vendors?: (time: Time) => Promise<ProviderSettings>;
  catalogue?: CatalogueSettings;
  fetchPicture?: NonNullable<Parameters<typeof startStack>[0]["fetchPicture"]>;
  /** When it is, ms since the epoch. Default now. */
  startAt?: number;
}

export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const runtime = await startLocalRuntime(options);
  const caller = await newCaller(runtime, runtime.stack.apiKey);
  const ask: Caller["ask"] = (json, init) => caller.ask({ model: "local/fill", prompt: undefined, ...json }, init);
  const edit: Caller["edit"] = (json, headers) =>
    caller.edit({ model: "local/fill", prompt: undefined, ...json }, headers);
  return { ...runtime, ...caller, ask, edit };
}

export async function startLocalRuntime(options: TestStackOptions = {}): Promise<LocalRuntime> {
  const directory = mkdtempSync(join(tmpdir(), "infill-"));
  const clock = new VirtualClock(options.startAt ?? Date.now());
  const time: Time = { now: () => clock.now(), schedule: (ms, run) => clock.after(ms, run) };
  const modelsLab = await startModelsLab({
    keys: [KEY],
    time,
    ...(options.behaviour ? { behaviour: options.behaviour } : {}),
  });
  const stack = await startStack({
    dataDirectory: directory,
    port: 0,
    clock,
    ...(options.catalogue ? { catalogue: options.catalogue } : {}),
    ...(options.fetchPicture ? { fetchPicture: options.fetchPicture } : {}),
    providers: {
      modelslab: {
        key: KEY,
        baseUrl: modelsLab.url,
        simulated: true,
        unreachable: options.unreachable ?? false,
      },
      ...(await options.vendors?.(time)),
    },
  });

  const quiet = async () => {
    await stack.engine.idle();
    await modelsLab.until(() =>
      modelsLab.callbacks.every(({ status, failure }) => status !== undefined || failure !== undefined),
    );
    await stack.engine.idle();
  };
  const advanceUntil: Runtime["advanceUntil"] = async (holds) => {
    for (let idle = 0; idle < 10_000; ) {
      await quiet();
      if (await holds()) return;
      // without a timer to run, a request may still be on its way through the loop
      if (clock.advanceToNext()) idle = 0;
      else idle += await new Promise<number>((resolve) => setImmediate(resolve, 1));
    }
    throw new Error("nothing is left to happen");
  };

  return {
    url: stack.url,
    records: stack.records,
    stack,
    modelsLab,
    clock,
    directory,
    elapse: (ms) => clock.advance(ms),
    quiet,
    advanceUntil,
    async during(work) {
      let over = false;
      const ended = work.finally(() => {
        over = true;
      });
      ended.catch(() => {});
      await advanceUntil(() => over);
      return ended;
    },
    stored: async (key) => ((await stack.objects.readStart(key, 1))?.head.size ?? 0) > 1,
    async newKey(tenant, rules) {
      const { row, text } = makeApiKey(randomIds, clock, { tenant, name: "test", ...rules });
      await stack.records.putKey(row);
      return text;
    },
    receiver: startReceiver,
    async [Symbol.asyncDispose]() {
      await stack.close();
      await modelsLab.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JobView, makeApiKey, randomIds } from "@infill/core";
import { VirtualClock } from "@infill/local/testing";
import { type Behaviour, type ModelsLabSimulator, startModelsLab, type Time } from "@infill/simulators";
import { type Stack, startStack } from "../stack.ts";
import { mask, photo } from "./pictures.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const KEY = "simulated-key";

/** A local stack on virtual time, with ModelsLab's simulator on the same clock. */
export interface TestStack extends AsyncDisposable {
  stack: Stack;
  modelsLab: ModelsLabSimulator;
  clock: VirtualClock;
  directory: string;
  /** A request to the API with the stack's key (or another's). */
  api(path: string, init?: RequestInit & { json?: unknown; key?: string }): Promise<Response>;
  /** Asset ids of a small photo and a mask for it, uploaded. */
  image: string;
  white: string;
  /** Asks for an edit of them; `local/fill` unless the model is named. */
  ask(
    json?: object,
    init?: { key?: string; headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response>;
  /** Asks for an edit of them, and waits for its end. */
  edit(json?: object, headers?: Record<string, string>): Promise<JobView>;
  /** Signs and PUTs one picture. @returns its asset id */
  upload(bytes: Uint8Array, contentType?: string): Promise<string>;
  job(id: string): Promise<JobView>;
  /** Lets everything that can happen happen, then moves time to the next thing, until the job has ended. */
  finish(id: string): Promise<JobView>;
  /** Lets everything that can happen happen, then moves time to the next thing, until `done`. */
  advanceUntil(done: () => boolean | Promise<boolean>): Promise<void>;
  /** Resolves when no handler runs, and no callback is on its way. */
  quiet(): Promise<void>;
  /** Whether local storage holds an object. */
  stored(key: string): Promise<boolean>;
  /** An API key of another tenant. */
  newKey(tenant: string): Promise<string>;
  /** A webhook receiver that answers with these statuses in turn. */
  receiver(statuses: number[]): Promise<Receiver>;
}

export async function startTestStack(
  options: { behaviour?: Behaviour; publicUrl?: string; unreachable?: boolean } = {},
): Promise<TestStack> {
  const directory = mkdtempSync(join(tmpdir(), "infill-"));
  const clock = new VirtualClock(Date.now());
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
    providers: {
      modelslab: {
        key: KEY,
        baseUrl: modelsLab.url,
        simulated: true,
        unreachable: options.unreachable ?? false,
      },
    },
  });

  const api: TestStack["api"] = (path, { json, key = stack.apiKey, headers, ...init } = {}) =>
    fetch(stack.url + path, {
      ...init,
      ...(json === undefined ? {} : { method: init.method ?? "POST", body: JSON.stringify(json) }),
      headers: {
        authorization: `Bearer ${key}`,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(headers as Record<string, string>),
      },
    });
  const job = async (id: string) => (await (await api(`/v1/jobs/${id}`)).json()) as JobView;
  const quiet = async () => {
    await stack.engine.idle();
    await modelsLab.until(() =>
      modelsLab.callbacks.every(({ status, failure }) => status !== undefined || failure !== undefined),
    );
    await stack.engine.idle();
  };

  const advanceUntil: TestStack["advanceUntil"] = async (done) => {
    for (let idle = 0; idle < 10_000; ) {
      await quiet();
      if (await done()) return;
      // without a timer to run, a request may still be on its way through the loop
      if (clock.advanceToNext()) idle = 0;
      else idle += await new Promise<number>((resolve) => setImmediate(resolve, 1));
    }
    throw new Error("nothing is left to happen");
  };

  const upload: TestStack["upload"] = async (bytes, contentType = "image/png") => {
    const signed = (await (
      await api("/v1/uploads", { json: { contentType, contentLength: bytes.length } })
    ).json()) as {
      id: string;
      url: string;
      headers: Record<string, string>;
    };
    const put = await fetch(signed.url, { method: "PUT", headers: signed.headers, body: bytes as BodyInit });
    if (!put.ok) throw new Error(`the upload was refused: ${put.status} ${await put.text()}`);
    return signed.id;
  };
  const finish: TestStack["finish"] = async (id) => {
    await advanceUntil(async () => (await job(id)).finishedAt !== undefined);
    return job(id);
  };
  const [image, white] = await Promise.all([upload(await photo()), upload(await mask())]);
  const ask: TestStack["ask"] = (json, init) =>
    api("/v1/inpaint", { json: { image, mask: white, model: "local/fill", ...json }, ...init });

  return {
    stack,
    image,
    white,
    ask,
    edit: async (json, headers = {}) => finish(((await (await ask(json, { headers })).json()) as JobView).id),
    upload,
    finish,
    modelsLab,
    clock,
    directory,
    api,
    job,
    quiet,
    advanceUntil,
    stored: async (key) => (await stack.objects.readStart(key, 1)) !== undefined,
    async newKey(tenant) {
      const { row, text } = makeApiKey(randomIds, clock, { tenant, name: "test" });
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

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createS3Objects } from "@infill/aws";
import {
  createInpaint,
  type Durable,
  expireJob,
  inpaintWorkflow,
  type JobDeps,
  randomIds,
  startJob,
  storeUpload,
  type WorkflowDeps,
} from "@infill/core";
import { mask, photo } from "@infill/functions/testing";
import { createLocalEngine, createSqliteRecords, type LocalEngine } from "@infill/local";
import { startLocalStorage } from "@infill/local/storage";
import { VirtualClock } from "@infill/local/testing";
import { createPixels } from "@infill/pixels";
import { loadProvider, registry } from "@infill/providers";
import { createCatalogue } from "@infill/providers/catalogue";
import { createHttp } from "@infill/providers/http";
import { startModelsLab } from "@infill/simulators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { durableHandler } from "./durable.ts";

/** A build of the workflow, as what it makes of its durable operations. */
type Build = (durable: Durable) => Durable;

const through = (durable: Durable): Durable => ({
  executionId: durable.executionId,
  step: (...call) => durable.step(...call),
  callback: (...call) => durable.callback(...call),
  wait: (...call) => durable.wait(...call),
});

/** The build that is there before the update: it comes as far as an operation of this name, and is put out. */
const until =
  (last: string, reached: () => void): Build =>
  (durable) => {
    const never = <T>(): Promise<T> => new Promise(() => reached());
    return {
      ...through(durable),
      step: (name, ...call) => (name === last ? never() : durable.step(name, ...call)),
      callback: (name, ...call) => (name === last ? never() : durable.callback(name, ...call)),
    };
  };

/** The builds after it. */
const updates: Record<string, Build> = {
  "whose steps are called otherwise": (durable) => ({
    ...through(durable),
    step: (name, ...call) => durable.step(`${name}-anew`, ...call),
  }),
  "which has another step before each": (durable) => ({
    ...through(durable),
    async step(name, ...call) {
      await durable.step(`before-${name}`, async () => null);
      return durable.step(name, ...call);
    },
  }),
  "which claims without a step": (durable) => ({
    ...through(durable),
    step: (name, run, semantics) => (name === "claim" ? run() : durable.step(name, run, semantics)),
  }),
  "that is the same": through,
};

const CHECKPOINTS = ["claim", "prepare", "submit-1", "before-look-1", "before-look-1-arm", "look-1", "finish", "close"];

describe("jobs of one build, gone on with by another", () => {
  const closing: (() => unknown)[] = [];
  const clock = new VirtualClock();
  let deps: Omit<WorkflowDeps & JobDeps, "engine">;
  let modelsLab: Awaited<ReturnType<typeof startModelsLab>>;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), "infill-upgrade-"));
    closing.push(() => rmSync(directory, { recursive: true }));
    const storage = await startLocalStorage({
      directory,
      bucket: "b",
      credentials: { accessKeyId: "a", secretAccessKey: "s" },
    });
    closing.push(() => storage.close());
    modelsLab = await startModelsLab({
      keys: ["key"],
      time: { now: () => clock.now(), schedule: (ms, run) => clock.after(ms, run) },
    });
    closing.push(() => modelsLab.close());
    const http = createHttp({ allowLoopback: true });
    closing.push(() => http.close());
    const records = createSqliteRecords({ path: ":memory:" });
    closing.push(() => records.close());
    const { create } = await loadProvider("modelslab");
    const access = { http, key: async () => "key", baseUrl: modelsLab.url, inlineImages: true };
    deps = {
      records,
      objects: createS3Objects(storage),
      catalogue: createCatalogue({ records: registry["modelslab"]?.models ?? [], configured: ["modelslab"] }),
      providers: new Map([["modelslab", create(access)]]),
      pixels: async () => createPixels(),
      clock,
      ids: randomIds,
      log: { info() {}, warn() {}, error() {} },
      callbackUrl: () => undefined,
      namespace: "test",
      refuseWebhook: () => undefined,
    };
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  /** An engine on a database, as a process with this build has it. */
  function run(database: DatabaseSync, build: Build): LocalEngine {
    const engine: LocalEngine = createLocalEngine({
      database,
      clock,
      ids: randomIds,
      log: deps.log,
      handlers: {
        inpaint: (client) =>
          durableHandler(
            (durable, event) => inpaintWorkflow(build(durable), { ...deps, engine }, { jobId: event["jobId"] ?? "" }),
            client,
          ),
        notify: (client) => durableHandler(async () => {}, client),
      },
      onEnded: async ({ name }) => void (await expireJob({ ...deps, engine }, name)),
    });
    engine.resume();
    return engine;
  }

  async function ask(engine: LocalEngine): Promise<string> {
    const caller = { tenant: "acme", subject: "key_test" };
    const pictures = [
      { purpose: "image", bytes: await photo() },
      { purpose: "mask", bytes: await mask() },
    ] as const;
    const [image, white] = await Promise.all(pictures.map((picture) => storeUpload(deps, caller, picture)));
    const body = { model: "modelslab/inpaint", prompt: "a hat", image: image?.id, mask: white?.id };
    const { job } = await createInpaint({ ...deps, engine }, caller, body, undefined);
    await startJob({ ...deps, engine }, job);
    return job.id;
  }

  /** Lets an engine work and time pass, in turn, until this holds; or until the engine is put out. */
  async function advanceUntil(
    engine: LocalEngine,
    holds: () => boolean | Promise<boolean>,
    putOut: Promise<void> = new Promise(() => {}),
  ): Promise<void> {
    for (;;) {
      await Promise.race([engine.idle(), putOut]);
      if (await holds()) return;
      if (!clock.advanceToNext()) throw new Error("nothing is left to happen");
    }
  }

  describe.each(Object.entries(updates))("a build %s", (_, update) => {
    test.each(CHECKPOINTS)("finishes a job that had come to %s, submitted once", async (checkpoint) => {
      const before = modelsLab.jobs.length;
      const database = new DatabaseSync(":memory:");
      const out = Promise.withResolvers<void>();
      let isOut = false;
      const old = run(
        database,
        until(checkpoint, () => {
          isOut = true;
          out.resolve();
        }),
      );
      const id = await ask(old);
      await advanceUntil(old, () => isOut, out.promise);
      const closed = old.close({ graceMs: 0 });
      clock.advance(0);
      await closed;

      const engine = run(database, update);
      const ended = async () => (await deps.records.getJob(id))?.finishedAt !== undefined;
      await advanceUntil(engine, ended);
      await engine.idle();
      expect(await deps.records.getJob(id)).toMatchObject({ status: "succeeded", settlement: { state: "settled" } });
      expect(modelsLab.jobs.length - before).toBe(1);
      expect(engine.execution("inpaint", id)?.status).toBe("SUCCEEDED");
      await engine.close();
      database.close();
    });
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { createS3Objects } from "@infill/aws";
import {
  type Catalogue,
  createInpaint,
  type Durable,
  expireJob,
  inpaintWorkflow,
  type JobDeps,
  jobOfExecutionName,
  type Providers,
  randomIds,
  storeUpload,
  type WorkflowDeps,
} from "@infill/core";
import { sampleCaller } from "@infill/core/testing";
import { createLocalEngine, createSqliteRecords, type LocalEngine } from "@infill/local";
import { startLocalStorage } from "@infill/local/storage";
import { VirtualClock } from "@infill/local/testing";
import { createPixels } from "@infill/pixels";
import { createHttp, type Http } from "@infill/providers/http";
import type { Time } from "@infill/simulators";
import { durableHandler } from "../durable.ts";

/** The workflow on real records, storage and engine, without an API before it: where many jobs are to be run. */
export interface WorkflowBench extends AsyncDisposable {
  deps: Omit<WorkflowDeps & JobDeps, "engine">;
  clock: VirtualClock;
  /** An engine on a database, as a process has it. @param build what it makes of its durable operations */
  engine(database: DatabaseSync, build?: (durable: Durable) => Durable): LocalEngine;
  /** Ids of uploads. */
  upload(pictures: { image: Uint8Array; mask: Uint8Array }): Promise<{ image: string; mask: string }>;
  /** @returns the job's id */
  ask(engine: LocalEngine, body: object): Promise<string>;
  /** Lets an engine work and time pass, in turn, until this holds; or until the engine is put out. */
  advanceUntil(engine: LocalEngine, holds: () => boolean | Promise<boolean>, putOut?: Promise<void>): Promise<void>;
}

const CALLER = sampleCaller({ tenant: "acme", subject: "key_test" });

/** @param compose the vendors, on the bench's clock; closed with it */
export async function startWorkflowBench(
  compose: (outside: { time: Time; http: Http }) => Promise<{
    catalogue: Catalogue;
    providers: Providers;
    close(): Promise<void>;
  }>,
): Promise<WorkflowBench> {
  const closing: (() => unknown)[] = [];
  const clock = new VirtualClock();
  const directory = mkdtempSync(join(tmpdir(), "infill-workflow-"));
  closing.push(() => rmSync(directory, { recursive: true }));
  const storage = await startLocalStorage({
    directory,
    bucket: "b",
    credentials: { accessKeyId: "a", secretAccessKey: "s" },
  });
  closing.push(() => storage.close());
  const http = createHttp({ allowLoopback: true });
  const time = { now: () => clock.now(), schedule: (ms: number, run: () => void) => clock.after(ms, run) };
  const { catalogue, providers, close } = await compose({ time, http });
  closing.push(close, () => http.close());
  const records = createSqliteRecords({ path: ":memory:" });
  closing.push(() => records.close());
  const deps = {
    records,
    objects: createS3Objects(storage),
    catalogue,
    providers,
    pixels: async () => createPixels(),
    clock,
    ids: randomIds,
    log: { info() {}, warn() {}, error() {} },
    callbackUrl: () => undefined,
    endUser: () => "end-user",
    namespace: "test",
    refuseWebhook: () => undefined,
  };

  return {
    deps,
    clock,
    engine(database, build = (durable) => durable) {
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
        onEnded: async ({ name }) => void (await expireJob({ ...deps, engine }, jobOfExecutionName(name))),
      });
      engine.resume();
      return engine;
    },
    async upload({ image, mask }) {
      const [photo, hole] = await Promise.all([
        storeUpload(deps, CALLER, { purpose: "image", bytes: image }),
        storeUpload(deps, CALLER, { purpose: "mask", bytes: mask }),
      ]);
      return { image: photo.id, mask: hole.id };
    },
    async ask(engine, body) {
      const { job } = await createInpaint({ ...deps, engine }, CALLER, body, undefined);
      return job.id;
    },
    async advanceUntil(engine, holds, putOut = new Promise(() => {})) {
      for (;;) {
        await Promise.race([engine.idle(), putOut]);
        if (await holds()) return;
        if (!clock.advanceToNext()) throw new Error("nothing is left to happen");
      }
    },
    async [Symbol.asyncDispose]() {
      for (const end of closing.reverse()) await end();
    },
  };
}

import {
  type Durable,
  inpaintRequest,
  inpaintWorkflow,
  type Job,
  type JobPatch,
  type Provider,
  ProviderFailure,
  parseInput,
  type Records,
  randomIds,
  type WorkflowDeps,
} from "@infill/core";
import { sampleJob } from "@infill/core/testing";
import { expect, test } from "vitest";
import { idsOf } from "./draw.ts";
import { catalogue } from "./models.ts";
import { MemoryObjects } from "./objects.ts";
import { namingPixels, pictureOf } from "./pictures.ts";
import { portOf } from "./port-of.ts";
import { MemoryRecords } from "./records.ts";
import { World } from "./world.ts";

/** One job, and what a run of its workflow needs: each pause passes at once. What worlds found is told here again. */
function stage(providers: Provider[], overrides: Partial<Job> = {}) {
  const world = new World({ seed: 1 });
  const store = new MemoryRecords();
  const objects = new MemoryObjects(() => world.now);
  const [image, mask] = (["photo", "mask"] as const).map((what) => {
    const [key, bytes] = [`u/acme/${what}`, pictureOf(what)];
    objects.write(key, bytes, "image/png");
    const { etag = "" } = objects.readStart(key, 0)?.head ?? {};
    return { key, etag, contentType: "image/png" as const, bytes: bytes.length, width: 16, height: 16 };
  });
  if (image === undefined || mask === undefined) throw new Error("two pictures");
  const made = sampleJob({ tenant: "acme", image, mask, createdAt: world.now, deadlineAt: world.now + 60_000 });
  const job: Job = { ...made, request: { ...made.request, model: "alpha/one" }, ...overrides };
  store.createJob(job);
  const direct = async <T>(_: string, effect: () => T): Promise<T> => effect();
  const deps: WorkflowDeps = {
    records: portOf<Records>(() => store, direct),
    objects: portOf<WorkflowDeps["objects"]>(() => objects, direct),
    engine: { start: async () => {}, complete: async () => false },
    catalogue,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    pixels: async () => namingPixels,
    clock: { now: () => world.now, sleep: untilAborted },
    ids: idsOf(world.draw, "stage"),
    log: { info() {}, warn() {}, error() {} },
    callbackUrl: () => undefined,
  };
  const durable: Durable = {
    executionId: "the one",
    step: (_, run) => run(),
    callback: async (_, seconds) => {
      world.now += seconds * 1000;
      return { token: "token", settled: Promise.resolve("timed-out") };
    },
    wait: async () => {},
  };
  const run = (other: Partial<WorkflowDeps> = {}) => inpaintWorkflow(durable, { ...deps, ...other }, { jobId: job.id });
  return { world, deps, job, row: () => store.getJob(job.id), run };
}

const untilAborted = (_: number, signal?: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

const output = { read: async () => Buffer.from("done") };

test("a question that fails just past the deadline is asked again: the work may be done", async () => {
  const { world, job, row, run } = stage([
    {
      name: "alpha",
      models: [],
      submit: async () => ({ state: "accepted", job: { id: "work" } }),
      poll: async () => {
        if (world.now < job.deadlineAt) return { state: "processing" };
        if (world.now < job.deadlineAt + 5000) throw new Error("read ECONNRESET");
        return { state: "succeeded", outputs: [output] };
      },
    },
  ]);
  await run();
  expect(row()).toMatchObject({ status: "succeeded", settlement: { state: "settled" } });
});

test("questions that go on failing past the deadline end the job half a minute later", async () => {
  const { job, row, run } = stage([
    {
      name: "alpha",
      models: [],
      submit: async () => ({ state: "accepted", job: { id: "work" } }),
      poll: async () => {
        throw new Error("read ECONNRESET");
      },
    },
  ]);
  await run();
  expect(row()).toMatchObject({ status: "failed", error: { code: "outcome_unknown" } });
  expect((row()?.finishedAt ?? 0) - job.deadlineAt).toBeLessThan(35_000);
});

test("a preparation that comes late is not taken for that of the model that the job has gone on to", async () => {
  let late = () => {};
  const beta: Provider = {
    name: "beta",
    models: [],
    submit: async () => ({ state: "succeeded", outputs: [output] }),
  };
  const alpha: Provider = {
    name: "alpha",
    models: [],
    submit: async () => {
      throw new ProviderFailure("provider_unavailable", "It broke", { accepted: "yes", charged: "no" });
    },
  };
  const [image, mask] = [randomIds.make("ast"), randomIds.make("ast")];
  const asked = parseInput(inpaintRequest, { model: ["alpha/one", "beta/one"], prompt: "a bench", image, mask });
  const { deps, row, run } = stage([alpha, beta], { route: { asked, left: ["beta/one"], past: [] } });

  // the first process dies as it sends what it prepared, which arrives when the second has gone on
  const dying: Records = {
    ...Object.fromEntries(["getJob", "claimJob"].map((name) => [name, deps.records[name as keyof Records]])),
    updateJob: (...write: [string, object, JobPatch]) => {
      if (write[2].plan === undefined) return deps.records.updateJob(...write);
      late = () => void deps.records.updateJob(...write);
      throw new Error("the process dies");
    },
  } as unknown as Records;
  await run({ records: dying }).catch(() => {});
  const seen: (Job | undefined)[] = [];
  await run({
    pixels: async () => {
      if (row()?.request.model === "beta/one") {
        late();
        seen.push(row());
      }
      return namingPixels;
    },
  });
  expect(seen[0]).toMatchObject({ request: { model: "beta/one" }, attempt: 1, acceptance: "none" });
  expect(seen[0]?.plan).toBeUndefined();
  expect(row()).toMatchObject({ status: "succeeded", request: { model: "beta/one" } });
});

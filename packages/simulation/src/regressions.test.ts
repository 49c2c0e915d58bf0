import {
  callbackToken,
  type Durable,
  endUserHash,
  eraseJob,
  expireJob,
  inpaintWorkflow,
  type Job,
  jobToldBy,
  type Provider,
  ProviderFailure,
  parseInput,
  type Records,
  randomIds,
  receiveCallback,
  removeUpload,
  storeUpload,
  type WorkflowDeps,
} from "@infill/core";
import { inpaintRequest } from "@infill/core/schemas";
import { sampleCaller, sampleEnd, sampleJob } from "@infill/core/testing";
import { expect, test } from "vitest";
import { idsOf } from "./draw.ts";
import { catalogue } from "./models.ts";
import { MemoryObjects } from "./objects.ts";
import { namingPixels, pictureOf } from "./pictures.ts";
import { overriding, portOf } from "./port-of.ts";
import { MemoryRecords } from "./records.ts";
import { KEYRING } from "./secrets.ts";
import { World } from "./world.ts";

/** One job, and what a run of its workflow needs: each pause passes at once. What worlds found is told here again. */
function stage(providers: Provider[], overrides: Partial<Job> = {}) {
  const world = new World({ seed: 1 });
  const store = new MemoryRecords();
  const objects = new MemoryObjects(world);
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
    callbackUrl: (...sent) => callbackToken(KEYRING, ...sent),
    endUser: (...user) => endUserHash(KEYRING, ...user),
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
  const run = (other: Partial<WorkflowDeps> = {}, engine: Partial<Durable> = {}) =>
    inpaintWorkflow({ ...durable, ...engine }, { ...deps, ...other }, { jobId: job.id });
  return { world, store, objects, deps, job, row: () => store.getJob(job.id), run };
}

const untilAborted = (_: number, signal?: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

function askedOf(...model: string[]) {
  const [image, mask] = [randomIds.make("ast"), randomIds.make("ast")];
  return parseInput(inpaintRequest, { model, prompt: "a bench", image, mask });
}

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
  const route = { asked: askedOf("alpha/one", "beta/one"), left: ["beta/one"], past: [] };
  const { deps, row, run } = stage([alpha, beta], { route });

  // the first process dies as it sends what it prepared, which arrives when the second has gone on
  const dying = overriding(deps.records, {
    updateJob: (...write) => {
      if (write[2].plan === undefined) return deps.records.updateJob(...write);
      late = () => void deps.records.updateJob(...write);
      throw new Error("the process dies");
    },
    endJob: () => {
      throw new Error("it is dead");
    },
  });
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
  expect(seen[0]).toMatchObject({ request: { model: "beta/one" }, attempt: 2, acceptance: "none" });
  expect(seen[0]?.plan).toBeUndefined();
  expect(row()).toMatchObject({ status: "succeeded", request: { model: "beta/one" } });
});

test("word of work that failed, come when the job has gone on to another of the vendor's models, is not the next one's", async () => {
  const { deps, row, run } = stage([], {
    route: { asked: askedOf("alpha/one", "alpha/two"), left: ["alpha/two"], past: [] },
  });
  const receive = (token: string, id: string, records = deps.records) =>
    receiveCallback({ ...deps, records, keyring: KEYRING }, "alpha", token, Buffer.from(JSON.stringify({ id })));
  const tokens: string[] = [];
  let looked: Job | undefined;
  const alpha: Provider = {
    name: "alpha",
    models: [],
    async submit({ callbackUrl = "" }) {
      tokens.push(callbackUrl);
      if (tokens.length === 1) return { state: "accepted", job: { id: "first" } };
      await receive(callbackUrl, "second");
      throw new Error("read ECONNRESET");
    },
    async poll({ id }) {
      looked ??= row();
      if (id === "second") return { state: "succeeded", outputs: [output] };
      const failure = new ProviderFailure("provider_unavailable", "It broke", { accepted: "yes", charged: "no" });
      return { state: "failed", failure };
    },
    readCallback: async ({ body }) => ({ state: "unknown", job: body as { id: string } }),
  };
  await run({
    providers: new Map([["alpha", alpha]]),
    pixels: async () => {
      const there = row();
      if (there?.request.model === "alpha/one" || there?.acceptance !== "none") return namingPixels;
      await expect(receive(tokens[0] ?? "", "first")).rejects.toMatchObject({ code: "not_found" });
      // a receiver that had looked at the job before it moved
      await receive(tokens[0] ?? "", "first", overriding(deps.records, { getJob: async () => looked }));
      return namingPixels;
    },
  });
  expect(row()).toMatchObject({ status: "succeeded", request: { model: "alpha/two" }, providerJob: { id: "second" } });
});

test("a job that is ended because its execution was stopped keeps its place: its vendor may be at work", async () => {
  const { deps, job, world } = stage([], { acceptance: "possible", submittedAt: 1 });
  const other = await deps.records.createJob(sampleJob({ tenant: "acme" }));
  const place = (now: number) => ({ provider: "alpha", places: 1, now });
  await deps.records.takeSlot(job.id, {}, place(world.now));
  expect(await expireJob(deps, job)).toMatchObject({ error: { code: "outcome_unknown" } });
  expect(await deps.records.takeSlot(other.job.id, {}, place(job.deadlineAt - 1))).toMatchObject({ taken: false });
  expect(await deps.records.takeSlot(other.job.id, {}, place(job.deadlineAt))).toMatchObject({ taken: true });
});

test("who is in line sleeps, although callbacks of a model that the job has left were never read", async () => {
  const { deps, job, world, run } = stage([
    { name: "alpha", models: [], submit: async () => ({ state: "succeeded", outputs: [output] }) },
  ]);
  const other = await deps.records.createJob(sampleJob({ tenant: "acme" }));
  const place = { provider: "alpha", places: 1, now: world.now };
  await deps.records.takeSlot(other.job.id, {}, { ...place, now: job.deadlineAt });
  await deps.records.putCallback(job.id, { hash: "1", attempt: 0, body: "{}", receivedAt: world.now }, 8);
  let [pauses, slept] = [0, 0];
  const sleeping = (seconds: number) => ({
    // biome-ignore lint/suspicious/noThenProperty: it passes when somebody waits for it, and not before
    then(passed: (how: "timed-out") => void) {
      world.now += seconds * 1000;
      slept += 1;
      passed("timed-out");
    },
  });
  await run(
    { catalogue: { ...catalogue, slots: () => 1 } },
    {
      callback: async (_, seconds) => {
        pauses += 1;
        if (pauses > 10) throw new Error("it does not sleep");
        return { token: "token", settled: sleeping(seconds) as unknown as Promise<"timed-out"> };
      },
    },
  );
  expect(pauses).toBeGreaterThan(0);
  expect(slept).toBe(pauses);
});

test("a submit that always breaks before anything is sent is tried five times, after pauses, and the job fails at no cost", async () => {
  let sent = 0;
  const { deps, world, row, run } = stage([
    {
      name: "alpha",
      models: [],
      submit: async () => {
        sent += 1;
        return { state: "succeeded", outputs: [output] };
      },
    },
  ]);
  let asked = 0;
  const breaking = overriding(deps.records, {
    getProviderHealth: async () => {
      asked += 1;
      throw new Error("throttled");
    },
  });
  const began = world.now;
  await run({ records: breaking });
  expect({ asked, sent }).toEqual({ asked: 5, sent: 0 });
  expect(world.now - began).toBe(15_000);
  expect(row()).toMatchObject({ status: "failed", error: { code: "internal" }, settlement: { state: "refunded" } });
});

test("a submit that broke a few times goes on as soon as it does not", async () => {
  const { deps, row, run } = stage([
    { name: "alpha", models: [], submit: async () => ({ state: "succeeded", outputs: [output] }) },
  ]);
  let asked = 0;
  const records = overriding(deps.records, {
    getProviderHealth: async (name) => {
      asked += 1;
      if (asked < 5) throw new Error("throttled");
      return deps.records.getProviderHealth(name);
    },
  });
  await run({ records });
  expect(row()).toMatchObject({ status: "succeeded" });
});

test("a job whose provider lost its key before the submit fails at once, says so, and costs nothing", async () => {
  const { deps, row, run } = stage([]);
  const alpha: Provider = { name: "alpha", models: [], submit: async () => ({ state: "succeeded", outputs: [] }) };
  const providers = new Map([["alpha", alpha]]);
  await run({
    providers,
    pixels: async () => {
      providers.clear();
      return namingPixels;
    },
  });
  expect(deps.providers.size).toBe(0);
  expect(row()).toMatchObject({
    status: "failed",
    error: { code: "provider_unavailable", message: "alpha/one is not configured any more; choose another model" },
    settlement: { state: "refunded" },
  });
});

test.each([
  ["is delivered when the key is back in time", 30_000, "succeeded", undefined],
  ["ends at the deadline as unknown when it is not", Number.POSITIVE_INFINITY, "failed", "outcome_unknown"],
])("work that a provider took before it lost its key %s", async (_, away, status, code) => {
  const { world, row, run } = stage([]);
  const providers = new Map<string, Provider>();
  const alpha: Provider = {
    name: "alpha",
    models: [],
    submit: async () => {
      providers.clear();
      return { state: "accepted", job: { id: "work" } };
    },
    poll: async () => ({ state: "succeeded", outputs: [output] }),
  };
  providers.set("alpha", alpha);
  const back = world.now + away;
  await run(
    { providers },
    {
      callback: async (_name, seconds) => {
        world.now += seconds * 1000;
        if (world.now >= back) providers.set("alpha", alpha);
        return { token: "token", settled: Promise.resolve("timed-out") };
      },
    },
  );
  expect(row()).toMatchObject({ status, ...(code === undefined ? {} : { error: { code } }) });
});

test("pictures that a dead process brought in late are not those of the model that the job has gone on to", async () => {
  const late: (() => unknown)[] = [];
  const failure = new ProviderFailure("provider_unavailable", "It broke", { accepted: "yes", charged: "no" });
  let asked = 0;
  const alpha: Provider = {
    name: "alpha",
    models: [],
    submit: async () => ({ state: "accepted", job: { id: "work" } }),
    poll: async () => {
      asked += 1;
      return asked === 1
        ? { state: "succeeded", outputs: [{ read: async () => Buffer.from("old") }] }
        : { state: "failed", failure };
    },
  };
  const beta: Provider = {
    name: "beta",
    models: [],
    submit: async () => {
      for (const write of late) await write();
      throw new ProviderFailure("provider_rejected", "It is not taken", { accepted: "no", charged: "no" });
    },
  };
  const route = { asked: askedOf("alpha/one", "beta/one"), left: ["beta/one"], past: [] };
  const { deps, row, run } = stage([alpha, beta], { route });
  const dying = overriding(deps.records, {
    updateJob: async (...write) => {
      if (write[2].outputs === undefined) return deps.records.updateJob(...write);
      late.push(() => deps.records.updateJob(...write));
      throw new Error("the process dies");
    },
  });
  await run({ records: dying });
  expect(late).toHaveLength(1);
  expect(row()).toMatchObject({
    status: "failed",
    request: { model: "beta/one" },
    error: { code: "provider_rejected" },
  });
  expect(row()?.outputs).toBeUndefined();
});

test("breaks are counted for each model of a route: those of one that was left are not the next one's", async () => {
  const failure = new ProviderFailure("provider_unavailable", "It broke", { accepted: "yes", charged: "no" });
  const alpha: Provider = {
    name: "alpha",
    models: [],
    submit: async () => ({ state: "succeeded", outputs: [output] }),
    poll: async () => ({ state: "failed", failure }),
    readCallback: async () => ({ state: "unknown", job: { id: "work" } }),
  };
  const beta: Provider = { name: "beta", models: [], submit: async () => ({ state: "succeeded", outputs: [output] }) };
  const route = { asked: askedOf("alpha/one", "beta/one"), left: ["beta/one"], past: [] };
  const { deps, job, row, run } = stage([alpha, beta], { route, deadlineAt: Date.UTC(2026, 0, 1, 1) });
  const asked = { alpha: 0, beta: 0 };
  const records = overriding(deps.records, {
    getProviderHealth: async (name) => {
      const calls = ++asked[name as keyof typeof asked];
      // four submits to the one; to the other, which is looked at before, the first
      if (name === "alpha" ? calls <= 4 : calls === 2) throw new Error("throttled");
      return deps.records.getProviderHealth(name);
    },
    updateJob: async (...write) => {
      const written = await deps.records.updateJob(...write);
      if (write[2].acceptance !== "possible" || written?.request.model !== "alpha/one") return written;
      // the fifth is marked, sent, and its process dies
      await deps.records.putCallback(job.id, { hash: "1", attempt: written.attempt, body: "{}", receivedAt: 1 }, 8);
      throw new Error("the process dies");
    },
  });
  await run({ records });
  expect(row()).toMatchObject({ status: "succeeded", request: { model: "beta/one" } });
  expect(asked.beta).toBe(3);
});

test("a job whose photo goes as it is made, because a job that had it is erased, fails before anything is paid", async () => {
  let sent = 0;
  const submit = async () => {
    sent += 1;
    return { state: "succeeded" as const, outputs: [output] };
  };
  const { deps, job, row, run } = stage([{ name: "alpha", models: [], submit }]);
  const { image, mask, tenant } = job;
  const before = sampleJob({ tenant, image, mask, status: "succeeded" });
  // it was looked up who works with the photo before this job was there
  await eraseJob(deps, before, new Map());
  await run();
  expect(row()).toMatchObject({
    status: "failed",
    error: { code: "asset_missing", retryable: false },
    settlement: { state: "refunded", amount: 0 },
  });
  expect(sent).toBe(0);
});

test("erasing one job reads those made since its uploads, and spares what one of them works with", async () => {
  const { world, store, objects, deps, job } = stage([]);
  const { image, mask, tenant } = job;
  const signedAt = world.now;
  for (const { key } of [image, mask])
    store.putAsset({
      v: 1,
      id: key.split("/").at(-1) ?? "",
      tenant,
      purpose: "image",
      key,
      contentType: "image/png",
      contentLength: 1,
      createdAt: signedAt,
      uploadExpiresAt: signedAt + 900_000,
    });
  for (let i = 0; i < 250; i++) store.createJob(sampleJob({ tenant, createdAt: signedAt - 3_600_000 + i }));
  const ended = sampleJob({ tenant, image, mask, status: "succeeded" });
  let pages = 0;
  const records = overriding(deps.records, {
    listJobs: (query) => {
      pages += 1;
      return deps.records.listJobs(query);
    },
  });
  await eraseJob({ ...deps, records }, ended);
  expect(pages).toBe(1);
  expect(objects.kept("u/")).toEqual([image.key, mask.key]);
  // how old an upload is nobody knows any more
  await eraseJob({ ...deps, records }, { ...ended, mask: { ...mask, key: `u/${tenant}/gone` } });
  expect(pages).toBe(4);
});

test("an upload that comes between the removing of one and the byte in its place is removed, too; one that always does is told", async () => {
  const { deps, objects, job } = stage([]);
  const { key } = job.image;
  const phone = (times: number) => {
    let left = times;
    return overriding(deps.objects, {
      create: async (...call) => {
        if (left-- > 0) objects.write(key, pictureOf("late"), "image/png");
        return deps.objects.create(...call);
      },
    });
  };
  await expect(removeUpload({ ...deps, objects: phone(9) }, key)).rejects.toMatchObject({
    code: "internal",
    status: 503,
    retryable: true,
  });
  await removeUpload({ ...deps, objects: phone(2) }, key);
  expect(objects.kept("u/acme/photo")).toEqual([]);
  expect(objects.readStart(key, 9)?.head.size).toBe(1);
  // and again, whatever was done before
  await removeUpload(deps, key);
  expect(objects.readStart(key, 9)?.head.size).toBe(1);
});

test("an event tells nothing of another job that has its job's id since", async () => {
  const { deps, store, job } = stage([]);
  const { event } = sampleEnd(job);
  const end = sampleEnd(job, { url: "https://app.example/hook" });
  store.endJob(job.id, end);
  const ended = store.getJob(job.id);
  expect(jobToldBy(end.event, ended)).toBe(ended);
  expect(jobToldBy(event, ended)).toBeUndefined();
  await eraseJob(deps, ended as Job);
  expect(jobToldBy(end.event, store.getJob(job.id))).toBeUndefined();
});

test("a picture that is erased while it is being stored is not kept, and whoever sent it is told", async () => {
  const { deps, objects } = stage([]);
  const create: WorkflowDeps["objects"]["create"] = async (key, ...call) => {
    if (call[0].length > 1) await removeUpload(deps, key);
    return deps.objects.create(key, ...call);
  };
  const picture = { purpose: "image", bytes: pictureOf("large") } as const;
  const storing = storeUpload({ ...deps, objects: overriding(deps.objects, { create }) }, sampleCaller(), picture);
  await expect(storing).rejects.toMatchObject({ code: "not_found", status: 410 });
  expect(objects.kept("u/")).toEqual(["u/acme/photo", "u/acme/mask"]);
});

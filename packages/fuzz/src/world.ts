import { createS3Presigner } from "@infill/aws/presign";
import {
  type Asset,
  type Clock,
  type Job,
  makeApiKey,
  type Objects,
  type Records,
  randomIds,
  resultLink,
  webhookSecretsOf,
} from "@infill/core";
import { sampleAsset, sampleEnd, sampleJob } from "@infill/core/testing";
import { createApi } from "@infill/functions/api";
import { createCompat } from "@infill/functions/compat";
import { reference } from "@infill/functions/reference";
import { createSqliteRecords, localModels } from "@infill/local";
import { aliases } from "@infill/providers/aliases";
import { createCatalogue } from "@infill/providers/catalogue";
import { registry } from "@infill/providers/registry";
import { unsafeBecause } from "@infill/providers/safe-url";
import sharp from "sharp";

const TENANT = "ten_fuzz";
/** So many ids of what was made are remembered, the newest. */
const REMEMBERED = 200;
/** A vendor without a key, so that its models cannot be used. */
const WITHOUT_KEY = "bfl";

/** The API in this process, on rows and pictures in memory, where nothing is ever done but what was asked for. */
export interface World {
  fetch(request: Request): Promise<Response>;
  /** The other formats over the same rows, which fetch pictures in this way. */
  formats(fetchPicture: Parameters<typeof createCompat>[0]["fetchPicture"]): ReturnType<typeof createCompat>;
  keys: { good: string; poor: string; revoked: string };
  /** Pictures of the tenant whose budget covers nothing. */
  poor: { image: string; mask: string };
  /** What a request may name: growing. */
  ids: {
    images: string[];
    masks: string[];
    pending: string[];
    broken: string[];
    jobs: string[];
    done: string[];
    previewed: string[];
    /** Jobs that may be erased: the others are there to be asked for. */
    made: string[];
    endpoints: string[];
    events: string[];
  };
  links: string[];
  cursors: string[];
  models: ReturnType<ReturnType<typeof createCatalogue>["models"]>;
  aliases: string[];
  /** Remembers what an answer tells of. */
  learn(body: unknown): void;
  close(): void;
}

export async function makeWorld(): Promise<World> {
  let now = Date.UTC(2026, 8, 1);
  // nobody waits: who would is told at once that the time is over
  const clock: Clock = {
    now: () => now,
    async sleep(ms) {
      now += ms;
    },
  };
  const records = createSqliteRecords({ path: ":memory:" });
  const { objects, put } = inMemory();
  const catalogue = createCatalogue({
    aliases,
    records: [...localModels, ...Object.values(registry).flatMap(({ models }) => models)],
    configured: ["local", ...Object.keys(registry)].filter((name) => name !== WITHOUT_KEY),
  });
  const links = { keyring: { current: "k1", keys: { k1: randomIds.secret() } }, publicUrl: "http://localhost" };
  const silent = () => {};
  const deps = {
    records,
    objects,
    engine: { start: async () => {}, complete: async () => true },
    catalogue,
    clock,
    ids: randomIds,
    log: { info: silent, warn: silent, error: silent },
    namespace: "infill/fuzz",
    refuseWebhook: (url: string) => unsafeBecause(url, { allowLoopback: false }),
    links,
  };
  const webhookSecrets = (tenant: string) => webhookSecretsOf(`whsec_${"A".repeat(32)}`, tenant);
  const app = createApi({ ...deps, webhookSecrets, reference, build: "fuzz" });

  const newKey = async (tenant: string, revoked = false): Promise<string> => {
    const { row, text } = makeApiKey(randomIds, clock, { tenant, name: "fuzz" });
    await records.putKey(revoked ? { ...row, revokedAt: now } : row);
    return text;
  };
  const keys = { good: await newKey(TENANT), poor: await newKey("ten_poor"), revoked: await newKey(TENANT, true) };
  await records.setBudgetLimit("ten_poor", 1);

  const uploaded = async (bytes: Uint8Array | undefined, asset: Partial<Asset> = {}): Promise<string> => {
    const row = sampleAsset({ tenant: TENANT, createdAt: now, uploadExpiresAt: now + 900_000, ...asset });
    await records.putAsset(row);
    if (bytes !== undefined) put(row.key, bytes);
    return row.id;
  };
  const [photo, other, mask] = await Promise.all([picture(640, 480), picture(300, 900), picture(640, 480)]);
  const jobs = await storedJobs(records, put, photo, now);
  const world: World = {
    fetch: async (request) => app.fetch(request),
    formats: (fetchPicture) => createCompat({ ...deps, fetchPicture, maxBodyBytes: 1_000_000 }),
    keys,
    poor: {
      image: await uploaded(photo, { tenant: "ten_poor" }),
      mask: await uploaded(mask, { tenant: "ten_poor", purpose: "mask" }),
    },
    ids: {
      images: [await uploaded(photo), await uploaded(photo)],
      masks: [await uploaded(mask, { purpose: "mask" })],
      pending: [await uploaded(undefined), await uploaded(undefined, { uploadExpiresAt: now - 1 })],
      broken: [await uploaded(new TextEncoder().encode("no picture")), await uploaded(other)],
      jobs: Object.values(jobs).map(({ id }) => id),
      done: [jobs.done.id],
      previewed: [jobs.previewed.id],
      made: [],
      endpoints: [],
      events: [jobs.done.eventId ?? ""],
    },
    links: [resultLink(links, jobs.done, 0).split("/r/")[1] ?? ""],
    cursors: [],
    models: catalogue.models(),
    aliases: Object.keys(aliases),
    learn(body) {
      const { id, object, next, uploads, deleted } = (body ?? {}) as Record<string, unknown>;
      if (typeof next === "string") remember(world.cursors, next);
      if (object === "upload" && typeof id === "string") remember(world.ids.pending, id);
      if (object === "webhook" && typeof id === "string") {
        const { endpoints } = world.ids;
        // a tenant has few, and they come and go
        if (deleted === true) endpoints.splice(endpoints.indexOf(id), 1);
        else if (!endpoints.includes(id)) endpoints.push(id);
      }
      if (object === "job" && typeof id === "string" && !world.ids.jobs.includes(id)) {
        remember(world.ids.jobs, id);
        remember(world.ids.made, id);
      }
      if (Array.isArray(uploads)) for (const each of uploads) world.learn(each);
    },
    close: () => records.close(),
  };
  return world;
}

/** The first ones stay. */
function remember(list: string[], value: string): void {
  if (list.includes(value)) return;
  if (list.length >= REMEMBERED) list.splice(8, 1);
  list.push(value);
}

const picture = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: "white" } })
    .png()
    .toBuffer();

/** Jobs at every stage of their lives. */
async function storedJobs(
  records: Records,
  put: (key: string, bytes: Uint8Array) => void,
  file: Uint8Array,
  now: number,
) {
  const make = async (rest: Partial<Job> = {}): Promise<Job> => {
    const job = sampleJob({ tenant: TENANT, createdAt: now, deadlineAt: now + 21_600_000, ...rest });
    return (await records.createJob(job)).job;
  };
  const running = async (patch: Parameters<Records["updateJob"]>[2] = {}): Promise<Job> => {
    const { id } = await make();
    await records.claimJob(id, "fuzz", now);
    return (await records.updateJob(id, {}, { phase: "submitted", claimedAt: now, ...patch })) ?? (await make());
  };
  const ended = async (end: Parameters<typeof sampleEnd>[1] = {}): Promise<Job> => {
    const job = await running();
    return (await records.endJob(job.id, sampleEnd(job, end)))?.job ?? job;
  };
  const key = "r/done/0.png";
  put(key, file);
  const area = { x: 0, y: 0, width: 640, height: 480 };
  const providerDrift = { changedShare: 0, meanDifference: 0 };
  const fidelity = { outsidePixels: 9, changedOutside: 0, maxDifferenceOutside: 0, providerDrift, crop: area };
  const size = { width: 640, height: 480 };
  const results = [{ key, contentType: "image/png", bytes: file.length, ...size, fidelity } as const];
  return {
    queued: await make(),
    late: await make({ deadlineAt: now - 3_600_000 }),
    previewed: await running({ preview: "w/job/preview.png", pauseToken: "pause" }),
    waiting: await running({ waiting: { reason: "the provider is busy", until: now + 60_000 } }),
    done: await ended({ patch: { results }, url: "https://example.com/hook" }),
    failed: await ended({
      patch: { status: "failed", error: { code: "content_rejected", message: "Refused", retryable: false } },
      settlement: { state: "refunded", amount: 0 },
    }),
    canceled: await ended({ patch: { status: "canceled" }, settlement: { state: "unreconciled", amount: 40_000 } }),
  };
}

/** Storage as far as the API reads it, and erases from it. */
function inMemory(): { objects: Objects; put: (key: string, bytes: Uint8Array) => void } {
  const stored = new Map<string, Uint8Array>();
  const signer = createS3Presigner({
    bucket: "pictures",
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "an example of a secret access key" },
  });
  const none = () => Promise.reject(new Error("the API does not ask for this"));
  return {
    put: (key, bytes) => void stored.set(key, bytes),
    objects: {
      ...signer,
      async readStart(key, length) {
        const bytes = stored.get(key);
        if (bytes === undefined) return undefined;
        return {
          head: { size: bytes.length, contentType: "image/png", etag: '"etag"' },
          bytes: bytes.subarray(0, length),
        };
      },
      read: none,
      // the byte that takes an erased upload's place, once that is removed
      create: async (key, bytes) => void stored.set(key, bytes) === undefined,
      write: none,
      async remove(key) {
        stored.delete(key);
      },
      async removeAll(prefix) {
        for (const key of stored.keys()) if (key.startsWith(prefix)) stored.delete(key);
      },
    },
  };
}

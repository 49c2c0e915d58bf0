import type { Asset } from "../asset.ts";
import { InfillError } from "../errors.ts";
import { randomIds, sha256Hex } from "../ids.ts";
import type { Job } from "../job.ts";
import { type Caller, SCOPES } from "../keys.ts";
import type { Reservation } from "../limits.ts";
import type { ApiKey, JobEnd, Replay, StoredCallback } from "../ports.ts";

/** When samples are made, ms since the epoch. */
export const SAMPLE_TIME = Date.UTC(2026, 0, 1);

/** A tenant nobody else has: what a test makes, another never sees. */
export const sampleTenant = (): string => `ten_${randomIds.secret().slice(0, 16)}`;

/** A queued job as the API makes it: whole, with an id and a tenant of its own. Its reservation follows `estimate`. */
export function sampleJob(overrides: Partial<Job> = {}): Job {
  const id = overrides.id ?? randomIds.make("job");
  const tenant = overrides.tenant ?? sampleTenant();
  const estimate = overrides.estimate ?? 40_000;
  const picture = { contentType: "image/png", width: 1024, height: 768 } as const;
  return {
    v: 1,
    id,
    tenant,
    keyId: randomIds.make("key"),
    fingerprint: sha256Hex(id),
    rev: 0,
    status: "queued",
    progress: 0,
    request: {
      operation: "replace",
      model: "local/fill",
      prompt: "a wooden bench",
      n: 1,
      outputFormat: "png",
      edit: { crop: "auto", feather: 8, grow: 4, maskConvention: "white" },
      providerOptions: {},
      metadata: {},
    },
    image: { ...picture, key: `u/${tenant}/photo`, etag: '"photo"', bytes: 900_000 },
    mask: { ...picture, key: `u/${tenant}/mask`, etag: '"mask"', bytes: 9_000 },
    createdAt: SAMPLE_TIME,
    deadlineAt: SAMPLE_TIME + 600_000,
    callbacksSeen: 0,
    attempt: 0,
    acceptance: "none",
    results: [],
    warnings: [],
    estimate,
    settlement: { state: "reserved", amount: estimate },
    ...overrides,
  };
}

/** How a job ends, with an event of its own: succeeded and paid as estimated, unless a test wants otherwise. */
export function sampleEnd(
  job: Job,
  overrides: {
    patch?: Partial<JobEnd["patch"]>;
    settlement?: JobEnd["settlement"];
    url?: string;
    endpoints?: string[];
  } = {},
): JobEnd {
  const eventId = randomIds.make("evt");
  const status = overrides.patch?.status ?? "succeeded";
  const finishedAt = job.createdAt + 30_000;
  return {
    patch: { progress: 1, phase: undefined, pauseToken: undefined, eventId, ...overrides.patch, status, finishedAt },
    settlement: overrides.settlement ?? { state: "settled", amount: job.estimate },
    event: {
      v: 1,
      id: eventId,
      tenant: job.tenant,
      jobId: job.id,
      type: `job.${status}`,
      createdAt: finishedAt,
      ...(overrides.url === undefined ? {} : { url: overrides.url }),
      ...(overrides.endpoints === undefined ? {} : { endpoints: overrides.endpoints }),
      delivery: { state: overrides.url === undefined ? "none" : "pending", attempts: 0 },
    },
  };
}

/** A photo that was signed for. */
export function sampleAsset(overrides: Partial<Asset> = {}): Asset {
  const id = overrides.id ?? randomIds.make("ast");
  const tenant = overrides.tenant ?? sampleTenant();
  return {
    v: 1,
    id,
    tenant,
    purpose: "image",
    key: `u/${tenant}/${id}`,
    contentType: "image/png",
    contentLength: 900_000,
    createdAt: SAMPLE_TIME,
    uploadExpiresAt: SAMPLE_TIME + 900_000,
    ...overrides,
  };
}

/** An API key at rest, of a secret nobody has. */
export function sampleKey(overrides: Partial<ApiKey> = {}): ApiKey {
  return {
    v: 1,
    id: randomIds.make("key"),
    tenant: sampleTenant(),
    hash: sha256Hex(randomIds.secret()),
    name: "a phone's backend",
    createdAt: SAMPLE_TIME,
    ...overrides,
  };
}

/** Whoever holds a key that may do everything. */
export function sampleCaller(overrides: Partial<Caller> = {}): Caller {
  const keyId = overrides.keyId ?? randomIds.make("key");
  return { tenant: sampleTenant(), subject: keyId, keyId, scopes: SCOPES, ...overrides };
}

/** What a job takes of a counter in tests. */
export const sampleReservation = (counter: string, amount: number, limit: number): Reservation => ({
  counter,
  amount,
  limit,
  returns: true,
  keptUntil: SAMPLE_TIME + 86_400_000,
  refusal: (used) => new InfillError("budget_exceeded", "full", { details: { counter, used } }),
});

/** A callback with this body. */
export const sampleCallback = (body: string, receivedAt = SAMPLE_TIME): StoredCallback => ({
  hash: sha256Hex(body),
  body,
  receivedAt,
});

/** A question that nobody asked before, for an hour. */
export const sampleReplay = (overrides: Partial<Replay> = {}): Replay => ({
  v: 1,
  fingerprint: sha256Hex(randomIds.secret()),
  key: randomIds.make("req"),
  createdAt: SAMPLE_TIME,
  keptUntil: SAMPLE_TIME + 3_600_000,
  ...overrides,
});

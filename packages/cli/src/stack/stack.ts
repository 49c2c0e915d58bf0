import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createS3Objects } from "@infill/aws";
import {
  type Clock,
  callbackToken,
  derivedSecret,
  endUserHash,
  expireJob,
  type JobDeps,
  jobOfExecutionName,
  type Objects,
  type Pixels,
  type Records,
  randomIds,
  startDeliveries,
  startJob,
  type WorkflowDeps,
  webhookSecretsOf,
  wordFor,
} from "@infill/core";
import { createApi } from "@infill/functions/api";
import { createCompat } from "@infill/functions/compat";
import { inpaintHandler } from "@infill/functions/inpaint";
import { createModeration } from "@infill/functions/moderation";
import type { ModerationSettings } from "@infill/functions/moderation-settings";
import { notifyHandler } from "@infill/functions/notify";
import { reference } from "@infill/functions/reference";
import { signWebhook } from "@infill/functions/sign-webhook";
import { createWebhook } from "@infill/functions/webhook";
import {
  createLocalEngine,
  createSqliteRecords,
  type LocalEngine,
  type LocalRecords,
  proxyStorage,
  STORAGE_PATH,
  startLocalStorage,
  systemClock,
} from "@infill/local";
import type { CatalogueSettings } from "@infill/providers/catalogue";
import { createHttp, fetchPicture } from "@infill/providers/http";
import { unsafeBecause } from "@infill/providers/safe-url";
import pLimit from "p-limit";
import { endAll } from "../closing.ts";
import { StackError } from "./error.ts";
import { lockDirectory } from "./lock.ts";
import { fileLog } from "./log.ts";
import { composeProviders, onThisMachine, type ProviderSettings } from "./providers.ts";
import { localSecrets } from "./secrets.ts";
import { listen } from "./server.ts";

export interface StackOptions {
  /** Where everything is kept: records, pictures, secrets, the log. Made when it is not there. */
  dataDirectory: string;
  /** 0 takes any free port. */
  port: number;
  /** Default 127.0.0.1; 0.0.0.0 for phones on the same network. */
  host?: string;
  /** How others reach this stack; the host in every signed URL. Default `http://localhost:{port}`. */
  publicUrl?: string;
  /** Vendors with a key, by provider name; without any, `local/fill` works. */
  providers?: ProviderSettings;
  /** Prices and fallbacks of the operator's own. */
  catalogue?: CatalogueSettings;
  /** The operator's moderation, asked before an edit is sent anywhere, which gets questions signed with `moderationSecret`. */
  moderation?: ModerationSettings | undefined;
  /** Instead of fetching pictures that formats name by address. */
  fetchPicture?: (url: string, signal: AbortSignal) => Promise<Uint8Array>;
  /** Copies the log to standard error. */
  echoLog?: boolean;
  clock?: Clock & Parameters<typeof createLocalEngine>[0]["clock"];
}

export interface Stack {
  url: string;
  apiKey: string;
  /** `whsec_…`: verifies the webhooks that jobs of the stack's own key name. */
  webhookSecret: string;
  /** `whsec_…`: verifies what the operator's moderation is asked. */
  moderationSecret: string;
  /** Models that can be used now, and why the others cannot. */
  models: { id: string; unavailable?: string }[];
  engine: LocalEngine;
  objects: Objects;
  records: Records;
  /**
   * Finishes what is at a checkpoint, leaves the rest for the next start, and frees port and files.
   * @throws what did not end; all the rest has
   */
  close(): Promise<void>;
}

const BUCKET = "infill";

/** What OpenAI takes, an image of 50 MB and a mask of 4 MB, in the form that needs more: base64. */
const MAX_COMPAT_BYTES = 75_000_000;

/**
 * The whole product on this machine: the same API, workflow and receiver as deployed, on local
 * adapters. What a previous process left unfinished goes on.
 * @throws StackError in one line that says what to do
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const directory = resolve(options.dataDirectory);
  makeWritable(directory);
  const unlock = lockDirectory(directory);
  const clock = options.clock ?? systemClock;
  const log = fileLog(directory, { echo: options.echoLog ?? false });
  const closing: (() => Promise<unknown> | unknown)[] = [unlock];
  const stopping = new AbortController();
  let endRequests = async () => {};
  const close = () => {
    // first whoever asks, then what answers them
    stopping.abort();
    return endAll([endRequests, ...closing.splice(0).reverse()]);
  };

  try {
    const server = await listen(options.port, options.host ?? "127.0.0.1");
    endRequests = () => server.close();
    const localUrl = `http://localhost:${server.port}`;
    const publicUrl = options.publicUrl === undefined ? localUrl : checkPublicUrl(options.publicUrl);

    const secrets = localSecrets(directory, randomIds, clock);
    const storage = await startLocalStorage({
      directory: join(directory, "storage"),
      bucket: BUCKET,
      credentials: secrets.storage,
    });
    closing.push(() => storage.close());
    const objects = createS3Objects({
      bucket: BUCKET,
      region: storage.region,
      credentials: storage.credentials,
      endpoint: storage.endpoint,
      publicEndpoint: publicUrl + STORAGE_PATH.replace(/\/$/, ""),
    });

    const records = createSqliteRecords({ path: join(directory, "records.sqlite") });
    closing.push(() => records.close());
    const { row } = secrets.apiKey;
    // once: one that was revoked stays so
    if ((await records.getKey(row.id)) === undefined) await records.putKey(row);

    const { providers: settings = {} } = options;
    // a caller's own webhook receiver, or a simulator, is on this machine; a real vendor has no business there
    const http = { inside: createHttp({ allowLoopback: true }), outside: createHttp() };
    closing.push(() => Promise.all([http.inside.close(), http.outside.close()]));
    const reachable = (provider: string) => {
      const access = settings[provider];
      if (access?.unreachable) return false;
      return publicUrl.startsWith("https://") || (access !== undefined && onThisMachine(access));
    };
    const { byName, catalogue } = await composeProviders(settings, {
      http,
      reachable,
      clock,
      catalogue: options.catalogue,
    });
    const links = { keyring: secrets.keyring, publicUrl };
    const webhookSecrets = (tenant: string) => webhookSecretsOf(secrets.webhookSecret, tenant);
    const [webhookSecret = ""] = webhookSecrets(row.tenant);
    const moderationSecret = derivedSecret(secrets.webhookSecret, "moderation");
    const moderation =
      options.moderation &&
      createModeration({
        ...options.moderation,
        http: http.inside,
        sign: signWebhook([moderationSecret]),
        now: clock.now,
      });

    const shared = { records, objects, catalogue, clock, ids: randomIds, log };
    // engine and handlers need each other: the workflow starts deliveries, the engine runs the workflow
    const workflow = (engine: () => LocalEngine): WorkflowDeps => ({
      ...shared,
      engine: { start: (...call) => engine().start(...call), complete: (token) => engine().complete(token) },
      providers: byName,
      moderation,
      pixels: loadPixels,
      callbackUrl: (provider, jobId, attempt, deadlineAt) =>
        reachable(provider)
          ? `${publicUrl}/webhooks/${provider}/${callbackToken(secrets.keyring, provider, jobId, attempt, deadlineAt)}`
          : undefined,
      endUser: (...user) => endUserHash(secrets.keyring, ...user),
    });
    const engine: LocalEngine = createLocalEngine({
      database: join(directory, "executions.sqlite"),
      clock,
      ids: randomIds,
      log,
      // most of them only wait, for a vendor or a receiver; what computes has a limit of its own
      concurrency: 64,
      handlers: {
        inpaint: (client) =>
          inpaintHandler(
            workflow(() => engine),
            client,
          ),
        notify: (client) =>
          notifyHandler(
            { records, clock, log, links, post: http.inside.postWebhook, webhookSecrets, sign: signWebhook },
            client,
          ),
      },
      onEnded: async (execution) => {
        if (execution.workflow === "inpaint")
          await expireJob({ ...shared, engine }, jobOfExecutionName(execution.name));
      },
    });
    closing.push(() => engine.close());

    const jobDeps: JobDeps = {
      ...shared,
      engine,
      namespace: "infill/local",
      refuseWebhook: (url) => unsafeBecause(url, { allowLoopback: true }),
    };
    server.serve({
      api: createApi({ ...jobDeps, links, webhookSecrets, build: "local", reference, stopping: stopping.signal }).fetch,
      compat: createCompat({
        ...jobDeps,
        links,
        fetchPicture: options.fetchPicture ?? ((url, signal) => fetchPicture(http.inside, url, signal)),
        maxBodyBytes: MAX_COMPAT_BYTES,
        stopping: stopping.signal,
      }).fetch,
      webhook: createWebhook({ ...shared, engine, keyring: secrets.keyring }).fetch,
      storage: proxyStorage(storage),
    });
    engine.resume();
    await startUnclaimed(jobDeps);
    await startUntold({ engine, records, log });

    const address = join(directory, "local.json");
    const simulated = Object.values(settings).some((access) => access.simulated);
    const left = {
      url: localUrl,
      apiKey: secrets.apiKey.text,
      webhookSecret,
      pid: process.pid,
      ...(simulated ? { simulated } : {}),
    };
    writeFileSync(address, JSON.stringify(left), { mode: 0o600 });
    closing.push(() => rmSync(address, { force: true }));

    return {
      url: localUrl,
      apiKey: secrets.apiKey.text,
      webhookSecret,
      moderationSecret,
      models: catalogue.models().map((model) => {
        const unavailable = catalogue.unavailable(model);
        return { id: model.id, ...(unavailable === undefined ? {} : { unavailable }) };
      }),
      engine,
      objects,
      records,
      close,
    };
  } catch (error) {
    // what is told is why it did not start
    await close().catch((left) => log.error("what had started did not end", { error: wordFor(left) }));
    throw error instanceof StackError
      ? error
      : new StackError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @returns it without slashes at its end @throws StackError for what is no http(s) origin */
function checkPublicUrl(text: string): string {
  const url = URL.parse(text);
  if ((url?.protocol === "http:" || url?.protocol === "https:") && url.pathname === "/" && url.search === "")
    return url.origin;
  throw new StackError(
    `INFILL_PUBLIC_URL is ${JSON.stringify(text)}: it must be an origin such as http://192.168.1.20:8787 or https://edit.example.com`,
  );
}

/** What the deployed product's relay does: a job whose start was lost is started from its row. */
async function startUnclaimed(deps: JobDeps): Promise<void> {
  for (const job of await deps.records.unclaimedJobs(1000)) await startJob(deps, job);
}

/** And so is a delivery whose start was lost. One that cannot be started waits for the next start, and nobody for it. */
async function startUntold({ engine, records, log }: Pick<JobDeps, "engine" | "log"> & { records: LocalRecords }) {
  for (const event of records.untoldEvents())
    await startDeliveries(engine, event).catch((error) =>
      log.error("starting a delivery failed; the next start tries again", { event: event.id, error: wordFor(error) }),
    );
}

let pixels: Promise<Pixels> | undefined;
const loadPixels = (): Promise<Pixels> => {
  pixels ??= import("@infill/pixels").then(({ createPixels }) => oneACore(createPixels()));
  return pixels;
};

/** As many pictures at a time as there are cores: each may take a gigabyte. */
function oneACore(unlimited: Pixels): Pixels {
  const turn = pLimit(availableParallelism());
  return {
    prepare: (input) => turn(() => unlimited.prepare(input)),
    finish: (input) => turn(() => unlimited.finish(input)),
  };
}

function makeWritable(directory: string): void {
  try {
    makeDirectory(directory);
    const probe = join(directory, ".writable");
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw new StackError(
      `The data directory ${directory} cannot be written (${(error as NodeJS.ErrnoException).code}): name another with INFILL_DATA`,
      { cause: error },
    );
  }
}

/** One level after the other: Node's own `recursive` never returns where a parent refuses with ENOENT, as /proc does. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

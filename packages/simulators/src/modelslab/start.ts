import { type Changes, createChanges } from "../changes.ts";
import { fetchPicture, openPicture, SizeMismatch } from "../pictures.ts";
import { seededRandom } from "../random.ts";
import { createRequestLog, type LoggedRequest } from "../request-log.ts";
import { createRulebook } from "../rulebook.ts";
import { startServer } from "../server.ts";
import { stoppable, systemTime, type Time } from "../time.ts";
import type { Work } from "../vendor.ts";
import { callbackEmpty, callbackFailed, callbackProcessing, callbackResult } from "./answers.ts";
import type { Behaviour, Rule } from "./behaviour.ts";
import { type CallbackStep, callbackSteps, type SentCallback, sendCallback } from "./callbacks.ts";
import { answeredAtOnce, createJobs, type Job, type Photographed } from "./jobs.ts";
import { createLinkStore } from "./links.ts";
import { createRoutes } from "./routes.ts";
import { base64Bytes, type Submit } from "./submit.ts";

export interface ModelsLabOptions {
  /** The API keys it knows. */
  keys: readonly string[];
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Where others reach it, without a slash at the end; default its own url. All links in answers begin with it. */
  publicUrl?: string;
  /** Default the real clock. */
  time?: Time;
  /** For everything drawn at random: missing seeds and file names. Default 1. */
  randomSeed?: number;
  /** Default true: photos on this machine may be downloaded. */
  allowPrivateImageHosts?: boolean;
  /** Unfinished jobs a key may have; default 5, the smallest plan. */
  maxQueued?: number;
  /** Whether ids are whole numbers (default) or the same digits in a string. */
  ids?: "int" | "string";
  /** The id of the first job; default the example's of the vendor's reference, plus one. */
  firstId?: number;
  /** How long links to results live, in seconds; default a day. */
  linkSeconds?: number;
  /** For every submit that no rule says otherwise about. */
  behaviour?: Behaviour;
}

export interface ModelsLabSimulator extends Pick<Changes, "until"> {
  /** `http://host:port`; the API's base is `{url}/api/v6`. */
  readonly url: string;
  /** The latest requests, whatever they were for, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** Every job that was taken, oldest first. */
  readonly jobs: readonly Readonly<Job>[];
  /** The same as other vendors have it: those whose pictures were downloaded. */
  readonly works: readonly Work[];
  /** Every webhook call, oldest first, each with its outcome once there is one. */
  readonly callbacks: readonly Readonly<SentCallback>[];
  /** Calls that were charged, all jobs together. */
  readonly billed: number;
  /** Scripts the next submits. @returns a function that withdraws the rule */
  behave(rule: Rule): () => void;
  /** Ends a job now, whatever its eta; resolves when it can be fetched. @throws Error for an unknown id */
  release(id: string | number): Promise<void>;
  /** Calls a job's webhook once more, now; resolves when the receiver has answered. */
  callBack(id: string | number, body?: CallbackStep["body"]): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Two base64 photos of 1024 px and change. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const CALLBACK_BODIES: Record<CallbackStep["body"], (job: Job, base: string) => Record<string, unknown>> = {
  result: callbackResult,
  empty: callbackEmpty,
  processing: callbackProcessing,
  failed: callbackFailed,
};

/**
 * ModelsLab's inpainting API on this machine, over real HTTP: it checks requests as the vendor's reference says,
 * downloads both pictures, paints inside the mask, queues, calls back – and misbehaves as told by `behave`.
 *
 * @example
 * await using modelsLab = await startModelsLab({ keys: ["test-key"] });
 * modelsLab.behave({ answer: "reset", callback: "never" });
 */
export async function startModelsLab(options: ModelsLabOptions): Promise<ModelsLabSimulator> {
  const time = stoppable(options.time ?? systemTime);
  const closing = new AbortController();
  const changes = createChanges();
  const log = createRequestLog(changes);
  const rulebook = createRulebook<Behaviour>(options.behaviour ?? {});
  const links = createLinkStore(time);
  const callbacks: SentCallback[] = [];

  async function photograph(submit: Submit): Promise<Photographed> {
    const source = { time, signal: closing.signal, allowPrivateHosts: options.allowPrivateImageHosts ?? true };
    const get = async (image: string) => {
      if (!submit.base64) return await fetchPicture(image, source);
      return await openPicture(base64Bytes(image) ?? new Uint8Array());
    };
    const [photo, mask] = await Promise.all([get(submit.initImage), get(submit.maskImage)]);
    if (photo.width !== mask.width || photo.height !== mask.height) throw new SizeMismatch(photo, mask);
    return { photo, mask };
  }

  const jobs = createJobs({
    time,
    random: seededRandom(options.randomSeed ?? 1),
    ids: options.ids ?? "int",
    firstId: options.firstId ?? 12_384_052,
    linkSeconds: options.linkSeconds ?? 24 * 3600,
    links,
    changes,
    photograph,
    onEnd: (job) => runCallbacks(job, "finished"),
  });

  async function call(job: Job, body: CallbackStep["body"]): Promise<void> {
    if (job.submit.webhook === null || closing.signal.aborted) return;
    const callback: SentCallback = {
      jobId: job.id,
      url: job.submit.webhook,
      body: CALLBACK_BODIES[body](job, publicUrl()),
      sentAt: time.now(),
    };
    callbacks.push(callback);
    changes.changed();
    await sendCallback(callback, { time, changes, closing: closing.signal });
  }

  async function runCallbacks(job: Job, at: CallbackStep["at"]): Promise<void> {
    const callback = job.behaviour.callback ?? (answeredAtOnce(job) ? "never" : "once");
    const due = callbackSteps(callback).filter((step) => step.at === at);
    await Promise.all(
      due.map(({ body, afterSeconds = 0 }) => {
        if (afterSeconds === 0) return call(job, body);
        time.schedule(afterSeconds * 1000, () => void call(job, body));
        return undefined;
      }),
    );
  }

  const handle = createRoutes({
    keys: options.keys,
    maxQueued: options.maxQueued ?? 5,
    time,
    log,
    rulebook,
    links,
    jobs,
    photograph,
    publicUrl,
    runCallbacks,
  });
  const server = await startServer({
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    maxBodyBytes: MAX_BODY_BYTES,
    handle,
  });
  function publicUrl() {
    return options.publicUrl ?? server.url;
  }

  function known(id: string | number): Job {
    const job = jobs.find(String(id));
    if (job === undefined) throw new Error(`There is no job ${id}; there are ${jobs.all.map((each) => each.id)}`);
    return job;
  }
  async function close() {
    closing.abort(new Error("the simulator is closing"));
    time.stop();
    await server.close();
  }

  return {
    url: server.url,
    requests: log.entries,
    jobs: jobs.all,
    get works() {
      return jobs.all.flatMap(({ submit, received }): Work[] => {
        if (received === undefined) return [];
        const { photo, mask } = received;
        const fields = { ...submit };
        return [{ prompt: submit.prompt, photo: photo.bytes, mask: mask.bytes, paints: "white", fields }];
      });
    },
    callbacks,
    get billed() {
      return jobs.all.reduce((sum, job) => sum + job.billed, 0);
    },
    until: changes.until,
    behave: rulebook.add,
    release: async (id) => await jobs.end(known(id)),
    callBack: async (id, body = "result") => await call(known(id), body),
    close,
    [Symbol.asyncDispose]: close,
  };
}

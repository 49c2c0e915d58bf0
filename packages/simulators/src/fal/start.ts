import { createFileStore } from "../files.ts";
import { readJson } from "../forms.ts";
import { paint, paintBlank } from "../paint.ts";
import type { Picture } from "../pictures.ts";
import { createQueue, deliver, type QueuedWork } from "../queue.ts";
import type { LoggedRequest } from "../request-log.ts";
import { type Answer, type Exchange, json } from "../server.ts";
import { startVendor, type VendorCore, type VendorOptions, type VendorSimulator } from "../vendor.ts";
import { CONTENT_POLICY, FAL_REFUSALS, type FalBehaviour, INVALID, runnerError } from "./behaviour.ts";
import { readFill } from "./request.ts";
import { createSigner, type Signer } from "./webhooks.ts";

/** A request that was queued. One whose input is wrong is queued too, without pictures. */
export interface FalWork extends QueuedWork {
  readonly behaviour: FalBehaviour;
  readonly webhook: string | null;
  /** What its result is, once it is done. */
  readonly result: Answer;
  polled: boolean;
}

export interface FalOptions extends VendorOptions<FalBehaviour> {
  /** Default true: pictures on this machine may be downloaded. */
  allowPrivateImageHosts?: boolean;
}

export interface FalSimulator extends VendorSimulator<FalBehaviour, FalWork> {
  /** Ends a request now; resolves when its webhook has been answered. @throws Error for an unknown id */
  release(id: string): Promise<void>;
  /** Signs with another key from now on. */
  rotateKey(): void;
}

const APP = "/fal-ai/flux-pro";
const FILES = "/files/";

/**
 * fal's queue on this machine, for FLUX.1 Fill [pro]: it takes requests first and checks their input then, downloads
 * both pictures, paints where the mask is white, and signs its webhooks with a key of its own.
 */
export async function startFal(options: FalOptions): Promise<FalSimulator> {
  const signer = createSigner();
  const made = Promise.withResolvers<(id: string) => Promise<void>>();
  const vendor = await startVendor<FalBehaviour, FalWork>(options, (core) => {
    const { release, handle } = createRoutes(core, signer, options.allowPrivateImageHosts ?? true);
    made.resolve(release);
    return handle;
  });
  return { ...vendor, release: await made.promise, rotateKey: signer.rotate };
}

function createRoutes(core: VendorCore<FalBehaviour, FalWork>, signer: Signer, allowPrivateHosts: boolean) {
  const { time, random, rulebook, log, closing } = core;
  const files = createFileStore<"file">(time, { file: FILES });
  const queue = createQueue(core, async ({ id, webhook, result }) => {
    if (webhook === null) return;
    const claim = result.status === 200 ? { status: "OK" } : { status: "ERROR", error: wrongStatus(result) };
    const payload: unknown = JSON.parse(String(result.body));
    const text = JSON.stringify({ request_id: id, gateway_request_id: id, ...claim, payload });
    await deliver({ url: webhook, text, headers: signer.headers(text, id, time.now()) }, { time, closing });
  });

  async function submit(exchange: Exchange, entry: LoggedRequest): Promise<void> {
    const body = await readJson(exchange);
    if (!knows(exchange)) return exchange.send(FAL_REFUSALS["invalid-key"]);
    if (body === undefined) return exchange.send(FAL_REFUSALS["bad-request"]);
    log.read(entry, body);
    const behaviour = rulebook.take(body);
    if (behaviour.refuse !== undefined) return exchange.send(FAL_REFUSALS[behaviour.refuse]);

    const id = random.uuid();
    const read = await readFill(body, { time, signal: closing, allowPrivateHosts });
    const { photo = NONE, mask = NONE } = Array.isArray(read) ? {} : read;
    const result = Array.isArray(read) ? json({ detail: read }, 422) : await work(id, body, read, behaviour);
    const { prompt, image_url: _, mask_url: __, ...fields } = body;
    const taken = { id, done: false, polled: false, behaviour, result, webhook: exchange.query.get("fal_webhook") };
    queue.add(
      { ...taken, prompt: String(prompt), photo: photo.bytes, mask: mask.bytes, paints: "white", fields },
      behaviour.takesSeconds ?? 2,
    );
    const host = behaviour.answer === "foreign" ? "https://keys.example.com" : core.publicUrl();
    exchange.send(json({ status: "IN_QUEUE", request_id: id, ...addresses(host, id), queue_position: 0 }));
  }

  /** Runs the model: what the result will be. */
  async function work(
    id: string,
    { prompt, seed: given, num_images: count = 1 }: Readonly<Record<string, unknown>>,
    { photo, mask }: { photo: Picture; mask: Picture },
    { outcome = "ok", links = "ok" }: FalBehaviour,
  ): Promise<Answer> {
    if (outcome === "content-policy") return CONTENT_POLICY;
    if (outcome === "invalid") return INVALID;
    if (outcome === "runner-error") return runnerError(String(prompt));
    const seed = typeof given === "number" ? given : random.next();
    const { width, height } = photo;
    const flags = Array.from(
      { length: Number(count) },
      (_, at) => outcome === "nsfw" || (outcome !== "ok" && at === 0),
    );
    const images = flags.map((flagged, at) => {
      const job = { photo: photo.bytes, mask: mask.bytes, width, height, prompt: String(prompt), seed: seed + at };
      const make = () => (flagged ? paintBlank(width, height) : paint(job));
      const name = `${id}-${at}.png`;
      files.put(name, { make, contentType: "image/png", faults: { file: links } });
      return { url: `${core.publicUrl()}${FILES}${name}`, content_type: "image/png", width, height };
    });
    return json({ images, seed, prompt, has_nsfw_concepts: flags, timings: {} });
  }

  function status(work: FalWork): Answer {
    const here = addresses(core.publicUrl(), work.id);
    if (work.done) {
      const { outcome } = work.behaviour;
      const error =
        outcome === "runner-error" ? { error: wrongStatus(work.result), error_type: "runner_server_error" } : {};
      return json({ status: "COMPLETED", request_id: work.id, ...here, metrics: { inference_time: 4.2 }, ...error });
    }
    const queued = !work.polled;
    work.polled = true;
    const stands = queued ? { status: "IN_QUEUE", queue_position: 0 } : { status: "IN_PROGRESS" };
    return json({ ...stands, request_id: work.id, ...here }, 202);
  }

  function question({ path }: Exchange): Answer {
    const [, id = "", rest] = /^\/fal-ai\/flux-pro\/requests\/([\w-]+)(\/status)?$/.exec(path) ?? [];
    const work = queue.find(id);
    if (work === undefined) return json({ detail: "Request not found" }, 404);
    if (rest !== undefined) return status(work);
    return work.done ? work.result : json({ detail: "Request is still in progress" }, 400);
  }

  const knows = ({ headers }: Exchange): boolean => core.keys.some((key) => headers.authorization === `Key ${key}`);

  async function handle(exchange: Exchange, entry: LoggedRequest): Promise<void> {
    if (await files.serve(exchange)) return;
    const { method, path } = exchange;
    if (method === "POST" && path === `${APP}/v1/fill`) return submit(exchange, entry);
    if (method === "GET" && path === "/.well-known/jwks.json") return exchange.send(json(signer.keys()));
    if (method !== "GET") return exchange.send(FAL_REFUSALS["not-found"]);
    exchange.send(knows(exchange) ? question(exchange) : FAL_REFUSALS["invalid-key"]);
  }

  return { release: queue.release, handle };
}

const NONE = { bytes: new Uint8Array() };

const wrongStatus = ({ status }: Answer): string => `Invalid status code: ${status}`;

const addresses = (host: string, id: string) => {
  const response_url = `${host}${APP}/requests/${id}`;
  return { response_url, status_url: `${response_url}/status`, cancel_url: `${response_url}/cancel` };
};

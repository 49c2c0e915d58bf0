import { createHmac } from "node:crypto";
import { createFileStore } from "../files.ts";
import { readJson } from "../forms.ts";
import { paint } from "../paint.ts";
import { createQueue, deliver, type QueuedWork } from "../queue.ts";
import type { LoggedRequest } from "../request-log.ts";
import { type Answer, type Exchange, json } from "../server.ts";
import { startVendor, type VendorCore, type VendorOptions, type VendorSimulator } from "../vendor.ts";
import { BFL_REFUSALS, type BflBehaviour } from "./behaviour.ts";
import { type FillRequest, readFill } from "./request.ts";

/** A task that was taken. */
export interface BflWork extends QueuedWork {
  readonly behaviour: BflBehaviour;
  readonly seed: number;
  readonly webhook: FillRequest["webhook"];
}

export type BflOptions = VendorOptions<BflBehaviour>;

export interface BflSimulator extends VendorSimulator<BflBehaviour, BflWork> {
  /** Ends a task now; resolves when its webhook has been answered. @throws Error for an unknown id */
  release(id: string): Promise<void>;
}

/** A result's link lives this long. */
const SAMPLE_MS = 10 * 60_000;
const SAMPLES = "/results/";
/** $0.05, in credits of $0.01. */
const COST_CREDITS = 5;

const POLL_HOSTS = { regional: "https://api.eu.bfl.ai", foreign: "https://bfl.ai.example.com" };

/**
 * Black Forest Labs' API on this machine, for FLUX.1 Fill [pro]: it checks requests as its OpenAPI document says,
 * paints where the mask is white, and signs the webhooks of those that gave a secret.
 */
export async function startBfl(options: BflOptions): Promise<BflSimulator> {
  const made = Promise.withResolvers<(id: string) => Promise<void>>();
  const vendor = await startVendor<BflBehaviour, BflWork>(options, (core) => {
    const { release, handle } = createRoutes(core);
    made.resolve(release);
    return handle;
  });
  return { ...vendor, release: await made.promise };
}

function createRoutes(core: VendorCore<BflBehaviour, BflWork>) {
  const { time, random, rulebook, log, closing } = core;
  const files = createFileStore<"sample">(time, { sample: SAMPLES });
  const queue = createQueue(core, async (work) => {
    time.schedule(SAMPLE_MS, () => files.expire(`${work.id}.png`));
    if (work.webhook === undefined) return;
    const { url, secret } = work.webhook;
    const text = JSON.stringify({ ...taskAnswer(work), timestamp: new Date(time.now()).toISOString() });
    const signature = secret && `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`;
    await deliver({ url, text, headers: signature ? { "X-BFL-Signature": signature } : {} }, { time, closing });
  });

  function taskAnswer(work: BflWork) {
    const { id, behaviour, prompt, seed } = work;
    const status = work.done ? (behaviour.outcome ?? "Ready") : "Pending";
    const nothing = { id, status, result: null, progress: null, details: null, preview: null };
    if (status === "Pending") return { ...nothing, progress: 0.5 };
    if (status === "Ready") {
      return { ...nothing, result: { sample: `${core.publicUrl()}${SAMPLES}${id}.png`, prompt, seed } };
    }
    if (status === "Error") return { ...nothing, details: { error: `The generation failed: ${prompt}` } };
    if (status === "Task not found") return nothing;
    return { ...nothing, details: { "Moderation Reasons": ["Safety Filter"] } };
  }

  async function fill(exchange: Exchange, entry: LoggedRequest): Promise<void> {
    const body = await readJson(exchange);
    if (!knows(exchange)) return exchange.send(BFL_REFUSALS.forbidden);
    if (body === undefined) return exchange.send(BFL_REFUSALS["bad-request"]);
    const { webhook_secret: secret, ...shown } = body;
    log.read(entry, secret === undefined ? shown : { ...shown, webhook_secret: "***" });
    const behaviour = rulebook.take(body);
    if (behaviour.refuse !== undefined) return exchange.send(BFL_REFUSALS[behaviour.refuse]);
    const request = await readFill(body);
    if (Array.isArray(request)) return exchange.send(json({ detail: request }, 422));

    const { photo, mask, prompt, seed = random.next(), webhook } = request;
    const { image: _, mask: __, prompt: ___, ...fields } = body;
    const id = random.uuid();
    const { width, height } = photo;
    const make = () => paint({ photo: photo.bytes, mask: mask.bytes, width, height, prompt, seed });
    files.put(`${id}.png`, { make, contentType: "image/png", faults: { sample: behaviour.links ?? "ok" } });
    const asked = { prompt, photo: photo.bytes, mask: mask.bytes, paints: "white" as const, fields };
    const work = { id, done: false, ...asked, behaviour, seed, webhook };
    queue.add(work, behaviour.takesSeconds ?? 2);
    const bill = { cost: COST_CREDITS, input_mp: megapixels(width, height), output_mp: megapixels(width, height) };
    const leads = behaviour.answer ?? (webhook === undefined ? "own" : "none");
    if (leads === "none")
      return exchange.send(json({ id, status: "Pending", webhook_url: webhook?.url ?? "", ...bill }));
    const host = leads === "own" ? core.publicUrl() : POLL_HOSTS[leads];
    exchange.send(json({ id, polling_url: `${host}/v1/get_result?id=${id}`, ...bill }));
  }

  function result({ query }: Exchange): Answer {
    const id = query.get("id") ?? "";
    const work = queue.find(id);
    return work === undefined ? json({ id, status: "Task not found", result: null }, 404) : json(taskAnswer(work));
  }

  const knows = ({ headers }: Exchange): boolean => core.keys.includes(String(headers["x-key"]));

  async function handle(exchange: Exchange, entry: LoggedRequest): Promise<void> {
    if (await files.serve(exchange)) return;
    switch (`${exchange.method} ${exchange.path}`) {
      case "POST /v1/flux-pro-1.0-fill":
        return fill(exchange, entry);
      case "GET /v1/get_result":
        return exchange.send(knows(exchange) ? result(exchange) : BFL_REFUSALS.forbidden);
      case "GET /v1/credits":
        return exchange.send(knows(exchange) ? json({ credits: 100 }) : BFL_REFUSALS.forbidden);
      default:
        return exchange.send(json({ detail: "Not Found" }, 404));
    }
  }

  return { release: queue.release, handle };
}

const megapixels = (width: number, height: number): number => Math.round(width * height * 1e-4) / 100;

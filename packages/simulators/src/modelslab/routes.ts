import { PictureError, SizeMismatch } from "../pictures.ts";
import type { LoggedRequest, RequestLog } from "../request-log.ts";
import { type Exchange, html, json } from "../server.ts";
import type { Time } from "../time.ts";
import { fetchAnswer, fetchProcessing, submitProcessing, submitSuccess } from "./answers.ts";
import type { Behaviour, FetchStep, Rulebook } from "./behaviour.ts";
import { type CallbackStep, callbackSteps } from "./callbacks.ts";
import type { Fields } from "./fields.ts";
import { answeredAtOnce, type Job, type Jobs, type Photographed, UNFETCHABLE } from "./jobs.ts";
import type { LinkStore } from "./links.ts";
import { REFUSALS, type Refusal, refusalAnswer } from "./refusals.ts";
import { parseSubmit, type Submit } from "./submit.ts";

export interface RoutesOptions {
  keys: readonly string[];
  maxQueued: number;
  time: Time;
  log: RequestLog;
  rulebook: Rulebook;
  links: LinkStore;
  jobs: Jobs;
  /** Gets both pictures. @throws PictureError, SizeMismatch */
  photograph(submit: Submit): Promise<Photographed>;
  publicUrl(): string;
  /** Makes the webhook calls of one moment; resolves when those without a delay are answered. */
  runCallbacks(job: Job, at: CallbackStep["at"]): Promise<void>;
}

/** The API's four paths and the links to results. */
export function createRoutes(options: RoutesOptions): (exchange: Exchange) => Promise<void> {
  const { keys, maxQueued, time, log, rulebook, links, jobs, photograph, publicUrl, runCallbacks } = options;

  async function handle(exchange: Exchange): Promise<void> {
    const { method, path, headers } = exchange;
    const entry = log.add({ at: time.now(), method, path, headers });
    if (await links.serve(exchange)) return;
    const id = path.match(/^\/api\/v6\/(?:image_editing|images)\/fetch\/([^/]+)$/)?.[1];
    if (method !== "POST") return exchange.send(json({ status: "error", message: "Not found" }, 404));
    if (path === "/api/v6/image_editing/inpaint") return await inpaint(exchange, entry);
    if (path === "/api/v6/images/fetch") return await fetchById(exchange, entry);
    if (id !== undefined) return await fetchById(exchange, entry, id);
    exchange.send(json({ status: "error", message: "Not found" }, 404));
  }

  async function inpaint(exchange: Exchange, entry: LoggedRequest): Promise<void> {
    if (rulebook.takeUnread()) return exchange.reset();
    const body = await readFields(exchange, entry, log);
    const behaviour = rulebook.take(body);
    const refuse = (refusal: Refusal) => exchange.send(refused(refusal, behaviour));

    if (behaviour.answer === "html-500") return exchange.send(html(500, "Internal Server Error"));
    if (behaviour.answer === "html-503") return exchange.send(html(503, "Service Unavailable"));
    if (behaviour.refuse !== undefined) {
      return refuse(typeof behaviour.refuse === "string" ? REFUSALS[behaviour.refuse] : behaviour.refuse);
    }
    const parsed = parseSubmit(body);
    if (body.key && !knows(body)) return refuse(REFUSALS["invalid-key"]);
    if ("problems" in parsed) return refuse({ code: 400, reason: parsed.problems });
    const { submit } = parsed;

    let pictures: Photographed | undefined;
    try {
      if (behaviour.imagesReadAt !== "work") pictures = await photograph(submit);
    } catch (error) {
      return refuse(pictureRefusal(error));
    }
    // no await from the count to the acceptance: two submits at once must not both take the last place
    if (jobs.queued(submit.key) >= maxQueued) return refuse(queueFull(maxQueued));
    await take(exchange, jobs.accept(submit, behaviour, pictures));
  }

  async function take(exchange: Exchange, job: Job): Promise<void> {
    const { answer = "queued", callback = "once", takesSeconds = job.etaSeconds } = job.behaviour;
    const atOnce = answeredAtOnce(job);
    const early = callbackSteps(callback).filter(({ at }) => at === "before-answer");
    if (atOnce || early.some(({ body }) => body !== "processing")) await jobs.end(job);
    else if (takesSeconds !== Infinity) time.schedule(takesSeconds * 1000, () => void jobs.end(job));

    await runCallbacks(job, "before-answer");
    if (answer === "reset") exchange.reset();
    else if (answer === "accepted-html-502") exchange.send(html(502, "Bad Gateway"));
    else if (answer !== "hang") {
      const { state } = job;
      if (!atOnce) exchange.send(json(submitProcessing(job, publicUrl())));
      else exchange.send(json(state === "success" ? submitSuccess(job, publicUrl()) : fetchAnswer(job, publicUrl())));
    }
    await runCallbacks(job, "accepted");
  }

  async function fetchById(exchange: Exchange, entry: LoggedRequest, idInPath?: string): Promise<void> {
    const body = await readFields(exchange, entry, log);
    const job = jobs.find(idInPath ?? String(body.request_id ?? ""));
    const behaviour = job?.behaviour ?? rulebook.standard;
    if (!knows(body)) return exchange.send(refused(REFUSALS["invalid-key"], behaviour));
    const step = job === undefined ? standingFetch() : fetchStep(job);
    const fault = FETCH_FAULTS[step];
    if (fault !== undefined) return fault(exchange, behaviour);
    // any known key may ask for any job: nothing in the vendor's pages says otherwise
    if (job === undefined) return exchange.send(refused({ code: 400, reason: "Request not found" }, behaviour));
    exchange.send(json(FETCHES[step]?.(job) ?? fetchAnswer(job, publicUrl())));
  }

  function fetchStep(job: Job): FetchStep {
    const plan = job.behaviour.fetch;
    return (Array.isArray(plan) ? job.fetchSteps.shift() : plan) ?? "truth";
  }

  /** What a fetch of work that nobody submitted meets. */
  function standingFetch(): FetchStep {
    const { fetch = "truth" } = rulebook.standard;
    return Array.isArray(fetch) ? "truth" : fetch;
  }

  /** What befalls a fetch before anyone looks for the job. */
  const FETCH_FAULTS: Partial<Record<FetchStep, (exchange: Exchange, behaviour: Behaviour) => void>> = {
    "rate-limit": (exchange, behaviour) => exchange.send(refused(REFUSALS["rate-limit"], behaviour)),
    "html-500": (exchange) => exchange.send(html(500, "Internal Server Error")),
    "html-503": (exchange) => exchange.send(html(503, "Service Unavailable")),
    hang: () => {},
    reset: (exchange) => exchange.reset(),
  };

  /** Answers that are not the truth. */
  const FETCHES: Partial<Record<FetchStep, (job: Job) => Record<string, unknown>>> = {
    processing: fetchProcessing,
    "success-empty": (job) => ({ status: "success", id: job.id, output: [] }),
    error: () => ({ status: "error", message: "Generation failed" }),
    failed: () => ({ status: "failed", id: "", message: "Generation failed", output: "" }),
  };

  function refused(refusal: Refusal, { errorShape, errorStatus = "mixed" }: Behaviour) {
    return refusalAnswer(refusal, { shape: errorShape, status: errorStatus }, time.now());
  }

  function knows(body: Fields): boolean {
    return typeof body.key === "string" && keys.includes(body.key);
  }

  return handle;
}

/** The fields of a JSON body; anything else has none, as the vendor's framework sees it. */
async function readFields(exchange: Exchange, entry: LoggedRequest, log: RequestLog): Promise<Fields> {
  const text = (await exchange.readBody()).toString();
  if (!exchange.headers["content-type"]?.includes("json")) return {};
  try {
    const body: unknown = JSON.parse(text);
    log.read(entry, body);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
  } catch {
    return {};
  }
}

function pictureRefusal(error: unknown): Refusal {
  if (error instanceof PictureError) return { code: 400, reason: { init_image: [UNFETCHABLE] } };
  if (error instanceof SizeMismatch) return { code: 400, reason: { mask_image: [error.message] } };
  throw error;
}

function queueFull(maxQueued: number): Refusal {
  const reason = `Rate limit exceeded. Maximum ${maxQueued} queued requests allowed.`;
  return { ...REFUSALS["rate-limit"], reason };
}

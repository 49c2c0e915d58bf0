import {
  type PollOutcome,
  type Provider,
  ProviderFailure,
  type ProviderJob,
  type ProviderOutput,
  type ProviderRequest,
  type SubmitOutcome,
} from "@infill/core";
import { MODELS, VENDORS, type VendorName } from "./models.ts";
import { type Answer, Broken, type Process } from "./process.ts";
import { SECRETS } from "./secrets.ts";
import type { World } from "./world.ts";

/** Work that a vendor took: what really became of it. */
export interface Work {
  id: string;
  vendor: VendorName;
  model: string;
  jobId: string;
  attempt: number;
  n: number;
  callbackUrl: string | undefined;
  /** When it ends; `Infinity` for what the vendor forgets. */
  doneAt: number;
  end: "succeeded" | ProviderFailure;
}

const UNREACHABLE = () => new ProviderFailure("provider_unavailable", "It could not be reached", { accepted: "no" });
const LOST = () => new Error(`read ECONNRESET, authorization: Bearer ${SECRETS.vendor}`);

/** How accepted work ends, with how often of a hundred. */
const ENDS: readonly [number, () => Work["end"]][] = [
  [72, () => "succeeded"],
  [10, () => new ProviderFailure("provider_unavailable", "It broke", { accepted: "yes", charged: "no" })],
  [6, () => new ProviderFailure("provider_unavailable", "It broke", { accepted: "yes", charged: "unknown" })],
  [6, () => new ProviderFailure("provider_rejected", "It cannot", { accepted: "yes", charged: "yes" })],
  [6, () => new ProviderFailure("content_rejected", "It may not", { accepted: "yes", charged: "no" })],
];

/** What keeps a vendor from taking work, with how often of a hundred. */
const REFUSALS: readonly [number, () => ProviderFailure][] = [
  [5, () => new ProviderFailure("rate_limited", "Later", { accepted: "no", retryAfterSeconds: 4 })],
  [2, () => new ProviderFailure("provider_rejected", "Never", { accepted: "no" })],
  [2, () => new ProviderFailure("content_rejected", "Not that", { accepted: "no" })],
  [5, UNREACHABLE],
];

/** @param share in [0, 1) */
function pick<T>(list: readonly [number, () => T][], share: number): T | undefined {
  let sum = 0;
  for (const [percent, make] of list) {
    sum += percent;
    if (share * 100 < sum) return make();
  }
  return undefined;
}

export interface Watcher {
  /** A vendor takes work. */
  took(work: Work): void;
}

/** One vendor: the truth about its work, and the adapters that ask for it. */
export class Vendor {
  readonly name: VendorName;
  readonly works = new Map<string, Work>();
  readonly #world: World;
  readonly #watcher: Watcher;
  readonly #arrivals = new Map<string, number>();

  constructor(world: World, name: VendorName, watcher: Watcher) {
    this.#world = world;
    this.name = name;
    this.#watcher = watcher;
  }

  /** The adapter, as a process has it. */
  adapter(process: () => Process): Provider {
    return {
      name: this.name,
      models: MODELS.filter(({ provider }) => provider === this.name),
      submit: async (request, { signal }) => {
        await request.image.url();
        return process().call<SubmitOutcome>(`submit to ${this.name}`, () => this.#submit(request, process), {
          faults: ["dies before", "dies after", "dies, and it comes late"],
          signal,
        });
      },
      poll: (job, { signal }) =>
        process().call<PollOutcome>(`poll of ${this.name}`, () => this.#poll(job, process), { signal }),
      readCallback: async ({ body }) => {
        const { state = "unknown", id } = (body ?? {}) as { state?: "succeeded"; id?: string };
        return { state, ...(id === undefined ? {} : { job: { id } }) };
      },
    };
  }

  /** The pictures of work that succeeded. */
  outputsOf(work: Work, process: () => Process): ProviderOutput[] {
    return Array.from({ length: work.n }, (_, i) => ({
      read: (signal) =>
        process().call(`download from ${this.name}`, () => ({ value: Buffer.from(`${work.id}/${i}`) }), { signal }),
    }));
  }

  #submit(request: ProviderRequest, process: () => Process): Answer<SubmitOutcome> {
    const { draw, faultRate } = this.#world;
    const asked = `${request.jobId} ${request.model} ${request.attempt}`;
    const arrival = this.#arrivals.get(asked) ?? 0;
    this.#arrivals.set(asked, arrival + 1);
    const name = `submit ${asked} ${arrival}`;
    const loses = faultRate > 0 && this.#world.breaks(`lost ${name}`, 0.12);
    if (loses && draw(`lost on the way ${name}`) < 0.3) return { error: LOST(), takes: 2000 };
    const refusal = pick(REFUSALS, draw(`refusal ${name}`));
    if (refusal !== undefined) return { error: refusal };
    const work = this.#take(request, name);
    const { sync } = VENDORS[this.name];
    const takes = sync ? work.doneAt - this.#world.now : draw.whole(`answer ${name}`, 5, 800);
    if (loses) return { error: LOST(), takes: Math.min(takes, 60_000) };
    if (!sync) return { value: { state: "accepted", job: { id: work.id }, etaSeconds: 3 }, takes };
    if (!Number.isFinite(takes)) return { error: new Broken("it never answers"), takes: 60_000 };
    if (work.end !== "succeeded") return { error: work.end, takes };
    const named = draw(`named ${name}`) < 0.5 ? { job: { id: work.id } } : {};
    return { value: { state: "succeeded", ...named, outputs: this.outputsOf(work, process) }, takes };
  }

  #take({ jobId, attempt, model, n, callbackUrl }: ProviderRequest, name: string): Work {
    const { draw, now } = this.#world;
    const forgotten = draw(`forgotten ${name}`) < 0.04;
    const ms = draw(`quick ${name}`) < 0.2 ? draw.whole(`ms ${name}`, 0, 1500) : draw.whole(`ms ${name}`, 0, 40_000);
    const work: Work = {
      id: `${this.name}-${draw.whole(`id ${name}`, 1, 2 ** 31)}`,
      vendor: this.name,
      model,
      jobId,
      attempt,
      n,
      callbackUrl: VENDORS[this.name].callsBack ? callbackUrl : undefined,
      doneAt: forgotten ? Number.POSITIVE_INFINITY : now + ms,
      end: pick(ENDS, draw(`end ${name}`)) ?? "succeeded",
    };
    this.works.set(work.id, work);
    this.#world.say(() => `${this.name} takes ${jobId} as ${work.id}`);
    this.#watcher.took(work);
    return work;
  }

  #poll({ id }: ProviderJob, process: () => Process): Answer<PollOutcome> {
    const work = this.works.get(id);
    if (work === undefined) return { error: new Broken("no such work") };
    if (this.#world.now < work.doneAt) return { value: { state: "processing", progress: 0.5 } };
    if (work.end !== "succeeded") return { value: { state: "failed", failure: work.end } };
    return { value: { state: "succeeded", outputs: this.outputsOf(work, process) } };
  }
}

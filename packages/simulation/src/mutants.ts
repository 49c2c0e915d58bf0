import {
  InfillError,
  type Job,
  type JobGuard,
  openCapability,
  type Provider,
  type Reservation,
  signCapability,
} from "@infill/core";
import { overriding } from "./port-of.ts";
import { MemoryRecords } from "./records.ts";
import { KEYRING } from "./secrets.ts";
import type { Mutant, Site } from "./site.ts";

/** Records whose writes ask for nothing: a late one goes over whatever is there. */
class Unconditional extends MemoryRecords {
  protected override mayChange(): boolean {
    return true;
  }
  protected override holds(): boolean {
    return true;
  }
}

/** Records that forget whether work was sent. */
class Forgetful extends MemoryRecords {
  protected override holds(guard: JobGuard, job: Job): boolean {
    const { acceptance: _, ...rest } = guard;
    return super.holds(rest, job);
  }
}

/** Records that reserve whatever they are told to. */
class Unlimited extends MemoryRecords {
  override reserve({ tenant, estimate }: Job, reservations: readonly Reservation[]): void {
    this.take(reservations.map((each) => ({ ...each, limit: Number.POSITIVE_INFINITY })));
    const { limit, ...sums } = this.getBudget(tenant);
    this.budgets.set(tenant, {
      ...(limit === undefined ? {} : { limit }),
      ...sums,
      reserved: sums.reserved + estimate,
    });
  }
}

/** Records that give every job a place. */
class Roomy extends MemoryRecords {
  override takeSlot(id: string, guard: JobGuard, slot: { provider: string; places: number; now: number }) {
    return super.takeSlot(id, guard, { ...slot, places: 1000 });
  }
}

/** Each sends what its vendor was not heard to take once more. */
const submitTwice = (provider: Provider): Provider => ({
  ...provider,
  submit: (request, call) =>
    provider.submit(request, call).catch((error: unknown) => {
      if (error instanceof InfillError || call.signal.aborted) throw error;
      return provider.submit(request, call);
    }),
});

/** What callbacks said of work, by its id, believed without asking. */
function trusting(provider: Provider, said: Map<string, string>): Provider {
  const { poll, readCallback } = provider;
  if (poll === undefined || readCallback === undefined) return provider;
  return {
    ...provider,
    readCallback: async (callback) => {
      const { id, state, output } = (callback.body ?? {}) as { id?: string; state?: string; output?: string };
      if (id !== undefined && state === "succeeded" && output !== undefined) said.set(id, output);
      return await readCallback(callback);
    },
    poll: async (job, question) => {
      const output = said.get(job.id);
      if (output === undefined) return await poll(job, question);
      return { state: "succeeded", outputs: [{ read: async () => Buffer.from(output) }] };
    },
  };
}

const said = new WeakMap<Site, Map<string, string>>();

function saidAt(site: Site): Map<string, string> {
  const there = said.get(site) ?? new Map<string, string>();
  said.set(site, there);
  return there;
}

const PURPOSE = "callback:alpha";
const partsOf = (path: string): string[] => (path.split("/").at(-1) ?? "").split(".");

/** The mistakes that the simulation must find, by name. None of them is in the product. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  "resubmit-after-interrupt": {
    words: "a submit whose process died is sent again, over a row that no longer says that it was",
    runsAgain: true,
    records: () => new Forgetful(),
  },
  "unconditional-write": {
    words: "a job's row is written without its condition, the terminal one too",
    records: () => new Unconditional(),
  },
  "retry-lost-answer": {
    words: "a submit whose answer was lost is sent again",
    provider: submitTwice,
  },
  "callback-requires-submitted": {
    words: "a callback that comes before the submit's own answer was stored is refused",
    receiver: (request, { records }) => {
      const [jobId = ""] = partsOf(request.path);
      const acceptance = records.jobs.get(jobId)?.acceptance ?? "accepted";
      return acceptance === "accepted" ? request : 404;
    },
  },
  "trust-callback-body": {
    words: "what a callback says is believed, and the provider is not asked",
    provider: (provider, { site }) => trusting(provider, saidAt(site)),
  },
  "skip-capability": {
    words: "a callback's link is read, and its signature is not looked at",
    receiver: (request, { world }) => {
      const [jobId = "", attempt = "", until] = partsOf(request.path);
      if (until === undefined) return request;
      const given = openCapability(KEYRING, PURPOSE, partsOf(request.path).join("."), world.now);
      const path = `/webhooks/alpha/${signCapability(KEYRING, PURPOSE, [jobId, attempt], Number(until) * 1000)}`;
      return given === undefined ? { ...request, path } : request;
    },
  },
  "ack-before-store": {
    words: "a callback is acknowledged first, and stored after",
    port: (port) =>
      overriding(port, {
        putCallback: async (...given) => {
          void port.putCallback(...given).catch(() => {});
          return "stored";
        },
      }),
  },
  "non-atomic-reserve": {
    words: "budget and limits are looked at first, and reserved from after",
    records: () => new Unlimited(),
    port: (port) =>
      overriding(port, {
        createJob: async (job, reservations = []) => {
          const there = await port.getJob(job.id);
          const { limit, reserved, settled, unreconciled } = await port.getBudget(job.tenant);
          const used = reserved + settled + unreconciled;
          if (there === undefined && limit !== undefined && used + job.estimate > limit)
            throw new InfillError("budget_exceeded", "Nothing is left");
          const counted = await port.readCounters(reservations.map(({ counter }) => counter));
          for (const [i, { amount, limit, refusal }] of reservations.entries())
            if (there === undefined && (counted[i] ?? 0) + amount > limit) throw refusal(counted[i] ?? 0);
          return port.createJob(job, reservations);
        },
      }),
  },
  "success-unwritten": {
    words: "the end of an edit that succeeded cannot be written",
    port: (port) =>
      overriding(port, {
        endJob: (id, end) =>
          end.patch.status === "succeeded" ? Promise.reject(new Error("It cannot be written")) : port.endJob(id, end),
      }),
  },
  "submit-always-breaks": {
    words: "every submit breaks before anything is sent",
    port: (port) => overriding(port, { getProviderHealth: () => Promise.reject(new Error("It cannot be read")) }),
  },
  "unheard-is-allowed": {
    words: "moderation that does not answer is taken to allow the edit, also where it must say so",
    moderation: ({ onFailure, ask }) => ({
      onFailure,
      ask: (...asked) => ask(...asked).catch(() => ({ allow: true })),
    }),
  },
  "unlimited-places": {
    words: "a place with a vendor is taken without a look at how many there are",
    records: () => new Roomy(),
  },
};

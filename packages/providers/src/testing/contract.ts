import type {
  Callback,
  ModelRecord,
  OptionRule,
  PollOutcome,
  Provider,
  ProviderFailure,
  ProviderOutput,
  ProviderReference,
  ProviderRequest,
} from "@infill/core";
import { describe, expect, test } from "vitest";
import type { ProviderDeps } from "../load.ts";
import { type Meddling, startMeddler } from "./meddler.ts";
import { encodeMask, greyPng } from "./png.ts";
import { startHttp, startTcp } from "./servers.ts";

/** What a vendor itself can be made to do. One that cannot do a thing answers `undefined` to it. */
export const SCENARIOS = [
  /** At once, or by queued work: whatever is usual. */
  "succeeds",
  /** Takes the work and does it when `finish` is called, calling back where it can. */
  "queues",
  "refuses the request",
  "refuses the prompt",
  "refuses the key",
  "wants money",
  "is rate limited",
  "is not ready",
  // what becomes of accepted work
  "fails later",
  "moderates",
  // where a result's link leads
  "links inside",
  "links to a page",
  "links to garbage",
  "links to an endless file",
  "links to a huge file",
  "links to nothing",
  "links to a hanging server",
  "links to a cut-off file",
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** Keys given to an adapter under test must contain this: it may never come out again. */
export const CANARY = "canary";

/** A vendor's simulator, made to behave, and the adapter before it over real HTTP. */
export interface Bench extends AsyncDisposable {
  provider: Provider;
  /** Work the vendor took and bills, by its own account. */
  taken(): number;
  /** Resolves once it took some. */
  whenTaken(): Promise<void>;
  /** Ends queued work now: the next truthful poll tells how. */
  finish(): Promise<void>;
  /** The vendor's clock, ms; the real one unless given. */
  now?(): number;
}

export interface BenchOptions {
  /** What the adapter is given for an address, instead of the simulator's own. */
  through(url: string): Promise<string>;
  /** When the adapter gives up, ms, where that is not as usual. */
  timeoutMs: NonNullable<ProviderDeps["timeoutMs"]>;
}

export interface ContractSubject {
  /** A model that works at 256 × 256 px, or at `side`. */
  model: ModelRecord;
  side?: number;
  /** The paid request. */
  pays(path: string): boolean;
  /** The question how accepted work stands, where there is one. */
  asks?(path: string): boolean;
  /** Provider options of every request. Default none. */
  options?: Record<string, unknown>;
  /** The provider options that make the vendor look for unsafe pictures. Default none. */
  moderation?: Record<string, unknown>;
  /** Callbacks are signed, and a forged one says nothing; nor does one whose time is signed too, five minutes off. */
  signed?: true | "and dated";
  bench(scenario: Scenario, options: BenchOptions): Promise<Bench | undefined>;
}

const call = { signal: new AbortController().signal, hide: [] };
const HASTY_MS = 300;

/**
 * What the workflow relies on, for every provider alike: each way that a vendor can answer ends in the
 * right statement about acceptance, nothing is sent twice, and no secret comes out in an error.
 */
export function describeProvider(name: string, subject: ContractSubject): void {
  const { model, side = 256, options = {}, moderation = {}, pays, asks, bench } = subject;
  const photo = greyPng(side, side, (x) => x % 256);
  const hole = encodeMask(model.mask.convention, side, (x, y) =>
    [x, y].every((at) => at > side * 0.4 && at < side * 0.6),
  );
  const most = ((rule) => (rule?.type === "integer" ? rule.max : 1))(model.options.n);

  /** Runs `body` in one scenario, or not at all where the vendor has none such. */
  const scenario = (
    title: string,
    what: Scenario,
    body: (bench: Bench, request: ProviderRequest, skip: (why: string) => never) => Promise<void>,
    { through = async (url: string) => url, timeoutMs = {} }: Partial<BenchOptions> = {},
  ) =>
    test(title, async ({ skip }) => {
      await using stage = await bench(what, { through, timeoutMs });
      if (stage === undefined) return skip("this vendor cannot be made to do that");
      await using pictures = await startHttp((request, response) =>
        response.writeHead(200, { "Content-Type": "image/png" }).end(request.url?.startsWith("/mask") ? hole : photo),
      );
      const picture = (path: string, bytes: Buffer): ProviderReference => ({
        contentType: "image/png",
        url: async () => `${pictures.origin}${path}?X-Amz-Signature=${CANARY}`,
        bytes: async () => bytes,
      });
      const operation = model.replace === undefined ? "erase" : "replace";
      const wordless = operation === "erase" && model.erase?.how === "native";
      const request: ProviderRequest = {
        jobId: "job_01",
        attempt: 1,
        model: model.id,
        operation,
        ...(wordless ? {} : { prompt: `a ${CANARY} in a cage` }),
        n: 1,
        providerOptions: options,
        references: Object.fromEntries(
          Object.entries(model.providerOptions).flatMap(([option, { type }]) =>
            type === "assets" ? [[option, [picture("/image", photo)]]] : [],
          ),
        ),
        size: { width: side, height: side },
        image: picture("/image", photo),
        mask: picture("/mask", hole),
      };
      await body(stage, request, skip);
    });

  /** The same, with something between adapter and vendor that spoils the answers of some requests, or of the first. */
  const meddled = (
    title: string,
    what: Scenario,
    { how, when, times = Number.POSITIVE_INFINITY }: { how: Meddling; when: (path: string) => boolean; times?: number },
    body: (bench: Bench, request: ProviderRequest) => Promise<void>,
  ) => {
    const started: AsyncDisposable[] = [];
    let left = times;
    const spoils = (path: string) => when(path) && left-- > 0;
    const through = async (url: string) => {
      const server = await startMeddler(url, how, ({ url: path = "" }) => spoils(path.split("?")[0] ?? ""));
      started.push(server);
      return server.origin;
    };
    const whole = async (stage: Bench, request: ProviderRequest) => {
      try {
        await body(stage, request);
      } finally {
        await Promise.all(started.splice(0).map((server) => server[Symbol.asyncDispose]()));
      }
    };
    const asked = when === asks ? "poll" : "submit";
    scenario(title, what, whole, { through, timeoutMs: how.startsWith("hangs") ? { [asked]: HASTY_MS } : {} });
  };

  describe(`${name}, as any provider`, () => {
    for (const n of [1, Math.min(2, most)]) {
      scenario(`gives ${n} readable picture(s)`, "succeeds", async (stage, request) => {
        const outputs = await carryOut(stage, { ...request, n });
        expect(outputs).toHaveLength(n);
        for (const output of outputs) expect(isPicture(await output.read(call.signal))).toBe(true);
        expect(stage.taken()).toBe(1);
      });
    }

    scenario("tells that queued work is under way, then gives its pictures", "queues", async (stage, request) => {
      const { provider } = stage;
      const n = Math.min(2, most);
      const outcome = await provider.submit({ ...request, n }, call);
      if (outcome.state !== "accepted") expect.fail("it should have been queued");
      expect(outcome.job.id).toMatch(/^.+$/);
      expect(JSON.parse(JSON.stringify(outcome.job))).toEqual(outcome.job);
      expect(await provider.poll?.(outcome.job, call)).toMatchObject({ state: "processing" });
      await stage.finish();
      const polled = await provider.poll?.(outcome.job, call);
      if (polled?.state !== "succeeded") expect.fail("it should be done");
      expect(polled.outputs).toHaveLength(n);
      for (const output of polled.outputs) expect(isPicture(await output.read(call.signal))).toBe(true);
      expect(stage.taken()).toBe(1);
    });

    scenario("reads the vendor's callback as a hint that names the work", "queues", async (stage, request, skip) => {
      const { provider, now = Date.now } = stage;
      if (provider.readCallback === undefined) return skip("it takes no callbacks");
      const received = Promise.withResolvers<Callback>();
      await using receiver = await startHttp(async (incoming, response) => {
        const bytes = Buffer.concat(await incoming.toArray());
        const headers = incoming.headers as Record<string, string>;
        received.resolve({ bytes, body: JSON.parse(`${bytes}`), headers, jobId: request.jobId, receivedAt: now() });
        response.end();
      });
      const outcome = await provider.submit({ ...request, callbackUrl: `${receiver.origin}/hook` }, call);
      await stage.finish();
      const id = outcome.state === "accepted" ? outcome.job.id : undefined;
      const callback = await received.promise;
      expect(await provider.readCallback(callback)).toMatchObject({ state: "succeeded", job: { id } });
      if (!subject.signed) return;
      const forged = [{ bytes: Buffer.concat([callback.bytes, Buffer.from(" ")]) }, { headers: {} }];
      const stale = [301_000, -301_000].map((ms) => ({ receivedAt: callback.receivedAt + ms }));
      for (const change of [...forged, ...(subject.signed === "and dated" ? stale : [])])
        expect(await provider.readCallback({ ...callback, ...change }), JSON.stringify(change)).toEqual({
          state: "unknown",
        });
    });

    test("reads any callback at all without throwing", async ({ skip }) => {
      await using stage = await bench("queues", { through: async (url) => url, timeoutMs: {} });
      const { readCallback } = stage?.provider ?? {};
      if (readCallback === undefined) return skip("it takes no callbacks");
      for (const body of [undefined, null, 0, "", "x", [], {}, { id: {} }, { status: 1, id: [] }, [[[]]]]) {
        const callback = {
          body,
          bytes: Buffer.from(String(body)),
          headers: {},
          jobId: "job_01",
          receivedAt: Date.now(),
        };
        expect(await readCallback(callback)).toEqual({ state: "unknown" });
      }
    });

    const rules = [
      ...Object.entries(model.options).map(([option, rule]) => [option, rule, false] as const),
      ...Object.entries(model.providerOptions).map(([option, rule]) => [option, rule, true] as const),
    ];
    // a model may take a prompt and nothing else
    const stated = rules.some(([, rule]) => rule !== true) ? describe : describe.todo;
    stated("takes every option that its record states, to its edges", () => {
      /** The pictures that must go along with another option. */
      const neededBy = (option: string) =>
        (model.constraints ?? []).flatMap(({ given, other, needed }) => (needed && given === option ? [other] : []));
      for (const [option, rule, own] of rules) {
        if (rule === true) continue;
        for (const value of edgesOf(rule)) {
          const shown = JSON.stringify(value).slice(0, 60);
          scenario(`${option}: ${shown}`, "succeeds", async (stage, request) => {
            const given = [option, ...(own ? neededBy(option) : [])];
            const references = Object.fromEntries(
              Object.entries(request.references ?? {}).filter(([name]) => own && given.includes(name)),
            );
            const change = own ? { providerOptions: { ...options, [option]: value } } : { [option]: value };
            await carryOut(stage, { ...request, references, ...change });
            expect(stage.taken()).toBe(1);
          });
        }
      }
    });

    describe.each<[Scenario, Expected]>([
      ["refuses the request", { code: "provider_rejected", accepted: "no", charged: "no", retryable: false }],
      ["refuses the prompt", { code: "content_rejected", charged: "no", retryable: false }],
      ["refuses the key", { code: "provider_unavailable", accepted: "no", charged: "no", retryable: false }],
      ["wants money", { code: "provider_unavailable", accepted: "no", charged: "no", retryable: false }],
      ["is rate limited", { code: "rate_limited", accepted: "no", charged: "no", retryable: true }],
      ["is not ready", { code: "provider_unavailable", accepted: "no", charged: "no", retryable: true }],
    ])("when the vendor %s", (what, expected) => {
      scenario(`it says so: ${expected.code}`, what, async (stage, request) => {
        const failure = await failureOf(stage.provider.submit(request, call));
        expect(failure).toMatchObject(expected);
        expect(stage.taken()).toBe(0);
      });
    });

    describe.each<[Meddling, number]>([
      ["answers 500 instead", 0],
      ["resets unread", 0],
      ["hides the answer behind 502", 1],
      ["resets after", 1],
      ["hangs after", 1],
      ["answers a page", 1],
      ["answers garbage", 1],
      ["cuts the answer off", 1],
      ["answers without end", 1],
    ])("when something between %s", (how, taken) => {
      meddled(
        "the outcome is unknown, and may have been charged",
        "succeeds",
        { how, when: pays },
        async (stage, request) => {
          expect(await failureOf(stage.provider.submit(request, call))).toMatchObject(LOST);
          // a slow vendor may still be taking what was given up on
          if (taken > 0) await stage.whenTaken();
          expect(stage.taken()).toBe(taken);
        },
      );
    });

    scenario(
      "was not asked when it could not be reached",
      "succeeds",
      async (stage, request) => {
        const failure = await failureOf(stage.provider.submit(request, call));
        expect(failure).toMatchObject({ code: "provider_unavailable", accepted: "no", charged: "no", retryable: true });
      },
      { through: closedPort },
    );

    scenario("says how long to stay away after a rate limit", "is rate limited", async ({ provider }, request) => {
      const { options } = await failureOf(provider.submit(request, call));
      expect(options.retryAfterSeconds).toBeGreaterThan(0);
    });

    scenario("sends nothing when it is called off before", "succeeds", async (stage, request) => {
      const failure = await failureOf(stage.provider.submit(request, { signal: AbortSignal.abort() }));
      expect(failure).toMatchObject({ accepted: "no", charged: "no" });
      expect(stage.taken()).toBe(0);
    });

    meddled(
      "does not know the outcome when it is called off meanwhile",
      "succeeds",
      { how: "hangs after", when: pays },
      async (stage, request) => {
        const caller = new AbortController();
        const failed = failureOf(stage.provider.submit(request, { signal: caller.signal }));
        await stage.whenTaken();
        caller.abort();
        expect(await failed).toMatchObject(LOST);
        expect(stage.taken()).toBe(1);
      },
    );

    scenario("reports accepted work that failed", "fails later", async (stage, request) => {
      const failure = await failureOf(carryOut(stage, request));
      expect(failure).toMatchObject({ code: "provider_rejected", accepted: "yes" });
    });

    scenario("reports a picture that moderation withheld", "moderates", async (stage, request) => {
      const failure = await failureOf(carryOut(stage, { ...request, providerOptions: { ...options, ...moderation } }));
      expect(failure).toMatchObject({ code: "content_rejected", accepted: "yes", retryable: false });
    });

    if (asks !== undefined)
      describe.each<[Meddling]>([["answers 429 instead"], ["answers 500 instead"], ["resets unread"], ["hangs after"]])(
        "when something between the poll and the vendor %s",
        (how) => {
          const title = "the question failed, not the work: the next one is answered";
          meddled(title, "queues", { how, when: asks, times: 1 }, async (stage, request) => {
            const outcome = await stage.provider.submit(request, call);
            if (outcome.state !== "accepted") expect.fail("it should have been queued");
            await stage.finish();
            const failure = await failureOf(asked(stage.provider.poll?.(outcome.job, call)));
            expect(failure).toMatchObject({ accepted: "yes", retryable: true });
            expect(await stage.provider.poll?.(outcome.job, call)).toMatchObject({ state: "succeeded" });
          });
        },
      );

    describe.each<[Scenario, boolean]>([
      ["links inside", false],
      ["links to a page", false],
      ["links to garbage", false],
      ["links to an endless file", false],
      ["links to a huge file", false],
      ["links to nothing", true],
      ["links to a hanging server", true],
      ["links to a cut-off file", true],
    ])("when the vendor %s", (what, retryable) => {
      scenario(
        `reading the result fails, ${retryable ? "for now" : "for good"}`,
        what,
        async (stage, request) => {
          const [output] = await carryOut(stage, request);
          const failure = await failureOf(asked(output?.read(call.signal)));
          expect(failure).toMatchObject({ accepted: "yes", retryable });
        },
        { timeoutMs: what.includes("hanging") ? { download: HASTY_MS } : {} },
      );
    });
  });
}

type Expected = Partial<Pick<ProviderFailure, "code" | "accepted" | "charged" | "retryable">>;
const LOST: Expected = { code: "outcome_unknown", accepted: "unknown", charged: "unknown", retryable: false };

/** The values at the ends of what a rule allows; of a list of words, each. */
function edgesOf(rule: OptionRule): unknown[] {
  switch (rule.type) {
    case "integer":
    case "number":
      return [rule.min, rule.max];
    case "enum":
      return [...rule.values];
    case "boolean":
      return [true, false];
    case "string":
      return ["fog", "x".repeat(rule.maxLength)];
    case "strings":
      return [["1A2B3C4D"]];
    case "assets":
      return [["ast_00000000000000000000000000"]];
  }
}

/** Submits, and where that queues, ends the work and polls once. */
async function carryOut(stage: Bench, request: ProviderRequest): Promise<ProviderOutput[]> {
  const outcome = await stage.provider.submit(request, call);
  if (outcome.state === "succeeded") return outcome.outputs;
  await stage.finish();
  const hide = [request.prompt ?? "", request.negativePrompt ?? ""];
  const polled: PollOutcome = await asked(stage.provider.poll?.(outcome.job, { ...call, hide }));
  if (polled.state === "failed") throw polled.failure;
  return polled.state === "succeeded" ? polled.outputs : expect.fail("finished work should not be processing");
}

/** The failure of `work`, which must be a `ProviderFailure` without a secret in it. */
async function failureOf(work: Promise<unknown>): Promise<ProviderFailure> {
  const error = await work.then(
    () => expect.fail("it should have failed"),
    (thrown: ProviderFailure) => thrown,
  );
  expect(error.name, String(error)).toBe("ProviderFailure");
  expect(`${error.stack} ${String(error.cause)} ${JSON.stringify([error, error.toRecord()])}`).not.toContain(CANARY);
  return error;
}

const asked = <T>(answer: Promise<T> | undefined): Promise<T> => answer ?? expect.fail("there is nothing to ask");

async function closedPort(): Promise<string> {
  await using server = await startTcp(() => {});
  return server.origin;
}

/** PNG, JPEG or WebP. */
const isPicture = (bytes: Uint8Array): boolean =>
  /^(\x89PNG|\xff\xd8\xff|RIFF.{4}WEBP)/s.test(Buffer.from(bytes.subarray(0, 12)).toString("latin1"));

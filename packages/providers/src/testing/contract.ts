import type { PollOutcome, Provider, ProviderFailure, ProviderOutput, ProviderRequest } from "@infill/core";
import { describe, expect, test } from "vitest";
import { greyPng } from "./png.ts";
import { startHttp } from "./servers.ts";

/** What every vendor can be made to do. A vendor that cannot do one leaves it out of its bench. */
export const SCENARIOS = [
  // the answer to a submit
  "succeeds at once",
  "queues",
  "refuses the request",
  "refuses the key",
  "is rate limited",
  "is not ready",
  "breaks",
  "takes it and a proxy breaks",
  "takes it and resets",
  "takes it and hangs",
  "resets unread",
  "is unreachable",
  // what becomes of accepted work
  "fails later",
  "moderates",
  // the answer to the first poll
  "limits polls",
  "breaks at a poll",
  "resets a poll",
  "hangs at a poll",
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
  /** Where the scenario hangs, it gives up within some 300 ms; elsewhere it has time. */
  provider: Provider;
  /** Work the vendor took and bills, by its own account. */
  taken(): number;
  /** Resolves once it took some. */
  whenTaken(): Promise<void>;
  /** Ends queued work now: the next truthful poll tells how. */
  finish(): Promise<void>;
}

export interface ContractSubject {
  /** A model whose mask is white = edit and which works at 256 × 256 px. */
  model: string;
  /** The provider options that make the vendor look for unsafe pictures. Default none. */
  moderation?: Record<string, unknown>;
  /** `undefined` when the vendor cannot be made to do that. */
  bench(scenario: Scenario): Promise<Bench | undefined>;
}

const call = { signal: new AbortController().signal };
const PHOTO = greyPng(256, 256, (x) => x);
const MASK = greyPng(256, 256, (x, y) => (x > 96 && x < 160 && y > 96 && y < 160 ? 255 : 0));

/**
 * What the workflow relies on, for every provider alike: each way that a vendor can answer ends in the
 * right statement about acceptance, nothing is sent twice, and no secret comes out in an error.
 */
export function describeProvider(name: string, { model, moderation = {}, bench }: ContractSubject): void {
  /** Runs `body` in one scenario, or not at all where the vendor has none such. */
  const scenario = (title: string, what: Scenario, body: (bench: Bench, request: ProviderRequest) => Promise<void>) =>
    test(title, async ({ skip }) => {
      await using stage = await bench(what);
      if (stage === undefined) return skip("this vendor cannot be made to do that");
      await using pictures = await startHttp((request, response) =>
        response.writeHead(200, { "Content-Type": "image/png" }).end(request.url?.startsWith("/mask") ? MASK : PHOTO),
      );
      const picture = (path: string, bytes: Buffer) => ({
        url: async () => `${pictures.origin}${path}?X-Amz-Signature=${CANARY}`,
        bytes: async () => bytes,
      });
      await body(stage, {
        jobId: "job_01",
        attempt: 1,
        model,
        operation: "replace",
        prompt: `a ${CANARY} in a cage`,
        n: 1,
        providerOptions: {},
        size: { width: 256, height: 256 },
        image: picture("/image", PHOTO),
        mask: picture("/mask", MASK),
      });
    });

  describe(`${name}, as any provider`, () => {
    for (const n of [1, 2]) {
      scenario(
        `answers a submit with ${n} readable picture(s), or with the work's id`,
        "succeeds at once",
        async (stage, request) => {
          const outputs = await carryOut(stage, { ...request, n });
          expect(outputs).toHaveLength(n);
          for (const output of outputs) expect(isPng(await output.read(call.signal))).toBe(true);
          expect(stage.taken()).toBe(1);
        },
      );
    }

    scenario("tells that queued work is under way, then gives its pictures", "queues", async (stage, request) => {
      const { provider } = stage;
      const outcome = await provider.submit({ ...request, n: 2 }, call);
      if (outcome.state !== "accepted") expect.fail("it should have been queued");
      expect(outcome.job.id).toMatch(/^.+$/);
      expect(JSON.parse(JSON.stringify(outcome.job))).toEqual(outcome.job);
      expect(await provider.poll?.(outcome.job, call)).toMatchObject({ state: "processing" });
      await stage.finish();
      const polled = await provider.poll?.(outcome.job, call);
      if (polled?.state !== "succeeded") expect.fail("it should be done");
      expect(polled.outputs).toHaveLength(2);
      for (const output of polled.outputs) expect(isPng(await output.read(call.signal))).toBe(true);
      expect(stage.taken()).toBe(1);
    });

    scenario("reads the vendor's callback as a hint that names the work", "queues", async (stage, request) => {
      const { provider } = stage;
      if (provider.readCallback === undefined) return;
      const received = Promise.withResolvers<unknown>();
      await using receiver = await startHttp(async (incoming, response) => {
        received.resolve(JSON.parse(`${Buffer.concat(await incoming.toArray())}`));
        response.end();
      });
      const outcome = await provider.submit({ ...request, callbackUrl: `${receiver.origin}/hook` }, call);
      await stage.finish();
      const id = outcome.state === "accepted" ? outcome.job.id : undefined;
      expect(provider.readCallback(await received.promise)).toMatchObject({ state: "succeeded", job: { id } });
    });

    test("reads any callback at all without throwing", async ({ skip }) => {
      await using stage = await bench("queues");
      const { readCallback } = stage?.provider ?? {};
      if (readCallback === undefined) return skip("it takes no callbacks");
      for (const body of [undefined, null, 0, "", "x", [], {}, { id: {} }, { status: 1, id: [] }, [[[]]]]) {
        expect(readCallback(body).state).toBe("unknown");
      }
    });

    describe.each<[Scenario, Expected, number]>([
      ["refuses the request", { code: "provider_rejected", accepted: "no", charged: "no", retryable: false }, 0],
      ["refuses the key", { code: "provider_unavailable", accepted: "no", charged: "no", retryable: false }, 0],
      ["is rate limited", { code: "rate_limited", accepted: "no", charged: "no", retryable: true }, 0],
      ["is not ready", { code: "provider_unavailable", accepted: "no", charged: "no", retryable: true }, 0],
      ["is unreachable", { code: "provider_unavailable", accepted: "no", charged: "no", retryable: true }, 0],
      ["breaks", LOST, 0],
      ["resets unread", LOST, 0],
      ["takes it and a proxy breaks", LOST, 1],
      ["takes it and resets", LOST, 1],
      ["takes it and hangs", LOST, 1],
    ])("when the vendor %s", (what, expected, taken) => {
      scenario(`it says so: ${expected.code}, accepted: ${expected.accepted}`, what, async (stage, request) => {
        const failure = await failureOf(stage.provider.submit(request, call));
        expect(failure).toMatchObject(expected);
        // a slow vendor may still be taking what was given up on
        if (taken > 0) await stage.whenTaken();
        expect(stage.taken()).toBe(taken);
      });
    });

    scenario("says how long to stay away after a rate limit", "is rate limited", async ({ provider }, request) => {
      const { options } = await failureOf(provider.submit(request, call));
      expect(options.retryAfterSeconds).toBeGreaterThan(0);
    });

    scenario("sends nothing when it is called off before", "succeeds at once", async (stage, request) => {
      const failure = await failureOf(stage.provider.submit(request, { signal: AbortSignal.abort() }));
      expect(failure).toMatchObject({ accepted: "no", charged: "no" });
      expect(stage.taken()).toBe(0);
    });

    scenario(
      "does not know the outcome when it is called off meanwhile",
      "takes it and hangs",
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
      const failure = await failureOf(carryOut(stage, { ...request, providerOptions: moderation }));
      expect(failure).toMatchObject({ code: "content_rejected", accepted: "yes", retryable: false });
    });

    describe.each<[Scenario]>([["limits polls"], ["breaks at a poll"], ["resets a poll"], ["hangs at a poll"]])(
      "when the vendor %s",
      (what) => {
        scenario("the question failed, not the work: the next one is answered", what, async (stage, request) => {
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
      scenario(`reading the result fails, ${retryable ? "for now" : "for good"}`, what, async (stage, request) => {
        const [output] = await carryOut(stage, request);
        const failure = await failureOf(asked(output?.read(call.signal)));
        expect(failure).toMatchObject({ accepted: "yes", retryable });
      });
    });
  });
}

type Expected = Pick<ProviderFailure, "code" | "accepted" | "charged" | "retryable">;
const LOST: Expected = { code: "outcome_unknown", accepted: "unknown", charged: "unknown", retryable: false };

/** Submits, and where that queues, ends the work and polls once. */
async function carryOut(stage: Bench, request: ProviderRequest): Promise<ProviderOutput[]> {
  const outcome = await stage.provider.submit(request, call);
  if (outcome.state === "succeeded") return outcome.outputs;
  await stage.finish();
  const polled: PollOutcome = await asked(stage.provider.poll?.(outcome.job, call));
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

const isPng = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "\x89PNG";

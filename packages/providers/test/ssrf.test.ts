import type { ProviderFailure } from "@infill/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createHttp, fetchPicture, type Http, HttpFailure } from "../src/http.ts";
import { pictureOutput } from "../src/picture.ts";
import { unsafeBecause } from "../src/safe-url.ts";
import { type Network, ssrfCorpus, startNetwork, tryEach } from "../src/testing/ssrf/index.ts";

const COUNT = 2000;
const corpus = ssrfCorpus({ count: COUNT, seed: 20_261_126 });
const kinds = Object.entries(Object.groupBy(corpus, ({ kind }) => kind)).map(
  ([kind, attempts = []]) => [kind, attempts] as const,
);
const result = { vendor: "The vendor", timeoutMs: 60_000 };
const limits = { timeoutMs: 60_000, maxBytes: 1000 };
const never = new AbortController().signal;

/** Every way in which a URL of somebody else's is requested. */
const DOORS: Record<string, { follows: boolean; request: (http: Http, url: string) => Promise<unknown> }> = {
  "a picture": { follows: true, request: (http, url) => fetchPicture(http, url, never) },
  "a provider's result": {
    follows: true,
    request: (http, url) => pictureOutput([url], { ...result, http }).read(never),
  },
  "a webhook": { follows: false, request: (http, url) => http.postWebhook({ url, headers: {}, body: "{}" }) },
  "a question": { follows: false, request: (http, url) => http.json(url, { method: "GET", ...limits }) },
  "a submit": { follows: false, request: (http, url) => http.send(url, { method: "POST", body: "{}", ...limits }) },
};

/** Every reason that a URL's text can give, and that of its name's address. */
const REASONS = [
  /^not a whole address, which begins with https:\/\/$/,
  /^the address must begin with https:\/\/, not [\w.+-]+:$/,
  / the address may not carry a user or password$/,
  /: the address must begin with https:\/\/$/,
  / the host must be a name, not an IP address$/,
  / the host's name may not end in a dot$/,
  / the host's name must be a public one, with a dot in it$/,
  / the host's name must be a public one: this means something inside only$/,
];
/** Of what is no link at all, a provider's result. */
const NO_LINK =
  /^The vendor's result is not a usable picture: (neither a picture nor base64|base64 of something else)$/;
const LEADS_INSIDE = / resolves to an address that is not public \([\w ]+\)$/;
const isReason = (words: string): boolean => [...REASONS, LEADS_INSIDE, NO_LINK].some((reason) => reason.test(words));

let network: Network;
beforeAll(async () => {
  network = await startNetwork(corpus);
});
afterAll(() => network[Symbol.asyncDispose]());

const guarded = (): Http => createHttp({ lookup: network.lookup, connectTimeoutMs: 60_000, webhookTimeoutMs: 60_000 });

/** The refusal's words, or what became of it instead. */
const outcome = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => "answered",
    (error: HttpFailure | ProviderFailure) => {
      const own = error instanceof HttpFailure ? error.reason === "unsafe-url" : error.code === "provider_rejected";
      return own ? error.message.replace("The vendor's result could not be fetched: ", "") : `${error}`;
    },
  );

describe(`${COUNT} URLs that mean to have something inside requested`, { timeout: 120_000 }, () => {
  test("are of every kind, and no two the same", () => {
    expect(new Set(corpus.map(({ url }) => url)).size).toBe(COUNT);
    expect(kinds).toHaveLength(8);
    for (const [kind, attempts] of kinds) expect(attempts.length, kind).toBeGreaterThan(100);
  });

  test.each(Object.entries(DOORS))(
    "reach nothing by the door for %s, each for a stated reason",
    async (_, { follows, request }) => {
      const http = guarded();
      network.forget();
      const odd: string[] = [];
      await tryEach(corpus, async ({ kind, url, shows }) => {
        let last = await outcome(request(http, url));
        // who does not follow asks for the name again when the next one comes
        if (shows === "looked up again" && !follows && last === "answered") last = await outcome(request(http, url));
        const right = shows === "redirected" && !follows ? last === "answered" : isReason(last);
        if (!right) odd.push(`${kind}: ${JSON.stringify(url)}: ${last}`);
      });
      await http.close();
      expect(odd.slice(0, 9)).toEqual([]);
      expect(network.opened).toEqual([]);
      expect(network.reached()).toBe(0);
    },
  );

  test("are refused before anything is looked up where their text shows it, for every reason there is", () => {
    const words = corpus.map(({ url }) => unsafeBecause(url, { allowLoopback: false }));
    expect(words.map((word) => word !== undefined)).toEqual(corpus.map(({ shows }) => shows === "written"));
    for (const reason of REASONS) expect(words).toContainEqual(expect.stringMatching(reason));
  });

  test("are looked up once a request: the address that was checked is the one connected to", async () => {
    const rebound = corpus.filter(({ shows }) => shows === "looked up again");
    const http = guarded();
    network.forget();
    await tryEach(rebound, async ({ url }) => {
      expect(await outcome(http.postWebhook({ url, headers: {}, body: "" }))).toBe("answered");
      expect(network.lookedUp(new URL(url).hostname)).toBe(1);
    });
    await http.close();
    expect(network.opened).toEqual([]);
  });

  test("have teeth: without the guard, two thirds of them reach the canary, of every kind", async () => {
    vi.resetModules();
    vi.doMock("../src/safe-url.ts", async (original) => ({
      ...(await original<typeof import("../src/safe-url.ts")>()),
      parseSafeUrl: (text: string) => new URL(text),
    }));
    vi.doMock("../src/public-address.ts", () => ({ assertPublic: () => {} }));
    const { createHttp: createUnguarded } = await import("../src/http.ts");
    vi.doUnmock("../src/safe-url.ts");
    vi.doUnmock("../src/public-address.ts");
    const http = createUnguarded({ lookup: network.lookup });
    network.forget();
    for (const [kind, attempts] of kinds) {
      const before = network.reached();
      await tryEach(attempts, async ({ url }) => void (await outcome(fetchPicture(http, url, never))));
      expect(network.reached() - before, kind).toBeGreaterThan(attempts.length / 4);
    }
    await http.close();
    expect(network.reached()).toBeGreaterThan((COUNT * 2) / 3);
  });
});

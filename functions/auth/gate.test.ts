import { type ApiKey, InfillError, type Keyring, makeApiKey, randomIds, type TokenGrant } from "@infill/core";
import { Hono } from "hono";
import { expect, test } from "vitest";
import type { ApiEnv } from "../api/context.ts";
import { gate } from "./gate.ts";
import { signToken } from "./token.ts";

const NOW = Date.UTC(2026, 10, 26);
const clock = { now: () => NOW, sleep: async () => {} };
const keyring: Keyring = { current: "k2", keys: { k1: "the one before", k2: "the one that signs" } };
const namespace = "infill/test";
const { row, text } = makeApiKey(randomIds, clock, { tenant: "acme", name: "backend" });
const grant: TokenGrant = { id: "tok_1", user: "ann", expiresAt: NOW + 60_000 };
const sign = (ring = keyring, place = namespace) =>
  signToken({ keyring: ring, namespace: place }, { tenant: "acme", keyId: row.id, token: grant, now: NOW });

/** Asks for a path that gives back what let it in, behind the gate. */
async function ask(method: string, path: string, bearer: string, key: ApiKey = row) {
  const records = { getKey: async (id: string) => (id === key.id ? key : undefined), count: async () => undefined };
  const app = new Hono<ApiEnv>()
    .use(gate({ records, clock, links: { keyring }, namespace }))
    .all("*", (c) => c.text(c.get("caller").subject))
    .onError((error, c) => c.text(error instanceof InfillError ? error.code : String(error), 500));
  return (await app.request(path, { method, headers: { authorization: `Bearer ${bearer}` } })).text();
}

test.each([
  ["GET", "/v1/jobs/job_1"],
  ["POST", "/v1/uploads"],
  ["POST", "/v1/inpaint/estimate"],
  ["GET", "/v1/models"],
  ["GET", "/v1/me"],
  ["DELETE", "/v1/jobs/job_1"],
])("a token is for %s %s", async (method, path) => {
  expect(await ask(method, path, await sign())).toBe("user:ann");
});

test.each([
  ["POST", "/v1/tokens"],
  ["GET", "/v1/usage"],
  ["GET", "/v1/what-comes-to-be"],
  ["GET", "/v1/jobsters"],
  ["GET", "/v1/events"],
  ["DELETE", "/v1/users/ann"],
])("a token is not for %s %s, as a key is", async (method, path) => {
  expect(await ask(method, path, await sign())).toBe("forbidden");
  expect(await ask(method, path, text)).toBe(row.id);
});

test("a token opens as long as the key that signed it is on the ring, in its own deployment alone", async () => {
  const before = { ...keyring, current: "k1" };
  expect(await ask("GET", "/v1/me", await sign(before))).toBe("user:ann");
  const gone = { current: "k0", keys: { k0: "an older one" } };
  expect(await ask("GET", "/v1/me", await sign(gone))).toBe("unauthorized");
  expect(await ask("GET", "/v1/me", await sign({ ...gone, current: "k2", keys: { k2: "another" } }))).toBe(
    "unauthorized",
  );
  expect(await ask("GET", "/v1/me", await sign(keyring, "infill/production"))).toBe("unauthorized");
});

test.each<[string, Partial<ApiKey>]>([
  ["was revoked", { revokedAt: NOW - 1 }],
  ["has expired", { validUntil: NOW }],
  ["may mint no more", { scopes: ["edit", "read"] }],
  ["is another tenant's by now", { tenant: "other" }],
])("a token ends when the key that minted it %s", async (_, change) => {
  expect(await ask("GET", "/v1/me", await sign(), { ...row, ...change })).toBe("unauthorized");
});

test("writes are counted, and neither reads, nor estimates, cancels and deletions", async () => {
  const limited = { ...row, limits: { perMinute: 1 } };
  expect(await ask("POST", "/v1/inpaint", text, limited)).toBe("rate_limited");
  for (const [method, path] of [
    ["GET", "/v1/jobs"],
    ["POST", "/v1/inpaint/estimate"],
    ["POST", "/v1/jobs/job_1/cancel"],
    ["DELETE", "/v1/jobs/job_1"],
  ] as const)
    expect(await ask(method, path, text, limited)).toBe(row.id);
});

import { beforeAll, describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

/** Of one result of `modelslab/inpaint`, micro-USD. */
const PRICE = 10_000;
const past = 1;

export function limitsAccess(runtime: () => Runtime): void {
  describe("an API key", () => {
    const t = newTenant(runtime);

    test("does what its scopes allow, and is told what it lacks", async () => {
      const [reader, editor, minter] = await Promise.all([
        t().newKey(t().tenant, { scopes: ["read"] }),
        t().newKey(t().tenant, { scopes: ["edit"] }),
        t().newKey(t().tenant, { scopes: ["tokens"] }),
      ]);
      expect((await t().api("/v1/jobs", { key: reader })).status).toBe(200);
      const refused = await problem(await t().ask({}, { key: reader }));
      expect(refused).toMatchObject({ code: "forbidden", status: 403, needs: "edit", scopes: ["read"] });
      expect((await t().ask({}, { key: editor })).status).toBe(202);
      for (const [path, needs] of [
        ["/v1/jobs", "read"],
        ["/v1/usage", "admin"],
        ["/v1/usage/unreconciled", "admin"],
      ] as const)
        expect(await problem(await t().api(path, { key: editor }))).toMatchObject({ code: "forbidden", needs });
      const mint = (key: string) => t().api("/v1/tokens", { key, json: { user: "ann" } });
      expect((await mint(minter)).status).toBe(201);
      expect(await problem(await mint(editor))).toMatchObject({ code: "forbidden", needs: "tokens" });
      for (const key of [reader, editor, minter]) expect((await t().api("/v1/me", { key })).status).toBe(200);
    });

    test("that has expired, or was revoked, is unauthorized at once", async () => {
      const key = await t().newKey(t().tenant);
      expect((await t().api("/v1/me", { key })).status).toBe(200);
      await t().records.revokeKey(key.slice(0, 30), Date.now());
      const expired = await t().newKey(t().tenant, { validUntil: past });
      for (const dead of [key, expired])
        expect(await problem(await t().api("/v1/me", { key: dead }))).toMatchObject({ code: "unauthorized" });
    });

    test("spends what its month and its tenant's day allow, and says what is left and when it begins anew", async () => {
      const key = await t().newKey(t().tenant, { limits: { month: PRICE + 1 } });
      const job = await idOf(await t().ask({}, { key }));
      const refused = await problem(await t().ask({}, { key }));
      expect(refused).toMatchObject({ code: "budget_exceeded", status: 402, scope: "key", period: "month" });
      expect(refused).toMatchObject({ limit: PRICE + 1, left: 1, needed: PRICE, unit: "microUsd" });
      expect(refused).toMatchObject({ resetsAt: expect.stringMatching(/-01T00:00:00.000Z$/) });
      await t().finish(job);

      await t().records.setLimits(t().tenant, { day: 0 });
      expect(await problem(await t().ask())).toMatchObject({ scope: "tenant", period: "day", left: 0 });
      expect(await (await t().api("/v1/me", { key })).json()).toMatchObject({
        kind: "key",
        tenant: t().tenant,
        limits: [
          { scope: "tenant", period: "day", limit: 0, used: 0, left: 0 },
          { scope: "key", period: "month", used: PRICE, left: 1 },
        ],
      });
      await t().records.setLimits(t().tenant, {});
    });

    test("gets back what was certainly not charged", async () => {
      const key = await t().newKey(t().tenant, { limits: { day: PRICE } });
      t().modelsLab.behave({ refuse: "bad-request" });
      await t().finish(await idOf(await t().ask({}, { key })));
      expect((await t().ask({}, { key })).status).toBe(202);
      expect((await t().ask({}, { key })).status).toBe(402);
    });

    test("limits each end user on their own", async () => {
      const key = await t().newKey(t().tenant, { userLimits: { day: PRICE } });
      const statuses = [];
      for (const user of ["ann", "ann", "bob", undefined, undefined])
        statuses.push((await t().ask({ user }, { key })).status);
      expect(statuses).toEqual([202, 402, 202, 202, 202]);
    });
  });

  describe("a rate", () => {
    const t = newTenant(runtime);
    let key: string;
    const sign = () => t().api("/v1/uploads", { key, json: { contentType: "image/png", contentLength: 4 } });
    beforeAll(async () => {
      key = await t().newKey(t().tenant, { limits: { perMinute: 3 } });
    });

    test("counts writes together, says what is left, and never counts reads", async () => {
      const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(sign));
      const refused = answers.filter(({ status }) => status === 429);
      // seven at once may see a minute begin
      expect([1, 4]).toContain(refused.length);
      for (const { headers } of answers) expect(headers.get("ratelimit-policy")).toBe('"key";q=3;w=60');
      const left = answers.filter(({ status }) => status === 201).map(({ headers }) => headers.get("ratelimit"));
      expect(left.some((text) => text?.startsWith('"key";r=0;t='))).toBe(true);
      for (const answer of refused) {
        const seconds = Number(answer.headers.get("retry-after"));
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(60);
        expect(await problem(answer)).toMatchObject({ code: "rate_limited", retryable: true, limit: 3, left: 0 });
      }
      const reads = await Promise.all([1, 2, 3, 4, 5].map(() => t().api("/v1/jobs", { key })));
      expect(reads.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(reads[0]?.headers.get("ratelimit")).toBeNull();
    });

    test("of a user is their own: over it, they take nothing of the key that others share", async () => {
      const shared = await t().newKey(t().tenant, { limits: { perMinute: 100 }, userLimits: { perMinute: 1 } });
      const mint = async (user: string) => {
        const answer = await t().api("/v1/tokens", { key: shared, json: { user } });
        return ((await answer.json()) as { token: string }).token;
      };
      const [ann, bob] = [await mint("ann"), await mint("bob")];
      const write = (holder: string) =>
        t().api("/v1/uploads", { key: holder, json: { contentType: "image/png", contentLength: 4 } });
      const answers = [];
      // a minute may begin in between
      for (let i = 0; i < 4; i++) answers.push(await write(ann));
      const refused = answers.filter(({ status }) => status === 429);
      expect([2, 3]).toContain(refused.length);
      for (const { headers } of refused) {
        expect(headers.get("ratelimit-policy")).toBe('"user";q=1;w=60, "key";q=100;w=60');
        expect(headers.get("ratelimit")).toMatch(/^"user";r=0;t=\d+$/);
      }
      const other = await write(bob);
      expect(other.status).toBe(201);
      const [, left] = /"key";r=(\d+)/.exec(other.headers.get("ratelimit") ?? "") ?? [];
      // two tokens minted, one or two of ann's writes, and this one
      expect(Number(left)).toBeGreaterThanOrEqual(100 - 5);
    });
  });
}

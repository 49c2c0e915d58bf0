import { beforeAll, describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import { mask, photo } from "../pictures.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

const PRICE = 10_000;

export function holdsTokens(runtime: () => Runtime): void {
  describe("a client token", () => {
    const t = newTenant(runtime);
    const mint = async (json: object, key = t().key): Promise<string> =>
      ((await (await t().api("/v1/tokens", { key, json })).json()) as { token: string }).token;
    /** Uploads of the token's own. */
    const pictures = async (key: string) => ({
      image: await t().upload(await photo(), "image/png", key),
      mask: await t().upload(await mask(), "image/png", key),
    });
    let ann: string;
    let hers: { image: string; mask: string };
    beforeAll(async () => {
      ann = await mint({ user: "ann" });
      hers = await pictures(ann);
    });

    test("edits for its user, who finds the job with any token of theirs", async () => {
      const id = await idOf(await t().ask(hers, { key: ann }));
      expect(await t().finish(id)).toMatchObject({ status: "succeeded", user: "ann" });
      const again = await mint({ user: "ann" });
      for (const path of [`/v1/jobs/${id}`, `/v1/uploads/${hers.image}`])
        expect((await t().api(path, { key: again })).status).toBe(200);
      expect((await t().api(`/v1/jobs/${id}/results/0`, { key: again })).status).toBe(302);
      expect(await (await t().api("/v1/jobs", { key: again })).json()).toMatchObject({ data: [{ id }] });
    });

    test("finds nothing of others, whoever of the tenant they are", async () => {
      const id = await idOf(await t().ask({ user: "bob" }));
      await t().finish(id);
      for (const path of [`/v1/jobs/${id}`, `/v1/jobs/${id}/results/0`, `/v1/uploads/${t().image}`])
        expect(await problem(await t().api(path, { key: ann }))).toMatchObject({ code: "not_found" });
      expect(await problem(await t().api(`/v1/jobs/${id}/cancel`, { method: "POST", key: ann }))).toMatchObject({
        code: "not_found",
      });
      for (const wish of [{ mask: hers.mask }, { ...hers, image: { job: id } }])
        expect(await problem(await t().ask(wish, { key: ann }))).toMatchObject({ code: "asset_missing" });
      expect(await problem(await t().api("/v1/jobs?user=bob", { key: ann }))).toMatchObject({ code: "forbidden" });
      expect(await problem(await t().ask({ ...hers, user: "bob" }, { key: ann }))).toMatchObject({ pointer: "/user" });
    });

    test("does nothing else: no webhook, no token, no usage, no other model", async () => {
      const narrow = await mint({ user: "ann", models: ["stability/inpaint"] });
      const webhook = await problem(await t().ask({ ...hers, webhook: "https://example.com/" }, { key: ann }));
      expect(webhook).toMatchObject({ code: "forbidden", pointer: "/webhook" });
      expect(await problem(await t().ask(hers, { key: narrow }))).toMatchObject({
        code: "forbidden",
        pointer: "/model",
        allowed: ["stability/inpaint"],
      });
      const others: [path: string, init: object][] = [
        ["/v1/tokens", { json: { user: "ann" } }],
        ["/v1/usage", {}],
        ["/v1/usage/unreconciled", {}],
      ];
      for (const [path, init] of others)
        expect(await problem(await t().api(path, { key: ann, ...init }))).toMatchObject({
          code: "forbidden",
          detail: expect.stringContaining("takes an API key"),
        });
      expect((await t().api("/v1/models", { key: ann })).status).toBe(200);
    });

    test.each<[string, object, string[]]>([
      ["the model's", { providerOptions: { safetyChecker: false } }, ["true"]],
      [
        "a further model's",
        { model: ["stability/inpaint", "fal/flux-fill"], providerOptions: { safetyTolerance: "6" } },
        ["1", "2"],
      ],
    ])("loosens no vendor's safety: %s", async (_, wish, allowed) => {
      const refused = await problem(await t().ask({ ...hers, ...wish }, { key: ann }));
      expect(refused).toMatchObject({
        code: "forbidden",
        pointer: expect.stringMatching(/^\/providerOptions\/safety/),
        detail: expect.stringContaining("leave it out"),
        allowed,
      });
    });

    test("may ask for the safety that there is anyway, and the backend's own key for less", async () => {
      const ask = (safetyChecker: boolean, pictures: object, key?: string) =>
        t().ask({ ...pictures, providerOptions: { safetyChecker } }, key === undefined ? {} : { key });
      expect((await ask(true, hers, ann)).status).toBe(202);
      expect((await ask(false, {})).status).toBe(202);
    });

    test("signs as many uploads as its edits may need: several at once whole or not at all, and renewals too", async () => {
      const key = await mint({ user: "ann", jobs: 1 });
      const sign = (count: number) => {
        const uploads = Array.from({ length: count }, () => ({ contentType: "image/png", contentLength: 4 }));
        return t().api("/v1/uploads", { key, json: { uploads } });
      };
      const { uploads } = (await (await sign(10)).json()) as { uploads: [{ id: string }] };
      const renew = () => t().api(`/v1/uploads/${uploads[0].id}/renew`, { method: "POST", key });
      expect((await renew()).status).toBe(200);
      expect(await problem(await sign(10))).toMatchObject({
        code: "budget_exceeded",
        status: 402,
        retryable: false,
        detail: expect.stringContaining("takes 10 uploads, and 9 of 20 of this token are left"),
        ...{ scope: "token", unit: "uploads", limit: 20, left: 9, needed: 10 },
      });
      expect(await (await t().api("/v1/me", { key })).json()).toMatchObject({
        limits: [{ unit: "jobs" }, { scope: "token", unit: "uploads", period: "token", limit: 20, used: 11, left: 9 }],
      });
      expect((await sign(9)).status).toBe(201);
      for (const refused of [await sign(1), await renew()])
        expect(await problem(refused)).toMatchObject({ code: "budget_exceeded", left: 0, needed: 1 });
    });

    test("makes as many edits as it was granted, however many are asked for at once", async () => {
      const key = await mint({ user: "ann", jobs: 2 });
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => t().ask(hers, { key })));
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(2);
      for (const answer of answers.filter(({ status }) => status !== 202))
        expect(await problem(answer)).toMatchObject({ code: "budget_exceeded", scope: "token", unit: "jobs", left: 0 });
    });

    test("spends what it was granted, is told what is left, and has back what was not charged", async () => {
      const key = await mint({ user: "ann", spendMicroUsd: 2 * PRICE + 1 });
      t().modelsLab.behave({ refuse: "bad-request" });
      await t().finish(await idOf(await t().ask(hers, { key })));
      await t().finish(await idOf(await t().ask(hers, { key })));
      expect(await (await t().api("/v1/me", { key })).json()).toMatchObject({
        kind: "token",
        user: "ann",
        scopes: ["edit", "read"],
        limits: [
          { scope: "token", unit: "microUsd", used: PRICE, left: PRICE + 1 },
          { scope: "token", unit: "uploads", used: 0, left: 1000 },
        ],
      });
      expect((await t().ask(hers, { key })).status).toBe(202);
      expect(await problem(await t().ask(hers, { key }))).toMatchObject({ status: 402, left: 1, needed: PRICE });
    });

    test("joins the job that an earlier one of its user made with the same idempotency key", async () => {
      const headers = { "idempotency-key": "one-tap" };
      const [first, second, other] = [
        await mint({ user: "ann" }),
        await mint({ user: "ann" }),
        await mint({ user: "bo" }),
      ];
      const job = await idOf(await t().ask(hers, { key: first, headers }));
      expect(await idOf(await t().ask(hers, { key: second, headers }))).toBe(job);
      expect(await problem(await t().ask(hers, { key: other, headers }))).toMatchObject({ code: "asset_missing" });
    });

    test("ends with the key that minted it, and when that may mint no more", async () => {
      const minter = await t().newKey(t().tenant, { scopes: ["tokens"] });
      const token = await mint({ user: "ann" }, minter);
      expect((await t().api("/v1/me", { key: token })).status).toBe(200);
      await t().records.revokeKey(minter.slice(0, 30), Date.now());
      expect(await problem(await t().api("/v1/me", { key: token }))).toMatchObject({ code: "unauthorized" });
    });

    test.each([
      ["changed", (token: string) => token.replace(/\.[^.]+$/, `.${"A".repeat(43)}`)],
      [
        "unsigned",
        (token: string) => `${Buffer.from('{"alg":"none"}').toString("base64url")}.${token.split(".")[1]}.x`,
      ],
      [
        "of an unknown key",
        (token: string) =>
          `${Buffer.from('{"alg":"HS256","typ":"infill-client+jwt","kid":"k9"}').toString("base64url")}.${token.split(".").slice(1).join(".")}`,
      ],
      ["too long", (token: string) => token + "A".repeat(6000)],
    ])("that is %s is unauthorized", async (_, forge) => {
      const answer = await t().api("/v1/me", { key: forge(ann) });
      expect(await problem(answer)).toMatchObject({ code: "unauthorized", status: 401 });
    });

    test("of every model and the longest name is a token as any other", async () => {
      const { data } = (await (await t().api("/v1/models")).json()) as { data: { id: string }[] };
      const names = data.map(({ id }) => id);
      const models = Array.from({ length: 50 }, (_, i) => names[i % names.length]);
      const user = "日".repeat(128);
      const answer = await t().api("/v1/me", { key: await mint({ user, models, jobs: 1000, spendMicroUsd: 10 ** 9 }) });
      expect(await answer.json()).toMatchObject({ kind: "token", user, models });
    });

    test("is refused when it is over", async () => {
      const { clock } = t();
      const token = await mint({ user: "ann", expiresInSeconds: 30 });
      if ("cannotAdvance" in clock) return expect((await t().api("/v1/me", { key: token })).status).toBe(200);
      clock.advance(30_000);
      expect(await problem(await t().api("/v1/me", { key: token }))).toMatchObject({ code: "unauthorized" });
      ann = await mint({ user: "ann" });
    });

    test.each([
      [{}, "/user"],
      [{ user: "" }, "/user"],
      [{ user: ".." }, "/user"],
      [{ user: "ann", expiresInSeconds: 901 }, "/expiresInSeconds"],
      [{ user: "ann", jobs: 0 }, "/jobs"],
      [{ user: "ann", spend: 5 }, "/spend"],
      [{ user: "ann", models: ["modelslab/inpaint", "modelslab/outpaint"] }, "/models/1"],
    ])("is not minted of %j", async (json, pointer) => {
      expect(await problem(await t().api("/v1/tokens", { json }))).toMatchObject({ status: 422, pointer });
    });
  });
}

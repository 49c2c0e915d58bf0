import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import { mask, photo } from "../pictures.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function deletesJobs(runtime: () => Runtime): void {
  describe("deleting a job", () => {
    const t = newTenant(runtime);
    const stranger = newTenant(runtime);
    const remove = async (path: string) => {
      const answer = await t().api(path, { method: "DELETE" });
      return [answer.status, await answer.json()] as const;
    };
    const fresh = async () => ({ image: await t().upload(await photo()), mask: await t().upload(await mask()) });

    test("takes its pictures and every trace of it from whoever asks", async () => {
      const pictures = await fresh();
      const job = await t().edit({ ...pictures, user: "ann" });
      const row = await t().records.getJob(job.id);
      const keys = [row?.image.key ?? "", row?.mask.key ?? "", row?.results[0]?.key ?? ""];
      for (const key of keys) expect(await t().stored(key)).toBe(true);

      expect(await remove(`/v1/jobs/${job.id}`)).toEqual([200, { id: job.id, object: "job", deleted: true }]);
      for (const key of keys) expect(await t().stored(key), key).toBe(false);
      const gone = [`/v1/jobs/${job.id}`, `/v1/jobs/${job.id}/results/0`, new URL(job.results[0]?.link ?? "").pathname];
      for (const path of gone) expect((await t().api(path)).status, path).toBe(404);
      expect((await t().api(`/v1/uploads/${pictures.image}`)).status).toBe(404);
      expect(await (await t().api("/v1/jobs?user=ann")).json()).toMatchObject({ data: [] });
      const events = (await (await t().api("/v1/events?limit=100")).json()) as { data: object[] };
      expect(JSON.stringify(events)).not.toContain(job.id);
      // asked again, it is still so
      expect(await remove(`/v1/jobs/${job.id}`)).toMatchObject([200, { deleted: true }]);
    });

    test("is final for a phone that sends its picture late, or again, by the URL that it was given", async () => {
      const bytes = await photo();
      const signed = async () => t().sign({ contentType: "image/png", contentLength: bytes.length, user: "late" });
      const put = ({ url, headers }: Awaited<ReturnType<typeof signed>>) =>
        fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes) });
      const [early, late] = [await signed(), await signed()];
      expect((await put(early)).status).toBe(200);
      expect(await remove("/v1/users/late")).toMatchObject([200, { deleted: true }]);
      for (const upload of [early, late]) {
        expect((await put(upload)).status).toBe(412);
        expect(await t().stored(`u/${t().tenant}/${upload.id}`)).toBe(false);
      }
    });

    test("is not a second bill for its key: 410, and nothing is made", async () => {
      const headers = { "idempotency-key": "deleted-1" };
      const pictures = await fresh();
      const job = await t().edit(pictures, headers);
      await remove(`/v1/jobs/${job.id}`);
      const asked = t().modelsLab.jobs.length;
      const [again, other] = [await t().ask(pictures, { headers }), await t().ask({ n: 2 }, { headers })];
      for (const answer of [again, other])
        expect(await problem(answer)).toMatchObject({ code: "not_found", status: 410, job: job.id });
      expect(t().modelsLab.jobs.length).toBe(asked);
    });

    test("leaves its key free, a day later, for an edit that is made and shown to nobody who holds an old link", async () => {
      const headers = { "idempotency-key": "deleted-2" };
      const job = await t().edit(await fresh(), headers);
      const link = job.results[0]?.link ?? "";
      await remove(`/v1/jobs/${job.id}`);
      const { clock } = t();
      if ("cannotAdvance" in clock) return expect((await t().ask(await fresh(), { headers })).status).toBe(410);
      clock.advance(24 * 3600 * 1000);
      const again = await t().edit(await fresh(), headers);
      expect(again).toMatchObject({ id: job.id, status: "succeeded", results: [{}] });
      expect(again.createdAt).not.toBe(job.createdAt);
      const open = async (url = "") => (await t().api(new URL(url).pathname, { redirect: "manual" })).status;
      expect([await open(link), await open(again.results[0]?.link)]).toEqual([404, 302]);
    });

    test("that goes on cancels it, books what it may have cost, and erases it at its end", async () => {
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const before = await t().records.getBudget(t().tenant);
      const pictures = await fresh();
      const id = await idOf(await t().ask({ ...pictures, prompt: "a canary" }));
      await t().quiet();
      const { estimate, image } = (await t().records.getJob(id)) ?? { estimate: 0, image: { key: "" } };
      expect(await remove(`/v1/jobs/${id}`)).toEqual([202, { id, object: "job", deleted: false }]);
      expect((await t().api(`/v1/jobs/${id}`)).status).toBe(404);
      await t().quiet();

      const left = await t().records.getJob(id);
      expect(left).toMatchObject({ status: "canceled", settlement: { state: "unreconciled", amount: estimate } });
      expect(JSON.stringify(left)).not.toContain("canary");
      expect(await t().stored(image.key)).toBe(false);
      const after = await t().records.getBudget(t().tenant);
      expect(after).toEqual({ ...before, unreconciled: before.unreconciled + estimate });
      // the late answer is nobody's
      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      await t().quiet();
      expect(await t().records.getJob(id)).toEqual(left);
    });

    test("leaves no hole in the list while it goes on", async () => {
      const older = await t().edit({ ...(await fresh()), user: "kim" });
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const id = await idOf(await t().ask({ ...(await fresh()), user: "kim" }));
      await t().quiet();
      await t().records.updateJob(id, {}, { eraseRequestedAt: 1 });
      const page = await (await t().api("/v1/jobs?user=kim&limit=1")).json();
      expect(page).toMatchObject({ data: [{ id: older.id }], hasMore: false });
      await remove(`/v1/jobs/${id}`);
      await t().quiet();
    });

    test("leaves an upload that another job works with", async () => {
      const pictures = await fresh();
      const first = await t().edit(pictures);
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const second = await idOf(await t().ask({ ...pictures, prompt: "another" }));
      await t().quiet();
      await remove(`/v1/jobs/${first.id}`);
      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      const job = await t().finish(second);
      expect(job.status).toBe("succeeded");
      const key = (await t().records.getJob(second))?.image.key ?? "";
      expect(await t().stored(key)).toBe(true);
      await remove(`/v1/jobs/${second}`);
      expect(await t().stored(key)).toBe(false);
    });

    test("leaves a job that goes on from its result what it works with, until that ends", async () => {
      const first = await t().edit({ ...(await fresh()), user: "eve" });
      const result = (await t().records.getJob(first.id))?.results[0]?.key ?? "";
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const second = await idOf(await t().ask({ image: { job: first.id, result: 0 } }));
      await t().quiet();
      expect((await remove(`/v1/users/eve`))[0]).toBe(200);
      expect(await t().stored(result)).toBe(false);
      const copy = (await t().records.getJob(second))?.image.key ?? "";
      expect(await t().stored(copy)).toBe(true);

      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      expect(await t().finish(second)).toMatchObject({ status: "succeeded", results: [{}] });
      await t().quiet();
      expect(await t().stored(copy)).toBe(false);
    });

    test("is allowed to a client token of its user, of what is theirs and no more", async () => {
      const minted = await t().api("/v1/tokens", { json: { user: "cem" } });
      const { token: key } = (await minted.json()) as { token: string };
      const own = await t().edit({ ...(await fresh()), user: "cem" });
      const other = await t().edit({ user: "dora" });
      const ask = (path: string, method: string) => t().api(path, { method, key });
      expect((await ask(`/v1/jobs/${own.id}`, "DELETE")).status).toBe(200);
      expect((await t().api(`/v1/jobs/${own.id}`)).status).toBe(404);
      // what stays for a day names no user
      expect((await ask(`/v1/jobs/${own.id}`, "DELETE")).status).toBe(404);
      expect(await problem(await ask(`/v1/jobs/${other.id}`, "DELETE"))).toMatchObject({ code: "not_found" });
      for (const [path, method] of [
        ["/v1/users/dora", "DELETE"],
        ["/v1/users/cem", "DELETE"],
        ["/v1/events", "GET"],
      ] as const)
        expect(await problem(await ask(path, method)), path).toMatchObject({ code: "forbidden", status: 403 });
    });

    test("of another tenant, or one that never was, is 404 and touches nothing", async () => {
      const job = await t().edit();
      const answer = await stranger().api(`/v1/jobs/${job.id}`, { method: "DELETE" });
      expect(await problem(answer)).toMatchObject({ code: "not_found", status: 404 });
      expect(await t().job(job.id)).toEqual(job);
      expect((await remove(`/v1/jobs/job_${"0".repeat(26)}`))[0]).toBe(404);
    });
  });

  describe("deleting a user", () => {
    const t = newTenant(runtime);
    const remove = async (user: string) => {
      const answer = await t().api(`/v1/users/${encodeURIComponent(user)}`, { method: "DELETE" });
      return [answer.status, await answer.json()] as const;
    };

    const wish = { contentType: "image/png", contentLength: 7 };

    test("is by the one name that edits, uploads, tokens and lists take, however it is written", async () => {
      const [written, name] = [" Zoe\u0308 ", " Zo\u00eb "];
      const { token } = (await (await t().api("/v1/tokens", { json: { user: written } })).json()) as { token: string };
      const pictures = { image: await t().upload(await photo()), mask: await t().upload(await mask()) };
      const { id } = await t().edit({ ...pictures, user: written });
      expect(await (await t().api(`/v1/jobs/${id}`, { key: token })).json()).toMatchObject({ user: name });
      const upload = await idOf(await t().api("/v1/uploads", { json: { ...wish, user: written } }));
      expect((await t().api(`/v1/uploads/${upload}`, { key: token })).status).toBe(200);
      const list = await t().api(`/v1/jobs?user=${encodeURIComponent(written)}`);
      expect(await list.json()).toMatchObject({ data: [{ id }] });
      expect(await remove(written)).toMatchObject([200, { user: name, jobs: { erased: 1 } }]);
    });

    test.each([".", "..", "  ", "a\u202eb", "x".repeat(129)])("nobody can be named %j", async (user) => {
      const answers = [
        await t().ask({ user }),
        await t().api("/v1/uploads", { json: { ...wish, user } }),
        await t().api("/v1/tokens", { json: { user } }),
      ];
      for (const answer of answers)
        expect(await problem(answer)).toMatchObject({ code: "invalid_request", status: 422, pointer: "/user" });
      // an address in which these fold away is another
      if (!user.startsWith("."))
        expect(await remove(user)).toMatchObject([400, { code: "invalid_request", pointer: "user" }]);
    });

    test("takes uploads of theirs that no job worked with, and those of another's job at its end", async () => {
      const user = "flo";
      const { token: key } = (await (await t().api("/v1/tokens", { json: { user } })).json()) as { token: string };
      const hers = async () => t().upload(await photo(), undefined, key);
      const [unused, used] = [await hers(), await hers()];
      const others = await t().upload(await mask());
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const id = await idOf(await t().ask({ image: used, mask: others }));
      await t().quiet();
      const there = (upload: string) => t().stored(`u/${t().tenant}/${upload}`);

      expect(await remove(user)).toMatchObject([202, { deleted: false, jobs: { erased: 0, pending: 0 } }]);
      expect([await there(unused), await there(used), await there(others)]).toEqual([false, true, true]);
      expect((await t().api(`/v1/uploads/${unused}`, { key })).status).toBe(404);
      await t().modelsLab.release(t().modelsLab.jobs.at(-1)?.id ?? "");
      expect((await t().finish(id)).status).toBe("succeeded");
      expect(await remove(user)).toMatchObject([200, { deleted: true }]);
      expect([await there(used), await there(others)]).toEqual([false, true]);
      await t().api(`/v1/jobs/${id}`, { method: "DELETE" });
    });

    test("erases every job of theirs and nobody else's; what goes on is asked for again", async () => {
      const user = "ann/ünïcode";
      for (let i = 0; i < 2; i++) await t().edit({ user });
      const other = await t().edit({ user: "ben" });
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      await t().ask({ user });
      await t().quiet();

      expect(await remove(user)).toEqual([
        202,
        { object: "user", user, deleted: false, jobs: { erased: 2, pending: 1 } },
      ]);
      await t().quiet();
      const done = { object: "user", user, deleted: true, jobs: { erased: 0, pending: 0 } };
      expect(await remove(user)).toEqual([200, done]);
      const left = (await (await t().api("/v1/jobs")).json()) as { data: object[] };
      expect(left.data).toEqual([other]);
      // what they cost is booked, to nobody
      const usage = (await (await t().api("/v1/usage?by=user")).json()) as { data: { name: string | null }[] };
      expect(usage.data.map(({ name }) => name)).toEqual([null, "ben"]);
    });
  });
}

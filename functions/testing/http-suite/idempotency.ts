import type { JobView } from "@infill/core";
import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function joinsRepeatedRequests(runtime: () => Runtime): void {
  describe("an idempotency key", () => {
    const t = newTenant(runtime);
    const other = newTenant(runtime);
    const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

    test("makes the same request one job and one submit, also when it comes three times at once", async () => {
      const before = t().modelsLab.jobs.length;
      const answers = await Promise.all([1, 2, 3].map(() => t().ask({}, keyed("order-7"))));
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      const [id = "", ...others] = await Promise.all(answers.map(idOf));
      expect(others).toEqual([id, id]);
      const job = await t().finish(id);
      expect(t().modelsLab.jobs.length - before).toBe(1);

      const again = await t().ask({}, keyed("order-7"));
      expect([again.status, await again.json()]).toEqual([200, job]);
    });

    test("is not moved by how the request is written", async () => {
      const id = await idOf(await t().ask({ n: 1, operation: "replace" }, keyed("order-8")));
      expect(await idOf(await t().ask({ edit: { crop: "auto" } }, keyed("order-8")))).toBe(id);
      await t().finish(id);
    });

    test("refuses another request, before and after the job's end", async () => {
      const id = await idOf(await t().ask({}, keyed("order-9")));
      const mismatch = { code: "idempotency_mismatch", status: 422, job: id };
      expect(await problem(await t().ask({ prompt: "a scarf" }, keyed("order-9")))).toMatchObject(mismatch);
      await t().finish(id);
      expect(await problem(await t().ask({ prompt: "a scarf" }, keyed("order-9")))).toMatchObject(mismatch);
    });

    test("is a tenant's own", async () => {
      const mine = await t().edit({}, { "idempotency-key": "order-10" });
      const theirs = await other().edit({}, { "idempotency-key": "order-10" });
      expect(theirs.id).not.toBe(mine.id);
    });

    test("is not spent by a refusal", async () => {
      await problem(await t().ask({ quality: "high" }, keyed("order-11")));
      const answer = await t().ask({}, keyed("order-11"));
      expect(answer.status).toBe(202);
      await t().finish(((await answer.json()) as JobView).id);
    });

    test.each(["two words", "x".repeat(256)])("that is none is refused: %.10s…", async (key) => {
      const refused = await problem(await t().ask({}, keyed(key)));
      expect(refused).toMatchObject({ code: "invalid_request", status: 400, pointer: "Idempotency-Key" });
    });
  });
}

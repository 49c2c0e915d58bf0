import { beforeAll, describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import { mask, photo } from "../pictures.ts";
import type { Runtime } from "../runtime.ts";
import { newTenant } from "./tenant.ts";

const COSTS_NOTHING = { state: "refunded", amountMicroUsd: 0 };

export function cancelsJobs(runtime: () => Runtime): void {
  describe("canceling a job", () => {
    const t = newTenant(runtime);
    /** Takes so long to prepare that a cancel is there first. */
    let large: { image: string; mask: string };
    beforeAll(async () => {
      const [image, white] = await Promise.all([photo(3000, 2000), mask(3000, 2000)]);
      large = { image: await t().upload(image), mask: await t().upload(white) };
    });

    const start = async (json: object = {}) => idOf(await t().ask(json));
    const cancel = (id: string) => t().api(`/v1/jobs/${id}/cancel`, { method: "POST" });
    const last = () => t().modelsLab.jobs.at(-1);

    test("before it was sent costs nothing", async () => {
      const before = t().modelsLab.jobs.length;
      const id = await start(large);
      expect([200, 202]).toContain((await cancel(id)).status);
      const job = await t().finish(id);
      expect(t().modelsLab.jobs.length).toBe(before);
      expect(job).toMatchObject({ status: "canceled", error: { code: "canceled" }, cost: COSTS_NOTHING });
    });

    test("while it waits to be sent again costs nothing", async () => {
      const withdraw = t().modelsLab.behave({ refuse: "rate-limit", times: Number.POSITIVE_INFINITY });
      const id = await start();
      await t().quiet();
      await cancel(id);
      await t().quiet(); // no time passes
      withdraw();
      expect(await t().job(id)).toMatchObject({ status: "canceled", cost: COSTS_NOTHING });
    });

    test("while it is suspended ends it at once; the work may have been charged, and is not delivered", async () => {
      t().modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const id = await start();
      await t().quiet();
      expect(await t().job(id)).toMatchObject({ status: "running", phase: "submitted" });
      await cancel(id);
      await t().quiet(); // no time passes
      const job = await t().job(id);
      expect(job).toMatchObject({ status: "canceled", results: [], cost: { state: "unreconciled" } });
      expect(job.cost.amountMicroUsd).toBe(job.cost.estimateMicroUsd);
      // the late answer changes nothing any more
      await t().modelsLab.release(last()?.id ?? "");
      await t().quiet();
      expect(await t().job(id)).toEqual(job);
      expect(t().modelsLab.callbacks.at(-1)?.status).toBe(404);
    });

    test("while the submit hangs ends it within a second or two", async () => {
      t().modelsLab.behave({ answer: "hang", callback: "never" });
      const before = t().modelsLab.jobs.length;
      const id = await start();
      await t().modelsLab.until(() => t().modelsLab.jobs.length > before);
      await cancel(id);
      t().elapse(1000);
      await t().quiet();
      expect(await t().job(id)).toMatchObject({ status: "canceled", cost: { state: "unreconciled" } });
    });

    test("while the provider's picture is fetched ends it; the work was done, and counts", async () => {
      t().modelsLab.behave({ links: "hang", callback: "never" });
      const id = await start();
      await t().quiet();
      await t().modelsLab.release(last()?.id ?? "");
      t().elapse(3000); // the look that finds it done, and a download that hangs
      const picture = last()?.filePrefix ?? "";
      await t().modelsLab.until(() => t().modelsLab.requests.some(({ path }) => path.includes(picture)));
      await cancel(id);
      t().elapse(1000);
      const job = await t().finish(id);
      expect(job).toMatchObject({ status: "canceled", results: [] });
      expect(job.cost.amountMicroUsd).toBe(job.cost.estimateMicroUsd);
    });

    test("twice, or after its end, changes nothing", async () => {
      const id = await start(large);
      await cancel(id);
      const job = await t().finish(id);
      const again = await cancel(id);
      expect([again.status, await again.json()]).toEqual([200, job]);
    });
  });
}

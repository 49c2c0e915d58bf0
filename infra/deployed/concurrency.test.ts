import type { JobView } from "@infill/core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Caller, newCaller, transparent } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

/** What a new AWS account may run at one time, and the share of it that may hold answers. */
const CONCURRENT = 10;
const HELD = 3;

let deployed: Deployed;
let caller: Caller;
runsHere("an account that may run ten Lambdas at one time", () => {
  beforeAll(async () => {
    deployed = await startDeployed(inject("deployment"), {}, { concurrent: CONCURRENT });
    caller = await newCaller(deployed);
  });
  afterAll(() => deployed?.[Symbol.asyncDispose]());

  /** Asks for a job's end as an app does: again when there was no room. */
  async function wait(id: string): Promise<{ held: boolean; job: JobView }> {
    for (;;) {
      const answer = await fetch(`${deployed.url}/v1/jobs/${id}`, {
        headers: { authorization: `Bearer ${caller.key}`, prefer: "wait=25" },
      });
      if (answer.status === 503) {
        await answer.arrayBuffer();
        continue;
      }
      expect(answer.status).toBe(200);
      return { held: answer.headers.has("preference-applied"), job: (await answer.json()) as JobView };
    }
  }

  test("takes a callback while fifty wait for its job, a few of them held and the others sent to poll", async () => {
    deployed.modelsLab.behave({ etaSeconds: 600, takesSeconds: Number.POSITIVE_INFINITY });
    const { id } = (await (await caller.ask()).json()) as JobView;
    await deployed.until(async () => (await deployed.records.getJob(id))?.acceptance === "accepted");

    const answers: Awaited<ReturnType<typeof wait>>[] = [];
    const toldToPoll = Promise.withResolvers<void>();
    const waiting = Array.from({ length: 50 }, async () => {
      if (answers.push(await wait(id)) === 50 - HELD) toldToPoll.resolve();
    });
    await toldToPoll.promise;
    expect(answers.filter(({ held, job }) => held || job.status !== "running")).toEqual([]);
    expect(deployed.mostConcurrent()).toBe(CONCURRENT);

    await deployed.modelsLab.release(deployed.modelsLab.jobs.at(-1)?.id ?? "");
    const callback = () => deployed.modelsLab.callbacks.at(-1);
    await deployed.modelsLab.until(() => (callback()?.status ?? callback()?.failure) !== undefined);
    expect(callback()).toMatchObject({ status: 200 });
    expect(await deployed.finish(id)).toMatchObject({ status: "succeeded" });

    await Promise.all(waiting);
    const held = answers.filter((answer) => answer.held);
    expect(held.map(({ job }) => job.status)).toEqual(Array(HELD).fill("succeeded"));
  });

  test("holds a few of the drop-in requests and refuses the next before anything is begun", async () => {
    deployed.modelsLab.behave({ etaSeconds: 600, takesSeconds: Number.POSITIVE_INFINITY });
    const [image, mask] = [await caller.upload(caller.photo), await caller.upload(await transparent(caller.mask))];
    const edit = (prompt: string) =>
      fetch(`${deployed.compatUrl}/v1/images/edits`, {
        method: "POST",
        headers: { authorization: `Bearer ${caller.key}`, "content-type": "application/json" },
        body: JSON.stringify({
          ...{ model: "modelslab/inpaint", prompt, stream: true },
          ...{ images: [{ file_id: image }], mask: { file_id: mask } },
        }),
      });
    // a stream's head comes once its place is taken
    const held = await Promise.all(["one", "two", "three"].map(edit));
    expect(held.map(({ status }) => status)).toEqual([200, 200, 200]);

    const jobs = async () => (await deployed.records.listJobs({ tenant: "acme", limit: 100 })).jobs.length;
    const before = await jobs();
    const refused = await edit("four");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
    expect(await refused.json()).toMatchObject({ error: { type: "requests", code: "rate_limit_exceeded" } });
    expect(await jobs()).toBe(before);

    for (const answer of held) {
      const id = answer.headers.get("infill-job") ?? "";
      await caller.api(`/v1/jobs/${id}/cancel`, { method: "POST" });
      await deployed.finish(id);
      await answer.text();
    }
    const again = await edit("four");
    expect(again.status).toBe(200);
    await caller.api(`/v1/jobs/${again.headers.get("infill-job")}/cancel`, { method: "POST" });
    await again.text();
  });
});

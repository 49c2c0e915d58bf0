import type { JobView } from "@infill/core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Caller, newCaller } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

let deployed: Deployed;
let caller: Caller;
runsHere("a vendor that is given one edit at a time", () => {
  beforeAll(async () => {
    deployed = await startDeployed(inject("deployment"), {}, { slots: 1 });
    caller = await newCaller(deployed);
  });
  afterAll(() => deployed?.[Symbol.asyncDispose]());

  const row = async (id: string) => deployed.records.getJob(id);
  const ask = async () => ((await (await caller.ask()).json()) as JobView).id;
  const release = () => deployed.modelsLab.release(deployed.modelsLab.jobs.at(-1)?.id ?? "");

  test("has the next in line as soon as one is done: its execution is woken, within the workflow's rights", async () => {
    deployed.modelsLab.behave({ etaSeconds: 600, takesSeconds: Number.POSITIVE_INFINITY, times: 2 });
    const first = await ask();
    await deployed.until(async () => (await row(first))?.acceptance === "accepted");
    const second = await ask();
    await deployed.until(async () => (await row(second))?.waiting !== undefined);
    expect(await row(second)).toMatchObject({
      acceptance: "none",
      waiting: { reason: expect.stringContaining("for 1 at a time") },
    });

    await release();
    await deployed.quiet(); // and no time passes
    expect((await row(first))?.status).toBe("succeeded");
    expect(await row(second)).toMatchObject({ status: "running", acceptance: "accepted" });

    await release();
    expect(await deployed.finish(second)).toMatchObject({ status: "succeeded" });
    expect(deployed.modelsLab.jobs).toHaveLength(2);
    expect(deployed.rights.refused).toEqual([]);
  });
});

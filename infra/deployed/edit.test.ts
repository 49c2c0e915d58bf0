import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { spawnCli } from "../../packages/cli/src/testing/spawn.ts";
import { type Caller, changedOutside, newCaller } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

let deployed: Deployed;
let caller: Caller;
runsHere("the deployed system", () => {
  beforeAll(async () => {
    deployed = await startDeployed(inject("deployment"));
    caller = await newCaller(deployed);
  });
  afterAll(() => deployed?.[Symbol.asyncDispose]());

  test("an edit ends by ModelsLab's callback, and every pixel outside the mask is the caller's own", async () => {
    deployed.modelsLab.behave({ etaSeconds: 600, takesSeconds: 1 });
    const job = await caller.edit();
    expect(job).toMatchObject({ status: "succeeded", cost: { state: "settled" } });
    expect(deployed.modelsLab.callbacks.at(-1)?.status).toBe(200);
    expect(deployed.inpaint.history(job.id)).toContain("before-look-1 SUCCEEDED");
    expect(await changedOutside(caller.photo, await caller.result(job.id))).toBe(0);
  });

  test("an edit whose callbacks are all dropped ends by asking", async () => {
    deployed.modelsLab.behave({ etaSeconds: 2, takesSeconds: 3, callback: "never" });
    const job = await caller.edit();
    expect(job).toMatchObject({ status: "succeeded", cost: { state: "settled" } });
    expect(deployed.inpaint.history(job.id)).toEqual(
      expect.arrayContaining(["before-look-1 TIMED_OUT", "look-2 SUCCEEDED"]),
    );
    expect(await changedOutside(caller.photo, await caller.result(job.id))).toBe(0);
  });

  test("infill edit works with the deployment's address and a key", async () => {
    const folder = await mkdtemp(join(tmpdir(), "infill-edit-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "photo.png"), caller.photo);
    await writeFile(join(folder, "mask.png"), caller.mask);

    const edit = ["edit", "photo.png", "--mask", "mask.png", "--prompt", "a hat", "--out", "edited.png"];
    const env = { INFILL_URL: deployed.url, INFILL_API_KEY: caller.key };
    const { exitCode, stderr } = await deployed.during(spawnCli(edit, { cwd: folder, env }).ended);
    expect(stderr).not.toMatch(/error/i);
    expect(exitCode).toBe(0);
    expect(await changedOutside(caller.photo, await readFile(join(folder, "edited.png")))).toBe(0);
  });

  test("for all of this no function asked for more than its role allows, and nothing was lost", () => {
    expect(deployed.rights.refused).toEqual([]);
    expect(deployed.lost).toEqual([]);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobView } from "@infill/core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Caller, newCaller } from "./caller.ts";
import { NEXT_BUILD, nextBuild, RENAMED } from "./next-build.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

/** Where the first build's jobs are when the next one is deployed, and how the vendor treats them. */
const AT_ONCE = { answer: "success", times: Number.POSITIVE_INFINITY } as const;
const LATER = { ...AT_ONCE, answer: "queued", etaSeconds: 600, takesSeconds: Number.POSITIVE_INFINITY } as const;
const CHECKPOINTS = [
  ...["claim START", "claim SUCCEED", "prepare START", "prepare SUCCEED"].map((at) => [at, AT_ONCE] as const),
  ...["submit-1 START", "submit-1 SUCCEED", "finish START", "finish SUCCEED"].map((at) => [at, AT_ONCE] as const),
  ...["close START", "close SUCCEED"].map((at) => [at, AT_ONCE] as const),
  ...["before-look-1 START", "before-look-1-arm SUCCEED"].map((at) => [at, LATER] as const),
];

let deployed: Deployed;
let caller: Caller;
let directory: string;
/** Jobs of the first build, by where each of them stands. */
const waiting = new Map<string, string>();
let upgraded: Awaited<ReturnType<Deployed["upgrade"]>>;
runsHere("the deployed system, while its next build is deployed", () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "infill-next-build-"));
    deployed = await startDeployed(inject("deployment"));
    caller = await newCaller(deployed);
  });
  afterAll(async () => {
    await deployed?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  const ask = async () => ((await (await caller.ask()).json()) as JobView).id;
  const build = async () => ((await (await fetch(`${deployed.url}/healthz`)).json()) as { build: string }).build;

  test("jobs of the first build stand at every checkpoint, no time passing", async () => {
    for (const [checkpoint, behaviour] of CHECKPOINTS) {
      const withdraw = deployed.modelsLab.behave(behaviour);
      let killed = 0;
      deployed.interference.atCheckpoint = async (updates, written) => {
        if (killed > 0 || written || !updates.includes(checkpoint)) return true;
        killed = (await deployed.functions["InpaintHandler"]?.kill()) ?? 0;
        return false;
      };
      waiting.set(checkpoint, await ask());
      await deployed.quiet();
      expect([checkpoint, killed]).toEqual([checkpoint, 1]);
      withdraw();
    }
    deployed.interference = {};
    const withdraw = deployed.modelsLab.behave(LATER);
    waiting.set("suspended", await ask());
    await deployed.quiet();
    withdraw();
    deployed.modelsLab.behave(AT_ONCE); // whatever is submitted from here on
    expect(await build()).toBe("test-build");
  }, 60_000);

  test("the next build is deployed, and says so", async () => {
    upgraded = await deployed.upgrade(nextBuild(inject("deployment"), directory));
    expect(await build()).toBe(NEXT_BUILD);
  });

  test.each([...CHECKPOINTS.map(([at]) => at), "suspended"])(
    "the job that stood at %s is read, and finishes by the build that began it",
    async (checkpoint) => {
      const id = waiting.get(checkpoint) ?? "";
      const job = await caller.job(id);
      expect(job.id).toBe(id);
      for (const { id: vendorsId, state } of deployed.modelsLab.jobs)
        if (state === "processing") await deployed.modelsLab.release(vendorsId);
      expect(await deployed.finish(id)).toMatchObject({ status: "succeeded", settlement: { state: "settled" } });
      await deployed.quiet();
      expect(deployed.inpaint.status(id)).toBe("SUCCEEDED");
      expect(deployed.inpaint.history(id)).toEqual(expect.arrayContaining(["prepare SUCCEEDED", "close SUCCEEDED"]));
      expect(upgraded.inpaint.status(id)).toBeUndefined();
    },
  );

  test("each was submitted once", () => {
    expect(deployed.modelsLab.jobs).toHaveLength(waiting.size);
  });

  test("a job that is asked for now is the next build's", async () => {
    const id = await ask();
    expect(await deployed.finish(id)).toMatchObject({ status: "succeeded" });
    await deployed.quiet();
    expect(upgraded.inpaint.status(id)).toBe("SUCCEEDED");
    expect(upgraded.inpaint.history(id)).toEqual(
      expect.arrayContaining(Object.values(RENAMED).map((name) => `${name} SUCCEEDED`)),
    );
    expect(deployed.inpaint.status(id)).toBeUndefined();
  });

  test("for all of this no function was refused anything, and nothing was lost", () => {
    expect(deployed.rights.refused).toEqual([]);
    expect(deployed.lost).toEqual([]);
  });
});

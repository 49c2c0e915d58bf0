import { type JobView, jobOfExecutionName } from "@infill/core";
import { sampleEnd, sampleJob } from "@infill/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { type Caller, newCaller } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

let deployed: Deployed;
let caller: Caller;
/** Jobs the provider had taken, and executions there were, before a test. */
let before: { taken: number; started: number };
runsHere("the deployed system, broken", () => {
  beforeAll(async () => {
    deployed = await startDeployed(inject("deployment"));
    caller = await newCaller(deployed);
  });
  beforeEach(() => {
    before = { taken: deployed.modelsLab.jobs.length, started: deployed.inpaint.started() };
  });
  afterEach(() => {
    deployed.interference = {};
  });
  afterAll(() => deployed?.[Symbol.asyncDispose]());

  const taken = () => deployed.modelsLab.jobs.length - before.taken;
  const started = () => deployed.inpaint.started() - before.started;
  const ask = async () => ((await (await caller.ask()).json()) as JobView).id;
  /** @returns how many sandboxes there were at work */
  const kill = async (name: string): Promise<number> => (await deployed.functions[name]?.kill()) ?? 0;

  /** What a job that ends at its first look writes down, in order. */
  const CHECKPOINTS = [
    ...["claim START", "claim SUCCEED"],
    ...["prepare START", "prepare SUCCEED"],
    ...["submit-1 START", "submit-1 SUCCEED"],
    ...["before-look-1 START", "before-look-1-arm START", "before-look-1-arm SUCCEED"],
    ...["look-1 START", "look-1 SUCCEED"],
    ...["finish START", "finish SUCCEED"],
    ...["close START", "close SUCCEED"],
  ];

  test("the api dies after its transaction and before the start: the relay starts the job", async () => {
    let jobId = "";
    deployed.interference.beforeInvoke = async (name) => {
      jobId = jobOfExecutionName(name).id;
      return (await kill("Api")) === 0;
    };
    const key = { "idempotency-key": "order-7" };
    const edit = { image: caller.image, mask: caller.white, model: "modelslab/inpaint", prompt: "a hat" };
    // the gateway answers in the api's place
    const answer = await fetch(`${deployed.url}/v1/inpaint`, {
      method: "POST",
      headers: { authorization: `Bearer ${caller.key}`, "content-type": "application/json", ...key },
      body: JSON.stringify(edit),
    });
    expect([answer.status, started()]).toEqual([500, 0]);

    await deployed.quiet();
    expect(started()).toBe(1);
    expect(await deployed.finish(jobId)).toMatchObject({ status: "succeeded" });
    const again = await caller.ask(edit, { headers: key });
    expect([again.status, await again.json()]).toEqual([
      200,
      expect.objectContaining({ id: jobId, status: "succeeded" }),
    ]);
    expect([started(), taken()]).toEqual([1, 1]);
  });

  test("these are all the checkpoints there are", async () => {
    const seen: string[] = [];
    deployed.interference.atCheckpoint = async (updates, written) => {
      if (!written) seen.push(...updates);
      return true;
    };
    await deployed.finish(await ask());
    await deployed.quiet();
    // the vendor paints in real time: a second look, while it does, is the first once more
    expect(seen.filter((update) => !/look-[2-9]/.test(update))).toEqual(CHECKPOINTS);
  });

  test.each([
    ...CHECKPOINTS.map((update) => [update, "before"]),
    // what a start alone leaves behind is not what the step leaves behind
    ["submit-1 START", "after"],
    ["before-look-1 START", "after"],
    ["close SUCCEED", "after"],
  ])("the workflow is killed at %s, %s it is written: the job finishes with one submit taken", async (update, when) => {
    let killed = 0;
    deployed.interference.atCheckpoint = async (updates, written) => {
      if (killed > 0 || !updates.includes(update) || written !== (when === "after")) return true;
      killed = await kill("InpaintHandler");
      return false;
    };
    const job = await deployed.finish(await ask());
    await deployed.quiet();
    expect(killed).toBe(1);
    expect(job).toMatchObject({ status: "succeeded", settlement: { state: "settled" } });
    expect(taken()).toBe(1);
    expect(deployed.inpaint.status(job.id)).toBe("SUCCEEDED");
  });

  test("the workflow is killed inside the submit, the work taken and its answer lost: the callback ends the job", async () => {
    deployed.modelsLab.behave({ answer: "hang", takesSeconds: 10 });
    const id = await ask();
    await deployed.modelsLab.until(() => taken() === 1);
    await kill("InpaintHandler");
    expect(await deployed.finish(id)).toMatchObject({ status: "succeeded", acceptance: "accepted" });
    expect(taken()).toBe(1);
  });

  test("the relay gets the same record ten times: one execution", async () => {
    const id = await ask();
    await deployed.finish(id);
    const record = deployed.stream.delivered.find(({ dynamodb }) => dynamodb.Keys["pk"]?.S === `job#${id}`);
    if (record === undefined) throw new Error("the stream had no such record");
    await deployed.stream.deliver(Array(10).fill(record));
    await deployed.quiet();
    expect([started(), taken()]).toEqual([1, 1]);
  });

  test("a record that can never be served is given up and reported, and holds up no other", async () => {
    const [served] = deployed.stream.delivered;
    if (served === undefined) throw new Error("the stream had no record");
    // Lambda takes no such name for an execution
    const job = sampleJob({ id: "a b" });
    await deployed.records.createJob(job);
    await deployed.quiet();
    deployed.lost.splice(0);
    const never = {
      ...served,
      dynamodb: { Keys: { pk: { S: "job#a b" }, sk: { S: "job" } }, SequenceNumber: "never" },
    };
    await deployed.stream.deliver([never, served]);
    const place = { startSequenceNumber: "never", endSequenceNumber: "never", batchSize: 1 };
    expect(deployed.lost.splice(0)).toEqual([
      expect.objectContaining({ DDBStreamBatchInfo: expect.objectContaining(place) }),
    ]);
    await deployed.records.endJob(job.id, sampleEnd(job));
  });

  test("an execution is stopped from outside: its job ends, and what may have been charged stays on the books", async () => {
    deployed.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
    const id = await ask();
    await deployed.until(async () => (await deployed.records.getJob(id))?.acceptance === "accepted");
    const running = await deployed.records.getJob(id);
    await deployed.stop(running?.execution ?? "");
    await deployed.quiet();

    expect(deployed.inpaint.status(id)).toBe("STOPPED");
    expect(await caller.job(id)).toMatchObject({ status: "failed", cost: { state: "unreconciled" } });
    expect((await deployed.records.getBudget("acme")).reserved).toBe(0);
  });

  test("after all of this no function was refused anything, and nothing else was lost", () => {
    expect(deployed.rights.refused).toEqual([]);
    expect(deployed.lost).toEqual([]);
  });
});

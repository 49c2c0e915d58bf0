import type { JobView } from "@infill/core";
import { type Receiver, startReceiver } from "@infill/functions/testing";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { spawnCli } from "../../packages/cli/src/testing/spawn.ts";
import { type Caller, newCaller } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

let receiver: Receiver;
let deployed: Deployed;
let caller: Caller;
runsHere("what the deployed system lost", () => {
  beforeAll(async () => {
    receiver = await startReceiver([200]);
    deployed = await startDeployed(inject("deployment"), { "hooks.example.com": receiver.url });
    caller = await newCaller(deployed);
  });
  afterEach(() => {
    deployed.interference = {};
  });
  afterAll(async () => {
    await deployed?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  const redrive = (...flags: string[]) =>
    spawnCli(["jobs", "redrive", "--stage", "production", ...flags], { cwd: "/", env: deployed.operator }).ended;
  const status = async (id: string) => (await deployed.records.getJob(id))?.status;

  /** A job whose every start Lambda refuses, until the relay gives it up. */
  async function neverStarted(): Promise<string> {
    deployed.interference.beforeInvoke = async () => "ResourceNotFoundException";
    const { id } = (await (await caller.ask()).json()) as JobView;
    await deployed.quiet();
    deployed.interference = {};
    expect([await status(id), deployed.lost.length]).toEqual(["queued", 1]);
    return id;
  }

  test("a job that could not be started is found, started, and runs to its end", async () => {
    const id = await neverStarted();

    const planned = await redrive("--dry-run");
    expect(planned).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`would start ${id}`) });
    expect([await status(id), deployed.lost.length]).toEqual(["queued", 1]);

    const done = await redrive();
    expect(done).toMatchObject({ exitCode: 0, stdout: `✓ started ${id}\n1 of 1 message deleted.\n` });
    expect(deployed.lost).toEqual([]);
    expect(await deployed.finish(id)).toMatchObject({ status: "succeeded", settlement: { state: "settled" } });

    expect((await redrive()).stdout).toBe("The queue is empty: nothing is lost.\n");
  });

  test("two people at once start it once", async () => {
    const taken = deployed.modelsLab.jobs.length;
    const started = deployed.inpaint.started();
    const id = await neverStarted();
    const both = await Promise.all([redrive("--json"), redrive("--json")]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(deployed.lost).toEqual([]);
    await deployed.finish(id);
    expect([deployed.inpaint.started() - started, deployed.modelsLab.jobs.length - taken]).toEqual([1, 1]);
  });

  test("while it still cannot be started the message stays, for the next time", async () => {
    const id = await neverStarted();
    deployed.interference.beforeInvoke = async () => "ResourceNotFoundException";
    const failed = await redrive();
    expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(`could not start ${id}`) });
    expect(deployed.lost).toHaveLength(1);

    deployed.interference = {};
    expect((await redrive()).exitCode).toBe(0);
    expect(await deployed.finish(id)).toMatchObject({ status: "succeeded" });
  });

  test("a webhook whose delivery could not be started is delivered", async () => {
    deployed.interference.beforeInvoke = async (name) => !name.startsWith("evt_") || "ResourceNotFoundException";
    const { id } = await caller.edit({ webhook: "https://hooks.example.com/infill" });
    await deployed.quiet();
    deployed.interference = {};
    expect([receiver.received.length, deployed.lost.length]).toEqual([0, 1]);

    const { stdout } = await redrive();
    const eventId = (await deployed.records.getJob(id))?.eventId;
    expect(stdout).toContain(`✓ delivering ${eventId}`);
    await deployed.until(() => receiver.received.length === 1);
    expect(receiver.received[0]?.headers["webhook-id"]).toBe(eventId);
  });

  test("an execution that was stopped unheard ends its job, whichever way the news came to the queue", async () => {
    const running = async () => {
      deployed.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
      const { id } = (await (await caller.ask()).json()) as JobView;
      await deployed.until(async () => (await deployed.records.getJob(id))?.acceptance === "accepted");
      const { execution = "" } = (await deployed.records.getJob(id)) ?? {};
      return { id, news: { detail: { durableExecutionArn: execution, status: "STOPPED" } } };
    };
    const [first, second] = [await running(), await running()];
    deployed.lost.push(first.news, { version: "1.0", requestPayload: second.news });

    const { exitCode, stdout } = await redrive("--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      messages: 2,
      deleted: 2,
      actions: [
        { does: "expire", id: first.id },
        { does: "expire", id: second.id },
      ],
    });
    expect(await caller.job(first.id)).toMatchObject({ status: "failed", cost: { state: "unreconciled" } });
    expect(await status(second.id)).toBe("failed");
  });

  test("what is none of ours stays, and is named", async () => {
    deployed.lost.push({ hello: "world" });
    const { exitCode, stdout } = await redrive("--json");
    expect([exitCode, deployed.lost.splice(0)]).toEqual([1, [{ hello: "world" }]]);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "not_all_redriven" },
      kept: [{ because: "it is not a message of this system" }],
    });
  });

  test("keys are made for the stage that the operator's parameter describes", async () => {
    const argv = ["keys", "create", "--stage", "production", "--quiet", "--tenant", "ops"];
    const { stdout, exitCode } = await spawnCli(argv, { cwd: "/", env: deployed.operator }).ended;
    expect(exitCode).toBe(0);
    const answer = await fetch(`${deployed.url}/v1/models`, { headers: { authorization: `Bearer ${stdout.trim()}` } });
    expect(answer.status).toBe(200);
  });
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Receiver, startReceiver } from "@infill/functions/testing";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { spawnCli } from "../../packages/cli/src/testing/spawn.ts";
import { type Caller, changedOutside, newCaller } from "./caller.ts";
import { WEBHOOK_SECRET } from "./http-runtime.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

let receiver: Receiver;
let deployed: Deployed;
let caller: Caller;
runsHere("the deployed system", () => {
  beforeAll(async () => {
    receiver = await startReceiver([500, 200]);
    deployed = await startDeployed(inject("deployment"), { "hooks.example.com": receiver.url });
    caller = await newCaller(deployed);
  });
  afterAll(async () => {
    await deployed?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

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

  test("a caller's webhook is told, signed, until it answers", async () => {
    const job = await caller.edit({ webhook: "https://hooks.example.com/infill" });
    await deployed.until(() => receiver.received.length === 2);
    const [first, second] = receiver.received;
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(receiver.verify(WEBHOOK_SECRET, second)).toMatchObject({ type: "job.succeeded", data: { id: job.id } });
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

  test("a picture that was never uploaded is named, though S3 does not tell what it lacks", async () => {
    const { id } = (await (await caller.api("/v1/uploads", { contentType: "image/png", contentLength: 9 })).json()) as {
      id: string;
    };
    const answer = await caller.ask({ image: id });
    expect([answer.status, await answer.json()]).toEqual([422, expect.objectContaining({ code: "asset_missing" })]);
  });

  test("the gateway passes on what is no text, and what the api says of it", async () => {
    const { url } = deployed;
    const headers = { authorization: `Bearer ${caller.key}`, "content-type": "application/octet-stream" };
    const answer = await fetch(`${url}/v1/inpaint`, { method: "POST", headers, body: new Uint8Array([0xff, 0x00]) });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.status).toBeLessThan(500);
  });

  test("a link that nobody signed is told nothing", async () => {
    const answer = await fetch(`${deployed.url}/webhooks/modelslab/job_x.1.9999999999.k1.AAAA`, { method: "POST" });
    expect(answer.status).toBe(404);
  });

  test("for all of this no function asked for more than its role allows, and nothing was lost", () => {
    expect(deployed.rights.refused).toEqual([]);
    expect(deployed.lost).toEqual([]);
  });
});

import { startReceiver } from "@infill/functions/testing";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Caller, newCaller } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

/** What must be nowhere but where it belongs. */
const CANARY = "canary-8b1f";
const HOOKS = "hooks.example.com";

interface Line extends Record<string, unknown> {
  message?: string;
  job?: string;
  _aws?: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] };
}

let deployed: Deployed;
let caller: Caller;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let job: string;
runsHere("what the deployed functions log", () => {
  beforeAll(async () => {
    receiver = await startReceiver([500, 200]);
    deployed = await startDeployed(inject("deployment"), { [HOOKS]: receiver.url });
    caller = await newCaller(deployed);
    deployed.modelsLab.behave({ etaSeconds: 600, takesSeconds: 1 });
    const { id } = await caller.edit({
      prompt: `a hat ${CANARY}`,
      user: CANARY,
      metadata: { order: CANARY },
      webhook: `https://${HOOKS}/${CANARY}`,
    });
    job = id;
    // a receiver that is not there is named by its address in what its connection says
    deployed.modelsLab.behave({ refuse: "bad-request" });
    const refused = await caller.edit({
      prompt: `a hat ${CANARY}`,
      webhook: `https://${CANARY}.example.com/${CANARY}`,
    });
    await deployed.until(async () => {
      const { eventId = "" } = (await deployed.records.getJob(refused.id)) ?? {};
      return ((await deployed.records.getEvent(eventId))?.delivery.attempts ?? 0) > 0;
    });
    await deployed.until(() => receiver.received.length === 2);
    await fetch(`${deployed.url}/webhooks/modelslab/${CANARY}`, { method: "POST", body: CANARY });
    await inOtherFormats();
  });
  afterAll(async () => {
    await deployed?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  /** In each, a request that names what there is not. */
  async function inOtherFormats(): Promise<void> {
    const place = `https://10.0.0.1/${CANARY}`;
    const pictures = { imageUrl: place, maskUrl: place, prompt: CANARY, n: 1 };
    const bodies = {
      "/api/v6/image_editing/inpaint": { key: caller.key, prompt: CANARY, init_image: place, mask_image: place },
      "/api/features": { type: "IMAGE_INPAINTER", model: "modelslab/inpaint", promptObject: pictures },
      "/v1/images/edits": { model: CANARY, prompt: CANARY, images: [{ image_url: place }] },
    };
    for (const [path, body] of Object.entries(bodies)) {
      const keys = { authorization: `Bearer ${caller.key}`, "api-key": caller.key };
      const headers = { "content-type": "application/json", ...keys };
      const answer = await fetch(deployed.compatUrl + path, { method: "POST", headers, body: JSON.stringify(body) });
      expect(`${answer.status} ${await answer.text()}`).toMatch(/^4\d\d |"status":"error"/);
    }
  }

  const linesOf = (name: string): Line[] =>
    (deployed.functions[name]?.log() ?? "")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const everything = () => Object.values(deployed.functions).map((each) => each.log());
  const counted = () =>
    Object.keys(deployed.functions)
      .flatMap(linesOf)
      .flatMap(({ _aws, ...line }) =>
        (_aws?.CloudWatchMetrics ?? []).flatMap(({ Metrics }) => Metrics.map(({ Name }) => [Name, line[Name]])),
      );

  test("is one JSON object a line, with the event and the build it is of", () => {
    for (const name of ["Api", "Webhook", "Compat", "InpaintHandler", "NotifyHandler"]) {
      const lines = linesOf(name).filter(({ _aws }) => _aws === undefined);
      expect([name, lines.length]).not.toEqual([name, 0]);
      for (const line of lines)
        expect(line).toMatchObject({
          level: expect.stringMatching(/^(?:INFO|WARN|ERROR)$/),
          service: "infill/production",
          build: "test-build",
          timestamp: expect.stringMatching(/Z$/),
          cold_start: expect.any(Boolean),
          function_name: expect.stringContaining(name),
          function_request_id: expect.any(String),
        });
    }
  });

  test("says which job a line is about, and which execution", () => {
    const ended = linesOf("InpaintHandler").find(({ message }) => message === "job ended");
    expect(ended).toMatchObject({ job, execution: expect.stringContaining(job), status: "succeeded" });
    expect(linesOf("Webhook").map((line) => line.job)).toContain(job);
    expect(linesOf("NotifyHandler").map((line) => line.job)).toContain(job);
  });

  test("counts each job's end once, the callback, and no webhook that was given up", () => {
    const names = counted().map(([name]) => name);
    expect(names.sort()).toEqual(["callbacks", ...["duration", "jobs", "spend"].flatMap((name) => [name, name])]);
  });

  test("holds no prompt, no key, no signature and no capability", () => {
    const callback = deployed.modelsLab.jobs.at(-1)?.submit.webhook ?? "";
    const [, capability = ""] = callback.split("/webhooks/modelslab/");
    expect(capability.length).toBeGreaterThan(40);
    for (const log of everything())
      for (const secret of [CANARY, caller.key, "X-Amz-Signature", capability, "a-key-that-nobody-has", "whsec_"])
        expect(log).not.toContain(secret);
  });
});

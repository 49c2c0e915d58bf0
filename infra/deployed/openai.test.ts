import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateImage } from "ai";
import OpenAI, { type ClientOptions, toFile } from "openai";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { type Caller, changedOutside, newCaller, transparent } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

/** Longer than a gateway (30 s) or a Router (60 s) would hold an answer. */
const MINUTES = { etaSeconds: 180, takesSeconds: 180 };

let deployed: Deployed;
let caller: Caller;
let image: File;
let mask: File;
/** Jobs the provider had taken before a test. */
let before: number;
/** No two tests ask the same. */
let prompts = 0;
runsHere("the deployed drop-in entry", () => {
  beforeAll(async () => {
    deployed = await startDeployed(inject("deployment"));
    caller = await newCaller(deployed);
    image = await toFile(caller.photo, "photo.png", { type: "image/png" });
    mask = await toFile(await transparent(caller.mask), "mask.png", { type: "image/png" });
  });
  beforeEach(() => {
    before = deployed.modelsLab.jobs.length;
    prompts++;
  });
  afterAll(() => deployed?.[Symbol.asyncDispose]());

  const taken = () => deployed.modelsLab.jobs.length - before;
  const client = (options: ClientOptions = {}) =>
    new OpenAI({ baseURL: `${deployed.compatUrl}/v1`, apiKey: caller.key, ...options });
  const ask = (more: object = {}) => ({ model: "modelslab/inpaint", image, mask, prompt: `hat ${prompts}`, ...more });
  const edit = (options: ClientOptions = {}) =>
    deployed.during(
      client(options)
        .images.edit({ ...ask(), stream: false })
        .then((answer) => answer),
    );
  /** Seconds between the provider's taking of the latest job and its callback. */
  const tookSeconds = () => {
    const { acceptedAt = 0 } = deployed.modelsLab.jobs.at(-1) ?? {};
    return ((deployed.modelsLab.callbacks.at(-1)?.sentAt ?? 0) - acceptedAt) / 1000;
  };

  test("OpenAI's client, with nothing changed but its base URL, waits minutes for its edit", async () => {
    deployed.modelsLab.behave(MINUTES);
    const { data = [], size } = await edit();
    expect(tookSeconds()).toBeGreaterThanOrEqual(180);
    expect(size).toBe("320x240");
    expect(await changedOutside(caller.photo, Buffer.from(data[0]?.b64_json ?? "", "base64"))).toBe(0);
  });

  test("and streams it", async () => {
    deployed.modelsLab.behave(MINUTES);
    const events: OpenAI.ImageEditStreamEvent[] = [];
    const read = async () => {
      for await (const event of await client().images.edit({ ...ask(), stream: true })) events.push(event);
    };
    await deployed.during(read());
    expect(tookSeconds()).toBeGreaterThanOrEqual(180);
    expect(events).toEqual([expect.objectContaining({ type: "image_edit.completed", size: "320x240" })]);
    expect(await changedOutside(caller.photo, Buffer.from(events[0]?.b64_json ?? "", "base64"))).toBe(0);
  });

  test.each([
    ["@ai-sdk/openai", createOpenAI] as const,
    [
      "@ai-sdk/openai-compatible",
      (to: object) => createOpenAICompatible({ name: "infill", baseURL: "", ...to }),
    ] as const,
  ])("the AI SDK's generateImage waits for it, too, with %s", async (_, create) => {
    const model = create({ baseURL: `${deployed.compatUrl}/v1`, apiKey: caller.key }).imageModel("modelslab/inpaint");
    const [photo, holes] = await Promise.all([image.arrayBuffer(), mask.arrayBuffer()]);
    const prompt = { images: [new Uint8Array(photo)], mask: new Uint8Array(holes), text: `hat ${prompts}` };
    const edited = await deployed.during(generateImage({ model, prompt }));
    expect(await changedOutside(caller.photo, edited.image.uint8Array)).toBe(0);
    expect(taken()).toBe(1);
  });

  test("a stream begins before its edit has ended", async () => {
    deployed.modelsLab.behave(MINUTES);
    const raw = await client()
      .images.edit({ ...ask(), stream: true })
      .asResponse();
    const { value } = (await raw.body?.getReader().read()) ?? {};
    expect([raw.headers.get("content-type"), Buffer.from(value ?? []).toString()]).toEqual([
      "text/event-stream; charset=utf-8",
      ": the edit goes on\n\n",
    ]);
    const job = raw.headers.get("infill-job") ?? "";
    expect((await deployed.records.getJob(job))?.finishedAt).toBeUndefined();
    await deployed.finish(job);
  });

  /** The first request of a client meets this, once the provider has its job. */
  const disturbed = (disturb: (leave: () => void) => unknown): typeof fetch => {
    let times = 0;
    return async (input, init) => {
      if (init?.method !== "POST" || times++ > 0) return fetch(input, init);
      const leaving = new AbortController();
      const answer = fetch(input, { ...init, signal: leaving.signal });
      answer.catch(() => {});
      await deployed.modelsLab.until(() => taken() === 1);
      await disturb(() => leaving.abort());
      return answer;
    };
  };

  test("a connection that breaks after the job was taken is retried by the client, and paid for once", async () => {
    deployed.modelsLab.behave(MINUTES);
    const { data = [] } = await edit({ fetch: disturbed((leave) => leave()) });
    expect([data.length, taken()]).toEqual([1, 1]);
  });

  test("a function that dies while it holds an answer is a 502, which the client retries, and paid for once", async () => {
    deployed.modelsLab.behave(MINUTES);
    let killed = 0;
    const kill = async () => {
      killed = (await deployed.functions["Compat"]?.kill()) ?? 0;
    };
    const { data = [] } = await edit({ fetch: disturbed(kill) });
    expect([data.length, taken()]).toEqual([1, 1]);
    expect(killed).toBeGreaterThanOrEqual(1);
  });

  test("the models that can be named", async () => {
    const { data } = await client().models.list();
    expect(data.map(({ id }) => id)).toEqual(["modelslab/inpaint"]);
  });

  test("a request above Lambda's 6 MB is refused before the function; a picture that was uploaded is none", async () => {
    const large = await toFile(new Uint8Array(5_000_000), "photo.png", { type: "image/png" });
    await expect(client().images.edit({ ...ask(), image: large })).rejects.toMatchObject({ status: 413 });
    const small = await caller.upload(caller.photo);
    const holes = await caller.upload(new Uint8Array(await mask.arrayBuffer()));
    const body = { ...ask(), image: undefined, images: [{ file_id: small }], mask: { file_id: holes } };
    const answer = await deployed.during(
      fetch(`${deployed.compatUrl}/v1/images/edits`, {
        method: "POST",
        headers: { authorization: `Bearer ${caller.key}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    expect(answer.status).toBe(200);
  });

  test("a wrong key is a 401, and a model without a key of its vendor's is not there", async () => {
    await expect(client({ apiKey: "sk-wrong" }).models.list()).rejects.toMatchObject({ status: 401 });
    await expect(client().models.retrieve("nobody/nothing")).rejects.toMatchObject({ status: 404 });
  });

  test("for all of this no function asked for more than its role allows, and nothing was lost", () => {
    expect(deployed.rights.refused).toEqual([]);
    expect(deployed.lost).toEqual([]);
  });
});

import { manualTime, type OpenAiSimulator, startOpenAi } from "@infill/simulators";
import sharp from "sharp";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { allOf, find } from "../offline/graph.ts";
import { type Caller, changedOutside, newCaller, transparent } from "./caller.ts";
import type { Deployment } from "./deployment.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

const KEY = "a-key-of-openais";
const SECONDS_BETWEEN = 60;

/** The same deployment after `sst secret set OpenaiApiKey …`. */
function withOpenAi({ graph: deployed, artifacts }: Deployment): Deployment {
  const graph = structuredClone(deployed);
  find(graph, "aws:ssm/parameter:Parameter", "OpenaiApiKeyParameter").inputs.value = KEY;
  for (const { inputs } of allOf(graph, "aws:lambda/function:Function")) {
    const { variables } = inputs.environment;
    if ("PROVIDERS" in variables) variables.PROVIDERS += ",openai";
  }
  return { graph, artifacts };
}

let deployed: Deployed;
let caller: Caller;
let openAi: OpenAiSimulator;
/** The vendor's own: it goes on when a test says so. */
const time = manualTime();
runsHere("a deployed model that shows its work", () => {
  beforeAll(async () => {
    openAi = await startOpenAi({ keys: [KEY], time, behaviour: { secondsBetween: SECONDS_BETWEEN } });
    deployed = await startDeployed(withOpenAi(inject("deployment")), { "api.openai.com": openAi.url });
    caller = await newCaller(deployed);
  });
  afterAll(async () => {
    await deployed?.[Symbol.asyncDispose]();
    await openAi?.close();
  });

  interface Event {
    type: string;
    b64_json: string;
  }

  /** A streamed edit's events. The vendor goes on once its partial picture was sent on, or was not though it is there. */
  async function streamed(): Promise<Event[]> {
    const form = new FormData();
    const png = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)], { type: "image/png" });
    form.append("image", png(caller.photo), "photo.png");
    form.append("mask", png(await transparent(caller.mask)), "mask.png");
    const fields = { model: "openai/gpt-image-2.5-flare", prompt: "a hat", stream: "true", partial_images: "1" };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const headers = { authorization: `Bearer ${caller.key}` };
    const answer = await fetch(`${deployed.compatUrl}/v1/images/edits`, { method: "POST", headers, body: form });
    const job = answer.headers.get("infill-job") ?? "";
    let text = "";
    let beats = 0;
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      const { previews = 0 } = (await deployed.records.getJob(job)) ?? {};
      // the first beat may be older than the preview, the second is not
      if (previews > 0 && piece.startsWith(":")) beats++;
      // the whole picture, and the stream's end
      if (beats >= 2 || text.includes("image_edit.partial_image")) time.advance(2 * SECONDS_BETWEEN * 1000);
    }
    return text
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice("data: ".length)));
  }

  test("streams the picture as it stands before the whole one, within the drop-in entry's rights", async () => {
    const [partial, whole, ...others] = await deployed.during(streamed());
    expect([partial?.type, whole?.type, others]).toEqual(["image_edit.partial_image", "image_edit.completed", []]);
    expect((await sharp(Buffer.from(partial?.b64_json ?? "", "base64")).metadata()).format).toBe("png");
    expect(await changedOutside(caller.photo, Buffer.from(whole?.b64_json ?? "", "base64"))).toBe(0);
    expect(openAi.works).toHaveLength(1);
    expect(deployed.functions["Compat"]?.log()).not.toContain("could not be read");
    expect(deployed.rights.refused).toEqual([]);
    expect(deployed.lost).toEqual([]);
  });
});

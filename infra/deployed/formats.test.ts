import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Caller, changedOutside, newCaller } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

let deployed: Deployed;
let caller: Caller;
runsHere("the deployed drop-in entry, in other formats", () => {
  beforeAll(async () => {
    deployed = await startDeployed(inject("deployment"));
    caller = await newCaller(deployed);
  });
  afterAll(() => deployed?.[Symbol.asyncDispose]());

  const post = (path: string, body: object) =>
    fetch(deployed.compatUrl + path, {
      method: "POST",
      headers: { "content-type": "application/json", "api-key": caller.key },
      body: JSON.stringify(body),
    });

  test("1min.ai's: pictures are uploaded, an edit is asked for and asked after, and its result needs no key", async () => {
    const upload = async (bytes: Uint8Array, name: string) => {
      const form = new FormData();
      form.append("asset", new Blob([new Uint8Array(bytes)], { type: "image/png" }), name);
      const headers = { "api-key": caller.key };
      const answer = await fetch(`${deployed.compatUrl}/api/assets`, { method: "POST", headers, body: form });
      return ((await answer.json()) as { fileContent: { path: string } }).fileContent.path;
    };
    const [imageUrl, maskUrl] = [await upload(caller.photo, "photo.png"), await upload(caller.mask, "mask.png")];
    const promptObject = { imageUrl, maskUrl, prompt: "a hat", n: 1 };
    const asked = { type: "IMAGE_INPAINTER", model: "modelslab/inpaint", promptObject, async: true };
    interface Answer {
      aiRecord: { uuid: string; status: string; temporaryUrl: string; aiRecordDetail: { resultObject: string[] } };
    }
    const { aiRecord } = (await (await post("/api/features", asked)).json()) as Answer;
    expect(aiRecord.status).toBe("PROCESSING");
    const result = async () => {
      const headers = { "api-key": caller.key };
      const answer = await fetch(`${deployed.compatUrl}/api/results/${aiRecord.uuid}`, { headers });
      return ((await answer.json()) as Answer).aiRecord;
    };
    await deployed.until(async () => (await result()).status === "SUCCESS");
    const { temporaryUrl, aiRecordDetail } = await result();
    for (const url of [temporaryUrl, `${deployed.compatUrl}/${aiRecordDetail.resultObject[0]}`])
      expect(await changedOutside(caller.photo, await (await fetch(url)).bytes())).toBe(0);
  });

  test("ModelsLab's: held, and fetched by its number", async () => {
    const [init_image, mask_image] = [caller.photo, caller.mask].map((bytes) => Buffer.from(bytes).toString("base64"));
    const body = { key: caller.key, prompt: "a hat in base64", init_image, mask_image, base64: true };
    const answer = await deployed.during(post("/api/v6/image_editing/inpaint", body));
    const { status, id, output } = (await answer.json()) as { status: string; id: number; output: string[] };
    expect(status).toBe("success");
    expect(await changedOutside(caller.photo, Buffer.from(output[0] ?? "", "base64"))).toBe(0);
    const fetched = await post(`/api/v6/image_editing/fetch/${id}`, { key: caller.key });
    expect(await fetched.json()).toMatchObject({ status: "success", id });
  });

  test("ModelsLab's: an address inside is not asked", async () => {
    const inside = "http://169.254.169.254/latest/meta-data/";
    const body = { key: caller.key, prompt: "a hat", init_image: inside, mask_image: inside };
    const answer = await post("/api/v6/image_editing/inpaint", body);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining("Unable to fetch") });
  });

  test("for all of this no function asked for more than its role allows, and nothing was lost", () => {
    expect(deployed.rights.refused).toEqual([]);
    expect(deployed.lost).toEqual([]);
  });
});

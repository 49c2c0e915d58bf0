import { mask, photo } from "@infill/functions/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { during, openAiClient, pngFile, withHole } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

const PICTURES = "https://pictures.example.com/";
let t: TestStack;
/** Pictures that were fetched. */
let fetches = 0;
beforeAll(async () => {
  const [picture, hole] = await Promise.all([photo(512, 512), mask(512, 512)]);
  const fetchPicture = async (url: string) => {
    fetches += 1;
    return url === `${PICTURES}photo.png` ? picture : hole;
  };
  t = await startTestStack({ fetchPicture });
});
afterAll(() => t[Symbol.asyncDispose]());

async function tokenOf(user: string, grant: object = {}): Promise<string> {
  const answer = await t.api("/v1/tokens", { json: { user, ...grant } });
  return ((await answer.json()) as { token: string }).token;
}
const block = (user: string) => t.api(`/v1/users/${user}/block`, { method: "POST" });
/** Users of a token's newest jobs. */
async function usersSeen(key: string): Promise<unknown[]> {
  const { data } = (await (await t.api("/v1/jobs", { key })).json()) as { data: { user?: string }[] };
  return data.map(({ user }) => user);
}

test("OpenAI's client edits with a token, as often as that grants", async () => {
  const token = await tokenOf("openai-user", { jobs: 1, models: ["local/fill"] });
  const client = openAiClient(t, { apiKey: token, maxRetries: 0 });
  const pictures = { image: await pngFile(await photo()), mask: await pngFile(await withHole(), "mask.png") };
  const edit = (prompt: string, model = "local/fill") =>
    during(t, client.images.edit({ ...pictures, model, prompt, stream: false }));
  await expect(edit("x", "gpt-image-2.5-flare")).rejects.toMatchObject({ status: 403 });
  expect((await edit("x")).data).toHaveLength(1);
  expect(await usersSeen(token)).toEqual(["openai-user"]);
  await expect(edit("y")).rejects.toMatchObject({ status: 429, code: "insufficient_quota" });
  await block("openai-user");
  await expect(edit("z")).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("This user is blocked"),
  });
  const byName = openAiClient(t, { apiKey: t.key, maxRetries: 0 });
  const named = byName.images.edit({
    ...pictures,
    model: "local/fill",
    prompt: "z",
    stream: false,
    user: "openai-user",
  });
  await expect(during(t, named)).rejects.toMatchObject({ status: 403 });
});

test("1min.ai's assets and records are their user's", async () => {
  const [ann, bob] = [await tokenOf("one-ann"), await tokenOf("one-bob")];
  const ask = (path: string, key: string, init: RequestInit = {}) =>
    fetch(t.stack.url + path, { ...init, headers: { ...(init.headers ?? {}), "API-KEY": key } });
  const upload = async (bytes: Uint8Array) => {
    const form = new FormData();
    form.append("asset", new Blob([new Uint8Array(bytes)], { type: "image/png" }), "picture.png");
    const answer = await ask("/api/assets", ann, { method: "POST", body: form });
    return ((await answer.json()) as { fileContent: { path: string } }).fileContent.path;
  };
  const [imageUrl, maskUrl] = [await upload(await photo(512, 512)), await upload(await mask(512, 512))];
  const edit = (key: string) => {
    const promptObject = { imageUrl, maskUrl, prompt: "a hat" };
    const body = JSON.stringify({ type: "IMAGE_INPAINTER", model: "modelslab/inpaint", promptObject });
    const headers = { "content-type": "application/json" };
    return during(t, ask("/api/features", key, { method: "POST", headers, body }));
  };
  expect(await (await edit(bob)).text()).toContain("there is no asset");
  const { aiRecord } = (await (await edit(ann)).json()) as { aiRecord: { uuid: string } };
  const record = async (key: string) => (await ask(`/api/results/${aiRecord.uuid}`, key)).json();
  expect(await record(ann)).toMatchObject({ aiRecord: { uuid: aiRecord.uuid } });
  expect(await record(bob)).toEqual({ aiRecord: null });
  expect(await usersSeen(ann)).toEqual(["one-ann"]);
  await block("one-ann");
  expect(await (await edit(ann)).text()).toContain("This user is blocked");
  await expect(upload(await photo())).rejects.toThrow();
});

test("1min.ai's assets count as a token's uploads", async () => {
  const token = await tokenOf("one-carl", { jobs: 1 });
  const uploads = Array.from({ length: 10 }, () => ({ contentType: "image/png", contentLength: 4 }));
  for (const _ of [1, 2]) expect((await t.api("/v1/uploads", { key: token, json: { uploads } })).status).toBe(201);
  const body = new FormData();
  body.append("asset", new Blob([new Uint8Array(await photo())], { type: "image/png" }), "picture.png");
  const answer = await fetch(`${t.stack.url}/api/assets`, { method: "POST", headers: { "API-KEY": token }, body });
  expect([answer.status, await answer.json()]).toEqual([
    402,
    { errorCode: "INSUFFICIENT_CREDITS", message: expect.stringContaining("0 of 20 of this token are left") },
  ]);
});

test("ModelsLab's format takes a token for its key, and no webhook from it", async () => {
  const [ann, bob] = [await tokenOf("lab-ann"), await tokenOf("lab-bob")];
  const call = async (path: string, key: string, more: object = {}) => {
    const body = JSON.stringify({ key, ...more });
    const answer = await fetch(t.stack.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return (await answer.json()) as { status: string; id: number; message?: object; meta?: { safetychecker: string } };
  };
  const inpaint = (more: object = {}) => {
    const pictures = { init_image: `${PICTURES}photo.png`, mask_image: `${PICTURES}mask.png` };
    return during(t, call("/api/v6/image_editing/inpaint", ann, { ...pictures, prompt: "a cat", ...more }));
  };
  expect(await inpaint({ webhook: "https://example.com/told", track_id: 1 })).toMatchObject({
    status: "error",
    message: { webhook: ["A client token cannot set a webhook"] },
  });
  expect(await inpaint({ safety_checker: "no" })).toMatchObject({
    status: "error",
    message: { safety_checker: [expect.stringContaining("A client token cannot loosen safety_checker")] },
  });
  expect(fetches).toBe(0);
  expect(await inpaint({ safety_checker: "yes", prompt: "a fox" })).toMatchObject({ status: "success" });
  const { status, id, meta } = await inpaint();
  expect([status, meta?.safetychecker]).toEqual(["success", "yes"]);
  const fetched = (key: string) => call(`/api/v6/image_editing/fetch/${id}`, key);
  expect([(await fetched(ann)).status, (await fetched(bob)).status]).toEqual(["success", "error"]);
  await block("lab-ann");
  const before = fetches;
  const refused = await inpaint({ prompt: "a dog" });
  expect([refused.status, JSON.stringify(refused)]).toEqual(["error", expect.stringContaining("This user is blocked")]);
  // nothing is asked of anybody for what is refused anyway
  expect(fetches).toBe(before);
});

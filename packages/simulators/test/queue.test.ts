import { expect, test } from "vitest";
import { paintBlank } from "../src/paint.ts";
import { download, firstLink, KEY, openScene } from "./scene.ts";

test("work is queued for two seconds by default, then all ways to fetch give the picture", async () => {
  await using scene = await openScene();
  const { url } = scene.modelsLab;
  const queued = await scene.submitJson({ samples: 2 });
  expect(queued).toMatchObject({
    status: "processing",
    eta: 2,
    output: [],
    fetch_result: `${url}/api/v6/images/fetch/${queued.id}`,
  });
  expect(Number.isInteger(queued.id)).toBe(true);
  expect((await fetch(firstLink(queued.future_links))).status).toBe(404);
  expect(await scene.fetchJob(queued.id)).toEqual({ status: "processing", message: "Try Again", output: "" });

  scene.time.advance(2000);
  await scene.modelsLab.until(() => scene.modelsLab.jobs[0]?.state === "success");
  const result = await scene.fetchJob(queued.id);
  const links = result.output as string[];
  expect(result).toMatchObject({ status: "success", id: queued.id });
  expect(links).toHaveLength(2);
  expect((await download(links[0] ?? "")).data.equals((await download(links[1] ?? "")).data)).toBe(false);
  expect((await fetch(firstLink(queued.future_links))).status).toBe(200);
  expect((await fetch(firstLink(queued.proxy_links))).status).toBe(200);

  const elsewhere = await scene.post(`/api/v6/images/fetch/${queued.id}`, { key: KEY });
  const byBody = await scene.post("/api/v6/images/fetch", { key: KEY, request_id: String(queued.id) });
  expect(await elsewhere.json()).toEqual(result);
  expect(await byBody.json()).toEqual(result);
});

test("an answer at once holds everything the vendor's example holds", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ answer: "success" });
  const answer = await scene.submitJson({ track_id: 5 });
  expect(answer).toMatchObject({
    status: "success",
    generationTime: 0,
    id: 12384052,
    meta: { H: 256, W: 256, seed: 7, n_samples: 1, safetychecker: "no", outdir: "out", guidance_scale: 5 },
  });
  expect(firstLink(answer.output)).toMatch(/\/generations\/[0-9a-f-]{36}-0\.png$/);
});

test("instant_response asks for the queue's answer even where the work is quick", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ answer: "success" });
  expect(await scene.submitJson({ instant_response: "true" })).toMatchObject({ status: "processing" });
});

test("work can outlast its eta, and be released by hand", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ etaSeconds: 3, takesSeconds: Infinity, processingShape: "with-id" });
  const { id } = await scene.submitJson();
  scene.time.advance(24 * 3600 * 1000);
  expect(await scene.fetchJob(id)).toEqual({ status: "processing", id, message: "Try Again", output: [] });
  await scene.modelsLab.release(id);
  expect(await scene.fetchJob(id)).toMatchObject({ status: "success" });
  await expect(scene.modelsLab.release(1)).rejects.toThrow("no job 1");
});

test("work fails in both words, finally", async () => {
  await using scene = await openScene();
  for (const outcome of ["failed", "error"] as const) {
    scene.modelsLab.behave({ outcome, failure: "CUDA out of memory" });
    const { id } = await scene.submitJson();
    await scene.modelsLab.release(id);
    expect(await scene.fetchJob(id)).toEqual({ status: outcome, id, message: "CUDA out of memory", output: "" });
  }
});

test("work that reads its pictures late fails once their links are dead, and is charged", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ imagesReadAt: "work" });
  const { id } = await scene.submitJson();
  scene.files.delete("/photo.png");
  await scene.modelsLab.release(id);
  expect(await scene.fetchJob(id)).toMatchObject({
    status: "failed",
    message: "Unable to fetch image from provided URL",
  });
  expect(scene.modelsLab.billed).toBe(1);
});

test("a mask of another size is found out then, too", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ imagesReadAt: "work" });
  scene.files.set("/mask.png", await paintBlank(64, 64));
  const { id } = await scene.submitJson();
  await scene.modelsLab.release(id);
  const message = "init_image and mask_image must have the same dimensions, got 256x256 and 64x64";
  expect(await scene.fetchJob(id)).toMatchObject({ status: "failed", message });
});

test("a success can have no output at all", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ answer: "success", outcome: "empty" });
  expect(await scene.submitJson()).toMatchObject({ status: "success", output: [] });
});

test("the safety checker blanks an unsafe picture, only where it was asked to look", async () => {
  await using scene = await openScene({ behaviour: { answer: "success", outcome: "nsfw" } });
  const checked = await scene.submitJson({ safety_checker: "yes" });
  expect(checked.nsfw_content_detected).toBe(true);
  expect((await download(firstLink(checked.output))).data.every((level) => level === 0)).toBe(true);

  const unchecked = await scene.submitJson();
  expect(unchecked).not.toHaveProperty("nsfw_content_detected");
  expect((await download(firstLink(unchecked.output))).data.some((level) => level > 0)).toBe(true);
});

test("the next fetches follow the script, then tell the truth", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({
    fetch: ["processing", "success-empty", "error", "failed", "rate-limit", "html-500", "html-503", "reset"],
  });
  const { id } = await scene.submitJson();
  await scene.modelsLab.release(id);
  const ask = () => scene.post(`/api/v6/images/fetch/${id}`, { key: KEY });

  expect(await (await ask()).json()).toEqual({ status: "processing", message: "Try Again", output: "" });
  expect(await (await ask()).json()).toEqual({ status: "success", id, output: [] });
  expect(await (await ask()).json()).toEqual({ status: "error", message: "Generation failed" });
  expect(await (await ask()).json()).toMatchObject({ status: "failed", id: "", output: "" });
  expect((await ask()).status).toBe(429);
  expect((await ask()).status).toBe(500);
  expect((await ask()).status).toBe(503);
  await expect(ask()).rejects.toThrow("fetch failed");
  expect(await (await ask()).json()).toMatchObject({ status: "success" });
});

test("a fetch can be left hanging", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ fetch: "hang" });
  const { id } = await scene.submitJson();
  const waiting = fetch(`${scene.modelsLab.url}/api/v6/images/fetch/${id}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key: KEY }),
  });
  const failed = expect(waiting).rejects.toThrow("fetch failed");
  await scene.modelsLab.until(() => scene.modelsLab.requests.at(-1)?.path === `/api/v6/images/fetch/${id}`);
  await scene.modelsLab.close();
  await failed;
});

test("fetch wants a known key, and any known key may ask for any job", async () => {
  await using scene = await openScene({ ids: "string" });
  const { id } = await scene.submitJson();
  expect(id).toBe("12384052");
  const ask = async (key: string, of: unknown) =>
    await (await scene.post(`/api/v6/image_editing/fetch/${of}`, { key })).json();
  expect(await ask("key-2", id)).toMatchObject({ status: "processing" });
  expect(await ask("stranger", id)).toEqual({ status: "error", message: "Invalid Api Key" });
  expect(await ask(KEY, 4)).toEqual({ status: "error", message: "Request not found" });
});

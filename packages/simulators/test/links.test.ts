import sharp from "sharp";
import { expect, test } from "vitest";
import type { LinkFault } from "../src/index.ts";
import { download, firstLink, type Json, openScene, pixelsOf, type Scene } from "./scene.ts";

async function linkWith(scene: Scene, links: LinkFault): Promise<string> {
  scene.modelsLab.behave({ answer: "success", links });
  return firstLink((await scene.submitJson()).output);
}

test("links are served as asked for", async () => {
  await using scene = await openScene();
  const get = async (fault: LinkFault) => await fetch(await linkWith(scene, fault), { redirect: "manual" });
  const good = await get("ok");
  const png = Buffer.from(await good.arrayBuffer());
  expect(good.headers.get("content-type")).toBe("image/png");

  expect((await get("expired")).status).toBe(403);
  expect((await get("missing")).status).toBe(404);
  const empty = await get("empty");
  expect([empty.status, (await empty.arrayBuffer()).byteLength]).toEqual([200, 0]);
  expect((await get("html")).headers.get("content-type")).toContain("text/html");
  const wrongType = await get("wrong-type");
  expect(wrongType.headers.get("content-type")).toBe("application/octet-stream");
  expect(Buffer.from(await wrongType.arrayBuffer()).equals(png)).toBe(true);
  expect((await get("redirect-private")).headers.get("location")).toBe("http://169.254.169.254/latest/meta-data/");
  await expect(pixelsOf(await (await get("garbage")).arrayBuffer())).rejects.toThrow();
  await expect(pixelsOf(await (await get("truncated")).arrayBuffer())).rejects.toThrow();
  await expect((await get("cut-off")).arrayBuffer()).rejects.toThrow("terminated");
  const small = await sharp(await (await get("wrong-size")).arrayBuffer()).metadata();
  expect([small.width, small.height]).toEqual([128, 128]);
  const huge = sharp(await (await get("huge-dimensions")).arrayBuffer(), { limitInputPixels: false });
  expect(await huge.metadata()).toMatchObject({ width: 60_000, height: 60_000 });
  await expect(get("reset")).rejects.toThrow("fetch failed");
});

test("a redirect leads to the file, a loop leads nowhere", async () => {
  await using scene = await openScene();
  expect((await download(await linkWith(scene, "redirect"))).width).toBe(256);
  await expect(fetch(await linkWith(scene, "redirect-loop"))).rejects.toThrow("fetch failed");
});

test("an oversized file never seems to end, or says how large it would be", async () => {
  await using scene = await openScene();
  const endless = await fetch(await linkWith(scene, "oversized"));
  expect(endless.headers.has("content-length")).toBe(false);
  let length = 0;
  for await (const chunk of endless.body ?? []) {
    length += chunk.length;
    if (length > 8 * 1024 * 1024) break;
  }
  expect(length).toBeGreaterThan(8 * 1024 * 1024);

  const declared = await fetch(await linkWith(scene, "oversized-declared"));
  expect(declared.headers.get("content-length")).toBe(String(10 * 1024 ** 3));
  await declared.body?.cancel();
});

test("a slow file comes in ten pieces, a second apart", async () => {
  await using scene = await openScene();
  const response = await fetch(await linkWith(scene, "slow"));
  const length = Number(response.headers.get("content-length"));
  const reader = (response.body ?? new ReadableStream()).getReader();
  let got = 0;
  while (got < Math.ceil(length / 10)) got += (await reader.read()).value?.length ?? 0;
  expect(got).toBe(Math.ceil(length / 10));

  scene.time.advance(9000);
  for (let read = await reader.read(); !read.done; read = await reader.read()) got += read.value.length;
  expect(got).toBe(length);
});

test("a link can hang", async () => {
  await using scene = await openScene();
  const waiting = fetch(await linkWith(scene, "hang"));
  const failed = expect(waiting).rejects.toThrow("fetch failed");
  await scene.modelsLab.until(() => scene.modelsLab.requests.at(-1)?.method === "GET");
  await scene.modelsLab.close();
  await failed;
});

test("each kind of link can have a fault of its own", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ links: { output: "expired", proxy: "missing" }, proxyLinks: "object" });
  const queued = await scene.submitJson();
  await scene.modelsLab.release(queued.id);
  const { output, proxy_links } = await scene.fetchJob(queued.id);
  expect((await fetch(firstLink(output))).status).toBe(403);
  expect(Object.keys(proxy_links as Json)).toEqual(["0"]);
  expect(Array.isArray(proxy_links)).toBe(false);
  expect((await fetch(firstLink(proxy_links))).status).toBe(404);
  expect((await fetch(firstLink(queued.future_links))).status).toBe(200);
});

test("every link dies after a day, or as configured", async () => {
  await using scene = await openScene({ linkSeconds: 60 });
  const link = await linkWith(scene, "ok");
  scene.time.advance(59_999);
  expect((await fetch(link)).status).toBe(200);
  scene.time.advance(1);
  expect((await fetch(link)).status).toBe(403);
});

test("links begin with the public url", async () => {
  await using scene = await openScene({ publicUrl: "https://models.example" });
  const link = await linkWith(scene, "ok");
  expect(link).toMatch(/^https:\/\/models\.example\/generations\//);
});

test("base64 output comes in its three forms", async () => {
  await using scene = await openScene({ behaviour: { answer: "success" } });
  const photo = Buffer.from(scene.files.get("/photo.png") ?? "").toString("base64");
  const mask = Buffer.from(scene.files.get("/mask.png") ?? "").toString("base64");
  const outputAs = async (base64Form: "data-uri" | "bare" | "link") => {
    scene.modelsLab.behave({ answer: "success", base64Form });
    return firstLink((await scene.submitJson({ base64: true, init_image: photo, mask_image: mask })).output);
  };
  const bare = await outputAs("bare");
  expect(await sharp(Buffer.from(bare, "base64")).metadata()).toMatchObject({ format: "png", width: 256, height: 256 });
  expect(await outputAs("data-uri")).toBe(`data:image/png;base64,${bare}`);
  const link = await outputAs("link");
  const response = await fetch(link);
  expect(response.headers.get("content-type")).toBe("text/plain");
  expect(await response.text()).toBe(bare);
});

import { afterEach, expect, test, vi } from "vitest";
import { multipart } from "./multipart.ts";

afterEach(() => void vi.unstubAllGlobals());

test("a form has a value's text, a list's items one by one, and files with their names and types", async () => {
  const { body, contentType } = await multipart({
    prompt: "a cat",
    n: 2,
    seed: undefined,
    codes: ["a", "b"],
    image: { bytes: Buffer.from("png"), filename: "image.png", contentType: "image/png" },
  });
  const form = await new Response(body.slice(), { headers: { "content-type": contentType } }).formData();
  const image = form.get("image");
  expect([form.get("prompt"), form.get("n"), form.has("seed"), form.getAll("codes")]).toEqual([
    "a cat",
    "2",
    false,
    ["a", "b"],
  ]);
  expect(image instanceof File && [image.name, image.type, await image.text()]).toEqual([
    "image.png",
    "image/png",
    "png",
  ]);
});

test("it needs no global class that a server may have replaced", async () => {
  vi.stubGlobal("Response", class {});
  vi.stubGlobal("FormData", class {});
  expect(`${Buffer.from((await multipart({ a: 1 })).body)}`).toContain('name="a"\r\n\r\n1\r\n');
});

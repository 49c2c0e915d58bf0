import { afterEach, expect, test, vi } from "vitest";
import { multipart } from "./multipart.ts";

afterEach(() => void vi.unstubAllGlobals());

const part = { bytes: Uint8Array.of(1, 2, 3), filename: "a.png", contentType: "image/png" };

test("a form has its fields in order, those of one name beside each other, and none without a value", async () => {
  const { body, contentType } = await multipart({ a: "x", n: 2, b: true, no: undefined, files: [part, part] });
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
  const shown = [...form].map(([name, value]) => [
    name,
    typeof value === "string" ? value : [value.name, value.type, value.size],
  ]);
  const file = ["files", ["a.png", "image/png", 3]];
  expect(shown).toEqual([["a", "x"], ["n", "2"], ["b", "true"], file, file]);
});

test("a form is made where a server has replaced the global classes by its own", async () => {
  vi.stubGlobal("Response", Object);
  vi.stubGlobal("FormData", Object);
  const { body, contentType } = await multipart({ file: part });
  expect(contentType).toMatch(/^multipart\/form-data; boundary=/);
  expect(body.length).toBeGreaterThan(part.bytes.length);
});

import { expect, test } from "vitest";
import { pictureOutput } from "./picture.ts";
import { greyPng } from "./testing/png.ts";

const PNG = greyPng(1, 1, () => 1);
const never = new AbortController().signal;
const http = { download: () => Promise.reject(new Error("nothing is to be fetched")) };
const read = (text: string) => pictureOutput([text], { vendor: "Vendor", http, timeoutMs: 0 }).read(never);

test("base64 is read in lines, with a line's end behind it, and as a data URI", async () => {
  const lines = PNG.toString("base64").replace(/.{20}/g, "$&\r\n");
  for (const text of [lines, ` ${lines}\n`, `data:image/png;base64,${lines}\n`])
    expect(Buffer.from(await read(text))).toEqual(PNG);
});

test.each([
  ["white space", " "],
  ["letters", "A"],
  ["ends", "="],
])("a hundred kilobytes of %s that are no base64 are refused at once", async (_, piece) => {
  const start = performance.now();
  await expect(read(`A${piece.repeat(100_000)}!`)).rejects.toThrow("neither a picture nor base64");
  expect(performance.now() - start).toBeLessThan(5_000); // half a minute, if it were quadratic in the length
});

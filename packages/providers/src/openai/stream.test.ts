import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEditStream, type Streamed } from "./stream.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

const partial = (index: number) =>
  `event: image_edit.partial_image\ndata: ${JSON.stringify({ b64_json: base64(`partial ${index}`), partial_image_index: index })}\n\n`;
const COMPLETED = {
  type: "image_edit.completed",
  b64_json: base64("the result"),
  usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3, note: "naïve – 日本 🎨" },
};

/** A byte order mark, comments, both line ends, a field that is unknown and an event without a name. */
const STREAM = Buffer.from(
  `\uFEFF: good morning\r\n\r\n${partial(0)}id: 7\nretry: 3\nevent: keep-alive\ndata: \n\n${partial(1).replaceAll("\n", "\r\n")}data: ${JSON.stringify(COMPLETED)}\n\ndata: [DONE]\n\n`,
);

/** What is told of a stream that comes in these pieces. */
function told(pieces: readonly Uint8Array[]): Streamed & { shown: unknown[] } {
  const shown: unknown[] = [];
  const stream = createEditStream({ n: 1, partials: 2 }, (progress, preview) =>
    shown.push([progress, Buffer.from(preview ?? []).toString()]),
  );
  for (const piece of pieces) stream.read(piece);
  return { ...stream.end(), shown };
}

/** The same bytes, cut at these places. */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const edges = [0, ...places.toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
};

const WHOLE = {
  pictures: [base64("the result")],
  usages: [{ input_tokens: 1, output_tokens: 2, total_tokens: 3 }],
  begun: true,
  shown: [
    [1 / 3, "partial 0"],
    [2 / 3, "partial 1"],
  ],
};

describe("a stream of server-sent events", () => {
  test("tells the same cut in two at every byte, and byte by byte", () => {
    for (let at = 0; at <= STREAM.length; at++) expect(told(cut(STREAM, [at])), `at ${at}`).toEqual(WHOLE);
    expect(told(Array.from(STREAM, (byte) => Uint8Array.of(byte)))).toEqual(WHOLE);
  });

  test("tells the same however it is cut", () => {
    const places = fc.array(fc.integer({ min: 0, max: STREAM.length }), { maxLength: 40 });
    fc.assert(
      fc.property(places, (at) => {
        expect(told(cut(STREAM, at))).toEqual(WHOLE);
      }),
    );
  });

  test("that breaks off anywhere tells of no result, or of the whole one", () => {
    for (let end = 0; end <= STREAM.length; end++) {
      const { pictures, error } = told([STREAM.subarray(0, end)]);
      expect([[], WHOLE.pictures], `at ${end}`).toContainEqual(pictures);
      expect(error).toBeUndefined();
    }
  });

  test("of anything at all throws nothing and has no result", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
        expect(told(pieces).pictures).toEqual([]);
      }),
    );
    for (const data of ["", "{", "null", "[]", '"x"', "{}", '{"b64_json":1}', '{"type":[]}']) {
      const sent = ["image_edit.completed", "image_edit.partial_image", "other"].map(
        (name) => `event: ${name}\ndata: ${data}\n\n`,
      );
      expect(told(sent.map((event) => Buffer.from(event))), data).toMatchObject({ pictures: [], begun: false });
    }
  });

  test.each([
    ["named, with the error within", 'event: error\ndata: {"error":{"code":"x","message":"No."}}\n\n'],
    ["named, the error itself", 'event: error\ndata: {"code":"x","message":"No.","param":null}\n\n'],
    ["by its type alone", 'data: {"type":"error","code":"x","message":"No."}\n\n'],
    ["by neither, but with an error within", 'data: {"error":{"code":"x","message":"No."}}\n\n'],
  ])("tells an error: %s", (_, sent) => {
    expect(told([Buffer.from(sent)]).error).toMatchObject({ code: "x", message: "No." });
  });
});

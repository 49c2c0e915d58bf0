import { describe, expect, test } from "vitest";
import { readAnswer } from "./answer.ts";

const ASSETS = "https://asset.1min.ai";
const BUCKET = "https://s3.us-east-1.amazonaws.com/asset.1min.ai";
const A = "development/images/2026_04_15_a b.png";
const B = "development/images/2026_04_15_b.png";
const signed = `${BUCKET}/${encodeURI(A)}?X-Amz-Signature=example_signature`;

const stateOf = (body: unknown): [string, string | undefined] => {
  const { state, id } = readAnswer(body, ASSETS);
  return [state, id];
};

describe("how work stands", () => {
  test.each<[string, unknown, [string, string | undefined]]>([
    ["a record", { aiRecord: { uuid: "a-1", status: "PROCESSING" } }, ["processing", "a-1"]],
    ["a bare record", { uuid: "a-1", status: "PROCESSING" }, ["processing", "a-1"]],
    ["a word for it that is not known", { aiRecord: { uuid: "a-1", status: "QUEUED" } }, ["processing", "a-1"]],
    ["a status in lower case", { aiRecord: { uuid: "a-1", status: "failure" } }, ["failure", "a-1"]],
    ["a uuid that would lead elsewhere", { aiRecord: { uuid: "../a", status: "SUCCESS" } }, ["success", undefined]],
    ["no record", { aiRecord: null }, ["absent", undefined]],
    ["a record without a status", { aiRecord: { uuid: "a-1" } }, ["unknown", undefined]],
    ["an error", { errorCode: "UNKNOWN_ERROR" }, ["unknown", undefined]],
    ["nothing", undefined, ["unknown", undefined]],
  ])("%s", (_what, body, expected) => {
    expect(stateOf(body)).toEqual(expected);
  });
});

const picturesOf = (resultObject: unknown, more: object = {}, data: unknown = undefined) =>
  readAnswer(
    { aiRecord: { status: "SUCCESS", aiRecordDetail: { resultObject, responseObject: { data } }, ...more } },
    ASSETS,
  ).pictures;

describe("where pictures may be", () => {
  test("the first where its link leads, the others unsigned beside it and among the assets", () => {
    expect(picturesOf([A, B], { temporaryUrl: signed })).toEqual([[signed], [`${BUCKET}/${B}`, `${ASSETS}/${B}`]]);
  });

  test("all of them among the assets, where there is no link or one that leads elsewhere", () => {
    expect(picturesOf([A])).toEqual([[`${ASSETS}/${encodeURI(A)}`]]);
    expect(picturesOf([A, B], { temporaryUrl: "https://cdn.example.com/x.png" })[1]).toEqual([`${ASSETS}/${B}`]);
  });

  test("where they say so themselves", () => {
    expect(picturesOf("https://cdn.example.com/x.png")).toEqual([["https://cdn.example.com/x.png"]]);
    expect(picturesOf([], { temporaryUrl: signed })).toEqual([[signed]]);
  });

  test("where the model's maker says, unless it left some out and does not tell which", () => {
    const url = (name: string, is_image_safe = true) => ({ url: `https://ideogram.ai/${name}.png`, is_image_safe });
    expect(picturesOf([A, B], {}, [url("a"), url("b")])).toEqual([
      ["https://ideogram.ai/a.png"],
      ["https://ideogram.ai/b.png"],
    ]);
    expect(picturesOf([B], {}, [{ url: null, is_image_safe: false }, url("b")])).toEqual([
      ["https://ideogram.ai/b.png"],
    ]);
    expect(picturesOf([A, B], {}, [url("a", false), url("b")])).toEqual([["https://ideogram.ai/b.png"]]);
    expect(picturesOf([B], {}, [url("a"), url("b")])).toEqual([[`${ASSETS}/${B}`]]);
  });

  test("nowhere, where moderation withheld them all", () => {
    const body = {
      aiRecord: { status: "SUCCESS", aiRecordDetail: { responseObject: { data: [{ is_image_safe: false }] } } },
    };
    expect(readAnswer(body, ASSETS)).toMatchObject({ pictures: [], withheld: true });
  });
});

import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { createS3Presigner, type PresignOptions } from "./presign.ts";

const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secretsecret" };
const NOW = Date.UTC(2026, 6, 30, 12);
const UPLOAD = { key: "u/acme/ast_1", contentType: "image/png", contentLength: 1234, expiresInSeconds: 600 } as const;

const presigner = (more: Partial<PresignOptions> = {}) =>
  createS3Presigner({ bucket: "pictures", region: "eu-west-1", credentials, now: () => NOW, ...more });
const upload = async (more: Partial<PresignOptions> = {}, change: Partial<{ key: string; sha256: string }> = {}) =>
  new URL((await presigner(more).signUpload({ ...UPLOAD, ...change })).url);

test("an upload to Amazon names the bucket in its host, and the region, time and expiry", async () => {
  const url = await upload();
  expect(url.origin + url.pathname).toBe("https://pictures.s3.eu-west-1.amazonaws.com/u/acme/ast_1");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
    "X-Amz-Credential": "AKIAEXAMPLE/20260730/eu-west-1/s3/aws4_request",
    "X-Amz-Date": "20260730T120000Z",
    "X-Amz-Expires": "600",
    "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
    "X-Amz-SignedHeaders": "content-length;content-type;host;if-none-match",
  });
});

test("a checksum stays a header, and is signed", async () => {
  const url = await upload({}, { sha256: "00".repeat(32) });
  expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe(
    "content-length;content-type;host;if-none-match;x-amz-checksum-sha256",
  );
  expect(url.search.toLowerCase()).not.toContain("x-amz-checksum-sha256=");
});

test("China has a domain of its own", async () => {
  expect((await upload({ region: "cn-north-1" })).host).toBe("pictures.s3.cn-north-1.amazonaws.com.cn");
});

test("another service is reached below its endpoint, bucket first", async () => {
  for (const endpoint of ["http://192.168.1.5:8787/s3", "http://192.168.1.5:8787/s3/"])
    expect(String(await upload({ endpoint }))).toContain("http://192.168.1.5:8787/s3/pictures/u/acme/ast_1?");
  expect(String(await upload({ endpoint: "https://s3.example" }))).toContain("https://s3.example/pictures/u/acme/");
});

test("a key is encoded but for its slashes", async () => {
  const { pathname } = await upload({}, { key: "u/a b+c/ü!(*)?.png" });
  expect(pathname).toBe("/u/a%20b%2Bc/%C3%BC%21%28%2A%29%3F.png");
});

test("temporary credentials are fetched and their token sent", async () => {
  const fetched = { ...credentials, sessionToken: "token/+=" };
  const url = await upload({ credentials: async () => fetched });
  expect(url.searchParams.get("X-Amz-Security-Token")).toBe("token/+=");
});

test.each([0, 0.5, 604_801, Number.NaN])("an expiry of %d seconds is refused", async (expiresInSeconds) => {
  await expect(presigner().signDownload({ key: "r/1", expiresInSeconds })).rejects.toThrow(RangeError);
});

test("a lone surrogate in a file name does no harm", async () => {
  const url = await presigner().signDownload({ key: "r/1", expiresInSeconds: 60, filename: "\ud800.png" });
  expect(new URL(url).searchParams.get("response-content-disposition")).toContain("filename*=UTF-8''%EF%BF%BD.png");
});

test("signing loads nothing of the S3 client", async () => {
  await upload();
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.some((file) => file.includes("s3-request-presigner"))).toBe(true);
  expect(loaded.filter((file) => file.includes("@aws-sdk/client-s3"))).toEqual([]);
});

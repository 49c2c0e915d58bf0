import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Objects, SignedUpload } from "../ports.ts";

export interface ObjectsUnderTest {
  objects: Objects;
  /** The same storage, whose URLs are signed at another time, ms since the epoch. */
  signingAt(now: number): Objects;
  close(): Promise<void>;
}

const MINUTE = 60;
const PHOTO = Buffer.from("not a photo, but bytes are bytes: \u0000\u0001\u0002 ".repeat(40));
const PNG = { contentType: "image/png", contentLength: PHOTO.length, expiresInSeconds: MINUTE } as const;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** What a phone does with a signed upload: exactly what it was told, unless a test changes something. */
async function put(upload: SignedUpload, change: { headers?: Record<string, string>; body?: Uint8Array } = {}) {
  const { "content-length": _, ...headers } = { ...upload.headers, ...change.headers };
  // fetch states the length of what it sends
  return await fetch(upload.url, { method: upload.method, headers, body: new Blob([(change.body ?? PHOTO).slice()]) });
}

const get = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers });
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

/** What every {@link Objects} keeps to, seen over HTTP as an uploader sees it. */
export function describeObjects(name: string, make: () => Promise<ObjectsUnderTest>): void {
  describe(`objects: ${name}`, () => {
    let under: ObjectsUnderTest;
    let objects: Objects;
    let folder = 0;
    const fresh = () => `u/contract/${++folder}/photo`;

    beforeAll(async () => {
      under = await make();
      objects = under.objects;
    });
    afterAll(() => under.close());

    describe("a signed upload", () => {
      test("takes the bytes when sent with exactly its headers", async () => {
        const key = fresh();
        const upload = await objects.signUpload({ ...PNG, key, sha256: sha256(PHOTO) });
        expect(upload.headers).toEqual({
          "content-type": "image/png",
          "content-length": String(PHOTO.length),
          "if-none-match": "*",
          "x-amz-checksum-sha256": createHash("sha256").update(PHOTO).digest("base64"),
        });
        const answer = await put(upload);
        expect(answer.status).toBe(200);
        expect(answer.headers.get("etag")).toBeTruthy();
        expect(Buffer.from(await objects.read(key))).toEqual(PHOTO);
      });

      test("needs no checksum", async () => {
        const key = fresh();
        const upload = await objects.signUpload({ ...PNG, key });
        expect(upload.headers).not.toHaveProperty("x-amz-checksum-sha256");
        expect((await put(upload)).status).toBe(200);
        expect(await objects.readStart(key, 1)).toMatchObject({ head: { contentType: "image/png" } });
      });

      test.each([
        ["another type", { headers: { "content-type": "image/jpeg" } }],
        ["a shorter body", { body: PHOTO.subarray(1) }],
        ["a longer body", { body: Buffer.concat([PHOTO, Buffer.from("!")]) }],
        ["no body", { body: Buffer.alloc(0) }],
        ["an overwriting condition", { headers: { "if-none-match": '"something"' } }],
      ])("refuses %s and stores nothing", async (_, change) => {
        const key = fresh();
        const answer = await put(await objects.signUpload({ ...PNG, key }), change);
        expect(answer.status).toBe(403);
        expect(await answer.text()).toContain("<Code>SignatureDoesNotMatch</Code>");
        expect(await objects.readStart(key, 1)).toBeUndefined();
      });

      test("works once: what is there is not replaced", async () => {
        const key = fresh();
        const upload = await objects.signUpload({ ...PNG, key });
        await put(upload);
        const second = await put(upload, { body: Buffer.alloc(PHOTO.length, 1) });
        expect(second.status).toBe(412);
        expect(Buffer.from(await objects.read(key))).toEqual(PHOTO);
      });

      test("refuses bytes that are not those of its checksum, and stores nothing", async () => {
        const key = fresh();
        const upload = await objects.signUpload({ ...PNG, key, sha256: sha256(PHOTO) });
        const answer = await put(upload, { body: Buffer.alloc(PHOTO.length, 1) });
        expect(answer.status).toBe(400);
        expect(await answer.text()).toContain("<Code>BadDigest</Code>");
        expect(await objects.readStart(key, 1)).toBeUndefined();
        expect((await put(upload)).status).toBe(200);
      });

      test("is for its own key", async () => {
        const [key, other] = [fresh(), fresh()];
        const upload = await objects.signUpload({ ...PNG, key });
        expect((await put({ ...upload, url: upload.url.replace(key, other) })).status).toBe(403);
        expect(await objects.readStart(other, 1)).toBeUndefined();
      });

      test("expires", async () => {
        const key = fresh();
        const past = under.signingAt(Date.now() - (MINUTE + 5) * 1000);
        expect((await put(await past.signUpload({ ...PNG, key }))).status).toBe(403);
        expect(await objects.readStart(key, 1)).toBeUndefined();
      });
    });

    describe("a signed download", () => {
      const KEY = "r/contract/result.png";
      beforeAll(() => objects.write(KEY, PHOTO, "image/png"));

      test("gives the object with its type", async () => {
        const answer = await get(await objects.signDownload({ key: KEY, expiresInSeconds: MINUTE }));
        expect(answer.status).toBe(200);
        expect(answer.headers.get("content-type")).toBe("image/png");
        expect(answer.headers.get("content-disposition")).toBeNull();
        expect(await bytesOf(answer)).toEqual(PHOTO);
      });

      test("gives a part", async () => {
        const url = await objects.signDownload({ key: KEY, expiresInSeconds: MINUTE });
        const answer = await get(url, { range: "bytes=4-9" });
        expect(answer.status).toBe(206);
        expect(answer.headers.get("content-range")).toBe(`bytes 4-9/${PHOTO.length}`);
        expect(await bytesOf(answer)).toEqual(PHOTO.subarray(4, 10));
      });

      test.each([
        ["result.png", 'attachment; filename="result.png"'],
        [
          'Ärger "im" Büro.png',
          `attachment; filename="_rger _im_ B_ro.png"; filename*=UTF-8''%C3%84rger%20%22im%22%20B%C3%BCro.png`,
        ],
        [
          "a\r\nset-cookie: b\\",
          `attachment; filename="a__set-cookie: b_"; filename*=UTF-8''a%0D%0Aset-cookie%3A%20b%5C`,
        ],
      ])("saves as %j", async (filename, header) => {
        const url = await objects.signDownload({ key: KEY, expiresInSeconds: MINUTE, filename });
        const answer = await get(url);
        expect(answer.headers.get("content-disposition")).toBe(header);
        expect(answer.headers.get("set-cookie")).toBeNull();
      });

      test("shows as the type it was signed for", async () => {
        const url = await objects.signDownload({ key: KEY, expiresInSeconds: MINUTE, contentType: "image/webp" });
        expect((await get(url)).headers.get("content-type")).toBe("image/webp");
      });

      test("refuses another name, key, signature or method", async () => {
        const url = await objects.signDownload({ key: KEY, expiresInSeconds: MINUTE, filename: "result.png" });
        const signature = new URL(url).searchParams.get("X-Amz-Signature") ?? "";
        const changed = [
          url.replace("result.png%22", "other.png%22"),
          url.replace(KEY, `${KEY}x`),
          url.replace(
            signature,
            signature.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
          ),
        ];
        for (const other of changed) {
          expect(other).not.toBe(url);
          expect((await get(other)).status).toBe(403);
        }
        expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(403);
      });

      test("expires", async () => {
        const past = under.signingAt(Date.now() - (MINUTE + 5) * 1000);
        const answer = await get(await past.signDownload({ key: KEY, expiresInSeconds: MINUTE }));
        expect(answer.status).toBe(403);
      });

      test("of a key that is not there gives nothing", async () => {
        const url = await objects.signDownload({ key: fresh(), expiresInSeconds: MINUTE });
        expect([403, 404]).toContain((await get(url)).status);
      });
    });

    describe("reading", () => {
      test("the start gives that many bytes and what storage knows of the whole", async () => {
        const key = fresh();
        await objects.write(key, PHOTO, "image/webp");
        const start = await objects.readStart(key, 10);
        expect(start?.head).toEqual({
          size: PHOTO.length,
          contentType: "image/webp",
          etag: expect.stringMatching(/^".+"$/),
        });
        expect(Buffer.from(start?.bytes ?? [])).toEqual(PHOTO.subarray(0, 10));
      });

      test("the start of something short gives all of it", async () => {
        const key = fresh();
        await objects.write(key, Buffer.from("ab"), "image/png");
        expect(await objects.readStart(key, 65_536)).toMatchObject({ head: { size: 2 }, bytes: { length: 2 } });
      });

      test("an empty object is there, and empty", async () => {
        const key = fresh();
        await objects.write(key, new Uint8Array(), "image/png");
        expect(await objects.readStart(key, 100)).toMatchObject({
          head: { size: 0, contentType: "image/png" },
          bytes: { length: 0 },
        });
        expect(await objects.read(key)).toHaveLength(0);
      });

      test("what was created is not replaced by creating it again", async () => {
        const key = fresh();
        expect(await objects.create(key, PHOTO, "image/png")).toBe(true);
        expect(await objects.create(key, Buffer.from("another"), "image/png")).toBe(false);
        expect(Buffer.from(await objects.read(key))).toEqual(PHOTO);
      });

      test("what is not there says so", async () => {
        const key = fresh();
        expect(await objects.readStart(key, 100)).toBeUndefined();
        await expect(objects.read(key)).rejects.toMatchObject({ code: "asset_missing" });
      });

      test("holds on to the version that was looked at", async () => {
        const key = fresh();
        await objects.write(key, PHOTO, "image/png");
        const etag = (await objects.readStart(key, 1))?.head.etag ?? "";
        expect(await objects.read(key, etag)).toHaveLength(PHOTO.length);
        await objects.write(key, Buffer.from("another"), "image/png");
        await expect(objects.read(key, etag)).rejects.toMatchObject({ code: "asset_missing", retryable: false });
      });
    });

    test("writing replaces what is there, type and all", async () => {
      const key = fresh();
      await objects.write(key, PHOTO, "image/png");
      await objects.write(key, Buffer.from("new"), "image/jpeg");
      expect(await objects.readStart(key, 100)).toMatchObject({ head: { size: 3, contentType: "image/jpeg" } });
    });

    test("removing takes everything below a prefix and nothing beside it", async () => {
      const [below, beside] = [
        ["w/j1/a", "w/j1/b/c", "w/j1/b/d"],
        ["w/j1", "w/j12/a", "w/j2/a"],
      ];
      for (const key of [...below, ...beside]) await objects.write(key, PHOTO, "image/png");
      await objects.removeAll("w/j1/");
      await objects.removeAll("w/j1/");
      for (const key of below) expect(await objects.readStart(key, 1)).toBeUndefined();
      for (const key of beside) expect(await objects.readStart(key, 1)).toBeDefined();
    });

    test("removing one takes that one, and no error where there is none", async () => {
      const [one, other] = ["w/j2/a", "w/j2/ab"];
      for (const key of [one, other]) await objects.write(key, new Uint8Array([1]), "image/png");
      await objects.remove(one);
      await objects.remove(one);
      expect(await objects.readStart(one, 1)).toBeUndefined();
      expect(await objects.readStart(other, 1)).toBeDefined();
    });

    test.each(["", "/", "w/j1"])("removing below %j is refused", async (prefix) => {
      await expect(objects.removeAll(prefix)).rejects.toThrow(RangeError);
    });
  });
}

import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as open } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { proxyStorage } from "./proxy.ts";
import { type LocalStorage, startLocalStorage } from "./storage.ts";
import { sweep } from "./sweep.ts";
import { presign } from "./testing/sigv4.ts";

const MINUTE = 60_000;
const LARGE = Buffer.alloc(4 * 1024 * 1024, "photo ");

let directory: string;
let objects: string;
let storage: LocalStorage;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "infill-sweep-"));
  objects = join(directory, "objects");
  await start();
});
afterEach(async () => {
  await storage.close();
  await rm(directory, { recursive: true });
});

async function start(): Promise<void> {
  const credentials = { accessKeyId: "AKIALOCAL", secretAccessKey: "secretsecret" };
  storage = await startLocalStorage({ directory, bucket: "pictures", credentials });
}

const url = (method: string, key: string) =>
  presign(storage, { method, origin: new URL(storage.endpoint).origin, key });
const put = async (key: string, body: string): Promise<void> =>
  expect((await fetch(url("PUT", key), { method: "PUT", body })).status).toBe(200);
const get = async (key: string): Promise<string | undefined> => {
  const answer = await fetch(url("GET", key));
  const body = await answer.text();
  return answer.ok ? body : undefined;
};

const blobs = (): string[] => readdirSync(join(objects, "pictures", "blobs"));

/** A file among the blobs that no object has. */
const leave = (name = "f".repeat(80)): void => writeFileSync(join(objects, "pictures", "blobs", name), "picture");

function inIndex<T>(work: (db: DatabaseSync) => T): T {
  const indexes = join(objects, "miniflare-R2BucketObject");
  const [name = ""] = readdirSync(indexes).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file));
  const db = new DatabaseSync(join(indexes, name));
  try {
    return work(db);
  } finally {
    db.close();
  }
}
const change = (sql: string) => inIndex((db) => db.exec(sql));
const keys = () => inIndex((db) => db.prepare("SELECT key FROM _mf_objects").all()).map(({ key }) => key);

/** Sends bytes of an upload of LARGE through the proxy. */
async function upload(bytes: Buffer, then: "leave" | "wait"): Promise<void> {
  const server = createServer(proxyStorage(storage)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const headers = {
    "content-length": String(LARGE.length),
    "x-amz-checksum-sha256": createHash("sha256").update(LARGE).digest("base64"),
  };
  const signed = presign(storage, { method: "PUT", origin: `http://127.0.0.1:${port}`, key: "u/spoiled", headers });
  const request = open(signed, { method: "PUT", headers, agent: false }).on("error", () => {});
  request.write(bytes);
  if (then === "wait") expect(((await once(request, "response")) as [{ statusCode: number }])[0].statusCode).toBe(400);
  else await expect.poll(blobs).toHaveLength(2);
  request.destroy();
  server.close();
}

test.each([
  ["broke off", () => upload(LARGE.subarray(1), "leave")],
  ["was refused for its checksum", () => upload(Buffer.alloc(LARGE.length), "wait")],
])("an upload that %s leaves nothing once storage is started again, and what was stored stays", async (_, spoil) => {
  await put("u/a", "picture");
  const stored = blobs();
  await spoil();
  await expect.poll(blobs).toHaveLength(2);
  await storage.close();

  await start();
  expect(blobs()).toEqual(stored);
  expect(await get("u/a")).toBe("picture");
  await put("u/spoiled", "sent again");
});

test("the parts of an object in parts stay", async () => {
  await put("u/a", "picture");
  await storage.close();
  // as miniflare notes it: the blob is a part's
  change(`
    INSERT INTO _mf_multipart_uploads VALUES ('upload', 'u/a', '{}', '{}', 1);
    INSERT INTO _mf_multipart_parts SELECT 'upload', 1, blob_id, size, etag, etag, key FROM _mf_objects;
    UPDATE _mf_objects SET blob_id = NULL;
  `);
  await start();
  expect(await get("u/a")).toBe("picture");
});

test("the one byte of an erased upload goes when nobody can have its URL, and no other object does", async () => {
  for (const key of ["u/t/a", "r/a", "w/u/a", "U/a"]) await put(key, "-");
  await put("u/b", "--");
  await storage.close();
  sweep(objects, "pictures", Date.now() + 16 * MINUTE);
  expect(blobs()).toHaveLength(5);
  sweep(objects, "pictures", Date.now() + 61 * MINUTE);
  expect(blobs()).toHaveLength(4);

  await start();
  expect(await get("u/t/a")).toBeUndefined();
  expect(await Promise.all(["r/a", "w/u/a", "U/a", "u/b"].map(get))).toEqual(["-", "-", "-", "--"]);
});

test.each([
  ["another directory beside the bucket's", () => mkdirSync(join(objects, "miniflare-R2"))],
  ["a second index", () => writeFileSync(join(objects, "miniflare-R2BucketObject", "a.sqlite"), "")],
  ["a table that may name blobs", () => change("CREATE TABLE _mf_versions (blob TEXT)")],
  ["no table of parts", () => change("DROP TABLE _mf_multipart_parts")],
  ["a column of another name", () => change("ALTER TABLE _mf_objects RENAME COLUMN blob_id TO blob")],
])("nothing is deleted where there is %s", async (_, differ) => {
  await put("u/a", "-");
  await storage.close();
  leave();
  differ();
  sweep(objects, "pictures", Date.now() + 61 * MINUTE);
  expect(blobs()).toHaveLength(2);
  expect(keys()).toEqual(["u/a"]);
});

test("what workerd had of a blob when it was killed goes", async () => {
  await put("u/a", "picture");
  const stored = blobs();
  await storage.close();
  leave(`.kj-tmp.4888.2.${"f".repeat(80)}.partial`);
  sweep(objects, "pictures", Date.now());
  expect(blobs()).toEqual(stored);
});

test("a file that is no blob is left alone", async () => {
  await put("u/a", "picture");
  await storage.close();
  leave("notes.txt");
  sweep(objects, "pictures", Date.now());
  expect(blobs()).toContain("notes.txt");
});

test("nothing is deleted while storage runs", async () => {
  await put("u/a", "-");
  leave();
  sweep(objects, "pictures", Date.now() + 61 * MINUTE);
  expect(blobs()).toHaveLength(2);
  expect(await get("u/a")).toBe("-");
});

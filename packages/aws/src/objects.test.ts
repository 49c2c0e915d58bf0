import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { InfillError } from "@infill/core";
import { describeObjects } from "@infill/core/testing";
import { proxyStorage, startLocalStorage } from "@infill/local/storage";
import { describe, expect, test } from "vitest";
import { createS3Objects } from "./objects.ts";

const credentials = { accessKeyId: "AKIALOCAL", secretAccessKey: "secretsecret" };

/** A server of ours with storage behind it, reached by a name that is not the one storage knows. */
async function makeLocal() {
  const directory = await mkdtemp(join(tmpdir(), "infill-objects-"));
  const storage = await startLocalStorage({ directory, bucket: "pictures", credentials });
  const server = createServer(proxyStorage(storage));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const publicEndpoint = `http://localhost:${port}${new URL(storage.endpoint).pathname}`;
  const { bucket, region, endpoint } = storage;
  const signingAt = (now?: number) =>
    createS3Objects({
      bucket,
      region,
      endpoint,
      publicEndpoint,
      credentials,
      ...(now === undefined ? {} : { now: () => now }),
    });
  return {
    objects: signingAt(),
    signingAt,
    async close() {
      server.closeAllConnections();
      server.close();
      await storage.close();
      await rm(directory, { recursive: true });
    },
  };
}

describeObjects("S3 over local storage, through the proxy", makeLocal);

/** Storage whose answers are written here. */
async function answering(answer: (req: IncomingMessage) => Promise<string>, status = 200) {
  const server = createServer(async (req, res) => {
    const body = await answer(req);
    req.resume();
    res.writeHead(status, { "content-type": "application/xml" }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    objects: createS3Objects({ bucket: "pictures", region: "auto", endpoint, credentials }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const failing = (status: number, code: string) =>
  answering(
    async () => `<Error><Code>${code}</Code><Message>about ${credentials.secretAccessKey}</Message></Error>`,
    status,
  );

describe("when storage fails", () => {
  test.each([
    [500, "InternalError", true],
    [403, "SignatureDoesNotMatch", false],
    [400, "InvalidRequest", false],
  ])("%d %s is our error, told without what S3 wrote", async (status, code, retryable) => {
    const { objects, close } = await failing(status, code);
    const error = await objects.read("u/a").catch((thrown) => thrown);
    close();
    expect(error).toBeInstanceOf(InfillError);
    expect(error).toMatchObject({ code: "internal", retryable });
    expect(error.message).toBe(`Storage failed while reading u/a: ${status} ${code}`);
    expect(error.cause).toBeUndefined();
  });

  test("no answer is worth a retry", async () => {
    const { objects, close } = await failing(500, "InternalError");
    close();
    await expect(objects.write("u/a", new Uint8Array(3), "image/png")).rejects.toMatchObject({
      code: "internal",
      retryable: true,
      message: "Storage failed while writing 3 bytes to u/a: no answer, ECONNREFUSED",
    });
  });

  test("403 is how S3 says missing to those who may not list", async () => {
    const { objects, close } = await failing(403, "AccessDenied");
    expect(await objects.readStart("u/a", 100)).toBeUndefined();
    await expect(objects.read("u/a")).rejects.toMatchObject({ code: "asset_missing" });
    close();
  });
});

test("removing goes on until the last page", async () => {
  const keys = new Set(Array.from({ length: 2500 }, (_, index) => `w/many/${index}`));
  const { objects, close } = await answering(async (req) => {
    if (req.method === "POST") {
      for (const [, key] of (await text(req)).matchAll(/<Key>(.*?)<\/Key>/g)) keys.delete(key ?? "");
      return "<DeleteResult/>";
    }
    // S3 lists no more than a thousand at once
    const page = [...keys].slice(0, 1000).map((key) => `<Contents><Key>${key}</Key></Contents>`);
    return `<ListBucketResult><IsTruncated>${keys.size > 1000}</IsTruncated>${page.join("")}</ListBucketResult>`;
  });
  await objects.removeAll("w/many/");
  expect(keys.size).toBe(0);
  close();
});

test("an object that storage keeps is an error", async () => {
  const { objects, close } = await answering(async (req) =>
    req.method === "POST"
      ? "<DeleteResult><Error><Key>w/j/a</Key><Code>AccessDenied</Code></Error></DeleteResult>"
      : "<ListBucketResult><Contents><Key>w/j/a</Key></Contents></ListBucketResult>",
  );
  await expect(objects.removeAll("w/j/")).rejects.toThrow(
    "Storage kept 1 of 1 objects below w/j/: AccessDenied for w/j/a",
  );
  close();
});

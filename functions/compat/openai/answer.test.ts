import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createS3Objects } from "@infill/aws";
import { sampleJob } from "@infill/core/testing";
import { type LocalStorage, startLocalStorage } from "@infill/local/storage";
import { VirtualClock } from "@infill/local/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { partialEvent } from "./answer.ts";

let directory: string;
let storage: LocalStorage;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "infill-partials-"));
  const credentials = { accessKeyId: "a", secretAccessKey: "s" };
  storage = await startLocalStorage({ directory, bucket: "b", credentials });
});
afterAll(async () => {
  await storage.close();
  await rm(directory, { recursive: true });
});

const PREVIEW = "w/job/preview.png";

/** What is sent of a preview, and logged, by somebody with this key. */
async function sent(secretAccessKey = storage.credentials.secretAccessKey) {
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const credentials = { ...storage.credentials, secretAccessKey };
  const deps = {
    objects: createS3Objects({ ...storage, credentials }),
    clock: new VirtualClock(),
    log: { info: write, warn: write, error: write },
  };
  const pieces: string[] = [];
  for await (const piece of partialEvent(deps, { ...sampleJob(), id: "job_1", preview: PREVIEW }, 0))
    pieces.push(piece);
  return { text: pieces.join(""), lines };
}

test("a partial picture that is gone is not sent, and nothing to speak of", async () => {
  expect(await sent()).toEqual({ text: "", lines: [] });
});

test("one that may not be read is not sent, either, and somebody hears of it", async () => {
  await createS3Objects(storage).write(PREVIEW, Buffer.from("a picture"), "image/png");
  expect((await sent()).text).toContain(`"b64_json":"${Buffer.from("a picture").toString("base64")}"`);
  expect(await sent("another")).toEqual({
    text: "",
    lines: [
      [
        "a partial picture could not be read",
        { job: "job_1", error: expect.stringMatching(/^Storage failed while reading w\/job\/preview\.png: 403 /) },
      ],
    ],
  });
});

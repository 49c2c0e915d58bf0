import { createS3Objects } from "@infill/aws";
import { openResultLink, resultLink, type StoredResult } from "@infill/core";
import { SAMPLE_TIME, sampleEnd, sampleJob } from "@infill/core/testing";
import { createSqliteRecords } from "@infill/local";
import { Hono } from "hono";
import { expect, onTestFinished, test } from "vitest";
import { resultRoutes } from "./results.ts";

const credentials = { accessKeyId: "an id", secretAccessKey: "a secret" };
const links = {
  publicUrl: "https://api.example",
  keyring: { current: "k1", keys: { k1: "a secret of thirty-two bytes or so" } },
};
const result: StoredResult = {
  key: "r/job/0.png",
  bytes: 3,
  contentType: "image/png",
  width: 1,
  height: 1,
  fidelity: {
    outsidePixels: 0,
    changedOutside: 0,
    maxDifferenceOutside: 0,
    providerDrift: { changedShare: 0, meanDifference: 0 },
    crop: { x: 0, y: 0, width: 1, height: 1 },
  },
};

test("a job that is to be erased shows no result, although its pictures may still be there", async () => {
  const records = createSqliteRecords({ path: ":memory:" });
  onTestFinished(() => records.close());
  const app = new Hono().route(
    "/r",
    resultRoutes({
      links,
      records,
      objects: createS3Objects({ endpoint: "https://s3.example", region: "eu-west-1", bucket: "b", credentials }),
      clock: { now: () => SAMPLE_TIME, sleep: async () => {} },
    }),
  );
  const statusOf = async (erasing: boolean) => {
    const { job } = await records.createJob(sampleJob());
    if (erasing) await records.updateJob(job.id, {}, { eraseRequestedAt: SAMPLE_TIME });
    const ended = await records.endJob(job.id, sampleEnd(job, { patch: { results: [result] } }));
    const url = resultLink(links, ended?.job ?? job, 0).replace(links.publicUrl, "");
    expect(openResultLink(links.keyring, url.slice("/r/".length), SAMPLE_TIME)).toBeDefined();
    return (await app.request(url)).status;
  };
  app.onError((error, c) => c.text(error.message, 404));
  expect(await statusOf(false)).toBe(302);
  expect(await statusOf(true)).toBe(404);
});

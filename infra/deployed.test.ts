import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDynamoRecords, keyOf } from "@infill/aws/records";
import { callbackToken, makeApiKey, type Records, randomIds } from "@infill/core";
import { systemClock } from "@infill/local";
import { startLocalStorage } from "@infill/local/storage";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { noDynoxide, startDynoxide } from "../packages/aws/src/testing/dynoxide.ts";
import { type SeenRequest, startLambdaStandIn } from "../packages/aws/src/testing/lambda-stand-in.ts";
import { greyPng } from "../packages/providers/src/testing/png.ts";
import { httpEvent, type RunningFunction, startFunction } from "./offline/function.ts";
import { find, functionNamed } from "./offline/graph.ts";
import { createTable } from "./offline/table.ts";

const graph = inject("production");
const credentials = { accessKeyId: "AKIAOFFLINE", secretAccessKey: "offlineoffline" };
/** The offline deploy's stand-in for randomness. */
const LINK_KEYRING = { current: "k1", keys: { k1: "x".repeat(43) } };
const closing: (() => unknown)[] = [];

/** Functions that run their own bundles, and what they meet: the graph's table and bucket, and who answers as Lambda. */
let api: RunningFunction;
let webhook: RunningFunction;
let relay: RunningFunction;
let lambda: Awaited<ReturnType<typeof startLambdaStandIn>>;
let records: Records;
let key: string;

beforeAll(async () => {
  if (noDynoxide() !== undefined) return;
  const dynoxide = await startDynoxide();
  closing.push(() => dynoxide.close());
  const region = "us-east-1";
  const client = { region, credentials, endpoint: dynoxide.endpoint };
  const table = await createTable(find(graph, "aws:dynamodb/table:Table", "RecordsTable"), client);
  records = createDynamoRecords({ table, client, clock: systemClock });

  const directory = await mkdtemp(join(tmpdir(), "infill-deployed-"));
  closing.push(() => rm(directory, { recursive: true }));
  const { bucket } = find(graph, "aws:s3/bucket:Bucket", "PicturesBucket").inputs;
  const storage = await startLocalStorage({ directory, bucket, credentials });
  closing.push(() => storage.close());

  lambda = await startLambdaStandIn(credentials.secretAccessKey);
  closing.push(() => lambda.close());

  const start = async (name: string) => {
    const running = await startFunction(graph, name, {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: dynoxide.endpoint,
      AWS_ENDPOINT_URL_S3: storage.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
    });
    closing.push(() => running.close());
    return running;
  };
  [api, webhook, relay] = await Promise.all([start("Api"), start("Webhook"), start("Relay")]);

  const made = makeApiKey(randomIds, systemClock, { tenant: "acme", name: "test" });
  await records.putKey(made.row);
  key = made.text;
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const call = async (method: string, path: string, body?: object) => {
  const answer = await api.invoke(httpEvent(method, path, { key, ...(body === undefined ? {} : { body }) }));
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
};

async function upload(purpose: "image" | "mask", bytes: Buffer): Promise<string> {
  const asked = { purpose, contentType: "image/png", contentLength: bytes.length };
  const { body } = await call("POST", "/v1/uploads", asked);
  const put = await fetch(body.url, { method: body.method, headers: body.headers, body: new Uint8Array(bytes) });
  expect(put.status).toBe(200);
  return body.id;
}

/** A job of uploaded pictures, as a caller asks for it. */
async function edit() {
  const [image, mask] = [
    await upload(
      "image",
      greyPng(320, 240, (x, y) => (x * y) % 256),
    ),
    await upload(
      "mask",
      greyPng(320, 240, (x) => (x > 100 && x < 200 ? 255 : 0)),
    ),
  ];
  return call("POST", "/v1/inpaint", { model: "modelslab/inpaint", prompt: "a wooden bench", image, mask });
}

/** What Lambda is asked to start a job: the deployed version of the workflow, by the job's name. */
const startOf = (jobId: string) =>
  expect.objectContaining({
    url: `/2015-03-31/functions/${functionNamed(graph, "InpaintHandler").inputs.name}%3A1/invocations`,
    headers: expect.objectContaining({
      "x-amz-invocation-type": "Event",
      "x-amz-durable-execution-name": jobId,
    }),
    body: JSON.stringify({ jobId }),
  });

/** What Lambda was asked for by `act`. */
async function askedOfLambda<T>(act: () => Promise<T>): Promise<[T, SeenRequest[]]> {
  const before = lambda.seen.length;
  const answer = await act();
  return [answer, lambda.seen.slice(before)];
}

// the table's binary is there on CI's platform; elsewhere this says why it is skipped
describe.skipIf(noDynoxide() !== undefined)(`the deployed bundles ${noDynoxide() ?? ""}`, () => {
  test("the api knows its callers by the deployed table", async () => {
    expect((await call("GET", "/v1/models")).status).toBe(200);
    const stranger = await api.invoke(httpEvent("GET", "/v1/models", { key: `${key}x` }));
    expect(stranger.statusCode).toBe(401);
  });

  test("the api takes an edit and starts its execution", async () => {
    const [{ status, body: job }, asked] = await askedOfLambda(edit);
    expect([status, job.status]).toEqual([202, "queued"]);
    expect(asked).toEqual([startOf(job.id)]);
    expect((await call("GET", `/v1/jobs/${job.id}`)).body).toMatchObject({ id: job.id, status: "queued" });
  });

  test("a start that was lost is made up for by the relay, with the same request however often it is told", async () => {
    lambda.willAnswer({ status: 400, exception: "InvalidRequestContentException" });
    const { status, body: job } = await edit();
    expect(status).toBe(202);

    const { pk, sk } = keyOf("job", job.id);
    const change = {
      eventName: "INSERT",
      dynamodb: { SequenceNumber: "1", Keys: { pk: { S: pk }, sk: { S: sk } } },
    };
    const [answer, asked] = await askedOfLambda(() => relay.invoke({ Records: Array(10).fill(change) }));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(asked).toEqual(Array(10).fill(startOf(job.id)));
  });

  test("what the relay cannot start is given back to the stream", async () => {
    lambda.willAnswer({ status: 404, exception: "ResourceNotFoundException" });
    const { pk, sk } = keyOf("job", randomIds.make("job"));
    const change = { eventName: "INSERT", dynamodb: { SequenceNumber: "7", Keys: { pk: { S: pk }, sk: { S: sk } } } };
    expect(await relay.invoke({ Records: [change] })).toEqual({ batchItemFailures: [{ itemIdentifier: "7" }] });
  });

  test("the webhook stores a callback under a link the workflow made, and wakes the job", async () => {
    const { body: job } = await edit();
    await records.claimJob(job.id, "execution", systemClock.now());
    await records.updateJob(job.id, {}, { attempt: 1, pauseToken: "the-pause" });

    const link = callbackToken(LINK_KEYRING, "modelslab", job.id, 1, systemClock.now() + 60_000);
    const body = { status: "success", id: 1 };
    const callback = httpEvent("POST", `/webhooks/modelslab/${link}`, { body });
    const [answer, asked] = await askedOfLambda(() => webhook.invoke(callback));
    expect(answer.statusCode).toBe(200);
    expect((await records.listCallbacks(job.id)).map((stored) => stored.body)).toEqual([JSON.stringify(body)]);
    expect(asked.map(({ url }) => url)).toEqual(["/2025-12-01/durable-execution-callbacks/the-pause/succeed"]);
  });
});

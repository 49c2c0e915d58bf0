import { type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Records } from "@infill/core";
import { SAMPLE_TIME, sampleAsset, sampleCallback, sampleEnd, sampleJob } from "@infill/core/testing";
import { describe, expect, test } from "vitest";
import type { Dynoxide } from "../testing/dynoxide.ts";
import { onDynoxide } from "../testing/on-dynoxide.ts";
import { createDynamoRecords, newRow, newRowsFilters } from "./index.ts";

const DAY = 86_400_000;
const clock = { now: () => SAMPLE_TIME, sleep: () => Promise.resolve() };

onDynoxide("the table of records", ({ dynoxide, table, connect }) => {
  const over = (client: DynamoDBClient): Records => createDynamoRecords({ table: table(), client, clock });

  describe("a row", () => {
    test("holds the longest prompt, and options that DynamoDB's own maps would refuse", async () => {
      const plain = sampleJob();
      const deep = Array.from({ length: 60 }).reduce<unknown>((value) => [value], { "": 1e300, tiny: 5e-324 });
      const request = {
        ...plain.request,
        prompt: "犬".repeat(32_000),
        negativePrompt: "\n".repeat(32_000),
        providerOptions: { deep },
      };
      const job = { ...plain, request };
      const records = over(connect());
      await records.createJob(job);
      expect(await records.updateJob(job.id, {}, { progress: 0.5 })).toStrictEqual({ ...job, rev: 1, progress: 0.5 });
      expect(await records.endJob(job.id, sampleEnd(job))).toMatchObject({ ended: true });
      expect((await records.getJob(job.id))?.request).toStrictEqual(request);
    });

    test("past its time is gone to every reader, although DynamoDB deletes it days later", async () => {
      let now = SAMPLE_TIME;
      const records = createDynamoRecords({
        table: table(),
        client: connect(),
        clock: { now: () => now, sleep: clock.sleep },
        retentionDays: 30,
      });
      const job = sampleJob({ user: "ada" });
      const end = sampleEnd(job);
      const asset = sampleAsset();
      await records.createJob(job);
      await records.putCallback(job.id, sampleCallback("{}"), 8);
      await records.endJob(job.id, end);
      await records.putAsset(asset);
      const { tenant } = job;
      const seen = async () => ({
        job: (await records.getJob(job.id)) !== undefined,
        lists: (
          await Promise.all([{ tenant }, { tenant, user: "ada" }].map((q) => records.listJobs({ ...q, limit: 9 })))
        )
          .map(({ jobs }) => jobs.length)
          .join(),
        callbacks: (await records.listCallbacks(job.id)).length,
        event: (await records.getEvent(end.event.id)) !== undefined,
        asset: (await records.getAsset(asset.id)) !== undefined,
      });

      now = SAMPLE_TIME + 30 * DAY - 1;
      expect(await seen()).toEqual({ job: true, lists: "1,1", callbacks: 1, event: true, asset: true });
      await records.renewAsset(asset.id, now);
      now = job.deadlineAt + 30 * DAY;
      expect(await seen()).toEqual({ job: false, lists: "0,0", callbacks: 0, event: false, asset: true });

      const again = sampleJob({ id: job.id, tenant, createdAt: now, deadlineAt: now + 600_000 });
      expect(await records.createJob(again)).toStrictEqual({ created: true, job: again });
      // both are told to the relay as new
      const told = (await readStream(dynoxide(), table())).filter((record) => newRow(record)?.id === job.id);
      expect(told).toHaveLength(2);
    });

    test("that is new is told to the stream, by its key alone", async () => {
      const records = over(connect());
      const { job } = await records.createJob(sampleJob());
      await records.updateJob(job.id, {}, { progress: 0.5 });
      const end = sampleEnd(job);
      await records.endJob(job.id, end);
      await records.putCallback(job.id, sampleCallback("{}"), 8);

      const told = await readStream(dynoxide(), table());
      const ofOurs = told.filter((record) => [job.id, end.event.id].includes(newRow(record)?.id ?? ""));
      expect(ofOurs.map(newRow)).toEqual([
        { kind: "job", id: job.id },
        { kind: "event", id: end.event.id },
      ]);
      for (const record of ofOurs) {
        expect(
          newRowsFilters.filter(({ dynamodb }) => dynamodb.Keys.sk.S[0] === record.dynamodb?.Keys?.["sk"]?.S),
        ).toHaveLength(1);
        expect(Object.keys(record.dynamodb ?? {})).not.toContain("NewImage");
      }
    });

    test("leaves the index of unclaimed jobs when it is claimed or ends: it stays as short as what waits", async () => {
      const records = over(connect());
      const [claimed, ended, waiting] = [sampleJob(), sampleJob(), sampleJob()];
      for (const job of [claimed, ended, waiting]) await records.createJob(job);
      await records.claimJob(claimed.id, "execution", 1000);
      await records.endJob(ended.id, sampleEnd(ended));
      const { Items = [] } = await connect().send(new ScanCommand({ TableName: table(), IndexName: "unclaimedJobs" }));
      const ids = Items.map(({ pk }) => pk?.S?.slice("job#".length));
      expect([claimed, ended, waiting].map(({ id }) => ids.includes(id))).toEqual([false, false, true]);
    });
  });

  test("a table that is not there is a failure of ours that no retry helps, and tells no row", async () => {
    const records = createDynamoRecords({ table: "nowhere", client: connect(), clock });
    const failure = await records.createJob(sampleJob()).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "internal",
      retryable: false,
      message: "The records failed while creating a job: ResourceNotFoundException",
    });
    expect((failure as Error).cause).toBeUndefined();
  });
});

/** Everything a table's stream has to tell, in DynamoDB's wire format. */
async function readStream({ endpoint }: Dynoxide, table: string) {
  const ask = async (action: string, body: object) => {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDBStreams_20120810.${action}`,
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIALOCAL/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00",
      "x-amz-date": "20260101T000000Z",
    };
    return (await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  const { Streams } = await ask("ListStreams", { TableName: table });
  const { StreamArn } = Streams[0];
  const { StreamDescription } = await ask("DescribeStream", { StreamArn });
  const records: Parameters<typeof newRow>[0][] = [];
  for (const { ShardId } of StreamDescription.Shards) {
    let { ShardIterator } = await ask("GetShardIterator", { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" });
    while (ShardIterator) {
      const page = await ask("GetRecords", { ShardIterator });
      records.push(...page.Records);
      if (page.Records.length === 0) break;
      ShardIterator = page.NextShardIterator;
    }
  }
  return records;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Job, Records } from "@infill/core";
import {
  describeRecords,
  sampleCallback,
  sampleEnd,
  sampleJob,
  sampleKey,
  sampleReservation,
  sampleTenant,
} from "@infill/core/testing";
import { afterAll, describe, expect, test } from "vitest";
import { createSqliteRecords } from "./index.ts";
import { MIGRATIONS } from "./schema.ts";

const directory = mkdtempSync(join(tmpdir(), "records-"));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;
const fresh = () => join(directory, `${++files}.sqlite`);

describeRecords("SQLite", async () => {
  const records = createSqliteRecords({ path: fresh() });
  return { records, close: async () => records.close() };
});

describeRecords("SQLite, every call through another of two connections", async () => {
  const path = fresh();
  const connections = [createSqliteRecords({ path }), createSqliteRecords({ path })] as const;
  let calls = 0;
  const records: Records = new Proxy(connections[0], {
    get: (_, method) => Reflect.get(connections[calls++ % 2 === 0 ? 0 : 1], method),
  });
  const close = async () => {
    for (const connection of connections) connection.close();
  };
  return { records, close };
});

/** Another process that makes these jobs. @returns how it ended and what it said */
async function child(path: string, jobs: Job[], then = "say") {
  const process_ = spawn(process.execPath, [join(import.meta.dirname, "sqlite.child.ts"), path, then], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  process_.stdin.end(JSON.stringify(jobs));
  const exit = once(process_, "exit");
  let said = "";
  for await (const chunk of process_.stdout) said += chunk;
  const [code, signal] = await exit;
  return { code, signal, said };
}

describe("a file of records", () => {
  test("has everything when it is opened again", async () => {
    const path = fresh();
    const before = createSqliteRecords({ path });
    const { job } = await before.createJob(sampleJob({ estimate: 700 }));
    const key = sampleKey();
    await before.putKey(key);
    await before.putCallback(job.id, sampleCallback("hello"), 8);
    const end = sampleEnd(job);
    await before.endJob(job.id, end);
    before.close();

    const after = createSqliteRecords({ path });
    expect(await after.getJob(job.id)).toMatchObject({ status: "succeeded", rev: 1 });
    expect(await after.getKey(key.id)).toStrictEqual(key);
    expect(await after.listCallbacks(job.id)).toStrictEqual([sampleCallback("hello")]);
    expect(await after.getEvent(end.event.id)).toStrictEqual(end.event);
    expect(await after.getBudget(job.tenant)).toMatchObject({ reserved: 0, settled: 700 });
    after.close();
  });

  test("keeps a promise whose process is killed with SIGKILL the moment it was made", async () => {
    const path = fresh();
    const job = sampleJob({ estimate: 700 });
    expect(await child(path, [job], "die")).toEqual({ code: null, signal: "SIGKILL", said: "" });

    const records = createSqliteRecords({ path });
    expect(await records.getJob(job.id)).toStrictEqual(job);
    expect(await records.getBudget(job.tenant)).toMatchObject({ reserved: 700 });
    records.close();
  });

  test("may be read by another process while it is open, up to the last write", async () => {
    const path = fresh();
    const records = createSqliteRecords({ path });
    const reader = new DatabaseSync(path, { readOnly: true });
    const { job } = await records.createJob(sampleJob());
    expect(reader.prepare("SELECT id, tenant, status FROM jobs").all()).toMatchObject([
      { id: job.id, tenant: job.tenant, status: "queued" },
    ]);
    reader.close();
    records.close();
  });

  test("that several processes open and write at once takes exactly what the budget covers, each job once", async () => {
    const path = fresh();
    const tenant = sampleTenant();
    const records = createSqliteRecords({ path });
    await records.setBudgetLimit(tenant, 5_050);
    // the same eighty for everyone: they race for each id as well as for the money
    const jobs = Array.from({ length: 80 }, () => sampleJob({ tenant, estimate: 100 }));
    const said = await Promise.all([jobs, jobs.toReversed(), jobs].map((share) => child(path, share)));
    const outcomes: string[] = said.flatMap((answer) => JSON.parse(answer.said));

    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(50);
    expect(new Set(outcomes)).toEqual(new Set(["created", "found", "budget_exceeded"]));
    expect(await records.getBudget(tenant)).toMatchObject({ reserved: 5_000 });
    expect((await records.listJobs({ tenant, limit: 100 })).jobs).toHaveLength(50);
    records.close();
  });

  test("takes of a thousand creates at once exactly those that a counter has room for", async () => {
    const records = createSqliteRecords({ path: fresh() });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1000 }, () => records.createJob(sampleJob(), [sampleReservation("counter", 100, 3_799)])),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(37);
    expect(await records.readCounters(["counter"])).toEqual([3_700]);
    records.close();
  });

  test("knows of whom somebody is to be told and was not", async () => {
    const records = createSqliteRecords({ path: fresh() });
    const ended = async (where: { url?: string; endpoints?: string[] }) => {
      const { job } = await records.createJob(sampleJob());
      const end = sampleEnd(job, where);
      await records.endJob(job.id, end);
      return end.event;
    };
    const hook = { url: "https://app.example" };
    const untold = [await ended(hook), await ended({ endpoints: ["whe_1"] })];
    await ended({});
    await records.updateDelivery((await ended(hook)).id, { state: "delivered", attempts: 1 });
    const told = await ended({ endpoints: ["whe_1"] });
    await records.updateDelivery(told.id, { state: "pending", attempts: 1 }, "whe_1");
    expect(records.untoldEvents()).toStrictEqual(untold);
    records.close();
  });

  test("that is new may be made by several processes at once", async () => {
    const path = fresh();
    const jobs = Array.from({ length: 3 }, () => sampleJob());
    const said = await Promise.all(jobs.map((job) => child(path, [job])));
    expect(said.map((answer) => answer.said)).toEqual(['["created"]', '["created"]', '["created"]']);
  });

  test("of a newer schema is left alone, with a word on what to do", () => {
    const path = fresh();
    createSqliteRecords({ path }).close();
    const newer = new DatabaseSync(path);
    newer.exec("PRAGMA user_version = 1000");
    expect(() => createSqliteRecords({ path })).toThrow(
      `${path} has records of schema 1000; this version of Infill knows schemas up to ${MIGRATIONS.length}. ` +
        "A newer Infill wrote it: run that one, or use another directory.",
    );
    expect(newer.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: 1000 });
    newer.close();
  });

  test("has a change whole or not at all: an end whose event cannot be written moves no money", async () => {
    const records = createSqliteRecords({ path: fresh() });
    const [first, second] = [sampleJob({ estimate: 700 }), sampleJob({ estimate: 700 })];
    for (const job of [first, second]) await records.createJob(job);
    const end = sampleEnd(first);
    await records.endJob(first.id, end);

    await expect(records.endJob(second.id, end)).rejects.toThrow("UNIQUE constraint failed: events.id");
    expect(await records.getJob(second.id)).toStrictEqual(second);
    expect(await records.getBudget(second.tenant)).toMatchObject({ reserved: 700, settled: 0 });
    records.close();
  });

  test("refuses money that is no integer, and books nothing", async () => {
    const records = createSqliteRecords({ path: fresh() });
    const job = sampleJob({ estimate: 0.5 });
    await expect(records.createJob(job)).rejects.toThrow("cannot store REAL value in INTEGER column");
    expect(await records.getJob(job.id)).toBeUndefined();
    records.close();
  });
});

test("no list and no search reads rows it does not give", () => {
  const path = fresh();
  createSqliteRecords({ path }).close();
  const db = new DatabaseSync(path);
  const plan = (sql: string) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => row["detail"]);
  const page = "AND (created_at, id) < (1, 'x') ORDER BY created_at DESC, id DESC LIMIT 3";
  expect(plan(`SELECT body FROM jobs WHERE tenant = 't' ${page}`)).toEqual([
    expect.stringMatching(/^SEARCH jobs USING INDEX jobs_of_tenant \(tenant=\? AND \(created_at,id\)<\(\?,\?\)\)$/),
  ]);
  expect(plan(`SELECT body FROM jobs WHERE tenant = 't' AND user = 'u' ${page}`)).toEqual([
    expect.stringMatching(/^SEARCH jobs USING INDEX jobs_of_user/),
  ]);
  expect(plan("SELECT body FROM jobs WHERE status = 'queued' ORDER BY created_at, id LIMIT 3")).toEqual([
    "SCAN jobs USING INDEX jobs_queued",
  ]);
  expect(
    plan("SELECT body FROM events WHERE tenant = 't' AND (created_at, id) > (1, 'x') ORDER BY created_at, id LIMIT 3"),
  ).toEqual([expect.stringMatching(/^SEARCH events USING INDEX events_of_tenant/)]);
  db.close();
});

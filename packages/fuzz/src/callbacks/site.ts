import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { serve } from "@hono/node-server";
import { callbackToken, type Job, type Keyring, type Records, randomIds, sha256Hex } from "@infill/core";
import { sampleEnd, sampleJob } from "@infill/core/testing";
import { createWebhook } from "@infill/functions/webhook";
import { createSqliteRecords } from "@infill/local";

export const PROVIDER = "modelslab";
/** When it is, ms since the epoch: it stands still. */
const NOW = Date.UTC(2026, 8, 1);
const DEADLINE = NOW + 900_000;

/** A job that waits for its provider, and where the provider may call. */
export interface OpenJob {
  id: string;
  /** Of its callback: `{jobId}.{attempt}.{exp}.{kid}.{mac}`. */
  capability: string;
}

/** The receiver behind a real server, over real rows: jobs that wait, and some that are over. */
export interface Site {
  url: string;
  keyring: Keyring;
  /** Jobs that wait. */
  open: OpenJob[];
  /** Capabilities that were genuine once, or are for something else: of a job that is over, an earlier attempt, … */
  spent: Record<string, string>;
  records: Records;
  /** A hash over every row of every table but that of callbacks. */
  rows(): string;
  /** Bodies of every callback that is stored, by job. */
  stored(): Map<string, string[]>;
  /** How often the engine was told to wake a job. */
  wakes(): number;
  close(): Promise<void>;
}

export async function startSite({ jobs }: { jobs: number }): Promise<Site> {
  const directory = mkdtempSync(join(tmpdir(), "infill-callbacks-"));
  const path = join(directory, "records.sqlite");
  const records = createSqliteRecords({ path });
  const reader = new DatabaseSync(path, { readOnly: true });
  const keyring: Keyring = {
    current: "k2",
    keys: { k1: randomIds.secret(), k2: randomIds.secret() },
  };
  const tokenOf = (id: string, { attempt = 1, deadlineAt = DEADLINE, ring = keyring, provider = PROVIDER } = {}) =>
    callbackToken(ring, provider, id, attempt, deadlineAt);

  const waiting = async (): Promise<Job> => {
    const job = sampleJob({ createdAt: NOW, deadlineAt: DEADLINE });
    await records.createJob(job);
    await records.claimJob(job.id, "execution", NOW);
    const patch = { phase: "submitted", attempt: 1, acceptance: "accepted", pauseToken: `pause ${job.id}` } as const;
    return (await records.updateJob(job.id, {}, patch)) ?? job;
  };
  const open: OpenJob[] = [];
  while (open.length < jobs) {
    const { id } = await waiting();
    open.push({ id, capability: tokenOf(id) });
  }
  const over = await waiting();
  await records.endJob(over.id, sampleEnd(over));
  const [first = ""] = open.map(({ id }) => id);
  const stranger = { current: "k2", keys: { k2: randomIds.secret() } };
  const spent = {
    "of a job that is over": tokenOf(over.id),
    "of an earlier attempt": tokenOf(first, { attempt: 0 }),
    "of a later attempt": tokenOf(first, { attempt: 2 }),
    "past its time": tokenOf(first, { deadlineAt: NOW - 1000 }),
    "of another provider": tokenOf(first, { provider: "fal" }),
    "of another deployment": tokenOf(first, { ring: stranger }),
    "of no job": tokenOf(randomIds.make("job")),
  };

  let wakes = 0;
  const silent = () => {};
  const app = createWebhook({
    records,
    engine: { start: async () => {}, complete: async () => ++wakes > 0 },
    clock: { now: () => NOW, sleep: async () => {} },
    ids: randomIds,
    log: { info: silent, warn: silent, error: silent },
    keyring,
  });
  const listening = Promise.withResolvers<number>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => listening.resolve(port));

  const all = (sql: string) => reader.prepare(sql).all() as Record<string, unknown>[];
  return {
    url: `http://127.0.0.1:${await listening.promise}`,
    keyring,
    open,
    spent,
    records,
    rows() {
      const tables = all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
      const names = tables.map(({ name }) => String(name)).filter((name) => name !== "callbacks");
      return sha256Hex(JSON.stringify(names.map((name) => [name, all(`SELECT * FROM ${name}`)])));
    },
    stored() {
      const byJob = Map.groupBy(all("SELECT job, body FROM callbacks ORDER BY job"), ({ job }) => String(job));
      return new Map([...byJob].map(([job, rows]) => [job, rows.map(({ body }) => JSON.parse(String(body)).body)]));
    },
    wakes: () => wakes,
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
      reader.close();
      records.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

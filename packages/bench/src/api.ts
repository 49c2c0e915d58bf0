import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "./benchmark.ts";
import { interleave, rateOf, ratioOf, spreadOf, timed } from "./measure.ts";
import { bareHono } from "./servers/bare-hono.ts";
import { bundleServers } from "./servers/bundle.ts";
import { benchKey, composeApi, makeDatabase } from "./servers/compose.ts";
import { openConnection, requestBytes } from "./servers/connection.ts";
import { startServer } from "./servers/start.ts";
import { UPLOAD_BODY, uploadHeaders } from "./servers/uploads.ts";

const EFFORT = {
  full: { rounds: 15, warmups: 4, calls: 400, requests: 1200, connections: 16 },
  smoke: { rounds: 1, warmups: 0, calls: 2, requests: 4, connections: 2 },
};
type Amount = (typeof EFFORT)["full"];

type Fetch = (request: Request) => Response | Promise<Response>;

/** `POST /v1/uploads`: authentication, validation, a row written, a signature – and a route that does none of it. */
export const api: Benchmark = {
  name: "api",
  describe: "POST /v1/uploads of the API against a bare Hono route that reads the same body and answers the same JSON",

  async run({ effort, progress }) {
    const amount = EFFORT[effort];
    const directory = await mkdtemp(join(tmpdir(), "infill-bench-"));
    try {
      const database = join(directory, "records.sqlite");
      const { row, text: apiKey } = benchKey();
      await makeDatabase(database, row);
      const onDisk = composeApi(database);
      const inMemory = composeApi(":memory:");
      await inMemory.records.putKey(row);
      const answer = await firstAnswer(onDisk.app.fetch, apiKey);
      progress("in process");
      const inside = await inProcess(
        { memory: inMemory.app.fetch, disk: onDisk.app.fetch, bare: bareHono(answer).fetch },
        apiKey,
        amount,
      );
      onDisk.records.close();
      inMemory.records.close();
      progress("over a socket");
      const socket = await overSocket(directory, { database, answer, apiKey }, amount);
      return {
        figures: [
          { what: "infill, in process, rows in memory", unit: "/s", ...spreadOf(inside.memory) },
          { what: "infill, in process, rows on disk", unit: "/s", ...spreadOf(inside.disk) },
          { what: "bare Hono, in process", unit: "/s", ...spreadOf(inside.bare) },
          { what: "infill, over a socket, rows on disk", unit: "/s", ...spreadOf(socket.infill) },
          { what: "bare Hono, over a socket", unit: "/s", ...spreadOf(socket.bare) },
        ],
        ratios: [
          {
            what: "infill, in process, rows in memory",
            against: "bare Hono",
            better: "higher",
            ...ratioOf(inside.memory, inside.bare),
          },
          {
            what: "infill, in process, rows on disk",
            against: "bare Hono",
            better: "higher",
            ...ratioOf(inside.disk, inside.bare),
          },
          {
            what: "infill, over a socket, rows on disk",
            against: "bare Hono",
            better: "higher",
            ...ratioOf(socket.infill, socket.bare),
          },
        ],
        notes: [
          "In process, rows in memory: the processor time of a request, as a function pays it whose database is elsewhere.",
          `Over a socket, rows on disk: the local stack, node:http in a process of its own, ${amount.connections} kept connections.`,
          "The API hashes the key, checks the body, signs a PUT and writes a row to SQLite in each request; on disk it waits for the disk to have it.",
        ],
      };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

const uploadRequest = (apiKey: string) =>
  new Request("http://127.0.0.1/v1/uploads", { method: "POST", headers: uploadHeaders(apiKey), body: UPLOAD_BODY });

async function firstAnswer(fetch: Fetch, apiKey: string): Promise<object> {
  const response = await fetch(uploadRequest(apiKey));
  if (response.status !== 201) throw new Error(`the API answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as object;
}

function inProcess(
  contenders: Record<"memory" | "disk" | "bare", Fetch>,
  apiKey: string,
  { calls, ...rounds }: Amount,
) {
  const rate = (fetch: Fetch) => () =>
    rateOf(calls, async () => {
      const response = await fetch(uploadRequest(apiKey));
      await response.text();
      if (response.status !== 201) throw new Error(`expected 201, got ${response.status}`);
    });
  const { memory, disk, bare } = contenders;
  return interleave({ memory: rate(memory), disk: rate(disk), bare: rate(bare) }, rounds);
}

async function overSocket(
  directory: string,
  { database, answer, apiKey }: { database: string; answer: object; apiKey: string },
  { requests, connections, ...rounds }: Amount,
) {
  const bundles = await bundleServers(directory);
  await using stack = new AsyncDisposableStack();
  const infill = await startServer(bundles.infill.file, database);
  stack.defer(() => infill.stop());
  const bare = await startServer(bundles.hono.file, JSON.stringify(answer));
  stack.defer(() => bare.stop());

  const request = requestBytes("POST", "/v1/uploads", uploadHeaders(apiKey), UPLOAD_BODY);
  const rate = async (port: number) => {
    const clients = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
    stack.defer(() => {
      for (const client of clients) client.close();
    });
    return async () => {
      let left = requests;
      const ms = await timed(() =>
        Promise.all(
          clients.map(async (client) => {
            while (left-- > 0) {
              const { status, body } = await client.ask(request);
              if (status !== 201) throw new Error(`expected 201, got ${status}: ${body}`);
            }
          }),
        ),
      );
      return (requests / ms) * 1000;
    };
  };
  return await interleave({ infill: await rate(infill.port), bare: await rate(bare.port) }, rounds);
}

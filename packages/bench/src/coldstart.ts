import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark } from "./benchmark.ts";
import { interleave, ratioOf, spreadOf } from "./measure.ts";
import { bundleServers, type ServerName } from "./servers/bundle.ts";
import { benchKey, makeDatabase } from "./servers/compose.ts";
import { openConnection, requestBytes } from "./servers/connection.ts";
import { startServer } from "./servers/start.ts";
import { UPLOAD_BODY, uploadHeaders } from "./servers/uploads.ts";

const EFFORT = { full: { rounds: 21, warmups: 2 }, smoke: { rounds: 1, warmups: 0 } };

/** ms since the process was asked for. */
interface ColdStart {
  first: number;
  upload: number;
}

/** A process started, its first answer, its first upload: against servers that do nothing. */
export const coldstart: Benchmark = {
  name: "coldstart",
  describe: "Process start to the answers of GET /healthz and then POST /v1/uploads, one bundled file each",

  async run({ effort, progress }) {
    const rounds = EFFORT[effort];
    const directory = await mkdtemp(join(tmpdir(), "infill-bench-"));
    try {
      const bundles = await bundleServers(directory);
      const database = join(directory, "records.sqlite");
      const { row, text: apiKey } = benchKey();
      await makeDatabase(database, row);
      const health = requestBytes("GET", "/healthz");
      const upload = requestBytes("POST", "/v1/uploads", uploadHeaders(apiKey), UPLOAD_BODY);
      const start = (name: ServerName, argument: string) => async (): Promise<ColdStart> => {
        const started = performance.now();
        const server = await startServer(bundles[name].file, argument);
        try {
          const connection = await openConnection(server.port);
          await expectStatus(connection.ask(health), 200);
          const first = performance.now() - started;
          await expectStatus(connection.ask(upload), 201);
          const both = performance.now() - started;
          connection.close();
          return { first, upload: both };
        } finally {
          await server.stop();
        }
      };
      const answer = JSON.stringify({ text: "x".repeat(800) });
      const runs = await interleave(
        { infill: start("infill", database), hono: start("hono", answer), node: start("node-http", answer) },
        { ...rounds, onRound: (round) => progress(`round ${round} of ${rounds.rounds}`) },
      );
      const kilobytes = (name: ServerName) => spreadOf([bundles[name].bytes / 1000]);
      const firsts = (name: keyof typeof runs) => runs[name].map((run) => run.first);
      const uploads = (name: keyof typeof runs) => runs[name].map((run) => run.upload);
      const beyond = firsts("infill").map((ms, round) => ms - (firsts("node")[round] ?? Number.NaN));
      return {
        figures: [
          { what: "infill, first answer", unit: "ms", ...spreadOf(firsts("infill")) },
          { what: "bare Hono, first answer", unit: "ms", ...spreadOf(firsts("hono")) },
          { what: "node:http, first answer", unit: "ms", ...spreadOf(firsts("node")) },
          { what: "infill, first answer, beyond node:http", unit: "ms", ...spreadOf(beyond) },
          { what: "infill, first upload", unit: "ms", ...spreadOf(uploads("infill")) },
          { what: "bare Hono, first upload", unit: "ms", ...spreadOf(uploads("hono")) },
          { what: "node:http, first upload", unit: "ms", ...spreadOf(uploads("node")) },
          { what: "infill, bundle", unit: "KB", ...kilobytes("infill") },
          { what: "bare Hono, bundle", unit: "KB", ...kilobytes("hono") },
        ],
        ratios: [
          {
            what: "infill, first answer",
            against: "bare Hono",
            better: "lower",
            ...ratioOf(firsts("infill"), firsts("hono")),
          },
          {
            what: "infill, first answer",
            against: "node:http",
            better: "lower",
            ...ratioOf(firsts("infill"), firsts("node")),
          },
          {
            what: "infill, first upload",
            against: "bare Hono",
            better: "lower",
            ...ratioOf(uploads("infill"), uploads("hono")),
          },
          {
            what: "infill, first upload",
            against: "node:http",
            better: "lower",
            ...ratioOf(uploads("infill"), uploads("node")),
          },
        ],
        notes: [
          "Each bundle listens on a port of its own; times are taken outside, from before the spawn to the answer's last byte.",
          "The API's bundle has the presigner and SQLite records; the database is there already.",
        ],
      };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function expectStatus(answer: Promise<{ status: number; body: string }>, expected: number): Promise<void> {
  const { status, body } = await answer;
  if (status !== expected) throw new Error(`expected ${expected}, got ${status}: ${body}`);
}

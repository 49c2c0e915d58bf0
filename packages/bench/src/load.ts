import { setTimeout as wait } from "node:timers/promises";
import type { Benchmark, Figure, Findings, Ratio } from "./benchmark.ts";
import { CLASSES, histogramOf, percentile } from "./load/latency.ts";
import { type Asked, keepAsking } from "./load/schedule.ts";
import { prepareUsers, type Users } from "./load/streams.ts";
import { startTarget } from "./load/target.ts";
import { ratioOf, spreadOf } from "./measure.ts";

interface Plan {
  rounds: number;
  seconds: number;
  /** A second. */
  paces: Parameters<Users["streams"]>[0];
}

const LOCAL = new URL("load/local.child.ts", import.meta.url);
const DEPLOYED = new URL("../../../infra/deployed/load.child.ts", import.meta.url);

const FULL: Record<string, Plan & { program: URL }> = {
  local: { program: LOCAL, rounds: 6, seconds: 10, paces: { create: 1, poll: 20, callback: 10, bare: 10 } },
  deployed: { program: DEPLOYED, rounds: 3, seconds: 10, paces: { create: 0.5, poll: 5, callback: 3, bare: 3 } },
};
const SMOKE: typeof FULL = {
  local: { program: LOCAL, rounds: 1, seconds: 1, paces: { create: 2, poll: 4, callback: 4, bare: 4 } },
};

const NAMES = { create: "POST /v1/inpaint", poll: "GET /v1/jobs/{id}", callback: "a callback", bare: "GET /healthz" };
type Name = keyof typeof NAMES;

/** Callers who do not wait for each other, and a system that edits pictures meanwhile. */
export const load: Benchmark = {
  name: "load",
  describe:
    "creates, polls and callbacks at an even pace, whose jobs are done meanwhile, against GET /healthz among them",

  async run({ effort, progress }) {
    const figures: Figure[] = [];
    const ratios: Ratio[] = [];
    const details: NonNullable<Findings["details"]>[number][] = [];
    const notes = [
      "Latencies count from when a request was due: what waited for its turn waited.",
      "The vendor answers at once; pictures of 256 px; callers, system and vendor share this machine.",
    ];
    for (const [where, plan] of Object.entries(effort === "full" ? FULL : SMOKE)) {
      progress(`${where} starts`);
      const { rounds, ends } = await measure(plan, (text) => progress(`${where}, ${text}`));
      for (const name of Object.keys(NAMES) as Name[]) {
        const medians = rounds.map((round) => percentile(round[name].latencies, 0.5));
        const bare = rounds.map((round) => percentile(round.bare.latencies, 0.5));
        const all = rounds.flatMap((round) => round[name].latencies);
        figures.push({ what: `${where}, ${NAMES[name]}`, unit: "ms", ...spreadOf(all) });
        details.push(
          detailOf(
            `${where}, ${NAMES[name]}`,
            plan.paces[name],
            all,
            rounds.map((round) => round[name]),
          ),
        );
        if (name !== "bare")
          ratios.push({
            ...{ what: `${where}, ${NAMES[name]}`, against: NAMES.bare, better: "lower" },
            ...ratioOf(medians, bare),
          });
      }
      figures.push({ what: `${where}, a job from made to ended`, unit: "ms", ...spreadOf(ends.took) });
      notes.push(`${where}: ${said(ends.statuses)} of ${ends.took.length} jobs made under load.`);
    }
    return { figures, ratios, details, notes };
  },
};

async function measure({ program, rounds, seconds, paces }: Plan & { program: URL }, progress: (text: string) => void) {
  const target = await startTarget(program);
  try {
    const users = await prepareUsers(target);
    const streams = users.streams(paces);
    await keepAsking(streams, Math.min(seconds, 4)); // compilation and cold starts are not what is measured
    const measured: Record<Name, Asked>[] = [];
    while (measured.length < rounds) {
      measured.push(await keepAsking(streams, seconds));
      progress(`round ${measured.length} of ${rounds}`);
    }
    progress(`${users.made.length} jobs end`);
    return { rounds: measured, ends: await endsOf(users) };
  } finally {
    await target.stop();
  }
}

const PATIENCE_MS = 120_000;

/** How the jobs ended, and how long each took, ms. @throws Error when some do not */
async function endsOf({ made, job }: Users): Promise<{ statuses: Record<string, number>; took: number[] }> {
  const began = performance.now();
  const statuses: Record<string, number> = {};
  const took: number[] = [];
  for (const id of made) {
    for (;;) {
      const { status, createdAt, finishedAt } = await job(id);
      if (finishedAt !== undefined) {
        statuses[status] = (statuses[status] ?? 0) + 1;
        took.push(Math.max(1, Date.parse(finishedAt) - Date.parse(createdAt)));
        break;
      }
      if (performance.now() - began > PATIENCE_MS) throw new Error(`${id} is ${status} still, two minutes later`);
      await wait(200);
    }
  }
  return { statuses, took };
}

/** One row: percentiles, ms, and how many answers fell in each class of latency. */
function detailOf(what: string, pace: number, latencies: readonly number[], asked: readonly Asked[]) {
  const counts = histogramOf(latencies);
  const classes = [...CLASSES.map((end) => `≤ ${end} ms`), "more"].map((label, i) => [label, counts[i] ?? 0]);
  return {
    what,
    "a second": pace,
    answered: latencies.length,
    failed: said(failuresOf(asked)) || "none",
    ...Object.fromEntries([0.5, 0.9, 0.99, 1].map((share) => [`p${share * 100} ms`, percentile(latencies, share)])),
    ...Object.fromEntries(classes),
  };
}

function failuresOf(asked: readonly Asked[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { failures } of asked)
    for (const [why, times] of Object.entries(failures)) sums[why] = (sums[why] ?? 0) + times;
  return sums;
}

const said = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([what, times]) => `${times} ${what}`)
    .join(", ");

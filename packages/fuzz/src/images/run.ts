import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BombTrial } from "./bomb-trial.ts";
import { bombs } from "./bombs/index.ts";
import { type Batch, runProcess, type Told, type Watch } from "./process.ts";
import { writeLargeSeeds } from "./seeds.ts";
import type { Role } from "./trial.ts";

export interface ImagesReport {
  /** Damaged pictures: of a few thousand pixels, and of 12 megapixels. */
  small: number;
  large: number;
  /** How often each was taken, or refused with which code, by what the picture stood for. */
  outcomes: Partial<Record<Role, Record<string, number>>>;
  /** `share`: CPU time, of what preparing a sound photo of 12 megapixels takes. */
  bombs: (BombTrial & { share: number })[];
  /** Which took longest. */
  slowest: { ms: number; what: string };
  /** Most memory that a process held resident, bytes. */
  peaks: Partial<Record<Batch["kind"], number>>;
  problems: { what: string; problem: string }[];
}

export interface ImagesOptions {
  count: number;
  seed: number;
  /** Only pictures, from this number on: with the seed it says which picture it is. */
  from?: number | undefined;
  progress?: (report: ImagesReport) => void;
  signal?: AbortSignal;
  program?: URL;
}

/** One picture of 12 megapixels for so many small ones. */
export const SMALL_PER_LARGE = 1000;
/** Ten minutes: on a busy machine one that is not urgent waits for long. */
const PATIENCE_MS = 600_000;
/** Resident, bytes: with pictures of up to 12 megapixels. */
const MOST_MEMORY = 512_000_000;
/** Of what a sound photo of 12 megapixels takes. */
const MOST_SHARE = { header: 0.5, nowhere: 3 };
/** After so many it is enough. */
const MOST_PROBLEMS = 20;

/** Tries so many damaged pictures, and the bombs; the same seed damages the same pictures in the same way. */
export async function fuzzImages(options: ImagesOptions): Promise<ImagesReport> {
  const { count, seed, from, program, signal } = options;
  const enough = new AbortController();
  const report: ImagesReport = {
    small: 0,
    large: 0,
    outcomes: {},
    bombs: [],
    slowest: { ms: 0, what: "" },
    peaks: {},
    problems: [],
  };
  let sound = 0;
  const watch: Watch = {
    told(told) {
      if (told.kind === "sound") sound = told.cost;
      note(report, told, sound);
      if (report.problems.length >= MOST_PROBLEMS) enough.abort();
      options.progress?.(report);
    },
    signal: signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]),
    patience: PATIENCE_MS,
    program,
  };
  const folder = await mkdtemp(join(tmpdir(), "infill-fuzz-"));
  /** @param together how many are tried in one process */
  const run = async (kind: Batch["kind"], first: number, end: number, together: number): Promise<void> => {
    for (let next = first; next < end && !watch.signal.aborted; ) {
      const to = Math.min(end, next + together);
      const death = await runProcess({ kind, seed, folder, from: next, to }, watch);
      if (death !== undefined)
        report.problems.push({ what: `${kind}, number ${death.index}`, problem: `the process ${death.how}` });
      next = death === undefined ? to : death.index + 1;
    }
  };
  try {
    if (from === undefined) {
      await writeLargeSeeds(folder);
      await run("sound", 0, 1, 1);
      await run("bombs", 0, bombs().length, 1);
      await run("large", 0, Math.floor(count / SMALL_PER_LARGE), 1);
    }
    await run("pictures", from ?? 0, (from ?? 0) + count, count);
  } finally {
    await rm(folder, { recursive: true });
  }
  for (const [kind, peak] of Object.entries(report.peaks))
    if (peak > MOST_MEMORY) report.problems.push({ what: kind, problem: `${Math.ceil(peak / 1e6)} MB were resident` });
  return report;
}

function note(report: ImagesReport, told: Told, sound: number): void {
  const { kind, index, ms, peak } = told;
  report.peaks[kind] = Math.max(report.peaks[kind] ?? 0, peak);
  if (ms > report.slowest.ms) report.slowest = { ms, what: `${kind}, number ${index}` };
  const wrong = (what: string, problem: string) => report.problems.push({ what, problem });
  if (told.kind === "sound") return;
  if (told.kind === "bombs") {
    const { name, stopped, cost, problem } = told.trial;
    const share = cost / sound;
    report.bombs.push({ ...told.trial, share });
    if (problem !== undefined) wrong(name, problem);
    if (share > MOST_SHARE[stopped]) wrong(name, `it took ${share.toFixed(2)} of what a sound photo takes`);
    return;
  }
  const { role, outcome, problem, seed, mutation } = told.trial;
  report[kind === "large" ? "large" : "small"]++;
  const outcomes = report.outcomes[role] ?? {};
  report.outcomes[role] = outcomes;
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  if (problem !== undefined) wrong(`${kind}, number ${index}, ${role}: ${seed}, ${mutation}`, problem);
}

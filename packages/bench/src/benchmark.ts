import type { Spread } from "./measure.ts";

/** Something that was measured, in its own unit. */
export interface Figure extends Spread {
  what: string;
  unit: "/s" | "µs" | "ms" | "KB" | "dB";
}

/** One measured thing over another of the same run: what survives a change of machine. */
export interface Ratio extends Spread {
  what: string;
  against: string;
  better: "higher" | "lower" | "nearer to 1";
}

export interface Findings {
  figures: readonly Figure[];
  ratios: readonly Ratio[];
  /** One row per case, where a benchmark has cases. */
  details?: readonly Readonly<Record<string, string | number>>[];
  /** What a reader must know to take the figures for what they are. */
  notes: readonly string[];
}

/** `smoke` runs everything once and small: whether it works, not how fast. */
export type Effort = "full" | "smoke";

export interface Run {
  effort: Effort;
  /** Says in a few words what is under way. */
  progress(text: string): void;
}

export interface Benchmark {
  name: string;
  describe: string;
  run(run: Run): Promise<Findings>;
}

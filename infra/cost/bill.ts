import { PRICES, STANDING, type Unit } from "./prices.ts";

/** What was counted in a run, and what it takes to read it. */
export interface Measured {
  edits: number;
  /** As `Usage` counts, and `log bytes`, `result bytes`, `stored bytes`. */
  counts: Record<string, number>;
  /** What is there whether used or not, where somebody is told of alarms. */
  standing: { alarms: number; dashboards: number };
  /** Of the photo that was uploaded. */
  photoBytes: number;
  /** MB, by function. */
  memory: Record<string, number>;
  /** Micro-USD a picture, as the model's record has it, and who says so. */
  provider: { model: string; microUsd: number; source: string };
  machine: string;
  date: string;
}

export interface Item {
  unit: Unit;
  amount: number;
  usd: number;
}

const GB = 1e9;
/** Results are kept for a week unless told otherwise, and so is a job's execution. */
const KEPT_MONTHS = 7 / 30;

/** So many units of each thing that is billed, for so many edits. */
export function unitsFor(edits: number, { counts, memory, ...measured }: Measured): Record<Unit, number> {
  const scale = edits / measured.edits;
  const sum = (wanted: (what: string) => boolean, weight = (_: string) => 1) =>
    Object.entries(counts).reduce((all, [what, n]) => all + (wanted(what) ? n * weight(what) : 0), 0) * scale;
  const of = (...names: string[]) => sum((what) => names.includes(what));
  const gigabytes = (what: string) => (memory[what.replace(/ ms$/, "")] ?? 0) / 1024;
  return {
    "Lambda requests": sum((what) => what.endsWith(" invocations")),
    "Lambda GB-seconds": sum((what) => what.endsWith(" ms"), gigabytes) / 1000,
    "durable operations": of("durable operations"),
    "durable GB written": of("durable bytes") / GB,
    "durable GB-months kept": (of("durable bytes") / GB) * KEPT_MONTHS,
    "DynamoDB write units": of("table writes"),
    "DynamoDB read units": of("table reads"),
    "S3 writes and lists": of("s3 PUT", "s3 LIST"),
    "S3 reads": of("s3 GET", "s3 HEAD"),
    "S3 GB-months": (of("stored bytes") / GB) * KEPT_MONTHS,
    "gateway requests": of("gateway requests"),
    "GB to the internet": of("result bytes") / GB,
    "GB of logs": of("log bytes") / GB,
  };
}

export function priced(units: Record<Unit, number>): Item[] {
  return (Object.keys(PRICES) as Unit[]).map((unit) => {
    const { usd, per } = PRICES[unit];
    return { unit, amount: units[unit], usd: (units[unit] / per) * usd };
  });
}

/** An idle month of what stands there, US dollars. */
export const idleMonth = ({ standing }: Pick<Measured, "standing">): Record<keyof typeof STANDING, number> => ({
  alarms: Math.max(0, standing.alarms - STANDING.alarms.free) * STANDING.alarms.usd,
  dashboards: Math.max(0, standing.dashboards - STANDING.dashboards.free) * STANDING.dashboards.usd,
});

export const totalOf = (items: readonly Item[]): number => items.reduce((sum, { usd }) => sum + usd, 0);

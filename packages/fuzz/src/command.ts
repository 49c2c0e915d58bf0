/** What `npm run fuzz` can do. */
export interface Command {
  name: string;
  /** In a line. */
  describe: string;
  /** How many are tried unless it is said. */
  count: number;
  /** Whether it can begin in the middle: `--from`. */
  numbered?: true;
  /** @returns how many defects were found */
  run(options: RunOptions): Promise<number>;
}

export interface RunOptions {
  count: number;
  seed: number;
  /** The number of the first. */
  from: number | undefined;
  /** Ends it early, with what was found so far. */
  signal: AbortSignal;
}

const WIDTH = 30;
/** Where nobody watches, a line is written so often. */
const LINES = 20;

/** Draws how far it is: on a terminal in one line, elsewhere in twenty. */
export function createProgress(total: number) {
  const began = performance.now();
  const { isTTY } = process.stderr;
  let drawn = 0;
  return (done: number, more: string): void => {
    if (!isTTY && Math.floor((done / total) * LINES) === drawn) return;
    drawn = Math.floor((done / total) * LINES);
    const bar = "█".repeat(Math.round((done / total) * WIDTH)).padEnd(WIDTH, "░");
    const rate = Math.round(done / ((performance.now() - began) / 1000));
    process.stderr.write(`\r${bar} ${done}/${total} ${rate}/s, ${more}${isTTY && done < total ? "" : "\n"}`);
  };
}

/** `taken × 3  asset_invalid × 7` */
export const counted = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([what, times]) => `${what} × ${times}`)
    .join("  ");

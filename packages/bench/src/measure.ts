/**
 * Measuring for a noisy machine. tinybench runs one task to its end before the next begins, so
 * whatever the neighbours do in the meantime becomes part of the ratio. Here the contenders take
 * turns, a ratio is taken within each round, and only then the median of them all.
 */

/** Median and the middle half of some samples. */
export interface Spread {
  median: number;
  /** A quarter of the samples lies below. */
  low: number;
  /** A quarter of the samples lies above. */
  high: number;
  samples: number;
}

/** @throws RangeError without a sample */
export function spreadOf(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new RangeError("a spread needs at least 1 sample, got 0");
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    samples: sorted.length,
  };
}

/** Between two samples, in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export interface Rounds {
  rounds: number;
  /** Rounds before the first that counts: compilation and caches are not what is measured. */
  warmups: number;
  onRound?: (round: number) => void;
}

/**
 * Lets the contenders take turns, each once a round; who begins moves on by one with every round.
 * @returns what each contender returned in the rounds that count
 */
export async function interleave<Name extends string, Sample>(
  contenders: Readonly<Record<Name, () => Promise<Sample>>>,
  { rounds, warmups, onRound }: Rounds,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>;
  for (let round = -warmups; round < rounds; round++) {
    const first = (round + warmups) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const sample = await contenders[name]();
      if (round >= 0) samples[name].push(sample);
    }
    if (round >= 0) onRound?.(round + 1);
  }
  return samples;
}

/** How many times `these` are `those`, round by round. */
export const ratioOf = (these: readonly number[], those: readonly number[]): Spread =>
  spreadOf(these.map((sample, round) => sample / (those[round] ?? Number.NaN)));

/** How long a call took, ms. */
export async function timed(call: () => unknown): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

/** Calls a second, of `count` calls one after another. */
export async function rateOf(count: number, call: (i: number) => unknown): Promise<number> {
  const ms = await timed(async () => {
    for (let i = 0; i < count; i++) await call(i);
  });
  return (count / ms) * 1000;
}

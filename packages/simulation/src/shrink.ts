import type { Violation } from "./law.ts";
import { type Outcome, simulate } from "./run.ts";
import type { Mutant } from "./site.ts";

/** Runs that shrinking may take. */
const MOST_RUNS = 400;

/**
 * Leaves out faults, clients and forgers, half of them at a time and then fewer, while the same invariant is
 * broken.
 * @returns the smallest run that was found, with its trace
 */
export async function shrink(seed: number, violation: Violation, mutant?: Mutant): Promise<Outcome> {
  let runs = 0;
  const attempt = async (without: ReadonlySet<string>, traced = false) => {
    runs += 1;
    const outcome = await simulate({ seed, without, traced }, mutant);
    return outcome.violation?.invariant === violation.invariant ? outcome : undefined;
  };

  let without: ReadonlySet<string> = new Set();
  let smallest = await attempt(without);
  let size = Math.ceil((smallest?.parts.length ?? 0) / 2);
  while (smallest !== undefined && size >= 1 && runs < MOST_RUNS) {
    const { parts }: Outcome = smallest;
    let smaller: Outcome | undefined;
    for (let from = 0; from < parts.length && smaller === undefined && runs < MOST_RUNS; from += size) {
      const fewer = new Set([...without, ...parts.slice(from, from + size)]);
      smaller = await attempt(fewer);
      if (smaller !== undefined) without = fewer;
    }
    if (smaller !== undefined) smallest = smaller;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return (await attempt(without, true)) ?? simulate({ seed, traced: true }, mutant);
}

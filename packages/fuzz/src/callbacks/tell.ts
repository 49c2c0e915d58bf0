import { counted } from "../command.ts";
import type { CallbackReport } from "./fuzz.ts";

/** Upper ends of what is counted together, ms. */
const BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, Number.POSITIVE_INFINITY];
const WIDTH = 40;

/** Of samples in order, the one that so large a share is no longer than. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;

/** What was answered, how fast the genuine ones were, and what was not as it should be. */
export function tellCallbacks({ forged, answers, acknowledged, surprises }: CallbackReport): void {
  for (const [forgery, statuses] of Object.entries(answers)) console.log(`${forgery.padEnd(36)}${counted(statuses)}`);
  if (acknowledged.length > 0) tellDelays(acknowledged);
  for (const surprise of surprises) console.log(`\n${surprise}`);
  console.log(`\n${forged} forged, ${acknowledged.length} genuine, ${surprises.length} surprises`);
}

function tellDelays(acknowledged: readonly number[]): void {
  console.log("\nGenuine callbacks, acknowledged within (ms):");
  let from = 0;
  for (const bound of BOUNDS) {
    const count = acknowledged.filter((ms) => ms > from && ms <= bound).length;
    from = bound;
    const bar = "█".repeat(Math.ceil((count / acknowledged.length) * WIDTH));
    if (count > 0) console.log(`${String(bound).padStart(8)} ${String(count).padStart(7)} ${bar}`);
  }
  const [half, most] = [0.5, 0.99].map((share) => quantile(acknowledged, share).toFixed(1));
  console.log(`p50 ${half} ms, p99 ${most} ms, longest ${quantile(acknowledged, 1).toFixed(1)} ms`);
}

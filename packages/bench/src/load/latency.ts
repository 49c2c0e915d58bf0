/** Upper ends of the histogram's classes, ms. What took longer is counted in a last one. */
export const CLASSES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const;

/** How many latencies fall in each class: up to the first end, up to the second …, and beyond the last. */
export function histogramOf(latencies: readonly number[]): number[] {
  const counts = Array.from({ length: CLASSES.length + 1 }, () => 0);
  for (const latency of latencies) {
    const found = CLASSES.findIndex((end) => latency <= end);
    const at = found < 0 ? CLASSES.length : found;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** The least latency that so large a share, 0–1, did not exceed. @throws RangeError without any */
export function percentile(latencies: readonly number[], share: number): number {
  const sorted = latencies.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError("a percentile needs at least 1 latency");
  return value;
}

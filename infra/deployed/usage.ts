/** What a bill is made of, counted by whatever stands in for what would be billed: `s3 PUT`, `Api ms`. */
export interface Usage {
  add(what: string, amount?: number): void;
  /** In alphabetical order. */
  counts(): Record<string, number>;
  /** Begins anew. */
  clear(): void;
}

export function countUsage(): Usage {
  const counts = new Map<string, number>();
  return {
    add: (what, amount = 1) => void counts.set(what, (counts.get(what) ?? 0) + amount),
    counts: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    clear: () => counts.clear(),
  };
}

/** Numbers that are the same for the same seed (mulberry32). */
export interface Random {
  /** 0 to below 1. */
  next(): number;
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Uint8Array;
}

export function randomOf(seed: number, index = 0): Random {
  let state = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    next,
    below,
    pick<T>(list: readonly T[]): T {
      const value = list[below(list.length)];
      if (value === undefined) throw new RangeError("there is nothing to pick from");
      return value;
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  };
}

import type { Ids } from "@infill/core";

const FNV_PRIME = 0x01000193;

/**
 * 32 bits that a seed and a name give (FNV-1a, finished as Murmur 3 is). Drawn by name, not in turn: what is
 * drawn for one thing never moves what is drawn for another, so a fault can be left out and all else stays.
 */
function bitsFor(seed: number, name: string): number {
  let hash = Math.imul(seed, 0x9e3779b1) ^ 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Chance by name, from one seed. */
export interface Draw {
  /** In [0, 1). */
  (name: string): number;
  /** A whole number in [from, to]. */
  whole(name: string, from: number, to: number): number;
  /** One of a list. */
  of<T>(name: string, list: readonly [T, ...T[]]): T;
}

export function drawFrom(seed: number): Draw {
  const draw = (name: string) => bitsFor(seed, name) / 2 ** 32;
  const whole = (name: string, from: number, to: number) => from + Math.floor(draw(name) * (to - from + 1));
  return Object.assign(draw, {
    whole,
    of: <T>(name: string, list: readonly [T, ...T[]]): T => list[whole(name, 0, list.length - 1)] ?? list[0],
  });
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Ids of one who makes them: the n-th is the same on every run. */
export function idsOf(draw: Draw, owner: string): Ids {
  let made = 0;
  /** Six letters of each 32 bits. */
  const text = (length: number, name: string) => {
    let letters = "";
    for (let part = 0; letters.length < length; part++) {
      let bits = Math.floor(draw(`${name} ${part}`) * 2 ** 30);
      for (let i = 0; i < 6; i++, bits >>>= 5) letters += ALPHABET[bits & 31];
    }
    return letters.slice(0, length);
  };
  return {
    make: (prefix) => `${prefix}_${text(26, `id ${owner} ${made++}`)}`,
    secret: () => text(43, `secret ${owner} ${made++}`),
  };
}

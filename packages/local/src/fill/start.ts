import { type Kernel, NO_MATCH } from "./kernel.ts";
import { type Level, PATCH_RADIUS } from "./pyramid.ts";

/** A solved level, as the next finer one needs it. */
export interface Solved {
  level: Level;
  matches: Int32Array;
  costs: Int32Array;
}

/** Patch comparisons that are affordable for peeling one level. */
const PEEL_BUDGET = 40_000_000;
/** The share of the sources that a seed peels with, unless there are few. */
const PEELED_SHARE = 0.5;
const FEW_SOURCES = 64;

/** Gives every target of a level a first match and every hole px a first colour; `focus` as for voting. */
export function start(kernel: Kernel, level: Level, coarser: Solved | undefined, focus: number, seed: number): void {
  if (coarser) inherit(kernel, level, coarser);
  peelRest(kernel, level, focus, seed);
  borrow(kernel, level);
}

/** Takes the matches from half the size: twice the way, at once sharper than enlarging the picture. */
function inherit({ matches, costs }: Kernel, { width, targets, sourceMap }: Level, coarser: Solved): void {
  const below = coarser.level;
  for (const p of targets) {
    const y = Math.floor(p / width);
    const x = p - y * width;
    const cx = clamp(x >> 1, PATCH_RADIUS, below.width - 1 - PATCH_RADIUS);
    const cy = clamp(y >> 1, PATCH_RADIUS, below.height - 1 - PATCH_RADIUS);
    const c = cy * below.width + cx;
    const match = coarser.matches[c] ?? NO_MATCH;
    if (match < 0) continue;
    const my = Math.floor(match / below.width);
    const mx = match - my * below.width;
    const straight = (2 * (my - cy) + y) * width + 2 * (mx - cx) + x;
    const nearby = (2 * my + (y & 1)) * width + 2 * mx + (x & 1);
    const found = sourceMap[straight] ? straight : nearby;
    if (!sourceMap[found]) continue;
    matches[p] = found;
    costs[p] = coarser.costs[c] ?? 0;
  }
}

/**
 * Fills what no match reaches from its edge inwards, layer by layer, each px by the sources that fit what is known
 * around it: the whole hole on the coarsest level, and on finer ones the parts too thin to be seen from there.
 */
function peelRest(kernel: Kernel, level: Level, focus: number, seed: number): void {
  const { width, height, sources } = level;
  let rest = unreached(kernel, level);
  if (rest.length === 0) return;
  const unknown = new Uint8Array(width * height);
  kernel.known.fill(255);
  for (const p of rest) {
    unknown[p] = 1;
    kernel.known.fill(0, 4 * p, 4 * p + 4);
  }
  kernel.setSources(someOf(sources, PEEL_BUDGET / rest.length, seed));
  while (rest.length > 0) {
    const layer = rest.filter((p) => {
      const x = p % width;
      return (
        (x > 0 && !unknown[p - 1]) ||
        (x < width - 1 && !unknown[p + 1]) ||
        (p >= width && !unknown[p - width]) ||
        (p < width * (height - 1) && !unknown[p + width])
      );
    });
    for (const p of layer) {
      const y = Math.floor(p / width);
      const cx = clamp(p - y * width, PATCH_RADIUS, width - 1 - PATCH_RADIUS);
      const centre = clamp(y, PATCH_RADIUS, height - 1 - PATCH_RADIUS) * width + cx;
      kernel.peel(centre);
      kernel.weights[centre] = 1;
    }
    kernel.vote(layer, focus);
    for (const p of layer) {
      unknown[p] = 0;
      kernel.known.fill(255, 4 * p, 4 * p + 4);
    }
    rest = rest.filter((p) => unknown[p]);
  }
  kernel.setSources(sources);
}

/**
 * A random choice of the sources, at most about `limit`: another seed begins with others, and so may come to another
 * picture. What the peeling misses, the search finds.
 */
function someOf(sources: Int32Array, limit: number, seed: number): Int32Array {
  const share = sources.length < FEW_SOURCES ? 1 : Math.min(PEELED_SHARE, limit / sources.length);
  const chosen = sources.filter((p) => scrambled(p, seed) < share);
  return chosen.length > 0 ? chosen : sources.subarray(0, 1);
}

/** A number 0–1 that looks random, the same for the same two (the finaliser of MurmurHash3). */
function scrambled(value: number, seed: number): number {
  let h = (Math.imul(value, 0x9e3779b1) ^ seed) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** The hole px over which no patch has a match. */
function unreached({ matches }: Kernel, { width, height, targets, holes }: Level): Int32Array {
  const reached = new Uint8Array(width * height);
  for (const p of targets) {
    if ((matches[p] ?? NO_MATCH) < 0) continue;
    for (let dy = -PATCH_RADIUS; dy <= PATCH_RADIUS; dy++) {
      const line = p + dy * width;
      reached.fill(1, line - PATCH_RADIUS, line + PATCH_RADIUS + 1);
    }
  }
  return holes.filter((p) => !reached[p]);
}

/** Targets still without a match take a neighbour's; the search will better it. */
function borrow({ matches, costs }: Kernel, { width, targets, sources, sourceMap }: Level): void {
  let without = targets.filter((p) => (matches[p] ?? NO_MATCH) < 0);
  const steps = [-1, 1, -width, width];
  while (without.length > 0) {
    for (const p of without) {
      for (const step of steps) {
        const match = matches[p + step] ?? NO_MATCH;
        if (match < 0) continue;
        matches[p] = sourceMap[match - step] ? match - step : match;
        costs[p] = costs[p + step] ?? 0;
        break;
      }
    }
    const still = without.filter((p) => (matches[p] ?? NO_MATCH) < 0);
    // a patch of targets that touches no other: cannot be while every hole px is reached, but must not hang
    if (still.length === without.length) for (const p of still) matches[p] = sources[0] ?? NO_MATCH;
    without = still;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

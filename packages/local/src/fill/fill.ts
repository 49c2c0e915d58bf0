import { levelLight } from "./blend.ts";
import { Kernel } from "./kernel.ts";
import { fullSize, halved, type Level } from "./pyramid.ts";
import { type Solved, start } from "./start.ts";

/** A photo with a hole. */
export interface FillInput {
  /** px. */
  width: number;
  /** px. */
  height: number;
  /** 3 bytes a px. */
  rgb: Uint8Array;
  /** 1 byte a px; 128 and more is hole. */
  mask: Uint8Array;
  /** Same pixels, mask and seed: same bytes. 0–4294967295. */
  seed: number;
}

/** Fewest whole 7×7 patches beside the hole that a fill can draw on. */
export const MIN_SOURCES = 16;

/** The hole leaves too little to fill it from. */
export class TooFewSources extends Error {
  readonly sources: number;

  constructor(sources: number) {
    super(`the hole leaves ${sources} whole 7×7 px patches beside it; filling needs at least ${MIN_SOURCES}`);
    this.name = "TooFewSources";
    this.sources = sources;
  }
}

/** Halving stops where the deepest hole px is this near to the known: a patch then sees both of its shores. */
const SHALLOW = 8;
/** … unless comparing every target with every source there would still take longer than this. */
const COMPARISONS = 4_000_000;
/** Rounds on a small level that compare everything with everything; later ones only refine. */
const EXHAUSTIVE_ROUNDS = 4;
/** Smaller than this, px, or with fewer sources, a level tells nothing any more. */
const MIN_SIDE = 24;
const MIN_LEVEL_SOURCES = 200;

/** An opinion loses this factor for every px its patch lies inside the hole: what is known spreads inwards. */
const FALLOFF = 1.3;
/** The share of patches that match well: their worst cost is the scale on which all others lose weight. */
const GOOD_SHARE = 0.4;
/** Squared colour difference at which a vote stops mixing and starts deciding. */
const FOCUS = 100;
/** The same for the very last vote, which makes the pixels that are seen. */
const LAST_FOCUS = 50;
/** How far the search looks around on the finest level, px: where things come from is settled by then. */
const FINEST_REACH = 64;

/**
 * Fills the hole of a photo from its surroundings and returns the whole photo, 3 bytes a px; px outside the hole
 * are the caller's own.
 *
 * Exemplar-based, from coarse to fine (Wexler, Shechtman and Irani 2007; Barnes et al. 2009; Newson et al. 2014):
 * on every level each patch that touches the hole looks for its like among those that do not, then every hole px
 * becomes what the patches over it agree on, again and again. At last the light is levelled.
 *
 * Takes hundreds of milliseconds at 1024²: run it off the event loop (`fillInWorker`).
 *
 * @param onProgress 0–1, rising, 1 at the end
 * @throws TooFewSources
 */
export function fillHole(input: FillInput, onProgress: (progress: number) => void = () => {}): Uint8Array<ArrayBuffer> {
  const { width, height, rgb, mask, seed } = input;
  const filled = new Uint8Array(rgb);
  const full = fullSize(width, height, rgb, mask);
  if (full.holes.length > 0) {
    if (full.sources.length < MIN_SOURCES) throw new TooFewSources(full.sources.length);
    const levels = pyramid(full);
    const kernel = new Kernel(full, seed);
    const work = levels.reduce((sum, level) => sum + rounds(level) * level.targets.length, 0);
    let done = 0;
    let coarser: Solved | undefined;
    for (const level of levels.toReversed()) {
      kernel.load(level);
      solve(kernel, level, coarser, level === full, seed, () => {
        done += level.targets.length;
        onProgress((0.98 * done) / work);
      });
      if (level !== full) coarser = { level, matches: kernel.matches.slice(), costs: kernel.costs.slice() };
    }
    finish(kernel, full, filled);
  }
  onProgress(1);
  return filled;
}

function pyramid(full: Level): Level[] {
  const levels: Level[] = [];
  let level = full;
  for (;;) {
    levels.push(level);
    if (level.thickness <= SHALLOW && level.targets.length * level.sources.length <= COMPARISONS) return levels;
    const next = halved(level);
    if (Math.min(next.width, next.height) < MIN_SIDE || next.sources.length < MIN_LEVEL_SOURCES) return levels;
    // thin holes vanish on the way down
    if (next.holes.length === 0) return levels;
    level = next;
  }
}

/** Rounds of search and vote: many where they are cheap and decide what is seen, few where they only refine. */
function rounds({ targets }: Level): number {
  return Math.max(2, Math.min(12, Math.round(60_000 / targets.length)));
}

function solve(
  kernel: Kernel,
  level: Level,
  coarser: Solved | undefined,
  finest: boolean,
  seed: number,
  onRound: () => void,
): void {
  const { targets, holes, sources } = level;
  const confidence = new Float32Array(targets.length);
  for (let i = 0; i < targets.length; i++) {
    confidence[i] = FALLOFF ** -Math.min(100, level.depth[targets[i] ?? 0] ?? 0);
  }
  start(kernel, level, coarser, FOCUS, seed);
  if (coarser) {
    weigh(kernel, targets, confidence);
    kernel.vote(holes, 0);
  }
  const total = rounds(level);
  const exhaustive = targets.length * sources.length <= COMPARISONS;
  const reach = finest && coarser ? FINEST_REACH : Math.max(level.width, level.height);
  const passes = total > 4 ? 4 : 2;
  for (let round = 1; round <= total; round++) {
    kernel.measure(targets);
    if (exhaustive && round <= EXHAUSTIVE_ROUNDS) kernel.exhaust(targets);
    else for (let pass = 0; pass < passes; pass++) kernel.search(targets, pass % 2 === 1, reach);
    weigh(kernel, targets, confidence);
    const last = round === total;
    kernel.vote(holes, last && finest ? LAST_FOCUS : last || total > 4 ? FOCUS : 0);
    onRound();
  }
}

/** Weighs the targets' opinions by how well they match and how near they are to what is known. */
function weigh({ costs, weights }: Kernel, targets: Int32Array, confidence: Float32Array): void {
  const step = Math.ceil(targets.length / 4096);
  const sample = new Int32Array(Math.ceil(targets.length / step));
  for (let i = 0; i < sample.length; i++) sample[i] = costs[targets[i * step] ?? 0] ?? 0;
  sample.sort();
  // at least 4 a px, so that a perfect match here and there does not silence all others
  const scale = Math.max(4 * 49, sample[Math.floor(sample.length * GOOD_SHARE)] ?? 0);
  for (let i = 0; i < targets.length; i++) {
    const p = targets[i] ?? 0;
    // never 0: a px whose patches all match badly still needs a colour
    weights[p] = (confidence[i] ?? 0) * Math.exp(-(costs[p] ?? 0) / (2 * scale)) + 1e-30;
  }
}

/** Levels the light of the solved hole with its border and writes it into `filled`. */
function finish(kernel: Kernel, full: Level, filled: Uint8Array): void {
  const { width, height } = full;
  const ring = full.targets.filter((p) => !full.hole[p]);
  const correction = levelLight(width, height, {
    ring,
    errors: kernel.judge(ring),
    holes: full.holes,
    right: kernel.drift(full.holes, 1),
    down: kernel.drift(full.holes, width),
  });
  const light = new Float32Array(3);
  for (const p of full.holes) {
    const y = Math.floor(p / width);
    const x = p - y * width;
    correction(x, y, light);
    for (let channel = 0; channel < 3; channel++) {
      const colour = (kernel.pixels[4 * p + channel] ?? 0) + (light[channel] ?? 0);
      filled[3 * p + channel] = Math.max(0, Math.min(255, Math.round(colour)));
    }
  }
}

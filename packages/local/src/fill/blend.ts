/**
 * Sides of the square blocks the correction is worked out on, px: what is smooth settles fast on large ones, and the
 * seams themselves need every px.
 */
const BLOCKS = [8, 4, 2, 1];
/** Sweeps on each: the larger blocks have settled all that is far-reaching. */
const SWEEPS: Record<number, number> = { 8: 60, 4: 40, 2: 20, 1: 10 };
/** Border errors above this (sum of three channels, 0–765) are not heard: they are another thing, not another light. */
const BORDER_LIMIT = 60;
/** The same for a seam's step: a cast shadow's edge is one, a white cup before a brown table is not. */
const SEAM_LIMIT = 200;
/** Over-relaxation, 1–2: how far beyond its neighbours' wish a block goes, for a wish to cross the hole sooner. */
const EAGERNESS = 1.85;

/** What is known to be wrong about a fill: 4 values a px, of which the first three are red, green, blue. */
export interface Flaws {
  /** Indices of the known px beside the hole. */
  ring: Int32Array;
  /** For each of them, its colour less what the fill would have made of it. */
  errors: Float32Array;
  /** Indices of the hole px. */
  holes: Int32Array;
  /** For each of them, what is missing in the step of colour to the px at its right. */
  right: Float32Array;
  /** For each of them, what is missing in the step of colour to the px below. */
  down: Float32Array;
}

/** A grid of blocks with 3 values each, heard from px one after the other and then averaged. */
class Blocks {
  readonly width: number;
  readonly limit: number;
  readonly values: Float32Array;
  readonly heard: Float32Array;

  constructor(width: number, height: number, limit: number) {
    this.width = width;
    this.limit = limit;
    this.values = new Float32Array(3 * width * height);
    this.heard = new Float32Array(width * height);
  }

  hear(x: number, y: number, from: Float32Array, i: number): void {
    const r = at(from, i);
    const g = at(from, i + 1);
    const b = at(from, i + 2);
    // also refuses NaN: a px no patch has an opinion on
    if (!(Math.abs(r) + Math.abs(g) + Math.abs(b) <= this.limit)) return;
    const block = y * this.width + x;
    this.heard[block] = at(this.heard, block) + 1;
    this.values[3 * block] = at(this.values, 3 * block) + r;
    this.values[3 * block + 1] = at(this.values, 3 * block + 1) + g;
    this.values[3 * block + 2] = at(this.values, 3 * block + 2) + b;
  }

  average(scale: number): void {
    for (let block = 0; block < this.heard.length; block++) {
      const heard = at(this.heard, block);
      if (heard === 0) continue;
      for (let i = 3 * block; i < 3 * block + 3; i++) this.values[i] = (scale * at(this.values, i)) / heard;
    }
  }
}

/**
 * A smooth correction of the light inside a hole (Poisson's equation): at the border it is what the fill gets wrong
 * there, and between px it makes up for the steps of colour that the sources do not have. So the tone meets at the
 * border, and where patches from two lights meet no seam shows.
 *
 * @param width of the picture, px
 * @param height of the picture, px
 * @returns what gives the correction at a px
 */
export function levelLight(width: number, height: number, flaws: Flaws): Correction {
  let correction: Correction | undefined;
  for (const side of BLOCKS) correction = levelBlocks(width, height, flaws, side, correction);
  return correction ?? ((_x, _y, into) => void into.fill(0));
}

/** Writes the correction at a px, per channel, to the first three places. */
type Correction = (x: number, y: number, into: Float32Array) => void;

/** @param coarser where to begin: the correction that larger blocks came to */
function levelBlocks(
  width: number,
  height: number,
  { ring, errors, holes, right, down }: Flaws,
  side: number,
  coarser: Correction | undefined,
): Correction {
  // a frame of one block all around, so that every block has four neighbours
  const across = Math.ceil(width / side) + 2;
  const along = Math.ceil(height / side) + 2;
  const blockOf = (px: number): number => Math.floor(px / side) + 1;
  const light = new Blocks(across, along, BORDER_LIMIT);
  const toRight = new Blocks(across, along, SEAM_LIMIT);
  const toBelow = new Blocks(across, along, SEAM_LIMIT);
  const inside = new Uint8Array(across * along);
  for (let i = 0; i < ring.length; i++) {
    const p = at(ring, i);
    const y = Math.floor(p / width);
    light.hear(blockOf(p - y * width), blockOf(y), errors, 4 * i);
  }
  light.average(1);
  for (let i = 0; i < holes.length; i++) {
    const p = at(holes, i);
    const y = Math.floor(p / width);
    const x = p - y * width;
    inside[blockOf(y) * across + blockOf(x)] = 1;
    // a step ends where its px does, and counts between the middles of two blocks
    toRight.hear(blockOf(x + 1 - side / 2), blockOf(y), right, 4 * i);
    toBelow.hear(blockOf(x), blockOf(y + 1 - side / 2), down, 4 * i);
  }
  toRight.average(side);
  toBelow.average(side);
  if (coarser) begin(light, inside, side, coarser);
  settle(light, inside, toRight.values, toBelow.values, SWEEPS[side] ?? 0);
  return (x, y, into) => {
    into.fill(0);
    const u = (x + 0.5) / side + 0.5;
    const v = (y + 0.5) / side + 0.5;
    const i = Math.floor(u);
    const j = Math.floor(v);
    // blocks without a say, outside the hole, do not pull the correction down
    let weights = 0;
    for (let k = 0; k < 4; k++) {
      const block = (j + (k >> 1)) * across + i + (k & 1);
      if (!inside[block] && !light.heard[block]) continue;
      const weight = (k & 1 ? u - i : 1 - u + i) * (k >> 1 ? v - j : 1 - v + j);
      if (weight === 0) continue;
      weights += weight;
      for (let c = 0; c < 3; c++) into[c] = at(into, c) + weight * at(light.values, 3 * block + c);
    }
    if (weights > 0) for (let c = 0; c < 3; c++) into[c] = at(into, c) / weights;
  };
}

/** Gives the blocks of the hole what larger blocks came to. */
function begin({ width, values, heard }: Blocks, inside: Uint8Array, side: number, coarser: Correction): void {
  const three = new Float32Array(3);
  inside.forEach((is, block) => {
    if (!is || heard[block]) return;
    const x = ((block % width) - 0.5) * side - 0.5;
    const y = (Math.floor(block / width) - 0.5) * side - 0.5;
    coarser(x, y, three);
    values.set(three, 3 * block);
  });
}

/** Lets every block of the hole that is not bound to the border settle between its neighbours. */
function settle(
  { width, values, heard }: Blocks,
  inside: Uint8Array,
  toRight: Float32Array,
  toBelow: Float32Array,
  sweeps: number,
): void {
  const free: number[] = [];
  const takesPart = new Uint8Array(inside.length);
  inside.forEach((is, block) => {
    takesPart[block] = is || at(heard, block) > 0 ? 1 : 0;
    if (is && !heard[block]) free.push(block);
  });
  const row = 3 * width;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const block of free) {
      const left = at(takesPart, block - 1);
      const right = at(takesPart, block + 1);
      const up = at(takesPart, block - width);
      const down = at(takesPart, block + width);
      const count = left + right + up + down;
      if (count === 0) continue;
      for (let i = 3 * block; i < 3 * block + 3; i++) {
        const wish =
          left * (at(values, i - 3) + at(toRight, i - 3)) +
          right * (at(values, i + 3) - at(toRight, i)) +
          up * (at(values, i - row) + at(toBelow, i - row)) +
          down * (at(values, i + row) - at(toBelow, i));
        values[i] = at(values, i) + EAGERNESS * (wish / count - at(values, i));
      }
    }
  }
}

function at(array: { readonly [index: number]: number }, index: number): number {
  return array[index] ?? 0;
}

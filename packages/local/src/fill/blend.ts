/** Side of the square blocks the correction is worked out on, px: it is smooth, so full size would be waste. */
const BLOCK = 4;
/** Errors above this (sum of three channels, 0–765) are not heard: they are another thing, not another light. */
const LIMIT = 60;
const SWEEPS = 120;
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
  readonly values: Float32Array;
  readonly heard: Float32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.values = new Float32Array(3 * width * height);
    this.heard = new Float32Array(width * height);
  }

  hear(x: number, y: number, from: Float32Array, i: number): void {
    const r = at(from, i);
    const g = at(from, i + 1);
    const b = at(from, i + 2);
    // also refuses NaN: a px no patch has an opinion on
    if (!(Math.abs(r) + Math.abs(g) + Math.abs(b) <= LIMIT)) return;
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
 * @returns the correction at a px, per channel (0–2)
 */
export function levelLight(
  width: number,
  height: number,
  { ring, errors, holes, right, down }: Flaws,
): (x: number, y: number, channel: number) => number {
  // a frame of one block all around, so that every block has four neighbours
  const across = Math.ceil(width / BLOCK) + 2;
  const along = Math.ceil(height / BLOCK) + 2;
  const light = new Blocks(across, along);
  const toRight = new Blocks(across, along);
  const toBelow = new Blocks(across, along);
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
    // steps count between the middles of two blocks
    toRight.hear(blockOf(x - BLOCK / 2), blockOf(y), right, 4 * i);
    toBelow.hear(blockOf(x), blockOf(y - BLOCK / 2), down, 4 * i);
  }
  toRight.average(BLOCK);
  toBelow.average(BLOCK);
  settle(light, inside, toRight.values, toBelow.values);
  return (x, y, channel) => {
    const u = (x + 0.5) / BLOCK + 0.5;
    const v = (y + 0.5) / BLOCK + 0.5;
    const i = Math.floor(u);
    const j = Math.floor(v);
    // blocks without a say, outside the hole, do not pull the correction down
    let sum = 0;
    let weights = 0;
    for (let k = 0; k < 4; k++) {
      const block = (j + (k >> 1)) * across + i + (k & 1);
      if (!inside[block] && !light.heard[block]) continue;
      const weight = (k & 1 ? u - i : 1 - u + i) * (k >> 1 ? v - j : 1 - v + j);
      sum += weight * at(light.values, 3 * block + channel);
      weights += weight;
    }
    return weights > 0 ? sum / weights : 0;
  };
}

/** Lets every block of the hole that is not bound to the border settle between its neighbours. */
function settle(
  { width, values, heard }: Blocks,
  inside: Uint8Array,
  toRight: Float32Array,
  toBelow: Float32Array,
): void {
  const free: number[] = [];
  inside.forEach((is, block) => {
    if (is && !heard[block]) free.push(block);
  });
  const takesPart = (block: number): boolean => inside[block] === 1 || at(heard, block) > 0;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const block of free) {
      const left = takesPart(block - 1);
      const right = takesPart(block + 1);
      const up = takesPart(block - width);
      const down = takesPart(block + width);
      const count = Number(left) + Number(right) + Number(up) + Number(down);
      if (count === 0) continue;
      for (let i = 3 * block; i < 3 * block + 3; i++) {
        let wish = 0;
        if (left) wish += at(values, i - 3) + at(toRight, i - 3);
        if (right) wish += at(values, i + 3) - at(toRight, i);
        if (up) wish += at(values, i - 3 * width) + at(toBelow, i - 3 * width);
        if (down) wish += at(values, i + 3 * width) - at(toBelow, i);
        values[i] = at(values, i) + EAGERNESS * (wish / count - at(values, i));
      }
    }
  }
}

function blockOf(px: number): number {
  return Math.floor(px / BLOCK) + 1;
}

function at(array: { readonly [index: number]: number }, index: number): number {
  return array[index] ?? 0;
}

/** Patches are 7×7 px: this many px to each side of the centre. */
export const PATCH_RADIUS = 3;

/** A picture at one scale. */
export interface Level {
  width: number;
  height: number;
  /** 4 bytes a px: red, green, blue, texture. Meaningless inside the hole. */
  pixels: Uint8Array;
  /** One byte a px: the share of its area at full size that is known, 0–255. */
  known: Uint8Array;
  /** One byte a px: 1 inside the hole. */
  hole: Uint8Array;
  /** Indices (y · width + x) of the px inside the hole, in reading order. */
  holes: Int32Array;
  /** One byte a px: 1 where the patch around it is wholly inside the picture and touches no hole. */
  sourceMap: Uint8Array;
  /** Indices of those, in reading order. */
  sources: Int32Array;
  /** Indices of the px whose patch is wholly inside the picture and touches the hole, in reading order. */
  targets: Int32Array;
  /** px from each hole px to the nearest known one, roughly; 0 outside the hole. */
  depth: Float32Array;
  /** Depth of the deepest hole px. */
  thickness: number;
}

/**
 * The picture at full size.
 *
 * @param rgb 3 bytes a px
 * @param mask 1 byte a px; 128 and more is hole
 */
export function fullSize(width: number, height: number, rgb: Uint8Array, mask: Uint8Array): Level {
  const count = width * height;
  const known = new Uint8Array(count);
  for (let p = 0; p < count; p++) known[p] = (mask[p] ?? 0) >= 128 ? 0 : 255;
  const pixels = new Uint8Array(count * 4);
  for (let p = 0, from = 0, to = 0; p < count; p++, from += 3, to += 4) {
    pixels[to] = rgb[from] ?? 0;
    pixels[to + 1] = rgb[from + 1] ?? 0;
    pixels[to + 2] = rgb[from + 2] ?? 0;
  }
  addTexture(width, height, pixels, known);
  return survey(width, height, pixels, known);
}

/**
 * The picture at half the size, each side rounded up. A px down here is the mean of what is known of the four
 * above it, and hole when less than half of their area is: holes neither grow nor shrink on the way down.
 */
export function halved(level: Level): Level {
  const width = (level.width + 1) >> 1;
  const height = (level.height + 1) >> 1;
  const pixels = new Uint8Array(width * height * 4);
  const known = new Uint8Array(width * height);
  const from = level.pixels;
  for (let y = 0, p = 0; y < height; y++) {
    const top = 2 * y * level.width;
    const bottom = Math.min(2 * y + 1, level.height - 1) * level.width;
    for (let x = 0; x < width; x++, p++) {
      const left = 2 * x;
      const right = Math.min(left + 1, level.width - 1);
      const a = top + left;
      const b = top + right;
      const c = bottom + left;
      const d = bottom + right;
      const wa = at(level.known, a);
      const wb = at(level.known, b);
      const wc = at(level.known, c);
      const wd = at(level.known, d);
      const all = wa + wb + wc + wd;
      known[p] = all >> 2;
      if (all === 0) continue;
      for (let k = 0; k < 4; k++) {
        const sum =
          wa * at(from, 4 * a + k) + wb * at(from, 4 * b + k) + wc * at(from, 4 * c + k) + wd * at(from, 4 * d + k);
        pixels[4 * p + k] = sum / all + 0.5;
      }
    }
  }
  return survey(width, height, pixels, known);
}

function survey(width: number, height: number, pixels: Uint8Array, known: Uint8Array): Level {
  const hole = new Uint8Array(known.length);
  for (let p = 0; p < known.length; p++) hole[p] = (known[p] ?? 0) < 128 ? 1 : 0;
  const reached = spread(width, height, hole);
  const sourceMap = new Uint8Array(width * height);
  const sources = new Int32Array(width * height);
  const targets = new Int32Array(width * height);
  let sourceCount = 0;
  let targetCount = 0;
  for (let y = PATCH_RADIUS; y < height - PATCH_RADIUS; y++) {
    for (let p = y * width + PATCH_RADIUS, end = (y + 1) * width - PATCH_RADIUS; p < end; p++) {
      if (reached[p]) {
        targets[targetCount++] = p;
      } else {
        sources[sourceCount++] = p;
        sourceMap[p] = 1;
      }
    }
  }
  const holes = new Int32Array(width * height);
  let holeCount = 0;
  for (let p = 0; p < hole.length; p++) if (hole[p]) holes[holeCount++] = p;
  const depth = depths(width, height, hole, holes.subarray(0, holeCount));
  return {
    width,
    height,
    pixels,
    known,
    hole,
    holes: holes.subarray(0, holeCount),
    sourceMap,
    sources: sources.subarray(0, sourceCount),
    targets: targets.subarray(0, targetCount),
    depth,
    thickness: depth.reduce((most, d) => Math.max(most, d), 0),
  };
}

/** A chamfer distance: steps of 1 along a side, 4/3 across a corner. */
function depths(width: number, height: number, hole: Uint8Array, holes: Int32Array): Float32Array {
  const depth = new Float32Array(width * height);
  const read = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? Number.POSITIVE_INFINITY : at(depth, y * width + x);
  const relax = (p: number, side: -1 | 1): void => {
    if (!hole[p]) return;
    const y = Math.floor(p / width);
    const x = p - y * width;
    depth[p] = Math.min(
      at(depth, p),
      read(x + side, y) + 1,
      read(x, y + side) + 1,
      read(x + side, y + side) + 4 / 3,
      read(x - side, y + side) + 4 / 3,
    );
  };
  for (const p of holes) depth[p] = width + height;
  for (const p of holes) relax(p, -1);
  for (let i = holes.length - 1; i >= 0; i--) relax(at(holes, i), 1);
  return depth;
}

/** The hole grown by the patch's radius: not 0 at the centre of every patch that touches it. */
function spread(width: number, height: number, hole: Uint8Array): Uint8Array {
  // how many hole px a window of one patch's length holds, slid along the rows, then down the columns
  const across = new Uint8Array(hole.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let count = 0;
    for (let x = -PATCH_RADIUS; x < width; x++) {
      if (x + PATCH_RADIUS < width) count += at(hole, row + x + PATCH_RADIUS);
      if (x > PATCH_RADIUS) count -= at(hole, row + x - PATCH_RADIUS - 1);
      if (x >= 0) across[row + x] = count;
    }
  }
  const both = new Uint8Array(hole.length);
  const counts = new Uint8Array(width);
  for (let y = -PATCH_RADIUS; y < height; y++) {
    const entering = (y + PATCH_RADIUS) * width;
    const leaving = (y - PATCH_RADIUS - 1) * width;
    for (let x = 0; x < width; x++) {
      let count = at(counts, x);
      if (y + PATCH_RADIUS < height) count += at(across, entering + x);
      if (y > PATCH_RADIUS) count -= at(across, leaving + x);
      counts[x] = count;
      if (y >= 0) both[y * width + x] = count;
    }
  }
  return both;
}

/** How strongly the texture feature counts beside the colours: its mean gradient is multiplied by this. */
const TEXTURE_GAIN = 3;
const TEXTURE_RADIUS = 3;

/**
 * Writes each px's fourth byte: the mean gradient of the known px around it. Averaged down the pyramid it
 * tells rough from smooth where the texture itself has long been averaged away – the idea of Newson et al.,
 * "Non-Local Patch-Based Image Inpainting" (IPOL 2017).
 */
function addTexture(width: number, height: number, pixels: Uint8Array, known: Uint8Array): void {
  const stride = width + 1;
  // summed-area tables of the gradient and of how many px have one
  const gradients = new Uint32Array(stride * (height + 1));
  const counts = new Uint32Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let gradientRow = 0;
    let countRow = 0;
    for (let x = 0; x < width; x++) {
      const p = y * width + x;
      const right = x + 1 < width ? p + 1 : p;
      const down = y + 1 < height ? p + width : p;
      if (known[p] && known[right] && known[down]) {
        const here = brightness(pixels, p);
        gradientRow += Math.abs(brightness(pixels, right) - here) + Math.abs(brightness(pixels, down) - here);
        countRow++;
      }
      const q = (y + 1) * stride + x + 1;
      gradients[q] = at(gradients, q - stride) + gradientRow;
      counts[q] = at(counts, q - stride) + countRow;
    }
  }
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - TEXTURE_RADIUS) * stride;
    const bottom = Math.min(height, y + TEXTURE_RADIUS + 1) * stride;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - TEXTURE_RADIUS);
      const right = Math.min(width, x + TEXTURE_RADIUS + 1);
      const count = box(counts, top, bottom, left, right);
      const gradient = box(gradients, top, bottom, left, right);
      pixels[4 * (y * width + x) + 3] = count === 0 ? 0 : Math.min(255, (TEXTURE_GAIN * gradient) / count);
    }
  }
}

/** The sum over a box of a summed-area table: `top` and `bottom` are where rows start, `left` and `right` columns. */
function box(table: Uint32Array, top: number, bottom: number, left: number, right: number): number {
  return at(table, bottom + right) - at(table, bottom + left) - at(table, top + right) + at(table, top + left);
}

function brightness(pixels: Uint8Array, p: number): number {
  return (at(pixels, 4 * p) + 2 * at(pixels, 4 * p + 1) + at(pixels, 4 * p + 2)) >> 2;
}

function at(array: { readonly [index: number]: number }, index: number): number {
  return array[index] ?? 0;
}

/** Deterministic stand-ins for photographs: the same numbers on every machine, and nobody's picture. */

/** Interleaved RGB, 8 bits, 3 bytes a px. */
export interface Picture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/** A number in [0, 1) that looks random and is the same for the same place. */
export function hash(x: number, y: number, seed: number): number {
  let bits = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ Math.imul(seed | 0, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

/** Value noise: random at whole coordinates, smooth in between, 0–1. */
export function smooth(x: number, y: number, seed: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = ease(x - x0);
  const fy = ease(y - y0);
  const top = mix(hash(x0, y0, seed), hash(x0 + 1, y0, seed), fx);
  const bottom = mix(hash(x0, y0 + 1, seed), hash(x0 + 1, y0 + 1, seed), fx);
  return mix(top, bottom, fy);
}

/** Noise of several scales, each half as coarse and half as strong as the one before; 0–1. `coarsest` in px. */
export function fractal(x: number, y: number, coarsest: number, octaves: number, seed: number): number {
  let sum = 0;
  let weight = 0;
  for (let octave = 0, share = 1, scale = coarsest; octave < octaves; octave++, share /= 2, scale /= 2) {
    sum += share * smooth(x / scale, y / scale, seed + octave);
    weight += share;
  }
  return sum / weight;
}

/** Paints a picture px by px; `colour` gives red, green, blue in 0–255 and is clamped to it. */
export function paint(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): Picture {
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i += 3) rgb.set(colour(x, y), i);
  return { width, height, rgb: new Uint8Array(rgb.buffer) };
}

/** A landscape of sorts: gradients of light, soft shapes, and a sensor's grain. */
export const landscape = (width: number, height: number): Picture =>
  paint(width, height, (x, y) => {
    const light = 70 * (1 - y / height) + 30 * (x / width);
    const shape = 110 * fractal(x, y, width / 6, 3, 1);
    const grain = 24 * (hash(x, y, 9) - 0.5);
    return [light + shape + grain, light + 0.8 * shape + 25 + grain, 1.4 * light + 0.6 * shape + 20 + grain];
  });

const ease = (t: number) => t * t * (3 - 2 * t);
const mix = (a: number, b: number, t: number) => a + (b - a) * t;

/**
 * A hole in the middle with a wavy edge, 1 byte a px: 255 inside.
 * @param share of the picture's area that it covers, 0–1
 */
export function wavyHole({ width, height }: { width: number; height: number }, share: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  // the waves add their mean square to the area
  const radius = Math.sqrt((share * width * height) / Math.PI / (1 + (0.2 ** 2 + 0.1 ** 2) / 2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = x - width / 2;
      const dy = y - height / 2;
      const angle = Math.atan2(dy, dx);
      const edge = radius * (1 + 0.2 * Math.sin(3 * angle) + 0.1 * Math.sin(7 * angle + 1));
      if (dx * dx + dy * dy < edge * edge) mask[y * width + x] = 255;
    }
  }
  return mask;
}

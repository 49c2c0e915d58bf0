import type { Picture } from "../synthetic.ts";

/** What a filled hole has of the texture that was there; 1 = as much as the truth. */
export interface TextureKept {
  /** Mean squared difference of neighbouring px, over the truth's: sharpness and edges. */
  gradient: number;
  /** Mean variance in windows of 9×9 px, over the truth's: contrast at the scale of a texture. */
  variance: number;
  /** Peak signal-to-noise ratio inside the hole, dB. It favours a blur over a texture that is right but elsewhere. */
  psnr: number;
}

const WINDOW = 9;

/** @param mask 1 byte a px, 255 inside the hole */
export function textureKept(truth: Picture, filled: Uint8Array, mask: Uint8Array): TextureKept {
  const { width, height } = truth;
  const before = luminance(truth.rgb);
  const after = luminance(filled);
  return {
    gradient: gradientEnergy(after, mask, width) / gradientEnergy(before, mask, width),
    variance: localVariance(after, mask, width, height) / localVariance(before, mask, width, height),
    psnr: psnr(truth.rgb, filled, mask),
  };
}

/** Rec. 601, 0–255. */
function luminance(rgb: Uint8Array): Float32Array {
  const light = new Float32Array(rgb.length / 3);
  for (let p = 0, i = 0; p < light.length; p++, i += 3)
    light[p] = 0.299 * (rgb[i] ?? 0) + 0.587 * (rgb[i + 1] ?? 0) + 0.114 * (rgb[i + 2] ?? 0);
  return light;
}

/** Over pairs of px that both lie in the hole: its rim is not the filler's work. */
function gradientEnergy(light: Float32Array, mask: Uint8Array, width: number): number {
  let sum = 0;
  let pairs = 0;
  for (let p = 0; p < light.length; p++) {
    if (mask[p] !== 255) continue;
    for (const next of [p + 1, p + width]) {
      if (mask[next] !== 255) continue;
      sum += ((light[next] ?? 0) - (light[p] ?? 0)) ** 2;
      pairs++;
    }
  }
  return sum / pairs;
}

/** Over windows, side by side, that lie in the hole. */
function localVariance(light: Float32Array, mask: Uint8Array, width: number, height: number): number {
  let total = 0;
  let windows = 0;
  for (let top = 0; top + WINDOW <= height; top += WINDOW) {
    for (let left = 0; left + WINDOW <= width; left += WINDOW) {
      let inside = 0;
      let sum = 0;
      let squares = 0;
      for (let y = top; y < top + WINDOW; y++) {
        for (let p = y * width + left, end = p + WINDOW; p < end; p++) {
          if (mask[p] === 255) inside++;
          const value = light[p] ?? 0;
          sum += value;
          squares += value * value;
        }
      }
      const count = WINDOW * WINDOW;
      if (inside < count) continue;
      total += squares / count - (sum / count) ** 2;
      windows++;
    }
  }
  return total / windows;
}

function psnr(truth: Uint8Array, filled: Uint8Array, mask: Uint8Array): number {
  let squares = 0;
  let samples = 0;
  for (let i = 0; i < truth.length; i++) {
    if (mask[Math.floor(i / 3)] !== 255) continue;
    squares += ((truth[i] ?? 0) - (filled[i] ?? 0)) ** 2;
    samples++;
  }
  return 10 * Math.log10(255 ** 2 / (squares / samples));
}

import { tmpdir } from "node:os";
import type { Pixels } from "@infill/core";
import { finish } from "./finish.ts";
import { prepare } from "./prepare.ts";

export interface PixelsOptions {
  /** A folder for files that live as long as one call; the system's own unless given. */
  scratch?: string;
}

/**
 * The pixel work over sharp, which is loaded on first use: importing this package costs next to nothing.
 *
 * @example
 * const pixels = createPixels();
 * const { plan, image, mask } = await pixels.prepare({ image: photo, mask: painted, settings, sizes, maskRule });
 */
export function createPixels({ scratch = tmpdir() }: PixelsOptions = {}): Pixels {
  return { prepare, finish: (input) => finish(input, scratch) };
}

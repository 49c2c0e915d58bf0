import { jpegBombs } from "./jpeg.ts";
import { pngBombs } from "./png.ts";
import { webpBombs } from "./webp.ts";

/** A small file that would become a large picture, or much work. */
export interface Bomb {
  name: string;
  make(): Uint8Array;
  /**
   * Where it is stopped. `header`: by what its structure says, before anything is decompressed. `nowhere`:
   * it is a sound picture but for what a decoder need not look at, or a damaged one that is found to be so
   * when it is decoded – then that must be cheap.
   */
  stopped: "header" | "nowhere";
}

export const bombs = (): Bomb[] => [...pngBombs(), ...jpegBombs(), ...webpBombs()];

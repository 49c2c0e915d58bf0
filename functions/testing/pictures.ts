import sharp from "sharp";

/** Of the pictures below, px. */
export const SIZE = { width: 320, height: 240 };
/** What the mask opens, px. */
export const BOX = { left: 130, top: 90, width: 60, height: 50 };
/** By so much a mask of this size is grown and feathered when a caller says nothing; px. */
const EDGE = 1 + 2;

/** A photo-like PNG: a gradient with grain, so that no two neighbours are the same. Deterministic. */
export function photo(width = SIZE.width, height = SIZE.height): Promise<Buffer> {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = ((i * 31) % 97) + Math.floor((i / rgb.length) * 120);
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** A black mask with one white box. */
export function mask(width = SIZE.width, height = SIZE.height, box = BOX): Promise<Buffer> {
  const white = { create: { width: box.width, height: box.height, channels: 3 as const, background: "white" } };
  return sharp({ create: { width, height, channels: 3, background: "black" } })
    .composite([{ input: white, left: box.left, top: box.top }])
    .toColourspace("b-w")
    .png()
    .toBuffer();
}

/** A PNG of one colour. */
export const flat = (width: number, height: number, background: string): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background }, limitInputPixels: false })
    .png()
    .toBuffer();

/**
 * How many pixels outside the box, grown and feathered by so many px, differ between two pictures.
 * @throws Error when their sizes do
 */
export async function changedOutside(a: Uint8Array, b: Uint8Array, edge = EDGE): Promise<number> {
  const [one, two] = await Promise.all([a, b].map((file) => sharp(file).removeAlpha().raw().toBuffer()));
  if (one === undefined || two === undefined || one.length !== two.length) throw new Error("The sizes differ");
  let changed = 0;
  for (let y = 0; y < SIZE.height; y++) {
    for (let x = 0; x < SIZE.width; x++) {
      if (within(x, BOX.left, BOX.width, edge) && within(y, BOX.top, BOX.height, edge)) continue;
      const at = (y * SIZE.width + x) * 3;
      if (one.compare(two, at, at + 3, at, at + 3) !== 0) changed++;
    }
  }
  return changed;
}

const within = (at: number, start: number, length: number, edge: number): boolean =>
  at >= start - edge && at < start + length + edge;

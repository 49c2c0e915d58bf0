import sharp from "sharp";

/** A photo-like PNG: a gradient with grain, so that no two neighbours are the same. Deterministic. */
export function photo(width = 320, height = 240): Promise<Uint8Array> {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = ((i * 31) % 97) + Math.floor((i / rgb.length) * 120);
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** A black mask with one white box. */
export function mask(
  width = 320,
  height = 240,
  box = { left: 130, top: 90, width: 60, height: 50 },
): Promise<Uint8Array> {
  const white = { create: { width: box.width, height: box.height, channels: 3 as const, background: "white" } };
  return sharp({ create: { width, height, channels: 3, background: "black" } })
    .composite([{ input: white, left: box.left, top: box.top }])
    .toColourspace("b-w")
    .png()
    .toBuffer();
}

import { crc32, deflateSync } from "node:zlib";
import type { MaskRule } from "@infill/core";

/** A PNG of one or two samples a pixel, 8 bits each: grey, or grey and alpha. `pixel` gives them at a place in px. */
function png(width: number, height: number, samples: 1 | 2, pixel: (x: number, y: number) => number[]): Buffer {
  const stride = width * samples + 1;
  const rows = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(pixel(x, y), y * stride + 1 + x * samples);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = samples === 2 ? 4 : 0;
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A grey PNG, 8 bits a pixel: `shade` gives 0–255 at a place in px. */
export const greyPng = (width: number, height: number, shade: (x: number, y: number) => number): Buffer =>
  png(width, height, 1, (x, y) => [shade(x, y)]);

/** A square mask as a model wants to be told, `side` px. */
export function encodeMask(
  convention: MaskRule["convention"],
  side: number,
  edited: (x: number, y: number) => boolean,
): Buffer {
  if (convention === "alpha") return png(side, side, 2, (x, y) => (edited(x, y) ? [0, 0] : [255, 255]));
  const white = convention === "white";
  return greyPng(side, side, (x, y) => (edited(x, y) === white ? 255 : 0));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

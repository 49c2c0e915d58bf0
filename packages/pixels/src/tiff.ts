import type { Raster } from "./raster.ts";

/** Rows in one strip: libvips reads a strip at a time, so one of the whole picture would be copied once more. */
const ROWS_PER_STRIP = 128;

const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;
const BYTES = { [SHORT]: 2, [LONG]: 4, [UNDEFINED]: 1 } as const;

interface Entry {
  tag: number;
  type: keyof typeof BYTES;
  values: ArrayLike<number>;
}

/**
 * Raw samples as an uncompressed little-endian TIFF 6.0. It is how pixels and a colour profile
 * reach sharp *together*: its raw input takes none, and only a picture that arrives with a
 * profile can be converted from it, or keep it untouched.
 *
 * @param raster 1–4 channels of 8 or 16 bits; an even channel count ends in alpha
 * @param profile ICC bytes to embed
 */
export function toTiff(raster: Raster, profile: Uint8Array | undefined): Uint8Array {
  const { width, height, channels, data } = raster;
  const bits = data.BYTES_PER_ELEMENT * 8;
  const hasAlpha = channels % 2 === 0;
  const stripBytes = ROWS_PER_STRIP * width * channels * data.BYTES_PER_ELEMENT;
  const strips = Math.ceil(height / ROWS_PER_STRIP);
  const lastStrip = data.byteLength - (strips - 1) * stripBytes;

  const stripOffsets = new Array<number>(strips).fill(0);
  const entries: Entry[] = [
    { tag: 256, type: LONG, values: [width] },
    { tag: 257, type: LONG, values: [height] },
    { tag: 258, type: SHORT, values: new Array<number>(channels).fill(bits) },
    { tag: 259, type: SHORT, values: [1] }, // no compression
    { tag: 262, type: SHORT, values: [channels > 2 ? 2 : 1] }, // RGB, or grey with 0 = black
    { tag: 273, type: LONG, values: stripOffsets },
    { tag: 277, type: SHORT, values: [channels] },
    { tag: 278, type: LONG, values: [ROWS_PER_STRIP] },
    { tag: 279, type: LONG, values: stripOffsets.map((_, i) => (i < strips - 1 ? stripBytes : lastStrip)) },
    ...(hasAlpha ? [{ tag: 338, type: SHORT, values: [2] } as const] : []), // alpha, not premultiplied
    ...(profile === undefined ? [] : [{ tag: 34675, type: UNDEFINED, values: profile } as const]),
  ];

  const directoryEnd = 8 + 2 + entries.length * 12 + 4;
  const outside = entries.map(({ type, values }) =>
    values.length * BYTES[type] > 4 ? values.length * BYTES[type] : 0,
  );
  const pixelsAt = even(outside.reduce((at, length) => even(at + length), directoryEnd));
  for (let i = 0; i < strips; i++) stripOffsets[i] = pixelsAt + i * stripBytes;

  const file = new Uint8Array(pixelsAt + data.byteLength);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x002a4949, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, entries.length, true);
  let free = directoryEnd;
  for (const [i, { tag, type, values }] of entries.entries()) {
    const at = 10 + i * 12;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, values.length, true);
    const inline = values.length * BYTES[type] <= 4;
    if (!inline) view.setUint32(at + 8, free, true);
    writeValues(view, inline ? at + 8 : free, type, values);
    if (!inline) free = even(free + values.length * BYTES[type]);
  }
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pixelsAt);
  return file;
}

function writeValues(view: DataView, at: number, type: Entry["type"], values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (type === SHORT) view.setUint16(at + i * 2, value, true);
    else if (type === LONG) view.setUint32(at + i * 4, value, true);
    else view.setUint8(at + i, value);
  }
}

/** TIFF wants values on word boundaries. */
const even = (at: number) => at + (at & 1);

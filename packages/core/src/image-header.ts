import { InfillError } from "./errors.ts";
import { type ContentType, MAX_PIXELS, type Size } from "./image.ts";

/** What the first bytes of a picture say. */
export interface ImageHeader {
  contentType: ContentType;
  /** Size as stored, px, before orientation. */
  stored: Size;
  /** Size a person sees, px. */
  upright: Size;
  /**
   * EXIF orientation 1–8, or `undefined` when it may stand behind the bytes that were read
   * (WebP keeps EXIF at its end, a JPEG may keep it behind its frame): then either upright size is possible.
   */
  orientation: number | undefined;
}

/** Bytes that are enough for nearly every picture, and for the rest (phones put depth maps before the frame). */
export const HEADER_BYTES = 64 * 1024;
export const LONG_HEADER_BYTES = 4 * 1024 * 1024;

const ascii = (bytes: Uint8Array, start: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(start, start + length));

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Reads the orientation out of a TIFF block (EXIF without its `Exif\0\0`). 1 when it says nothing. */
function tiffOrientation(tiff: Uint8Array): number {
  if (tiff.length < 8) return 1;
  const view = viewOf(tiff);
  const little = ascii(tiff, 0, 2) === "II";
  const start = view.getUint32(4, little);
  if (start + 2 > tiff.length) return 1;
  const entries = view.getUint16(start, little);
  for (let i = 0; i < entries; i++) {
    const at = start + 2 + i * 12;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, little) !== 0x0112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

type Reading = { stored: Size; orientation: number | undefined } | "more" | "broken";

// as numbers: a file may have a million chunks
const [IDAT, IEND, EXIF] = [0x49444154, 0x49454e44, 0x65584966];

function readPng(bytes: Uint8Array): Reading {
  const view = viewOf(bytes);
  if (bytes.length < 33) return "more";
  const stored = { width: view.getUint32(16), height: view.getUint32(20) };
  let orientation = 1;
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (type === IDAT || type === IEND) break;
    if (type === EXIF) orientation = tiffOrientation(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return { stored, orientation };
}

function readJpeg(bytes: Uint8Array): Reading {
  const view = viewOf(bytes);
  let stored: Size | undefined;
  // EXIF may stand behind the frame, up to the scan; of several blocks the first counts, as decoders have it
  let exif: number | undefined;
  for (let at = 2; ; ) {
    if (stored !== undefined && exif !== undefined) return { stored, orientation: exif };
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++; // fill bytes
    if (at + 4 > bytes.length) return stored === undefined ? "more" : { stored, orientation: undefined };
    if (bytes[at] !== 0xff) return stored === undefined ? "broken" : { stored, orientation: undefined };
    const marker = bytes[at + 1] ?? 0;
    const length = view.getUint16(at + 2);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame && stored === undefined) {
      if (at + 9 > bytes.length) return "more";
      stored = { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    // pixels, or the end
    if (marker === 0xda || marker === 0xd9) return stored === undefined ? "broken" : { stored, orientation: exif ?? 1 };
    if (marker === 0xe1 && ascii(bytes, at + 4, 6) === "Exif\0\0")
      exif ??= tiffOrientation(bytes.subarray(at + 10, at + 2 + length));
    at += 2 + length;
  }
}

function readWebp(bytes: Uint8Array): Reading {
  const type = ascii(bytes, 12, 4);
  if (bytes.length < (type === "VP8L" ? 25 : 30)) return "more";
  const view = viewOf(bytes);
  const u24 = (at: number) => view.getUint16(at, true) | ((bytes[at + 2] ?? 0) << 16);
  switch (type) {
    case "VP8 ":
      return {
        stored: { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff },
        orientation: 1,
      };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { stored: { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }, orientation: 1 };
    }
    case "VP8X": {
      const hasExif = ((bytes[20] ?? 0) & 0x08) !== 0;
      return { stored: { width: u24(24) + 1, height: u24(27) + 1 }, orientation: hasExif ? undefined : 1 };
    }
    default:
      return "broken";
  }
}

/** https://mp4ra.org/registered-types/brands */
const AVIF_BRANDS = new Set(["avif", "avis"]);
const HEIC_BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]);

/** Which picture an ISO media file is by its brand; `undefined` for videos, sound and raw photos, which begin alike. */
export function isoPicture(bytes: Uint8Array): "heic" | "avif" | undefined {
  if (ascii(bytes, 4, 4) !== "ftyp") return undefined;
  const brand = ascii(bytes, 8, 4);
  if (AVIF_BRANDS.has(brand)) return "avif";
  return HEIC_BRANDS.has(brand) ? "heic" : undefined;
}

/** What the bytes are by their own signature, whatever their name or content type says. */
export function sniff(bytes: Uint8Array): ContentType | "heic" | "avif" | "gif" | "tiff" | "bmp" | "svg" | undefined {
  const head = ascii(bytes, 0, 16);
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return "image/webp";
  if (head.startsWith("GIF8")) return "gif";
  if (head.startsWith("II*\0") || head.startsWith("MM\0*")) return "tiff";
  if (head.startsWith("BM")) return "bmp";
  if (/^\s*<(\?xml|svg)/i.test(head)) return "svg";
  return isoPicture(bytes);
}

/**
 * Reads a picture's size and orientation from its first bytes, without decoding it.
 * @param bytes the start of the file, or all of it
 * @param whole true when there are no more bytes to read
 * @returns `"more"` when the size stands further on
 * @throws InfillError `asset_invalid` for what is no png, jpeg or webp, is broken, or exceeds 50 megapixels
 */
export function readImageHeader(bytes: Uint8Array, whole: boolean, pointer = ""): ImageHeader | "more" {
  const refuse = (message: string, details?: Record<string, unknown>) =>
    new InfillError("asset_invalid", message, { pointer, ...(details ? { details } : {}) });

  const type = sniff(bytes);
  if (type === undefined) throw refuse("This is not a picture: allowed are png, jpeg and webp");
  if (type === "heic") throw refuse(`This is a HEIC picture. ${HEIC_ADVICE}`, { found: "heic" });
  if (type !== "image/png" && type !== "image/jpeg" && type !== "image/webp")
    throw refuse(`This is a ${type} file: allowed are png, jpeg and webp`, { found: type });

  const reading = { "image/png": readPng, "image/jpeg": readJpeg, "image/webp": readWebp }[type](bytes);
  if (reading === "more" && !whole) return "more";
  if (reading === "more" || reading === "broken")
    throw refuse(`This ${type.slice(6)} is broken: it has no readable header`);

  const { stored, orientation } = reading;
  if (stored.width === 0 || stored.height === 0)
    throw refuse(`This ${type.slice(6)} is broken: it says it has no pixels`);
  if (stored.width * stored.height > MAX_PIXELS)
    throw refuse(
      `This picture is ${stored.width}x${stored.height} px, ${(stored.width * stored.height) / 1e6} megapixels; at most ${MAX_PIXELS / 1e6} are allowed`,
      { width: stored.width, height: stored.height, maxPixels: MAX_PIXELS },
    );
  const turned = orientation !== undefined && orientation >= 5;
  const upright = turned ? { width: stored.height, height: stored.width } : stored;
  return { contentType: type, stored, upright, orientation };
}

/** What a phone's developer does about HEIC. */
export const HEIC_ADVICE =
  "Upload JPEG instead: on iOS set PHPickerConfiguration.preferredAssetRepresentationMode = .compatible; " +
  "on Android decode with ImageDecoder and save with Bitmap.compress(Bitmap.CompressFormat.JPEG, 95, …); " +
  "in Expo call launchImageLibraryAsync with preferredAssetRepresentationMode: " +
  "UIImagePickerPreferredAssetRepresentationMode.Compatible";

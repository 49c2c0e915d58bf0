import { isoPicture, type OutputFormat } from "@infill/core";

/** What the first bytes of a file say it is: a format we read, another one by name, or nothing known. */
export type Signature = { read: OutputFormat } | { refused: string } | undefined;

/**
 * Looks at magic numbers only, so that no decoder but the three wanted ones ever sees an upload
 * (libvips would otherwise hand an SVG to a renderer and a TIFF to libtiff).
 */
export function readSignature(bytes: Uint8Array): Signature {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 256)).toString("latin1");
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return { read: "png" };
  if (start.startsWith("\xff\xd8\xff")) return { read: "jpeg" };
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return { read: "webp" };

  if (start.startsWith("GIF8")) return { refused: "GIF" };
  if (start.startsWith("II*\0") || start.startsWith("MM\0*")) return { refused: "TIFF" };
  if (start.startsWith("BM")) return { refused: "BMP" };
  if (start.startsWith("%PDF")) return { refused: "PDF" };
  if (start.startsWith("\xff\x0a") || start.startsWith("\0\0\0\x0cJXL ")) return { refused: "JPEG XL" };
  const iso = isoPicture(bytes);
  if (iso !== undefined) return { refused: iso.toUpperCase() };
  if (/^(?:\xef\xbb\xbf)?\s*<(?:svg|\?xml|!--|!DOCTYPE svg)/i.test(start)) return { refused: "SVG" };
  return undefined;
}

import { InfillError, MAX_PIXELS, type OutputFormat, type Size } from "@infill/core";
import type { Metadata } from "sharp";
import { convertsBack, usableProfile } from "./profile.ts";
import { loadSharp } from "./sharp.ts";
import { readSignature } from "./signature.ts";
import { framesOfWebp, isAnimatedPng, scansOfJpeg, withoutTexts } from "./structure.ts";

/** Whose picture it is: how it is named in an error, and which error that is. */
export interface Subject {
  name: string;
  refuse(message: string, details: Record<string, unknown>, cause?: unknown): InfillError;
}

const upload = (name: string, pointer: string): Subject => ({
  name,
  refuse: (message, details, cause) =>
    new InfillError("asset_invalid", message, { pointer, details, ...(cause === undefined ? {} : { cause }) }),
});

export const PHOTO = upload("photo", "/image");
export const MASK = upload("mask", "/mask");
export const ANSWER: Subject = {
  name: "provider's answer",
  refuse: (message, details, cause) =>
    new InfillError("provider_rejected", message, { details, ...(cause === undefined ? {} : { cause }) }),
};
/** A picture we encoded ourselves. */
export const OWN: Subject = {
  name: "result",
  refuse: (message, details, cause) =>
    new InfillError("internal", message, { details, ...(cause === undefined ? {} : { cause }) }),
};

/** What the header of a picture says. Its pixels are not decoded yet. */
export interface Picture {
  subject: Subject;
  /** What a decoder is given: the file, without what would only cost memory. */
  bytes: Uint8Array;
  format: OutputFormat;
  /** Upright, px. */
  size: Size;
  grey: boolean;
  alpha: boolean;
  bits: 8 | 16;
  /** ICC bytes, when they describe this kind of picture: kept on the result. */
  profile: Uint8Array | undefined;
  /** The profile, when colours can be converted from and to it. */
  colours: Uint8Array | undefined;
}

/** libjpeg's own script for a progressive colour picture has 10. */
const MOST_SCANS = 100;

/**
 * Reads a picture's header and refuses what we do not take: other formats (by name), several pages,
 * CMYK, more than 50 MP. Nothing is decompressed, so a bomb costs milliseconds.
 *
 * @throws InfillError as the subject says, with the numbers in it
 */
export async function inspect(file: Uint8Array, subject: Subject): Promise<Picture> {
  const { name, refuse } = subject;
  const signature = readSignature(file);
  if (signature === undefined) {
    throw refuse(`The ${name} is not a PNG, JPEG or WebP picture (${file.byteLength} bytes).`, {
      bytes: file.byteLength,
    });
  }
  if ("refused" in signature) {
    throw refuse(`The ${name} is ${signature.refused}; allowed are PNG, JPEG and WebP.`, {
      format: signature.refused,
      allowed: ["png", "jpeg", "webp"],
    });
  }

  refuseManifold(file, signature.read, subject);
  const bytes = signature.read === "png" ? withoutTexts(file) : file;
  const header = await readHeader(bytes, subject);
  const { width, height, channels } = header;
  if (width * height > MAX_PIXELS) {
    throw refuse(`The ${name} is ${width}×${height} = ${width * height} pixels; at most ${MAX_PIXELS} are allowed.`, {
      width,
      height,
      maxPixels: MAX_PIXELS,
    });
  }
  if (header.space === "cmyk") {
    throw refuse(`The ${name} has ${channels} CMYK channels; convert it to RGB or greyscale.`, { channels });
  }

  const grey = channels <= 2;
  const profile = usableProfile(header.icc, grey);
  return {
    subject,
    bytes,
    format: signature.read,
    size: { width: header.autoOrient.width, height: header.autoOrient.height },
    grey,
    alpha: header.hasAlpha,
    bits: header.depth === "ushort" ? 16 : 8,
    profile,
    colours: profile !== undefined && convertsBack(profile) ? profile : undefined,
  };
}

/** Refuses what is more than one picture, or takes more than one pass. */
function refuseManifold(file: Uint8Array, format: OutputFormat, { name, refuse }: Subject): void {
  const frames = format === "webp" ? framesOfWebp(file) : 1;
  if (frames > 1) throw refuse(`The ${name} has ${frames} frames; only still pictures are allowed.`, { frames });
  if (format === "png" && isAnimatedPng(file))
    throw refuse(`The ${name} is an animated PNG; only still pictures are allowed.`, { format: "apng" });
  const scans = format === "jpeg" ? scansOfJpeg(file) : 1;
  if (scans > MOST_SCANS)
    throw refuse(`The ${name} has ${scans} scans; at most ${MOST_SCANS} are allowed: save it as a baseline JPEG.`, {
      scans,
      maxScans: MOST_SCANS,
    });
}

async function readHeader(bytes: Uint8Array, { name, refuse }: Subject): Promise<Metadata> {
  const sharp = await loadSharp();
  try {
    return await sharp(bytes, { failOn: "error", limitInputPixels: false }).metadata();
  } catch (error) {
    throw refuse(`The ${name}'s header cannot be read: ${reason(error)}.`, { bytes: bytes.byteLength }, error);
  }
}

/** The first line of what libvips said. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.trim().split("\n")[0] ?? "").replace(/\.$/, "");
}

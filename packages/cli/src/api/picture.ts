import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { usageError } from "../exit.ts";

/** A picture on disk, read and ready to be uploaded. */
export interface Picture {
  name: string;
  path: string;
  bytes: Uint8Array;
  contentType: string;
  /** Hex. */
  sha256: string;
}

/** The content type by the file's own signature; the server says what it takes, and what to do about HEIC. */
function contentTypeOf(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("\x89PNG")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  if (/^....ftyp(hei|hev|mif)/s.test(head)) return "image/heic";
  return undefined;
}

/** @throws CliError (2) when it cannot be read or is no picture */
export async function readPicture(path: string, role: "photo" | "mask"): Promise<Picture> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw usageError(
      code === "ENOENT"
        ? `There is no ${role} at ${path}`
        : `The ${role} ${path} cannot be read (${code === "EISDIR" ? "it is a folder" : String(code)})`,
    );
  }
  const contentType = contentTypeOf(bytes);
  if (contentType === undefined)
    throw usageError(`The ${role} ${path} is not a png, jpeg or webp picture, whatever its name says`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name: basename(path), path, bytes, contentType, sha256 };
}

import { MAX_UPLOAD_BYTES, ProviderFailure, type ProviderOutput } from "@infill/core";
import { unfetchedResult } from "./failures.ts";
import type { Http } from "./http.ts";

export interface PictureSource {
  vendor: string;
  http: Pick<Http, "download">;
  /** For one link. */
  timeoutMs: number;
  /** Largest picture in bytes. Default: what an upload may weigh. */
  maxBytes?: number;
}

/**
 * A picture that is read when it is wanted, from the first place that yields one. A place is a link, a
 * data URI or bare base64; a link may lead to the picture or to a text file holding either of the other two.
 * What is a picture is told by its first bytes, not by what it is called.
 */
export function pictureOutput(places: readonly string[], source: PictureSource): ProviderOutput {
  return {
    async read(signal) {
      let failure = notAPicture(source.vendor, "it named no place to find it");
      for (const place of places) {
        try {
          return await readPlace(place, source, signal);
        } catch (error) {
          if (!(error instanceof ProviderFailure) || signal.aborted) throw error;
          // a failure that may pass outweighs one that will not
          if (error.retryable || !failure.retryable) failure = error;
        }
      }
      throw failure;
    },
  };
}

export const toBase64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");

/** PNG, as a data URI. */
export const pngDataUri = (bytes: Uint8Array): string => `data:image/png;base64,${toBase64(bytes)}`;

async function readPlace(place: string, source: PictureSource, signal: AbortSignal): Promise<Uint8Array> {
  const maxBytes = source.maxBytes ?? MAX_UPLOAD_BYTES;
  if (!/^https?:/i.test(place)) return decodeText(place, source.vendor, maxBytes);
  const { bytes, contentType } = await source.http
    .download(place, {
      // base64 takes four characters for three bytes; with line breaks, a little more
      maxBytes: Math.ceil(maxBytes * 1.4),
      timeoutMs: source.timeoutMs,
      signal,
      accept: "image/png, image/*, text/plain",
    })
    .catch((error) => {
      throw unfetchedResult(source.vendor, error);
    });
  if (isPicture(bytes)) return withinLimit(bytes, source.vendor, maxBytes);
  if (!looksLikeText(bytes)) throw notAPicture(source.vendor, `content type ${shortType(contentType)}`);
  return decodeText(new TextDecoder().decode(bytes), source.vendor, maxBytes);
}

function decodeText(text: string, vendor: string, maxBytes: number): Uint8Array {
  const base64 = text.trim().replace(/^data:[^,]{0,100};base64,/i, "");
  // white space stands in one place of the pattern only: in two, they would be tried against each other
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(base64)) throw notAPicture(vendor, "neither a picture nor base64");
  const bytes = Buffer.from(base64, "base64");
  if (!isPicture(bytes)) throw notAPicture(vendor, "base64 of something else");
  return withinLimit(bytes, vendor, maxBytes);
}

function withinLimit(bytes: Uint8Array, vendor: string, maxBytes: number): Uint8Array {
  if (bytes.length > maxBytes) throw notAPicture(vendor, `${bytes.length} bytes, of ${maxBytes} allowed`);
  return bytes;
}

const notAPicture = (vendor: string, what: string): ProviderFailure =>
  new ProviderFailure("provider_rejected", `${vendor}'s result is not a usable picture: ${what}`, { accepted: "yes" });

/** PNG, JPEG or WebP, by signature. */
function isPicture(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  return start.startsWith("\x89PNG\r\n\x1a\n") || start.startsWith("\xff\xd8\xff") || /^RIFF.{4}WEBP/s.test(start);
}

const looksLikeText = (bytes: Uint8Array): boolean => bytes.subarray(0, 64).every((byte) => byte >= 9 && byte < 127);

const shortType = (contentType: string): string => /^[\w.+/-]{1,60}/.exec(contentType)?.[0] ?? "not stated";

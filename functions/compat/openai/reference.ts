import { InfillError, isId, MAX_UPLOAD_BYTES } from "@infill/core";
import type { Picture } from "../ask.ts";
import type { CompatDeps } from "../context.ts";

const DOWNLOAD_MS = 20_000;
const DATA_URL = /^data:image\/[\w.+-]+;base64,/i;

/**
 * A picture that a JSON request names: `{"image_url": …}`, a data URL or an https one, or `{"file_id": "ast_…"}`,
 * an upload of Infill's own.
 * @throws InfillError `invalid_request`, or `asset_missing` when an address gives nothing
 */
export async function readReference(deps: CompatDeps, reference: unknown, pointer: string): Promise<Picture> {
  const { image_url: url, file_id: file } = (reference ?? {}) as Record<string, unknown>;
  if (typeof file === "string" && url === undefined) {
    if (isId("ast", file)) return { asset: file };
    throw refusal(pointer, `/file_id must be the id of an upload made with POST /v1/uploads: ast_…`);
  }
  if (typeof url !== "string" || file !== undefined)
    throw refusal(pointer, ' must be {"image_url": "data:…" or "https://…"} or {"file_id": "ast_…"}');
  if (DATA_URL.test(url)) return { bytes: fromBase64(url.slice(url.indexOf(",") + 1), pointer) };
  if (!url.startsWith("https://"))
    throw refusal(pointer, "/image_url must be an https address, or a data URL in base64");
  const limits = { maxBytes: MAX_UPLOAD_BYTES, timeoutMs: DOWNLOAD_MS, accept: "image/png, image/jpeg, image/webp" };
  const { bytes } = await deps.download(url, limits).catch((error: unknown) => {
    // the door's own words name the host alone
    const why = error instanceof Error ? error.message : "no answer";
    throw new InfillError("asset_missing", `The picture could not be fetched: ${why}`, { pointer });
  });
  return { bytes };
}

function fromBase64(text: string, pointer: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw refusal(pointer, "/image_url is not valid base64");
  return Buffer.from(text, "base64");
}

const refusal = (pointer: string, detail: string): InfillError =>
  new InfillError("invalid_request", `${pointer}${detail}`, { pointer });

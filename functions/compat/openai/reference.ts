import { InfillError, isId } from "@infill/core";
import type { Picture } from "../ask.ts";

const DATA_URL = /^data:image\/[\w.+-]+;base64,/i;

/**
 * A picture that a JSON request names: `{"image_url": "data:…"}`, or `{"file_id": "ast_…"}`, an upload of
 * Infill's own. Nothing is fetched from elsewhere: the one door that may do so safely is as large as the
 * rest of this entry, and an upload is the better way for whatever is not at hand.
 * @throws InfillError `invalid_request`
 */
export function readReference(reference: unknown, pointer: string): Picture {
  const { image_url: url, file_id: file } = (reference ?? {}) as Record<string, unknown>;
  if (typeof file === "string" && url === undefined) {
    if (isId("ast", file)) return { asset: file };
    throw refusal(pointer, "/file_id must be the id of an upload made with POST /v1/uploads: ast_…");
  }
  if (typeof url !== "string" || file !== undefined)
    throw refusal(pointer, ' must be {"image_url": "data:image/png;base64,…"} or {"file_id": "ast_…"}');
  const prefix = DATA_URL.exec(url)?.[0];
  if (prefix === undefined)
    throw refusal(
      pointer,
      "/image_url must be a data URL in base64; nothing is fetched from elsewhere: upload it with POST /v1/uploads and send its id as file_id",
    );
  const base64 = url.slice(prefix.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw refusal(pointer, "/image_url is not valid base64");
  return { bytes: Buffer.from(base64, "base64") };
}

const refusal = (pointer: string, detail: string): InfillError =>
  new InfillError("invalid_request", `${pointer}${detail}`, { pointer });

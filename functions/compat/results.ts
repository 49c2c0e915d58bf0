import { InfillError, type Objects, type StoredResult } from "@infill/core";

/** A multiple of three bytes, so that base64 can be cut there. */
const SLICE = 3 * 256 * 1024;

/** A JSON string of base64, so many bytes at a time: one picture is in memory, and never its text. */
export function* base64Json(bytes: Uint8Array): Generator<string> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  yield '"';
  for (let at = 0; at < all.length; at += SLICE) yield all.toString("base64", at, Math.min(all.length, at + SLICE));
  yield '"';
}

/** @throws InfillError `not_found` when it is not kept any more: a job's row outlives its pictures */
export async function readResult(objects: Objects, { key }: StoredResult): Promise<Uint8Array> {
  try {
    return await objects.read(key);
  } catch (error) {
    if (error instanceof InfillError && error.code === "asset_missing")
      throw new InfillError("not_found", "The edit was made, and its picture is not kept any more");
    throw error;
  }
}

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";

/** Where miniflare 4 has the index of a bucket, in SQLite; the bytes are in `{bucket}/blobs/{blob_id}`. */
const INDEXES = "miniflare-R2BucketObject";
const TABLES = ["_mf_multipart_parts", "_mf_multipart_uploads", "_mf_objects"];
/** Whole, or what workerd had of it when it was killed. */
const BLOB = /^(?:[0-9a-f]{80}|\.kj-tmp\..+\.partial)$/;

const UNLOCKED_MS = 2000;

/** Longer than the URL of any upload is good, ms. */
const URL_ENDED_MS = 3600 * 1000;

/**
 * Deletes what nobody can get and miniflare would keep for ever: bytes of uploads that broke off or were refused,
 * and of objects that were removed just before a kill. And the one byte that core leaves in place of an erased
 * upload, once no URL of that is good any more: a bucket's lifecycle is what takes it elsewhere.
 *
 * Does nothing where the files do not lie as miniflare is known to lay them, or somebody has them open.
 * @param objects miniflare's directory
 * @param now ms since the epoch
 */
export function sweep(objects: string, bucket: string, now: number): void {
  try {
    const index = indexIn(objects, bucket);
    if (index !== undefined) removeUnnamed(join(objects, bucket, "blobs"), index, now);
  } catch {
    // there is nothing yet, or it is broken, which storage says better
  }
}

/** @returns `undefined` when the bucket is not the only one, or has not the one index */
function indexIn(objects: string, bucket: string): string | undefined {
  const directories = readdirSync(objects, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = directories.map(({ name }) => name);
  if (!isDeepStrictEqual(names.sort(), [INDEXES, bucket].sort())) return;
  const files = readdirSync(join(objects, INDEXES)).filter((name) => name.endsWith(".sqlite"));
  const [index, ...others] = files.filter((name) => name !== "metadata.sqlite");
  return index === undefined || others.length > 0 ? undefined : join(objects, INDEXES, index);
}

function removeUnnamed(blobs: string, index: string, now: number): void {
  // the kernel takes a moment to free the locks of a process that was killed
  const db = new DatabaseSync(index, { timeout: UNLOCKED_MS });
  try {
    // the first read fails while somebody else has it open, and from then on nobody else can open it
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name GLOB '_mf_*' ORDER BY name").all();
    const names = tables.map(({ name }) => name);
    if (!isDeepStrictEqual(names, TABLES)) return;
    // both first: a column that is not there ends this before anything is deleted
    const standIns = db.prepare("DELETE FROM _mf_objects WHERE key GLOB 'u/*' AND size = 1 AND uploaded < ?");
    const named = db.prepare("SELECT blob_id FROM _mf_objects UNION SELECT blob_id FROM _mf_multipart_parts");
    standIns.run(now - URL_ENDED_MS);
    const kept = new Set(named.all().map(({ blob_id }) => blob_id));
    for (const name of readdirSync(blobs)) if (BLOB.test(name) && !kept.has(name)) rmSync(join(blobs, name));
  } finally {
    db.close();
  }
}

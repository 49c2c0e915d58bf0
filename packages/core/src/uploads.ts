import type { Asset } from "./asset.ts";
import { refuseBlocked } from "./blocks.ts";
import { InfillError } from "./errors.ts";
import { CONTENT_TYPES, type ContentType } from "./image.ts";
import { HEADER_BYTES, HEIC_ADVICE, type ImageHeader, LONG_HEADER_BYTES, readImageHeader } from "./image-header.ts";
import { parseInput, schemas, toPointer } from "./input.ts";
import type { ImageSource } from "./job.ts";
import { type Caller, isOwn, userFor } from "./keys.ts";
import { uploadQuotas, uploadsExceeded } from "./limits.ts";
import type { Clock, Ids, Objects, Records, SignedUpload } from "./ports.ts";

/** How long a signed upload works, seconds. */
export const UPLOAD_SECONDS = 15 * 60;

export interface UploadDeps {
  records: Records;
  objects: Objects;
  clock: Clock;
  ids: Ids;
}

/** What an uploader is told: PUT the bytes there, with exactly these headers. */
export interface Upload extends SignedUpload {
  asset: Asset;
}

function checkContentType(given: string, pointer: string): ContentType {
  const type = given.toLowerCase().trim();
  const known = CONTENT_TYPES.find((allowed) => allowed === (type === "image/jpg" ? "image/jpeg" : type));
  if (known !== undefined) return known;
  const advice = /^image\/hei[cf]/.test(type) ? ` ${HEIC_ADVICE}` : "";
  throw new InfillError(
    "asset_invalid",
    `${given} cannot be uploaded: allowed are ${CONTENT_TYPES.join(", ")}.${advice}`,
    {
      pointer,
      details: { allowed: CONTENT_TYPES },
    },
  );
}

const signFor = (deps: UploadDeps, asset: Asset): Promise<SignedUpload> =>
  deps.objects.signUpload({
    key: asset.key,
    contentType: asset.contentType,
    contentLength: asset.contentLength,
    expiresInSeconds: UPLOAD_SECONDS,
    ...(asset.sha256 === undefined ? {} : { sha256: asset.sha256 }),
  });

/**
 * Counts uploads that a token signs or brings: all of them, or none.
 * @throws InfillError `budget_exceeded` where it may not sign so many
 */
export async function countUploads(
  { records }: Pick<UploadDeps, "records">,
  caller: Caller,
  amount: number,
): Promise<void> {
  for (const quota of uploadQuotas(caller)) {
    const { counter, limit, resetsAt } = quota;
    if ((await records.count(counter, limit, resetsAt, amount)) !== undefined) continue;
    const [used = 0] = await records.readCounters([counter]);
    throw uploadsExceeded(quota, used, amount);
  }
}

/**
 * Signs one or several uploads.
 * @returns the uploads in the order asked for, and whether one was asked for alone
 * @throws InfillError `invalid_request`, `asset_invalid` for a type that cannot be used, `forbidden` for a blocked
 *   user, `budget_exceeded` for more than a token may sign
 */
export async function createUploads(
  deps: UploadDeps,
  caller: Caller,
  body: unknown,
): Promise<{ uploads: Upload[]; single: boolean }> {
  const single = typeof body === "object" && body !== null && !("uploads" in body);
  const { uploadInput, uploadsInput } = await schemas();
  const wanted = single ? [parseInput(uploadInput, body)] : parseInput(uploadsInput, body).uploads;
  const now = deps.clock.now();
  const assets = wanted.map((want, i): Asset => {
    const id = deps.ids.make("ast");
    const user = userFor(caller, want.user, toPointer(single ? ["user"] : ["uploads", i, "user"]));
    return {
      v: 1,
      id,
      tenant: caller.tenant,
      purpose: want.purpose,
      key: `u/${caller.tenant}/${id}`,
      contentType: checkContentType(
        want.contentType,
        toPointer(single ? ["contentType"] : ["uploads", i, "contentType"]),
      ),
      contentLength: want.contentLength,
      createdAt: now,
      uploadExpiresAt: now + UPLOAD_SECONDS * 1000,
      ...(want.sha256 === undefined ? {} : { sha256: want.sha256 }),
      ...(user === undefined ? {} : { user }),
    };
  });
  const users = new Set(assets.map(({ user }) => user));
  await Promise.all([...users].map((user) => refuseBlocked(deps, caller, user)));
  await countUploads(deps, caller, assets.length);
  const uploads = await Promise.all(
    assets.map(async (asset) => {
      const [signed] = await Promise.all([signFor(deps, asset), deps.records.putAsset(asset)]);
      return { asset, ...signed };
    }),
  );
  return { uploads, single };
}

/** @throws InfillError `not_found`, also for another tenant's asset */
async function ownAsset(deps: Pick<UploadDeps, "records">, caller: Caller, id: string): Promise<Asset> {
  const asset = await deps.records.getAsset(id);
  if (asset === undefined || !isOwn(caller, asset)) throw noUpload(id);
  return asset;
}

const noUpload = (id: string) => new InfillError("not_found", `There is no upload ${id}`);

/** Signs the same asset again: the id stays, the expiry moves. For a token it counts as another upload. */
export async function renewUpload(deps: UploadDeps, caller: Caller, id: string): Promise<Upload> {
  const asset = await ownAsset(deps, caller, id);
  await refuseBlocked(deps, caller, asset.user);
  await countUploads(deps, caller, 1);
  const uploadExpiresAt = deps.clock.now() + UPLOAD_SECONDS * 1000;
  if (!(await deps.records.renewAsset(id, uploadExpiresAt))) throw noUpload(id); // erased meanwhile
  return { asset: { ...asset, uploadExpiresAt }, ...(await signFor(deps, asset)) };
}

export type UploadState =
  | { asset: Asset; status: "pending" | "expired" }
  | { asset: Asset; status: "received"; header: ImageHeader }
  /** It arrived, and cannot be used: the reason. */
  | { asset: Asset; status: "received"; problem: InfillError };

/** Where an upload stands; its dimensions once it is there. */
export async function getUpload(deps: UploadDeps, caller: Caller, id: string): Promise<UploadState> {
  const asset = await ownAsset(deps, caller, id);
  try {
    const read = await readHeader(deps.objects, asset.key, "");
    if (read === undefined) return { asset, status: deps.clock.now() < asset.uploadExpiresAt ? "pending" : "expired" };
    return { asset, status: "received", header: read.header };
  } catch (error) {
    if (error instanceof InfillError && error.code === "asset_invalid")
      return { asset, status: "received", problem: error };
    throw error;
  }
}

/** Reads as much of a stored picture as its header needs. `undefined` when nothing is there. */
export async function readHeader(objects: Objects, key: string, pointer: string) {
  for (const length of [HEADER_BYTES, LONG_HEADER_BYTES]) {
    const start = await objects.readStart(key, length);
    if (start === undefined) return undefined;
    const whole = start.bytes.length >= start.head.size || length === LONG_HEADER_BYTES;
    const header = readImageHeader(start.bytes, whole, pointer);
    if (header !== "more") return { head: start.head, header };
  }
  return undefined;
}

/**
 * The uploaded picture a job asks for, pinned by ETag.
 * @throws InfillError `asset_missing` when it was never uploaded, is gone, or belongs to another tenant
 */
export async function uploadedSource(
  deps: Pick<UploadDeps, "records" | "objects">,
  caller: Caller,
  id: string,
  pointer: string,
): Promise<{ source: ImageSource; header: ImageHeader }> {
  const asset = await deps.records.getAsset(id);
  if (asset === undefined || !isOwn(caller, asset))
    throw new InfillError("asset_missing", `There is no upload ${id}`, { pointer });
  const read = await readHeader(deps.objects, asset.key, pointer);
  if (read === undefined)
    throw new InfillError(
      "asset_missing",
      `Nothing was uploaded to ${id} yet: PUT the bytes to its url first, or renew it with POST /v1/uploads/${id}/renew`,
      { pointer },
    );
  return { source: toSource(asset.key, read.head, read.header), header: read.header };
}

export const toSource = (key: string, head: { etag: string; size: number }, header: ImageHeader): ImageSource => ({
  key,
  etag: head.etag,
  contentType: header.contentType,
  bytes: head.size,
  ...header.upright,
});

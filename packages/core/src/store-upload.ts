import type { Asset } from "./asset.ts";
import { refuseBlocked } from "./blocks.ts";
import { InfillError } from "./errors.ts";
import { sha256Hex } from "./ids.ts";
import { MAX_UPLOAD_BYTES } from "./image.ts";
import { type ImageHeader, readImageHeader } from "./image-header.ts";
import { toPointer } from "./input.ts";
import type { Caller } from "./keys.ts";
import type { UploadDeps } from "./uploads.ts";

/** A picture that came along with a request. */
export interface BroughtPicture {
  purpose: "image" | "mask";
  bytes: Uint8Array;
  /** Where it is known by a name of its own: {@link assetIdFor}. */
  id?: string;
}

/**
 * What the bytes are, held to everything an upload is held to.
 * @throws InfillError `asset_invalid`: not a picture that can be used, or larger than an upload may be
 */
export function checkPicture({ purpose, bytes }: BroughtPicture): ImageHeader {
  const pointer = toPointer([purpose]);
  if (bytes.length > MAX_UPLOAD_BYTES)
    throw new InfillError(
      "asset_invalid",
      `This picture has ${bytes.length} bytes; at most ${MAX_UPLOAD_BYTES} (30 MiB) are allowed`,
      { pointer, status: 413, details: { maxBytes: MAX_UPLOAD_BYTES } },
    );
  const header = readImageHeader(bytes, true, pointer);
  if (header === "more") throw new InfillError("asset_invalid", "This picture is broken: it ends early", { pointer });
  return header;
}

/**
 * Stores a picture as an asset of the caller's, for formats whose requests bring their pictures along:
 * from here on it is like any upload.
 * @throws InfillError as {@link checkPicture} does; `forbidden` to a token of a blocked user
 */
export async function storeUpload(deps: UploadDeps, caller: Caller, picture: BroughtPicture): Promise<Asset> {
  const { contentType } = checkPicture(picture);
  await refuseBlocked(deps, caller, caller.token?.user);
  const { purpose, bytes, id = deps.ids.make("ast") } = picture;
  const now = deps.clock.now();
  const asset: Asset = {
    v: 1,
    id,
    tenant: caller.tenant,
    ...(caller.token === undefined ? {} : { user: caller.token.user }),
    purpose,
    key: `u/${caller.tenant}/${id}`,
    contentType,
    contentLength: bytes.length,
    sha256: sha256Hex(bytes),
    createdAt: now,
    uploadExpiresAt: now, // nobody else has a URL for it
  };
  const [created] = await Promise.all([
    deps.objects.create(asset.key, bytes, contentType),
    deps.records.putAsset(asset),
  ]);
  if (!created)
    throw new InfillError("not_found", "This picture was erased while it came: send it again", { status: 410 });
  return asset;
}

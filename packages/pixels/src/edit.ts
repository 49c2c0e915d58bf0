import { type EditSettings, fitMask } from "@infill/core";
import { canonicalMask } from "./canonical-mask.ts";
import { decode } from "./decode.ts";
import { type EditAlpha, editAlpha } from "./edit-alpha.ts";
import { inspect, MASK, PHOTO, type Picture } from "./inspect.ts";
import { type Raster, release } from "./raster.ts";
import { scaleMask } from "./resample-mask.ts";

/** A photo and its mask, checked and decoded: the common start of preparing and finishing. */
export interface Edit {
  photo: Picture;
  pixels: Raster;
  mask: Picture;
  maskScaled: boolean;
  alpha: EditAlpha;
  /** The photo is its own mask: it is transparent because that is to be filled. */
  ownMask: boolean;
}

/**
 * Checks both headers before either picture is decompressed, then decodes both.
 *
 * @throws InfillError `asset_invalid` or `mask_mismatch`
 */
export async function readEdit(
  input: { image: Uint8Array; mask: Uint8Array; signal?: AbortSignal | undefined },
  settings: EditSettings,
): Promise<Edit> {
  const photo = await inspect(input.image, PHOTO);
  const mask = await inspect(input.mask, MASK);
  const maskScaled = fitMask(photo.size, mask.size) === "scaled";
  input.signal?.throwIfAborted();

  const [pixels, painted] = await Promise.all([decode(photo), decode(mask, 8)]);
  input.signal?.throwIfAborted();

  const canonical = canonicalMask(painted, settings.maskConvention);
  release(painted.data);
  const fitted = maskScaled ? await scaleMask(canonical, photo.size) : canonical;
  const alpha = editAlpha(fitted, settings);
  release(canonical.data, fitted.data);
  const ownMask = settings.maskConvention === "alpha" && Buffer.compare(input.image, input.mask) === 0;
  return { photo, pixels, mask, maskScaled, alpha, ownMask };
}

import { InfillError } from "./errors.ts";
import type { Size } from "./image.ts";

/**
 * Whether a mask belongs to a photo, by their upright sizes in px: equal, or painted on a scaled view
 * of it. A scaled view has its sides rounded to whole pixels, so the aspect may be off by one pixel
 * of the mask, counted along either side.
 *
 * @returns `equal`, or `scaled` when the mask must be resized to the photo
 * @throws InfillError `mask_mismatch` naming both sizes, and whether a quarter turn would make it fit
 */
export function fitMask(photo: Size, mask: Size): "equal" | "scaled" {
  if (photo.width === mask.width && photo.height === mask.height) return "equal";
  if (hasAspectOf(photo, mask)) return "scaled";

  const turned = { width: mask.height, height: mask.width };
  const fitsWhenTurned = hasAspectOf(photo, turned);
  throw new InfillError(
    "mask_mismatch",
    `The mask is ${named(mask)} px and the upright photo is ${named(photo)} px; a mask has the photo's size or its aspect.` +
      (fitsWhenTurned ? " Turned by 90° it would fit: paint it on the photo as EXIF orientation shows it." : ""),
    { pointer: "/mask", details: { photo: sizeOf(photo), mask: sizeOf(mask), fitsWhenTurned } },
  );
}

function hasAspectOf(photo: Size, mask: Size): boolean {
  const expectedHeight = (photo.height * mask.width) / photo.width;
  const expectedWidth = (photo.width * mask.height) / photo.height;
  return Math.abs(mask.height - expectedHeight) <= 1 || Math.abs(mask.width - expectedWidth) <= 1;
}

const named = ({ width, height }: Size) => `${width}×${height}`;
const sizeOf = ({ width, height }: Size): Size => ({ width, height });

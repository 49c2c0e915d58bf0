import type { EditPlan, Pixels, Prepared } from "@infill/core";
import { planCrop } from "./crop-plan.ts";
import { type Edit, readEdit } from "./edit.ts";
import { hasAlpha, release } from "./raster.ts";
import { encodeMask, renderImage, workMask } from "./render.ts";

/** See the port `Pixels.prepare`. */
export async function prepare(input: Parameters<Pixels["prepare"]>[0]): Promise<Prepared> {
  const { settings, sizes, maskRule, size, signal } = input;
  const edit = await readEdit(input, settings);
  signal?.throwIfAborted();

  const { photo, pixels, alpha } = edit;
  const plan: EditPlan = {
    photo: photo.size,
    ...planCrop({ photo: photo.size, box: alpha.area, settings, sizes, size }),
    settings,
    maskScaled: edit.maskScaled,
    coverage: alpha.pixels / (photo.size.width * photo.size.height),
  };
  const image = await renderImage(pixels, photo.colours, plan);
  signal?.throwIfAborted();
  const mask = await encodeMask(await workMask(alpha, plan, maskRule.soft), maskRule.convention);
  const warnings = warningsOf(edit, plan);
  release(pixels.data, alpha.data);
  return { plan, image, mask, warnings };
}

/** A mask that selects more of the photo than this may well be read the wrong way round, 0–1. */
const MOST = 0.6;

function warningsOf({ photo, pixels, mask, maskScaled, alpha, ownMask }: Edit, plan: EditPlan): string[] {
  const warnings: string[] = [];
  if (maskScaled) {
    const { width, height } = mask.size;
    warnings.push(
      `The mask of ${width}×${height} px was scaled to the photo's ${photo.size.width}×${photo.size.height} px.`,
    );
  }
  if (plan.coverage === 1) warnings.push("The mask selects the whole photo: nothing of the original remains.");
  else if (plan.coverage > MOST) {
    const percent = Math.round(plan.coverage * 100);
    const { maskConvention } = plan.settings;
    warnings.push(
      `The mask, read as ${maskConvention}, selects ${percent} % of the photo; check its convention if you marked the rest.`,
    );
  }
  if (photo.grey) warnings.push("The photo is greyscale, and the result stays greyscale.");
  if (hasAlpha(pixels.channels) && !ownMask) {
    const share = transparentShare({ pixels, alpha });
    if (share > 0) {
      const percent = (share * 100).toFixed(share < 0.01 ? 2 : 0);
      warnings.push(`The photo is transparent in ${percent} % of the edited part, and stays transparent there.`);
    }
  }
  return warnings;
}

/** The share of the edited pixels where the photo is not fully opaque, 0–1. */
function transparentShare({ pixels, alpha }: Pick<Edit, "pixels" | "alpha">): number {
  const { area } = alpha;
  const opaque = pixels.data instanceof Uint16Array ? 65_535 : 255;
  let transparent = 0;
  for (let y = 0; y < area.height; y++) {
    for (let x = 0; x < area.width; x++) {
      if (alpha.data[y * area.width + x] === 0) continue;
      const pixel = (area.y + y) * pixels.width + area.x + x;
      if ((pixels.data[(pixel + 1) * pixels.channels - 1] ?? 0) < opaque) transparent++;
    }
  }
  return transparent / alpha.pixels;
}

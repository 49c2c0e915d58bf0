import type { EditPlan, MaskRule, Rect } from "@infill/core";
import { BACKDROP, inOwnColours } from "./colour.ts";
import type { EditAlpha } from "./edit-alpha.ts";
import { cutOut, type Plane, type Raster, release } from "./raster.ts";
import { coverTouched, scaleSoft } from "./resample-mask.ts";
import { loadSharp } from "./sharp.ts";

/** Fast, and about as small as higher levels make these. */
const PNG = { compressionLevel: 3, adaptiveFiltering: true } as const;

/**
 * The picture a provider is sent: the crop in sRGB without alpha (white behind it), resized to where it is
 * placed, mirrored into the rest of the work size. PNG without metadata.
 */
export async function renderImage(photo: Raster, profile: Uint8Array | undefined, plan: EditPlan): Promise<Uint8Array> {
  const { crop, placed, work } = plan;
  const sharp = await loadSharp();
  const cut = cutOut(photo, crop);
  const file = inOwnColours(cut, profile);
  release(cut.data);
  // Resized first, in its own colours (`keepIccProfile` keeps sharp from converting): fewer pixels to convert.
  const resized = await sharp(file)
    .keepIccProfile()
    .resize(placed.width, placed.height, { fit: "fill" })
    .toColourspace(photo.channels <= 2 ? "b-w" : "srgb")
    .tiff({ compression: "none" })
    .toBuffer();
  release(file);
  return sharp(resized)
    .flatten({ background: BACKDROP })
    .extend({
      left: placed.x,
      top: placed.y,
      right: work.width - placed.x - placed.width,
      bottom: work.height - placed.y - placed.height,
      extendWith: "mirror",
    })
    .toColourspace("srgb")
    .png(PNG)
    .toBuffer();
}

/**
 * What is edited, at work size: 255 = edit. A soft rule gets the ramp as it is; otherwise every pixel that
 * touches anything to be edited is 255. The mirrored filling is 0.
 */
export async function workMask(edit: EditAlpha, plan: EditPlan, soft: boolean): Promise<Plane> {
  const { crop, placed, work } = plan;
  const inCrop = onCanvas({ ...edit.area, data: edit.data }, movedBy(edit.area, crop), crop);
  const scaled = soft ? await scaleSoft(inCrop, placed) : coverTouched(inCrop, placed);
  return onCanvas(scaled, placed, work);
}

/** The mask as a model wants to be told: one grey channel, or grey and alpha. PNG. */
export async function encodeMask(mask: Plane, convention: MaskRule["convention"]): Promise<Uint8Array> {
  const { width, height, data } = mask;
  const sharp = await loadSharp();
  const kept = convention === "white" ? data : data.map((value) => 255 - value);
  if (convention !== "alpha") {
    return sharp(kept, { raw: { width, height, channels: 1 } })
      .toColourspace("b-w")
      .png(PNG)
      .toBuffer();
  }
  // Grey and alpha is a third of the work of RGBA, and OpenAI takes it; the grey says the same to people.
  const pairs = new Uint8Array(kept.length * 2);
  for (let i = 0; i < kept.length; i++) pairs[i * 2] = pairs[i * 2 + 1] = kept[i] ?? 0;
  return sharp(pairs, { raw: { width, height, channels: 2 } })
    .toColourspace("b-w")
    .png(PNG)
    .toBuffer();
}

function onCanvas(
  part: Plane,
  at: { x: number; y: number },
  { width, height }: { width: number; height: number },
): Plane {
  if (part.width === width && part.height === height) return part;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < part.height; y++) {
    data.set(part.data.subarray(y * part.width, (y + 1) * part.width), (at.y + y) * width + at.x);
  }
  return { width, height, data };
}

const movedBy = (area: Rect, crop: Rect) => ({ x: area.x - crop.x, y: area.y - crop.y });

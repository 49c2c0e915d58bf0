import { type EditPlan, InfillError, MAX_PIXELS, type Rect, type Size } from "@infill/core";
import { BACKDROP } from "./colour.ts";
import { ANSWER, inspect, reason } from "./inspect.ts";
import type { Raster } from "./raster.ts";
import { loadSharp } from "./sharp.ts";

/** How far an answer's aspect may be from the one that was sent: providers round sides to multiples of 8 or 16. */
const ASPECT_TOLERANCE = 0.02;

/**
 * Decodes what a provider answered: 8-bit sRGB, 3 channels, brought to the work size as a whole.
 *
 * @throws InfillError `provider_rejected` when it is no still picture, is damaged, or has another aspect
 */
export async function decodeAnswer(file: Uint8Array, work: Size): Promise<Raster> {
  const { bytes, size } = await inspect(file, ANSWER);
  const difference = Math.abs((size.width / size.height) * (work.height / work.width) - 1);
  if (difference > ASPECT_TOLERANCE) {
    throw new InfillError(
      "provider_rejected",
      `The provider answered with ${size.width}×${size.height} px, and was sent ${work.width}×${work.height}: ` +
        `the aspect is ${(difference * 100).toFixed(1)} % off, at most ${ASPECT_TOLERANCE * 100} % is accepted.`,
      { details: { answer: size, work } },
    );
  }
  const sharp = await loadSharp();
  const { data, info } = await sharp(bytes, { failOn: "error", limitInputPixels: MAX_PIXELS })
    .autoOrient()
    .flatten({ background: BACKDROP })
    .resize(work.width, work.height, { fit: "fill", fastShrinkOnLoad: false })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw ANSWER.refuse(`The provider's answer cannot be decoded: ${reason(error)}.`, { ...size }, error);
    });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

/** The answer as it lies over a part of the crop, at the photo's resolution. 3 channels, of the area's size. */
export async function answerOver(answer: Raster, { placed, crop }: EditPlan, area: Rect): Promise<Raster> {
  const { width, height } = area;
  const sharp = await loadSharp();
  const { data } = await sharp(answer.data, { raw: { width: answer.width, height: answer.height, channels: 3 } })
    .extract({ left: placed.x, top: placed.y, width: placed.width, height: placed.height })
    .resize(crop.width, crop.height, { fit: "fill" })
    .extract({ left: area.x - crop.x, top: area.y - crop.y, width, height })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width, height, channels: 3, data };
}

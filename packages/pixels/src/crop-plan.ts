import type { EditPlan, EditSettings, Rect, Size, SizeRule } from "@infill/core";
import { workSize } from "./work-size.ts";

/** Context around the mask that a model needs at the very least, px. */
const LEAST_PADDING = 64;
/** Enlarging by less than this is not worth resampling the photo for: mirrored filling makes up the difference. */
const WORTH_ENLARGING = 1.1;
/** What floating point may take from a quotient that is whole. */
const EPSILON = 1e-9;

/**
 * Where to cut, at what size to work, and where in that the crop lies. Photo and work have one scale
 * in both directions, to the rounding of a pixel: where the photo is too small or too narrow for the work
 * size, the crop takes a part of it and mirrored filling the rest.
 *
 * @param photo the upright photo
 * @param box everything that is edited, feather included, px of the photo
 * @param size work at exactly this size
 * @returns a crop inside the photo that contains the box
 * @throws InfillError `unsupported_option` at `/size` when the rule forbids `size`
 */
export function planCrop(input: {
  photo: Size;
  box: Rect;
  settings: Pick<EditSettings, "crop" | "padding">;
  sizes: SizeRule;
  size?: Size | undefined;
}): Pick<EditPlan, "crop" | "work" | "placed"> {
  const { photo, box, settings } = input;
  const need = settings.crop === "off" ? { x: 0, y: 0, ...photo } : padded(box, photo, settings.padding);
  const work = workSize(input.sizes, photo, need, input.size);

  // As the photo is, unless what is needed is larger than the work, or the photo too small to fill it.
  const holding = Math.min(work.width / need.width, work.height / need.height);
  const filling = Math.max(work.width / photo.width, work.height / photo.height);
  const wanted = Math.min(holding, Math.max(1, filling));
  const scale = wanted > 1 && wanted < WORTH_ENLARGING ? 1 : wanted;

  const x = along(photo.width, work.width, scale, need.x, need.width);
  const y = along(photo.height, work.height, scale, need.y, need.height);
  return {
    crop: { x: x.start, y: y.start, width: x.length, height: y.length },
    work,
    placed: { x: x.placedAt, y: y.placedAt, width: x.placedLength, height: y.placedLength },
  };
}

function padded(box: Rect, photo: Size, padding: number | undefined): Rect {
  const by = Math.round(padding ?? Math.max(LEAST_PADDING, Math.max(box.width, box.height) / 2));
  const x = Math.max(0, box.x - by);
  const y = Math.max(0, box.y - by);
  return {
    x,
    y,
    width: Math.min(photo.width, box.x + box.width + by) - x,
    height: Math.min(photo.height, box.y + box.height + by) - y,
  };
}

/** One direction of the crop: as long as the work holds at this scale, around the middle of what is needed. */
function along(photo: number, work: number, scale: number, needAt: number, needLength: number) {
  const held = work / scale;
  // an enlarged crop rounded up would have to be squeezed by several work pixels
  const whole = scale > 1 ? Math.floor(held + EPSILON) : Math.round(held);
  const length = Math.min(photo, Math.max(whole, needLength));
  const middle = needAt + needLength / 2;
  const start = Math.min(Math.max(0, Math.round(middle - length / 2)), photo - length);
  const placedLength = Math.min(work, Math.max(1, Math.round(length * scale)));
  return { start, length, placedLength, placedAt: Math.floor((work - placedLength) / 2) };
}

import {
  describeSize,
  describeSizes,
  InfillError,
  type Size,
  type SizeRule,
  sideLimits,
  sizeAllowed,
} from "@infill/core";

/** Two aspects nearer than this share count as the same. */
const SAME_ASPECT = 0.01;
/** What floating point may add to a quotient that is whole. */
const EPSILON = 1e-9;

/**
 * The size, px, a model works at.
 *
 * - a size the caller named: that one
 * - `list`: the aspect nearest to what is needed; among equals the largest that the photo fills
 *   at its own resolution, else the smallest
 * - `range`: what is needed at the photo's own resolution, at least `preferred` while the photo has the
 *   pixels, scaled down to `max`, or up to `min` as far as `preferred`, rounded up to the multiple; then as many
 *   pixels, and no more of an aspect, than the rule wants
 *
 * @param photo the upright photo
 * @param need what the crop must hold
 * @throws InfillError `unsupported_option` at `/size` when the rule forbids the named size
 */
export function workSize(rule: SizeRule, photo: Size, need: Size, named: Size | undefined): Size {
  if (named !== undefined) {
    requireAllowed(rule, named);
    return { width: named.width, height: named.height };
  }
  return rule.kind === "list" ? fromList(rule.sizes, photo, need) : fromRange(rule, photo, need);
}

function fromRange(rule: SizeRule & { kind: "range" }, photo: Size, need: Size): Size {
  const { least, most } = sideLimits(rule);
  const longest = Math.max(need.width, need.height);
  // a sliver is not blown up until it is as wide as the model wants: pixels are paid for, and filling is free
  const worthwhile = Math.max(1, rule.preferred / longest);
  const enlargement = Math.max(1, least / Math.min(photo.width, photo.height));
  const scale = Math.min(enlargement, worthwhile, most / longest);
  const side = (needed: number, available: number) => {
    const wanted = Math.max(needed, Math.min(available, rule.preferred / Math.max(1, scale))) * scale;
    const rounded = Math.ceil(wanted / rule.multipleOf - EPSILON) * rule.multipleOf;
    return Math.min(Math.max(rounded, least), most);
  };
  return withinArea(rule, { width: side(need.width, photo.width), height: side(need.height, photo.height) });
}

/** The nearest size with as many pixels, and no more of an aspect, than the rule wants; mirrored filling pays for it. */
function withinArea(rule: SizeRule & { kind: "range" }, size: Size): Size {
  const {
    multipleOf,
    minPixels = 0,
    maxPixels = Number.POSITIVE_INFINITY,
    maxAspect = Number.POSITIVE_INFINITY,
  } = rule;
  const { least, most } = sideLimits(rule);
  const up = (side: number) => Math.min(most, Math.max(least, Math.ceil(side / multipleOf - EPSILON) * multipleOf));
  const down = (side: number) => Math.max(least, Math.floor(side / multipleOf + EPSILON) * multipleOf);
  const shortest = Math.max(size.width, size.height) / maxAspect;
  let { width, height } = { width: up(Math.max(size.width, shortest)), height: up(Math.max(size.height, shortest)) };
  if (width * height > maxPixels) {
    const shrink = Math.sqrt(maxPixels / (width * height));
    width = down(width * shrink);
    height = Math.max(down(height * shrink), up(width / maxAspect));
  }
  if (width * height < minPixels) {
    const grow = Math.sqrt(minPixels / (width * height));
    width = up(width * grow);
    height = up(Math.max(height * grow, minPixels / width));
  }
  return { width, height };
}

function fromList(sizes: readonly Size[], photo: Size, need: Size): Size {
  const strangeness = (size: Size) => Math.abs(Math.log(aspect(size) / aspect(need)));
  const nearest = Math.min(...sizes.map(strangeness));
  const fitting = sizes
    .filter((size) => strangeness(size) <= nearest + SAME_ASPECT)
    .sort((a, b) => a.width * a.height - b.width * b.height);
  const filled = fitting.findLast(({ width, height }) => width <= photo.width && height <= photo.height);
  const { width, height } = filled ?? fitting[0] ?? need;
  return { width, height };
}

function requireAllowed(rule: SizeRule, size: Size): void {
  if (sizeAllowed(rule, size)) return;
  throw new InfillError(
    "unsupported_option",
    `The model does not work at ${describeSize(size)}; allowed: ${describeSizes(rule)}.`,
    { pointer: "/size", details: { width: size.width, height: size.height, allowed: rule } },
  );
}

const aspect = ({ width, height }: Size) => width / height;

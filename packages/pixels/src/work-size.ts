import { InfillError, type Size, type SizeRule } from "@infill/core";

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
 *   pixels, scaled down to `max` or up to `min`, rounded up to the multiple
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
  const { least, most } = limits(rule);
  const enlargement = Math.max(1, least / Math.min(photo.width, photo.height));
  const scale = Math.min(enlargement, most / need.width, most / need.height);
  const side = (needed: number, available: number) => {
    const wanted = Math.max(needed, Math.min(available, rule.preferred / Math.max(1, scale))) * scale;
    const rounded = Math.ceil(wanted / rule.multipleOf - EPSILON) * rule.multipleOf;
    return Math.min(Math.max(rounded, least), most);
  };
  return { width: side(need.width, photo.width), height: side(need.height, photo.height) };
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

function requireAllowed(rule: SizeRule, { width, height }: Size): void {
  const options = { pointer: "/size", details: { width, height, allowed: rule } };
  if (rule.kind === "list") {
    if (rule.sizes.some((size) => size.width === width && size.height === height)) return;
    const allowed = rule.sizes.map((size) => `${size.width}x${size.height}`).join(", ");
    throw new InfillError(
      "unsupported_option",
      `The model does not work at ${width}x${height}; allowed: ${allowed}.`,
      options,
    );
  }
  const { least, most } = limits(rule);
  const fits = (side: number) => side >= least && side <= most && side % rule.multipleOf === 0;
  if (fits(width) && fits(height)) return;
  throw new InfillError(
    "unsupported_option",
    `The model does not work at ${width}x${height}; sides are multiples of ${rule.multipleOf} from ${least} to ${most} px.`,
    options,
  );
}

/** The smallest and the largest side that the rule really allows. */
function limits({ min, max, multipleOf }: SizeRule & { kind: "range" }): { least: number; most: number } {
  return { least: Math.ceil(min / multipleOf) * multipleOf, most: Math.floor(max / multipleOf) * multipleOf };
}

const aspect = ({ width, height }: Size) => width / height;

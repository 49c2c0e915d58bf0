import type { Size, SizeRule } from "./image.ts";

export const describeSize = ({ width, height }: Size): string => `${width}x${height}`;

/** The sizes a model works at, in words. */
export function describeSizes(rule: SizeRule): string {
  if (rule.kind === "list") return `one of ${rule.sizes.map(describeSize).join(", ")}`;
  const { least, most } = sideLimits(rule);
  const { minPixels, maxPixels, maxAspect } = rule;
  return [
    `sides from ${least} to ${most} px, multiples of ${rule.multipleOf}`,
    minPixels === undefined ? "" : `at least ${minPixels} pixels in all`,
    maxPixels === undefined ? "" : `at most ${maxPixels} pixels in all`,
    maxAspect === undefined ? "" : `no side longer than ${maxAspect} times the other`,
  ]
    .filter(Boolean)
    .join(", ");
}

export function sizeAllowed(rule: SizeRule, { width, height }: Size): boolean {
  if (rule.kind === "list") return rule.sizes.some((size) => size.width === width && size.height === height);
  const { min, max, multipleOf, minPixels = 0, maxPixels = Infinity, maxAspect = Infinity } = rule;
  const pixels = width * height;
  return (
    [width, height].every((side) => side >= min && side <= max && side % multipleOf === 0) &&
    pixels >= minPixels &&
    pixels <= maxPixels &&
    Math.max(width, height) <= maxAspect * Math.min(width, height)
  );
}

/** The smallest and the largest side that a range really allows, px. */
export function sideLimits({ min, max, multipleOf }: SizeRule & { kind: "range" }): { least: number; most: number } {
  return { least: Math.ceil(min / multipleOf) * multipleOf, most: Math.floor(max / multipleOf) * multipleOf };
}

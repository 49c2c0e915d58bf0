import { InfillError, MASK_CONVENTIONS, type MaskConvention } from "@infill/core";
import { hasAlpha, type Plane, type Raster } from "./raster.ts";

/**
 * Lossy compression leaves a shimmer around pure black and white, and one stray pixel would stretch
 * the crop over the whole photo. Values this near an end are taken for the end.
 */
const NEAR = 8;

/**
 * The one mask that everything else works with: 255 = edit, 0 = keep, grey = partial.
 *
 * Luminance is Rec. 709 on the stored values (no profile is applied to a mask). A transparent pixel of
 * a `white` or `black` mask is "keep", a half transparent one half of what it says. Values within
 * 8 of an end count as that end; `painted` takes every alpha above 0 as 255.
 *
 * @param mask 8 bits, 1–4 channels, upright
 * @throws InfillError `mask_mismatch` when the convention needs an alpha channel and there is none, or
 *   when nothing is selected; it names the conventions under which something would be
 */
export function canonicalMask(mask: Raster, convention: MaskConvention): Plane {
  if ((convention === "alpha" || convention === "painted") && !hasAlpha(mask.channels)) {
    throw mismatch(mask, convention, `The mask has no alpha channel, and the convention \`${convention}\` reads one.`);
  }
  const canonical = byConvention(mask, convention);
  if (isEmpty(canonical)) {
    throw mismatch(mask, convention, `The mask selects nothing: ${NOTHING[convention]}.`);
  }
  if (convention === "white" || convention === "black") refuseUnlikely(mask, canonical, convention);
  return canonical;
}

/** Channels further apart than this, 0–255, are a colour; chroma noise of a JPEG stays below. */
const COLOUR = 64;
/** More than this share of the selected pixels in colour, and the mask was not meant to be read by brightness. */
const COLOURED_SHARE = 0.05;
/** A mask whose strongest pixel selects less than half selects nothing that a person would see. */
const FAINTEST_PEAK = 128;

/** A red brush, or a photo, read by its brightness would be paid for and change next to nothing. */
function refuseUnlikely(mask: Raster, canonical: Plane, convention: MaskConvention): void {
  const { channels, data } = mask;
  let selected = 0;
  let coloured = 0;
  let peak = 0;
  for (let i = 0; i < canonical.data.length; i++) {
    const value = canonical.data[i] ?? 0;
    if (value === 0) continue;
    selected++;
    if (value > peak) peak = value;
    if (channels < 3) continue;
    const r = data[i * channels] ?? 0;
    const g = data[i * channels + 1] ?? 0;
    const b = data[i * channels + 2] ?? 0;
    if (Math.max(r, g, b) - Math.min(r, g, b) > COLOUR) coloured++;
  }
  if (coloured > COLOURED_SHARE * selected) {
    const advice = hasHole(mask)
      ? "say `alpha` if its hole is what to edit, or paint it in white on black"
      : "paint it in white on black, or leave the rest transparent and say `painted`";
    throw mismatch(mask, convention, `The mask is in colour, and \`${convention}\` reads brightness: ${advice}.`);
  }
  if (peak < FAINTEST_PEAK) {
    const strength = `its strongest pixel edits ${percent(peak / 255)}`;
    const advice = hasHole(mask) ? "; say `alpha` if its hole is what to edit" : "";
    throw mismatch(mask, convention, `The mask is too faint to change anything: ${strength}${advice}.`);
  }
}

/** Whether less than half of it is transparent: a picture with a hole, and not a stroke on an empty layer. */
function hasHole(mask: Raster): boolean {
  const share = hasAlpha(mask.channels) ? selectedShare(byConvention(mask, "alpha")) : 0;
  return share > 0 && share < 0.5;
}

const NOTHING: Record<MaskConvention, string> = {
  white: "`white` edits where it is bright, and no visible pixel is",
  black: "`black` edits where it is dark, and no visible pixel is",
  alpha: "`alpha` edits where it is transparent, and no pixel is",
  painted: "`painted` edits where alpha is above 0, and it is 0 everywhere",
};

function byConvention({ width, height, channels, data }: Raster, convention: MaskConvention): Plane {
  const out = new Uint8Array(width * height);
  const edit = editBySample(convention);
  const alphaAt = channels - 1;
  if (convention === "alpha" || convention === "painted") {
    for (let i = 0; i < out.length; i++) out[i] = edit[data[i * channels + alphaAt] ?? 0] ?? 0;
    return { width, height, data: out };
  }
  if (channels === 1) {
    for (let i = 0; i < out.length; i++) out[i] = edit[data[i] ?? 0] ?? 0;
    return { width, height, data: out };
  }
  const coloured = channels > 2;
  const transparent = hasAlpha(channels);
  for (let i = 0; i < out.length; i++) {
    const at = i * channels;
    const first = data[at] ?? 0;
    const luminance = coloured ? (54 * first + 183 * (data[at + 1] ?? 0) + 19 * (data[at + 2] ?? 0)) >> 8 : first;
    const opaque = edit[luminance] ?? 0;
    const alpha = transparent ? (data[at + alphaAt] ?? 0) : 255;
    out[i] = alpha === 255 ? opaque : snapped(Math.round((opaque * alpha) / 255));
  }
  return { width, height, data: out };
}

/** What each luminance, or each alpha, says under a convention. */
function editBySample(convention: MaskConvention): Uint8Array {
  const inverted = convention === "black" || convention === "alpha";
  return Uint8Array.from({ length: 256 }, (_, sample) => {
    if (convention === "painted") return sample > 0 ? 255 : 0;
    return snapped(inverted ? 255 - sample : sample);
  });
}

function snapped(value: number): number {
  if (value <= NEAR) return 0;
  return value >= 255 - NEAR ? 255 : value;
}

function isEmpty({ data }: Plane): boolean {
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) return false;
  return true;
}

function selectedShare({ data }: Plane): number {
  let selected = 0;
  for (let i = 0; i < data.length; i++) if ((data[i] ?? 0) > 0) selected++;
  return selected / data.length;
}

function mismatch(mask: Raster, convention: MaskConvention, problem: string): InfillError {
  const would: Partial<Record<MaskConvention, number>> = {};
  for (const other of MASK_CONVENTIONS) {
    if (other === convention || ((other === "alpha" || other === "painted") && !hasAlpha(mask.channels))) continue;
    const share = selectedShare(byConvention(mask, other));
    if (share > 0 && share < 1) would[other] = Math.round(share * 10_000) / 10_000;
  }
  const shares = Object.entries(would).map(([name, share]) => `as \`${name}\` ${percent(share)}`);
  const hint = shares.length === 0 ? "" : ` Read ${shares.join(", ")} of it would be selected.`;
  return new InfillError("mask_mismatch", problem + hint, {
    pointer: "/mask",
    details: { convention, channels: mask.channels, wouldSelect: would },
  });
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

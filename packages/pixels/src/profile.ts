const HEADER_BYTES = 128;

/**
 * A picture's ICC profile as it can be attached again: cut to the length its own header states
 * (ICC.1:2022, 7.2.2), or `undefined` when it is truncated, misaligned, or describes another kind of
 * picture than a grey or an RGB one. An encoder that meets such a profile fails, and the edit is paid
 * for by then.
 */
export function usableProfile(icc: Uint8Array | undefined, grey: boolean): Uint8Array | undefined {
  if (icc === undefined || icc.length < HEADER_BYTES) return undefined;
  const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  const length = view.getUint32(0);
  if (length < HEADER_BYTES || length > icc.length || length % 4 !== 0) return undefined;
  // the data colour space (7.2.6)
  return tag(icc, 16) === (grey ? "GRAY" : "RGB ") ? icc.subarray(0, length) : undefined;
}

/**
 * Whether colours can be converted *to* a profile, not only from it: a scanner's has no way back. Pixels
 * under such a profile are worked on as they are, in both directions alike.
 */
export function convertsBack(profile: Uint8Array): boolean {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  if (profile.length < HEADER_BYTES + 4) return false;
  const tags = new Set<string>();
  const count = Math.min(view.getUint32(HEADER_BYTES), 100);
  for (let i = 0; i < count; i++) {
    const at = HEADER_BYTES + 4 + 12 * i;
    if (at + 12 > profile.length) break;
    tags.add(tag(profile, at));
  }
  const matrix = ["rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"].every((name) => tags.has(name));
  return matrix || tags.has("kTRC") || tags.has("B2A0");
}

const tag = (bytes: Uint8Array, at: number): string => Buffer.from(bytes.subarray(at, at + 4)).toString("latin1");

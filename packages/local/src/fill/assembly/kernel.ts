// The hot loops of the keyless fill, in AssemblyScript, compiled to WebAssembly SIMD.
//
// A picture is 4 bytes a pixel: red, green, blue and a texture feature that counts as a fourth colour.
// A pixel is named by its index `y * width + x`. A patch is the 7×7 px around its centre and is always
// wholly inside the picture, so no loop asks for borders.
//
// `// @inline` above a function becomes the decorator when it is compiled: calls are what these loops cannot afford,
// and a decorator on a function is no TypeScript.
//
// Everything lies where `bind` says: the host owns the memory and nothing here allocates.

const RADIUS: i32 = 3;
/** A patch row is 28 bytes: two loads of 16 that share one pixel, which the second forgets. */
const SECOND_LOAD: usize = 12;
const UNKNOWN: i32 = 0x7fffffff;

let width: i32 = 0;
let height: i32 = 0;
let image: usize = 0;
let sourceMap: usize = 0;
let field: usize = 0;
let cost: usize = 0;
let weight: usize = 0;
let random: u32 = 1;

/**
 * Points the kernel at one level of the pyramid.
 *
 * - `pixels` u8[4wh]: the picture, holes included
 * - `sources` u8[wh]: 1 where a patch touches no hole
 * - `matches` i32[wh]: for each patch that touches a hole, the centre of the source patch it resembles; negative
 *   for every other, and for 3 (width + 1) more on either side of the array, so that looking around needs no check
 * - `costs` i32[wh]: the sum of squared differences between the two
 * - `weights` f32[wh]: how much the patch's opinion counts in the vote
 */
export function bind(
  w: i32,
  h: i32,
  pixels: usize,
  sources: usize,
  matches: usize,
  costs: usize,
  weights: usize,
): void {
  width = w;
  height = h;
  image = pixels;
  sourceMap = sources;
  field = matches;
  cost = costs;
  weight = weights;
}

/** Starts the stream of random numbers: the same seed, the same stream. */
export function seed(value: u32): void {
  // spreads small seeds over all bits (the finaliser of MurmurHash3); xorshift must not start at 0
  let h = value + 0x9e3779b9;
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  h = h ^ (h >> 16);
  random = h === 0 ? 1 : h;
}

// @inline
function below(limit: i32): i32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return <i32>((<u64>random * <u64>limit) >> 32);
}

// @inline
function squares(difference: v128): v128 {
  const low = i16x8.extend_low_i8x16_u(difference);
  const high = i16x8.extend_high_i8x16_u(difference);
  return i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high));
}

// @inline
function apart(a: v128, b: v128): v128 {
  return v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
}

// @inline
function row(a: usize, b: usize): v128 {
  const second = v128.and(apart(v128.load(a, SECOND_LOAD), v128.load(b, SECOND_LOAD)), i32x4(0, -1, -1, -1));
  return i32x4.add(squares(apart(v128.load(a), v128.load(b))), squares(second));
}

// @inline
function total(sum: v128): i32 {
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
  );
}

/** Sum of squared differences of two patches, or any number ≥ `limit` once it cannot be less. */
// @inline
function difference(target: i32, source: i32, limit: i32): i32 {
  const stride = (<usize>width) << 2;
  const corner = RADIUS * width + RADIUS;
  const a = image + ((<usize>(target - corner)) << 2);
  const b = image + ((<usize>(source - corner)) << 2);
  // rows spread over the patch first: they find a bad match sooner than neighbours do
  let sum = i32x4.add(row(a, b), row(a + 6 * stride, b + 6 * stride));
  sum = i32x4.add(sum, row(a + 3 * stride, b + 3 * stride));
  let d = total(sum);
  if (d >= limit) return d;
  sum = i32x4.add(row(a + stride, b + stride), row(a + 5 * stride, b + 5 * stride));
  d += total(sum);
  if (d >= limit) return d;
  sum = i32x4.add(row(a + 2 * stride, b + 2 * stride), row(a + 4 * stride, b + 4 * stride));
  return d + total(sum);
}

/** Brings the costs of `count` targets (i32 each, at `targets`) up to date after the picture changed. */
export function measure(targets: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const p = load<i32>(targets + ((<usize>i) << 2));
    const at = (<usize>p) << 2;
    store<i32>(cost + at, difference(p, load<i32>(field + at), UNKNOWN));
  }
}

/**
 * One pass of PatchMatch (Barnes et al. 2009) over the targets, in reading order or backwards:
 * each asks the two neighbours just visited for theirs, then looks around its own at random within
 * `reach` px, halving the distance each time.
 */
export function search(targets: usize, count: i32, backwards: bool, reach: i32): void {
  const step = backwards ? 1 : -1;
  for (let n = 0; n < count; n++) {
    const i = backwards ? count - 1 - n : n;
    const p = load<i32>(targets + ((<usize>i) << 2));
    const at = (<usize>p) << 2;
    let best = load<i32>(field + at);
    let d = load<i32>(cost + at);

    // a neighbour that is no target names none: its match is negative
    const beside = load<i32>(field + ((<usize>(p + step)) << 2));
    if (beside >= 0) {
      const q = beside - step;
      if (q !== best && load<u8>(sourceMap + q)) {
        const e = difference(p, q, d);
        if (e < d) {
          d = e;
          best = q;
        }
      }
    }
    const above = load<i32>(field + ((<usize>(p + step * width)) << 2));
    if (above >= 0) {
      const q = above - step * width;
      if (q !== best && q >= 0 && q < width * height && load<u8>(sourceMap + q)) {
        const e = difference(p, q, d);
        if (e < d) {
          d = e;
          best = q;
        }
      }
    }

    let y = best / width;
    let x = best - y * width;
    for (let r = reach; r >= 1; r >>= 1) {
      const left = max(RADIUS, x - r);
      const top = max(RADIUS, y - r);
      const right = min(width - 1 - RADIUS, x + r);
      const bottom = min(height - 1 - RADIUS, y + r);
      const u = left + below(right - left + 1);
      const v = top + below(bottom - top + 1);
      const q = v * width + u;
      if (!load<u8>(sourceMap + q)) continue;
      const e = difference(p, q, d);
      if (e < d) {
        d = e;
        best = q;
        x = u;
        y = v;
      }
    }
    store<i32>(field + at, best);
    store<i32>(cost + at, d);
  }
}

/** The best of all `sourceCount` sources (i32 each) for each target: for small levels only. */
export function exhaust(targets: usize, count: i32, sources: usize, sourceCount: i32): void {
  for (let i = 0; i < count; i++) {
    const p = load<i32>(targets + ((<usize>i) << 2));
    const at = (<usize>p) << 2;
    let best = load<i32>(field + at);
    let d = load<i32>(cost + at);
    for (let j = 0; j < sourceCount; j++) {
      const q = load<i32>(sources + ((<usize>j) << 2));
      const e = difference(p, q, d);
      if (e < d) {
        d = e;
        best = q;
      }
    }
    store<i32>(field + at, best);
    store<i32>(cost + at, d);
  }
}

/**
 * The best of all sources for one target of which only some pixels are known yet: `known` is
 * u8[4wh], 255 in all four bytes of a pixel that counts.
 */
export function peel(target: i32, known: usize, sources: usize, sourceCount: i32): void {
  const stride = (<usize>width) << 2;
  const corner = RADIUS * width + RADIUS;
  const offset = (<usize>(target - corner)) << 2;
  const a = image + offset;
  const k = known + offset;
  let best = load<i32>(sources);
  let d = UNKNOWN;
  for (let j = 0; j < sourceCount; j++) {
    const q = load<i32>(sources + ((<usize>j) << 2));
    const b = image + ((<usize>(q - corner)) << 2);
    let e = 0;
    for (let y: usize = 0; y < 7 && e < d; y++) {
      const at = y * stride;
      const first = v128.and(apart(v128.load(a + at), v128.load(b + at)), v128.load(k + at));
      const second = v128.and(
        v128.and(apart(v128.load(a + at, SECOND_LOAD), v128.load(b + at, SECOND_LOAD)), v128.load(k + at, SECOND_LOAD)),
        i32x4(0, -1, -1, -1),
      );
      e += total(i32x4.add(squares(first), squares(second)));
    }
    if (e < d) {
      d = e;
      best = q;
    }
  }
  store<i32>(field + ((<usize>target) << 2), best);
  store<i32>(cost + ((<usize>target) << 2), d);
}

/**
 * Colours each hole pixel (i32 each, at `holes`) by the weighted mean of what the patches over it say.
 * With `focus` > 0 it asks again and listens the less to an opinion the further it lies from the mean
 * (squared distance over `focus`): two textures that disagree then give one of them, not a blur of both.
 */
export function vote(holes: usize, count: i32, focus: f32): void {
  for (let i = 0; i < count; i++) {
    const p = load<i32>(holes + ((<usize>i) << 2));
    let mean = tally(p);
    if (focus > 0) mean = tallyNear(p, mean, focus);
    const whole = i32x4.trunc_sat_f32x4_u(f32x4.add(mean, f32x4.splat(0.5)));
    const packed = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_u(whole, whole), i16x8.narrow_i32x4_u(whole, whole));
    store<i32>(image + ((<usize>p) << 2), i32x4.extract_lane(packed, 0));
  }
}

/**
 * For each of `count` known px beside the hole (i32 each, at `ring`): its colour less what the patches over it say,
 * f32[4] each, at `errors`.
 */
export function judge(ring: usize, count: i32, errors: usize): void {
  for (let i = 0; i < count; i++) {
    const p = load<i32>(ring + ((<usize>i) << 2));
    v128.store(errors + ((<usize>i) << 4), f32x4.sub(colourOf(p), tally(p)));
  }
}

/**
 * For each of `count` hole px (i32 each, at `holes`): the step of colour to the px `step` further (1 = right, width =
 * down) as the patches over both saw it at their sources, less the step there is now; f32[4] each, at `drifts`.
 * Where patches from two lights meet, this is what the seam between them has too much. NaN where no patch is over both.
 */
export function drift(holes: usize, count: i32, step: i32, drifts: usize): void {
  const right = step === 1 ? 1 : 0;
  const down = 1 - right;
  for (let i = 0; i < count; i++) {
    const p = load<i32>(holes + ((<usize>i) << 2));
    let sum = f32x4.splat(0);
    let weights = f32x4.splat(0);
    for (let dy = down - RADIUS; dy <= RADIUS; dy++) {
      const line = p + dy * width;
      for (let dx = right - RADIUS; dx <= RADIUS; dx++) {
        const at = (<usize>(line + dx)) << 2;
        const match = load<i32>(field + at);
        if (match < 0) continue;
        const from = match - dy * width - dx;
        const w = v128.load32_splat(weight + at);
        sum = f32x4.add(sum, f32x4.mul(w, f32x4.sub(colourOf(from + step), colourOf(from))));
        weights = f32x4.add(weights, w);
      }
    }
    const now = f32x4.sub(colourOf(p + step), colourOf(p));
    v128.store(drifts + ((<usize>i) << 4), f32x4.sub(f32x4.div(sum, weights), now));
  }
}

// @inline
function colourOf(p: i32): v128 {
  const bytes = v128.load32_zero(image + ((<usize>p) << 2));
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
}

function tally(p: i32): v128 {
  let sum = f32x4.splat(0);
  let weights = f32x4.splat(0);
  for (let dy = -RADIUS; dy <= RADIUS; dy++) {
    const line = p + dy * width;
    for (let dx = -RADIUS; dx <= RADIUS; dx++) {
      const at = (<usize>(line + dx)) << 2;
      const match = load<i32>(field + at);
      if (match < 0) continue;
      const w = v128.load32_splat(weight + at);
      sum = f32x4.add(sum, f32x4.mul(w, colourOf(match - dy * width - dx)));
      weights = f32x4.add(weights, w);
    }
  }
  return f32x4.div(sum, weights);
}

function tallyNear(p: i32, around: v128, focus: f32): v128 {
  const scale = f32x4.splat(focus);
  let sum = f32x4.splat(0);
  let weights = f32x4.splat(0);
  for (let dy = -RADIUS; dy <= RADIUS; dy++) {
    const line = p + dy * width;
    for (let dx = -RADIUS; dx <= RADIUS; dx++) {
      const at = (<usize>(line + dx)) << 2;
      const match = load<i32>(field + at);
      if (match < 0) continue;
      const colour = colourOf(match - dy * width - dx);
      const off = f32x4.sub(colour, around);
      const squared = f32x4.mul(off, off);
      // red, green and blue side by side in every lane; the texture feature has no say
      const far = f32x4.add(
        f32x4.add(v128.shuffle<f32>(squared, squared, 0, 0, 0, 0), v128.shuffle<f32>(squared, squared, 1, 1, 1, 1)),
        v128.shuffle<f32>(squared, squared, 2, 2, 2, 2),
      );
      const near = f32x4.div(scale, f32x4.add(scale, far));
      const w = f32x4.mul(v128.load32_splat(weight + at), f32x4.mul(near, near));
      sum = f32x4.add(sum, f32x4.mul(w, colour));
      weights = f32x4.add(weights, w);
    }
  }
  return f32x4.div(sum, weights);
}

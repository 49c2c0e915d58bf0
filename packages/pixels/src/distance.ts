import { type Plane, release } from "./raster.ts";

/**
 * Squared Euclidean distance, in px², from every pixel to the nearest seed, exact up to `reach` (at most
 * 65 534) and something larger beyond it. Two passes, linear in the pixels whatever the reach
 * (Meijster, Roerdink, Hesselink: "A general algorithm for computing distance transforms in linear time").
 * The plane is not read again once the first row is there.
 *
 * @param seeds pixels of this value are at distance 0
 * @returns row by row, each in the same array: all of them would be four bytes a pixel
 */
export function* squaredDistances(
  { width, height, data }: Plane,
  seeds: number,
  reach: number,
): Generator<Uint32Array, void, undefined> {
  const far = Math.min(Math.floor(reach) + 1, 0xffff);
  const farSquare = far * far;

  // how far the nearest seed of the same column is, capped at `far`
  const vertical = new Uint16Array(width * height);
  for (let at = 0; at < vertical.length; at++) {
    const above = at < width ? far : (vertical[at - width] ?? 0);
    vertical[at] = data[at] === seeds ? 0 : above < far ? above + 1 : far;
  }
  for (let at = vertical.length - width - 1; at >= 0; at--) {
    const below = (vertical[at + width] ?? 0) + 1;
    if (below < (vertical[at] ?? 0)) vertical[at] = below;
  }

  // along each row: the lower envelope of one parabola a column
  const out = new Uint32Array(width);
  const apex = new Int32Array(width);
  const from = new Int32Array(width);
  const squares = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let near = false;
    for (let x = 0; x < width; x++) {
      const v = vertical[row + x] ?? 0;
      if (v < far) near = true;
      squares[x] = v * v;
    }
    if (!near) {
      yield out.fill(farSquare);
      continue;
    }
    let top = 0;
    apex[0] = 0;
    from[0] = 0;
    for (let x = 1; x < width; x++) {
      const square = squares[x] ?? 0;
      while (top >= 0) {
        const a = apex[top] ?? 0;
        const start = from[top] ?? 0;
        if ((start - a) * (start - a) + (squares[a] ?? 0) <= (start - x) * (start - x) + square) break;
        top--;
      }
      if (top < 0) {
        top = 0;
        apex[0] = x;
        from[0] = 0;
        continue;
      }
      const a = apex[top] ?? 0;
      const meet = 1 + Math.floor((x * x - a * a + square - (squares[a] ?? 0)) / (2 * (x - a)));
      if (meet < width) {
        top++;
        apex[top] = x;
        from[top] = meet;
      }
    }
    for (let x = width - 1; x >= 0; x--) {
      const a = apex[top] ?? 0;
      out[x] = Math.min(farSquare, (x - a) * (x - a) + (squares[a] ?? 0));
      if (x === from[top]) top--;
    }
    yield out;
  }
  release(vertical);
}

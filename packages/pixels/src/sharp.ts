import type Sharp from "sharp";

let loading: Promise<typeof Sharp> | undefined;

/**
 * sharp, loaded on first use: importing it costs a cold start about 60 ms and its native library,
 * which a request that touches no pixels should not pay.
 */
export function loadSharp(): Promise<typeof Sharp> {
  loading ??= import("sharp").then(({ default: sharp }) => {
    // Every picture is seen once: a cache of operations would only hold on to its memory.
    sharp.cache(false);
    return sharp;
  });
  return loading;
}

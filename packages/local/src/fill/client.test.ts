import { describe, expect, test } from "vitest";
import { fillInWorker } from "./client.ts";
import { type FillInput, fillHole, TooFewSources } from "./fill.ts";

function noisy(side: number, hole: number): FillInput {
  const rgb = new Uint8Array(3 * side * side);
  for (let i = 0; i < rgb.length; i++) rgb[i] = (i * 7919) % 251;
  const mask = new Uint8Array(side * side);
  const from = (side - hole) >> 1;
  for (let y = from; y < from + hole; y++) mask.fill(255, y * side + from, y * side + from + hole);
  return { width: side, height: side, rgb, mask, seed: 3 };
}

describe("a fill in its own thread", () => {
  test("gives what it gives in this one, and leaves the caller's pixels in place", async () => {
    const input = noisy(96, 30);
    const before = input.rgb.slice();
    expect(await fillInWorker(input)).toEqual(fillHole(input));
    expect(input.rgb).toEqual(before);
  });

  test("leaves the event loop free and reports rising progress up to 1", async () => {
    const seen: number[] = [];
    let turns = 0;
    let turnsWhenHalfDone = 0;
    let running = true;
    const turn = (): void => {
      turns++;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    await fillInWorker({
      ...noisy(256, 80),
      onProgress: (progress) => {
        seen.push(progress);
        if (progress < 0.5) turnsWhenHalfDone = turns;
      },
    });
    running = false;
    expect(turnsWhenHalfDone).toBeGreaterThan(0);
    expect(turns).toBeGreaterThan(turnsWhenHalfDone);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });

  test("ends at once when it is canceled under way, with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const seen: number[] = [];
    const filling = fillInWorker({
      ...noisy(700, 400),
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        controller.abort(reason);
      },
    });
    await expect(filling).rejects.toBe(reason);
    // it was stopped in the middle: a finished fill would have reported 1
    expect(seen).toHaveLength(1);
    expect(seen[0]).toBeLessThan(1);
  });

  test("does not start when it is canceled before", async () => {
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(fillInWorker({ ...noisy(64, 20), signal })).rejects.toThrow("too late");
  });

  test("says what the hole leaves when that is too little", async () => {
    await expect(fillInWorker(noisy(32, 32))).rejects.toEqual(new TooFewSources(0));
  });
});

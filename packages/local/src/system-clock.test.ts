import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "./system-clock.ts";

describe("the machine's time", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("wakes after longer than setTimeout can count, and not before", () => {
    const days = 86_400_000;
    let woken = false;
    systemClock.after(60 * days, () => {
      woken = true;
    });
    vi.advanceTimersByTime(60 * days - 1);
    expect(woken).toBe(false);
    vi.advanceTimersByTime(1);
    expect(woken).toBe(true);
  });

  it("takes a timer back, also once it has begun to count anew", () => {
    const cancel = systemClock.after(2 ** 31 + 1000, () => expect.unreachable());
    vi.advanceTimersByTime(2 ** 31);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sleeps until its time, or until the signal, whose reason it rejects with", async () => {
    const slept = systemClock.sleep(10);
    vi.advanceTimersByTime(10);
    await slept;

    const abort = new AbortController();
    const disturbed = systemClock.sleep(10, abort.signal);
    abort.abort("enough");
    await expect(disturbed).rejects.toBe("enough");
    await expect(systemClock.sleep(10, abort.signal)).rejects.toBe("enough");
    expect(vi.getTimerCount()).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

describe("virtual time", () => {
  it("runs timers in the order of their times, and those of one moment in the order they were set", () => {
    const clock = new VirtualClock(0);
    const ran: string[] = [];
    for (const [name, ms] of [
      ["late", 20],
      ["early", 10],
      ["also early", 10],
    ] as const)
      clock.after(ms, () => ran.push(`${name} ${clock.now()}`));
    clock.advance(15);
    expect(ran).toEqual(["early 10", "also early 10"]);
    expect(clock.now()).toBe(15);
    clock.advance(5);
    expect(ran.at(-1)).toBe("late 20");
  });

  it("runs what a timer sets within the same stretch, and nothing that was taken back", () => {
    const clock = new VirtualClock(0);
    const ran: number[] = [];
    clock.after(10, () => clock.after(10, () => ran.push(clock.now())));
    clock.after(10, () => ran.push(-1))();
    clock.advance(100);
    expect(ran).toEqual([20]);
  });

  it("jumps to the next timer, and says when there is none", () => {
    const clock = new VirtualClock(0);
    clock.after(86_400_000, () => {});
    expect(clock.advanceToNext()).toBe(true);
    expect(clock.now()).toBe(86_400_000);
    expect(clock.advanceToNext()).toBe(false);
  });

  it("wakes a sleeper in time, or with the reason of its signal", async () => {
    const clock = new VirtualClock(0);
    const slept = clock.sleep(10);
    clock.advance(10);
    await slept;

    const abort = new AbortController();
    const disturbed = clock.sleep(10, abort.signal);
    abort.abort("enough");
    await expect(disturbed).rejects.toBe("enough");
    await expect(clock.sleep(10, abort.signal)).rejects.toBe("enough");
    expect(clock.advanceToNext()).toBe(false);
  });
});

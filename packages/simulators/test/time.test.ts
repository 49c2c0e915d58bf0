import { expect, test } from "vitest";
import { manualTime } from "../src/index.ts";
import { stoppable } from "../src/time.ts";

test("a manual clock runs what falls due, in order, at its own moment", () => {
  const time = manualTime(1000);
  const seen: [string, number][] = [];
  const note = (name: string) => () => void seen.push([name, time.now()]);
  time.schedule(20, note("second"));
  time.schedule(10, () => {
    note("first")();
    time.schedule(5, note("between"));
  });
  time.schedule(30, note("taken back"))();
  time.schedule(100, note("later"));
  time.advance(50);
  expect(seen).toEqual([
    ["first", 1010],
    ["between", 1015],
    ["second", 1020],
  ]);
  expect(time.now()).toBe(1050);
});

test("a stopped clock runs nothing that was scheduled through it", () => {
  const manual = manualTime();
  const time = stoppable(manual);
  let ran = false;
  time.schedule(1, () => {
    ran = true;
  });
  time.stop();
  manual.advance(10);
  expect(ran).toBe(false);
});

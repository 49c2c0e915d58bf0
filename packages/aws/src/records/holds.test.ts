import { SAMPLE_TIME } from "@infill/core/testing";
import { expect, test } from "vitest";
import { onDynoxide } from "../testing/on-dynoxide.ts";
import { createDynamoHolds } from "./index.ts";

onDynoxide("places for held answers", ({ table, connect }) => {
  let pools = 0;
  /** A pool of its own, on a clock that stands still until it is moved. */
  function pool(places: number) {
    const time = { now: SAMPLE_TIME };
    const clock = { now: () => time.now, sleep: () => Promise.resolve() };
    const holds = createDynamoHolds({ table: table(), client: connect(), clock, name: `pool-${++pools}`, places });
    return { holds, time };
  }

  test("fifty who come at one moment get as many as there are", async () => {
    const { holds } = pool(3);
    const taken = await Promise.all(Array.from({ length: 50 }, () => holds.take(25)));
    expect(taken.filter((release) => release !== undefined)).toHaveLength(3);
    expect(await holds.take(25)).toBeUndefined();
  });

  test("a place that is given back is there again", async () => {
    const { holds } = pool(1);
    await (await holds.take(25))?.();
    expect(await holds.take(25)).toBeTypeOf("function");
  });

  test("a place whose holder died is there again when its time is over", async () => {
    const { holds, time } = pool(1);
    await holds.take(25);
    time.now += 24_999;
    expect(await holds.take(25)).toBeUndefined();
    time.now += 1;
    expect(await holds.take(25)).toBeTypeOf("function");
  });

  test("who gives back late takes nothing from whoever has the place by then", async () => {
    const { holds, time } = pool(1);
    const late = await holds.take(25);
    time.now += 25_000;
    await holds.take(25);
    await late?.();
    expect(await holds.take(25)).toBeUndefined();
  });

  test("pools do not know of each other", async () => {
    const [one, other] = [pool(1), pool(1)];
    await one.holds.take(25);
    expect(await other.holds.take(25)).toBeTypeOf("function");
  });
});

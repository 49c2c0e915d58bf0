import type { Holds } from "@infill/core";
import { SAMPLE_TIME } from "@infill/core/testing";
import { expect, test } from "vitest";
import { withLostAnswers } from "../testing/faults.ts";
import { onDynoxide } from "../testing/on-dynoxide.ts";
import { createDynamoHolds } from "./index.ts";

type Taken = Awaited<ReturnType<Holds["take"]>>;

const isPlace = (taken: Taken): boolean => "release" in taken;
const released = async (taken: Taken): Promise<void> => {
  if ("release" in taken) await taken.release();
};

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
    expect(taken.filter(isPlace)).toHaveLength(3);
    expect(await holds.take(25)).toEqual({ full: "all" });
  });

  test("a place that is given back is there again", async () => {
    const { holds } = pool(1);
    await released(await holds.take(25));
    expect(isPlace(await holds.take(25))).toBe(true);
  });

  test("a place whose holder died is there again when its time is over", async () => {
    const { holds, time } = pool(1);
    await holds.take(25);
    time.now += 24_999;
    expect(await holds.take(25)).toEqual({ full: "all" });
    time.now += 1;
    expect(isPlace(await holds.take(25))).toBe(true);
  });

  test("who gives back late takes nothing from whoever has the place by then", async () => {
    const { holds, time } = pool(1);
    const late = await holds.take(25);
    time.now += 25_000;
    await holds.take(25);
    await released(late);
    expect(await holds.take(25)).toEqual({ full: "all" });
  });

  test("a place that was taken by a write whose answer was lost is one place", async () => {
    const lossy = withLostAnswers(connect(), () => true);
    const { holds } = pool(3);
    const unlucky = createDynamoHolds({
      ...{ table: table(), client: lossy, clock: { now: () => SAMPLE_TIME, sleep: () => Promise.resolve() } },
      ...{ name: `pool-${pools}`, places: 3 },
    });
    const taken = await unlucky.take(25, "ann");
    expect(isPlace(taken)).toBe(true);
    const others = await Promise.all([holds.take(25), holds.take(25), holds.take(25)]);
    expect(others.filter(isPlace)).toHaveLength(2);
    await released(taken);
    expect(isPlace(await holds.take(25))).toBe(true);
  });

  test("pools do not know of each other", async () => {
    const [one, other] = [pool(1), pool(1)];
    await one.holds.take(25);
    expect(isPlace(await other.holds.take(25))).toBe(true);
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [30, 3],
  ])("of %i places one owner may have %i, and nobody in particular all the others", async (places, share) => {
    const { holds } = pool(places);
    for (let n = 0; n < share; n++) expect(isPlace(await holds.take(25, "ann"))).toBe(true);
    expect(await holds.take(25, "ann")).toEqual({ full: "share" });
    for (let n = share; n < places; n++) expect(isPlace(await holds.take(25))).toBe(true);
    expect(await holds.take(25)).toEqual({ full: "all" });
    expect(await holds.take(25, "ben")).toEqual({ full: "all" });
  });

  test("twenty of one owner who come at one moment get that one's share, and leave the others their places", async () => {
    const { holds } = pool(5);
    const taken = await Promise.all(Array.from({ length: 20 }, () => holds.take(25, "ann")));
    expect(taken.filter(isPlace)).toHaveLength(2);
    for (let n = 2; n < 5; n++) expect(isPlace(await holds.take(25, `other-${n}`))).toBe(true);
  });

  test("an owner's share is there again with each place that is given back or over", async () => {
    const { holds, time } = pool(3);
    const first = await holds.take(25, "ann");
    await holds.take(60, "ann");
    await released(first);
    expect(isPlace(await holds.take(25, "ann"))).toBe(true);
    expect(await holds.take(25, "ann")).toEqual({ full: "share" });
    time.now += 25_000;
    expect(isPlace(await holds.take(25, "ann"))).toBe(true);
  });

  test("a place that was an owner's is nobody's in particular when nobody in particular takes it", async () => {
    const { holds, time } = pool(1);
    await holds.take(25, "ann");
    time.now += 25_000;
    await holds.take(25);
    expect(await holds.take(25, "ann")).toEqual({ full: "all" });
  });
});

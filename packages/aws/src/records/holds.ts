import type { Clock, Holds } from "@infill/core";
import type { Rows } from "./rows.ts";
import { holdsKey } from "./table.ts";

/**
 * Places as attributes of one row: a place is taken until the ms it holds, and free without, or after.
 *
 * | write   | condition                             | what it guarantees                                 |
 * |---------|---------------------------------------|----------------------------------------------------|
 * | take    | the place is not there, or is over    | one holder a place; of two who saw it free, one    |
 * | release | the place still ends when mine does   | what somebody else took after me stays theirs      |
 *
 * @param options.name of the pool
 * @param options.places how many there are
 */
export function holdsIn(
  rows: Pick<Rows, "read" | "update">,
  options: { name: string; places: number; clock: Clock; random: () => number },
): Holds {
  const { name, places, clock, random } = options;
  const key = holdsKey(name);

  async function takePlace(place: string, now: number, until: number): Promise<boolean> {
    const change = {
      update: `SET #v = :v, #${place} = :until`,
      condition: `attribute_not_exists(#${place}) OR #${place} <= :now`,
      values: { v: 1, until, now },
    };
    return (await rows.update(key, change, "taking a place")) !== undefined;
  }

  return {
    async take(seconds) {
      const now = clock.now();
      const until = now + seconds * 1000;
      const row = (await rows.read(key, "looking for a place")) ?? {};
      const free = Array.from({ length: places }, (_, i) => `place${i}`).filter((each) => !(Number(row[each]) > now));
      // from anywhere, so that those who come at one moment do not all try the same place first
      const first = Math.floor(random() * free.length);
      for (const place of [...free.slice(first), ...free.slice(0, first)]) {
        if (!(await takePlace(place, now, until))) continue;
        return async () => {
          const change = { update: `REMOVE #${place}`, condition: `#${place} = :until`, values: { until } };
          await rows.update(key, change, "giving a place back");
        };
      }
      return undefined;
    },
  };
}

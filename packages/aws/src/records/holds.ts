import type { Clock, Holds } from "@infill/core";
import type { Item } from "./item.ts";
import type { Rows } from "./rows.ts";
import { holdsKey } from "./table.ts";

/**
 * Places as attributes of one row: a place is taken until the ms it holds, and free without, or after. Whose it is
 * stands beside it.
 *
 * | write   | condition                             | what it guarantees                                 |
 * |---------|---------------------------------------|----------------------------------------------------|
 * | take    | the place is not there, or is over    | one holder a place; of two who saw it free, one    |
 * | release | the place still ends when mine does   | what somebody else took after me stays theirs      |
 *
 * Takes that meet may have seen room in their owner's share, all of them. Each looks at the row that its own write
 * left: it gives the place back where the owner has too many by then. So the first keep theirs, and a share is
 * exceeded for as long as that takes.
 *
 * @param options.name of the pool
 * @param options.places how many there are
 */
export function holdsIn(
  rows: Pick<Rows, "read" | "update">,
  options: { name: string; places: number; clock: Clock; random: () => number },
): Holds {
  const { name, clock, random } = options;
  const key = holdsKey(name);
  const places = Array.from({ length: options.places }, (_, i) => ({ place: `place${i}`, owner: `owner${i}` }));
  const share = shareOf(places.length);

  /** The row, where a place was taken by a write whose answer was lost: sent again, it met its own effect. */
  async function mine({ place }: Place, until: number): Promise<Item | undefined> {
    const row = await rows.read(key, "looking whose a place is");
    return row !== undefined && Number(row[place]) === until ? row : undefined;
  }

  return {
    async take(seconds, owner) {
      const now = clock.now();
      // less than a millisecond tells it from what others take at the same moment
      const until = now + seconds * 1000 - random();
      const isTaken = (row: Item, at: Place) => Number(row[at.place]) > now;
      const ownedIn = (row: Item) =>
        owner === undefined ? 0 : places.filter((at) => isTaken(row, at) && row[at.owner] === owner).length;

      const row = (await rows.read(key, "looking for a place")) ?? {};
      if (ownedIn(row) >= share) return { full: "share" };
      const free = places.filter((at) => !isTaken(row, at));
      // from anywhere, so that those who come at one moment do not all try the same place first
      const first = Math.floor(random() * free.length);
      for (const at of [...free.slice(first), ...free.slice(0, first)]) {
        const taken =
          (await rows.update(key, taking(at, { now, until, owner }), "taking a place")) ?? (await mine(at, until));
        if (taken === undefined) continue;
        const release = async () => void (await rows.update(key, releasing(at, until), "giving a place back"));
        if (ownedIn(taken) <= share) return { release };
        await release();
        return { full: "share" };
      }
      return { full: "all" };
    },
  };
}

/** A place, by the names of its attributes. */
interface Place {
  place: string;
  owner: string;
}

/**
 * Of so many places, those that one owner may have: a tenth, but at least two, for an edit and its retry. Never the
 * last one, unless it is the only one.
 */
const shareOf = (places: number): number => Math.max(Math.floor(places / 10), Math.min(2, places - 1), 1);

const taking = ({ place, owner }: Place, mine: { now: number; until: number; owner: string | undefined }) => ({
  update: `SET #v = :v, #${place} = :until${mine.owner === undefined ? ` REMOVE #${owner}` : `, #${owner} = :owner`}`,
  condition: `attribute_not_exists(#${place}) OR #${place} <= :now`,
  values: { v: 1, now: mine.now, until: mine.until, ...(mine.owner === undefined ? {} : { owner: mine.owner }) },
});

const releasing = ({ place, owner }: Place, until: number) => ({
  update: `REMOVE #${place}, #${owner}`,
  condition: `#${place} = :until`,
  values: { until },
});

import { distance } from "fastest-levenshtein";

/** Without case and marks, in which names of one meaning differ: `negative_prompt`, `negativePrompt`. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * The name that was probably meant: the same but for case and marks, one that begins with it (from three characters
 * on), or one that is a slip away – two, of a longer name. `undefined` where none is that close.
 */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  // no name of ours is longer: what is, is not compared
  if (given.length > 64) return undefined;
  const meant = plain(given);
  if (meant.length < 3) return undefined;
  const most = meant.length < 5 ? 1 : 2;
  const near = names.map((name) => ({ name, slips: slipsOf(meant, plain(name)) }));
  const [best] = near.filter(({ slips }) => slips <= most).sort((a, b) => a.slips - b.slips);
  return best?.name;
}

/** A beginning is as near as one slip. */
const slipsOf = (meant: string, name: string): number =>
  Math.min(distance(meant, name), name.startsWith(meant) ? 1 : Number.POSITIVE_INFINITY);

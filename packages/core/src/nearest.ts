/** Without case and marks, in which names of one meaning differ: `negative_prompt`, `negativePrompt`. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** How many characters to add, take away or replace until one text is the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, char] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (b.charAt(j) === char ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}

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
  const near = names.map((name) => ({ name, distance: distanceOf(meant, plain(name)) }));
  const [best] = near.filter(({ distance }) => distance <= most).sort((a, b) => a.distance - b.distance);
  return best?.name;
}

/** A beginning is as near as one slip. */
const distanceOf = (meant: string, name: string): number =>
  Math.min(editDistance(meant, name), name.startsWith(meant) ? 1 : Number.POSITIVE_INFINITY);

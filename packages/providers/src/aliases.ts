/**
 * Short names, and the models that each may stand for: the maker's own first, then whoever else offers it.
 * A request for one goes to the first that has what it needs and does not end soon.
 */
export const aliases: Readonly<Record<string, readonly string[]>> = {};

import type { ProviderHealth } from "./ports.ts";

/** A provider that failed so often in a row is left alone for a while. */
const FAILURES = 3;
/** Longer with every further failure. ms */
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 10 * 60_000;

/**
 * Until when a provider is left alone, ms; `undefined` when it is not. Afterwards it is asked again: the first
 * answer of any kind ends the series, another failure prolongs it.
 */
export function restsUntil(health: ProviderHealth | undefined): number | undefined {
  if (health === undefined || health.failures < FAILURES) return undefined;
  return health.lastFailureAt + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (health.failures - FAILURES));
}

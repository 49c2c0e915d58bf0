import type { Clock } from "../api/http.ts";
import type { EventPage, EventView } from "../api/types.ts";

/** Between looks, ms. */
const LOOK_EVERY_MS = 2000;
/** The list repeats the last minute: as many ids of it are remembered. */
const REMEMBERED = 10_000;

/**
 * Hands every event over once, in the order of the list, until the signal fires.
 * @param after a time (ISO 8601) or a cursor: what comes from there on
 */
export async function listen(options: {
  events: (query: { after: string; limit: string }, signal: AbortSignal) => Promise<EventPage>;
  after: string;
  clock: Clock;
  signal: AbortSignal;
  onEvent: (event: EventView) => Promise<void>;
}): Promise<void> {
  const { events, clock, signal, onEvent } = options;
  const seen = new Set<string>();
  let { after } = options;
  try {
    while (!signal.aborted) {
      const page = await events({ after, limit: "100" }, signal);
      for (const event of page.data) {
        if (seen.has(event.id)) continue;
        seen.add(event.id);
        await onEvent(event);
      }
      // the oldest go first: a set is in the order of its making
      for (const id of seen) if (seen.size > REMEMBERED) seen.delete(id);
      after = page.next;
      if (!page.hasMore) await clock.sleep(LOOK_EVERY_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

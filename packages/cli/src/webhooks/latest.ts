import type { EventPage, EventView } from "../api/types.ts";

const HOUR_MS = 3600 * 1000;
/** How far back is looked, one after the other, until enough has happened since; then from the first that is kept. */
const SINCE_MS = [HOUR_MS, 24 * HOUR_MS];
/** As many as one page may have. */
const PAGE = 100;

/**
 * The newest events, oldest first. The API lists forwards only, so it is asked from the last hour on,
 * then the last day, then all that it keeps.
 * @param count how many at most
 */
export async function latestEvents(
  events: (query: { after?: string; limit: string }) => Promise<EventPage>,
  count: number,
  now: number,
): Promise<EventView[]> {
  for (const since of SINCE_MS) {
    const found = await lastSince(events, count, new Date(now - since).toISOString());
    if (found.length === count) return found;
  }
  return lastSince(events, count);
}

/** @param after absent: the first that is kept */
async function lastSince(events: Parameters<typeof latestEvents>[0], count: number, after?: string) {
  let last: EventView[] = [];
  let from = after;
  for (;;) {
    const page = await events({ limit: String(PAGE), ...(from && { after: from }) });
    last = [...last, ...page.data].slice(-count);
    if (!page.hasMore) return last;
    from = page.next;
  }
}

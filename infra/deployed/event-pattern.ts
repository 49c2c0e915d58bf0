/** What a pattern says of one value: the value itself, or its beginning. */
type Matcher = string | number | boolean | null | { prefix: string };
export type EventPattern = { [field: string]: Matcher[] | EventPattern };

/**
 * Whether an event matches, as EventBridge and event source mappings see it: every field of the pattern
 * is there, with one of the values in its list
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html).
 */
export function matches(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = (event as Record<string, unknown> | undefined)?.[field];
    if (!Array.isArray(wanted)) return matches(wanted, value);
    return wanted.some((matcher) =>
      typeof matcher === "object" && matcher !== null
        ? typeof value === "string" && value.startsWith(matcher.prefix)
        : value === matcher,
    );
  });
}

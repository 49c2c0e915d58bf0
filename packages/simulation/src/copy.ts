/** A copy of plain data, without the fields that are `undefined`: as JSON would have it, and several times faster. */
export function copy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy) as T;
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) if (field !== undefined) result[key] = copy(field);
  return result as T;
}

import type { Key } from "./table.ts";

/** A row as the table has it. */
export type Item = Record<string, unknown>;

/** Attributes that are the table's own, not the record's. */
const OWN = new Set(["pk", "sk", "ofTenant", "ofUser", "unclaimed", "made", "expiresAt", "lastWrite", "tries"]);

/**
 * A record's fields as attributes, one each, so that a condition can name them. What is an object or a
 * list is kept as JSON text: DynamoDB's own maps refuse numbers beyond 1e126 and anything nested deeper
 * than 32 levels, both of which a caller's options may hold
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
 */
export function toAttributes(record: object): Item {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, toAttribute(value)]));
}

/** A map with `json` in it is JSON; no record has any other map. */
export const toAttribute = (value: unknown): unknown =>
  typeof value === "object" ? { json: JSON.stringify(value) } : value;

export const toItem = (key: Key, record: object): Item => ({ ...key, ...toAttributes(record) });

/** The record that {@link toItem} kept. The type is the caller's promise: the table is written by us alone. */
export function fromItem<T>(item: Item): T {
  const entries = Object.entries(item).filter(([name]) => !OWN.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, fromAttribute(value)])) as T;
}

function fromAttribute(value: unknown): unknown {
  return typeof value === "object" && value !== null && "json" in value ? JSON.parse(String(value.json)) : value;
}

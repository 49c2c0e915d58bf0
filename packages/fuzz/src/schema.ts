import fc, { type Arbitrary } from "fast-check";

/** JSON Schema, as the specification uses it. */
export interface Schema {
  [keyword: string]: unknown;
}

/** Names what an id stands for, so that a value can be one that is there. */
export type Known = (pattern: string) => Arbitrary<unknown> | undefined;

/**
 * Values that a schema takes.
 * @param resolve what a `$ref` stands for
 * @param known values in place of made-up ones, by a text's pattern
 */
export function valuesOf(schema: Schema, resolve: (ref: string) => Schema, known: Known): Arbitrary<unknown> {
  const inner = (part: Schema) => valuesOf(part, resolve, known);
  if (typeof schema["$ref"] === "string") return inner(resolve(schema["$ref"]));
  if ("const" in schema) return fc.constant(schema["const"]);
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as unknown[]));
  const variants = (schema["anyOf"] ?? schema["oneOf"]) as Schema[] | undefined;
  if (variants !== undefined) return fc.oneof(...variants.map(inner));
  const number = (keyword: string, otherwise: number): number =>
    typeof schema[keyword] === "number" ? (schema[keyword] as number) : otherwise;
  switch (schema["type"]) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: number("minimum", -1e9), max: Math.min(number("maximum", 1e9), 4_294_967_295) });
    case "number":
      return fc.double({ min: number("minimum", -1e9), max: number("maximum", 1e9), noNaN: true });
    case "array":
      return fc.array(inner((schema["items"] ?? {}) as Schema), {
        minLength: number("minItems", 0),
        maxLength: Math.min(number("maxItems", 4), 4),
      });
    case "string":
      return textOf(schema, known);
    case "object":
      return objectOf(schema, inner);
    default:
      return fc.jsonValue();
  }
}

function textOf(schema: Schema, known: Known): Arbitrary<unknown> {
  const { pattern, format } = schema;
  if (typeof pattern === "string") return known(pattern) ?? fc.stringMatching(new RegExp(pattern));
  if (format === "uri") return fc.webUrl({ validSchemes: ["https"] });
  const maxLength = Math.min(typeof schema["maxLength"] === "number" ? schema["maxLength"] : 60, 60);
  return fc.string({
    unit: "grapheme",
    minLength: Number(schema["minLength"] ?? 0),
    maxLength: Math.max(1, maxLength / 4),
  });
}

function objectOf(schema: Schema, inner: (part: Schema) => Arbitrary<unknown>): Arbitrary<unknown> {
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const extra = schema["additionalProperties"];
  if (Object.keys(properties).length === 0 && typeof extra === "object" && extra !== null) {
    const names = fc
      .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 })
      .filter((name) => name !== "__proto__");
    return fc.dictionary(names, inner(extra as Schema), { maxKeys: 4, noNullPrototype: true });
  }
  return fc.record(Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, inner(property)])), {
    requiredKeys: (schema["required"] ?? []) as string[],
    noNullPrototype: true,
  });
}

/** The same value with one thing about it changed, anywhere in it: mostly not valid any more. */
export function damaged(value: unknown): Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(
      null,
      -1,
      0,
      1e21,
      1.5,
      "",
      " ",
      "\u0000",
      "\u202e",
      "\ud800",
      [],
      {},
      true,
      "ast_",
      "x".repeat(33_000),
    ),
  );
  if (Array.isArray(value) && value.length > 0)
    return fc.oneof(
      anything,
      fc.nat({ max: value.length - 1 }).chain((i) => damaged(value[i]).map((item) => value.with(i, item))),
    );
  if (typeof value !== "object" || value === null || Array.isArray(value)) return anything;
  const names = Object.keys(value);
  const members = value as Record<string, unknown>;
  const added = fc
    .tuple(fc.string({ minLength: 1, maxLength: 10 }), anything)
    .map(([name, member]) => Object.defineProperty({ ...members }, name, { value: member, enumerable: true }));
  if (names.length === 0) return added;
  const name = fc.constantFrom(...names);
  return fc.oneof(
    { weight: 1, arbitrary: anything },
    { weight: 2, arbitrary: added },
    {
      weight: 3,
      arbitrary: name.map((gone) => Object.fromEntries(Object.entries(members).filter(([each]) => each !== gone))),
    },
    {
      weight: 5,
      arbitrary: name.chain((each) => damaged(members[each]).map((member) => ({ ...members, [each]: member }))),
    },
  );
}

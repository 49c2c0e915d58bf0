import type * as z from "zod";
import { InfillError, MOST_LISTED, type Violation } from "./errors.ts";
import { nearestName } from "./nearest.ts";
import { once } from "./once.ts";

/** What callers may send, loaded when the first request is read, and zod with it. */
export const schemas = once(() => import("./schemas.ts"));

/** `["edit", "grow"]` → `/edit/grow` (RFC 6901). */
export const toPointer = (path: ReadonlyArray<PropertyKey>): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** And back. */
export const fromPointer = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

/** A kind of JSON value, with its article. */
function kindOf(expected: string): string {
  if (expected === "int") return "a whole number";
  return `${/^[aeo]/.test(expected) ? "an" : "a"} ${expected}`;
}

/** So much of what an issue counts: of a number itself, of a text its characters, of a list its items. */
function amountOf(origin: string, bound: string, n: number | bigint): string {
  const unit = origin === "string" ? "character" : origin === "array" ? "item" : undefined;
  return unit === undefined ? `must be ${bound} ${n}` : `must have ${bound} ${n} ${unit}${n === 1 ? "" : "s"}`;
}

/** What is allowed where a schema has no words of its own. */
function wordsFor(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return "is required";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kindOf(issue.expected)}`;
    case "invalid_value":
      return `must be one of ${issue.values.join(", ")}`;
    case "too_small":
      return amountOf(issue.origin, issue.inclusive ? "at least" : "more than", issue.minimum);
    case "too_big":
      return amountOf(issue.origin, issue.inclusive ? "at most" : "less than", issue.maximum);
    case "unrecognized_keys":
      // the names that there are: `violationsOf` makes words of them, for each field that is not known
      return fieldsOf(issue.inst).join(", ");
    default:
      return undefined;
  }
}

/** The names of an object's fields, as its schema has them. */
function fieldsOf(schema: z.core.$ZodRawIssue["inst"]): string[] {
  const def = schema?._zod.def;
  return def !== undefined && "shape" in def ? Object.keys(def.shape as object) : [];
}

function unknownField(name: string, known: string): string {
  const nearest = nearestName(name, known.split(", "));
  if (nearest !== undefined) return `is not a known field; did you mean ${nearest}?`;
  return known === "" ? "is not a known field" : `is not a known field; there are ${known}`;
}

function violationsOf(issues: readonly z.core.$ZodIssue[]): Violation[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys
          .slice(0, MOST_LISTED)
          .map((key) => ({ pointer: toPointer([...issue.path, key]), detail: unknownField(key, issue.message) }))
      : [{ pointer: toPointer(issue.path), detail: detailOf(issue) }],
  );
}

/** What is allowed; of a field that is not there, that it must be. */
function detailOf({ input, message }: z.core.$ZodIssue): string {
  if (input !== undefined || message === "is required") return message;
  return `is required: ${message.replace(/^must be /, "")}`;
}

/**
 * Parses a caller's input strictly.
 * @throws InfillError `invalid_request` (422) naming the fields at fault and what is allowed there
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input, { error: wordsFor, reportInput: true });
  if (parsed.success) return parsed.data;
  const errors = violationsOf(parsed.error.issues).slice(0, MOST_LISTED);
  const first = errors[0];
  throw new InfillError("invalid_request", first ? `${first.pointer || "the body"}: ${first.detail}` : "not valid", {
    status: 422,
    errors,
    ...(first ? { pointer: first.pointer } : {}),
  });
}

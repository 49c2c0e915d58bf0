/** A parsed body, before any rule was checked. */
export interface Fields {
  key?: unknown;
  prompt?: unknown;
  request_id?: unknown;
  [name: string]: unknown;
}

/** Field by field, why a body is wrong. */
export type Problems = Record<string, string[]>;

/**
 * Reads the vendor's sloppy values: numbers and flags come as themselves or as strings, and `null`, the string
 * `"null"` and an empty string all mean "not given". What it cannot read it notes in `problems`.
 */
export function fieldReader(body: Fields, problems: Problems) {
  const complain = (name: string, sentence: string) => {
    problems[name] = [...(problems[name] ?? []), sentence];
  };
  const given = (name: string): unknown => {
    const value = body[name];
    return value === "" || value === "null" ? undefined : (value ?? undefined);
  };

  function text(name: string): string | null {
    const value = given(name);
    if (value === undefined) return null;
    if (typeof value === "string") return value;
    complain(name, `The ${spoken(name)} must be a string.`);
    return null;
  }

  function required(name: string): string {
    // a prompt may well read "null"; only an absent or blank one is missing
    const value = body[name];
    if (value === undefined || value === null || (typeof value === "string" && value.trim() === "")) {
      complain(name, `The ${spoken(name)} field is required.`);
      return "";
    }
    if (typeof value === "string") return value;
    complain(name, `The ${spoken(name)} must be a string.`);
    return "";
  }

  function integer<D extends number | null>(name: string, fallback: D, min?: number, max?: number): number | D {
    const value = given(name);
    if (value === undefined) return fallback;
    const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isSafeInteger(number)) {
      complain(name, `${name} must be an integer`);
      return fallback;
    }
    return ranged(name, number, fallback, min, max);
  }

  function decimal(name: string, fallback: number, min: number, max: number): number {
    const value = given(name);
    if (value === undefined) return fallback;
    const number = typeof value === "string" && /^-?\d*\.?\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== "number") {
      complain(name, `${name} must be a number`);
      return fallback;
    }
    return ranged(name, number, fallback, min, max);
  }

  function ranged<D extends number | null>(name: string, value: number, fallback: D, min = -Infinity, max = Infinity) {
    if (value >= min && value <= max) return value;
    complain(name, max === Infinity ? `${name} must be at least ${min}` : `${name} must be between ${min} and ${max}`);
    return fallback;
  }

  function flag(name: string, fallback: boolean): boolean {
    const value = given(name);
    if (value === undefined) return fallback;
    if (value === true || value === "true" || value === "yes") return true;
    if (value === false || value === "false" || value === "no") return false;
    complain(name, `${name} must be one of yes, no, true, false`);
    return fallback;
  }

  return { complain, given, text, required, integer, decimal, flag };
}

function spoken(name: string): string {
  return name.replaceAll("_", " ");
}

import { InfillError } from "@infill/core";

/** Field by field, why a body is wrong. */
export type Problems = Record<string, string[]>;

/** A body that breaks ModelsLab's rules. */
export class FieldProblems extends InfillError {
  readonly problems: Problems;

  constructor(problems: Problems) {
    const [first] = Object.entries(problems);
    super("invalid_request", first?.[1][0] ?? "The request is not valid", { pointer: `/${first?.[0] ?? ""}` });
    this.problems = problems;
  }
}

const TRUE: readonly string[] = ["yes", "true", "1"];
const FALSE: readonly string[] = ["no", "false", "0"];

/** Python writes `True`. */
const lowered = (value: unknown): string => String(value).toLowerCase();

/** Whether a value switches something off, however that is spelled. */
export const isOff = (value: unknown): boolean => FALSE.includes(lowered(value));

/**
 * Reads ModelsLab's sloppy values: numbers and flags come as themselves or as text, and `null`, `"null"` and
 * an empty text all mean "not given".
 */
export function fieldReader(body: Readonly<Record<string, unknown>>) {
  const problems: Problems = {};
  const complain = (name: string, sentence: string): undefined => {
    problems[name] = [...(problems[name] ?? []), sentence];
  };
  const given = (name: string): unknown => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return value === "" || value === "null" ? undefined : (value ?? undefined);
  };
  const spoken = (name: string) => name.replaceAll("_", " ");

  const text = (name: string): string | undefined => {
    const value = given(name);
    if (value === undefined || typeof value === "string") return value;
    return complain(name, `The ${spoken(name)} must be a string.`);
  };
  return {
    problems,
    complain,
    given,
    text,
    required: (name: string): string => {
      // a prompt may well read "null"
      const value = body[name];
      if (typeof value === "string" && value.trim() !== "") return value;
      complain(name, `The ${spoken(name)} field is required.`);
      return "";
    },
    number(
      name: string,
      { min, max, whole = true }: { min: number; max: number; whole?: boolean },
    ): number | undefined {
      const value = given(name);
      if (value === undefined) return undefined;
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      const fits = typeof number === "number" && number >= min && number <= max && (!whole || Number.isInteger(number));
      return fits
        ? number
        : complain(name, `${name} must be ${whole ? "a whole number" : "a number"} between ${min} and ${max}`);
    },
    flag(name: string): boolean | undefined {
      const value = given(name);
      if (value === undefined) return undefined;
      if (TRUE.includes(lowered(value))) return true;
      return isOff(value) ? false : complain(name, `The ${spoken(name)} must be yes or no.`);
    },
  };
}

import { InfillError, schemas } from "@infill/core";

/** How many a page of a list has. */
export const PAGE_LIMIT = { min: 1, max: 100, default: 20 } as const;

/** A number from a query or a path. @throws InfillError naming the range */
export function wholeNumber(
  text: string | undefined,
  name: string,
  range: { min: number; max: number; default: number },
): number {
  if (text === undefined) return range.default;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new InfillError("invalid_request", `${name} must be a whole number from ${range.min} to ${range.max}`, {
    pointer: name,
  });
}

/** An end user's name from a query or a path, as bodies have it. @throws InfillError `invalid_request` for one that none can have */
export async function userNamed(text: string): Promise<string> {
  const { userName } = await schemas();
  const { success, data, error } = userName.safeParse(text);
  if (success) return data;
  throw new InfillError("invalid_request", `user ${error.issues[0]?.message}`, { pointer: "user" });
}

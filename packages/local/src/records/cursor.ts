import { InfillError, type Position } from "@infill/core";

/** Opaque to whoever carries it. It names a place in time, no tenant: it opens nothing. */
export const toCursor = ({ createdAt, id }: Position): string =>
  Buffer.from(JSON.stringify([createdAt, id])).toString("base64url");

/** @throws InfillError `invalid_request` for what {@link toCursor} did not make */
export function fromCursor(cursor: string): Position {
  const [createdAt, id] = parse(Buffer.from(cursor, "base64url").toString());
  if (Number.isSafeInteger(createdAt) && typeof id === "string") return { createdAt: Number(createdAt), id };
  throw new InfillError("invalid_request", "The cursor of a page must be the `next` of the page before, as it came");
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

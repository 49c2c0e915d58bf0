import { InfillError } from "@infill/core";
import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";

/** Largest JSON body of the native API, bytes: a prompt of 32,000 four-byte characters and room to spare. */
export const MAX_JSON_BYTES = 256 * 1024;
const MAX_DEPTH = 32;

/**
 * Refuses a large body before it is read. A declared length is looked at first: once the body has been
 * touched, Node's server no longer drains what is left, and the caller would see a reset, not a 413.
 * @param advice what to do about it
 */
export function limitedTo(maxBytes: number, advice: string): MiddlewareHandler {
  const refuse = (): never => {
    throw new InfillError("invalid_request", `The body is larger than ${maxBytes} bytes; ${advice}`, {
      status: 413,
      details: { maxBytes },
    });
  };
  const limitStream = bodyLimit({ maxSize: maxBytes, onError: refuse });
  return async (c, next) => {
    if (Number(c.req.header("content-length") ?? 0) > maxBytes) refuse();
    return limitStream(c, next);
  };
}

export const limitBody = limitedTo(MAX_JSON_BYTES, "pictures go to storage through POST /v1/uploads, not through here");

/** A body of a few megabytes may else be of millions of values, each of which costs more than its byte. */
const MAX_VALUES = 20_000;

/** @throws InfillError `invalid_request` for a text whose JSON nests too deeply, or has too many values */
function checkShape(text: string): void {
  let depth = 0;
  let values = 1;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (quoted) {
      if (char === 0x5c) i++;
      else if (char === 0x22) quoted = false;
      continue;
    }
    if (char === 0x22) quoted = true;
    else if (char === 0x2c) values++;
    else if (char === 0x7b || char === 0x5b) depth++;
    else if (char === 0x7d || char === 0x5d) depth--;
    if (depth > MAX_DEPTH)
      throw new InfillError("invalid_request", `The body nests deeper than ${MAX_DEPTH} levels`, {
        details: { maxDepth: MAX_DEPTH },
      });
    if (values > MAX_VALUES) throw new InfillError("invalid_request", `The body has more than ${MAX_VALUES} values`);
  }
}

/**
 * The request's JSON body.
 * @throws InfillError `invalid_request`: 415 for another type, 400 for what is not JSON, nests too
 *   deeply or has too many values
 */
export async function readJson(c: Context): Promise<unknown> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(type))
    throw new InfillError("invalid_request", "Send JSON with Content-Type: application/json", { status: 415 });
  const text = await c.req.text();
  checkShape(text);
  try {
    return JSON.parse(text, refuseHidden);
  } catch (error) {
    if (error instanceof InfillError) throw error;
    throw new InfillError("invalid_request", "The body is not valid JSON");
  }
}

/** JSON may hold a field of this name, and nothing after the parser would see it: refused, not dropped. */
function refuseHidden(key: string, value: unknown): unknown {
  if (key === "__proto__")
    throw new InfillError("invalid_request", "The body has a field named __proto__, which no request has");
  return value;
}

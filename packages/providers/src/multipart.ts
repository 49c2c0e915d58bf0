// not the global ones: a server in the same process may have put its own in their place
import { FormData, Response } from "undici";

/** A file of a form. */
export interface Part {
  bytes: Uint8Array;
  /** With its extension: some vendors go by that. */
  filename: string;
  contentType: string;
}

export const pngPart = (name: string, bytes: Uint8Array): Part => ({
  bytes,
  filename: `${name}.png`,
  contentType: "image/png",
});

/** A field of a form: one value, several of one name, or none at all. */
export type Field = string | number | boolean | Part | readonly (string | Part)[] | undefined;

/**
 * A `multipart/form-data` body.
 * @returns the body and the `content-type` that goes with it
 */
export async function multipart(
  fields: Readonly<Record<string, Field>>,
): Promise<{ body: Uint8Array; contentType: string }> {
  const form = new FormData();
  for (const [name, field] of Object.entries(fields)) {
    for (const value of Array.isArray(field) ? field : [field]) append(form, name, value);
  }
  const encoded = new Response(form);
  // not `bytes()`: the Response that Hono's server for Node puts in place of Node's own does not have it
  return { body: new Uint8Array(await encoded.arrayBuffer()), contentType: encoded.headers.get("content-type") ?? "" };
}

function append(form: FormData, name: string, value: Exclude<Field, readonly unknown[]>): void {
  if (value === undefined) return;
  if (typeof value !== "object") form.append(name, String(value));
  else form.append(name, new Blob([new Uint8Array(value.bytes)], { type: value.contentType }), value.filename);
}

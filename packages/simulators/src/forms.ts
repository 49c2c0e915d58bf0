import type { Exchange } from "./server.ts";

/** A file of a form. */
export interface FormFile {
  name: string;
  type: string;
  bytes: Uint8Array;
}

/** A multipart form: each field's values, in order. */
export interface Form {
  texts(name: string): string[];
  /** The first value; `undefined` where there is none. */
  text(name: string): string | undefined;
  files(name: string): FormFile[];
  /** The names of its fields. */
  names: readonly string[];
  /** The fields as they may be logged: of a file, its type and size. */
  shown: Record<string, unknown>;
}

/** @returns `undefined` where the body is no multipart form */
export async function readForm(exchange: Exchange): Promise<Form | undefined> {
  const type = exchange.headers["content-type"] ?? "";
  const body = await exchange.readBody();
  if (!type.startsWith("multipart/form-data")) return undefined;
  const parsed = await new Response(new Uint8Array(body), { headers: { "content-type": type } })
    .formData()
    .catch(() => undefined);
  if (parsed === undefined) return undefined;
  const texts = new Map<string, string[]>();
  const files = new Map<string, FormFile[]>();
  const shown: Record<string, unknown> = {};
  for (const [name, value] of parsed) {
    if (typeof value === "string") {
      texts.set(name, [...(texts.get(name) ?? []), value]);
      shown[name] = value;
    } else {
      const bytes = new Uint8Array(await value.arrayBuffer());
      files.set(name, [...(files.get(name) ?? []), { name: value.name, type: value.type, bytes }]);
      shown[name] = { type: value.type, bytes: bytes.length };
    }
  }
  return {
    texts: (name) => texts.get(name) ?? [],
    text: (name) => texts.get(name)?.[0],
    files: (name) => files.get(name) ?? [],
    names: [...new Set([...texts.keys(), ...files.keys()])],
    shown,
  };
}

/** The fields of a JSON object; `undefined` for any other body. */
export async function readJson(exchange: Exchange): Promise<Record<string, unknown> | undefined> {
  const text = (await exchange.readBody()).toString();
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : undefined;
  } catch {
    return undefined;
  }
}

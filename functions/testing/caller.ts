import type { JobView } from "@infill/core";
import { expect } from "vitest";
import { isDocumented } from "./documented.ts";
import { mask, photo } from "./pictures.ts";
import type { Runtime } from "./runtime.ts";

export interface RequestOptions extends Omit<RequestInit, "headers"> {
  headers?: Record<string, string>;
  /** Sent as a JSON body, by POST unless a method is named. */
  json?: unknown;
}

/** A signed upload, as far as an uploader reads it. */
export interface SignedUpload {
  id: string;
  url: string;
  headers: Record<string, string>;
  expiresAt: string;
}

/** An app with a key, and with a photo and a mask uploaded. */
export interface Caller {
  key: string;
  /** A request without a key, redirects not followed. Every answer is held against what every answer keeps to. */
  request(path: string, options?: RequestOptions): Promise<Response>;
  /** The same with the caller's key, or another's. */
  api(path: string, options?: RequestOptions & { key?: string }): Promise<Response>;
  /** Asks for one signed upload: of a PNG of four bytes where nothing else is said. */
  sign(json?: object, key?: string): Promise<SignedUpload>;
  /** Signs and PUTs one picture. @returns its asset id */
  upload(bytes: Uint8Array, contentType?: string, key?: string): Promise<string>;
  /** Asset ids of a small photo and of a mask for it. */
  image: string;
  white: string;
  /** Asks ModelsLab for an edit of them. */
  ask(json?: object, options?: RequestOptions & { key?: string }): Promise<Response>;
  /** Asks, and lets time pass until the job has ended. */
  edit(json?: object, headers?: Record<string, string>): Promise<JobView>;
  job(id: string): Promise<JobView>;
  /** Lets time pass until the job has ended. */
  finish(id: string): Promise<JobView>;
  /** A result's file, through the redirect. */
  result(id: string, index?: number): Promise<Uint8Array>;
}

/** @param key of the tenant that is calling */
export async function newCaller(
  runtime: Pick<Runtime, "url" | "records" | "advanceUntil">,
  key: string,
): Promise<Caller> {
  const request: Caller["request"] = async (path, { json, headers, ...init } = {}) => {
    const method = init.method ?? (json === undefined ? "GET" : "POST");
    const answer = await fetch(new URL(path, runtime.url), {
      redirect: "manual",
      ...init,
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...headers },
    });
    keepsToEveryAnswer(`${method} ${path}`, answer);
    await isDocumented(method, path, answer);
    return answer;
  };
  const api: Caller["api"] = (path, { key: who = key, headers, ...options } = {}) =>
    request(path, { ...options, headers: { authorization: `Bearer ${who}`, ...headers } });

  const sign: Caller["sign"] = async (json, who = key) => {
    const wish = { contentType: "image/png", contentLength: 4, ...json };
    const answer = await api("/v1/uploads", { json: wish, key: who });
    return (await answer.json()) as SignedUpload;
  };
  const upload: Caller["upload"] = async (bytes, contentType = "image/png", who = key) => {
    const { id, url, headers } = await sign({ contentType, contentLength: bytes.length }, who);
    const put = await fetch(url, { method: "PUT", headers, body: bytes as BodyInit });
    if (!put.ok) throw new Error(`The upload was refused: ${put.status} ${await put.text()}`);
    return id;
  };

  const [image, white] = await Promise.all([upload(await photo()), upload(await mask())]);
  const ask: Caller["ask"] = (json, options) =>
    api("/v1/inpaint", {
      json: { image, mask: white, model: "modelslab/inpaint", prompt: "a red balloon", ...json },
      ...options,
    });
  const job: Caller["job"] = async (id) => (await (await api(`/v1/jobs/${id}`)).json()) as JobView;
  const finish: Caller["finish"] = async (id) => {
    await runtime.advanceUntil(async () => (await runtime.records.getJob(id))?.finishedAt !== undefined);
    return job(id);
  };

  return {
    key,
    request,
    api,
    sign,
    upload,
    image,
    white,
    ask,
    job,
    finish,
    edit: async (json, headers) => finish(await idOf(await ask(json, headers && { headers }))),
    async result(id, index = 0) {
      const redirect = await api(`/v1/jobs/${id}/results/${index}`);
      const file = await fetch(redirect.headers.get("location") ?? "");
      if (!file.ok) throw new Error(`The result was refused: ${file.status} ${await file.text()}`);
      return file.bytes();
    },
  };
}

/** The id of the job that an answer tells of. @throws Error when it tells of none */
export async function idOf(answer: Response): Promise<string> {
  const { id, detail } = (await answer.json()) as { id?: string; detail?: string };
  if (id === undefined) throw new Error(`The answer has no id: ${answer.status} ${detail}`);
  return id;
}

/** One caller's answer is never another's: no cache may keep it, and no browser may guess what it is. */
function keepsToEveryAnswer(request: string, { headers }: Response): void {
  const cacheControl = headers.get("cache-control")?.split(/,\s*/);
  expect(cacheControl, `cache-control of ${request}`).toEqual(expect.arrayContaining(["private", "no-store"]));
  expect(headers.get("x-request-id"), `x-request-id of ${request}`).toMatch(/^req_[0-9a-z]{26}$/);
  expect(headers.get("x-content-type-options"), `x-content-type-options of ${request}`).toBe("nosniff");
}

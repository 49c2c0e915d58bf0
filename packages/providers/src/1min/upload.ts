import type { ContentType, ProviderReference, ProviderRequest } from "@infill/core";
import * as z from "zod";
import { beforeSending, unansweredSubmit } from "../failures.ts";
import { type Http, parseJson } from "../http.ts";
import { HttpFailure } from "../http-failure.ts";
import { multipart } from "../multipart.ts";
import { notReady, rejected } from "../verdict.ts";
import type { UploadedAssets } from "./request.ts";
import { refusedFeature, VENDOR, wordsOf } from "./verdict.ts";

export interface Uploads {
  http: Pick<Http, "send">;
  base: string;
  /** The headers that carry the key. @throws ProviderFailure where there is none */
  headers(): Promise<Record<string, string>>;
  timeoutMs: number;
  signal: AbortSignal;
  /** What must not come back in a message. */
  hide(): readonly string[];
  /** ms since the epoch. */
  now(): number;
}

const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Uploads everything that a request shows. It costs nothing, so whatever goes wrong here, no work was taken.
 * @throws ProviderFailure `accepted: "no"`
 */
export async function uploadAll(request: ProviderRequest, uploads: Uploads): Promise<UploadedAssets> {
  // the vendor names assets by the time of day and the file's name: two of one name could be mistaken
  const unique = `${request.jobId}-${request.attempt}`;
  const upload = (name: string, picture: ProviderRequest["image"], contentType: ContentType = "image/png") =>
    beforeSending(VENDOR, async () => {
      // one without an extension is refused
      const filename = `${unique}-${name}.${contentType.slice("image/".length)}`;
      return uploadAsset({ bytes: await picture.bytes(), filename, contentType }, uploads);
    });
  const uploadReferences = async ([option, pictures]: [string, readonly ProviderReference[]]) => {
    const keys = pictures.map((picture, index) => upload(`${option}-${index}`, picture, picture.contentType));
    return [option, await Promise.all(keys)] as const;
  };
  const [image, mask, references] = await Promise.all([
    upload("image", request.image),
    upload("mask", request.mask),
    Promise.all(
      Object.entries(request.references ?? {})
        .filter(([, pictures]) => pictures.length > 0)
        .map(uploadReferences),
    ),
  ]);
  return { image, mask, references: Object.fromEntries(references) };
}

/** `POST /api/assets`. @returns the asset's key */
async function uploadAsset(
  asset: { bytes: Uint8Array; filename: string; contentType: string },
  { http, base, headers, timeoutMs, signal, hide, now }: Uploads,
): Promise<string> {
  const { body, contentType } = await multipart({ asset });
  const answer = await http
    .send(`${base}/api/assets`, {
      method: "POST",
      headers: { accept: "application/json", "content-type": contentType, ...(await headers()) },
      body,
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      signal,
      question: true,
    })
    .catch((error) => {
      // sent or not: an upload that nobody refers to is nothing
      throw unansweredSubmit(VENDOR, error instanceof HttpFailure ? unsent(error) : error);
    });
  const said = parseJson(answer.bytes);
  const { success, data: key } = Asset.safeParse(said);
  const { status } = answer;
  if (success && status >= 200 && status < 300) return key;

  const refusal = { vendor: VENDOR, status, headers: answer.headers, text: "", hide: hide(), now: now() };
  const failure = refusedFeature(refusal, said);
  if (failure.accepted === "no") throw failure;
  // what proves nothing of paid work is plain enough of an upload: a 4xx will not have this file, ever
  throw status >= 400 && status < 500 ? rejected({ ...refusal, text: wordsOf(said) }) : notReady(refusal);
}

const unsent = ({ reason, message }: HttpFailure): HttpFailure => new HttpFailure(reason, "no", message);

const Path = z.string().min(1);

/** Where the asset is: its path, or – leniently – its key, or its absolute address. */
const Asset = z.union([
  z.object({ fileContent: z.object({ path: Path }) }).transform(({ fileContent }) => fileContent.path),
  z.object({ asset: z.object({ key: Path }) }).transform(({ asset }) => asset.key),
  z.object({ asset: z.object({ location: Path }) }).transform(({ asset }) => asset.location),
]);

import type { Client } from "./client.ts";
import { Again, retryAfterMs, withRetries } from "./http.ts";
import type { Picture } from "./picture.ts";
import { ApiProblem, Unreachable } from "./problem.ts";
import type { SignedUpload } from "./types.ts";

const CHUNK_BYTES = 64 * 1024;

/** S3 error codes of a body that did not arrive as it was sent: the same bytes may be sent again. */
const GARBLED = new Set(["BadDigest", "XAmzContentChecksumMismatch", "RequestTimeout", "IncompleteBody"]);

/** Told how many bytes of all pictures together have been handed to the network. */
export type OnUploaded = (sentBytes: number) => void;

/**
 * Uploads pictures to storage, side by side.
 * @returns their asset ids, in order
 * @throws ApiProblem what the API or storage refused, Unreachable when storage cannot be reached
 */
export async function uploadPictures(
  client: Client,
  pictures: ReadonlyArray<{ picture: Picture; purpose: "image" | "mask" }>,
  onUploaded: OnUploaded,
  signal?: AbortSignal,
): Promise<string[]> {
  const wishes = pictures.map(({ picture: { contentType, bytes, sha256 }, purpose }) => ({
    purpose,
    contentType,
    contentLength: bytes.length,
    sha256,
  }));
  const signed = await client.signUploads(wishes, signal);
  const sent = pictures.map(() => 0);
  return Promise.all(
    pictures.map(async ({ picture }, i) => {
      const upload = signed[i];
      if (upload === undefined) throw new Error(`asked for ${pictures.length} uploads, got ${signed.length}`);
      const report = (bytes: number): void => {
        sent[i] = bytes;
        onUploaded(sent.reduce((sum, one) => sum + one, 0));
      };
      await putUntilThere(client, upload, picture.bytes, report, signal);
      return upload.id;
    }),
  );
}

/**
 * PUTs until storage has the bytes. Whatever happened to an answer, the next one tells:
 *
 * - 412: something is there already. URLs are create-only and sign length and checksum, so it is ours,
 *   from an attempt whose answer was lost; the API is asked to be sure.
 * - 403: the URL has expired; it is renewed, once.
 * - 409, 429, 5xx, a cut connection, a garbled body: sent again.
 */
async function putUntilThere(
  client: Client,
  upload: SignedUpload,
  bytes: Uint8Array,
  report: (sentBytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { transport } = client;
  let target = upload;
  let renewed = false;
  await withRetries(
    transport,
    async () => {
      const answer = await put(transport.fetch, target, bytes, report, signal);
      if (answer.ok) return void (await answer.body?.cancel());
      const code = /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1] ?? `http_${answer.status}`;
      const refusal = new ApiProblem(answer.status, { detail: `Storage refused the upload: ${answer.status} ${code}` });
      const { status } = answer;
      if (status === 412) {
        const state = await client.uploadState(upload.id, signal);
        if (state.status === "received") return;
        throw new Again(refusal);
      }
      if (status === 403 && !renewed) {
        renewed = true;
        target = await client.renewUpload(upload.id, signal);
        throw new Again(refusal, 0);
      }
      if (status === 409 || status === 429 || status >= 500 || GARBLED.has(code))
        throw new Again(refusal, retryAfterMs(answer.headers, transport.clock.now()));
      throw refusal;
    },
    signal,
  );
  report(bytes.length);
}

async function put(
  fetch: typeof globalThis.fetch,
  { url, method, headers }: SignedUpload,
  bytes: Uint8Array,
  report: (sentBytes: number) => void,
  signal?: AbortSignal,
): Promise<Response> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      report(start);
      yield bytes.subarray(start, start + CHUNK_BYTES);
    }
  }
  const exact = new Headers(headers);
  // a streamed body has no length of its own: without this it would be sent in chunks, which S3 refuses
  exact.set("content-length", String(bytes.length));
  const init = {
    method,
    headers: exact,
    body: chunks() as AsyncIterable<Uint8Array> as BodyInit,
    duplex: "half" as const,
    ...(signal && { signal }),
  };
  try {
    return await fetch(url, init);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Again(new Unreachable(new URL(url).origin, error));
  }
}

import { InfillError } from "./errors.ts";
import type { UploadBody } from "./pictures.ts";
import type { SignedUpload } from "./types.ts";

export interface UploadTask extends UploadBody {
  to: Pick<SignedUpload, "method" | "url" | "headers">;
  /** 0–1, where the transport can tell. */
  onProgress?: (share: number) => void;
  signal?: AbortSignal | undefined;
}

/** Sends one picture to storage. @throws InfillError `upload_failed`, `network` or `aborted` */
export type UploadTransport = (task: UploadTask) => Promise<void>;

/** 412: the picture is there already – an earlier try arrived, and its answer was lost. */
function check(status: number): void {
  if ((status >= 200 && status < 300) || status === 412) return;
  throw new InfillError("upload_failed", `Storage answered ${status}`, { status, retryable: status >= 500 });
}

/** By fetch: everywhere, without progress. */
export const fetchTransport =
  (fetcher: typeof fetch): UploadTransport =>
  async ({ to, body, signal }) => {
    const bytes = "uri" in body ? await (await fetcher(body.uri)).blob() : body;
    const answer = await fetcher(to.url, {
      method: to.method,
      headers: to.headers,
      body: bytes as BodyInit,
      ...(signal ? { signal } : {}),
    }).catch((cause: unknown) => {
      throw new InfillError(signal?.aborted ? "aborted" : "network", "The upload got no answer", {
        retryable: !signal?.aborted,
        cause,
      });
    });
    check(answer.status);
  };

/** By XMLHttpRequest: browsers and React Native, with progress. */
export const xhrTransport: UploadTransport = ({ to, body, onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (code: string) =>
      reject(new InfillError(code, "The upload got no answer", { retryable: code === "network" }));
    request.open(to.method, to.url);
    for (const [name, value] of Object.entries(to.headers)) {
      // what a browser sets by itself it lets nobody set
      if (name.toLowerCase() !== "content-length") request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0);
    const abort = () => request.abort();
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    request.onload = () => {
      try {
        check(request.status);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () => fail("network");
    request.onabort = () => fail("aborted");
    if (signal?.aborted) return fail("aborted");
    signal?.addEventListener("abort", abort, { once: true });
    request.send(body as XMLHttpRequestBodyInit);
  });

/** The way that tells progress, where the platform has it; a fetch of the caller's own is used for everything. */
export function defaultTransport(fetcher: typeof fetch | undefined): UploadTransport {
  const byFetch = fetchTransport(fetcher ?? globalThis.fetch.bind(globalThis));
  if (fetcher !== undefined || typeof XMLHttpRequest === "undefined") return byFetch;
  // React Native alone sends a file by its address
  const sendsFiles = globalThis.navigator?.product === "ReactNative";
  return (task) => ("uri" in task.body && !sendsFiles ? byFetch(task) : xhrTransport(task));
}

/** The part of `expo-file-system` that uploads in the background. */
export interface ExpoFileSystem {
  createUploadTask(
    url: string,
    fileUri: string,
    options: { httpMethod: "PUT"; headers: Record<string, string>; sessionType?: number },
    onProgress?: (progress: { totalBytesSent: number; totalBytesExpectedToSend: number }) => void,
  ): { uploadAsync(): Promise<{ status: number } | null | undefined>; cancelAsync(): Promise<void> };
  FileSystemSessionType: { BACKGROUND: number };
}

/** By Expo's file system: goes on while the app is in the background. Takes files, `{ uri }`, alone. */
export const expoFileSystemTransport =
  (fileSystem: ExpoFileSystem): UploadTransport =>
  async ({ to, body, onProgress, signal }) => {
    if (!("uri" in body))
      throw new InfillError("asset_invalid", "A background upload needs a file: { uri, type, size }");
    const task = fileSystem.createUploadTask(
      to.url,
      body.uri,
      { httpMethod: "PUT", headers: to.headers, sessionType: fileSystem.FileSystemSessionType.BACKGROUND },
      (sent) => onProgress?.(sent.totalBytesSent / Math.max(1, sent.totalBytesExpectedToSend)),
    );
    const cancel = () => void task.cancelAsync();
    signal?.addEventListener("abort", cancel, { once: true });
    const answer = await task.uploadAsync();
    signal?.removeEventListener("abort", cancel);
    if (answer == null) throw new InfillError("aborted", "The upload was canceled");
    check(answer.status);
  };

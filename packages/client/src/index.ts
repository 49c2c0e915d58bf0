export * from "./client.ts";
export { InfillError } from "./errors.ts";
export type { FileUri, Picture, UploadBody } from "./pictures.ts";
export {
  type ExpoFileSystem,
  expoFileSystemTransport,
  fetchTransport,
  type UploadTask,
  type UploadTransport,
  xhrTransport,
} from "./transports.ts";
export type * from "./types.ts";
export { type ReceivedWebhook, verifyWebhook } from "./webhook.ts";

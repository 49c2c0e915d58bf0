// No HTTP stack in here: what lists models must not load one. The client is `@infill/providers/http`.
export { aliases } from "./aliases.ts";
export { createCatalogue } from "./catalogue.ts";
export type { DownloadLimits, Http, HttpOptions, JsonAnswer, JsonRequest } from "./http.ts";
export { HttpFailure, type HttpFailureReason } from "./http-failure.ts";
export type { KeyVerdict } from "./key-verdict.ts";
export { type AwsAccess, loadProvider, type ProviderCode, type ProviderDeps } from "./load.ts";
export { atOnce, type ProviderEntry, registry } from "./registry.ts";

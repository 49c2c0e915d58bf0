export { type Caller, idOf, newCaller, type RequestOptions, type SignedUpload } from "./caller.ts";
export { describeDatedHttp, describeHttp } from "./describe-http.ts";
export { changedOutside, flat, mask, photo } from "./pictures.ts";
export { type ReceivedWebhook, type Receiver, startReceiver } from "./receiver.ts";
export type { FunctionsClock, KeyRules, Runtime } from "./runtime.ts";

import { ERRORS, type ErrorCode } from "@infill/core";
import type { Named } from "./schemas.ts";

/** Headers of answers, described once in the document. */
export type AnswerHeader =
  | "ETag"
  | "Location"
  | "Preference-Applied"
  | "RateLimit"
  | "RateLimit-Policy"
  | "Retry-After"
  | "Sunset"
  | "WWW-Authenticate"
  | "X-Request-Id";

/** A header, or one that is not always there. */
export type HeaderUse = AnswerHeader | `${AnswerHeader}?`;

/** A success, or a redirect. */
export interface Answer {
  description: string;
  schema?: Named;
  /** Of a body that has no schema here. */
  contentType?: string;
  headers?: readonly HeaderUse[];
}

/** Headers of a request that an operation reads, described once in the document. */
export type RequestHeader = "Idempotency-Key" | "Prefer" | "If-None-Match";

/** One operation of the API: a route, and all that it answers. */
export interface Operation {
  id: string;
  method: "get" | "post" | "delete";
  path: string;
  tag: (typeof TAGS)[number]["name"];
  summary: string;
  description?: string;
  /** No key is needed. */
  open?: true;
  /** Counts against a rate, where its caller has one. */
  counted?: true;
  query?: readonly ("limit" | "after" | "user" | "from" | "to" | "by")[];
  headers?: readonly RequestHeader[];
  body?: Named;
  answers: Readonly<Record<number, Answer>>;
  /** What it refuses besides what every operation may: the codes by status. */
  refusals?: Readonly<Record<number, readonly ErrorCode[]>>;
}

export const TAGS = [
  { name: "Uploads", description: "Photos and masks go straight to storage, by signed URLs." },
  { name: "Edits", description: "One request, one mask convention, whatever the model." },
  { name: "Jobs", description: "An edit that was asked for is a job: poll it, hold for it, or have a webhook told." },
  { name: "Events", description: "Every end of a job, as webhooks tell it." },
  {
    name: "Webhooks",
    description:
      "Addresses that are told of every end of a job, and the secret of those that jobs name themselves. With a key of scope `admin`.",
  },
  { name: "Users", description: "End users of your app's, as requests name them by `user`." },
  { name: "Models", description: "What each model takes, costs and does with a mask." },
  { name: "Access", description: "Client tokens for phones, what a caller may do, and what a tenant uses." },
  { name: "About", description: "The service itself." },
] as const;

const job = { schema: "Job", headers: ["ETag", "Retry-After?", "Sunset?", "Preference-Applied?"] } as const;
const asked = {
  200: { description: "The job, which has ended", ...job, headers: [...job.headers, "Location"] },
  202: {
    description: "The job, which goes on: ask again after `Retry-After`",
    schema: "Job",
    headers: ["ETag", "Retry-After", "Location", "Sunset?", "Preference-Applied?"],
  },
} as const;
const redirect = {
  302: { description: "Where the file is: a signed URL that works for minutes", headers: ["Location"] },
} as const;
/** Whatever reads a JSON body. */
const badBodies = { 400: ["invalid_request"], 415: ["invalid_request"] } as const;

/** Every operation, in the order of the reference. */
export const OPERATIONS: readonly Operation[] = [
  {
    id: "createUploads",
    method: "post",
    counted: true,
    path: "/v1/uploads",
    tag: "Uploads",
    summary: "Sign one upload, or several",
    description:
      "Each is good for one picture of exactly that length and type, for a quarter of an hour. PUT the bytes to its `url` with exactly its `headers`. " +
      "A client token signs a limited number, renewals included; several are signed together or not at all.",
    body: "UploadsRequest",
    answers: { 201: { description: "One upload, or the list of those asked for together", schema: "SignedUploads" } },
    refusals: { ...badBodies, 402: ["budget_exceeded"], 422: ["invalid_request", "asset_invalid"] },
  },
  {
    id: "getUpload",
    method: "get",
    path: "/v1/uploads/{id}",
    tag: "Uploads",
    summary: "Where an upload stands",
    answers: { 200: { description: "Pending, received with its size, or expired", schema: "UploadState" } },
    refusals: { 404: ["not_found"] },
  },
  {
    id: "renewUpload",
    method: "post",
    counted: true,
    path: "/v1/uploads/{id}/renew",
    tag: "Uploads",
    summary: "Sign the same upload again",
    description: "The id stays, the expiry moves. For a client token, it counts as another upload.",
    answers: { 200: { description: "The upload with a new URL", schema: "Upload" } },
    refusals: { 402: ["budget_exceeded"], 404: ["not_found"] },
  },
  {
    id: "createEdit",
    method: "post",
    counted: true,
    path: "/v1/inpaint",
    tag: "Edits",
    summary: "Ask for an edit",
    description:
      "What can be known to be wrong is refused at once: no job is made, nothing is reserved, no key is spent. " +
      "With an `Idempotency-Key` the same request again is the same job, so that a retry is never paid twice. " +
      "`Prefer: wait=N` holds the answer until the job has ended, for 25 seconds at most.",
    headers: ["Idempotency-Key", "Prefer"],
    body: "EditRequest",
    answers: asked,
    refusals: {
      ...badBodies,
      402: ["budget_exceeded"],
      410: ["not_found"],
      422: [
        "invalid_request",
        "unsupported_option",
        "idempotency_mismatch",
        "asset_missing",
        "asset_invalid",
        "mask_mismatch",
      ],
      503: ["provider_unavailable"],
    },
  },
  {
    id: "estimateEdit",
    method: "post",
    path: "/v1/inpaint/estimate",
    tag: "Edits",
    summary: "What an edit would cost",
    description:
      "The same request, whose pictures need not be there yet; nothing is made. It is refused as the edit would be.",
    body: "EstimateRequest",
    answers: { 200: { description: "What would be reserved", schema: "Estimate" } },
    refusals: { ...badBodies, 422: ["invalid_request", "unsupported_option"], 503: ["provider_unavailable"] },
  },
  {
    id: "listJobs",
    method: "get",
    path: "/v1/jobs",
    tag: "Jobs",
    summary: "Your jobs, newest first",
    query: ["limit", "after", "user"],
    answers: { 200: { description: "A page of jobs", schema: "JobList" } },
    refusals: { 400: ["invalid_request"] },
  },
  {
    id: "getJob",
    method: "get",
    path: "/v1/jobs/{id}",
    tag: "Jobs",
    summary: "A job as it stands",
    headers: ["Prefer", "If-None-Match"],
    answers: {
      200: { description: "The job", ...job },
      304: { description: "It is as you know it", headers: job.headers },
    },
    refusals: { 404: ["not_found"] },
  },
  {
    id: "cancelJob",
    method: "post",
    path: "/v1/jobs/{id}/cancel",
    tag: "Jobs",
    summary: "Cancel a job",
    description:
      "Costs nothing before the provider was asked; after that the job says what it may have cost. One that has ended is answered as it is.",
    headers: ["Prefer"],
    answers: asked,
    refusals: { 404: ["not_found"] },
  },
  {
    id: "reportJob",
    method: "post",
    counted: true,
    path: "/v1/jobs/{id}/report",
    tag: "Jobs",
    summary: "Report what a job shows",
    description:
      "With a key, or a token of the job's own user. It is kept with the job, shown on it to keys, and erased with it. A later report takes its place.",
    body: "ReportRequest",
    answers: { 201: { description: "It was taken", schema: "Report" } },
    refusals: { ...badBodies, 404: ["not_found"], 422: ["invalid_request"] },
  },
  {
    id: "deleteJob",
    method: "delete",
    path: "/v1/jobs/{id}",
    tag: "Jobs",
    summary: "Erase a job",
    description:
      "Its pictures – results, photo and mask, unless another job works with these – its prompt and all that was said of it. One that goes on is canceled, and erased at its end. " +
      "For a day its id, status, times and amounts stay, so that its `Idempotency-Key` is not paid for twice: 410. " +
      "A client token, whose user is not on what stays, is answered 404 when it asks again: that, too, is gone.",
    answers: {
      200: { description: "It is erased", schema: "DeletedJob" },
      202: { description: "It goes on, and is erased at its end", schema: "DeletedJob" },
    },
    refusals: { 404: ["not_found"] },
  },
  {
    id: "getPreview",
    method: "get",
    path: "/v1/jobs/{id}/preview",
    tag: "Jobs",
    summary: "The picture as it stands",
    description: "Of models that show one, while the job goes on.",
    answers: redirect,
    refusals: { 404: ["not_found"] },
  },
  {
    id: "getResult",
    method: "get",
    path: "/v1/jobs/{id}/results/{n}",
    tag: "Jobs",
    summary: "A result's file",
    answers: redirect,
    refusals: { 400: ["invalid_request"], 404: ["not_found"] },
  },
  {
    id: "openLink",
    method: "get",
    path: "/r/{token}",
    tag: "Jobs",
    summary: "A result's file, without a key",
    description: "A result's `link`: it works for seven days, for whoever has it.",
    open: true,
    answers: redirect,
    refusals: { 404: ["not_found"] },
  },
  {
    id: "listEvents",
    method: "get",
    path: "/v1/events",
    tag: "Events",
    summary: "What happened, oldest first",
    description:
      "For whoever missed a webhook, or has no address that one could reach: ask again with `after` set to the `next` of the answer before. " +
      "No event is passed over; those of the last minute come more than once, and their ids tell.",
    query: ["limit", "after"],
    answers: { 200: { description: "A page of events", schema: "EventList" } },
    refusals: { 400: ["invalid_request"] },
  },
  {
    id: "replayEvent",
    method: "post",
    path: "/v1/events/{id}/replay",
    tag: "Events",
    summary: "Deliver an event once more",
    description:
      "To its job's `webhook` and to the endpoints that were registered then, from the first try on, under the id it has.",
    counted: true,
    answers: { 202: { description: "It is on its way", schema: "Event" } },
    refusals: { 404: ["not_found"], 409: ["invalid_request"] },
  },
  {
    id: "createWebhook",
    method: "post",
    counted: true,
    path: "/v1/webhooks",
    tag: "Webhooks",
    summary: "Register an endpoint",
    description:
      "It is told of every end of the tenant's jobs from now on, besides the `webhook` that a job names itself, signed with its own secret. A tenant has ten at most, each address once. One that answers 410 is disabled.",
    body: "WebhookRequest",
    answers: { 201: { description: "The endpoint, and its secret this once", schema: "WebhookWithSecret" } },
    refusals: { ...badBodies, 409: ["invalid_request"], 422: ["invalid_request"] },
  },
  {
    id: "listWebhooks",
    method: "get",
    path: "/v1/webhooks",
    tag: "Webhooks",
    summary: "Your endpoints, oldest first",
    answers: { 200: { description: "All of them", schema: "WebhookList" } },
  },
  {
    id: "getWebhookSecret",
    method: "get",
    path: "/v1/webhooks/secret",
    tag: "Webhooks",
    summary: "The secret of your jobs' webhooks",
    description:
      "Verifies what is sent to the `webhook` that a job names itself. It is your tenant's own, and always the same until the operator replaces the deployment's. A registered endpoint has another.",
    answers: { 200: { description: "The secret, or both while it is being replaced", schema: "WebhookSecret" } },
  },
  {
    id: "enableWebhook",
    method: "post",
    counted: true,
    path: "/v1/webhooks/{id}/enable",
    tag: "Webhooks",
    summary: "Enable an endpoint",
    description: "What it missed can be replayed, event by event.",
    answers: { 200: { description: "It is told of what happens from now on", schema: "Webhook" } },
    refusals: { 404: ["not_found"] },
  },
  {
    id: "rotateWebhook",
    method: "post",
    counted: true,
    path: "/v1/webhooks/{id}/rotate",
    tag: "Webhooks",
    summary: "Replace an endpoint's secret",
    description:
      "What is sent to it is signed with both, the new one first, until the overlap is over; three secrets at most work at once.",
    body: "RotationRequest",
    answers: { 200: { description: "The endpoint, and its new secret this once", schema: "WebhookWithSecret" } },
    refusals: { ...badBodies, 404: ["not_found"], 422: ["invalid_request"] },
  },
  {
    id: "deleteWebhook",
    method: "delete",
    path: "/v1/webhooks/{id}",
    tag: "Webhooks",
    summary: "Remove an endpoint",
    description: "Deliveries to it that go on end.",
    answers: { 200: { description: "It is told nothing any more", schema: "DeletedWebhook" } },
    refusals: { 404: ["not_found"] },
  },
  {
    id: "deleteUser",
    method: "delete",
    path: "/v1/users/{user}",
    tag: "Users",
    summary: "Erase all of an end user's jobs",
    description:
      "And their uploads, as many as one call can: ask again while it answers 202. It goes on wherever it broke.",
    answers: {
      200: { description: "Nothing is left", schema: "DeletedUser" },
      202: {
        description: "Some are left, or are being canceled: ask again",
        schema: "DeletedUser",
        headers: ["Retry-After"],
      },
    },
    refusals: { 400: ["invalid_request"] },
  },
  {
    id: "blockUser",
    method: "post",
    path: "/v1/users/{user}/block",
    tag: "Users",
    summary: "Make nothing more for an end user",
    description:
      "Whatever would make something for them – an edit, an upload, a token, and what a token they have asks for – is refused with 403 from then on, here and at the drop-in entry. What goes on goes on, and reading and deleting stay theirs. Erasing a user does not lift it.",
    answers: { 200: { description: "They are blocked, since when", schema: "UserBlock" } },
    refusals: { 400: ["invalid_request"] },
  },
  {
    id: "unblockUser",
    method: "delete",
    path: "/v1/users/{user}/block",
    tag: "Users",
    summary: "Lift an end user's block",
    answers: { 200: { description: "They are not blocked", schema: "UserBlock" } },
    refusals: { 400: ["invalid_request"] },
  },
  {
    id: "listModels",
    method: "get",
    path: "/v1/models",
    tag: "Models",
    summary: "Every model, and the short names",
    answers: { 200: { description: "In OpenAI's list shape, with more beside it", schema: "ModelList" } },
  },
  {
    id: "getModel",
    method: "get",
    path: "/v1/models/{model}",
    tag: "Models",
    summary: "One model",
    answers: { 200: { description: "The model, or what a short name stands for", schema: "Model" } },
    refusals: { 404: ["not_found"] },
  },
  {
    id: "createToken",
    method: "post",
    counted: true,
    path: "/v1/tokens",
    tag: "Access",
    summary: "Mint a client token for one end user",
    description:
      "For your app's backend, with a key of scope `tokens`. The token uploads, asks for edits, and reads and cancels its own user's jobs; it lives a quarter of an hour at most, and ends with the key that minted it.",
    body: "TokenRequest",
    answers: { 201: { description: "The token, shown this once", schema: "Token" } },
    refusals: { ...badBodies, 422: ["invalid_request", "unsupported_option"] },
  },
  {
    id: "getMe",
    method: "get",
    path: "/v1/me",
    tag: "Access",
    summary: "Who you are, what you may do, and what is left",
    answers: { 200: { description: "The key or the token that asks", schema: "Caller" } },
  },
  {
    id: "getUsage",
    method: "get",
    path: "/v1/usage",
    tag: "Access",
    summary: "What your tenant uses",
    description:
      "Jobs that ended and their money, on the day (UTC) the job was made, 30 days where nothing is said, 366 at most, and 31 by user. With a key of scope `admin`.",
    query: ["from", "to", "by"],
    answers: { 200: { description: "Sums, and their total", schema: "Usage" } },
    refusals: { 400: ["invalid_request"] },
  },
  {
    id: "listUnreconciled",
    method: "get",
    path: "/v1/usage/unreconciled",
    tag: "Access",
    summary: "Jobs that may have been charged",
    description:
      "Each with what the provider calls it, to be looked up in the provider's bill. With a key of scope `admin`.",
    query: ["from", "to"],
    answers: { 200: { description: "The jobs", schema: "UnreconciledList" } },
    refusals: { 400: ["invalid_request"] },
  },
  {
    id: "getHealth",
    method: "get",
    path: "/healthz",
    tag: "About",
    summary: "Is it up",
    open: true,
    answers: { 200: { description: "It is", schema: "Health" } },
  },
  {
    id: "getSpecification",
    method: "get",
    path: "/openapi.json",
    tag: "About",
    summary: "This specification",
    open: true,
    answers: { 200: { description: "OpenAPI 3.1", contentType: "application/json" } },
    refusals: { 404: ["not_found"] },
  },
  {
    id: "getReference",
    method: "get",
    path: "/docs",
    tag: "About",
    summary: "The reference, for people",
    open: true,
    answers: { 200: { description: "One page that loads nothing else", contentType: "text/html" } },
    refusals: { 404: ["not_found"] },
  },
];

/** All that an operation refuses: its own codes by status, and those of every operation. */
export function refusalsOf({ refusals = {}, open, counted, method }: Operation): Record<number, readonly ErrorCode[]> {
  return {
    ...refusals,
    ...(open ? {} : { [ERRORS.unauthorized.status]: ["unauthorized"], [ERRORS.forbidden.status]: ["forbidden"] }),
    ...(counted ? { [ERRORS.rate_limited.status]: ["rate_limited"] } : {}),
    ...(method === "post" ? { 413: ["invalid_request"] } : {}),
    [ERRORS.internal.status]: ["internal"],
  };
}

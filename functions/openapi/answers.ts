import {
  CONTENT_TYPES,
  ERRORS,
  type ErrorCode,
  EVENT_TYPES,
  MASK_CONVENTIONS,
  MOST_LISTED,
  OUTPUT_FORMATS,
  PROBLEM_TYPE_BASE,
  REPORT_REASONS,
  SCOPES,
} from "@infill/core";
import * as z from "zod";

// What the API answers, for its specification. The code that answers has TypeScript's types; that both say the
// same is tested: every answer of the HTTP suite, on every runtime, is held against these. They are strict, so
// that a field which nobody described is found.

const id = (prefix: string, what: string) => z.string().regex(idPattern(prefix)).describe(what);
const idPattern = (prefix: string): RegExp => new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`);
const time = (what: string) => z.iso.datetime().describe(what);
const microUsd = (what: string) => z.int().min(0).describe(`${what}; micro-USD`);
const count = () => z.int().min(0);
const milliseconds = (what: string) => z.int().optional().describe(`${what}, ms; absent while it has not ended`);
const contentType = () => z.enum(CONTENT_TYPES);
const side = () => z.int().min(1).describe("px");
const size = () => z.strictObject({ width: side(), height: side() });
const rect = () => z.strictObject({ x: count(), y: count(), width: side(), height: side() });

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];
const code = () => z.enum(codes).describe("What programs switch on: the last segment of `type`");

const problemMembers = {
  type: z.enum(codes.map((name) => PROBLEM_TYPE_BASE + name)),
  title: z.string(),
  detail: z.string().describe("What is wrong and what is allowed, for people"),
  code: code(),
  retryable: z.boolean().describe("Whether the same request may succeed later"),
  pointer: z.string().optional().describe("Where in the request: a JSON pointer (RFC 6901), or a parameter's name"),
};

/** RFC 9457, with members of ours. */
export const problem = z
  .strictObject({
    ...problemMembers,
    status: z.int().min(400).max(599),
    requestId: id("req", "Names this request in the log").optional(),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .max(MOST_LISTED)
      .optional()
      .describe("The fields at fault"),
    retryAfterSeconds: z.number().min(0).optional(),
    allowed: z.array(z.string()).optional().describe("Values or methods that are allowed"),
    maxBytes: z.int().optional(),
    maxDepth: z.int().optional(),
    maxPixels: z.int().optional(),
    width: z.int().optional(),
    height: z.int().optional(),
    found: z.string().optional().describe("The file's type, where it is no picture that can be used"),
    photo: size().optional(),
    mask: size().optional(),
    fitsWhenTurned: z.boolean().optional().describe("The mask would fit, turned by 90°"),
    model: z.string().optional().describe("The model that was asked"),
    takes: z.array(z.string()).optional().describe("The options that it takes, besides its own in `providerOptions`"),
    successor: z.string().optional().describe("What to use instead of a model that has ended"),
    tried: z
      .array(z.strictObject({ model: z.string(), reason: z.string() }))
      .optional()
      .describe("Of several models, why none can be used"),
    job: id("job", "The job that this Idempotency-Key made").optional(),
    limit: z.int().optional().describe("The limit that is in the way, in its unit; micro-USD where none is named"),
    left: z.int().optional().describe("What is left of it"),
    needed: z.int().optional().describe("What the request would take of it"),
    scope: z.enum(["tenant", "key", "user", "token"]).optional().describe("Whose limit it is"),
    unit: z.enum(["microUsd", "jobs", "uploads"]).optional(),
    period: z.enum(["month", "day", "token"]).optional().describe("For how long it counts, in UTC"),
    resetsAt: z.iso.datetime().optional().describe("When it begins anew"),
    blocked: z.literal(true).optional().describe("The end user is blocked"),
    needs: z.enum(SCOPES).optional().describe("The scope that this takes"),
    scopes: z.array(z.enum(SCOPES)).optional().describe("What the caller has"),
  })
  .describe("What is wrong (RFC 9457). Programs switch on `code`, and never on `detail`");

/** Where bytes are PUT. */
export const upload = z.strictObject({
  id: id("ast", "Names the picture in requests"),
  object: z.literal("upload"),
  purpose: z.enum(["image", "mask"]),
  method: z.literal("PUT"),
  url: z.url().describe("Signed: PUT the bytes here, without a key"),
  headers: z
    .record(z.string(), z.string())
    .describe("To be sent exactly so; an HTTP client sets content-length itself"),
  expiresAt: time("After this the URL is refused; renew it then"),
});

/** Several of them. */
export const uploads = z.strictObject({
  object: z.literal("list"),
  uploads: z.array(upload).describe("In the order they were asked for"),
});

/** Where an upload stands. */
export const uploadState = z.strictObject({
  id: id("ast", "Names the picture in requests"),
  object: z.literal("upload"),
  purpose: z.enum(["image", "mask"]),
  status: z.enum(["pending", "received", "expired"]),
  expiresAt: time("When the signed URL ends"),
  contentType: contentType().optional().describe("What the bytes are, once they are there"),
  contentLength: z.int().optional().describe("Bytes"),
  width: side().optional().describe("Of the upright picture, px"),
  height: side().optional().describe("Of the upright picture, px"),
  problem: problem.optional().describe("It arrived, and cannot be used: why"),
});

const settings = {
  crop: z.enum(["auto", "off"]),
  padding: count().optional(),
  feather: count(),
  grow: count(),
  maskConvention: z.enum(MASK_CONVENTIONS),
};

const fidelity = z
  .strictObject({
    outsidePixels: count().describe("Pixels outside the feathered mask"),
    changedOutside: count().describe("How many of them differ from the photo: 0 for png and lossless webp"),
    maxDifferenceOutside: count().max(255).describe("Largest difference there"),
    providerDrift: z
      .strictObject({
        changedShare: z
          .number()
          .min(0)
          .max(1)
          .describe("Share of the sent pixels outside the mask that the model changed"),
        meanDifference: z.number().min(0).max(255),
      })
      .describe("What the model itself did outside the mask, before its answer was pasted back"),
    crop: rect().describe("The part of the photo that was sent"),
  })
  .describe("What was measured about the result");

const result = z.strictObject({
  index: count(),
  url: z.url().describe("A redirect to the file, with a key"),
  link: z.url().describe("A redirect to the file, without a key, for seven days: whoever has it may see the picture"),
  contentType: contentType(),
  bytes: z.int().min(1),
  width: side(),
  height: side(),
  fidelity,
});

const tried = z.strictObject({
  model: z.string(),
  at: time("When it was given up"),
  outcome: z.enum(["refused", "failed", "skipped"]),
  code: code(),
  reason: z.string(),
  amountMicroUsd: microUsd("What it may have charged"),
});

const said = {
  reason: z.enum(REPORT_REASONS),
  text: z.string().optional(),
  by: z.enum(["key", "user"]).describe("Whether the job's own user said it, with a token"),
  at: time("When it was said"),
};

/** A report, as it was taken. */
export const report = z.strictObject({ object: z.literal("report"), job: id("job", "What it is about"), ...said });

/** A job, as `GET /v1/jobs/{id}` and webhooks show it. */
export const job = z
  .strictObject({
    id: id("job", "Names the job"),
    object: z.literal("job"),
    status: z.enum(["queued", "running", "succeeded", "failed", "canceled"]).describe("The last three are final"),
    phase: z.enum(["preparing", "submitted", "storing"]).optional().describe("What a running job is doing"),
    progress: z.number().min(0).max(1),
    model: z.string().describe("The model that does it: what a short name stood for"),
    operation: z.enum(["replace", "erase"]),
    simulated: z.literal(true).optional().describe("A simulator answered: stripes, for nothing"),
    user: z.string().optional(),
    metadata: z.record(z.string(), z.string()),
    createdAt: time("When it was asked for"),
    deadlineAt: time("When it is given up at the latest"),
    finishedAt: time("When it ended").optional(),
    cancelRequested: z.literal(true).optional(),
    attempts: count().describe("How often the provider was asked"),
    waiting: z
      .strictObject({ reason: z.string(), until: time("When it is asked again") })
      .optional()
      .describe("Why the provider took nothing yet"),
    tried: z.array(tried).optional().describe("Models that it was meant for, and is not any more"),
    providerJobId: z.string().optional(),
    edit: z
      .strictObject({
        ...settings,
        sent: rect().optional().describe("The part of the photo that is sent"),
        workedAt: size().optional().describe("What the model sees"),
        coverage: z.number().min(0).max(1).optional().describe("Share of the photo that is edited"),
      })
      .describe("How it is edited; px of the upright photo"),
    preview: z.strictObject({ url: z.url() }).optional().describe("The picture as it stands, of models that show one"),
    results: z.array(result),
    warnings: z.array(z.string()),
    timings: z.strictObject({
      queuedMs: milliseconds("Until it was begun"),
      preparingMs: milliseconds("Cropping and converting"),
      submittedMs: milliseconds("At the provider"),
      storingMs: milliseconds("Pasting back and storing"),
      totalMs: milliseconds("All of it"),
    }),
    cost: z.strictObject({
      currency: z.literal("USD"),
      estimateMicroUsd: microUsd("What was reserved"),
      amountMicroUsd: microUsd("What counts against the budget now"),
      state: z
        .enum(["reserved", "settled", "refunded", "unreconciled"])
        .describe("`unreconciled`: the provider may have charged, and nobody can know"),
      usage: z.record(z.string(), z.number()).optional().describe("What it took, in the provider's own units"),
    }),
    error: z
      .looseObject(problemMembers)
      .optional()
      .describe("Why it failed. Further members are numbers and names that a program may want"),
    report: z.strictObject(said).optional().describe("What somebody said of it, last; shown to keys alone"),
  })
  .describe("An edit that was asked for. The prompt is not repeated");

/** A page of jobs. */
export const jobs = z.strictObject({
  object: z.literal("list"),
  data: z.array(job).describe("Newest first"),
  hasMore: z.boolean(),
  next: z.string().optional().describe("The next page's `after`"),
});

/** How the erasing of a job stands. */
export const deletedJob = z.strictObject({
  id: id("job", "Names the job"),
  object: z.literal("job"),
  deleted: z.boolean().describe("Else it is erased at its end"),
});

/** How the erasing of a user stands. */
export const deletedUser = z.strictObject({
  object: z.literal("user"),
  user: z.string(),
  deleted: z.boolean().describe("Nothing of theirs is left"),
  jobs: z.strictObject({
    erased: count().describe("By this request"),
    pending: count().describe("Being canceled, and erased at their end"),
  }),
});

/** Whether anything is made for a user. */
export const userBlock = z.strictObject({
  object: z.literal("user"),
  user: z.string(),
  blocked: z.boolean(),
  blockedAt: time("Since when").optional(),
});

/** What an edit would cost. */
export const estimate = z.strictObject({
  object: z.literal("estimate"),
  model: z.string().describe("The model that it would go to now"),
  n: z.int().min(1),
  currency: z.literal("USD"),
  amountMicroUsd: microUsd("What would be reserved: the most that it may cost"),
  perResultMicroUsd: microUsd("Of one result of the first model"),
  parts: z
    .array(z.strictObject({ model: z.string(), amountMicroUsd: microUsd("The most that this one may charge") }))
    .optional()
    .describe("Of several models: one that took the work and failed may charge for it, too"),
  source: z.string().describe("Where the price is from"),
  asOf: z.iso.date().describe("When the source said so"),
  warnings: z.array(z.string()),
});

const safe = <T extends z.ZodType>(value: T) =>
  z.array(value).optional().describe("All that a client token may set: others loosen the vendor's safety");

const optionRule = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.enum(["integer", "number"]),
      min: z.number(),
      max: z.number(),
      default: z.number().optional(),
      safe: safe(z.number()),
    }),
    z.strictObject({
      type: z.literal("enum"),
      values: z.array(z.string()),
      default: z.string().optional(),
      safe: safe(z.string()),
    }),
    z.strictObject({ type: z.literal("boolean"), default: z.boolean().optional(), safe: safe(z.boolean()) }),
    z.strictObject({ type: z.literal("string"), maxLength: z.int(), default: z.string().optional() }),
    z.strictObject({
      type: z.literal("strings"),
      max: z.int(),
      maxLength: z.int(),
      pattern: z
        .strictObject({ is: z.string(), words: z.string() })
        .optional()
        .describe("What each text must be in whole: a regular expression, and what it says"),
      default: z.array(z.string()).optional(),
    }),
    z.strictObject({ type: z.literal("assets"), max: z.int(), maxBytes: z.int() }),
  ])
  .describe("What values an option takes. `assets`: ids of uploads");

const editDefaults = z
  .strictObject({ grow: z.number(), feather: z.number() })
  .describe("`edit.grow` and `edit.feather` when a request names none, as shares of the photo's shorter side");
const optionValue = z.union([z.string(), z.number(), z.boolean()]);

const sizes = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("range"),
    min: z.int(),
    max: z.int(),
    multipleOf: z.int(),
    preferred: z.int(),
    minPixels: z.int().optional(),
    maxPixels: z.int().optional(),
    maxAspect: z.number().optional(),
  }),
  z.strictObject({ kind: z.literal("list"), sizes: z.array(size()) }),
]);

/** What one result costs. */
const cost = (when: string) => ({
  perResult: microUsd(`${when}; where it hangs on the size, the most`),
  bySize: z
    .strictObject({
      base: microUsd("Before the first pixel").optional(),
      amount: microUsd("For each so many pixels"),
      pixels: z.int().min(1),
      whole: z.literal(true).optional().describe("Counted in whole ones of that, rounded up"),
    })
    .optional()
    .describe("By the size that the model works at; never above `perResult`"),
});

const listed = {
  id: z.string(),
  object: z.literal("model"),
  owned_by: z.string().describe("The provider; `infill` of a short name"),
  created: z.int().describe("When its price was looked up, seconds since the epoch"),
  available: z.boolean(),
  unavailableBecause: z.string().optional(),
};

/** A model, and what it takes. */
export const modelRecord = z.strictObject({
  ...listed,
  description: z.string(),
  replace: z
    .strictObject({ prompt: z.enum(["required", "optional", "ignored"]), defaults: editDefaults })
    .optional()
    .describe("Absent: it cannot"),
  erase: z
    .discriminatedUnion("how", [
      z.strictObject({ how: z.literal("native"), defaults: editDefaults }),
      z.strictObject({ how: z.literal("prompt"), prompt: z.string(), defaults: editDefaults }),
    ])
    .optional()
    .describe("By itself, or by a prompt that asks for the background. Absent: it cannot"),
  maxPromptLength: z.int().describe("Characters"),
  options: z
    .record(z.string(), z.union([optionRule, z.literal(true)]))
    .describe("The options it takes, all others are refused; `size: true` is ruled by `sizes`"),
  providerOptions: z.record(z.string(), optionRule).describe("Options of its own"),
  constraints: z
    .array(
      z.strictObject({
        given: z.string(),
        is: optionValue.optional(),
        other: z.string(),
        oneOf: z.array(optionValue).optional(),
        needed: z.literal(true).optional(),
      }),
    )
    .optional()
    .describe("What its options ask of each other"),
  sizes: sizes.describe("The sizes it works at, px; a result has the photo's own"),
  mask: z.strictObject({
    convention: z.enum(["white", "black", "alpha"]),
    soft: z.boolean().describe("Whether grey means partial"),
    threshold: z.int().optional().describe("Where it does not: what counts as edit from this value up, of 255"),
  }),
  outputFormats: z.array(z.enum(OUTPUT_FORMATS)),
  price: z.strictObject({
    ...cost("Where no row says otherwise"),
    rows: z
      .array(
        z.strictObject({
          when: z.record(z.string(), optionValue),
          given: z.string().optional(),
          ...cost("Where these are the request's"),
        }),
      )
      .optional(),
    onTop: z
      .strictObject({
        promptByte: microUsd("For each byte of the prompt in UTF-8").optional(),
        each: z
          .record(z.string(), z.int().min(0))
          .optional()
          .describe("For each one that an option asks for, by its name"),
      })
      .optional(),
    source: z.string(),
    asOf: z.iso.date(),
  }),
  typicalSeconds: z.number(),
  repeatable: z.boolean().optional().describe("Asking twice costs nothing"),
  warnings: z.array(z.string()).optional(),
  shutdownAt: z.iso.date().optional().describe("From when its maker serves it no more"),
  successor: z.string().optional(),
});

/** A short name. */
export const modelAlias = z.strictObject({
  ...listed,
  alias: z
    .strictObject({
      models: z.array(z.string()).describe("What it may stand for, best first"),
      now: z.string().optional().describe("Where a request would go now"),
    })
    .describe("It stands for other models"),
});

/** Either. */
export const model = z.union([modelRecord, modelAlias]);

/** All of them, in OpenAI's list shape. */
export const models = z.strictObject({ object: z.literal("list"), data: z.array(model) });

/** `GET /healthz`. */
export const health = z.strictObject({ ok: z.literal(true), build: z.string() });

const told = {
  type: z.enum(["job.succeeded", "job.failed", "job.canceled"]),
  timestamp: time("When the job ended"),
};

/** What a job's `webhook` is sent. */
export const webhook = z.strictObject({ ...told, data: job });

const delivery = {
  state: z
    .enum(["none", "pending", "delivered", "gone", "failed"])
    .describe(
      "`none`: no webhook is named. `gone`: it answered 410, or is disabled or removed. `failed`: it never answered 2xx",
    ),
  attempts: count(),
  lastStatus: z.int().optional().describe("What was answered last; 0 when nothing was"),
};

/** The same in a list, and how its delivery goes. */
export const event = z.strictObject({
  id: id("evt", "The `webhook-id` of its deliveries"),
  object: z.literal("event"),
  ...told,
  data: job.optional().describe("The job; absent when it is not kept any more"),
  delivery: z.strictObject(delivery).describe("To the `webhook` that its job names"),
  endpoints: z
    .array(z.strictObject({ id: id("whe", "The endpoint"), ...delivery }))
    .optional()
    .describe("To each endpoint that was registered then"),
});

/** A page of events. */
export const events = z.strictObject({
  object: z.literal("list"),
  data: z.array(event).describe("Oldest first"),
  hasMore: z.boolean().describe("More are there now"),
  next: z.string().describe("What comes after: the next request's `after`, now or later"),
});

const endpointMembers = {
  id: id("whe", "Names the endpoint"),
  object: z.literal("webhook"),
  url: z.url(),
  types: z.array(z.enum(EVENT_TYPES)).describe("What it is told of"),
  enabled: z.boolean(),
  disabledAt: time("When it answered 410").optional(),
  createdAt: time("When it was registered"),
};

/** A registered endpoint. */
export const endpoint = z.strictObject(endpointMembers);

const signingSecret = () => z.string().regex(/^whsec_[A-Za-z0-9+/]{43}=$/);

/** One whose secret was just made. */
export const endpointWithSecret = z.strictObject({
  ...endpointMembers,
  secret: signingSecret().describe("Verifies what is sent to it (Standard Webhooks). Shown this once"),
});

/** Every endpoint of a tenant. */
export const endpoints = z.strictObject({
  object: z.literal("list"),
  data: z.array(endpoint).describe("Oldest first"),
});

/** What the webhooks that a tenant's jobs name are signed with. */
export const webhookSecret = z.strictObject({
  object: z.literal("webhook_secret"),
  secrets: z
    .array(signingSecret())
    .min(1)
    .describe(
      "The newest first. Each verifies (Standard Webhooks); there are two while the operator replaces the deployment's",
    ),
});

/** What is left of one. */
export const deletedEndpoint = z.strictObject({
  id: id("whe", "Named the endpoint"),
  object: z.literal("webhook"),
  deleted: z.literal(true),
});

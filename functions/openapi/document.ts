import { ERRORS, type ErrorCode, IDEMPOTENCY_KEY } from "@infill/core";
import { MAX_JSON_BYTES } from "../api/json.ts";
import { PAGE_LIMIT } from "../api/query.ts";
import { RESULT_INDEX } from "../api/routes/jobs.ts";
import { USAGE_BY } from "../api/routes/usage.ts";
import { MAX_WAIT_SECONDS } from "../api/wait.ts";
import { type Example, examples } from "./examples.ts";
import {
  type Answer,
  type AnswerHeader,
  type HeaderUse,
  OPERATIONS,
  type Operation,
  type RequestHeader,
  refusalsOf,
  TAGS,
} from "./operations.ts";
import { componentSchemas, type JsonSchema, refTo } from "./schemas.ts";

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  description: string;
  schema: JsonSchema;
  example?: unknown;
}

/** A body that is named by its type. */
export type Content = Record<
  string,
  { schema: JsonSchema; examples?: Record<string, { summary: string; value: unknown }> }
>;

export interface HeaderObject {
  description: string;
  /** It is there whenever the answer is. */
  required?: true;
  schema: JsonSchema;
}

export interface ResponseObject {
  description: string;
  headers?: Record<string, { $ref: string } | HeaderObject>;
  content?: Content;
}

export interface OperationObject {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, ResponseObject>;
}

/** OpenAPI 3.1, as far as it is used here. */
export interface OpenApi {
  openapi: "3.1.1";
  info: Record<string, unknown> & { title: string; version: string; description: string };
  servers: { url: string; description: string }[];
  tags: { name: string; description: string }[];
  security: object[];
  paths: Record<string, Partial<Record<Operation["method"], OperationObject>>>;
  webhooks: Record<string, { post: OperationObject }>;
  components: {
    schemas: Record<string, JsonSchema>;
    headers: Record<string, HeaderObject>;
    securitySchemes: Record<string, object>;
  };
}

const PROBLEM_TYPE = "application/problem+json";

const text = (pattern?: string): JsonSchema => ({ type: "string", ...(pattern === undefined ? {} : { pattern }) });
const idPattern = (prefix: string): string => `^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`;

const ANSWER_HEADERS: Record<AnswerHeader, HeaderObject> = {
  ETag: {
    required: true,
    description: "This revision of the job; send it as `If-None-Match`",
    schema: text('^W/"\\d+"$'),
  },
  Location: { required: true, description: "Where the job is, or the file", schema: text() },
  "Preference-Applied": {
    description: "For how long the answer was held at most. Absent: nobody asked, or no place for it was free",
    schema: text("^wait=\\d+$"),
  },
  RateLimit: {
    description: "What is left of this minute's writes, and the seconds until the next; absent without a rate",
    schema: text('^"(key|user)";r=\\d+;t=\\d+(, "key";r=\\d+;t=\\d+)?$'),
  },
  "RateLimit-Policy": {
    description: "How many writes a minute; absent without a rate",
    schema: text('^"(key|user)";q=\\d+;w=60(, "key";q=\\d+;w=60)?$'),
  },
  "Retry-After": { description: "Seconds after which to ask again", schema: text("^\\d+$") },
  Sunset: { description: "When the job's model ends (RFC 8594), where that is soon", schema: text() },
  "WWW-Authenticate": { required: true, description: "How to say who you are", schema: text() },
  "X-Request-Id": { required: true, description: "Names this request in the log", schema: text(idPattern("req")) },
};

const REQUEST_HEADERS: Record<RequestHeader, { description: string; schema: JsonSchema; example: string }> = {
  "Idempotency-Key": {
    description:
      "The same key with the same request is the same job, for as long as the job is kept. Make one for each edit that a person wants: an upload's id is a good one",
    schema: text(IDEMPOTENCY_KEY.source),
    example: "order-7",
  },
  Prefer: {
    description: `\`wait=N\` holds the answer until the job has ended, for N seconds, ${MAX_WAIT_SECONDS} at most (RFC 7240)`,
    schema: text(),
    example: `wait=${MAX_WAIT_SECONDS}`,
  },
  "If-None-Match": { description: "An `ETag`: 304 while the job is as it was", schema: text(), example: 'W/"3"' },
};

const { min, max, default: usual } = PAGE_LIMIT;
const QUERY: Record<NonNullable<Operation["query"]>[number], { description: string; schema: JsonSchema }> = {
  limit: {
    description: "How many a page has",
    schema: { type: "integer", minimum: min, maximum: max, default: usual },
  },
  after: {
    description: "The `next` of the page before, as it came. Of events also a time, ISO 8601: those from then on",
    schema: text(),
  },
  from: { description: "First day (UTC), such as `2026-11-01`", schema: { type: "string", format: "date" } },
  to: { description: "Last day; today without it", schema: { type: "string", format: "date" } },
  by: {
    description: "What sums are told apart by",
    schema: { type: "string", enum: [...USAGE_BY], default: "day" },
  },
  user: { description: "Only those of this end user of your app's", schema: text() },
};

const PATH: Record<string, (operation: Operation) => { description: string; schema: JsonSchema }> = {
  id: ({ path }) => ({
    description: `The ${/^\/v1\/(job|event|upload)s/.exec(path)?.[1]}'s id`,
    schema: text(),
  }),
  n: () => ({
    description: "Which result",
    schema: { type: "integer", minimum: RESULT_INDEX.min, maximum: RESULT_INDEX.max },
  }),
  model: () => ({ description: "Its id, whose slash stays as it is, or a short name", schema: text() }),
  user: () => ({ description: "As requests name them", schema: text() }),
  token: () => ({ description: "As the result's `link` has it", schema: text() }),
};

const DESCRIPTION = `Inpainting as a backend of your own: upload a photo and a mask, ask for an edit, get the photo back – edited inside the mask, and outside it the very pixels it had.

1. \`POST /v1/uploads\` signs the uploads; PUT photo and mask to storage.
2. \`POST /v1/inpaint\` asks for the edit, and answers with a job.
3. \`GET /v1/jobs/{id}\` says how it goes; a \`webhook\` is told when it has ended.
4. \`GET /v1/jobs/{id}/results/0\` redirects to the edited photo.

**Errors** are \`application/problem+json\` (RFC 9457) with a \`code\` from a closed set, whether a retry can help, and where the fault is. A method that a path does not take is 405 and an unknown address 404, in the same form. In front of a deployment stands a gateway, which may refuse by itself, with 429 or 503, before Infill is asked.

**Bodies** are JSON of at most ${MAX_JSON_BYTES / 1024} KiB. An unknown field is refused, not ignored: a typo must not cost money.

**Money** is in micro-USD: 1,000,000 are one dollar.`;

/** The specification of the API: of the schemas that validate, the error table, and what the stack really answered. */
export function buildDocument(recorded: readonly Example[] = examples()): OpenApi {
  const paths: OpenApi["paths"] = {};
  for (const operation of OPERATIONS) {
    const own = recorded.filter((example) => example.operation === operation.id);
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationObject(operation, own) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Infill",
      version: "1.0.0",
      summary: "Inpainting as a backend you own",
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "Where this document is served" }],
    tags: TAGS.map((tag) => ({ ...tag })),
    security: [{ key: [] }],
    paths,
    webhooks: webhooks(recorded.filter(({ operation }) => operation === "webhook")),
    components: {
      schemas: componentSchemas(),
      headers: ANSWER_HEADERS,
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description: "Your API key, `Authorization: Bearer key_…`, or a client token",
        },
      },
    },
  };
}

const RATE_HEADERS = ["RateLimit?", "RateLimit-Policy?"] as const;

function operationObject(operation: Operation, recorded: readonly Example[]): OperationObject {
  const parameters = parametersOf(operation, recorded[0]);
  const { body, description, open } = operation;
  const sent = recorded.filter((example) => example.request.body !== undefined);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(description === undefined ? {} : { description }),
    ...(open ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: refTo(body),
                ...named(
                  sent.filter(({ status }) => status < 300),
                  ({ request }) => request.body,
                ),
              },
            },
          },
        }),
    responses: Object.fromEntries([
      ...Object.entries(operation.answers).map(([status, answer]) => [
        status,
        answerObject(
          operation.counted ? { ...answer, headers: [...(answer.headers ?? []), ...RATE_HEADERS] } : answer,
          recorded.filter((example) => example.status === Number(status)),
        ),
      ]),
      ...Object.entries(refusalsOf(operation)).map(([status, codes]) => [
        status,
        refusalObject(
          Number(status),
          codes,
          recorded.filter((example) => example.status === Number(status)),
        ),
      ]),
    ]),
  };
}

function named(recorded: readonly Example[], pick: (example: Example) => unknown) {
  if (recorded.length === 0) return {};
  return {
    examples: Object.fromEntries(
      recorded.map((example) => [example.name, { summary: example.summary, value: pick(example) }]),
    ),
  };
}

function parametersOf(operation: Operation, example: Example | undefined): Parameter[] {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return [
    ...inPath.map((name): Parameter => {
      const { description, schema } = PATH[name]?.(operation) ?? { description: "", schema: text() };
      const value = example?.request.parameters[name];
      return {
        name,
        in: "path",
        required: true,
        description,
        schema,
        ...(value === undefined ? {} : { example: schema["type"] === "integer" ? Number(value) : value }),
      };
    }),
    ...(operation.query ?? []).map((name): Parameter => ({ name, in: "query", ...QUERY[name] })),
    ...(operation.headers ?? []).map((name): Parameter => ({ name, in: "header", ...REQUEST_HEADERS[name] })),
  ];
}

function headersOf(uses: readonly HeaderUse[]): NonNullable<ResponseObject["headers"]> {
  return Object.fromEntries(
    [...uses, "X-Request-Id" as const].map((use) => {
      const name = use.replace("?", "") as AnswerHeader;
      const header = ANSWER_HEADERS[name];
      const always = !use.endsWith("?");
      return [
        name,
        always && header.required !== true ? { ...header, required: true } : { $ref: `#/components/headers/${name}` },
      ];
    }),
  );
}

function answerObject(
  { description, schema, contentType, headers = [] }: Answer,
  recorded: readonly Example[],
): ResponseObject {
  const answer = { description, headers: headersOf(headers) };
  if (schema !== undefined)
    return {
      ...answer,
      content: { "application/json": { schema: refTo(schema), ...named(recorded, (example) => example.answer.body) } },
    };
  if (contentType === undefined) return answer;
  return {
    ...answer,
    content: { [contentType]: { schema: { type: contentType === "text/html" ? "string" : "object" } } },
  };
}

/** Statuses that a code does not have by itself. */
const TITLES: Record<number, string> = {
  410: "It was deleted",
  413: "The body is too large",
  415: "The body is no JSON",
  422: "It cannot be done as it was asked for",
};

const refusalHeaders = (status: number): readonly HeaderUse[] => {
  if (status === 401) return ["WWW-Authenticate"];
  if (status === 429) return ["Retry-After", "RateLimit", "RateLimit-Policy"];
  return status >= 500 ? ["Retry-After?"] : [];
};

function refusalObject(status: number, codes: readonly ErrorCode[], recorded: readonly Example[]): ResponseObject {
  const [first = "internal"] = codes;
  const title = TITLES[status] ?? ERRORS[first].title;
  return {
    description:
      codes.length === 1 ? `${title}: \`${first}\`` : `${title}: ${codes.map((code) => `\`${code}\``).join(", ")}`,
    headers: headersOf(refusalHeaders(status)),
    content: {
      [PROBLEM_TYPE]: {
        schema: { allOf: [refTo("Problem"), { properties: { code: { enum: codes }, status: { const: status } } }] },
        ...named(recorded, ({ answer }) => answer.body),
      },
    },
  };
}

const WEBHOOK_HEADERS = {
  "webhook-id": ["The event's id, the same on every try: drop what you have seen", text(idPattern("evt"))],
  "webhook-timestamp": ["When this try was made, seconds since the epoch", text("^\\d+$")],
  "webhook-signature": ["`v1,` and base64 of an HMAC-SHA256, once for each key in use", text()],
} as const;

function webhooks(recorded: readonly Example[]): OpenApi["webhooks"] {
  const ends = { succeeded: "succeeded", failed: "failed", canceled: "was canceled" };
  return Object.fromEntries(
    Object.entries(ends).map(([end, words]) => {
      const type = `job.${end}`;
      const post: OperationObject = {
        operationId: `on.${type}`,
        tags: ["Jobs"],
        summary: `A job ${words}`,
        description:
          "Sent to the job's `webhook`, signed by Standard Webhooks with your tenant's secret (`GET /v1/webhooks/secret`), for up to three days until it is taken. Verify the signature over the raw body before you read it.",
        security: [],
        parameters: Object.entries(WEBHOOK_HEADERS).map(([name, [description, schema]]) => ({
          name,
          in: "header",
          required: true,
          description,
          schema,
        })),
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: { allOf: [refTo("JobEvent"), { properties: { type: { const: type } } }] },
              ...named(
                recorded.filter(({ name }) => name === end),
                ({ request }) => request.body,
              ),
            },
          },
        },
        responses: {
          "2XX": { description: "You have it" },
          "410": { description: "Never send this event again" },
          "4XX": {
            description: "It is sent again later, as after any other answer or none; `Retry-After` is honoured",
          },
        },
      };
      return [type, { post }];
    }),
  );
}

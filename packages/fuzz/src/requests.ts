import type { ModelRecord, OptionRule } from "@infill/core";
import { OPERATIONS, type OpenApi, type Operation } from "@infill/functions/openapi";
import fc, { type Arbitrary } from "fast-check";
import { damaged, type Schema, valuesOf } from "./schema.ts";
import type { World } from "./world.ts";

/** A request, as it is sent. */
export interface FuzzRequest {
  /** Nothing about it was broken on purpose. */
  meant: "valid" | "broken";
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Requests to every operation of the specification: valid, and broken in one way or another. */
export function requestsTo(document: OpenApi, world: World): Arbitrary<FuzzRequest> {
  const valid = fc.oneof(
    ...OPERATIONS.map((operation) => ({
      weight: WEIGHTS[operation.id] ?? 1,
      arbitrary: validTo(operation, document, world),
    })),
  );
  const broken = fc.oneof(
    { weight: 6, arbitrary: valid.chain((request) => brokenBody(request)) },
    { weight: 2, arbitrary: valid.chain((request) => wrongIds(request)) },
    { weight: 2, arbitrary: valid.chain((request) => wrongHeaders(request, world)) },
    { weight: 1, arbitrary: valid.chain((request) => wrongPlace(request)) },
    {
      weight: 1,
      arbitrary: valid.filter(({ path }) => path === "/v1/inpaint").map((request) => withoutMoney(request, world)),
    },
  );
  return fc.oneof(
    { weight: 6, arbitrary: valid },
    { weight: 5, arbitrary: broken.map((request) => ({ ...request, meant: "broken" as const })) },
  );
}

/** Where there is most to be said wrong. */
const WEIGHTS: Record<string, number> = { createEdit: 8, estimateEdit: 4, createUploads: 4, listJobs: 2, getJob: 3 };

const oneOf = (values: readonly string[], otherwise: string): Arbitrary<string> =>
  // looked up when the value is made: what is there grows
  fc.nat().map((i) => values[i % Math.max(1, values.length)] ?? otherwise);

function validTo(operation: Operation, document: OpenApi, world: World): Arbitrary<FuzzRequest> {
  const parameters = document.paths[operation.path]?.[operation.method]?.parameters ?? [];
  const { ids, links, cursors } = world;
  const jobIds = { getResult: ids.done, getPreview: ids.previewed, deleteJob: ids.made }[operation.id] ?? ids.jobs;
  const inPath: Record<string, Arbitrary<string>> = {
    id: operation.path.startsWith("/v1/jobs")
      ? oneOf(jobIds, "job_")
      : operation.path.startsWith("/v1/events")
        ? oneOf(ids.events, "evt_")
        : operation.path.startsWith("/v1/webhooks")
          ? oneOf(ids.endpoints, "whe_")
          : fc.oneof(...[ids.images, ids.pending, ids.broken].map((list) => oneOf(list, "ast_"))),
    n: fc.constant("0"),
    model: fc.oneof(
      oneOf(
        world.models.map(({ id }) => id),
        "",
      ),
      oneOf(world.aliases, ""),
    ),
    token: oneOf(links, "x"),
  };
  const inQuery: Record<string, Arbitrary<string>> = {
    limit: fc.integer({ min: 1, max: 100 }).map(String),
    after: oneOf(cursors, ""),
    user: fc.constantFrom("ann", "bob", "Zoë"),
    from: fc.constantFrom("2026-08-15", "2026-08-31"),
    to: fc.constantFrom("2026-08-31", "2026-09-01"),
    by: fc.constantFrom("day", "model", "key", "user"),
  };
  const inHeaders: Record<string, Arbitrary<string>> = {
    "Idempotency-Key": fc.oneof(
      fc.uuid(),
      fc.uuid(),
      fc.uuid(),
      fc.nat({ max: 30 }).map((n) => `key-${n}`),
    ),
    Prefer: fc.constantFrom("wait=1", "wait=0", "respond-async", "wait=3, respond-async"),
    "If-None-Match": fc.constantFrom('W/"0"', 'W/"2"', "*", '"3", W/"1"'),
  };
  const pick = (place: string, values: Record<string, Arbitrary<string>>): Arbitrary<Record<string, string>> => {
    const names = parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
    const required = place === "path" ? names : [];
    return fc.record(Object.fromEntries(names.map((name) => [name, values[name] ?? fc.constant("x")])), {
      requiredKeys: required,
      noNullPrototype: true,
    }) as Arbitrary<Record<string, string>>;
  };
  return fc
    .record({
      path: pick("path", inPath),
      query: pick("query", inQuery),
      headers: pick("header", inHeaders),
      body: operation.body === undefined ? fc.constant(undefined) : bodyOf(operation, document, world),
    })
    .map(({ path, query, headers, body }) => {
      // an empty cursor is none: nothing was listed yet
      const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
      return {
        meant: "valid" as const,
        method: operation.method.toUpperCase(),
        path: operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? "") + (search && `?${search}`),
        headers: {
          ...(operation.open ? {} : { authorization: `Bearer ${world.keys.good}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
    });
}

function bodyOf(operation: Operation, document: OpenApi, world: World): Arbitrary<unknown> {
  const { schemas } = document.components;
  const resolve = (ref: string): Schema => schemas[ref.split("/").at(-1) ?? ""] ?? {};
  const known = (pattern: string) => {
    if (pattern.startsWith("^ast_")) return oneOf(world.ids.images, "ast_");
    // what else may not be in a text, no pattern says
    if (pattern === "\\S") return fc.stringMatching(/^[!-~][ -~]{0,11}$/);
    return pattern.startsWith("^job_") ? oneOf(world.ids.done, "job_") : undefined;
  };
  const bySchema = valuesOf(resolve(operation.body ?? ""), resolve, known);
  if (operation.id === "createUploads") {
    const contentType = fc.constantFrom("image/png", "image/jpeg", "image/webp", "image/jpg", "IMAGE/PNG");
    const usable = (upload: unknown, type: string) => ({ ...(upload as object), contentType: type });
    return fc.tuple(bySchema, contentType).map(([body, type]) => {
      const { uploads } = body as { uploads?: unknown[] };
      return uploads === undefined ? usable(body, type) : { uploads: uploads.map((each) => usable(each, type)) };
    });
  }
  if (operation.body !== "EditRequest" && operation.body !== "EstimateRequest") return bySchema;
  // by the schema alone few requests suit their model: most are made of what a model says of itself
  return fc.oneof({ weight: 1, arbitrary: bySchema }, { weight: 7, arbitrary: editOf(operation, world) });
}

function editOf(operation: Operation, world: World): Arbitrary<object> {
  const usable = world.models.filter(({ shutdownAt }) => shutdownAt === undefined);
  return fc.constantFrom(...usable).chain((model) => {
    const operations = (["replace", "erase"] as const).filter((each) => model[each] !== undefined);
    return fc.constantFrom(...operations).chain((what) => {
      const prompt = promptFor(model, what);
      const options = Object.entries(model.options).flatMap(([name, rule]) =>
        typeof rule === "object" ? [[name, valueFor(rule, world)] as const] : [],
      );
      const own = Object.entries(model.providerOptions).map(([name, rule]) => [name, valueFor(rule, world)] as const);
      const pictures = operation.id === "createEdit" ? ["image", "mask"] : [];
      return fc.record(
        {
          model: fc.constant(model.id),
          operation: fc.constant(what),
          image: fc.oneof(
            oneOf(world.ids.images, "ast_"),
            oneOf(world.ids.done, "job_").map((job) => ({ job })),
          ),
          mask: oneOf(world.ids.masks, "ast_"),
          ...(prompt === "none" ? {} : { prompt: fc.constantFrom("a red boat", "ein Hut", "木のベンチ", "x") }),
          ...Object.fromEntries(options),
          user: fc.constantFrom("ann", "bob", "Zoë"),
          edit: fc.record(
            { feather: fc.nat({ max: 512 }), crop: fc.constantFrom("auto", "off") },
            { requiredKeys: [] },
          ),
          deadlineSeconds: fc.integer({ min: 30, max: 21_600 }),
          metadata: fc.dictionary(fc.constantFrom("order", "user", "Zoë"), fc.string({ maxLength: 30 })),
          webhook: fc.constant("https://app.example.com/hook"),
          // seldom, for what they ask of each other is not said here
          ...(own.length === 0 ? {} : { providerOptions: oneOfOwn(own) }),
        },
        {
          requiredKeys: ["model", "operation", ...pictures, ...(prompt === "needed" ? ["prompt"] : [])] as never[],
          noNullPrototype: true,
        },
      );
    });
  });
}

const oneOfOwn = (own: readonly (readonly [string, Arbitrary<unknown>])[]): Arbitrary<object> =>
  fc.constantFrom(...own).chain(([name, value]) => value.map((given) => ({ [name]: given })));

function promptFor(model: ModelRecord, what: "replace" | "erase"): "needed" | "none" | "taken" {
  if (what === "erase") return model.erase?.how === "native" ? "none" : "taken";
  return model.replace?.prompt === "required" ? "needed" : "taken";
}

function valueFor(rule: OptionRule, world: World): Arbitrary<unknown> {
  switch (rule.type) {
    case "integer":
      return fc.integer({ min: rule.min, max: rule.max });
    case "number":
      return fc.double({ min: rule.min, max: rule.max, noNaN: true });
    case "enum":
      return fc.constantFrom(...rule.values);
    case "boolean":
      return fc.boolean();
    case "string":
      return fc.string({ minLength: 1, maxLength: Math.min(rule.maxLength, 20) });
    case "strings":
      return fc.array(fc.string({ maxLength: Math.min(rule.maxLength, 20) }), { minLength: 1, maxLength: rule.max });
    case "assets":
      return oneOf(world.ids.images, "ast_").map((id) => [id]);
  }
}

/** Another body, or text that is none. */
function brokenBody(request: FuzzRequest): Arbitrary<FuzzRequest> {
  if (request.body === undefined) return fc.constant(request);
  const body: unknown = JSON.parse(request.body);
  const text = fc.oneof(
    { weight: 20, arbitrary: damaged(body).map((value) => JSON.stringify(value) ?? "") },
    {
      weight: 4,
      arbitrary: damaged(body)
        .chain(damaged)
        .map((value) => JSON.stringify(value) ?? ""),
    },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "",
        "[".repeat(40),
        `${"[".repeat(33)}${"]".repeat(33)}`,
        '{"__proto__":1}',
        " ".repeat(262_145),
      ),
    },
  );
  return text.map((changed) => ({ ...request, body: changed }));
}

const strange = fc.constantFrom(
  "x",
  "%00",
  "%ff",
  "..%2f..",
  "job_",
  `job_${"0".repeat(26)}`,
  `ast_${"0".repeat(26)}`,
  "💥",
  "constructor",
  "__proto__",
  "-1",
  "1e3",
  "99",
  "'",
  "%20",
);

/** Ids that are none, numbers out of range, and parameters of no kind. */
function wrongIds(request: FuzzRequest): Arbitrary<FuzzRequest> {
  const [path = "", query = ""] = request.path.split("?");
  const segments = path.split("/");
  return fc
    .record({
      at: fc.integer({ min: Math.min(2, segments.length - 1), max: segments.length - 1 }),
      with: strange,
      query: strange,
    })
    .map((change) => ({
      ...request,
      path:
        change.at % 2 === 0 && query !== ""
          ? `${path}?${query}&limit=${change.query}&after=${change.query}`
          : segments.with(change.at, change.with).join("/"),
    }));
}

/** Another key or none, other types, and headers that say nothing. */
function wrongHeaders(request: FuzzRequest, world: World): Arbitrary<FuzzRequest> {
  const visible = fc.string({ unit: fc.constantFrom(..."abcXYZ019 =,;:\"'/*\\-_.éÿ"), minLength: 1, maxLength: 300 });
  return fc
    .oneof(
      fc
        .constantFrom(
          "",
          "Bearer",
          "Bearer key_x",
          "Basic eDp5",
          `Bearer ${world.keys.revoked}`,
          `Bearer ${world.keys.good}x`,
        )
        .map((authorization) => ({ authorization })),
      fc
        .constantFrom(
          "text/plain",
          "",
          "application/xml",
          "multipart/form-data",
          "application/problem+json",
          "application/json; charset=x",
        )
        .map((type) => ({ "content-type": type })),
      visible.map((value) => ({ "idempotency-key": value })),
      visible.map((value) => ({ prefer: value })),
      visible.map((value) => ({ "if-none-match": value })),
    )
    .map((headers) => ({ ...request, headers: { ...request.headers, ...headers } }));
}

/** The same, asked by a tenant whose budget covers nothing. */
function withoutMoney({ body = "{}", ...request }: FuzzRequest, { keys, poor }: World): FuzzRequest {
  const asked = { ...(JSON.parse(body) as object), ...poor };
  const headers = { ...request.headers, authorization: `Bearer ${keys.poor}` };
  return { ...request, headers, body: JSON.stringify(asked) };
}

/** Another method, or an address that is none. */
function wrongPlace(request: FuzzRequest): Arbitrary<FuzzRequest> {
  return fc.oneof(
    fc.constantFrom("PUT", "DELETE", "PATCH", "HEAD", "GET", "POST").map((method) => {
      const { body, ...rest } = request;
      return method === "HEAD" || method === "GET" || body === undefined
        ? { ...rest, method }
        : { ...rest, method, body };
    }),
    strange.map((segment) => ({ ...request, path: `${request.path.split("?")[0]}/${segment}` })),
    fc
      .constantFrom("/", "//", "/v1", "/v1/", "/v2/jobs", "/v1//jobs", "/r/", "/docs/", "/V1/JOBS")
      .map((path) => ({ ...request, path })),
  );
}

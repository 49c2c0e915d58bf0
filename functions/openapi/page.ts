import { ERRORS } from "@infill/core";
import type { Content, OpenApi, OperationObject, Parameter, ResponseObject } from "./document.ts";
import { STYLE } from "./page-style.ts";
import type { JsonSchema } from "./schemas.ts";

/** Markup that is safe to put into a page. */
type Html = string;

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const plain = (text: unknown): Html => String(text).replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
/** Text in which `code` and **weight** are marked. */
const words = (text = ""): Html =>
  plain(text)
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>")
    .replaceAll(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>");
const code = (text: unknown): Html => `<code>${plain(text)}</code>`;

/** JSON with its parts marked, to be coloured. */
function json(value: unknown): Html {
  const marked = plain(JSON.stringify(value, null, 2)).replaceAll(
    /(&quot;(?:[^&\\]|\\.|&(?!quot;))*&quot;)(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/g,
    (all, text?: string, colon?: string, word?: string) => {
      if (text !== undefined) return colon ? `<b>${text}</b>${colon}` : `<i>${text}</i>`;
      return word === undefined ? `<u>${all}</u>` : `<s>${all}</s>`;
    },
  );
  return `<pre>${marked}</pre>`;
}

/**
 * The reference as one page that loads nothing, runs nothing, and prints: the specification for people.
 */
export function renderPage(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = document.tags
    .map((tag) => ({ ...tag, operations: operations.filter(({ operation }) => operation.tags.includes(tag.name)) }))
    .filter((group) => group.operations.length > 0);
  const events = Object.entries(document.webhooks);
  const { schemas } = document.components;

  const navigation = [
    `<a href="#about">Overview</a>`,
    ...groups.flatMap((group) => [
      `<h2>${plain(group.name)}</h2>`,
      ...group.operations.map(
        ({ method, operation }) =>
          `<a href="#${operation.operationId}"><span class="verb ${method}">${method}</span>${plain(operation.summary)}</a>`,
      ),
    ]),
    "<h2>Webhooks</h2>",
    ...events.map(([name]) => `<a href="#${name}">${plain(name)}</a>`),
    "<h2>Vocabulary</h2>",
    `<a href="#errors">Errors</a>`,
    ...Object.keys(schemas).map((name) => `<a href="#schema-${name}">${plain(name)}</a>`),
  ];

  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${plain(document.info.title)} API</title>
<style>${STYLE}</style>
</head>
<body>
<nav aria-label="Contents"><a class="brand" href="#about">${plain(document.info.title)} <small>API ${plain(document.info.version)}</small></a>
${navigation.join("\n")}
</nav>
<main>
<section id="about">
<h1>${plain(document.info.title)} API</h1>
${prose(document.info.description)}
<p>Every request below <code>/v1</code> brings a key: <code>Authorization: Bearer key_…</code>. This page as a document for programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
</section>
${groups
  .map(
    (group) =>
      `<h2 class="group">${plain(group.name)}</h2><p class="lead">${words(group.description)}</p>\n${group.operations.map(({ path, method, operation }) => operationSection(path, method, operation, schemas)).join("\n")}`,
  )
  .join("\n")}
<h2 class="group">Webhooks</h2><p class="lead">What your app is sent when a job ends.</p>
${events.map(([name, { post }]) => eventSection(name, post, schemas)).join("\n")}
<h2 class="group" id="errors">Errors</h2>
<p class="lead">The closed set of what can go wrong. Switch on <code>code</code>; the detail is for people.</p>
<div class="wide"><table><thead><tr><th>code</th><th>status</th><th>a retry can help</th><th></th></tr></thead><tbody>
${Object.entries(ERRORS)
  .map(
    ([name, { status, retryable, title }]) =>
      `<tr><td>${code(name)}</td><td>${status}</td><td>${retryable ? "yes" : "no"}</td><td>${plain(title)}</td></tr>`,
  )
  .join("\n")}
</tbody></table></div>
<h2 class="group">Schemas</h2>
${Object.entries(schemas)
  .map(
    ([name, schema]) =>
      `<section id="schema-${name}"><h3>${plain(name)}</h3>${typeof schema["description"] === "string" ? `<p>${words(schema["description"])}</p>` : ""}${fields(schema)}</section>`,
  )
  .join("\n")}
</main>
</body>
</html>
`;
}

/** Paragraphs and numbered lists. */
function prose(text: string): Html {
  return text
    .split("\n\n")
    .map((block) =>
      /^\d\. /.test(block)
        ? `<ol>${block
            .split("\n")
            .map((line) => `<li>${words(line.replace(/^\d\. /, ""))}</li>`)
            .join("")}</ol>`
        : `<p>${words(block)}</p>`,
    )
    .join("\n");
}

function operationSection(path: string, method: string, operation: OperationObject, schemas: Schemas): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses, security } = operation;
  const open = security?.length === 0;
  return `<section id="${operationId}" class="operation">
<div class="told">
<h3>${plain(summary)}</h3>
<p class="route"><span class="verb ${method}">${method}</span><code>${plain(path).replaceAll(/\{\w+\}/g, "<em>$&</em>")}</code>${open ? '<span class="note">no key needed</span>' : ""}</p>
${description === undefined ? "" : `<p>${words(description)}</p>`}
${parameterList(parameters)}
${requestBody === undefined ? "" : `<h4>Body</h4>${bodySchema(requestBody.content, schemas)}`}
<h4>Answers</h4>
${Object.entries(responses).map(answerRow).join("\n")}
</div>
<div class="shown">${requestExamples(path, method, operation)}${answerExamples(responses)}</div>
</section>`;
}

function eventSection(name: string, operation: OperationObject, schemas: Schemas): Html {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  return `<section id="${name}" class="operation">
<div class="told">
<h3>${plain(summary)}</h3>
<p class="route"><span class="verb post">post</span><code>${plain(name)}</code><span class="note">to your webhook</span></p>
<p>${words(description)}</p>
${parameterList(parameters)}
${requestBody === undefined ? "" : `<h4>Body</h4>${bodySchema(requestBody.content, schemas)}`}
<h4>What you answer</h4>
${Object.entries(responses).map(answerRow).join("\n")}
</div>
<div class="shown">${contentExamples(requestBody?.content ?? {}, "Body")}</div>
</section>`;
}

const PLACES = { path: "in the path", query: "in the query", header: "a header" };

function parameterList(parameters: readonly Parameter[]): Html {
  if (parameters.length === 0) return "";
  const rows = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      `<dt>${code(name)} <span class="type">${PLACES[place]}, ${typeOf(schema)}</span>${required ? REQUIRED : ""}</dt><dd>${words(description)} ${limits(schema)}</dd>`,
  );
  return `<h4>Parameters</h4><dl>${rows.join("")}</dl>`;
}

const REQUIRED = '<span class="required">required</span>';

function answerRow([status, { description, headers, content }]: [string, ResponseObject]): Html {
  const [type, body] = Object.entries(content ?? {})[0] ?? [];
  const kind = status.startsWith("2") ? "good" : status.startsWith("3") ? "else" : "bad";
  const named = Object.keys(headers ?? {}).filter((name) => name !== "X-Request-Id");
  const schema = body?.schema;
  const target = schema && refNames(schema)[0];
  return `<div class="answer"><span class="status ${kind}">${plain(status)}</span><div>${words(description)}${
    target === undefined ? "" : ` <a href="#schema-${target}">${plain(target)}</a>`
  }${type === undefined || type === "application/json" || kind === "bad" ? "" : ` <span class="type">${plain(type)}</span>`}${
    named.length === 0 ? "" : `<div class="headers">${named.map(code).join(" ")}</div>`
  }</div></div>`;
}

type Schemas = OpenApi["components"]["schemas"];

function bodySchema(content: Content, schemas: Schemas): Html {
  const [schema] = Object.values(content).map((body) => body.schema);
  const [name = ""] = schema === undefined ? [] : refNames(schema);
  return `<p><a href="#schema-${name}">${plain(name)}</a></p>${fields(schemas[name] ?? {})}`;
}

/** The schemas that this one is, or is made of. */
function refNames(schema: JsonSchema): string[] {
  if (typeof schema["$ref"] === "string") return [schema["$ref"].split("/").at(-1) ?? ""];
  return ["allOf", "anyOf", "oneOf"].flatMap((keyword) =>
    Array.isArray(schema[keyword]) ? (schema[keyword] as JsonSchema[]).flatMap(refNames) : [],
  );
}

function requestExamples(path: string, method: string, operation: OperationObject): Html {
  const sent = Object.values(operation.requestBody?.content ?? {})[0]?.examples;
  const requests: { summary: string; value?: unknown }[] =
    sent === undefined ? [{ summary: "Request" }] : Object.values(sent);
  return requests
    .map(({ summary, value }, i) => folded(summary, `<pre>${curl(path, method, operation, value)}</pre>`, i === 0))
    .join("");
}

function curl(path: string, method: string, { parameters = [], security }: OperationObject, body: unknown): Html {
  const address = parameters.reduce(
    (text, { name, in: place, example }) =>
      place === "path" && example !== undefined ? text.replace(`{${name}}`, String(example)) : text,
    path,
  );
  const lines = [
    `curl <i>$URL${plain(address)}</i>`,
    ...(method === "post" && body === undefined ? ["-X POST"] : []),
    ...(security?.length === 0 ? [] : ['-H <i>"Authorization: Bearer $KEY"</i>']),
    ...(body === undefined
      ? []
      : ["-H <i>'Content-Type: application/json'</i>", `-d <i>'${plain(JSON.stringify(body, null, 2))}'</i>`]),
  ];
  return lines.join(" \\\n  ");
}

const answerExamples = (responses: Record<string, ResponseObject>): Html =>
  Object.entries(responses)
    .map(([status, { content }]) => contentExamples(content ?? {}, status))
    .join("");

const contentExamples = (content: Content, label: string): Html =>
  Object.values(content)
    .flatMap(({ examples = {} }) => Object.values(examples))
    .map(({ summary, value }) =>
      folded(`${label} · ${summary}`, json(value), label.startsWith("2") || label === "Body"),
    )
    .join("");

const folded = (summary: string, inside: Html, open: boolean): Html =>
  `<details${open ? " open" : ""}><summary>${plain(summary)}</summary>${inside}</details>`;

/** A schema's fields, those of fields folded away. */
function fields(schema: JsonSchema): Html {
  const variants = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  if (variants !== undefined && schema["properties"] === undefined)
    return `<ul class="variants">${variants.map((variant) => `<li>${typeOf(variant)} ${limits(variant)}${nested(variant)}</li>`).join("")}</ul>`;
  const properties = (schema["properties"] ?? {}) as Record<string, JsonSchema>;
  const required = (schema["required"] ?? []) as string[];
  const rows = Object.entries(properties).map(
    ([name, property]) =>
      `<dt>${code(name)} <span class="type">${typeOf(property)}</span>${required.includes(name) ? REQUIRED : ""}</dt><dd>${words(property["description"] as string | undefined)} ${limits(property)}${nested(property)}</dd>`,
  );
  const extra = schema["additionalProperties"];
  if (typeof extra === "object" && extra !== null && Object.keys(extra).length > 0)
    rows.push(
      `<dt><em>any name</em> <span class="type">${typeOf(extra as JsonSchema)}</span></dt><dd>${limits(extra as JsonSchema)}${nested(extra as JsonSchema)}</dd>`,
    );
  return rows.length === 0 ? "" : `<dl>${rows.join("")}</dl>`;
}

/** What stands inside a field, where it has fields of its own. */
function nested(schema: JsonSchema): Html {
  const inner = (schema["items"] as JsonSchema | undefined) ?? schema;
  if (inner["$ref"] !== undefined || !hasFields(inner)) return "";
  return `<details class="inner"><summary>fields</summary>${fields(inner)}</details>`;
}

function hasFields(schema: JsonSchema): boolean {
  const variants = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  const extra = schema["additionalProperties"] as JsonSchema | boolean | undefined;
  return (
    schema["properties"] !== undefined ||
    (typeof extra === "object" && hasFields(extra)) ||
    (variants?.some(
      (variant) => hasFields(variant) || (variant["items"] !== undefined && hasFields(variant["items"] as JsonSchema)),
    ) ??
      false)
  );
}

function typeOf(schema: JsonSchema): Html {
  const [name] = schema["$ref"] === undefined ? [] : refNames(schema);
  if (name !== undefined) return `<a href="#schema-${name}">${plain(name)}</a>`;
  if (schema["const"] !== undefined) return code(JSON.stringify(schema["const"]));
  const variants = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  if (variants !== undefined) return [...new Set(variants.map(typeOf))].join(" or ");
  if (schema["type"] === "array") return `list of ${typeOf((schema["items"] ?? {}) as JsonSchema)}`;
  return plain([schema["type"], schema["format"]].filter(Boolean).join(", ") || "anything");
}

/** Rules of a value that its type does not say. */
function limits(schema: JsonSchema): Html {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, maxProperties, pattern } = schema;
  const between = (least: unknown, most: unknown, what: string): string => {
    if (most === undefined || Number(most) >= Number.MAX_SAFE_INTEGER)
      return least === undefined || Number(least) <= Number.MIN_SAFE_INTEGER ? "" : `from ${least}${what}`;
    return least === undefined || Number(least) <= Number.MIN_SAFE_INTEGER
      ? `at most ${most}${what}`
      : `${least}–${most}${what}`;
  };
  const told = [
    between(minimum, maximum, ""),
    between(minLength, maxLength, " characters"),
    between(minItems, maxItems, " of them"),
    between(undefined, maxProperties, " entries"),
  ]
    .filter(Boolean)
    .map(plain);
  const values = schema["enum"] as unknown[] | undefined;
  if (values !== undefined) told.push(values.map((value) => code(value)).join(" "));
  const usual = schema["default"];
  if (usual !== undefined && JSON.stringify(usual) !== "{}") told.push(`default ${code(JSON.stringify(usual))}`);
  if (typeof pattern === "string" && schema["format"] === undefined && pattern.length < 60) told.push(code(pattern));
  return told.length === 0 ? "" : `<span class="limits">${told.join(" · ")}</span>`;
}

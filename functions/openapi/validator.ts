import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { buildDocument, type OpenApi, type OperationObject, type ResponseObject } from "./document.ts";

/** What came back, as far as a specification speaks of it. */
export interface Answered {
  status: number;
  headers: Headers;
  /** Of the body; `""` where there is none. */
  text: string;
}

/** Holds what is sent and answered against the specification. */
export interface Validator {
  /** What is not as documented about an answer, in words; nothing when it is. */
  answer(method: string, path: string, answered: Answered): string[];
  /** Whether this body is one that the operation documents. */
  accepts(method: string, path: string, body: unknown): boolean;
  /** What is not as documented about an event that was delivered. */
  event(body: unknown): string[];
}

/** Other makers' formats have words and statuses of their own. */
const ELSEWHERE = /^\/(?:v1\/images\/|api\/|webhooks\/|storage\/)/;
/** What is answered where no operation is: without a key that is all there is to learn. */
const NOWHERE = [401, 404, 405, 413];

const escaped = (segment: string): string => segment.replaceAll("~", "~0").replaceAll("/", "~1");

export function createValidator(document: OpenApi = buildDocument()): Validator {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateSchema: false });
  addFormats.default(ajv);
  ajv.addSchema({ ...document, $id: "infill:openapi" });
  const compiled = new Map<string, ValidateFunction>();
  const check = (pointer: string, value: unknown): string[] => {
    let validate = compiled.get(pointer);
    if (validate === undefined) {
      validate = ajv.compile({ $ref: `infill:openapi#${encodeURI(pointer)}` });
      compiled.set(pointer, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || "the body"} ${message} ${JSON.stringify(params)}`,
    );
  };

  const patterns = Object.entries(document.paths).map(([path, operations]) => ({
    path,
    operations,
    pattern: new RegExp(`^${path.replace("{model}", ".+").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));
  const find = (method: string, path: string) => {
    const pathname = new URL(path, "http://localhost").pathname;
    const wanted = method.toLowerCase() === "head" ? "get" : (method.toLowerCase() as "get" | "post" | "delete");
    const found = patterns.find(({ pattern }) => pattern.test(pathname));
    const operation = found?.operations[wanted];
    return { pathname, at: found && operation && { operation, pointer: `/paths/${escaped(found.path)}/${wanted}` } };
  };

  const answer: Validator["answer"] = (method, path, answered) => {
    const { pathname, at } = find(method, path);
    if (method === "OPTIONS" || ELSEWHERE.test(pathname)) return [];
    if (at === undefined) {
      if (!NOWHERE.includes(answered.status)) return [`${answered.status} where no operation is`];
      return method === "HEAD" ? [] : check("/components/schemas/Problem", parsed(answered.text));
    }
    const response = responseOf(at.operation, answered.status);
    if (response === undefined) return [`${answered.status} is not documented`];
    const problems = headerProblems(response, document, answered.headers);
    if (method === "HEAD") return problems;
    const [type] = Object.keys(response.content ?? {});
    if (type === undefined) return answered.text === "" ? problems : [...problems, "a body, where none is documented"];
    const given = answered.headers.get("content-type")?.split(";")[0] ?? "none";
    if (given !== type) return [...problems, `the type ${given}, where ${type} is documented`];
    const value = type === "text/html" ? answered.text : parsed(answered.text);
    const pointer = `${at.pointer}/responses/${answered.status}/content/${escaped(type)}/schema`;
    return [...problems, ...check(pointer, value)];
  };

  return {
    answer,
    accepts(method, path, body) {
      const { at } = find(method, path);
      if (at?.operation.requestBody === undefined) return false;
      return check(`${at.pointer}/requestBody/content/application~1json/schema`, body).length === 0;
    },
    event: (body) => check("/components/schemas/JobEvent", body),
  };
}

const responseOf = ({ responses }: OperationObject, status: number): ResponseObject | undefined => responses[status];

function headerProblems({ headers = {} }: ResponseObject, document: OpenApi, given: Headers): string[] {
  return Object.entries(headers).flatMap(([name, header]) => {
    const known = "$ref" in header ? document.components.headers[name] : header;
    if (known === undefined) return [`the header ${name} is described nowhere`];
    const { required, schema } = known;
    const value = given.get(name);
    if (value === null) return required ? [`no ${name}`] : [];
    const { pattern } = schema;
    return typeof pattern !== "string" || new RegExp(pattern).test(value) ? [] : [`${name}: ${value}`];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

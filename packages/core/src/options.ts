import { InfillError, MOST_LISTED, type Violation } from "./errors.ts";
import { isId } from "./ids.ts";
import type { ContentType, EditSettings, OutputFormat, Size } from "./image.ts";
import { toPointer } from "./input.ts";
import type { AskedRequest, JobRequest } from "./job.ts";
import {
  type EditDefaults,
  type ModelRecord,
  OPTION_NAMES,
  type OptionConstraint,
  type OptionName,
  type OptionRule,
} from "./model.ts";
import type { InpaintRequest } from "./schemas.ts";
import { describeSizes, sizeAllowed } from "./sizes.ts";

/** What a rule allows, in words. */
export function describeRule(rule: OptionRule): string {
  switch (rule.type) {
    case "integer":
      return `a whole number from ${rule.min} to ${rule.max}`;
    case "number":
      return `a number from ${rule.min} to ${rule.max}`;
    case "enum":
      return `one of ${rule.values.join(", ")}`;
    case "boolean":
      return "true or false";
    case "string":
      return `text of at most ${rule.maxLength} characters`;
    case "strings":
      return `1 to ${rule.max} texts of ${rule.pattern?.words ?? `at most ${rule.maxLength} characters`}`;
    case "assets":
      return `1 to ${rule.max} ids of uploads (ast_…), at most ${rule.maxBytes} bytes in all`;
  }
}

function allows(rule: OptionRule, value: unknown): boolean {
  switch (rule.type) {
    case "integer":
      return Number.isInteger(value) && (value as number) >= rule.min && (value as number) <= rule.max;
    case "number":
      return typeof value === "number" && value >= rule.min && value <= rule.max;
    case "enum":
      return typeof value === "string" && rule.values.includes(value);
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string" && value.length <= rule.maxLength;
    case "strings":
      return (
        isList(value, rule.max) && value.every((text) => text.length <= rule.maxLength && fits(rule.pattern, text))
      );
    case "assets":
      return isList(value, rule.max) && value.every((id) => isId("ast", id));
  }
}

const fits = (pattern: { is: string } | undefined, text: string): boolean =>
  pattern === undefined || new RegExp(`^(?:${pattern.is})$`).test(text);

const isList = (value: unknown, max: number): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.length <= max && value.every((item) => typeof item === "string");

/** Longest side a format can hold, px. */
const LONGEST_SIDE: Record<OutputFormat, number> = { png: 2 ** 31 - 1, jpeg: 65_535, webp: 16_383 };

const FORMAT_OF: Record<ContentType, OutputFormat> = { "image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp" };

/**
 * Holds a request against a model's record, as far as that can be done without the photo.
 * @returns the operation's own defaults
 * @throws InfillError `unsupported_option` naming the options at fault and what is allowed
 */
export function checkOptions(model: ModelRecord, request: AskedRequest): EditDefaults {
  const errors = faultsOf(model, request);
  const operation = model[request.operation];
  if (errors.length > 0 || operation === undefined) throw unsupported(model, errors);
  return operation.defaults;
}

/** All that a model cannot honour of a request, as far as that is known without the photo. */
export function faultsOf(model: ModelRecord, request: AskedRequest): Violation[] {
  const errors: Violation[] = [];
  const refuse = (pointer: string, detail: string) => errors.push({ pointer, detail });

  if (model[request.operation] === undefined) refuse("/operation", `${model.id} cannot ${request.operation}`);

  const erasing = request.operation === "erase";
  const promptRule = erasing ? (model.erase?.how === "native" ? "forbidden" : "optional") : model.replace?.prompt;
  if (promptRule === "required" && request.prompt === undefined) refuse("/prompt", `${model.id} needs a prompt`);
  if (promptRule === "forbidden" && request.prompt !== undefined)
    refuse("/prompt", `${model.id} erases by itself and takes no prompt; leave it out`);
  for (const field of ["prompt", "negativePrompt"] as const) {
    const length = request[field]?.length ?? 0;
    if (length > model.maxPromptLength)
      refuse(`/${field}`, `has ${length} characters; ${model.id} takes at most ${model.maxPromptLength}`);
  }

  for (const name of OPTION_NAMES) {
    const value = request[name];
    if (value === undefined || (name === "n" && value === 1)) continue;
    const rule = model.options[name];
    if (rule === undefined) refuse(`/${name}`, `${model.id} does not take ${name}${name === "n" ? " above 1" : ""}`);
    else if (rule === true) {
      if (request.size && !sizeAllowed(model.sizes, request.size))
        refuse("/size", `${model.id} works at ${describeSizes(model.sizes)}`);
    } else if (!allows(rule, value)) refuse(`/${name}`, `${model.id} takes ${describeRule(rule)}`);
  }

  const known = Object.keys(model.providerOptions);
  for (const [name, value] of Object.entries(request.providerOptions)) {
    const rule = Object.hasOwn(model.providerOptions, name) ? model.providerOptions[name] : undefined;
    if (rule === undefined)
      refuse(
        toPointer(["providerOptions", name]),
        known.length > 0 ? `${model.id} knows ${known.join(", ")}` : `${model.id} has none`,
      );
    else if (!allows(rule, value)) refuse(toPointer(["providerOptions", name]), `takes ${describeRule(rule)}`);
  }
  for (const { pointer, detail } of brokenConstraints(model, request)) refuse(pointer, detail);

  if (request.outputFormat !== undefined && !model.outputFormats.includes(request.outputFormat))
    refuse("/outputFormat", `${model.id} gives ${model.outputFormats.join(", ")}`);
  return errors;
}

/**
 * Refuses what loosens the safety of a model's vendor, which is for an app's backend to decide and not for its users.
 * @throws InfillError `forbidden`
 */
export function refuseUnsafe(model: ModelRecord, providerOptions: AskedRequest["providerOptions"]): void {
  for (const [name, rule] of Object.entries(model.providerOptions)) {
    if (!("safe" in rule) || rule.safe === undefined || !Object.hasOwn(providerOptions, name)) continue;
    const value = providerOptions[name];
    const safe: readonly unknown[] = rule.safe;
    // what it does not take at all is refused as that
    if (safe.includes(value) || !allows(rule, value)) continue;
    throw new InfillError(
      "forbidden",
      `A client token cannot loosen ${name}, which is for your app's backend to set; leave it out`,
      { pointer: toPointer(["providerOptions", name]), details: { allowed: safe.map(String) } },
    );
  }
}

function brokenConstraints(model: ModelRecord, request: AskedRequest): Violation[] {
  const own = (name: string) => (Object.hasOwn(model.providerOptions, name) ? "/providerOptions" : "");
  const optionOf = (name: string): unknown =>
    own(name) === "" ? request[name as keyof AskedRequest] : request.providerOptions[name];
  const broken = ({ given, is, other, oneOf = [], needed }: OptionConstraint) =>
    optionOf(given) !== undefined &&
    (is === undefined || optionOf(given) === is) &&
    (needed
      ? optionOf(other) === undefined
      : optionOf(other) !== undefined && !(oneOf as readonly unknown[]).includes(optionOf(other)));
  const demand = ({ other, oneOf, needed }: OptionConstraint) => {
    if (needed) return `needs ${other}`;
    return oneOf === undefined ? `takes no ${other}` : `takes ${other} ${oneOf.join(" or ")} only`;
  };
  return (model.constraints ?? []).filter(broken).map((constraint) => ({
    pointer: `${own(constraint.other)}/${constraint.other}`,
    detail:
      `with ${constraint.given}${constraint.is === undefined ? "" : ` ${constraint.is}`}, ` +
      `${model.id} ${demand(constraint)}`,
  }));
}

function unsupported(model: ModelRecord, errors: Violation[]): InfillError {
  const [first] = errors;
  const more = errors.length - MOST_LISTED;
  const unlisted = more > 0 ? `; and ${more} more faults than are listed` : "";
  return new InfillError(
    "unsupported_option",
    first ? `${first.pointer}: ${first.detail}${unlisted}` : "not supported",
    {
      errors: errors.slice(0, MOST_LISTED),
      details: { model: model.id, takes: OPTION_NAMES.filter((name) => model.options[name] !== undefined) },
      ...(first ? { pointer: first.pointer } : {}),
    },
  );
}

/**
 * Holds a request against a model's record and applies the defaults: after this nothing is left to
 * guess, and nothing was dropped or clamped.
 * @param photo the upright photo: format and size in px
 * @throws InfillError `unsupported_option` naming every option at fault and what is allowed
 */
export function resolveRequest(
  model: ModelRecord,
  request: AskedRequest,
  photo: Size & { contentType: ContentType },
): JobRequest {
  const editDefaults = checkOptions(model, request);
  const errors: Violation[] = [];
  const refuse = (pointer: string, detail: string) => errors.push({ pointer, detail });

  const outputFormat = request.outputFormat ?? FORMAT_OF[photo.contentType];
  const longest = Math.max(photo.width, photo.height);
  if (longest > LONGEST_SIDE[outputFormat])
    refuse(
      "/outputFormat",
      `${outputFormat} holds sides of at most ${LONGEST_SIDE[outputFormat]} px, and this photo has ${longest}; ask for png`,
    );
  if (request.outputQuality !== undefined && outputFormat === "png")
    refuse("/outputQuality", "png is lossless; ask for jpeg or webp, or leave it out");
  if (errors.length > 0) throw unsupported(model, errors);

  return {
    ...withDefaults(model, request),
    operation: request.operation,
    model: model.id,
    outputFormat,
    ...(request.outputQuality === undefined ? {} : { outputQuality: request.outputQuality }),
    edit: resolveEdit(request.edit, editDefaults, photo),
    metadata: request.metadata,
    ...(request.webhook === undefined ? {} : { webhook: request.webhook }),
  };
}

/** The words and the options, with the model's own where the caller named none. */
export function withDefaults(
  model: ModelRecord,
  request: AskedRequest,
): Partial<Pick<JobRequest, OptionName | "prompt">> & Pick<JobRequest, "n" | "providerOptions"> {
  const erasing = request.operation === "erase" && model.erase?.how === "prompt" ? model.erase.prompt : undefined;
  const prompt = request.prompt ?? erasing;
  const canonical = Object.fromEntries(
    OPTION_NAMES.flatMap((name) => {
      const rule = model.options[name];
      const value = request[name] ?? (typeof rule === "object" ? rule.default : undefined);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const own = Object.fromEntries(
    Object.entries(model.providerOptions).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  return {
    ...canonical,
    ...(prompt === undefined ? {} : { prompt }),
    n: request.n,
    providerOptions: { ...own, ...request.providerOptions },
  };
}

function resolveEdit(edit: InpaintRequest["edit"], defaults: EditDefaults, photo: Size): EditSettings {
  const shorter = Math.min(photo.width, photo.height);
  return {
    crop: edit.crop,
    grow: edit.grow ?? Math.round(defaults.grow * shorter),
    feather: edit.feather ?? Math.round(defaults.feather * shorter),
    maskConvention: edit.maskConvention,
    ...(edit.padding === undefined ? {} : { padding: edit.padding }),
  };
}

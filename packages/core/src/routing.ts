import { InfillError, type Violation } from "./errors.ts";
import { fromPointer } from "./input.ts";
import type { AskedRequest, RouteStep } from "./job.ts";
import { endedBecause, endsSoon, refuseEnded } from "./lifecycle.ts";
import type { ModelRecord } from "./model.ts";
import { checkOptions, faultsOf } from "./options.ts";
import type { Catalogue } from "./ports.ts";

/** Where an edit begins, and where it may go on. */
export interface Route {
  model: ModelRecord;
  /** The request as that model takes it. */
  request: AskedRequest;
  /** What it was asked without, where the caller allowed that. */
  dropped: string[];
  /** Names that may be tried after it, in order. */
  left: string[];
  /** Those that were passed over before it, and why. */
  past: RouteStep[];
}

/**
 * Finds the model that a request begins with, and those it may go on to: the caller's own list, or the
 * operator's for a model that was named alone. What is wrong with the request for the first model named
 * is refused, whether that one can be used or not.
 *
 * @throws InfillError `unsupported_option` for a name there is not or an option that cannot be honoured,
 *   `provider_unavailable` when none of them can be used
 */
export function planRoute(catalogue: Catalogue, request: AskedRequest, now: number): Route {
  const names = namesOf(catalogue, request);
  for (const name of names) modelsNamed(catalogue, name);
  const past: RouteStep[] = [];
  let refusal: InfillError | undefined;
  for (const [i, name] of names.entries()) {
    try {
      const model = i === 0 ? firstModel(catalogue, name, request, now) : usableModel(catalogue, name, now);
      const fitted = i === 0 ? { request, dropped: [] } : fitTo(model, request);
      return { model, ...fitted, left: names.slice(i + 1), past };
    } catch (error) {
      if (!(error instanceof InfillError) || (i === 0 && error.code !== "provider_unavailable")) throw error;
      refusal ??= error;
      past.push({ model: name, at: now, outcome: "skipped", code: error.code, reason: error.message, amount: 0 });
    }
  }
  if (refusal === undefined || past.length === 1) throw refusal ?? new Error("a request without a model");
  const tried = past.map(({ model, reason }) => ({ model, reason }));
  throw new InfillError("provider_unavailable", `None of ${names.join(", ")} can be used: ${refusal.message}`, {
    pointer: "/model",
    retryable: false,
    details: { tried },
  });
}

/**
 * Every model that a request may come to be asked of, usable now or not.
 * @throws InfillError `unsupported_option` for a name there is not
 */
export const modelsAsked = (catalogue: Catalogue, request: Pick<AskedRequest, "model">): ModelRecord[] => [
  ...new Set(namesOf(catalogue, request).flatMap((name) => modelsNamed(catalogue, name))),
];

function namesOf(catalogue: Catalogue, { model }: Pick<AskedRequest, "model">): string[] {
  if (Array.isArray(model)) return [...new Set(model)];
  const [id] = modelsNamed(catalogue, model).map((record) => record.id);
  return [...new Set([model, ...catalogue.fallbacks(model), ...(id === undefined ? [] : catalogue.fallbacks(id))])];
}

function firstModel(catalogue: Catalogue, name: string, request: AskedRequest, now: number): ModelRecord {
  const [best] = modelsNamed(catalogue, name);
  const model = attempt(() => usableModel(catalogue, name, now));
  const judged = model instanceof InfillError ? best : model;
  if (judged !== undefined) checkOptions(judged, request);
  if (model instanceof InfillError) throw model;
  return model;
}

/**
 * The model that a name stands for: of an alias, the first that can be used – one that ends soon only where
 * no other can.
 * @param asked models that were asked already, and are not asked again
 * @throws InfillError `provider_unavailable` saying why none can
 */
export function usableModel(
  catalogue: Catalogue,
  name: string,
  now: number,
  asked: ReadonlySet<string> = new Set(),
): ModelRecord {
  const named = modelsNamed(catalogue, name);
  const models = named.filter(({ id }) => !asked.has(id));
  if (models.length === 0) throw unusable(name, "it was asked already");
  const usable = models.filter((model) => unusableBecause(catalogue, model, now) === undefined);
  const model = usable.find((candidate) => !endsSoon(candidate, now)) ?? usable[0];
  if (model !== undefined) return model;
  const [only] = named;
  if (named.length === 1 && only !== undefined) {
    refuseEnded(only, now);
    throw unusable(name, catalogue.unavailable(only) ?? "", only.successor);
  }
  throw unusable(name, models.map((each) => `${each.id}: ${unusableBecause(catalogue, each, now)}`).join("; "));
}

const unusable = (name: string, reason: string, successor?: string): InfillError =>
  new InfillError("provider_unavailable", `${name} cannot be used: ${reason}`, {
    pointer: "/model",
    retryable: false,
    ...(successor === undefined ? {} : { details: { successor } }),
  });

/** Why a model cannot be used now, or `undefined` when it can. */
export const unusableBecause = (catalogue: Catalogue, model: ModelRecord, now: number): string | undefined =>
  endedBecause(model, now) ?? catalogue.unavailable(model);

/**
 * The models that a name may stand for, best first.
 * @param pointer where the name stands
 * @throws InfillError `unsupported_option` for a name there is not
 */
export function modelsNamed(catalogue: Catalogue, name: string, pointer = "/model"): ModelRecord[] {
  const alias = Object.hasOwn(catalogue.aliases(), name) ? catalogue.aliases()[name] : undefined;
  const models = (alias ?? [name]).map((id) => catalogue.model(id)).filter((model) => model !== undefined);
  if (models.length > 0) return models;
  const { allowed, words } = noSuchModel(catalogue, name);
  throw new InfillError("unsupported_option", `${pointer}: there is ${words}`, { pointer, details: { allowed } });
}

/** What follows "there is" where no model has that name; and the names that there are. */
export function noSuchModel(catalogue: Catalogue, name: string): { allowed: string[]; words: string } {
  const allowed = [...Object.keys(catalogue.aliases()), ...catalogue.models().map(({ id }) => id)];
  return { allowed, words: `no model ${JSON.stringify(name)}; there are ${allowed.join(", ")}` };
}

/**
 * The request as another model than the one it was made for takes it: as it is, or, where the caller
 * allowed it, without the options that this one cannot honour.
 * @throws InfillError `unsupported_option` naming what it cannot honour
 */
export function fitTo(model: ModelRecord, request: AskedRequest): Pick<Route, "request" | "dropped"> {
  // once each: an option may break its own rule and one that it has with another
  const dropped = request.fallback?.dropOptions
    ? [...new Set(faultsOf(model, request).map(({ pointer }) => pointer))]
    : [];
  const fitted = dropped.reduce(without, request);
  checkOptions(model, fitted);
  return { request: fitted, dropped };
}

/** What may be left out: an option of the model's. The words, the operation and how many are what the edit is. */
function without(request: AskedRequest, pointer: Violation["pointer"]): AskedRequest {
  const [first = "", own = ""] = fromPointer(pointer);
  if (first === "providerOptions") {
    const { [own]: _, ...providerOptions } = request.providerOptions;
    return { ...request, providerOptions };
  }
  if (["operation", "prompt", "n", "model"].includes(first)) return request;
  const { [first as "seed"]: _, ...rest } = request;
  return rest;
}

function attempt<T>(work: () => T): T | InfillError {
  try {
    return work();
  } catch (error) {
    if (error instanceof InfillError) return error;
    throw error;
  }
}

import type { CatalogueSettings } from "./catalogue.ts";

export type { CatalogueSettings };

/** What an operator may say of models in the environment. */
export const CATALOGUE_SETTINGS = ["INFILL_PRICES", "INFILL_FALLBACKS", "INFILL_SLOTS"] as const;

/** Every place of a provider is read when one is taken. */
const MOST_SLOTS = 1000;

/**
 * Reads prices, fallbacks and slots from the environment: JSON objects by model, or by provider.
 * @example INFILL_PRICES='{"modelslab/inpaint":4700}' INFILL_FALLBACKS='{"modelslab/inpaint":["stable-image"]}'
 *   INFILL_SLOTS='{"modelslab":15}'
 * @throws Error saying which one is wrong and what it must look like
 */
export function readCatalogueSettings(env: Readonly<Record<string, string | undefined>>): CatalogueSettings {
  const prices = readObject(env, "INFILL_PRICES", isPrice, '{"modelslab/inpaint":4700}, in whole micro-USD');
  const fallbacks = readObject(env, "INFILL_FALLBACKS", isNames, '{"modelslab/inpaint":["stable-image"]}');
  const slots = readObject(
    env,
    "INFILL_SLOTS",
    isSlots,
    '{"modelslab":15}, in whole numbers from 1, or null for no limit',
  );
  return { ...(prices && { prices }), ...(fallbacks && { fallbacks }), ...(slots && { slots }) };
}

const isPrice = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isSlots = (value: unknown): value is number | null =>
  value === null || (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MOST_SLOTS);
const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string");

function readObject<T>(
  env: Readonly<Record<string, string | undefined>>,
  name: (typeof CATALOGUE_SETTINGS)[number],
  fits: (value: unknown) => value is T,
  example: string,
): Record<string, T> | undefined {
  const text = env[name];
  if (!text) return undefined;
  const wrong = new Error(`${name} is ${JSON.stringify(text)}: it must be a JSON object such as ${example}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong;
  const entries = Object.entries(value);
  if (!entries.every((entry): entry is [string, T] => fits(entry[1]))) throw wrong;
  return Object.fromEntries(entries);
}

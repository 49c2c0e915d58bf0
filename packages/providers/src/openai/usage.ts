import type { ProviderUsage } from "@infill/core";
import type { Usage } from "./answer.ts";
import { TOKEN_PRICES } from "./prices.ts";

/**
 * What the work took, in tokens, and what they cost where both are known.
 * @param model by the vendor's own name
 * @param usages of each answer or picture; where one is missing, nothing is known of the whole
 */
export function usageOf(model: string, usages: readonly (Usage | undefined)[]): { usage?: ProviderUsage } {
  const told = usages.filter((usage) => usage !== undefined);
  if (told.length < usages.length) return {};
  const sum = (count: (usage: Usage) => number | undefined) =>
    told.reduce<number | undefined>((total, usage) => {
      const more = count(usage);
      return total === undefined || more === undefined ? undefined : total + more;
    }, 0);
  const counts = {
    input_tokens: sum((usage) => usage.input_tokens),
    output_tokens: sum((usage) => usage.output_tokens),
    total_tokens: sum((usage) => usage.total_tokens),
    input_image_tokens: sum((usage) => usage.input_tokens_details?.image_tokens),
    input_text_tokens: sum((usage) => usage.input_tokens_details?.text_tokens),
  };
  const units = Object.fromEntries(Object.entries(counts).flatMap(([unit, n]) => (n === undefined ? [] : [[unit, n]])));
  if (told.length === 0 || Object.keys(units).length === 0) return {};
  const cost = costOf(model, counts);
  return { usage: { units, ...(cost === undefined ? {} : { costMicroUsd: cost }) } };
}

/** Micro-USD, a whole number. */
function costOf(
  model: string,
  counts: Record<"input_image_tokens" | "input_text_tokens" | "output_tokens", number | undefined>,
): number | undefined {
  const prices = TOKEN_PRICES[model];
  const { input_image_tokens: images, input_text_tokens: texts, output_tokens: out } = counts;
  if (prices === undefined || images === undefined || texts === undefined || out === undefined) return undefined;
  return Math.ceil(images * prices.imageIn + texts * prices.textIn + out * prices.out);
}

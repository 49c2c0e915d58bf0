import type { AskedRequest } from "./job.ts";
import { sunsetWarning } from "./lifecycle.ts";
import type { ModelRecord } from "./model.ts";

/** What is to be said to somebody whose edit this model makes. @param dropped pointers of what it was asked without */
export function warningsFor(
  model: ModelRecord,
  { operation, prompt }: Pick<AskedRequest, "operation" | "prompt">,
  now: number,
  dropped: readonly string[],
): string[] {
  const ignored = operation === "replace" && prompt !== undefined && model.replace?.prompt === "ignored";
  return [
    ...(model.warnings ?? []),
    ...(ignored ? [`${model.id} does not read the prompt`] : []),
    ...[sunsetWarning(model, now)].filter((warning) => warning !== undefined),
    ...dropped.map((pointer) => `${model.id} was asked without ${pointer}: it does not take it`),
  ];
}

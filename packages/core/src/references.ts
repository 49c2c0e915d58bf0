import { InfillError } from "./errors.ts";
import type { ImageSource } from "./job.ts";
import type { Caller } from "./keys.ts";
import type { ModelRecord } from "./model.ts";
import { uploadedSource } from "./uploads.ts";

/**
 * The pictures that a model's own options name, pinned by ETag, by option.
 * @throws InfillError `asset_missing`, or `asset_invalid` when they weigh more than the model takes
 */
export async function referencedSources(
  deps: Parameters<typeof uploadedSource>[0],
  caller: Caller,
  { id: model, providerOptions: rules }: Pick<ModelRecord, "id" | "providerOptions">,
  options: Readonly<Record<string, unknown>>,
): Promise<Record<string, ImageSource[]>> {
  const named = Object.entries(options).flatMap(([name, ids]) => {
    const rule = rules[name];
    return rule?.type === "assets" && Array.isArray(ids) ? [{ name, ids: ids as string[], rule }] : [];
  });
  const found = await Promise.all(
    named.map(async ({ name, ids, rule }): Promise<[string, ImageSource[]]> => {
      const pointer = `/providerOptions/${name}`;
      const sources = await Promise.all(
        ids.map(async (id, i) => (await uploadedSource(deps, caller, id, `${pointer}/${i}`)).source),
      );
      const bytes = sources.reduce((sum, source) => sum + source.bytes, 0);
      if (bytes > rule.maxBytes)
        throw new InfillError(
          "asset_invalid",
          `The pictures of ${name} have ${bytes} bytes; ${model} takes at most ${rule.maxBytes} in all`,
          { pointer },
        );
      return [name, sources];
    }),
  );
  return Object.fromEntries(found);
}

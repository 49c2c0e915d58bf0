import { InfillError } from "./errors.ts";
import type { ImageSource } from "./job.ts";
import type { Caller } from "./keys.ts";
import type { ModelRecord } from "./model.ts";
import { uploadedSource } from "./uploads.ts";

type Options = Readonly<Record<string, unknown>>;
type Taker = Pick<ModelRecord, "id" | "providerOptions">;

/**
 * The pictures that options name, by option, pinned by ETag: for every model that may come to be asked.
 * @throws InfillError `asset_missing`
 */
export async function referencedSources(
  deps: Parameters<typeof uploadedSource>[0],
  caller: Caller,
  models: readonly Taker[],
  options: Options,
): Promise<Record<string, ImageSource[]>> {
  const named = Object.entries(options).flatMap(([name, ids]) =>
    Array.isArray(ids) && models.some(({ providerOptions }) => providerOptions[name]?.type === "assets")
      ? [{ name, ids: ids as string[] }]
      : [],
  );
  const found = await Promise.all(
    named.map(async ({ name, ids }): Promise<[string, ImageSource[]]> => {
      const pointer = `/providerOptions/${name}`;
      return [
        name,
        await Promise.all(ids.map(async (id, i) => (await uploadedSource(deps, caller, id, `${pointer}/${i}`)).source)),
      ];
    }),
  );
  return Object.fromEntries(found);
}

/** @throws InfillError `asset_invalid` when the pictures of an option weigh more than the model takes */
export function weighReferences(
  { id: model, providerOptions: rules }: Taker,
  options: Options,
  references: Readonly<Record<string, readonly ImageSource[]>>,
): void {
  for (const [name, sources] of Object.entries(references)) {
    const rule = rules[name];
    if (rule?.type !== "assets" || !(name in options)) continue;
    const bytes = sources.reduce((sum, source) => sum + source.bytes, 0);
    if (bytes > rule.maxBytes)
      throw new InfillError(
        "asset_invalid",
        `The pictures of ${name} have ${bytes} bytes; ${model} takes at most ${rule.maxBytes} in all`,
        { pointer: `/providerOptions/${name}` },
      );
  }
}

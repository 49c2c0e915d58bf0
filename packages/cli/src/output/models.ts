import type { ModelView } from "../api/types.ts";
import type { Styles } from "./style.ts";
import { table } from "./table.ts";
import { usd } from "./words.ts";

function operations(model: ModelView): string {
  const replace = model.replace && `replace (prompt ${model.replace.prompt})`;
  return [replace, model.erase && "erase"].filter(Boolean).join(", ");
}

function sizes({ sizes: rule }: ModelView): string {
  return rule.kind === "list"
    ? rule.sizes.map(({ width, height }) => `${width}×${height}`).join(" ")
    : `${rule.min}–${rule.max} by ${rule.multipleOf}`;
}

/** One line a model, one more for why it cannot be used. */
export function describeModels(models: readonly ModelView[], style: Styles): string {
  const head = ["model", "usable", "operations", "works at px", "mask", "a result"].map(style.bold);
  const rows = models.map((model) => [
    model.id,
    model.available ? style.green("yes") : style.red("no"),
    operations(model),
    sizes(model),
    `${model.mask.convention}${model.mask.soft ? ", soft" : ""}`,
    usd(model.price.perResult),
  ]);
  const notes = models.flatMap((model) => [
    ...(model.unavailableBecause === undefined ? [] : [`${model.id} cannot be used: ${model.unavailableBecause}`]),
    ...(model.shutdownAt === undefined
      ? []
      : [`${model.id} ends on ${model.shutdownAt}${model.successor ? `; use ${model.successor}` : ""}`]),
  ]);
  return [table([head, ...rows]), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

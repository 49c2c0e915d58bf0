import { priceRange } from "@infill/core";
import { type AliasView, isAlias, isModel, type ListedModel, type ModelView } from "../api/types.ts";
import type { Styles } from "./style.ts";
import { table } from "./table.ts";
import { usd } from "./words.ts";

/** What a model's table says of it, by column. */
export const COLUMNS: Readonly<Record<string, (model: ModelView) => string>> = {
  "a prompt": ({ replace }) => (replace === undefined ? "–" : replace.prompt),
  erases: ({ erase }) => (erase === undefined ? "–" : erase.how === "native" ? "by itself" : "by a prompt"),
  "works at px": ({ sizes }) => describeSizes(sizes),
  "edits where the mask is": ({ mask }) => ({ white: "white", black: "black", alpha: "transparent" })[mask.convention],
  "soft mask": ({ mask }) => (mask.soft ? "yes" : "no"),
  "a result": (model) => {
    const { least, most } = priceRange(model);
    return least === most ? usd(least) : `${usd(inShort(least))}–${usd(most).replace("$", "")}`;
  },
  ends: ({ shutdownAt }) => shutdownAt ?? "",
};

function describeSizes(rule: ModelView["sizes"]): string {
  if (rule.kind === "range") {
    const steps = rule.multipleOf === 1 ? "" : ` by ${rule.multipleOf}`;
    return `${rule.min}–${rule.max}${steps}${rule.maxPixels ? `, ${megapixels(rule.maxPixels)} MP` : ""}`;
  }
  if (rule.sizes.length <= 3) return rule.sizes.map(({ width, height }) => `${width}×${height}`).join(" ");
  const sides = rule.sizes.flatMap(({ width, height }) => [width, height]);
  return `${rule.sizes.length} sizes, ${Math.min(...sides)}–${Math.max(...sides)}`;
}

/** To three digits: the end of a range is no bill. */
const inShort = (microUsd: number): number => Number(microUsd.toPrecision(3));

const megapixels = (pixels: number): number => Number((pixels / 1e6).toFixed(1));

/** One line a model, one more for why it cannot be used; then the short names. */
export function describeModels(listed: readonly ListedModel[], style: Styles): string {
  const models = listed.filter(isModel);
  const rows = models.map((model) => [
    model.id,
    model.available ? style.green("yes") : style.red("no"),
    ...Object.values(COLUMNS).map((describe) => describe(model)),
  ]);
  const head = ["model", "usable", ...Object.keys(COLUMNS)].map(style.bold);
  const ending = models.filter(({ available, shutdownAt }) => available && shutdownAt !== undefined);
  const notes = [
    ...whyNot(models),
    ...ending.map(
      ({ id, shutdownAt, successor }) => `${id} ends on ${shutdownAt}${successor ? `; use ${successor}` : ""}`,
    ),
  ];
  const aliases = listed.filter(isAlias).map((alias) => [alias.id, "→", meaning(alias, style)]);
  return [
    table([head, ...rows]),
    ...(aliases.length > 0 ? ["", style.bold("short names"), table(aliases)] : []),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ].join("\n");
}

/** Why models cannot be used, a line a reason. */
export function whyNot(models: readonly { id: string; unavailableBecause?: string | undefined }[]): string[] {
  const idsBy = Map.groupBy(
    models.filter(({ unavailableBecause }) => unavailableBecause !== undefined),
    ({ unavailableBecause }) => unavailableBecause,
  );
  return [...idsBy].map(([reason = "", because]) => {
    const ids = because.map(({ id }) => id);
    return `${ids.join(", ")} cannot be used: ${reason}`;
  });
}

/** Whether a model cannot be used because its vendor's key is not there, or nothing turns the vendor on. */
export const isLacking = (reason = ""): boolean => /^(there is no key for|\S+ is off;) /.test(reason);

/** `modelslab/inpaint` → `modelslab` */
export const vendorOf = (id = ""): string => id.split("/")[0] ?? id;

const meaning = ({ alias }: AliasView, style: Styles): string =>
  alias.now === undefined ? style.dim(`${alias.models.join(", ")}: none can be used`) : alias.now;

/** The same table for a document, without what is only so here and now. */
export function modelsInMarkdown(models: readonly ModelView[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["model", ...Object.keys(COLUMNS)]),
    row(["---", ...Object.keys(COLUMNS).map(() => "---")]),
    ...models.map((model) => row([`\`${model.id}\``, ...Object.values(COLUMNS).map((describe) => describe(model))])),
  ].join("\n");
}

import type { Size } from "./image.ts";
import type { JobRequest } from "./job.ts";
import type { Cost, ModelRecord, Price, PriceRow } from "./model.ts";
import { describeSize, sideLimits, sizeAllowed } from "./sizes.ts";

/** The source of a price that the operator set: it holds whatever a vendor's answer says. */
export const CONFIGURED = "configured";

/** What a price may depend on. */
export type Priced = Pick<JobRequest, "n" | "prompt" | "quality" | "size" | "providerOptions">;

/** Micro-USD of one result, as far as the request tells: of several that it may cost, the most. */
export function perResult({ price, sizes }: Pick<ModelRecord, "price" | "sizes">, request: Priced): number {
  const rows = price.rows ?? [];
  const possible = rows.filter(
    ({ when }) => sizes.kind !== "list" || when["size"] === undefined || listed(sizes, when),
  );
  const met = possible.filter((row) => couldMeet(row, request));
  const certain = met.findIndex((row) => meets(row, request));
  const costs: Cost[] = certain < 0 ? [...met, price] : met.slice(0, certain + 1);
  return Math.max(...costs.map((cost) => costAt(cost, request.size))) + onTop(price, request);
}

/** Micro-USD of so many results. */
export const priceOf = (model: Pick<ModelRecord, "price" | "sizes">, request: Priced): number =>
  perResult(model, request) * request.n;

/** The least and the most that one result may cost, micro-USD, without what is on top. */
export function priceRange({ price, sizes }: Pick<ModelRecord, "price" | "sizes">): { least: number; most: number } {
  const costs: Cost[] = [price, ...(price.rows ?? [])];
  return {
    least: Math.min(...costs.map((cost) => costAt(cost, smallest(sizes)))),
    most: Math.max(...costs.map((cost) => cost.perResult)),
  };
}

/** @param size px; the most where it is not known yet */
function costAt({ perResult: most, bySize }: Cost, size: Size | undefined): number {
  if (bySize === undefined || size === undefined) return most;
  const { base = 0, amount, pixels, whole } = bySize;
  const count = (size.width * size.height) / pixels;
  return Math.min(most, base + Math.ceil((whole ? Math.ceil(count) : count) * amount));
}

function onTop({ onTop: { promptByte = 0, each = {} } = {} }: Price, request: Priced): number {
  const counted = Object.entries(each).map(([option, amount]) => Number(optionOf(request, option) ?? 0) * amount);
  const words = Buffer.byteLength(request.prompt ?? "") * promptByte;
  return Math.ceil(counted.reduce((sum, amount) => sum + amount, words));
}

/** A size of the fewest pixels, as near as matters to a price. */
function smallest(rule: ModelRecord["sizes"]): Size {
  if (rule.kind === "list")
    return rule.sizes.reduce((least, size) => (size.width * size.height < least.width * least.height ? size : least));
  const { least } = sideLimits(rule);
  return { width: least, height: Math.max(least, (rule.minPixels ?? 0) / least) };
}

function listed(sizes: ModelRecord["sizes"], when: PriceRow["when"]): boolean {
  const [width = 0, height = 0] = String(when["size"]).split("x").map(Number);
  return sizeAllowed(sizes, { width, height });
}

const optionOf = ({ size, quality, providerOptions }: Priced, name: string): unknown =>
  name === "size" ? size && describeSize(size) : name === "quality" ? quality : providerOptions[name];

/** Whether it may yet turn out to be this row: what the request leaves open is chosen by the photo, or the vendor. */
const couldMeet = ({ when, given }: PriceRow, request: Priced): boolean =>
  (given === undefined || optionOf(request, given) !== undefined) &&
  Object.entries(when).every(([name, value]) => [undefined, value].includes(optionOf(request, name) as undefined));

const meets = ({ when }: PriceRow, request: Priced): boolean =>
  Object.entries(when).every(([name, value]) => optionOf(request, name) === value);

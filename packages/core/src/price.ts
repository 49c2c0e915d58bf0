import type { JobRequest } from "./job.ts";
import type { ModelRecord, Price, PriceRow } from "./model.ts";
import { describeSize, sizeAllowed } from "./sizes.ts";

/** The source of a price that the operator set: it holds whatever a vendor's answer says. */
export const CONFIGURED = "configured";

/** What a price may depend on. */
export type Priced = Pick<JobRequest, "n" | "quality" | "size" | "providerOptions">;

/** Micro-USD of one result, as far as the request tells: of several that it may cost, the most. */
export function perResult({ price, sizes }: Pick<ModelRecord, "price" | "sizes">, request: Priced): number {
  const rows = price.rows ?? [];
  const possible = rows.filter(
    ({ when }) => sizes.kind !== "list" || when["size"] === undefined || listed(sizes, when),
  );
  const met = possible.filter((row) => couldMeet(row, request));
  const certain = met.findIndex((row) => meets(row, request));
  const costs = (certain < 0 ? met : met.slice(0, certain + 1)).map((row) => row.perResult);
  return Math.max(...costs, ...(certain < 0 ? [price.perResult] : []));
}

/** Micro-USD of so many results. */
export const priceOf = (model: Pick<ModelRecord, "price" | "sizes">, request: Priced): number =>
  perResult(model, request) * request.n;

/** The least and the most that one result may cost, micro-USD. */
export function priceRange({ perResult: flat, rows = [] }: Price): { least: number; most: number } {
  const costs = [flat, ...rows.map((row) => row.perResult)];
  return { least: Math.min(...costs), most: Math.max(...costs) };
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

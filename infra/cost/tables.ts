import { idleMonth, type Measured, priced, totalOf, unitsFor } from "./bill.ts";
import { PRICES, type Price, STANDING } from "./prices.ts";

const EDITS = 1000;
const dollars = (usd: number) => `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;
const count = (amount: number) =>
  amount >= 100 ? Math.round(amount).toLocaleString("en-US") : Number(amount.toPrecision(2)).toString();
const row = (...cells: string[]) => `| ${cells.join(" | ")} |`;

function pricePer({ usd, per }: Price): string {
  return per === 1 ? `$${usd}` : `$${usd} a ${per === 1e6 ? "million" : "thousand"}`;
}

/** What stands between the markers of docs/cost.md. */
export function costTables(measured: Measured): string {
  const items = priced(unitsFor(EDITS, measured));
  const total = totalOf(items);
  const provider = (measured.provider.microUsd * EDITS) / 1e6;
  const idle = idleMonth(measured);
  const functions = Object.keys(measured.memory).filter((name) => (measured.counts[`${name} invocations`] ?? 0) > 0);
  const each = (what: string) => count((measured.counts[what] ?? 0) / measured.edits);
  return [
    `### ${EDITS.toLocaleString("en-US")} edits`,
    "",
    row("what", "how much", "at", "US dollars"),
    row("---", "---:", "---", "---:"),
    ...items.map(({ unit, amount, usd }) => row(unit, count(amount), pricePer(PRICES[unit]), dollars(usd))),
    row("**AWS**", "", "", `**${dollars(total)}**`),
    row(
      `${measured.provider.model}, as its record has it`,
      EDITS.toLocaleString("en-US"),
      `$${measured.provider.microUsd / 1e6}`,
      dollars(provider),
    ),
    "",
    `AWS is ${((total / provider) * 100).toFixed(1)} % of what the provider takes.`,
    "",
    "### One edit, by function",
    "",
    row("function", "invocations", "billed ms", "MB"),
    row("---", "---:", "---:", "---:"),
    ...functions.map((name) =>
      row(name, each(`${name} invocations`), each(`${name} ms`), String(measured.memory[name] ?? 0)),
    ),
    "",
    `Measured on ${measured.date} over ${measured.edits} edits of a photo of ${(measured.photoBytes / 1e6).toFixed(1)} MB, ${measured.machine}.`,
    "",
    "### An idle month",
    "",
    row("what", "how many", "US dollars"),
    row("---", "---:", "---:"),
    row("functions, API, workflows, queue, stream, parameters", "", dollars(0)),
    row("dashboards, three of an account's free", String(measured.standing.dashboards), dollars(idle.dashboards)),
    row("alarms, where `INFILL_ALARM_EMAIL` is set", String(measured.standing.alarms), dollars(idle.alarms)),
    row("**in all, beside the bytes that are kept**", "", `**${dollars(idle.alarms + idle.dashboards)}**`),
    row("**the same without alarms**", "", `**${dollars(idle.dashboards)}**`),
    "",
    "### Where the prices are from",
    "",
    row("price", "source", "as of"),
    row("---", "---", "---"),
    ...[...Object.entries(PRICES), ...Object.entries(STANDING)].map(([unit, { source, asOf }]) =>
      row(unit, `<${source}>`, asOf),
    ),
  ].join("\n");
}

const MARKERS = ["<!-- measured -->", "<!-- /measured -->"] as const;

/** The document with these tables in it. @throws Error when it has no place for them */
export function withTables(document: string, tables: string): string {
  const [before, rest] = document.split(MARKERS[0]);
  const after = rest?.split(MARKERS[1])[1];
  if (after === undefined) throw new Error(`The document has no ${MARKERS.join(" … ")}`);
  return `${before}${MARKERS[0]}\n\n${tables}\n\n${MARKERS[1]}${after}`;
}

import type { Benchmark, Figure, Findings, Ratio } from "./benchmark.ts";
import type { Machine } from "./machine.ts";

export interface Result extends Findings {
  name: string;
  describe: string;
}

export const resultOf = ({ name, describe }: Benchmark, findings: Findings): Result => ({
  name,
  describe,
  ...findings,
});

/** The results as Markdown: fit for a terminal, a README and a pull request alike. */
export function report(machine: Machine, results: readonly Result[]): string {
  const { node, cores, cpu, platform } = machine;
  const head = `Node ${node.slice(1)}, ${cores} ${cores === 1 ? "core" : "cores"} (${cpu}), ${platform}. Medians, and the middle half of all rounds.`;
  return [head, ...results.map(section)].join("\n\n");
}

function section({ name, describe, figures, ratios, details = [], notes }: Result): string {
  const rows = [...figures.map(figureRow), ...ratios.map(ratioRow)];
  const parts = [`## ${name}\n${describe}.`, table(["", "median", "middle half", "better"], rows)];
  const [first] = details;
  if (first !== undefined) {
    const columns = Object.keys(first);
    const cell = (value: string | number | undefined) => (typeof value === "number" ? format(value) : (value ?? ""));
    const cells = details.map((row) => columns.map((column) => cell(row[column])));
    parts.push(table(columns, cells));
  }
  return [...parts, notes.map((note) => `- ${note}`).join("\n")].join("\n\n");
}

const figureRow = ({ what, unit, median, low, high, samples }: Figure) => [
  what,
  `${format(median)} ${unit}`,
  samples === 1 ? "" : `${format(low)} – ${format(high)}`,
  "",
];

const ratioRow = ({ what, against, better, median, low, high }: Ratio) => [
  `**${what} ÷ ${against}**`,
  `**${format(median)}×**`,
  `${format(low)} – ${format(high)}`,
  better,
];

/** Three digits that count. */
export const format = (value: number): string =>
  value.toLocaleString("en-GB", { maximumSignificantDigits: Math.abs(value) >= 1000 ? 4 : 3 });

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

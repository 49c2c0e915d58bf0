import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { benchmarks } from "./index.ts";
import { machine } from "./machine.ts";
import { type Result, report, resultOf } from "./report.ts";

const HELP = `Measures Infill against something in the same run, and prints ratios.

  npm run bench -- [NAME]... [--json FILE]

  NAME          one benchmark, or several; all of them unless given. --only NAME is the same
  --json FILE   writes figures and ratios to FILE, too
  --help        this text

${benchmarks.map(({ name, describe }) => `  ${name.padEnd(12)}${describe}`).join("\n")}
`;

/** What was asked for. @throws Error in one line for what cannot be */
function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { json, help } = values;
  const only = [...positionals, ...values.only];
  const unknown = only.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no benchmark ${unknown}; there are ${benchmarks.map(({ name }) => name).join(", ")}`);
  const wanted = benchmarks.filter(({ name }) => only.length === 0 || only.includes(name));
  return { wanted, json, help };
}

async function measure({ wanted, json }: Pick<ReturnType<typeof readArguments>, "wanted" | "json">): Promise<void> {
  const results: Result[] = [];
  for (const benchmark of wanted) {
    const progress = (text: string) => process.stderr.write(`${benchmark.name}: ${text}\n`);
    progress("starts");
    results.push(resultOf(benchmark, await benchmark.run({ effort: "full", progress })));
  }
  process.stdout.write(`${report(machine(), results)}\n`);
  if (json !== undefined)
    await writeFile(json, `${JSON.stringify({ machine: machine(), benchmarks: results }, null, 2)}\n`);
}

function argumentsOrExit() {
  try {
    return readArguments();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

const asked = argumentsOrExit();
if (asked.help) process.stdout.write(HELP);
else await measure(asked);

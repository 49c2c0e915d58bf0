import { parseArgs } from "node:util";
import { callbacksCommand } from "./callbacks/command.ts";
import type { Command, RunOptions } from "./command.ts";
import { imagesCommand } from "./images/command.ts";
import { requestsCommand } from "./requests-command.ts";

const COMMANDS: readonly Command[] = [requestsCommand, callbacksCommand, imagesCommand];

const HELP = `Looks for what breaks, in this process and its children.

  npm run fuzz -- [COMMAND] [--count N] [--seed S] [--from N]

${COMMANDS.map(({ name, describe, count }) => `  ${name.padEnd(12)}${describe}; ${count} unless given`).join("\n")}

  --count N     how many; --requests N is the same
  --seed S      the same seed tries the same; of the day unless given
  --from N      only pictures, from this number on: a problem names the one to try again
  --help        this text

Ends with 0 when nothing was found, with 1 when something was, with 2 when it could not be run, and with
130 when Ctrl-C ended it early and nothing was found until then.
`;

/** @throws Error in one line for what cannot be */
function readArguments(): { command: Command; help: boolean } & Omit<RunOptions, "signal"> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: "string" },
      requests: { type: "string" },
      seed: { type: "string", default: String(Math.floor(Date.now() / 86_400_000)) },
      from: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const [name = "requests", ...more] = positionals;
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined || more.length > 0)
    throw new Error(`There is no ${positionals.join(" ")}; there are ${COMMANDS.map((each) => each.name).join(", ")}`);
  if (values.from !== undefined && !command.numbered) throw new Error(`--from is not for ${name}`);
  const { count = values.requests ?? String(command.count), seed, from, help } = values;
  return {
    command,
    count: wholeNumber("count", count, 1),
    seed: wholeNumber("seed", seed, Number.MIN_SAFE_INTEGER),
    from: from === undefined ? undefined : wholeNumber("from", from, 0),
    help,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text.replaceAll(",", ""));
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== "") return value;
  throw new Error(`--${name} takes a whole number${least > Number.MIN_SAFE_INTEGER ? ` from ${least}` : ""}`);
}

async function main(): Promise<number> {
  const { command, help, ...options } = readArguments();
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const stop = new AbortController();
  // the second one ends it at once
  process.once("SIGINT", () => stop.abort());
  console.log(`${options.count} ${command.name}, seed ${options.seed}`);
  const found = await command.run({ ...options, signal: stop.signal });
  if (found > 0) return 1;
  return stop.signal.aborted ? 130 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  process.exitCode = 2;
}

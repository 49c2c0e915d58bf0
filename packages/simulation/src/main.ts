import { parseArgs } from "node:util";
import { MUTANTS } from "./mutants.ts";
import { progressTo } from "./progress.ts";
import { simulate } from "./run.ts";
import { shrink } from "./shrink.ts";
import { type Asked, runSeeds } from "./threads.ts";
import { tell } from "./words.ts";

const HELP = `Runs Infill in worlds where everything breaks, and checks that its promises hold.

  npm run simulate -- [--seeds N] [--from S] [--mutant NAME]

  --seeds N      how many worlds, 1 to 100000000; 1000 unless given
  --from S       the first seed; 1 unless given
  --mutant NAME  with a mistake that must be found
  --help         this text

The exit code is 0 when nothing broke, 1 when an invariant did, 2 for a command that is not understood.

Mutants:
${Object.entries(MUTANTS)
  .map(([name, { words }]) => `  ${name.padEnd(29)}${words}`)
  .join("\n")}
`;

/** @throws Error in one line for what is no whole number in its range */
function whole(name: string, text: string, [from, to]: readonly [number, number]): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new Error(`--${name} must be a whole number from ${from} to ${to}, and is ${text}`);
}

/** What was asked for. @throws Error in one line for what cannot be */
function readArguments(): Asked | "help" {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1000" },
      from: { type: "string", default: "1" },
      mutant: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const { mutant } = values;
  if (mutant !== undefined && !Object.hasOwn(MUTANTS, mutant))
    throw new Error(`There is no mutant ${mutant}; there are ${Object.keys(MUTANTS).join(", ")}`);
  return {
    seeds: whole("seeds", values.seeds, [1, 100_000_000]),
    from: whole("from", values.from, [0, 4_000_000_000]),
    mutant,
  };
}

/** @returns the exit code */
async function run(asked: Asked): Promise<number> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const progress = progressTo(process.stderr, asked.seeds);
  const { done, broken, stopped } = await runSeeds(asked, progress.show, stop.signal);
  const speed = progress.end();
  process.stdout.write(`${done} of ${asked.seeds} worlds from seed ${asked.from} on, ${speed}\n`);
  if (broken === undefined) {
    process.stdout.write(stopped ? "stopped; nothing was broken until then\n" : "nothing is broken\n");
    return stopped ? 130 : 0;
  }
  const mutant = asked.mutant === undefined ? undefined : MUTANTS[asked.mutant];
  const { violation } = await simulate({ seed: broken }, mutant);
  if (violation === undefined) throw new Error(`seed ${broken} broke something once, and does not again`);
  process.stdout.write(`\n${tell(broken, asked.mutant, await shrink(broken, violation, mutant))}`);
  return 1;
}

function argumentsOrExit(): Asked | "help" {
  try {
    return readArguments();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

const asked = argumentsOrExit();
if (asked === "help") process.stdout.write(HELP);
else process.exitCode = await run(asked);

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { budgetCommand } from "./commands/budget.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { editCommand } from "./commands/edit.ts";
import { jobsCommand } from "./commands/jobs.ts";
import { keysCommand } from "./commands/keys.ts";
import { modelsCommand } from "./commands/models.ts";
import { resultCommand } from "./commands/result.ts";
import { serveCommand } from "./commands/serve.ts";
import { usageCommand } from "./commands/usage.ts";
import { usersCommand } from "./commands/users.ts";
import { webhooksCommand } from "./commands/webhooks.ts";
import { type Context, printJson } from "./context.ts";
import { EXIT } from "./exit.ts";
import { tell } from "./output/problem.ts";
import { styles } from "./output/style.ts";
import { DEFAULT_URL } from "./settings.ts";

const HELP = `
Address and key come from --url and --api-key, else INFILL_URL and INFILL_API_KEY, else from the
local stack that runs here (its data folder: INFILL_DATA, or the nearest .infill upwards).

Exit codes:
  0    done
  1    the job failed, or the request was refused
  2    the command line is wrong: a missing file, an unknown option, a value that the API does not take
  3    nothing answers there, or the API key is missing or wrong
  130  stopped by Ctrl-C

Examples:
  infill serve                                       the whole product on this machine
  infill edit beach.jpg --mask mask.png --erase      in another terminal
  infill models
  infill doctor                                      what works, and what to do about the rest
  infill demo                                        all of it in one go`;

const version = (): string =>
  (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version;

function createProgram(context: Context): Command {
  const program = new Command("infill")
    .description(
      "Replace or erase parts of photos with any inpainting model; every pixel beyond the mask's edge stays.",
    )
    .version(version())
    .option("--url <url>", `where the API is (INFILL_URL; default ${DEFAULT_URL})`)
    .option("--api-key <key>", "key to the API (INFILL_API_KEY)")
    .addHelpText("after", HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns || 100,
      getErrHelpWidth: () => context.stderr.columns || 100,
      outputError: (text, write) => write(styles(context.stderr).red(text)),
    })
    .showHelpAfterError("npx infill --help, or npx infill COMMAND --help, tells more.");
  for (const add of [
    editCommand,
    modelsCommand,
    jobsCommand,
    cancelCommand,
    resultCommand,
    webhooksCommand,
    usersCommand,
    keysCommand,
    budgetCommand,
    usageCommand,
    serveCommand,
    demoCommand,
    doctorCommand,
  ])
    add(program, context);
  return program;
}

/**
 * Runs one command line.
 * @param argv without node and script
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], context: Context): Promise<number> {
  try {
    await createProgram(context).parseAsync(argv, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok; // --help, --version
    const style = styles(context.stderr);
    const { exitCode, lines, json } = tell(error, style);
    const [first, ...rest] = lines;
    if (first !== undefined) context.stderr.write([style.red(first), ...rest, ""].join("\n"));
    if (argv.includes("--json")) printJson(context, json);
    return exitCode;
  }
}

import type { Command } from "commander";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { describeModels } from "../output/models.ts";
import { styles } from "../output/style.ts";

const HELP = `
Examples:
  infill models
  infill models --json | jq '.data[] | select(.available) | .id'`;

export function modelsCommand(program: Command, context: Context): void {
  program
    .command("models")
    .description("List the models: what they can do, what they cost, and why one cannot be used.")
    .option("--json", "print the API's answer, with every option a model takes")
    .addHelpText("after", HELP)
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ApiFlags>();
      const models = await connect(context, flags).models();
      if (flags.json) return printJson(context, { object: "list", data: models });
      context.stdout.write(`${describeModels(models, styles(context.stdout))}\n`);
    });
}

import type { Command } from "commander";
import { isModel } from "../api/types.ts";
import { type ApiFlags, type Context, connect, printJson } from "../context.ts";
import { describeModels, modelsInMarkdown } from "../output/models.ts";
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
    .option("--markdown", "print the table for a document")
    .addHelpText("after", HELP)
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ApiFlags & { markdown?: true }>();
      const models = await connect(context, flags).models();
      if (flags.json) return printJson(context, { object: "list", data: models });
      if (flags.markdown) {
        const rows = models.filter(isModel);
        return void context.stdout.write(`${modelsInMarkdown(rows)}\n`);
      }
      context.stdout.write(`${describeModels(models, styles(context.stdout))}\n`);
    });
}

import type { Command } from "commander";
import type { StageFlags } from "../aws/deployed-stage.ts";
import { type Context, printJson } from "../context.ts";
import { usageError } from "../exit.ts";

const HELP = `
Your AWS credentials are what lets you: whoever may write the stage's table may make a key. The key is
shown this once and kept as a hash. A local stack's own key is printed by infill serve.

Examples:
  infill keys create --stage production --name "iOS app"
  export INFILL_URL=https://… INFILL_API_KEY=$(infill keys create --stage production --quiet)`;

interface KeyFlags extends StageFlags {
  name: string;
  tenant: string;
  quiet?: true;
  json?: boolean;
}

export function keysCommand(program: Command, context: Context): void {
  program
    .command("keys")
    .description("Make API keys of a deployed stage.")
    .command("create")
    .description("Make an API key and show it once.")
    .requiredOption("--stage <stage>", "the deployed stage")
    .option("--region <region>", "where it is deployed (AWS_REGION)")
    .option("--name <name>", "what the key is for", "first key")
    .option("--tenant <tenant>", "whose uploads and jobs it sees", "default")
    .option("--quiet", "print the key alone")
    .option("--json", "print id, key, tenant and name")
    .addHelpText("after", HELP)
    .action((_: unknown, command: Command) => createKey(context, command.optsWithGlobals<KeyFlags>()));
}

async function createKey(context: Context, flags: KeyFlags): Promise<void> {
  const { name, tenant, quiet, json } = flags;
  const { env, stdout, clock } = context;
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(tenant))
    throw usageError(`--tenant ${tenant}: lower-case letters, digits and hyphens, at most 32`);

  // loaded when it is needed: few commands talk to AWS
  const [{ findStage }, { openStage }, { makeApiKey, randomIds }] = await Promise.all([
    import("../aws/deployed-stage.ts"),
    import("../aws/open-stage.ts"),
    import("@infill/core"),
  ]);
  const deployed = openStage(await findStage(env, flags), { env, clock });
  try {
    const { row, text } = makeApiKey(randomIds, clock, { tenant, name });
    await deployed.records.putKey(row);
    if (json) printJson(context, { id: row.id, key: text, tenant, name });
    else if (quiet) stdout.write(`${text}\n`);
    else
      stdout.write(
        `${text}\n\nKeep it now: only its hash is stored. Use it as INFILL_API_KEY, or Authorization: Bearer …\n`,
      );
  } finally {
    deployed.close();
  }
}

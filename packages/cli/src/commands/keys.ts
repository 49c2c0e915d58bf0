import type { Command } from "commander";
import { type Context, printJson } from "../context.ts";
import { usageError } from "../exit.ts";

const HELP = `
Your AWS credentials are what lets you: whoever may write the stage's table may make a key. The key is
shown this once and kept as a hash. A local stack's own key is printed by infill serve.

Examples:
  infill keys create --stage production --name "iOS app"
  export INFILL_URL=https://… INFILL_API_KEY=$(infill keys create --stage production --quiet)`;

interface KeyFlags {
  stage?: string;
  region?: string;
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

async function createKey(context: Context, { stage = "", region, name, tenant, quiet, json }: KeyFlags): Promise<void> {
  const { env, stdout, clock } = context;
  const where = region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  if (where === undefined) throw usageError("Say where the stage is deployed: --region eu-west-1, or AWS_REGION");
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(tenant))
    throw usageError(`--tenant ${tenant}: lower-case letters, digits and hyphens, at most 32`);

  // loaded when it is needed: no other command talks to AWS
  const [{ DynamoDBClient }, { createDynamoRecords }, { makeApiKey, randomIds }, { findRecordsTable }] =
    await Promise.all([
      import("@aws-sdk/client-dynamodb"),
      import("@infill/aws/records"),
      import("@infill/core"),
      import("../aws/records-table.ts"),
    ]);
  const client = new DynamoDBClient({ region: where });
  try {
    const table = await findRecordsTable(client, stage, where);
    const { row, text } = makeApiKey(randomIds, clock, { tenant, name });
    await createDynamoRecords({ table, client, clock }).putKey(row);
    if (json) printJson(context, { id: row.id, key: text, tenant, name });
    else if (quiet) stdout.write(`${text}\n`);
    else
      stdout.write(
        `${text}\n\nKeep it now: only its hash is stored. Use it as INFILL_API_KEY, or Authorization: Bearer …\n`,
      );
  } finally {
    client.destroy();
  }
}

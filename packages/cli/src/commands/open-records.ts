import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Records } from "@infill/core";
import type { Command } from "commander";
import type { StageFlags } from "../aws/deployed-stage.ts";
import type { Context } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { dataDirectory } from "../settings.ts";

/** Flags of commands for whoever runs a stage, or this machine's stack. */
export const withStage = (command: Command): Command =>
  command
    .option("--stage <stage>", "a deployed stage, by your AWS credentials (default: the local stack)")
    .option("--region <region>", "where it is deployed (AWS_REGION)");

/** Does something with the records of a deployed stage, or of the local stack, running or not. */
export async function withRecords<T>(
  context: Context,
  flags: StageFlags,
  work: (records: Records) => Promise<T>,
): Promise<T> {
  const { records, close } = flags.stage === undefined ? await openLocal(context) : await openDeployed(context, flags);
  try {
    return await work(records);
  } finally {
    close();
  }
}

// loaded when it is needed: few commands open records
async function openDeployed({ env, clock }: Context, flags: StageFlags) {
  const [{ findStage }, { openStage }] = await Promise.all([
    import("../aws/deployed-stage.ts"),
    import("../aws/open-stage.ts"),
  ]);
  return openStage(await findStage(env, flags), { env, clock });
}

async function openLocal({ env, cwd }: Context): Promise<{ records: Records; close(): void }> {
  const path = join(dataDirectory(env, cwd), "records.sqlite");
  if (!existsSync(path))
    throw new CliError(
      EXIT.failed,
      "no_local_stack",
      `There is no local stack at ${path}: start one with npx infill serve, or name a deployed one with --stage`,
    );
  const { createSqliteRecords } = await import("@infill/local");
  const records = createSqliteRecords({ path });
  return { records, close: () => records.close() };
}

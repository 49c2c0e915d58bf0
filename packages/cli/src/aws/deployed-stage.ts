import { type DeployedStage, stageParameter } from "@infill/aws/deployed-stage";
import { CliError, EXIT, usageError } from "../exit.ts";
import type { Env } from "../settings.ts";
import { openParameters, type Parameters } from "./parameters.ts";

/** Flags of every command that AWS credentials authorise. */
export interface StageFlags {
  stage?: string;
  region?: string;
}

/** A deployed stage, and the way to its account's parameters. */
export interface FoundStage extends DeployedStage {
  region: string;
  parameters: Parameters;
}

const APP = "infill";

/**
 * What infra wrote down about a stage, found with credentials and a region as AWS's own tools find them.
 * @throws CliError when there is no region, AWS does not answer or refuses, or there is no such stage there
 */
export async function findStage(env: Env, { stage = "", region }: StageFlags): Promise<FoundStage> {
  const parameters = openParameters(region || env["AWS_REGION"] || env["AWS_DEFAULT_REGION"]);
  const where = await parameters.region().catch(() => {
    throw usageError("Say where the stage is deployed: --region eu-west-1, or AWS_REGION");
  });
  const text = await parameters.read(stageParameter(APP, stage)).catch((error: Error) => {
    throw new CliError(
      EXIT.unreachable,
      "aws_unreachable",
      `AWS did not let us look in ${where}: ${error.message || error.name}. Check your credentials (aws sts get-caller-identity).`,
    );
  });
  if (text === undefined)
    throw new CliError(
      EXIT.failed,
      "no_such_stage",
      `There is no stage ${stage} in ${where}: deploy it with npm run deploy -- --stage ${stage}, or name its --region`,
    );
  return { ...(JSON.parse(text) as DeployedStage), region: where, parameters };
}

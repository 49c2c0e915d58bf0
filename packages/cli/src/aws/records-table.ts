import { type DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CliError, EXIT } from "../exit.ts";

/**
 * The records' table of a deployed stage, found by the name SST gives it: `infill-{stage}-RecordsTable-…`.
 * @throws CliError when AWS does not answer, or there is no such stage in this account and region
 */
export async function findRecordsTable(client: DynamoDBClient, stage: string, region: string): Promise<string> {
  const prefix = `infill-${stage}-RecordsTable-`;
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await client
      .send(new ListTablesCommand(after === undefined ? {} : { ExclusiveStartTableName: after }))
      .catch((error: Error) => {
        throw new CliError(
          EXIT.unreachable,
          "aws_unreachable",
          `AWS did not let us look in ${region}: ${error.message || error.name}. Check your credentials (aws sts get-caller-identity).`,
        );
      });
    found.push(...(page.TableNames ?? []).filter((name) => name.startsWith(prefix)));
    after = page.LastEvaluatedTableName;
  } while (after !== undefined);

  const [table, another] = found;
  if (table === undefined)
    throw new CliError(
      EXIT.failed,
      "no_such_stage",
      `There is no stage ${stage} in ${region}: deploy it with npm run deploy -- --stage ${stage}, or name its --region`,
    );
  if (another !== undefined)
    throw new CliError(
      EXIT.failed,
      "several_tables",
      `Several tables look like stage ${stage}'s: ${found.join(", ")}; remove what was left behind`,
    );
  return table;
}

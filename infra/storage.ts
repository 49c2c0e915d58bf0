import { recordsTable } from "../packages/aws/src/records/table.ts";
import { allow } from "./function.ts";
import { picturesInR2 } from "./r2.ts";
import { picturesInS3 } from "./s3.ts";
import { production, settings } from "./stage.ts";

/** Every picture: in one bucket, wherever that is. */
export const pictures = settings.storage === "r2" ? picturesInR2() : picturesInS3();

/** Every record, in one table: paid by request, restorable to any second of the last 35 days. */
export const table = new sst.aws.Dynamo("Records", { ...recordsTable, deletionProtection: production });

/** All that ending a job, and erasing one, takes of the table: rows of every kind go with it, and lists are read. */
export const mayEndJobs = [
  allow(
    [
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    ],
    table.arn,
  ),
  allow(["dynamodb:Query"], $interpolate`${table.arn}/index/*`),
];

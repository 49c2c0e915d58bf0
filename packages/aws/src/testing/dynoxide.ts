import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { recordsTable } from "../records/table.ts";

/** A DynamoDB on this machine. */
export interface Dynoxide {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Makes a table as `recordsTable` describes it. @param name default one of its own @returns its name */
  makeTable(name?: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Why there is no DynamoDB for tests here, or `undefined` when there is. Its binary comes for Linux on
 * x64; elsewhere what needs it is skipped and says so.
 */
export const noDynoxide = (): string | undefined =>
  binary() === undefined ? `@dynoxide has no binary for ${process.platform} on ${process.arch}` : undefined;

/**
 * Starts dynoxide (DynamoDB's wire on SQLite) with a database of its own in a temporary directory.
 * @throws Error where there is no binary, or when it does not come up
 */
export async function startDynoxide(): Promise<Dynoxide> {
  const program = binary();
  if (program === undefined) throw new Error(noDynoxide());
  await chmod(program, 0o755);
  const directory = await mkdtemp(join(tmpdir(), "dynoxide-"));
  const port = await freePort();
  const arguments_ = ["--host", "127.0.0.1", "--port", String(port), "--db-path", join(directory, "tables.sqlite")];
  const child = spawn(program, arguments_, { stdio: ["ignore", "ignore", "pipe"] });
  const close = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(directory, { recursive: true });
  };
  try {
    await listening(child);
  } catch (error) {
    await close();
    throw error;
  }

  const address = {
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIALOCAL", secretAccessKey: "secretsecret" },
  };
  let tables = 0;
  return {
    ...address,
    close,
    async makeTable(name = `records-${++tables}`) {
      const client = new DynamoDBClient(address);
      await client.send(new CreateTableCommand(tableInput(name)));
      client.destroy();
      return name;
    },
  };
}

/** `recordsTable` in DynamoDB's own words. */
function tableInput(TableName: string) {
  const { fields, primaryIndex, globalIndexes } = recordsTable;
  const schema = ({ hashKey, rangeKey }: { hashKey: string; rangeKey: string }) => [
    { AttributeName: hashKey, KeyType: "HASH" as const },
    { AttributeName: rangeKey, KeyType: "RANGE" as const },
  ];
  return {
    TableName,
    BillingMode: "PAY_PER_REQUEST" as const,
    AttributeDefinitions: Object.keys(fields).map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
    KeySchema: schema(primaryIndex),
    GlobalSecondaryIndexes: Object.entries(globalIndexes).map(([IndexName, index]) => ({
      IndexName,
      KeySchema: schema(index),
      Projection: { ProjectionType: "KEYS_ONLY" as const },
    })),
    StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" as const },
  };
}

function binary(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@dynoxide/${process.platform}-${process.arch}/dynoxide`);
  } catch {
    return undefined;
  }
}

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

/** It says so on its standard error. */
async function listening(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error("dynoxide has no standard error to read");
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes("listening")) {
      child.stderr.resume();
      return;
    }
    said.push(line);
  }
  throw new Error(`dynoxide did not start: ${said.join("; ")}`);
}

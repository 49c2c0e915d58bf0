import { buffer } from "node:stream/consumers";
import { type Listening, listen, sendJson } from "./listen.ts";
import type { Ask, Rights } from "./rights.ts";
import { signerOf } from "./signer.ts";
import type { Usage } from "./usage.ts";

/** What one request to DynamoDB may name: a table, an index of it, or items of a transaction or batch. */
interface Input {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
  TransactItems?: Record<string, { TableName: string }>[];
}

const ITEM_ACTIONS: Record<string, string> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

/** DynamoDB's address for functions: asks IAM, then passes a request on to `endpoint`. */
export function startTableDoor(options: {
  endpoint: string;
  rights: Rights;
  /** `arn:…:table/` */
  tables: string;
  usage: Usage;
}): Promise<Listening> {
  return listen(async (request, response) => {
    const body = await buffer(request);
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const who = signerOf(request.headers);
    const refused = asksOf(operation, JSON.parse(body.toString()), options.tables).find(
      (ask) => !options.rights.grants(who, ask),
    );
    if (refused !== undefined) {
      const message = `User: ${who} is not authorized to perform: ${refused.action} on resource: ${refused.resource}`;
      return sendJson(response, 400, { __type: "com.amazon.coral.service#AccessDeniedException", Message: message });
    }
    const passed = Object.entries(request.headers).filter(([name]) =>
      /^(?:content-type|authorization|x-amz-.*)$/.test(name),
    );
    const headers = passed.map(([name, value]): [string, string] => [name, String(value)]);
    // the endpoint checks no signature: what the request consumed may be asked along
    const asked = JSON.stringify({ ...JSON.parse(body.toString()), ReturnConsumedCapacity: "TOTAL" });
    const answer = await fetch(options.endpoint, { method: "POST", headers, body: asked });
    const told = await answer.text();
    options.usage.add(READS.has(operation) ? "table reads" : "table writes", consumed(told));
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(told);
  });
}

const READS = new Set(["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"]);

/** Request units. */
function consumed(answer: string): number {
  const { ConsumedCapacity } = JSON.parse(answer) as { ConsumedCapacity?: Capacity | Capacity[] };
  return [ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

interface Capacity {
  CapacityUnits?: number;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
function asksOf(operation: string, input: Input, tables: string): Ask[] {
  const ask = (action: string, table: string): Ask => ({ action: `dynamodb:${action}`, resource: tables + table });
  if (input.TransactItems !== undefined)
    return input.TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, { TableName }]) => ask(ITEM_ACTIONS[kind] ?? kind, TableName)),
    );
  if (input.RequestItems !== undefined) return Object.keys(input.RequestItems).map((table) => ask(operation, table));
  const index = input.IndexName === undefined ? "" : `/index/${input.IndexName}`;
  return [ask(operation, `${input.TableName}${index}`)];
}

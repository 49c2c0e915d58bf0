import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { CheckpointDurableExecutionRequest, WireOperation } from "@aws/durable-execution-sdk-js";
import { InfillError } from "@infill/core";
import type { Executions } from "./executions.ts";
import { type Listening, listen, sendJson } from "./listen.ts";
import type { Rights } from "./rights.ts";
import { signerOf } from "./signer.ts";
import type { Usage } from "./usage.ts";

/** What a test may do to requests before Lambda acts on them, and after. */
export interface Interference {
  /** @returns false: nothing happens and no answer comes; the name of an exception: Lambda refuses with it */
  beforeInvoke?: (name: string) => Promise<boolean | string>;
  /**
   * @param updates `submit-1 START`
   * @param written whether the checkpoint was; asked before and after
   * @returns false: nothing happens any more, and no answer comes
   */
  atCheckpoint?: (updates: readonly string[], written: boolean) => Promise<boolean>;
}

class Refused extends Error {
  readonly status: number;
  readonly exception: string;
  constructor(status: number, exception: string) {
    super(exception);
    this.status = status;
    this.exception = exception;
  }
}

type Call = (request: {
  path: string[];
  url: URL;
  headers: IncomingMessage["headers"];
  body: string;
  who: string;
}) => Promise<[number, object]>;

/**
 * Lambda's API, as far as durable functions go
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html): starting by name, checkpoints and
 * state, completing a callback, stopping.
 */
export function startLambdaDoor(options: {
  all: readonly Executions[];
  rights: Rights;
  usage: Usage;
  interference: () => Interference;
}): Promise<Listening> {
  const { all, rights, usage, interference } = options;

  const demand = (who: string, action: string, resource: string): void => {
    if (!rights.grants(who, { action: `lambda:${action}`, resource })) throw new Refused(403, "AccessDeniedException");
  };
  const byArn = (arn: string): Executions => {
    const found = all.find((executions) => arn.startsWith(`${executions.arn}/`));
    if (found === undefined) throw new Refused(404, "ResourceNotFoundException");
    return found;
  };
  /** Answers are lost when a test says so. */
  const unlessLost = async (goesOn: boolean | undefined): Promise<void> => {
    if (goesOn === false) throw new Refused(0, "lost");
  };

  const calls: Record<string, Call> = {
    async "POST functions/*/invocations"({ path: [name = ""], headers, body, who }) {
      const found = all.find(({ arn }) => arn.endsWith(`:${name}`));
      if (found === undefined) throw new Refused(404, "ResourceNotFoundException");
      demand(who, "InvokeFunction", found.arn);
      const execution = String(headers["x-amz-durable-execution-name"]);
      const wish = await interference().beforeInvoke?.(execution);
      if (typeof wish === "string") throw new Refused(400, wish);
      await unlessLost(wish);
      await found.start(execution, JSON.parse(body));
      usage.add("durable operations"); // an execution's beginning is one
      return [202, {}];
    },
    async "POST durable-execution-callbacks/*/succeed"({ path: [token = ""], who }) {
      const action = "SendDurableExecutionCallbackSuccess";
      const open = all.filter(({ arn }) => rights.allows(who, { action: `lambda:${action}`, resource: arn }));
      if (open.length === 0) demand(who, action, all[0]?.arn ?? "*");
      for (const { complete } of open) if (await complete(token)) return [200, {}];
      throw new Refused(400, "CallbackTimeoutException");
    },
    async "POST durable-executions/*/checkpoint"({ path: [arn = ""], body, who }) {
      demand(who, "CheckpointDurableExecution", arn);
      const request = JSON.parse(body) as Omit<CheckpointDurableExecutionRequest, "DurableExecutionArn">;
      usage.add("durable bytes", Buffer.byteLength(body));
      const updates = (request.Updates ?? []).map(({ Name, Type, Action }) => `${Name ?? Type} ${Action}`);
      await unlessLost(await interference().atCheckpoint?.(updates, false));
      const answer = await byArn(arn).client.checkpoint({ ...request, DurableExecutionArn: arn });
      usage.add("durable operations", request.Updates?.filter(({ Action }) => Action === "START").length ?? 0);
      await unlessLost(await interference().atCheckpoint?.(updates, true));
      return [
        200,
        {
          ...answer,
          NewExecutionState: {
            ...answer.NewExecutionState,
            Operations: answer.NewExecutionState?.Operations?.map(onWire),
          },
        },
      ];
    },
    async "GET durable-executions/*/state"({ path: [arn = ""], url: { searchParams }, who }) {
      demand(who, "GetDurableExecutionState", arn);
      const answer = await byArn(arn).client.getExecutionState({
        DurableExecutionArn: arn,
        CheckpointToken: searchParams.get("CheckpointToken") ?? "",
        Marker: searchParams.get("Marker") ?? "",
        MaxItems: Number(searchParams.get("MaxItems") ?? 0),
      });
      return [200, { ...answer, Operations: answer.Operations?.map(onWire) }];
    },
    async "POST durable-executions/*/stop"({ path: [arn = ""], who }) {
      demand(who, "StopDurableExecution", arn);
      await byArn(arn).stop(arn);
      return [200, { StopTimestamp: Date.now() / 1000 }];
    },
  };

  return listen(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://lambda");
    const [, , collection, name = "", verb] = url.pathname.split("/");
    const call = calls[`${request.method} ${collection}/*/${verb}`];
    try {
      if (call === undefined) throw new Refused(404, "UnknownOperationException");
      const who = signerOf(request.headers);
      const { headers } = request;
      const [status, answer] = await call({
        path: [decodeURIComponent(name)],
        url,
        headers,
        body: await text(request),
        who,
      });
      sendJson(response, status, answer);
    } catch (error) {
      refuse(response, error);
    }
  });
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, exception } = asRefused(error);
  if (status === 0) return void response.destroy();
  const Message = error instanceof Error ? error.message : String(error);
  sendJson(response, status, { Type: "User", Message, message: Message }, { "x-amzn-errortype": exception });
}

function asRefused(error: unknown): { status: number; exception: string } {
  if (error instanceof Refused) return error;
  if (error instanceof InfillError && error.code === "idempotency_mismatch")
    return { status: 409, exception: "DurableExecutionAlreadyStartedException" };
  // the engine's own refusals are Lambda's
  if (error instanceof Error && error.name === "InvalidParameterValueException")
    return { status: 400, exception: error.name };
  return { status: 500, exception: "ServiceException" };
}

/** In answers of the API times are epoch seconds; in a function's event they are text. */
function onWire(operation: WireOperation): object {
  return JSON.parse(JSON.stringify(operation), (name, value) =>
    name.endsWith("Timestamp") && typeof value === "string" ? Date.parse(value) / 1000 : value,
  );
}

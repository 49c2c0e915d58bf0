import { json } from "node:stream/consumers";
import { ACCOUNT, REGION } from "../offline/aws-outputs.ts";
import { allOf, type Graph } from "../offline/graph.ts";
import { type Listening, listen, sendJson } from "./listen.ts";
import type { Rights } from "./rights.ts";
import { signerOf } from "./signer.ts";

/** Parameter Store with the graph's parameters, as they were deployed. */
export function startParameterDoor(graph: Graph, rights: Rights): Promise<Listening> {
  const parameters = new Map(
    allOf(graph, "aws:ssm/parameter:Parameter").map(({ inputs }) => [inputs.name, inputs.value]),
  );
  return listen(async (request, response) => {
    const { Name } = (await json(request)) as { Name: string };
    const action = String(request.headers["x-amz-target"]).replace("AmazonSSM.", "ssm:");
    const resource = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${Name}`;
    if (!rights.grants(signerOf(request.headers), { action, resource }))
      return sendJson(response, 400, { __type: "AccessDeniedException" });
    const Value = parameters.get(Name);
    if (Value === undefined) return sendJson(response, 400, { __type: "ParameterNotFound" });
    sendJson(response, 200, { Parameter: { Name, Type: "SecureString", Value, Version: 1 } });
  });
}

/**
 * Lambda's Node runtime in small, the inside of a sandbox: asks for an event, gives it to the handler,
 * tells the answer, and again (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
 */
import { join } from "node:path";
import { awslambda, type Handler, ResponseStream, streams } from "./response-stream.ts";

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT = "", _HANDLER = "", AWS_LAMBDA_FUNCTION_NAME } = process.env;
const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

const post = async (path: string, body: unknown): Promise<void> => {
  const answer = await fetch(api + path, { method: "POST", body: JSON.stringify(body ?? null) });
  await answer.arrayBuffer();
};

const failure = (error: unknown) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, stackTrace: error.stack?.split("\n") }
    : { errorType: "Error", errorMessage: String(error) };

Object.assign(globalThis, { awslambda });

async function load(): Promise<Handler> {
  const [file = "", name = ""] = _HANDLER.split(".");
  try {
    return (await import(join(LAMBDA_TASK_ROOT, `${file}.mjs`)))[name];
  } catch (error) {
    await post("/init/error", failure(error));
    throw error;
  }
}

const handler = await load();
for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get("lambda-runtime-aws-request-id") ?? "";
  const end = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const context = {
    awsRequestId: id,
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    invokedFunctionArn: next.headers.get("lambda-runtime-invoked-function-arn"),
    getRemainingTimeInMillis: () => end - Date.now(),
  };
  const event = await next.json();
  try {
    const answer = `/invocation/${id}/response`;
    if (streams(handler)) {
      const stream = new ResponseStream(api + answer);
      await handler(event, stream, context);
      await stream.taken();
    } else await post(answer, await handler(event, context));
  } catch (error) {
    await post(`/invocation/${id}/error`, failure(error));
  }
}

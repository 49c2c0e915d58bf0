import { spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { listen } from "./listen.ts";

/** What a handler threw, or what became of its process. */
export class FunctionFailed extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(`${type}: ${message}`);
    this.type = type;
  }
}

/** One execution environment: a process with the bundle in it, which handles one event at a time. */
export interface Sandbox {
  /**
   * @returns what the handler returned; of one that streams, an {@link IncomingMessage} as soon as it begins, which
   *   is to be read to its end: until then the sandbox is busy
   * @throws FunctionFailed
   */
  invoke(event: unknown): Promise<unknown>;
  busy(): boolean;
  /** Whether it takes an event now. */
  free(): boolean;
  /** `kill -9`; an event at hand fails. */
  kill(): Promise<void>;
  /** Resolves once the process is gone. */
  ended: Promise<void>;
}

export interface SandboxOptions {
  /** Where the bundle is. */
  taskRoot: string;
  arn: string;
  timeoutSeconds: number;
  /** All that the process gets. */
  env: Record<string, string>;
  /** Gets what the process prints. */
  print: (text: string) => void;
}

interface Event {
  id: string;
  body: unknown;
  deadline: number;
  answer: PromiseWithResolvers<unknown>;
  /** Resolved once it is handled, one way or another. */
  over: PromiseWithResolvers<void>;
}

/** Starts a process under a Runtime API of its own (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). */
export async function startSandbox({ taskRoot, arn, timeoutSeconds, env, print }: SandboxOptions): Promise<Sandbox> {
  let event: Event | undefined;
  let asking: ServerResponse | undefined;
  let count = 0;
  let gone = false;

  const settle = (how: (answer: PromiseWithResolvers<unknown>) => void): void => {
    if (event === undefined) return;
    how(event.answer);
    event.over.resolve();
    event = undefined;
  };
  const hand = (): void => {
    if (event === undefined || asking === undefined) return;
    asking.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": event.id,
      "lambda-runtime-deadline-ms": String(event.deadline),
      "lambda-runtime-invoked-function-arn": arn,
    });
    asking.end(JSON.stringify(event.body));
    asking = undefined;
  };

  /** An answer begins; its event is over when it has ended. */
  const streamed = async (request: IncomingMessage): Promise<void> => {
    event?.answer.resolve(request);
    await finished(request).catch(() => {}); // whoever reads it hears of that, too
    settle(() => {});
  };

  const api = await listen(async (request, response) => {
    const path = request.url?.replace("/2018-06-01/runtime", "") ?? "";
    if (path === "/invocation/next") {
      asking = response;
      return hand();
    }
    const [, , id] = path.split("/");
    if (request.headers["lambda-runtime-function-response-mode"] === "streaming") {
      if (id === event?.id) await streamed(request);
      return void response.writeHead(202).end("{}");
    }
    const said = JSON.parse(await text(request));
    const ours = id === event?.id || path === "/init/error";
    if (ours && path.endsWith("/error")) {
      settle(({ reject }) => reject(new FunctionFailed(said.errorType, said.errorMessage)));
    } else if (ours) settle(({ resolve }) => resolve(said));
    response.writeHead(202).end("{}");
  });

  const loaded = ["--import", join(import.meta.dirname, "internet.ts"), join(import.meta.dirname, "runtime.ts")];
  const child = spawn(process.execPath, ["--enable-source-maps", ...loaded], {
    cwd: taskRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, LAMBDA_TASK_ROOT: taskRoot, AWS_LAMBDA_RUNTIME_API: new URL(api.url).host },
  });
  child.stdout.setEncoding("utf8").on("data", print);
  child.stderr.setEncoding("utf8").on("data", print);
  const kill = (): void => {
    gone = true;
    child.kill("SIGKILL");
  };
  const ended = once(child, "exit").then(async ([code, signal]) => {
    gone = true;
    settle(({ reject }) => reject(new FunctionFailed("Runtime.ExitError", `exited: ${signal ?? code}`)));
    await api.close();
  });

  return {
    async invoke(body) {
      if (event !== undefined || gone) throw new FunctionFailed("Sandbox", "this sandbox takes no event now");
      const answer = Promise.withResolvers<unknown>();
      const over = Promise.withResolvers<void>();
      event = { id: `request-${++count}`, body, deadline: Date.now() + timeoutSeconds * 1000, answer, over };
      hand();
      const late = setTimeout(() => {
        kill();
        settle(({ reject }) => reject(new FunctionFailed("Sandbox.Timedout", `after ${timeoutSeconds} seconds`)));
      }, timeoutSeconds * 1000);
      void over.promise.then(() => clearTimeout(late));
      return answer.promise;
    },
    busy: () => event !== undefined,
    free: () => event === undefined && !gone,
    async kill() {
      kill();
      await ended;
    },
    ended,
  };
}

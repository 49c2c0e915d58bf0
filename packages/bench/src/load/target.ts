import { fork } from "node:child_process";
import { once } from "node:events";

/** A running system, in a process of its own, with a ModelsLab that answers at once – or never, to {@link OPEN}. */
export interface Target {
  url: string;
  apiKey: string;
  /** The callback addresses of the jobs that are open, once there are so many. */
  webhooks(count: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** A prompt of which nothing comes. */
export const OPEN = "nothing comes of this";
export const MODEL = "modelslab/inpaint";

/** What such a process says first, and what it answers to the number of webhooks that are wanted. */
export type Started = Pick<Target, "url" | "apiKey">;
export type Webhooks = string[];

/** @throws Error when it ends instead of saying where it is */
export async function startTarget(program: URL): Promise<Target> {
  const child = fork(program, [], { execArgv: ["--no-warnings"], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const exited = once(child, "exit");
  const next = async <T>(): Promise<T> => {
    const said = await Promise.race([once(child, "message"), exited.then(() => undefined)]);
    if (said === undefined) throw new Error(`${program.pathname} ended before it answered`);
    return said[0] as T;
  };
  const { url, apiKey } = await next<Started>();
  return {
    url,
    apiKey,
    webhooks(count) {
      child.send(count);
      return next<Webhooks>();
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

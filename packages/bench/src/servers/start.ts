import { spawn } from "node:child_process";
import { once } from "node:events";

export interface RunningServer {
  port: number;
  stop(): Promise<void>;
}

/**
 * Runs a bundle with this very Node and waits until it says where it listens.
 * @throws Error with what it wrote, when it ends instead
 */
export async function startServer(file: string, argument: string): Promise<RunningServer> {
  const child = spawn(process.execPath, ["--no-warnings", file, argument], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const said = once(child.stdout.setEncoding("utf8"), "data");
  const first = await Promise.race([said, exited.then(() => undefined)]);
  if (first === undefined) throw new Error(`${file} ended before it listened:\n${complaint.slice(-2000)}`);
  return {
    port: Number(first[0]),
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

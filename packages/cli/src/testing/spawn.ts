import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Runs the command as a process of its own, for what only a process has: signals and an exit code. */
export function spawnCli(argv: string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }) {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [MAIN, ...argv], {
    cwd,
    env: { PATH, INFILL_API_KEY: "key_test", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout = gather(child.stdout);
  const stderr = gather(child.stderr);
  // `close`: both streams have been read to their end
  const ended = once(child, "close").then(([exitCode]) => ({ exitCode, stdout: stdout.text, stderr: stderr.text }));
  return {
    signal: (name: NodeJS.Signals) => void child.kill(name),
    ended,
    /** Resolves with all of stdout so far once it matches; rejects when the process ends before. */
    async printed(pattern: RegExp): Promise<string> {
      while (!pattern.test(stdout.text)) {
        const more = await Promise.race([once(child.stdout, "data").then(() => true), ended.then(() => false)]);
        if (!more) throw new Error(`ended without printing ${pattern}:\n${stdout.text}${stderr.text}`);
      }
      return stdout.text;
    },
  };
}

function gather(stream: Readable): { text: string } {
  const gathered = { text: "" };
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    gathered.text += chunk;
  });
  return gathered;
}

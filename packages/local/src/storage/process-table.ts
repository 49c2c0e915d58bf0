import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface RunningProcess {
  parent: number;
  /** The whole command line, arguments separated by spaces. */
  command: string;
}

/** What runs under a process id now; `undefined` when nothing does (or nobody can tell, on Windows). */
export function runningProcess(pid: number): RunningProcess | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

function fromProc(pid: number): RunningProcess | undefined {
  // "6420 (name) S 1 …": a name may hold spaces and brackets, so count from the last one
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // a zombie is gone but for its parent's asking after it
  if (state === "Z" || parent === undefined) return undefined;
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0$/, "").replaceAll("\0", " ");
  return { parent: Number(parent), command };
}

function fromPs(pid: number): RunningProcess | undefined {
  const line = execFileSync("ps", ["-ww", "-o", "ppid=,args=", "-p", String(pid)], { encoding: "utf8" });
  const [, parent, command] = /^\s*(\d+)\s+(.*?)\s*$/.exec(line) ?? [];
  return parent === undefined || command === undefined ? undefined : { parent: Number(parent), command };
}

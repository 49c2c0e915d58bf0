import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runningProcess } from "./process-table.ts";

/** What is written beside the objects while a storage process has them open. */
interface Claim {
  /** The process that started it. */
  owner: number;
  /** workerd. */
  pid: number;
  /** Its command line, which holds its ports: no other process has the same, whatever the id is worth by now. */
  command: string;
}

const fileIn = (directory: string): string => join(directory, "storage.json");
const STOP_MS = 5_000;

/**
 * Makes sure that nothing else has the directory open. workerd outlives a parent that was killed
 * (SIGKILL, a crash); such an orphan is ended, what it had acknowledged is on disk.
 * @throws Error when a living process uses the directory
 */
export async function endOrphan(directory: string): Promise<void> {
  const claim = readClaim(directory);
  if (claim === undefined) return;
  const running = (): boolean => runningProcess(claim.pid)?.command === claim.command;
  if (!running()) return;
  if (runningProcess(claim.pid)?.parent === claim.owner)
    throw new Error(`The storage directory ${directory} is in use by process ${claim.owner}: stop it, or name another`);
  process.kill(claim.pid, "SIGKILL");
  for (let waited = 0; running(); waited += 10) {
    if (waited >= STOP_MS) throw new Error(`Process ${claim.pid} still holds ${directory} after SIGKILL`);
    await sleep(10);
  }
}

export function writeClaim(directory: string, pid: number, command: readonly string[]): void {
  const claim: Claim = { owner: process.pid, pid, command: command.join(" ") };
  writeFileSync(fileIn(directory), JSON.stringify(claim));
}

export const dropClaim = (directory: string): void => rmSync(fileIn(directory), { force: true });

function readClaim(directory: string): Claim | undefined {
  try {
    const { owner, pid, command } = JSON.parse(readFileSync(fileIn(directory), "utf8")) as Partial<Claim>;
    return Number.isInteger(owner) && Number.isInteger(pid) && typeof command === "string"
      ? ({ owner, pid, command } as Claim)
      : undefined;
  } catch {
    // never started, or torn by a crash while it was written
    return undefined;
  }
}

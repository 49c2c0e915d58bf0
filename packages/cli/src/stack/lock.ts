import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StackError } from "./error.ts";

/**
 * Takes a data directory for this process alone. The lock is SQLite's own on an empty file: the
 * operating system lets go of it with the process, however that ends.
 * @returns what releases it
 * @throws StackError when another process has it
 */
export function lockDirectory(directory: string): () => void {
  const db = new DatabaseSync(join(directory, "lock.sqlite"), { timeout: 0 });
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch (error) {
    db.close();
    const busy = /locked|busy/i.test(error instanceof Error ? error.message : "");
    if (!busy) throw error;
    throw new StackError(
      `Another stack uses ${directory}: ${howToStop(directory)}, or name another data directory with INFILL_DATA`,
      { cause: error },
    );
  }
  return () => db.close();
}

/** What stops the stack that has the directory, by what it noted there; one that is only starting has noted nothing. */
function howToStop(directory: string): string {
  try {
    const { pid, url } = JSON.parse(readFileSync(join(directory, "local.json"), "utf8")) as Record<string, unknown>;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0 || typeof url !== "string") return "stop it";
    process.kill(pid, 0); // throws where there is no such process: the note is an earlier stack's
    return `it runs at ${url}; stop it with "kill ${pid}"`;
  } catch {
    return "stop it";
  }
}

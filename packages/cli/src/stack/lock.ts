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
    throw new StackError(`Another stack uses ${directory}: stop it, or name another data directory with INFILL_DATA`, {
      cause: error,
    });
  }
  return () => db.close();
}

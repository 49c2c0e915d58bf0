import type { DatabaseSync } from "node:sqlite";

/**
 * Runs work with the write lock taken before it reads: all of it or nothing, nobody writes in
 * between, and it is on the disk when this returns.
 */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

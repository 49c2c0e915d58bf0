import { DatabaseSync, type SQLTagStore } from "node:sqlite";
import { inTransaction } from "../transaction.ts";
import { MIGRATIONS } from "./schema.ts";

/** How long one process waits for another's write, ms. */
const BUSY_MS = 5000;
/** More than processes that ever make one file at once. */
const WAL_ATTEMPTS = 20;

export interface Database {
  /** Prepared statements by their text; values are bound, never pasted. */
  sql: SQLTagStore;
  /**
   * All of it or nothing, and alone: no other connection writes between what `work` reads and what it
   * writes (IMMEDIATE takes the write lock before the first read). On the disk when this returns.
   */
  transaction<T>(work: () => T): T;
  /** What was overwritten or deleted so far is in no file any more, unless somebody reads it at this moment. */
  forget(): void;
  close(): void;
}

/**
 * Opens a file of records, makes it when it is not there, and brings it to the newest schema.
 *
 * WAL: others may read – a second process, `sqlite3` on a terminal – while this one writes.
 * `synchronous=FULL`: a write is on the disk when it returns. NORMAL would outlive a killed process
 * too, but not a power cut: the mark that a paid request may have left could be lost, and the
 * request be sent again.
 *
 * @throws Error when a newer version wrote the file, naming both schemas
 */
export function openDatabase(path: string): Database {
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  const transaction = <T>(work: () => T): T => inTransaction(db, work);
  try {
    switchToWal(db, () => transaction(() => {}));
    db.exec("PRAGMA synchronous = FULL");
    // deleted is overwritten, not only unlinked
    db.exec("PRAGMA secure_delete = ON");
    // whoever comes second finds it done
    if (schemaOf(db) !== MIGRATIONS.length) transaction(() => migrate(db, path));
  } catch (error) {
    db.close();
    throw error;
  }
  const forget = () => db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return { sql: db.createTagStore(), transaction, forget, close: () => db.close() };
}

/**
 * Two processes that make a file at once both read it before they switch, and then SQLite refuses one
 * of them without waiting. That one waits for its turn to write, and finds it done.
 */
function switchToWal(db: DatabaseSync, waitForTurn: () => void): void {
  for (let attempt = 1; ; attempt++) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (attempt === WAL_ATTEMPTS) throw error;
      waitForTurn();
    }
  }
}

const schemaOf = (db: DatabaseSync): number => Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);

function migrate(db: DatabaseSync, path: string): void {
  const version = schemaOf(db);
  if (version > MIGRATIONS.length)
    throw new Error(
      `${path} has records of schema ${version}; this version of Infill knows schemas up to ${MIGRATIONS.length}. ` +
        "A newer Infill wrote it: run that one, or use another directory.",
    );
  for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
}

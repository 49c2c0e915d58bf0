import { DatabaseSync } from "node:sqlite";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS executions (
  id          TEXT PRIMARY KEY,
  workflow    TEXT NOT NULL,
  name        TEXT NOT NULL,
  payload     TEXT NOT NULL,
  status      TEXT NOT NULL,
  result      TEXT,
  error       TEXT,
  started_at  INTEGER NOT NULL,
  deadline    INTEGER,
  ended_at    INTEGER,
  -- its end still has to be told to whoever listens
  untold      INTEGER NOT NULL DEFAULT 0,
  -- the only token that may checkpoint; every checkpoint and every invocation makes a new one
  token       TEXT,
  -- when a handler should run next. It stands while one runs, so that a crash finds it; empty = waiting
  runnable_at INTEGER,
  -- invocations that broke in a row
  failures    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS executions_runnable ON executions (runnable_at) WHERE runnable_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS executions_turn ON executions (workflow, runnable_at) WHERE runnable_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS executions_deadline ON executions (deadline) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS executions_ended ON executions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS operations (
  execution TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  id        TEXT NOT NULL,
  -- the order in which they began
  position  INTEGER NOT NULL,
  -- the operation in the SDK's own form, JSON
  body      TEXT NOT NULL,
  due_at    INTEGER,
  -- the token of a callback while it is open
  callback  TEXT UNIQUE,
  -- changed from outside, and no handler has been told yet
  fresh     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (execution, id)
) STRICT;
CREATE INDEX IF NOT EXISTS operations_due ON operations (due_at) WHERE due_at IS NOT NULL;
`;

/**
 * Opens the engine's database: a write is on the disk before it returns (WAL, `synchronous=FULL`).
 * A database that is handed over stays the caller's to close.
 */
export function openDatabase(database: string | DatabaseSync): DatabaseSync {
  const db = typeof database === "string" ? new DatabaseSync(database, { timeout: 5000 }) : database;
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
  db.exec(SCHEMA);
  return db;
}

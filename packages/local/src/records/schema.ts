/**
 * The tables, version by version: the n-th text takes a file from version n−1 to n (`user_version`).
 * A text that was released never changes; a new one is added.
 *
 * What is looked up by something else than its id has that as a column computed from its JSON, so
 * that row and index cannot disagree. STRICT: a sum that is not an integer is refused.
 */
export const MIGRATIONS = [
  `
CREATE TABLE keys (
  id   TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE assets (
  id   TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE jobs (
  id         TEXT PRIMARY KEY,
  body       TEXT NOT NULL,
  tenant     TEXT NOT NULL    AS (body ->> 'tenant'),
  user       TEXT             AS (body ->> 'user'),
  status     TEXT NOT NULL    AS (body ->> 'status'),
  created_at INTEGER NOT NULL AS (body ->> 'createdAt')
) STRICT;
CREATE INDEX jobs_of_tenant ON jobs (tenant, created_at, id);
CREATE INDEX jobs_of_user ON jobs (tenant, user, created_at, id) WHERE user IS NOT NULL;
CREATE INDEX jobs_queued ON jobs (created_at, id) WHERE status = 'queued';

-- micro-USD; no row = nothing used, no limit
CREATE TABLE budgets (
  tenant         TEXT PRIMARY KEY,
  spending_limit INTEGER,
  reserved       INTEGER NOT NULL DEFAULT 0,
  settled        INTEGER NOT NULL DEFAULT 0,
  unreconciled   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE provider_jobs (
  provider TEXT NOT NULL,
  id       TEXT NOT NULL,
  job      TEXT NOT NULL,
  PRIMARY KEY (provider, id)
) STRICT;

CREATE TABLE callbacks (
  -- the order of arrival: no clock has a say in it
  position INTEGER PRIMARY KEY,
  job      TEXT NOT NULL,
  hash     TEXT NOT NULL,
  body     TEXT NOT NULL,
  UNIQUE (job, hash)
) STRICT;

CREATE TABLE events (
  id   TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;
`,
  `
CREATE TABLE replays (
  fingerprint TEXT PRIMARY KEY,
  body        TEXT NOT NULL,
  kept_until  INTEGER NOT NULL AS (body ->> 'keptUntil')
) STRICT;
CREATE INDEX replays_by_age ON replays (kept_until);
`,
  `
CREATE TABLE provider_health (
  provider        TEXT PRIMARY KEY,
  failures        INTEGER NOT NULL,
  last_failure_at INTEGER NOT NULL
) STRICT;
`,
  `
-- what has been used of a limit
CREATE TABLE counters (
  counter    TEXT PRIMARY KEY,
  used       INTEGER NOT NULL,
  kept_until INTEGER NOT NULL
) STRICT;
CREATE INDEX counters_by_age ON counters (kept_until);

CREATE TABLE limits (
  tenant TEXT PRIMARY KEY,
  body   TEXT NOT NULL
) STRICT;

-- jobs and micro-USD by day; the names are JSON
CREATE TABLE usage (
  tenant       TEXT NOT NULL,
  kind         TEXT NOT NULL,
  day          TEXT NOT NULL,
  names        TEXT NOT NULL,
  succeeded    INTEGER NOT NULL,
  failed       INTEGER NOT NULL,
  canceled     INTEGER NOT NULL,
  settled      INTEGER NOT NULL,
  refunded     INTEGER NOT NULL,
  unreconciled INTEGER NOT NULL,
  PRIMARY KEY (tenant, kind, day, names)
) STRICT;

CREATE TABLE unreconciled (
  tenant TEXT NOT NULL,
  day    TEXT NOT NULL,
  job    TEXT NOT NULL,
  body   TEXT NOT NULL,
  PRIMARY KEY (tenant, day, job)
) STRICT;
`,
  `
CREATE TABLE slots (
  provider TEXT NOT NULL,
  job      TEXT NOT NULL,
  -- what the line goes by
  since    INTEGER NOT NULL,
  -- when the lease ends, or the waiting
  until    INTEGER NOT NULL,
  -- none = in line
  place    INTEGER,
  PRIMARY KEY (provider, job)
) STRICT;
CREATE UNIQUE INDEX slots_by_place ON slots (provider, place) WHERE place IS NOT NULL;
CREATE INDEX slots_in_line ON slots (provider, since, job) WHERE place IS NULL;
`,
  `
ALTER TABLE events ADD COLUMN tenant TEXT AS (body ->> 'tenant');
ALTER TABLE events ADD COLUMN created_at INTEGER AS (body ->> 'createdAt');
CREATE INDEX events_of_tenant ON events (tenant, created_at, id);
`,
  `
ALTER TABLE jobs ADD COLUMN erased_at INTEGER AS (body ->> 'erasedAt');
CREATE INDEX jobs_erased ON jobs (erased_at) WHERE erased_at IS NOT NULL;
`,
  `
-- end users who may make nothing more
CREATE TABLE blocks (
  id   TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;
`,
  `
CREATE TABLE endpoints (
  tenant TEXT PRIMARY KEY,
  body   TEXT NOT NULL,
  rev    INTEGER NOT NULL AS (body ->> 'rev')
) STRICT;
`,
  `
ALTER TABLE assets ADD COLUMN tenant TEXT AS (body ->> 'tenant');
ALTER TABLE assets ADD COLUMN user TEXT AS (body ->> 'user');
CREATE INDEX assets_of_user ON assets (tenant, user) WHERE user IS NOT NULL;
`,
] as const;

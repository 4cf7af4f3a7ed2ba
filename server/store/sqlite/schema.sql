-- Legwork's database. Times are milliseconds since 1970-01-01T00:00:00Z, 0 for none.
-- Read it as you like; docs/database.md explains it. Only Legwork may write.

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE tenants (
  id            INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
  name          TEXT NOT NULL UNIQUE,
  scope         TEXT NOT NULL,
  region        TEXT NOT NULL,
  token_hash    BLOB,                -- SHA-256 of the verification token
  notice_url    TEXT NOT NULL,
  notice_secret TEXT NOT NULL,
  notice_kinds  TEXT NOT NULL,       -- separated by spaces
  configured    INTEGER NOT NULL,    -- 1: stands in the configuration file
  created_ms    INTEGER NOT NULL
);

CREATE TABLE tokens (
  name       TEXT PRIMARY KEY,
  hash       BLOB NOT NULL,          -- SHA-256 of the token
  role       TEXT NOT NULL,
  tenant     INTEGER NOT NULL,       -- 0: all
  created_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- What arrived, as it arrived.
CREATE TABLE journal (
  seq         INTEGER PRIMARY KEY,   -- order of arrival, over all tenants
  tenant      INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  session     TEXT NOT NULL,         -- telephonySessionId; '' when it could not be decoded
  uuid        TEXT NOT NULL,
  problem     TEXT,                  -- why it could not be decoded
  digest      BLOB NOT NULL,         -- first 16 bytes of the body's SHA-256
  body        TEXT NOT NULL          -- a BLOB where it is not UTF-8
);
CREATE UNIQUE INDEX journal_once ON journal (tenant, session, digest);
CREATE INDEX journal_in_order ON journal (tenant, seq);
CREATE INDEX journal_problems ON journal (tenant, seq) WHERE problem IS NOT NULL;

-- What the engine made of it.
CREATE TABLE calls (
  row         INTEGER PRIMARY KEY,
  tenant      INTEGER NOT NULL,
  id          TEXT NOT NULL,         -- telephonySessionId of the session that began first
  revision    INTEGER NOT NULL,
  status      TEXT NOT NULL,         -- open, settling, final
  finals      INTEGER NOT NULL,      -- the highest revision that was told of as final
  direction   TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  started_ms  INTEGER NOT NULL,
  answered_ms INTEGER NOT NULL,
  ended_ms    INTEGER NOT NULL,
  updated_ms  INTEGER NOT NULL,
  change      INTEGER NOT NULL,      -- rises with every change of any call
  summary     TEXT NOT NULL,         -- JSON
  keys        TEXT NOT NULL          -- its call_keys, each 'kind:value' on a line of its own
);
CREATE UNIQUE INDEX calls_id ON calls (tenant, id);
CREATE INDEX calls_time ON calls (tenant, started_ms, row);
CREATE INDEX calls_change ON calls (tenant, change);
CREATE INDEX calls_unfinished ON calls (tenant, started_ms, row) WHERE status <> 'final';
CREATE INDEX calls_age ON calls (updated_ms) WHERE status = 'final';

-- The whole graph, as `legwork recon --format json` prints it.
CREATE TABLE graphs (
  call  INTEGER PRIMARY KEY REFERENCES calls (row),
  graph TEXT NOT NULL
);

-- What a call is found by: number, extension, name (a word), session, link, outcome, finding.
CREATE TABLE call_keys (
  tenant     INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  value      TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  call       INTEGER NOT NULL REFERENCES calls (row),
  PRIMARY KEY (tenant, kind, value, started_ms, call)
) WITHOUT ROWID;

-- Ids that once named a call: it became part of another, or was purged (into_id '').
CREATE TABLE aliases (
  tenant  INTEGER NOT NULL,
  id      TEXT NOT NULL,
  into_id TEXT NOT NULL,
  change  INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX aliases_change ON aliases (tenant, change);

-- How far the engine has come, and what it knew at some moment before.
CREATE TABLE progress (
  tenant INTEGER PRIMARY KEY,
  seq    INTEGER NOT NULL,
  now_ms INTEGER NOT NULL
);
CREATE TABLE snapshots (
  id       INTEGER PRIMARY KEY,
  tenant   INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  now_ms   INTEGER NOT NULL,
  complete INTEGER NOT NULL
);
CREATE INDEX snapshots_tenant ON snapshots (tenant);
CREATE TABLE snapshot_parts (
  snapshot INTEGER NOT NULL,
  part     INTEGER NOT NULL,
  data     BLOB NOT NULL,            -- gzip, over all parts together
  PRIMARY KEY (snapshot, part)
);

-- What is to be posted to integrators.
CREATE TABLE notices (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant     INTEGER NOT NULL,
  id         TEXT NOT NULL,          -- webhook-id
  kind       TEXT NOT NULL,
  call       TEXT NOT NULL,
  revision   INTEGER NOT NULL,
  body       TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  next_ms    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  failure    TEXT NOT NULL,
  dead       INTEGER NOT NULL
);
CREATE UNIQUE INDEX notices_once ON notices (tenant, id);
CREATE INDEX notices_call ON notices (tenant, call, seq) WHERE dead = 0;
CREATE INDEX notices_due ON notices (next_ms) WHERE dead = 0;
CREATE INDEX notices_dead ON notices (tenant, seq) WHERE dead = 1;

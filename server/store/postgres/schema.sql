-- Legwork's tables in PostgreSQL: those of the embedded database, docs/database.md
-- explains them. Times are milliseconds since 1970-01-01T00:00:00Z, 0 for none. Read them
-- as you like. Only Legwork may write.

-- Counters. Whoever writes locks the row of what it counts, so numbers rise in the order
-- in which transactions are seen. owner is the number of the server that may write.
CREATE TABLE meta (
  name  TEXT COLLATE "C" PRIMARY KEY, -- version, seq, change
  value BIGINT NOT NULL,
  bytes BIGINT NOT NULL,              -- about how much there is of what is counted
  owner BIGINT NOT NULL
);
INSERT INTO meta VALUES ('version', 0, 0, 0), ('seq', 0, 0, 0), ('change', 0, 0, 0);

CREATE TABLE tenants (
  id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- never used again
  name          TEXT COLLATE "C" NOT NULL UNIQUE,
  scope         TEXT NOT NULL,
  region        TEXT NOT NULL,
  token_hash    BYTEA,                -- SHA-256 of the verification token
  notice_url    TEXT NOT NULL,
  notice_secret TEXT NOT NULL,
  notice_kinds  TEXT NOT NULL,        -- separated by spaces
  configured    BOOLEAN NOT NULL,     -- stands in the configuration file
  created_ms    BIGINT NOT NULL
);

CREATE TABLE tokens (
  name       TEXT COLLATE "C" PRIMARY KEY,
  hash       BYTEA NOT NULL,          -- SHA-256 of the token
  role       TEXT NOT NULL,
  tenant     BIGINT NOT NULL,         -- 0: all
  created_ms BIGINT NOT NULL
);

-- What arrived, as it arrived.
CREATE TABLE journal (
  seq         BIGINT PRIMARY KEY,     -- order of arrival, over all tenants
  tenant      BIGINT NOT NULL,
  received_ms BIGINT NOT NULL,
  session     TEXT COLLATE "C" NOT NULL, -- telephonySessionId; '' when it could not be decoded
  uuid        TEXT NOT NULL,
  problem     TEXT,                   -- why it could not be decoded
  digest      BYTEA NOT NULL,         -- first 16 bytes of the body's SHA-256
  body        BYTEA NOT NULL          -- convert_from(body, 'UTF8') is its text
);
CREATE UNIQUE INDEX journal_once ON journal (tenant, session, digest);
CREATE INDEX journal_in_order ON journal (tenant, seq);
CREATE INDEX journal_problems ON journal (tenant, seq) WHERE problem IS NOT NULL;

-- What the engine made of it.
CREATE SEQUENCE call_rows;
CREATE TABLE calls (
  row         BIGINT PRIMARY KEY,
  tenant      BIGINT NOT NULL,
  id          TEXT COLLATE "C" NOT NULL, -- telephonySessionId of the session that began first
  revision    BIGINT NOT NULL,
  status      TEXT NOT NULL,          -- open, settling, final
  finals      BIGINT NOT NULL,        -- the highest revision that was told of as final
  direction   TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  started_ms  BIGINT NOT NULL,
  answered_ms BIGINT NOT NULL,
  ended_ms    BIGINT NOT NULL,
  updated_ms  BIGINT NOT NULL,
  change      BIGINT NOT NULL,        -- rises with every change of any call
  summary     TEXT NOT NULL,          -- JSON
  keys        TEXT COLLATE "C" NOT NULL -- its call_keys, each 'kind:value' on a line of its own
);
CREATE UNIQUE INDEX calls_id ON calls (tenant, id);
CREATE INDEX calls_time ON calls (tenant, started_ms, row);
CREATE INDEX calls_change ON calls (tenant, change);
CREATE INDEX calls_unfinished ON calls (tenant, started_ms, row) WHERE status <> 'final';
CREATE INDEX calls_age ON calls (updated_ms) WHERE status = 'final';

-- The whole graph, as `legwork recon --format json` prints it.
CREATE TABLE graphs (
  call  BIGINT PRIMARY KEY,
  graph TEXT NOT NULL
);

-- What a call is found by: number, extension, name (a word), session, link, outcome, finding.
CREATE TABLE call_keys (
  tenant     BIGINT NOT NULL,
  kind       TEXT COLLATE "C" NOT NULL,
  value      TEXT COLLATE "C" NOT NULL,
  started_ms BIGINT NOT NULL,
  call       BIGINT NOT NULL,
  PRIMARY KEY (tenant, kind, value, started_ms, call)
);

-- Ids that once named a call: it became part of another, or was purged (into_id '').
CREATE TABLE aliases (
  tenant  BIGINT NOT NULL,
  id      TEXT COLLATE "C" NOT NULL,
  into_id TEXT COLLATE "C" NOT NULL,
  change  BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX aliases_change ON aliases (tenant, change);
CREATE INDEX aliases_into ON aliases (tenant, into_id);

-- How far the engine has come, and what it knew at some moment before.
CREATE TABLE progress (
  tenant BIGINT PRIMARY KEY,
  seq    BIGINT NOT NULL,
  now_ms BIGINT NOT NULL
);
CREATE TABLE snapshots (
  id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant   BIGINT NOT NULL,
  seq      BIGINT NOT NULL,
  now_ms   BIGINT NOT NULL,
  complete BOOLEAN NOT NULL
);
CREATE INDEX snapshots_tenant ON snapshots (tenant);
CREATE TABLE snapshot_parts (
  snapshot BIGINT NOT NULL,
  part     BIGINT NOT NULL,
  data     BYTEA NOT NULL,            -- gzip, over all parts together
  PRIMARY KEY (snapshot, part)
);

-- What is to be posted to integrators.
CREATE TABLE notices (
  seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant     BIGINT NOT NULL,
  id         TEXT COLLATE "C" NOT NULL, -- webhook-id
  kind       TEXT NOT NULL,
  call       TEXT COLLATE "C" NOT NULL,
  revision   BIGINT NOT NULL,
  body       BYTEA NOT NULL,
  created_ms BIGINT NOT NULL,
  next_ms    BIGINT NOT NULL,
  attempts   BIGINT NOT NULL,
  failure    TEXT NOT NULL,
  dead       BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX notices_once ON notices (tenant, id);
CREATE INDEX notices_call ON notices (tenant, call, seq) WHERE NOT dead;
CREATE INDEX notices_due ON notices (next_ms) WHERE NOT dead;
CREATE INDEX notices_dead ON notices (tenant, seq) WHERE dead;

-- Partitions: what several servers write at once, each what belongs to the tenants of its
-- own. A database of one server has one partition, number 0.

-- Who owns a partition. Whoever writes what is not counted locks its row against claims.
CREATE TABLE partitions (
  part       BIGINT PRIMARY KEY,
  token      BIGINT NOT NULL,         -- of the owner; rises with every claim
  owner      TEXT NOT NULL,
  claimed_ms BIGINT NOT NULL          -- 0: nobody claimed it yet
);
INSERT INTO partitions SELECT 0, owner, '', 0 FROM meta WHERE name = 'seq';

-- Counters of each partition. Whoever writes locks the row of what it counts and sees
-- there whether the partition is its own still. The numbers of the tables are
-- value * partitions + part, so they rise in the order in which a partition's
-- transactions are seen, and none is given twice. Rows are updated in place all the time:
-- leave room for it.
CREATE TABLE counters (
  part     BIGINT NOT NULL,
  name     TEXT COLLATE "C" NOT NULL, -- seq: of journal; change: of calls and aliases
  value    BIGINT NOT NULL,
  rows     BIGINT NOT NULL,           -- how many there are: notifications, calls
  bytes    BIGINT NOT NULL,           -- about how much they take
  token    BIGINT NOT NULL,           -- of the owner, as in partitions
  position BIGINT NOT NULL,           -- of seq: how far the log that feeds the partition was read
  PRIMARY KEY (part, name)
) WITH (fillfactor = 10);
INSERT INTO counters
  SELECT 0, name, value, CASE name WHEN 'seq' THEN (SELECT count(*) FROM journal) ELSE (SELECT count(*) FROM calls) END, bytes, owner, 0
  FROM meta WHERE name IN ('seq', 'change');

-- What is left: version, partitions.
DELETE FROM meta WHERE name IN ('seq', 'change');
ALTER TABLE meta DROP COLUMN bytes, DROP COLUMN owner;
INSERT INTO meta VALUES ('partitions', 1);

-- Numbers of several partitions do not say what is oldest, times do.
ALTER TABLE journal DROP CONSTRAINT journal_pkey;
DROP INDEX journal_in_order;
ALTER TABLE journal ADD PRIMARY KEY (tenant, seq);
CREATE INDEX journal_age ON journal (received_ms);

-- Each owner sends the notices of its own partition.
ALTER TABLE notices ADD COLUMN part BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notices ALTER COLUMN part DROP DEFAULT;
DROP INDEX notices_due;
CREATE INDEX notices_due ON notices (part, next_ms) WHERE NOT dead;

-- A snapshot that is removed while its parts are written takes no more of them.
DELETE FROM snapshot_parts WHERE snapshot NOT IN (SELECT id FROM snapshots);
ALTER TABLE snapshot_parts ADD FOREIGN KEY (snapshot) REFERENCES snapshots (id) ON DELETE CASCADE;

-- Graphs are compressed faster where the server knows how.
DO $$ BEGIN
  EXECUTE 'ALTER TABLE graphs ALTER COLUMN graph SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN NULL;
END $$;

-- What one node of a cluster has answered for and not passed on yet.

CREATE TABLE outbox (
  seq         INTEGER PRIMARY KEY,
  tenant      INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  body        BLOB NOT NULL          -- as it came
);

-- What the node knew last of the cluster, for when it is out of reach.
CREATE TABLE notes (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- What the routing engine was told, as bytes (src/replay/record.h); whole records in each row. A row that is_start begins with
-- everything needed to go on from there; others need those before them, back to the last start.
CREATE TABLE route_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  is_start INTEGER NOT NULL DEFAULT 0,
  records INTEGER NOT NULL,
  data BLOB NOT NULL
);
CREATE INDEX route_log_starts ON route_log (at_ms) WHERE is_start = 1;

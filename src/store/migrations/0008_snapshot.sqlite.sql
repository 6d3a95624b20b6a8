-- Saved folds of the log (what is open; figures), so that a start need not read the whole log (store/log/snapshots.h).
-- A snapshot without its row here, or with parts missing, is none.
CREATE TABLE snapshot (
  seq INTEGER PRIMARY KEY,      -- the last event folded
  event_ms INTEGER NOT NULL,    -- its time: tells whether this log is the one that was folded
  bytes INTEGER NOT NULL,
  parts INTEGER NOT NULL
);
CREATE TABLE snapshot_part (
  seq INTEGER NOT NULL,
  part INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (seq, part)
);

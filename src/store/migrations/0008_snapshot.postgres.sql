-- Saved folds of the log (what is open; figures), so that a start need not read the whole log (store/log/snapshots.h).
-- A snapshot without its row here, or with parts missing, is none.
CREATE TABLE snapshot (
  seq BIGINT PRIMARY KEY,      -- the last event folded
  event_ms BIGINT NOT NULL,    -- its time: tells whether this log is the one that was folded
  bytes BIGINT NOT NULL,
  parts BIGINT NOT NULL
);
CREATE TABLE snapshot_part (
  seq BIGINT NOT NULL,
  part BIGINT NOT NULL,
  data BYTEA NOT NULL,
  PRIMARY KEY (seq, part)
);

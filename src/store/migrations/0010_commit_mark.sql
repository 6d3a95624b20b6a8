-- What the writer did last, changed in each of its transactions: when it does not hear how a commit ended, it looks here.
-- run: which opening of the database wrote it; number: of the transaction within the run; last_seq: the log's end;
-- installation: whose spool belongs to this database
-- (hexadecimal); max_ms: the latest time of all events, stretch_ms: of those since the clock was last set back.
CREATE TABLE store_mark (
	one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
	run BIGINT NOT NULL,
	number BIGINT NOT NULL,
	last_seq BIGINT NOT NULL,
	max_ms BIGINT NOT NULL,
	stretch_ms BIGINT NOT NULL,
	installation TEXT NOT NULL
);
-- Where the wall clock was set back: seq begins a new stretch of the log, max_ms is the latest time of everything before.
CREATE TABLE clock_step (
	seq BIGINT NOT NULL PRIMARY KEY,
	max_ms BIGINT NOT NULL
);

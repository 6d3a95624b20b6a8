-- What the writer did last, changed in each of its transactions: when it does not hear how a commit ended, it looks here.
-- run: which opening of the database wrote it; number: of the transaction within the run; last_seq: the log's end;
-- installation: whose spool belongs to this database (hexadecimal).
CREATE TABLE store_mark (
	one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
	run BIGINT NOT NULL,
	number BIGINT NOT NULL,
	last_seq BIGINT NOT NULL,
	installation TEXT NOT NULL
);

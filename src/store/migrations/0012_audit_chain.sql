-- The audit log as a chain of hashes (store/rows/audit.h), and months of events kept in files (store/log/archive.h).
ALTER TABLE audit ADD COLUMN before_hash TEXT;
ALTER TABLE audit ADD COLUMN after_hash TEXT;
ALTER TABLE audit ADD COLUMN hash TEXT;

CREATE TABLE archive (first_seq BIGINT PRIMARY KEY, last_seq BIGINT NOT NULL, first_ms BIGINT NOT NULL, last_ms BIGINT NOT NULL,
	events BIGINT NOT NULL, bytes BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, created_ms BIGINT NOT NULL);

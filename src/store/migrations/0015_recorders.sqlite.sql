-- Recorders of others that calls are sent to (docs/siprec.md).
CREATE TABLE "recorder" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, uri TEXT NOT NULL, queues TEXT, percent INTEGER,
	is_enabled INTEGER);
CREATE UNIQUE INDEX recorder_name ON "recorder" (tenant, name);

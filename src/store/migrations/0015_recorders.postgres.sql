-- Recorders of others that calls are sent to (docs/siprec.md).
CREATE TABLE "recorder" (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL DEFAULT 1, version BIGINT NOT NULL DEFAULT 1,
	created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, name TEXT COLLATE "C" NOT NULL, uri TEXT COLLATE "C" NOT NULL, queues TEXT COLLATE "C", percent BIGINT,
	is_enabled BIGINT);
CREATE UNIQUE INDEX recorder_name ON "recorder" (tenant, name);

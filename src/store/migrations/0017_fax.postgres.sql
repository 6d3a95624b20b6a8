-- Faxes and their documents (docs/fax.md).
CREATE TABLE document (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL DEFAULT 1, direction TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL, interaction BIGINT, queue BIGINT, "user" BIGINT, from_number TEXT COLLATE "C", to_number TEXT COLLATE "C",
	name TEXT COLLATE "C", pages BIGINT NOT NULL DEFAULT 0, pages_done BIGINT NOT NULL DEFAULT 0, tries BIGINT NOT NULL DEFAULT 0,
	reason TEXT COLLATE "C", details TEXT COLLATE "C", created_ms BIGINT NOT NULL, ended_ms BIGINT, next_try_ms BIGINT, path TEXT COLLATE "C");
CREATE INDEX document_by_time ON document (tenant, id DESC);
CREATE INDEX document_of_interaction ON document (interaction);
ALTER TABLE "trunk" ADD COLUMN has_t38 BIGINT DEFAULT 1;
ALTER TABLE "number" ADD COLUMN fax_queue BIGINT;
ALTER TABLE "setting" ADD COLUMN fax_station TEXT COLLATE "C";
ALTER TABLE "setting" ADD COLUMN fax_header TEXT COLLATE "C";
ALTER TABLE "setting" ADD COLUMN fax_tries BIGINT DEFAULT 3;
ALTER TABLE "setting" ADD COLUMN fax_retry_s BIGINT DEFAULT 120;

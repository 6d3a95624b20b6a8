-- Faxes and their documents (docs/fax.md).
CREATE TABLE document (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, direction TEXT NOT NULL,
	state TEXT NOT NULL, interaction INTEGER, queue INTEGER, "user" INTEGER, from_number TEXT, to_number TEXT,
	name TEXT, pages INTEGER NOT NULL DEFAULT 0, pages_done INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
	reason TEXT, details TEXT, created_ms INTEGER NOT NULL, ended_ms INTEGER, next_try_ms INTEGER, path TEXT);
CREATE INDEX document_by_time ON document (tenant, id DESC);
CREATE INDEX document_of_interaction ON document (interaction);
ALTER TABLE "trunk" ADD COLUMN has_t38 INTEGER DEFAULT 1;
ALTER TABLE "number" ADD COLUMN fax_queue INTEGER;
ALTER TABLE "setting" ADD COLUMN fax_station TEXT;
ALTER TABLE "setting" ADD COLUMN fax_header TEXT;
ALTER TABLE "setting" ADD COLUMN fax_tries INTEGER DEFAULT 3;
ALTER TABLE "setting" ADD COLUMN fax_retry_s INTEGER DEFAULT 120;

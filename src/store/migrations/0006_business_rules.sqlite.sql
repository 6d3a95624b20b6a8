-- Rules that run before a contact enters a queue (docs/rules.md).
CREATE TABLE "business_rule" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, description TEXT, position INTEGER,
	is_active INTEGER NOT NULL DEFAULT 1, text TEXT NOT NULL);
CREATE UNIQUE INDEX business_rule_name ON "business_rule" (tenant, name);

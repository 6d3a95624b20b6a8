-- Trunks that stand in for each other, their limits, prices and ways to write numbers (docs/trunks.md).
ALTER TABLE "trunk" ADD COLUMN calls_per_second INTEGER DEFAULT 0;
ALTER TABLE "trunk" ADD COLUMN first_answer_ms INTEGER DEFAULT 2000;
ALTER TABLE "trunk" ADD COLUMN weight INTEGER DEFAULT 100;
ALTER TABLE "trunk" ADD COLUMN cost_per_minute TEXT;
ALTER TABLE "trunk" ADD COLUMN rates TEXT DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN asr_min_pct INTEGER DEFAULT 0;
ALTER TABLE "trunk" ADD COLUMN mos_min_tenths INTEGER DEFAULT 0;
ALTER TABLE "trunk" ADD COLUMN step_back_s INTEGER DEFAULT 300;
ALTER TABLE "trunk" ADD COLUMN register_expires_s INTEGER DEFAULT 300;
ALTER TABLE "trunk" ADD COLUMN register_retry_s INTEGER DEFAULT 30;
ALTER TABLE "trunk" ADD COLUMN out_called_rules TEXT DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN out_caller_rules TEXT DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN in_called_rules TEXT DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN in_caller_rules TEXT DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN in_number_format TEXT DEFAULT 'as_is';
ALTER TABLE "trunk" ADD COLUMN caller_id_policy TEXT DEFAULT 'any';
ALTER TABLE "trunk" ADD COLUMN caller_ids_allowed TEXT DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN is_identity_asserted INTEGER DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN outside_calls_max INTEGER DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN outside_calls_per_second INTEGER DEFAULT 0;
CREATE TABLE "trunk_group" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, prefixes TEXT, trunks TEXT, strategy TEXT, is_enabled INTEGER);
CREATE UNIQUE INDEX trunk_group_name ON "trunk_group" (tenant, name);

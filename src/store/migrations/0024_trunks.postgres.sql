-- Trunks that stand in for each other, their limits, prices and ways to write numbers (docs/trunks.md).
ALTER TABLE "trunk" ADD COLUMN calls_per_second BIGINT DEFAULT 0;
ALTER TABLE "trunk" ADD COLUMN first_answer_ms BIGINT DEFAULT 2000;
ALTER TABLE "trunk" ADD COLUMN weight BIGINT DEFAULT 100;
ALTER TABLE "trunk" ADD COLUMN cost_per_minute TEXT COLLATE "C";
ALTER TABLE "trunk" ADD COLUMN rates TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN asr_min_pct BIGINT DEFAULT 0;
ALTER TABLE "trunk" ADD COLUMN mos_min_tenths BIGINT DEFAULT 0;
ALTER TABLE "trunk" ADD COLUMN step_back_s BIGINT DEFAULT 300;
ALTER TABLE "trunk" ADD COLUMN register_expires_s BIGINT DEFAULT 300;
ALTER TABLE "trunk" ADD COLUMN register_retry_s BIGINT DEFAULT 30;
ALTER TABLE "trunk" ADD COLUMN out_called_rules TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN out_caller_rules TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN in_called_rules TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN in_caller_rules TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN in_number_format TEXT COLLATE "C" DEFAULT 'as_is';
ALTER TABLE "trunk" ADD COLUMN caller_id_policy TEXT COLLATE "C" DEFAULT 'any';
ALTER TABLE "trunk" ADD COLUMN caller_ids_allowed TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "trunk" ADD COLUMN is_identity_asserted BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN outside_calls_max BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN outside_calls_per_second BIGINT DEFAULT 0;
CREATE TABLE "trunk_group" (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL DEFAULT 1, version BIGINT NOT NULL DEFAULT 1,
	created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, name TEXT COLLATE "C" NOT NULL, prefixes TEXT COLLATE "C", trunks TEXT COLLATE "C", strategy TEXT COLLATE "C", is_enabled BIGINT);
CREATE UNIQUE INDEX trunk_group_name ON "trunk_group" (tenant, name);

-- Recordings (docs/recordings.md): the keys they lie under, what vouches for each file, and by which rules they are made.
CREATE TABLE recording_key (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL, wrapped TEXT, created_ms BIGINT NOT NULL,
	erased_ms BIGINT);

ALTER TABLE recording ADD COLUMN hash TEXT;
ALTER TABLE recording ADD COLUMN format TEXT;
ALTER TABLE recording ADD COLUMN lost_ms BIGINT;

ALTER TABLE "queue" ADD COLUMN recording_pct BIGINT DEFAULT 10;
ALTER TABLE "queue" ADD COLUMN recording_notice BIGINT;
ALTER TABLE "queue" ADD COLUMN recording_days BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN is_recording_encrypted BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN recording_key_days BIGINT DEFAULT 30;
ALTER TABLE "setting" ADD COLUMN is_recording_masked BIGINT DEFAULT 1;
ALTER TABLE "setting" ADD COLUMN recording_beep_s BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN recording_pause_max_s BIGINT DEFAULT 300;
ALTER TABLE "setting" ADD COLUMN recording_disk_reserve_mb BIGINT DEFAULT 200;
ALTER TABLE "setting" ADD COLUMN record_outbound TEXT DEFAULT 'always';
ALTER TABLE "setting" ADD COLUMN record_internal TEXT DEFAULT 'never';
ALTER TABLE "setting" ADD COLUMN agents_hear_own BIGINT DEFAULT 0;

-- Own voicemail (docs/voicemail.md): the queue in which a message is worked off, and when its owner removed it; the codes of
-- telephones.
ALTER TABLE recording ADD COLUMN work_queue BIGINT;
ALTER TABLE recording ADD COLUMN removed_ms BIGINT;
ALTER TABLE "setting" ADD COLUMN feature_voicemail TEXT DEFAULT '*97';
ALTER TABLE "setting" ADD COLUMN feature_greeting TEXT DEFAULT '*98';

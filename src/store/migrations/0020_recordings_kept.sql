-- Recordings: kept as WAV or Ogg/Opus, a legal hold of one's own, who deleted one and when.
ALTER TABLE "setting" ADD COLUMN recording_format TEXT DEFAULT 'wav';
ALTER TABLE recording ADD COLUMN is_kept BIGINT DEFAULT 0;
ALTER TABLE recording ADD COLUMN deleted_ms BIGINT;
ALTER TABLE recording ADD COLUMN deleted_by BIGINT;
ALTER TABLE recording ADD COLUMN deleted_reason TEXT;
CREATE INDEX recording_wav ON recording (id) WHERE format = 'wav' AND path IS NOT NULL;
-- 1: what was in the file lives on in another one: it is unlinked, whoever reads it meanwhile reads on.
ALTER TABLE file_removal ADD COLUMN is_replaced BIGINT DEFAULT 0;
-- A new house (nobody is in it yet) encrypts and compresses; others keep what they had until they change it.
UPDATE "setting" SET is_recording_encrypted = 1, recording_format = 'opus' WHERE NOT EXISTS (SELECT 1 FROM "user");

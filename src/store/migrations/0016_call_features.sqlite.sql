-- Parked calls, conferences, supervision (docs/calls.md).
ALTER TABLE "setting" ADD COLUMN park_first BIGINT DEFAULT 71;
ALTER TABLE "setting" ADD COLUMN park_last BIGINT DEFAULT 79;
ALTER TABLE "setting" ADD COLUMN park_return_s BIGINT DEFAULT 120;
ALTER TABLE "setting" ADD COLUMN is_conference_kept BIGINT DEFAULT 1;
ALTER TABLE "setting" ADD COLUMN supervision_notice TEXT DEFAULT 'whisper';
ALTER TABLE "setting" ADD COLUMN is_supervision_beeped BIGINT DEFAULT 0;

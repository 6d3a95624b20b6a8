-- Numbers customers may call from a page of ours (docs/visit.md). Existing numbers stay closed to it.
ALTER TABLE "number" ADD COLUMN is_web BIGINT DEFAULT 0;
ALTER TABLE "number" ADD COLUMN has_video BIGINT DEFAULT 0;

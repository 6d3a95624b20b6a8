-- Whom a supervisor supervises (docs/calls.md).
ALTER TABLE "user" ADD COLUMN supervises TEXT COLLATE "C" DEFAULT 'all';
ALTER TABLE "user" ADD COLUMN supervised_teams TEXT COLLATE "C" DEFAULT '[]';

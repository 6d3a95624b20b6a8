-- Calls that begin with us: extensions, ring groups, what called people see (docs/dialling.md); whose voicemail a recording is.
CREATE TABLE "caller_id" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, number TEXT NOT NULL, name TEXT, is_withheld INTEGER, trunks TEXT,
	teams TEXT);
CREATE UNIQUE INDEX caller_id_number ON "caller_id" (tenant, number);

CREATE TABLE "extension" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, number TEXT NOT NULL, name TEXT NOT NULL, "user" INTEGER,
	sip_login TEXT, sip_ha1 TEXT, ring_timeout_s INTEGER, forward_to TEXT, has_voicemail INTEGER, greeting INTEGER,
	voicemail_max_s INTEGER, may_dial_out INTEGER, is_active INTEGER);
CREATE UNIQUE INDEX extension_number ON "extension" (tenant, number);
CREATE UNIQUE INDEX extension_sip_login ON "extension" (tenant, sip_login);

CREATE TABLE "ring_group" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, number TEXT NOT NULL, name TEXT NOT NULL, users TEXT,
	extensions TEXT, numbers TEXT, strategy TEXT, ring_timeout_s INTEGER, "then" TEXT, then_extension INTEGER,
	then_queue INTEGER, voicemail_user INTEGER, greeting INTEGER, is_active INTEGER);
CREATE UNIQUE INDEX ring_group_number ON "ring_group" (tenant, number);

ALTER TABLE "setting" ADD COLUMN country_code TEXT;
ALTER TABLE "setting" ADD COLUMN national_prefix TEXT;
ALTER TABLE "setting" ADD COLUMN international_prefix TEXT DEFAULT '00';
ALTER TABLE "setting" ADD COLUMN forbidden_prefixes TEXT;
ALTER TABLE "setting" ADD COLUMN emergency_numbers TEXT DEFAULT '["112"]';
ALTER TABLE "setting" ADD COLUMN voicemail_queue INTEGER;
ALTER TABLE "setting" ADD COLUMN feature_ready TEXT DEFAULT '*1';
ALTER TABLE "setting" ADD COLUMN feature_break TEXT DEFAULT '*2';
ALTER TABLE "setting" ADD COLUMN feature_listen TEXT DEFAULT '*3';
ALTER TABLE "setting" ADD COLUMN feature_pick_up TEXT DEFAULT '*8';
ALTER TABLE "queue" ADD COLUMN caller_id INTEGER;
ALTER TABLE "queue" ADD COLUMN is_auto_answer INTEGER DEFAULT 0;
ALTER TABLE "user" ADD COLUMN caller_id INTEGER;
ALTER TABLE "trunk" ADD COLUMN prefixes TEXT;
ALTER TABLE "trunk" ADD COLUMN position INTEGER DEFAULT 0;
ALTER TABLE "trunk" ADD COLUMN number_format TEXT DEFAULT 'e164';
ALTER TABLE "number" ADD COLUMN extension INTEGER;
ALTER TABLE "number" ADD COLUMN ring_group INTEGER;

-- Whose a voicemail is (0 or none: nobody's), and when the owner heard it.
ALTER TABLE recording ADD COLUMN owner INTEGER;
ALTER TABLE recording ADD COLUMN heard_ms INTEGER;
CREATE INDEX recording_of_owner ON recording (owner, started_ms) WHERE owner IS NOT NULL;

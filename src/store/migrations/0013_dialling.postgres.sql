-- Calls that begin with us: extensions, ring groups, what called people see (docs/dialling.md); whose voicemail a recording is.
CREATE TABLE "caller_id" (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL DEFAULT 1, version BIGINT NOT NULL DEFAULT 1,
	created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, number TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C", is_withheld BIGINT, trunks TEXT COLLATE "C",
	teams TEXT COLLATE "C");
CREATE UNIQUE INDEX caller_id_number ON "caller_id" (tenant, number);

CREATE TABLE "extension" (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL DEFAULT 1, version BIGINT NOT NULL DEFAULT 1,
	created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, number TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, "user" BIGINT,
	sip_login TEXT COLLATE "C", sip_ha1 TEXT COLLATE "C", ring_timeout_s BIGINT, forward_to TEXT COLLATE "C", has_voicemail BIGINT, greeting BIGINT,
	voicemail_max_s BIGINT, may_dial_out BIGINT, is_active BIGINT);
CREATE UNIQUE INDEX extension_number ON "extension" (tenant, number);
CREATE UNIQUE INDEX extension_sip_login ON "extension" (tenant, sip_login);

CREATE TABLE "ring_group" (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL DEFAULT 1, version BIGINT NOT NULL DEFAULT 1,
	created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, number TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, users TEXT COLLATE "C",
	extensions TEXT COLLATE "C", numbers TEXT COLLATE "C", strategy TEXT COLLATE "C", ring_timeout_s BIGINT, "then" TEXT COLLATE "C", then_extension BIGINT,
	then_queue BIGINT, voicemail_user BIGINT, greeting BIGINT, is_active BIGINT);
CREATE UNIQUE INDEX ring_group_number ON "ring_group" (tenant, number);

ALTER TABLE "setting" ADD COLUMN country_code TEXT COLLATE "C";
ALTER TABLE "setting" ADD COLUMN national_prefix TEXT COLLATE "C";
ALTER TABLE "setting" ADD COLUMN international_prefix TEXT COLLATE "C" DEFAULT '00';
ALTER TABLE "setting" ADD COLUMN forbidden_prefixes TEXT COLLATE "C";
ALTER TABLE "setting" ADD COLUMN emergency_numbers TEXT COLLATE "C" DEFAULT '["112"]';
ALTER TABLE "setting" ADD COLUMN voicemail_queue BIGINT;
ALTER TABLE "setting" ADD COLUMN feature_ready TEXT COLLATE "C" DEFAULT '*1';
ALTER TABLE "setting" ADD COLUMN feature_break TEXT COLLATE "C" DEFAULT '*2';
ALTER TABLE "setting" ADD COLUMN feature_listen TEXT COLLATE "C" DEFAULT '*3';
ALTER TABLE "setting" ADD COLUMN feature_pick_up TEXT COLLATE "C" DEFAULT '*8';
ALTER TABLE "queue" ADD COLUMN caller_id BIGINT;
ALTER TABLE "queue" ADD COLUMN is_auto_answer BIGINT DEFAULT 0;
ALTER TABLE "user" ADD COLUMN caller_id BIGINT;
ALTER TABLE "trunk" ADD COLUMN prefixes TEXT COLLATE "C";
ALTER TABLE "trunk" ADD COLUMN position BIGINT DEFAULT 0;
ALTER TABLE "trunk" ADD COLUMN number_format TEXT COLLATE "C" DEFAULT 'e164';
ALTER TABLE "number" ADD COLUMN extension BIGINT;
ALTER TABLE "number" ADD COLUMN ring_group BIGINT;

-- Whose a voicemail is (0 or none: nobody's), and when the owner heard it.
ALTER TABLE recording ADD COLUMN owner BIGINT;
ALTER TABLE recording ADD COLUMN heard_ms BIGINT;
CREATE INDEX recording_of_owner ON recording (owner, started_ms) WHERE owner IS NOT NULL;

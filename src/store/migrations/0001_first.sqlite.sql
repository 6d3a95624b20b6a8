-- The first schema. Ids are 63-bit integers made by the program; times are UTC milliseconds; lists and documents are JSON.
-- A column of a resource has the name of its field; secrets are hashes or encrypted (see secret.h).

CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- The log. seq is gap-free and given before the row is written.
CREATE TABLE event (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, type INTEGER NOT NULL, interaction INTEGER NOT NULL,
	data TEXT NOT NULL);
CREATE INDEX event_of_interaction ON event (interaction) WHERE interaction <> 0;

-- Folded from the log in the transaction that appends to it.
CREATE TABLE interaction (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, channel TEXT, direction TEXT,
	from_number TEXT, to_number TEXT, name TEXT, trunk INTEGER,
	number_key TEXT, -- digits of the other side's number, reversed: its last digits are a prefix
	started_ms INTEGER NOT NULL, ended_ms INTEGER, reason TEXT, duration_ms INTEGER, sip_code INTEGER, result TEXT, queue INTEGER, agent INTEGER,
	wait_ms INTEGER NOT NULL DEFAULT 0, talk_ms INTEGER NOT NULL DEFAULT 0, hold_ms INTEGER NOT NULL DEFAULT 0,
	acw_ms INTEGER NOT NULL DEFAULT 0, disposition INTEGER, recordings INTEGER NOT NULL DEFAULT 0,
	chosen TEXT NOT NULL DEFAULT '[]');
CREATE INDEX interaction_by_start ON interaction (tenant, started_ms, id);
CREATE INDEX interaction_by_number ON interaction (tenant, number_key, started_ms) WHERE number_key IS NOT NULL;
CREATE INDEX interaction_open ON interaction (id) WHERE ended_ms IS NULL;

CREATE TABLE segment (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, interaction INTEGER NOT NULL,
	interaction_started_ms INTEGER NOT NULL, queue INTEGER, agent INTEGER, result TEXT NOT NULL DEFAULT 'waiting',
	queued_ms INTEGER NOT NULL, answered_ms INTEGER, ended_ms INTEGER, reason TEXT, wait_ms INTEGER NOT NULL DEFAULT 0,
	ring_ms INTEGER NOT NULL DEFAULT 0, talk_ms INTEGER NOT NULL DEFAULT 0, hold_ms INTEGER NOT NULL DEFAULT 0,
	acw_ms INTEGER NOT NULL DEFAULT 0, holds INTEGER NOT NULL DEFAULT 0, disposition INTEGER, notes TEXT);
CREATE INDEX segment_of_interaction ON segment (interaction);
CREATE INDEX segment_by_queue ON segment (queue, interaction_started_ms, interaction);
CREATE INDEX segment_by_agent ON segment (agent, interaction_started_ms, interaction) WHERE agent IS NOT NULL;

CREATE TABLE recording (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, interaction INTEGER NOT NULL,
	kind TEXT NOT NULL DEFAULT 'call', path TEXT, started_ms INTEGER NOT NULL, duration_ms INTEGER, bytes INTEGER, reason TEXT,
	queue INTEGER);
CREATE INDEX recording_of_interaction ON recording (interaction);

CREATE TABLE note (seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, interaction INTEGER NOT NULL,
	at_ms INTEGER NOT NULL, agent INTEGER, disposition INTEGER, text TEXT);
CREATE INDEX note_of_interaction ON note (interaction);

CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, at_ms INTEGER NOT NULL, user INTEGER,
	address TEXT, agent TEXT, resource TEXT NOT NULL, row INTEGER NOT NULL, action TEXT NOT NULL, before TEXT, after TEXT);
CREATE INDEX audit_by_tenant ON audit (tenant, id);

CREATE TABLE token (id INTEGER PRIMARY KEY, user INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT, hash BLOB NOT NULL UNIQUE,
	created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL);
CREATE INDEX token_of_user ON token (user);

-- Resources: one table each.
CREATE TABLE "setting" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, organisation TEXT NOT NULL, default_language TEXT,
	time_zone TEXT, sip_realm TEXT, public_address TEXT, music INTEGER);
CREATE UNIQUE INDEX setting_of_tenant ON "setting" (tenant);
INSERT INTO "setting" (id, created_ms, updated_ms, organisation, default_language, time_zone, sip_realm)
	SELECT 1, t, t, 'Markaz', 'en', 'UTC', 'markaz' FROM (SELECT CAST(unixepoch() AS INTEGER) * 1000 AS t);

CREATE TABLE "skill" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, description TEXT);
CREATE UNIQUE INDEX skill_name ON "skill" (tenant, name);

CREATE TABLE "team" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, description TEXT);
CREATE UNIQUE INDEX team_name ON "team" (tenant, name);

CREATE TABLE "break_reason" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, is_paid INTEGER NOT NULL DEFAULT 1);
CREATE UNIQUE INDEX break_reason_name ON "break_reason" (tenant, name);

CREATE TABLE "disposition" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, description TEXT);
CREATE UNIQUE INDEX disposition_name ON "disposition" (tenant, name);

CREATE TABLE "prompt" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT, texts TEXT, audio_ms INTEGER);
CREATE UNIQUE INDEX prompt_name ON "prompt" (tenant, name);

CREATE TABLE "hours" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, time_zone TEXT NOT NULL, spans TEXT,
	holidays TEXT);
CREATE UNIQUE INDEX hours_name ON "hours" (tenant, name);

CREATE TABLE "trunk" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, transport TEXT,
	is_accepted_by_address INTEGER, addresses TEXT, is_accepted_by_digest INTEGER, is_registered_outwards INTEGER, proxy TEXT,
	login TEXT, password TEXT, caller_id TEXT, calls_max INTEGER, qualify_interval_s INTEGER, is_enabled INTEGER);
CREATE UNIQUE INDEX trunk_name ON "trunk" (tenant, name);

CREATE TABLE "user" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, login TEXT NOT NULL, name TEXT NOT NULL, roles TEXT NOT NULL,
	team INTEGER, skills TEXT, language TEXT, calendar TEXT, digits TEXT, theme TEXT, is_active INTEGER, password TEXT,
	device TEXT, device_uri TEXT, sip_login TEXT, sip_ha1 TEXT, is_always_ready INTEGER, is_auto_answer INTEGER,
	extension TEXT);
CREATE UNIQUE INDEX user_login ON "user" (tenant, login);
CREATE UNIQUE INDEX user_sip_login ON "user" (tenant, sip_login);
CREATE UNIQUE INDEX user_extension ON "user" (tenant, extension);

CREATE TABLE "queue" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, channel TEXT, strategy TEXT,
	priority INTEGER, skills TEXT, teams TEXT, agents TEXT, ring_timeout_s INTEGER, wrap_up_s INTEGER,
	wrap_up_extend_s INTEGER, is_disposition_required INTEGER, dispositions TEXT, service_level_s INTEGER,
	service_level_target_pct INTEGER, short_abandon_ms INTEGER, capacity INTEGER, max_wait_s INTEGER,
	announce_first_s INTEGER, announce_every_s INTEGER, is_position_announced INTEGER, is_estimate_announced INTEGER,
	music INTEGER, recording TEXT, greeting INTEGER, handle_estimate_s INTEGER, is_active INTEGER);
CREATE UNIQUE INDEX queue_name ON "queue" (tenant, name);

CREATE TABLE "flow" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
	published_version INTEGER);
CREATE UNIQUE INDEX flow_name ON "flow" (tenant, name);
CREATE TABLE flow_version (flow INTEGER NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL, created_ms INTEGER NOT NULL,
	PRIMARY KEY (flow, version)) WITHOUT ROWID;

CREATE TABLE "number" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, number TEXT NOT NULL, name TEXT, flow INTEGER, queue INTEGER,
	trunk INTEGER, language TEXT, is_active INTEGER);
CREATE UNIQUE INDEX number_number ON "number" (tenant, number);

CREATE TABLE "customer" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL, numbers TEXT, email TEXT, language TEXT,
	notes TEXT, is_vip INTEGER);
CREATE INDEX customer_name ON "customer" (tenant, name);

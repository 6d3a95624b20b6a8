-- What routing can do since: see the descriptors of queue, user, customer, setting and capacity_profile. Existing rows get what a
-- new row would get, except that no queue of before changes its ways by itself.
CREATE TABLE "capacity_profile" (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, version INTEGER NOT NULL DEFAULT 1,
	created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, name TEXT NOT NULL,
	voice_max INTEGER, voice_load INTEGER, voice_interrupts TEXT, chat_max INTEGER, chat_load INTEGER, chat_interrupts TEXT,
	email_max INTEGER, email_load INTEGER, email_interrupts TEXT, message_max INTEGER, message_load INTEGER,
	message_interrupts TEXT, task_max INTEGER, task_load INTEGER, task_interrupts TEXT);
CREATE UNIQUE INDEX capacity_profile_name ON "capacity_profile" (tenant, name);

ALTER TABLE "queue" ADD COLUMN weight_idle INTEGER DEFAULT 1;
ALTER TABLE "queue" ADD COLUMN weight_skill INTEGER DEFAULT 60;
ALTER TABLE "queue" ADD COLUMN weight_occupancy INTEGER DEFAULT 1;
ALTER TABLE "queue" ADD COLUMN weight_contacts INTEGER DEFAULT 10;
ALTER TABLE "queue" ADD COLUMN "order" TEXT DEFAULT 'waiting';
ALTER TABLE "queue" ADD COLUMN age_s INTEGER DEFAULT 0;
ALTER TABLE "queue" ADD COLUMN share_pct INTEGER DEFAULT 0;
ALTER TABLE "queue" ADD COLUMN skill_expression TEXT;
ALTER TABLE "queue" ADD COLUMN rings TEXT DEFAULT '[]';
ALTER TABLE "queue" ADD COLUMN per_agent_max INTEGER DEFAULT 0;
ALTER TABLE "queue" ADD COLUMN keep_free INTEGER DEFAULT 0;
ALTER TABLE "queue" ADD COLUMN misses_max INTEGER DEFAULT 1;
ALTER TABLE "queue" ADD COLUMN warn_s INTEGER DEFAULT 5;
ALTER TABLE "queue" ADD COLUMN max_estimate_s INTEGER DEFAULT 0;
ALTER TABLE "queue" ADD COLUMN is_left_without_agents INTEGER DEFAULT 0;
ALTER TABLE "queue" ADD COLUMN no_agents_s INTEGER DEFAULT 60;
ALTER TABLE "queue" ADD COLUMN hours INTEGER;
ALTER TABLE "queue" ADD COLUMN is_left_when_closed INTEGER DEFAULT 0;
ALTER TABLE "queue" ADD COLUMN preferred TEXT DEFAULT 'none';
ALTER TABLE "queue" ADD COLUMN preferred_patience_s INTEGER DEFAULT 15;
ALTER TABLE "queue" ADD COLUMN is_pick_allowed INTEGER DEFAULT 0;

ALTER TABLE "user" ADD COLUMN capacity INTEGER;

ALTER TABLE "customer" ADD COLUMN value INTEGER DEFAULT 0;
ALTER TABLE "customer" ADD COLUMN account_owner INTEGER;
ALTER TABLE "customer" ADD COLUMN excluded_agents TEXT;

ALTER TABLE "setting" ADD COLUMN vip_head_start_s INTEGER DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN value_head_start_s INTEGER DEFAULT 1;

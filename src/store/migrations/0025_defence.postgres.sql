-- Defence (docs/security.md): who is not heard any more, whose calls outside are stopped, and the limits that lead there.
CREATE TABLE block (
	id BIGINT PRIMARY KEY,
	tenant BIGINT,
	kind TEXT COLLATE "C",
	subject TEXT COLLATE "C",
	reason TEXT COLLATE "C",
	"count" BIGINT,
	times BIGINT,
	since_ms BIGINT,
	until_ms BIGINT
);
CREATE INDEX block_by_time ON block (tenant, since_ms);
ALTER TABLE "setting" ADD COLUMN allowed_addresses TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "setting" ADD COLUMN flood_packets BIGINT DEFAULT 500;
ALTER TABLE "setting" ADD COLUMN flood_requests BIGINT DEFAULT 100;
ALTER TABLE "setting" ADD COLUMN flood_network_times BIGINT DEFAULT 10;
ALTER TABLE "setting" ADD COLUMN flood_known_times BIGINT DEFAULT 50;
ALTER TABLE "setting" ADD COLUMN ban_failures BIGINT DEFAULT 20;
ALTER TABLE "setting" ADD COLUMN ban_minutes BIGINT DEFAULT 10;
ALTER TABLE "setting" ADD COLUMN ban_max_hours BIGINT DEFAULT 24;
ALTER TABLE "setting" ADD COLUMN is_abroad_restricted BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN allowed_countries TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "setting" ADD COLUMN call_costs TEXT COLLATE "C" DEFAULT '[]';
ALTER TABLE "setting" ADD COLUMN cost_max_hour BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN cost_max_day BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN user_cost_max_day BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN user_calls_max_hour BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN night_from TEXT COLLATE "C";
ALTER TABLE "setting" ADD COLUMN night_until TEXT COLLATE "C";
ALTER TABLE "setting" ADD COLUMN night_calls_max_hour BIGINT DEFAULT 0;
-- A new house (nobody is in it yet) calls its own country and what it allows; others keep what they had until they change it.
UPDATE "setting" SET is_abroad_restricted = 1, user_calls_max_hour = 300 WHERE NOT EXISTS (SELECT 1 FROM "user");

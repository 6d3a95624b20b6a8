-- Contacts without a telephone: what was written in them, and the keys of the requests that were carried out within
-- the last day (so that the same request made again gets the same answer). Both folded from the log.
CREATE TABLE message (seq BIGINT PRIMARY KEY, tenant BIGINT NOT NULL DEFAULT 1, interaction BIGINT NOT NULL,
	number BIGINT NOT NULL, at_ms BIGINT NOT NULL, agent BIGINT, text TEXT);
CREATE INDEX message_of_interaction ON message (interaction, number);

CREATE TABLE contact_key ("key" BIGINT PRIMARY KEY, interaction BIGINT NOT NULL, seq BIGINT NOT NULL,
	number BIGINT NOT NULL DEFAULT 0, at_ms BIGINT NOT NULL);
CREATE INDEX contact_key_by_age ON contact_key (at_ms);

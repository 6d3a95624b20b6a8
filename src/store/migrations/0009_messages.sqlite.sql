-- Contacts without a telephone: what was written in them, and the keys of the requests that were carried out within
-- the last day (so that the same request made again gets the same answer). Both folded from the log.
CREATE TABLE message (seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL DEFAULT 1, interaction INTEGER NOT NULL,
	number INTEGER NOT NULL, at_ms INTEGER NOT NULL, agent INTEGER, text TEXT);
CREATE INDEX message_of_interaction ON message (interaction, number);

CREATE TABLE contact_key ("key" INTEGER PRIMARY KEY, interaction INTEGER NOT NULL, seq INTEGER NOT NULL,
	number INTEGER NOT NULL DEFAULT 0, at_ms INTEGER NOT NULL);
CREATE INDEX contact_key_by_age ON contact_key (at_ms);

-- Whose personal texts there are (docs/people.md): a person's salt makes the key they are sealed with; without it they are
-- gone. person_of finds a person by the mark of a number or address, which says nothing to whoever has no secret.key.
CREATE TABLE person (id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL, salt TEXT, created_ms BIGINT NOT NULL, erased_ms BIGINT);
CREATE TABLE person_of (mark TEXT PRIMARY KEY, person BIGINT NOT NULL);
CREATE INDEX person_of_person ON person_of (person);

ALTER TABLE interaction ADD COLUMN person BIGINT;
ALTER TABLE interaction ADD COLUMN is_kept BIGINT NOT NULL DEFAULT 0;
ALTER TABLE interaction ADD COLUMN is_erased BIGINT NOT NULL DEFAULT 0;
-- Its notes and messages are gone, by age.
ALTER TABLE interaction ADD COLUMN is_stripped BIGINT NOT NULL DEFAULT 0;
CREATE INDEX interaction_of_person ON interaction (person, started_ms) WHERE person IS NOT NULL;
-- Of recordings whose file is there, the oldest first.
CREATE INDEX recording_with_file ON recording (kind, started_ms) WHERE path IS NOT NULL;
CREATE INDEX audit_of_row ON audit ("row");

-- Files whose row is gone already: removed after the commit, tried again at each start.
CREATE TABLE file_removal (id BIGINT PRIMARY KEY, path TEXT NOT NULL, created_ms BIGINT NOT NULL);

ALTER TABLE "customer" ADD COLUMN is_kept BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN keep_recordings_days BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN keep_voicemails_days BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN keep_texts_days BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN keep_people_days BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN keep_events_days BIGINT DEFAULT 0;
ALTER TABLE "setting" ADD COLUMN keep_audit_days BIGINT DEFAULT 0;

-- Events up to here were written without sealing; they are sealed little by little.
INSERT INTO fact (key, value) SELECT 'people_plain_seq', CAST(last AS TEXT) FROM (SELECT max(seq) AS last FROM event) AS t WHERE last > 0;
CREATE INDEX customer_email ON "customer" (tenant, lower(email)) WHERE email IS NOT NULL;

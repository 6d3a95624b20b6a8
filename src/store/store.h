/* The store: the only room with SQL. One writer thread with group commit; readers with connections of their
 * own.
 *
 * Writes (events, resource rows, sessions) go to the writer's mailbox and are committed together every few
 * milliseconds; what a caller was told is on disk, is. Readers see committed data only. SQLite (WAL,
 * synchronous=FULL) now; PostgreSQL joins behind this header.
 *
 * When the database does not take writes (disk full, server gone), accepted events go to the spool, a file of
 * fixed size beside it, and from there into the database, in order, once it works again. When that is full,
 * too, they wait in memory (STORE_BACKLOG_MAX); past that limit new work is refused (-ENOBUFS). store_health
 * says which. */
#pragma once
#include "event/event.h"
#include "resource/resource.h"

#include <stdbool.h>
#include <stdint.h>

#define STORE_BACKLOG_MAX 200000

struct store;
struct store_reader;

/* Called on the store thread when events became durable (in the database or the spool), and again when those
 * of the spool became visible in the database; last_seq is durable. What readers see: store_visible_seq. Only
 * post to a mailbox. */
typedef void store_commit_handler(uint64_t last_seq, void *arg);

/* Opens or creates directory/markaz.db, migrates it forward, starts the writer. 0, -errno; -EUCLEAN: the file
 * is damaged or of a newer version (the log says which and what to do); -EBUSY: another server has it open.
 */
int store_open(struct store **ret_store, const char *directory, store_commit_handler *on_commit, void *arg);
/* Writes everything still waiting, closes. */
void store_close(struct store *s);

/* Appends an event (encoded at once; nothing borrowed remains). *ret_seq: its number in the gap-free
 * sequence. The centre's thread only. 0, -ENOBUFS (nothing taken), -ENOMEM. */
int store_append(struct store *s, const struct event *e, uint64_t *ret_seq);
/* On a disk, in the database or in the spool: acknowledge by this. Any thread. */
uint64_t store_durable_seq(const struct store *s);
/* In the database: what readers can see. Never above store_durable_seq. Any thread. */
uint64_t store_visible_seq(const struct store *s);
/* False while nothing can be made durable (the database refuses, and the spool is full, refuses too, or is
 * not there) or the backlog is nearly full: new contacts are to be refused clearly then. What is under way
 * goes on, and its events are taken as long as store_append does. Any thread; a few atomic reads. */
bool store_is_accepting(const struct store *s);
#define STORE_SPOOL_MB 64
#define STORE_SPOOL_MB_MIN 8
#define STORE_SPOOL_MB_MAX 4096
/* Keeps a spool of so many megabytes ready in the directory (0: none; the default). Made in the background;
 * one that holds events is exchanged once it is empty. Any thread. */
void store_spool_keep(struct store *s, int megabytes);

enum store_state {
	STORE_WRITING,	/* all is well */
	STORE_SPOOLING, /* the database refuses or is held; events go to the spool and are safe */
	STORE_DRAINING, /* the database takes writes; the spool is being emptied into it */
	STORE_STUCK,	/* nothing can be made durable: events wait in memory, not acknowledged */
};
const char *store_state_name(enum store_state state); /* "writing", "spooling", "draining", "stuck" */
#define STORE_HISTOGRAM 12
extern const int64_t store_commit_us[STORE_HISTOGRAM]; /* upper ends, microseconds */
struct store_health {
	bool is_writing; /* the database takes writes */
	bool is_accepting, is_slow, is_held;
	enum store_state state;
	int error, last_error;	   /* -errno of the failure that lasts, 0 when fine; of the last there was */
	int spool_error;	   /* of making or writing the spool */
	int checkpoint_error;	   /* of moving SQLite's log into its file */
	int64_t error_since_ms;	   /* wall; 0: none */
	int64_t room_s;		   /* until the spool is full at the present rate; -1: not known */
	int64_t commit_running_ms; /* how long the commit under way takes already */
	uint64_t backlog;	   /* accepted, not yet durable */
	uint64_t events, commits, commit_us_max, commit_us_sum;
	uint64_t commit_us[STORE_HISTOGRAM + 1]; /* commits that took at most so long; the last: longer */
	uint64_t spool_bytes, spool_bytes_max, spool_events; /* max 0: there is no spool */
	uint64_t disk_bytes, disk_free_bytes; /* of the data directory's disk; 0 without store_watch */
};
/* Any thread; never blocks. */
void store_health(const struct store *s, struct store_health *ret_health);

/* What is wrong now, for people. */
enum store_alarm {
	STORE_ALARM_NOT_WRITING,   /* the database takes no writes */
	STORE_ALARM_SPOOL_FILLING, /* the spool is more than half full */
	STORE_ALARM_SPOOL_FULL,	   /* nothing can be made durable: new contacts are refused */
	STORE_ALARM_NO_SPOOL,	   /* there is none, and none can be made */
	STORE_ALARM_DISK_LOW,	   /* little room on the data directory's disk */
	STORE_ALARM_CHECKPOINT,	   /* SQLite's log is not moved and grows */
	STORE_ALARM_SLOW,	   /* commits take longer than a second */
	STORE_ALARMS
};
const char *store_alarm_name(enum store_alarm alarm); /* "store_not_writing", "spool_filling"... */
struct store_alarm_view {
	enum store_alarm alarm;
	int64_t since_ms;   /* wall */
	const char *reason; /* static: "disk_full", "read_only", "unreachable", "other_writer", "failing"; or
			       NULL */
};
/* Looks once a second; on_alarms (NULL: nobody) is called on a thread of its own when the list changed, and
 * again until it returns true: it reads store_alarms and passes them on. Once a store; store_watch_stop
 * before what on_alarms uses goes, at the latest store_close does it. 0 or -errno. */
typedef bool store_alarm_handler(void *arg);
int store_watch(struct store *s, store_alarm_handler *on_alarms, void *arg);
void store_watch_stop(struct store *s);
/* How many there are, in ret_list. Any thread. */
int store_alarms(const struct store *s, struct store_alarm_view ret_list[static STORE_ALARMS]);

/* --- the routing log: what the engine was told (replay/record.h), in the order it was told
 * --------------------------------- */
#define STORE_LOG_BACKLOG_MAX (64 * 1024 * 1024) /* bytes accepted and not yet written */
#define STORE_LOG_ROW_BYTES 65536		 /* parts are gathered into rows of about so much */
#define STORE_LOG_DAYS 35			 /* kept, unless store_route_log_keep says otherwise */

/* Hands on n bytes of whole records (copied). run: of which process start; at_ms: wall time of the first of
 * them; is_start: a reader can begin here. Written in the order of calls and never before an event appended
 * earlier; parts of one run share a row. The centre's thread only. 0, -ENOBUFS (above the backlog: nothing
 * taken; try again later, or begin anew with a start), -ENOMEM, -E2BIG (above the backlog by itself). */
int store_route_log_append(struct store *s, uint64_t run, int64_t at_ms, bool is_start, uint32_t records,
	const void *data, size_t n);
/* Whole days kept; older ones are removed little by little, except what a kept day needs from its start on.
 * Any thread. */
void store_route_log_keep(struct store *s, int days);

/* --- rows of resources
 * ------------------------------------------------------------------------------------------------ */
struct store_actor { /* for the audit log */
	uint64_t tenant, user;
	char address[64], agent[128];
};
enum store_result {
	STORE_OK = 0,
	STORE_INVALID = 1,
	STORE_NOT_FOUND = 2,
	STORE_CONFLICT = 3,
	STORE_IN_USE = 4
};

/* These block until committed (API workers, command line; never the centre, audio or SIP thread). value: as
 * checked by resource_check; secrets already hashed by the store's own rule for the resource. On success
 * *ret_row is the whole row as shown to people (no secrets; "id", "version", "created_at", "updated_at").
 * if_version 0: any. Each success writes an audit entry (before, after, actor) and a config.changed event in
 * the same transaction; when the commit itself fails, that event's number is already given and is used for
 * one with reason "not_saved": nothing of the change is applied, now or later. Beyond resource_check:
 * references, uniqueness, r->check on the whole row after a patch; the last active administrator with a
 * password stays; setting.sip_realm and user.sip_login change only together with the telephone passwords made
 * with them; a new password or is_active false ends the user's sessions; fields with is_read_only may be set
 * here (prompt.audio_ms). Returns store_result or -errno (-ENOSPC...). */
int store_create(struct store *s, const struct resource *r, const json_t *value,
	const struct store_actor *actor, json_t **ret_row, struct issues *issues);
int store_update(struct store *s, const struct resource *r, uint64_t id, int64_t if_version,
	const json_t *patch, const struct store_actor *actor, json_t **ret_row, struct issues *issues);
int store_delete(struct store *s, const struct resource *r, uint64_t id, int64_t if_version,
	const struct store_actor *actor, struct issues *issues);

/* --- readers: one per thread
 * ------------------------------------------------------------------------------------------ */
int store_reader_open(struct store_reader **ret_reader, const char *directory);
/* After the rows moved to another database (`markaz migrate`): goes on there; otherwise does nothing,
 * cheaply. Never while a handler of this reader runs. The calls that begin something (store_get, store_list,
 * store_events, store_login, store_token_find) do it by themselves. 0, -errno (the new place cannot be
 * opened: nothing is to be read from the old one). */
int store_reader_follow(struct store_reader *rd);
void store_reader_close(struct store_reader *rd);
/* One row, or STORE_NOT_FOUND. with_secrets: only for the rooms that need them (config snapshot):
 * adds user.password (the hash), user.sip_ha1, and trunk.password in clear (null when secret.key is not the
 * one it was stored with). */
int store_get(struct store_reader *rd, const struct resource *r, uint64_t tenant, uint64_t id,
	bool with_secrets, json_t **ret_row);
/* Rows by id order after `after`, at most limit (<= 1000), whose label holds `search` (NULL: all), in a JSON
 * array. */
int store_list(struct store_reader *rd, const struct resource *r, uint64_t tenant, uint64_t after, int limit,
	const char *search, bool with_secrets, json_t **ret_rows);
#define STORE_EVENTS_LIMIT_MAX 100000
/* Events from seq on (inclusive), at most limit (<= STORE_EVENTS_LIMIT_MAX): calls on_event for each; stops
 * when it returns false. */
typedef bool store_event_handler(const struct event *e, void *arg);
int store_events(
	struct store_reader *rd, uint64_t from_seq, int limit, store_event_handler *on_event, void *arg);
/* The first seq the log still has (older ones were removed with their archive); 0: it is empty. */
uint64_t store_first_seq(struct store_reader *rd);
/* The first seq at or after wall time at_ms; 0 when there is none. */
uint64_t store_seq_at(struct store_reader *rd, int64_t at_ms);

struct store_log_row { /* borrowed for the call */
	uint64_t id, run;
	int64_t at_ms;
	bool is_start;
	uint32_t records;
	const uint8_t *data;
	size_t n;
};
/* Rows of the routing log from id on, in order; stops when on_row returns false. */
typedef bool store_log_handler(const struct store_log_row *row, void *arg);
int store_route_log(struct store_reader *rd, uint64_t from_id, store_log_handler *on_row, void *arg);
/* The row to begin with for what happened at wall time at_ms: the last start at or before it, else the first
 * there is. STORE_NOT_FOUND: the log is empty. */
int store_route_log_start(struct store_reader *rd, int64_t at_ms, uint64_t *ret_id);

struct store_history_query {		       /* 0 / NULL: any */
	uint64_t tenant, queue, agent, before; /* before: cursor, an interaction id; newest first */
	int64_t from_ms, to_ms;
	const char *search;    /* four digits or more: the end of a number, whatever its prefix (through the
				* index); anything else: a part of a name or number among the newest 200,000 of
				* the other filters */
	const char *result;    /* "answered","abandoned","voicemail","overflowed","ended_in_flow" */
	const char *direction; /* "inbound","outbound","internal" */
	const char *teams;     /* ",<id>,<id>,": only what an agent of these teams had, or or_agent */
	uint64_t or_agent;
	int limit;
};
/* Interactions as JSON: id, channel, direction, from, to, name, started_at, ended_at, duration_ms, reason,
 * result, queue, agent, wait_ms, talk_ms, hold_ms, acw_ms, disposition, has_recording, chosen. Kept as a
 * table folded from the events in the same transaction that appends them. */
int store_history(struct store_reader *rd, const struct store_history_query *q, json_t **ret_rows);
/* One with everything: segments, events (readable), recordings, notes. */
int store_interaction(struct store_reader *rd, uint64_t tenant, uint64_t id, json_t **ret_interaction);
/* Earlier contacts of a number, newest first, at most limit: for the screen pop. */
int store_history_of_number(
	struct store_reader *rd, uint64_t tenant, const char *number, int limit, json_t **ret_rows);
/* The customer row whose numbers hold `number` (compared as digits, trunk prefixes folded), or
 * STORE_NOT_FOUND. */
int store_customer_of_number(struct store_reader *rd, uint64_t tenant, const char *number, json_t **ret_row);
/* A recording's file (relative), interaction and duration; STORE_NOT_FOUND. */
int store_recording(struct store_reader *rd, uint64_t tenant, uint64_t id, json_t **ret_recording);
struct store_voicemails_query {
#define STORE_BOXES_MAX 16
	uint64_t tenant, before; /* before: cursor, a message's id; newest first */
	uint64_t owners[STORE_BOXES_MAX];
	int n_owners, limit;
	enum { VOICEMAILS_ALL, VOICEMAILS_UNHEARD, VOICEMAILS_HEARD } which;
};
/* Messages left for those owners (people, extensions, ring groups) as JSON: id (of the recording),
 * interaction, owner, left_at, duration_ms, heard_at (null: not yet), from, name, path (of the sound, below
 * recordings/). 0 or -errno. */
int store_voicemails(struct store_reader *rd, const struct store_voicemails_query *q, json_t **ret_rows);
/* [{"owner", "unheard", "heard"}] of that owner (0: of all who have a message). 0 or -errno. */
int store_voicemail_counts(struct store_reader *rd, uint64_t tenant, uint64_t owner, json_t **ret_rows);
/* Where document `id` lies, relative to the data folder: documents/YYYY/MM/DD/<id>.tif, by the day its id was
 * made. Pure. */
#define STORE_DOCUMENT_PATH_MAX 64
void store_document_path(uint64_t id, char ret_path[static STORE_DOCUMENT_PATH_MAX]);
struct store_documents_query {	       /* 0 / NULL: any */
	uint64_t tenant, user, before; /* user: who sent it; before: cursor, a document's id; newest first */
	const char *direction,
		*state; /* "inbound", "outbound"; "queued", "sent", "failed", "received", "partial" */
	int limit;
};
/* Faxes as JSON: id, direction, state, from, to, name, pages, pages_done, tries, reason, result, station,
 * bit_rate, interaction, queue, user, created_at, ended_at, next_try_at, has_file. Folded from the events. */
int store_documents(struct store_reader *rd, const struct store_documents_query *q, json_t **ret_rows);
/* One; STORE_NOT_FOUND. */
int store_document(struct store_reader *rd, uint64_t tenant, uint64_t id, json_t **ret_row);
/* Interactions started and not ended in the log (after a crash): ids, with segment state, to be closed with
 * system_restart. */
int store_open_interactions(struct store_reader *rd, json_t **ret_rows);
/* An audit entry beside changes of rows: action is signed_in, sign_in_failed, listened, exported...; details
 * (may be NULL) is kept as its "after". Blocks until committed, as store_create. 0 or -errno. */
int store_note_audit(struct store *s, const struct store_actor *actor, const char *action,
	const char *resource, uint64_t row, const json_t *details);
int store_audit(struct store_reader *rd, uint64_t tenant, uint64_t before, int limit, json_t **ret_rows);

/* --- people's data (docs/people.md)
 * --------------------------------------------------------------------------------------- */
struct store_person_query { /* exactly one of customer and address */
	uint64_t tenant, customer;
	const char *address; /* a number or mail address, as it is written */
};
/* What there is of a person: "customers" (rows), "addresses", "persons", "contacts", "recordings" (numbers),
 * "is_open" (a contact is under way), "is_kept" (a legal hold), "is_shared" (another customer has one of the
 * numbers), "is_complete" (false: older events are still being sealed, and their contacts not counted yet).
 * 0, STORE_NOT_FOUND (no such customer, or no address), -errno. */
int store_person_find(struct store_reader *rd, const struct store_person_query *q, json_t **ret_found);
/* Everything about a person as one JSON document, handed to `write` piece by piece (false: stop, -ECANCELED).
 * The number of contacts goes to *ret_contacts. 0, STORE_NOT_FOUND, -errno. */
typedef bool store_person_writer(const char *text, size_t n, void *arg);
int store_person_export(struct store_reader *rd, const struct store_person_query *q,
	store_person_writer *write, void *arg, int64_t *ret_contacts);
/* Erases a person: keys destroyed, tables blanked, customer rows deleted, EVENT_PERSON_ERASED written, all in
 * one transaction; then the files of recordings are removed and the database's log is emptied, as far as
 * nobody reads it at the moment (a keeper goes on with what is left). Events, their numbers and all figures
 * stay. Blocks, for a large one seconds: workers and the command line only. *ret_erased: "persons",
 * "contacts", "recordings", "files_left". 0; STORE_NOT_FOUND; STORE_IN_USE (a contact is under way) or
 * STORE_CONFLICT (a legal hold, a shared number) with an issue; -errno. */
int store_person_erase(struct store *s, const struct store_person_query *q, const struct store_actor *actor,
	json_t **ret_erased, struct issues *issues);
/* Keys of recordings (docs/recordings.md): one a tenant and time, random, kept wrapped under secret.key. */
#define STORE_RECORDING_KEY_BYTES 32
struct store_recording_key {
	uint32_t id;
	int64_t created_ms; /* wall */
	unsigned char key[STORE_RECORDING_KEY_BYTES];
};
/* The key with this id. 0; -ENOKEY: there is none, or it was erased; -EBADMSG: secret.key is another one;
 * -errno. */
int store_recording_key(struct store_reader *rd, uint32_t id, struct store_recording_key *ret_key);
/* The tenant's newest key; a new one is made when there is none, or it is older than not_before_ms (wall).
 * Any thread but the writer's. 0 or as above. */
int store_recording_key_current(struct store *s, struct store_reader *rd, uint64_t tenant,
	int64_t not_before_ms, struct store_recording_key *ret_key);
/* Erases a key: what lies under it is noise from then on, in backups, too. 0, STORE_NOT_FOUND, -errno.
 * Audited.
 */
int store_recording_key_erase(struct store *s, uint32_t id, const struct store_actor *actor);
/* [{"id", "created_at", "erased_at"}], the newest first. 0 or -errno. */
int store_recording_keys(struct store_reader *rd, uint64_t tenant, json_t **ret_rows);

/* --- recordings that go, or must not (docs/recordings.md)
 * --------------------------------------------------------------------------------------- */
/* Deletes a recording's sound: EVENT_RECORDING_DELETED and an audit entry in one transaction, then the file
 * is overwritten and removed (the keeper goes on with what is left). Blocks: workers only. 0; STORE_NOT_FOUND
 * (there is none, or no more); STORE_IN_USE (under way) or STORE_CONFLICT (a legal hold) with an issue;
 * -errno. */
int store_recording_delete(
	struct store *s, uint64_t id, const struct store_actor *actor, struct issues *issues);
/* Sets or ends the legal hold of one recording. 0, STORE_NOT_FOUND, -errno. Audited. */
int store_recording_keep(struct store *s, uint64_t id, bool is_kept, const struct store_actor *actor);

/* Each recording that has a file: its path below recordings/, and its bytes (-1: not known). Not 0 from the
 * handler ends it. 0, what the handler said, -errno. */
typedef int store_recording_handler(const char *path, int64_t bytes, void *arg);
int store_recordings_each(
	struct store_reader *rd, uint64_t tenant, store_recording_handler *on_recording, void *arg);

/* A finished recording kept as WAV that is to become Opus. The steps, one recording at a time: next, begin
 * (the file that will be made is known from then on), the file itself, done. Whatever stops it in between,
 * store_compress_left_over takes the half-made file away. Any thread but the writer's and the centre's. */
#define STORE_RECORDING_PATH_MAX 256
struct store_wav {
	uint64_t id, tenant, interaction;
	char path[STORE_RECORDING_PATH_MAX]; /* below recordings/ */
	char hash[65];			     /* what the log vouches for */
};
struct store_compressed {
	struct store_wav wav;
	int64_t bytes;
	const char *hash; /* of the new file, as base/file_hash.h writes it */
};
/* The first one after this id, of tenants who keep recordings as Opus, which nothing holds. 1, 0, -errno. */
int store_wav_next(struct store_reader *rd, uint64_t after, struct store_wav *ret_wav);
/* path: of the file to be made, below recordings/. 0 or -errno. */
int store_compress_begin(struct store *s, const char *path);
/* The new file is whole and on the disk: EVENT_RECORDING_SEALED "opus", after which the recording is that
 * file and the WAV is removed. *ret_is_taken false: it was deleted, erased or held meanwhile, and the new
 * file was removed instead. 0 or -errno. */
int store_compress_done(struct store *s, const struct store_compressed *c, bool *ret_is_taken);
/* Removes a file that was being made and that no recording has. 0 or -errno. */
int store_compress_left_over(struct store *s, struct store_reader *rd);

/* Sets or ends the legal hold of one contact. 0, STORE_NOT_FOUND, -errno. */
int store_interaction_keep(struct store *s, uint64_t id, bool is_kept, const struct store_actor *actor);

struct keeper;
/* The thread that removes what is older than the settings say, little by little; seals events from before
 * there were seals; and removes files whose rows are gone. 0 or -errno. */
int keeper_start(struct keeper **ret_keeper, struct store *s);
/* NULL is fine. */
void keeper_stop(struct keeper *k);

/* --- contacts without a telephone
 * ------------------------------------------------------------------------------------------------------ */
/* Messages of an interaction with a number below `before` (0: the newest), at most limit, in their order:
 * [{"number", "seq", "at", "agent": id or null (the customer), "text"}]. 0 or -errno. */
int store_messages(struct store_reader *rd, uint64_t tenant, uint64_t interaction, int64_t before, int limit,
	json_t **ret_rows);
struct store_key { /* what a request with a key did */
	uint64_t interaction, seq;
	int64_t number; /* of the message; 0: it opened the contact */
};
/* The request with this key (EVENT_INTERACTION_STARTED.ref, EVENT_MESSAGE_WRITTEN.ref), if it was carried out
 * at or after wall time since_ms. Kept for a day. 0, STORE_NOT_FOUND, -errno. */
int store_contact_key(struct store_reader *rd, uint64_t key, int64_t since_ms, struct store_key *ret_key);

/* --- people's access (hashes only ever in the database)
 * --------------------------------------------------------------- */
/* The user row with roles and password hash check by Argon2id (libsodium; ~50-100 ms: workers only). A wrong
 * login costs the same time as a wrong password. 0, STORE_NOT_FOUND. */
int store_login(struct store_reader *rd, const char *login, const char *password, json_t **ret_user);
/* Sessions and API tokens: token is random text shown once; stored hashed (BLAKE2b). kind: "session" or
 * "token". */
int store_token_create(struct store *s, uint64_t user, const char *kind, const char *name,
	int64_t expires_at_ms, char ret_token[static 64], uint64_t *ret_id);
/* Whose token this is: the user row (active users only) with "token_kind" and "tenant" added, and the token's
 * id. expires_at_ms 0 means never. STORE_NOT_FOUND when it is unknown, expired, or the user is not active. */
int store_token_find(
	struct store_reader *rd, const char *token, int64_t now_ms, uint64_t *ret_id, json_t **ret_user);
int store_token_delete(struct store *s, uint64_t id);
int store_tokens_of_user(struct store_reader *rd, uint64_t user, json_t **ret_rows);

/* --- the whole configuration as files
 * --------------------------------------------------------------------------------- */
/* Small key-value facts of the installation: "administrator_password_printed", "install_id"... */
int store_fact_get(struct store_reader *rd, const char *key, char *ret_value, size_t size);
int store_fact_set(struct store *s, const char *key, const char *value);

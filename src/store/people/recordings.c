/* See recordings.h and store.h. */
#include "store/people/recordings.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/people/erase.h"
#include "store/people/retention.h"
#include "store/rows/audit.h"

#include <errno.h>
#include <string.h>

#define MAKING "recording_compressing" /* the fact: the file that is being made, relative to recordings/ */

int recording_tell_deleted(
	struct store_request *rq, uint64_t recording, uint64_t interaction, const char *reason)
{
	struct pending *p = pending_new(&(struct event){.type = EVENT_RECORDING_DELETED,
		.at_ms = clock_wall_ms(),
		.tenant = rq->tenant,
		.interaction = interaction,
		.ref = recording,
		.agent = rq->actor ? rq->actor->user : 0,
		.reason = reason});

	if (!p)
		return -ENOMEM;
	erase_push(rq, p);
	return 0;
}

/* --- what stands against it
 * -----------------------------------------------------------------------------------------------------------
 */

enum state { STATE_GONE, STATE_UNDER_WAY, STATE_HELD, STATE_FREE };

/* How the recording stands; *ret_interaction: whose it is. enum state or -errno. */
static int look(
	struct db *db, const unsigned char *secret, uint64_t tenant, uint64_t id, uint64_t *ret_interaction)
{
	struct db_statement *st;
	struct who w;
	int err = db_prepare(db,
		"SELECT r.interaction, r.path IS NOT NULL AND r.deleted_ms IS NULL, r.duration_ms IS NOT "
		"NULL, coalesce(r.is_kept, 0) <> 0 OR coalesce(i.is_kept, 0) <> 0 FROM recording AS r LEFT "
		"JOIN interaction AS i ON i.id = r.interaction WHERE r.id = ? AND r.tenant = ?",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id);
	db_bind_int(st, 2, (int64_t)tenant);
	err = db_step(db, st);
	if (err != 1)
		return err < 0 ? err : STATE_GONE;
	uint64_t interaction = (uint64_t)db_int(st, 0);
	bool is_there = db_int(st, 1), is_over = db_int(st, 2), is_held = db_int(st, 3);
	db_reset(st);
	*ret_interaction = interaction;
	if (!is_there)
		return STATE_GONE;
	if (is_held)
		return STATE_HELD;
	if (!is_over)
		return STATE_UNDER_WAY;
	err = who_of_contact(db, secret, tenant, interaction, &w);
	if (err < 0)
		return err;
	is_held = err == 1 && who_is_kept(&w);
	who_free(&w);
	return is_held ? STATE_HELD : STATE_FREE;
}

/* --- deletion and holds
 * -----------------------------------------------------------------------------------------------------------
 */

static int run_delete(struct store *s, struct store_request *rq)
{
	uint64_t interaction = 0;
	int state = look(&s->db, s->key, rq->tenant, rq->id, &interaction);

	if (state < 0)
		return state;
	if (state == STATE_GONE)
		return STORE_NOT_FOUND;
	if (state == STATE_UNDER_WAY) {
		issue_add(rq->issues, "", "in_progress",
			"This recording is under way: delete it once the call is over");
		return STORE_IN_USE;
	}
	if (state == STATE_HELD) {
		issue_add(rq->issues, "", "held",
			"A legal hold keeps this recording: end it at the recording, the contact or the "
			"customer first");
		return STORE_CONFLICT;
	}
	int err = recording_tell_deleted(rq, rq->id, interaction, "request");
	return err < 0 ? err
		       : audit_write_by(&s->db, rq->actor,
				 &(struct audit_entry){.tenant = rq->tenant,
					 .resource = "recording",
					 .row = rq->id,
					 .action = "deleted"},
				 NULL);
}

int store_recording_delete(
	struct store *s, uint64_t id, const struct store_actor *actor, struct issues *issues)
{
	struct store_request rq = {.run = run_delete,
		.id = id,
		.tenant = actor->tenant ? actor->tenant : 1,
		.actor = actor,
		.issues = issues};
	int64_t left = 0;
	int err = writer_ask(s, &rq);

	/* It has happened; a file that cannot be removed now, the keeper takes away. */
	if (err == 0)
		(void)removal_run(s, INT32_MAX, &left);
	return err;
}

/* A legal hold begins (rq->if_version) or ends; *rq->arg: of a contact, else of one recording. */
static int run_keep(struct store *s, struct store_request *rq)
{
	static const struct {
		const char *what, *sql;
	} kinds[] = {
		{"recording",
			"UPDATE recording SET is_kept = ? WHERE id = ? AND tenant = ? AND path IS NOT NULL"},
		{"interaction", "UPDATE interaction SET is_kept = ? WHERE id = ? AND tenant = ?"},
	};
	const bool *is_contact = rq->arg;
	int err = db_run_ints(&s->db, kinds[*is_contact].sql, 3, (int64_t)rq->if_version, (int64_t)rq->id,
		(int64_t)rq->tenant);

	if (err < 0)
		return err;
	if (db_changes(&s->db) == 0)
		return STORE_NOT_FOUND;
	err = rq->if_version ? 0 : retention_look_again(&s->db);
	return err < 0 ? err
		       : audit_write_by(&s->db, rq->actor,
				 &(struct audit_entry){.tenant = rq->tenant,
					 .resource = kinds[*is_contact].what,
					 .row = rq->id,
					 .action = rq->if_version ? "kept" : "released"},
				 NULL);
}

static int keep(struct store *s, bool is_contact, uint64_t id, bool is_kept, const struct store_actor *actor)
{
	struct store_request rq = {.run = run_keep,
		.id = id,
		.tenant = actor->tenant ? actor->tenant : 1,
		.if_version = is_kept,
		.actor = actor,
		.arg = &is_contact};

	return writer_ask(s, &rq);
}

int store_recording_keep(struct store *s, uint64_t id, bool is_kept, const struct store_actor *actor)
{
	return keep(s, false, id, is_kept, actor);
}

int store_interaction_keep(struct store *s, uint64_t id, bool is_kept, const struct store_actor *actor)
{
	return keep(s, true, id, is_kept, actor);
}

int store_recordings_each(
	struct store_reader *rd, uint64_t tenant, store_recording_handler *on_recording, void *arg)
{
	struct db_statement *st;
	int told = 0, err = store_reader_follow(rd);

	if (err == 0)
		err = db_prepare(&rd->db,
			"SELECT path, coalesce(bytes, -1) FROM recording WHERE path IS NOT NULL AND tenant = "
			"? ORDER BY id",
			&st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)tenant);
	/* The handler may ask through the same reader: another statement of the same connection. */
	while ((err = db_step(&rd->db, st)) == 1 && told == 0)
		told = on_recording(db_text(st, 0), db_int(st, 1), arg);
	if (err == 1)
		db_reset(st);
	return told ? told : err < 0 ? err : 0;
}

/* --- WAV to Opus
 * -----------------------------------------------------------------------------------------------------------
 */

/* The next sealed WAV of a tenant who wants Opus, that nothing holds. 1, 0, -errno. */
static int next_wav(struct db *db, uint64_t after, struct store_wav *ret_wav)
{
	struct db_statement *st;
	int err = db_prepare(db,
		"SELECT r.id, r.tenant, r.interaction, r.path, r.hash FROM recording AS r JOIN \"setting\" "
		"AS s ON s.tenant = r.tenant LEFT JOIN interaction AS i ON i.id = r.interaction WHERE "
		"r.format = 'wav' AND r.path IS NOT NULL AND r.id > ? AND r.hash IS NOT NULL AND "
		"r.duration_ms IS NOT NULL AND coalesce(r.is_kept, 0) = 0 AND coalesce(i.is_kept, 0) = 0 AND "
		"s.recording_format = 'opus' ORDER BY r.id LIMIT 1",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)after);
	err = db_step(db, st);
	if (err != 1)
		return err;
	struct store_wav w = {.id = (uint64_t)db_int(st, 0),
		.tenant = (uint64_t)db_int(st, 1),
		.interaction = (uint64_t)db_int(st, 2)};
	/* A path that does not fit stays empty: the caller goes past it. */
	str_put(w.path, sizeof(w.path), db_text(st, 3));
	str_put(w.hash, sizeof(w.hash), db_text(st, 4));
	db_reset(st);
	*ret_wav = w;
	return 1;
}

int store_wav_next(struct store_reader *rd, uint64_t after, struct store_wav *ret_wav)
{
	struct store_wav w = {.id = after};
	uint64_t interaction = 0;
	int err = store_reader_follow(rd);

	while (err == 0 && (err = next_wav(&rd->db, w.id, &w)) == 1) {
		int state = look(&rd->db, rd->key, w.tenant, w.id, &interaction);
		err = state < 0 ? state : 0;
		if (state == STATE_FREE && *w.path) {
			*ret_wav = w;
			return 1;
		}
	}
	return err;
}

static int forget_fact(struct db *db)
{
	return db_exec(db, "DELETE FROM fact WHERE key = '" MAKING "'");
}

/* The file of the fact goes, unless a recording has it by now. */
static int run_left_over(struct store *s, struct store_request *rq)
{
	struct db_statement *st;
	int err = db_prepare(&s->db,
		"INSERT INTO file_removal (id, path, created_ms) SELECT ?, value, ? FROM fact WHERE key = "
		"'" MAKING "' AND NOT EXISTS (SELECT 1 FROM recording WHERE path = fact.value AND "
		"recording.id = ?)",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)id_new());
	db_bind_int(st, 2, clock_wall_ms());
	db_bind_int(st, 3, (int64_t)rq->id);
	err = db_run(&s->db, st);
	return err < 0 ? err : forget_fact(&s->db);
}

/* The recording a file is of: its name says so. 0: none. */
static uint64_t recording_of(const char *path)
{
	const char *name = strrchr(path, '/');
	char text[ID_TEXT_SIZE];
	uint64_t id = 0;

	name = name ? name + 1 : path;
	size_t n = strcspn(name, ".");
	if (n >= sizeof(text))
		return 0;
	str_put_n(text, sizeof(text), name, n);
	return id_parse(text, &id) < 0 ? 0 : id;
}

int store_compress_left_over(struct store *s, struct store_reader *rd)
{
	char path[STORE_RECORDING_PATH_MAX];
	struct store_request rq = {.run = run_left_over};
	int64_t left = 0;
	int err = store_fact_get(rd, MAKING, path, sizeof(path));

	if (err != 0)
		return err < 0 ? err : 0; /* nothing was being made */
	rq.id = recording_of(path);
	err = writer_ask(s, &rq);
	return err < 0 ? err : removal_run(s, INT32_MAX, &left);
}

int store_compress_begin(struct store *s, const char *path)
{
	return store_fact_set(s, MAKING, path);
}

static int run_done(struct store *s, struct store_request *rq)
{
	const struct store_compressed *c = rq->arg;
	uint64_t interaction = 0;
	int64_t one = 0;
	int state = look(&s->db, s->key, c->wav.tenant, c->wav.id, &interaction), err;

	if (state < 0)
		return state;
	err = state == STATE_FREE
		      ? db_read_int(&s->db, &one, "SELECT 1 FROM recording WHERE id = ? AND format = 'wav'",
				1, (int64_t)c->wav.id)
		      : 0;
	if (err != 1) /* deleted, erased or held meanwhile */
		return err < 0 ? err : run_left_over(s, rq);
	rq->if_version = true;
	rq->event = pending_new(&(struct event){.type = EVENT_RECORDING_SEALED,
		.at_ms = clock_wall_ms(),
		.tenant = c->wav.tenant,
		.interaction = c->wav.interaction,
		.ref = c->wav.id,
		.number = c->bytes,
		.name = "opus",
		.text = c->hash});
	return rq->event ? forget_fact(&s->db) : -ENOMEM;
}

int store_compress_done(struct store *s, const struct store_compressed *c, bool *ret_is_taken)
{
	struct store_request rq = {.run = run_done, .id = c->wav.id, .arg = c};
	int64_t left = 0;
	int err = writer_ask(s, &rq);

	if (err)
		return err;
	*ret_is_taken = rq.if_version;
	/* The file that is not named any more; the keeper tries again. */
	(void)removal_run(s, INT32_MAX, &left);
	return 0;
}

/* See retention.h. Candidates are chosen by a reader, and looked at again by the writer inside its
 * transaction. */
#include "store/people/retention.h"
#include "store/people/recordings.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "store/rows/audit.h"
#include "store/log/log.h"
#include "store/rows/rows.h"

#include <errno.h>
#include <string.h>

#define WALK_EVERY_MS (INT64_C(3600) * 1000)

int retention_read_days(struct db *db, struct retention_days *ret_days, int max)
{
	struct db_statement *st;
	int n = 0, err = db_prepare(db,
			   "SELECT tenant, keep_recordings_days, keep_voicemails_days, keep_texts_days, "
			   "keep_people_days, "
			   "keep_events_days, keep_audit_days FROM \"setting\" ORDER BY tenant LIMIT ?",
			   &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, max);
	while ((err = db_step(db, st)) == 1) {
		struct retention_days *d = &ret_days[n < max ? n++ : max - 1];
		d->tenant = (uint64_t)db_int(st, 0);
		for (int i = 0; i < RETENTION_KINDS; i++)
			d->days[i] = db_int(st, 1 + i);
		d->events = db_int(st, 5);
		d->audit = db_int(st, 6);
	}
	return err < 0 ? err : n;
}

/* --- where a walk over contacts has come to
 * -----------------------------------------------------------------------------------------------------------
 */

#define WALK "retention_walk_"

static void walk_key(const struct retention_step *step, char ret_key[static 64])
{
	char id[ID_TEXT_SIZE];

	str_printf(ret_key, 64, WALK "%d_%s", step->kind, id_text(step->tenant, id));
}

static int read_number(struct db *db, const char *key, int64_t *ret)
{
	struct db_statement *st;
	int err = db_prepare(db, "SELECT CAST(value AS BIGINT) FROM fact WHERE key = ?", &st);

	if (err < 0)
		return err;
	db_bind_text(st, 1, key);
	err = db_step(db, st);
	if (err == 1) {
		*ret = db_int(st, 0);
		db_reset(st);
	}
	return err < 0 ? err : 0;
}

static int write_number(struct db *db, const char *key, int64_t value)
{
	struct db_statement *st;
	char text[24];
	int err = db_prepare(db,
		"INSERT INTO fact (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = "
		"excluded.value",
		&st);

	if (err < 0)
		return err;
	str_printf(text, sizeof(text), "%lld", (long long)value);
	db_bind_text(st, 1, key);
	db_bind_text(st, 2, text);
	return db_run(db, st);
}

int retention_look_again(struct db *db)
{
	return db_exec(db, "DELETE FROM fact WHERE key LIKE '" WALK "%'");
}

/* --- candidates
 * -----------------------------------------------------------------------------------------------------------
 */

struct candidate {
	uint64_t id, interaction, person;
	int64_t started_ms;
};
struct candidates {
	struct candidate at[RETENTION_STEP];
	int n;
	const struct retention_step *step;
};

static const char *const candidate_sql[RETENTION_KINDS] = {
	[RETENTION_RECORDINGS] =
		"SELECT r.id, r.interaction, i.person, r.started_ms FROM recording AS r JOIN interaction AS "
		"i ON i.id = r.interaction LEFT JOIN \"queue\" AS q ON q.id = i.queue WHERE r.kind = 'call' "
		"AND r.path IS NOT NULL AND coalesce(r.is_kept, 0) = 0 AND r.tenant = ?1 AND (r.started_ms, "
		"r.id) > (?2, ?3) AND "
		"r.started_ms "
		"< CASE WHEN coalesce(q.recording_days, 0) > 0 THEN ?6 - q.recording_days * 86400000 ELSE ?4 "
		"END AND i.ended_ms IS NOT NULL AND i.is_kept = 0 ORDER BY r.started_ms, r.id LIMIT ?5",
	[RETENTION_VOICEMAILS] =
		"SELECT r.id, r.interaction, i.person, r.started_ms FROM recording AS r JOIN interaction AS "
		"i ON i.id = r.interaction WHERE r.kind = 'voicemail' AND r.path IS NOT NULL AND "
		"coalesce(r.is_kept, 0) = 0 AND r.tenant = ?1 "
		"AND (r.started_ms, r.id) > (?2, ?3) AND r.started_ms < ?4 AND i.ended_ms IS NOT NULL AND "
		"i.is_kept = 0 ORDER BY r.started_ms, r.id LIMIT ?5",
	[RETENTION_TEXTS] =
		"SELECT id, id, person, started_ms FROM interaction WHERE tenant = ?1 AND (started_ms, id) > "
		"(?2, ?3) AND started_ms < ?4 AND ended_ms IS NOT NULL AND is_kept = 0 AND is_stripped = 0 "
		"ORDER BY started_ms, id LIMIT ?5",
	[RETENTION_PEOPLE] =
		"SELECT id, id, person, started_ms FROM interaction WHERE tenant = ?1 AND (started_ms, id) > "
		"(?2, ?3) AND started_ms < ?4 AND ended_ms IS NOT NULL AND is_kept = 0 AND is_erased = 0 "
		"ORDER BY started_ms, id LIMIT ?5",
};

static int read_candidates(struct db *db, const struct retention_step *step, struct candidates *c)
{
	struct db_statement *st;
	int err = db_prepare(db, candidate_sql[step->kind], &st);

	c->n = 0;
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)step->tenant);
	db_bind_int(st, 2, step->after_ms);
	db_bind_int(st, 3, (int64_t)step->after_id);
	db_bind_int(st, 4, step->before_ms);
	db_bind_int(st, 5, RETENTION_STEP);
	if (step->kind == RETENTION_RECORDINGS)
		db_bind_int(st, 6, step->now_ms);
	while ((err = db_step(db, st)) == 1)
		c->at[c->n++] = (struct candidate){.id = (uint64_t)db_int(st, 0),
			.interaction = (uint64_t)db_int(st, 1),
			.person = (uint64_t)db_int(st, 2),
			.started_ms = db_int(st, 3)};
	return err;
}

/* --- taking the sealed texts out of events
 * -----------------------------------------------------------------------------------------------------------
 */

struct row {
	uint64_t seq;
	char *data;
	size_t n;
};
typedef VEC(struct row) row_list;

static int read_rows(struct db *db, struct db_statement *st, row_list *ret_rows)
{
	int err;

	while ((err = db_step(db, st)) == 1) {
		struct row r = {.seq = (uint64_t)db_int(st, 0), .data = alloc_strdup(db_text(st, 1))};
		r.n = r.data ? strlen(r.data) : 0;
		if (!r.data || VEC_PUSH(ret_rows, r) < 0) {
			alloc_free(r.data);
			db_reset(st);
			return -ENOMEM;
		}
	}
	return err;
}

static int strip_row(struct db *db, const struct row *r)
{
	struct arena arena = {0};
	struct event e = {.seq = r->seq};
	struct db_statement *st;
	int err = event_decode(r->data, r->n, &arena, &e);
	_cleanup_alloc_ char *data = NULL;

	if (err == 0 && e.sealed) {
		e.sealed = NULL; /* the person stays: it says that something was there */
		data = event_encode(&e);
		err = data ? db_prepare(db, "UPDATE event SET data = ? WHERE seq = ?", &st) : -ENOMEM;
		if (err == 0) {
			db_bind_text(st, 1, data);
			db_bind_int(st, 2, (int64_t)r->seq);
			err = db_run(db, st);
		}
	}
	arena_free(&arena);
	return err == -EINVAL ? 0 : err; /* what cannot be read stays for the doctor */
}

/* st: seq and data of the events to strip. */
static int strip(struct db *db, struct db_statement *st)
{
	row_list rows = {0};
	int err = read_rows(db, st, &rows);

	VEC_EACH(&rows, i)
	{
		if (err == 0)
			err = strip_row(db, &rows.at[i]);
		alloc_free(rows.at[i].data);
	}
	VEC_FREE(&rows);
	return err;
}

/* Notes, messages and what rules said; or names, numbers and digits. */
#define TEXT_TYPES "(31, 43, 50, 51, 52)"
#define PEOPLE_TYPES "(10, 13, 14, 20)"
_Static_assert(EVENT_WRAP_UP_ENDED == 31 && EVENT_NOTE_WRITTEN == 43 && EVENT_RULE_FAILED == 50 &&
		       EVENT_RULE_APPLIED == 51 && EVENT_MESSAGE_WRITTEN == 52,
	"the texts");
_Static_assert(EVENT_INTERACTION_STARTED == 10 && EVENT_FLOW_CHOSE == 13 &&
		       EVENT_INTERACTION_TRANSFERRED == 14 && EVENT_SEGMENT_QUEUED == 20 &&
		       EVENT_CONTACT_BLOCKED == 4,
	"the people");

static int strip_events(struct db *db, uint64_t interaction, bool is_texts)
{
	struct db_statement *st;
	int err = db_prepare(db,
		is_texts ? "SELECT seq, data FROM event WHERE interaction = ? AND interaction <> 0 AND type "
			   "IN " TEXT_TYPES
			 : "SELECT seq, data FROM event WHERE interaction = ? AND interaction <> 0 AND type "
			   "IN " PEOPLE_TYPES,
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)interaction);
	return strip(db, st);
}

/* --- the four kinds, inside the writer's transaction
 * -----------------------------------------------------------------------------------------------------------
 */

static int run_list(struct db *db, const char *const *sql, size_t n, uint64_t id)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++)
		err = db_run_ints(db, sql[i], 1, (int64_t)id);
	return err;
}

/* The event takes the file away (log/fold.c). */
static int remove_recording(struct store *s, struct store_request *rq, const struct candidate *c)
{
	int64_t one = 0;
	int err = db_read_int(&s->db, &one,
		"SELECT 1 FROM recording WHERE id = ? AND path IS NOT NULL AND coalesce(is_kept, 0) = 0", 1,
		(int64_t)c->id);

	return err <= 0 ? err : recording_tell_deleted(rq, c->id, c->interaction, "retention");
}

static int remove_texts(struct db *db, const struct candidate *c)
{
	static const char *const sql[] = {
		"UPDATE segment SET notes = NULL WHERE interaction = ? AND notes IS NOT NULL",
		"UPDATE note SET text = NULL WHERE interaction = ? AND text IS NOT NULL",
		"UPDATE message SET text = NULL WHERE interaction = ? AND text IS NOT NULL",
		"UPDATE interaction SET is_stripped = 1 WHERE id = ?",
	};
	int err = strip_events(db, c->interaction, true);

	return err < 0 ? err : run_list(db, sql, sizeof(sql) / sizeof(sql[0]), c->interaction);
}

/* Whether a customer is known by the address of this contact. 1, 0, -errno. */
static int has_customer(struct store *s, uint64_t tenant, uint64_t interaction)
{
	struct who w;
	int err = who_of_contact(&s->db, s->key, tenant, interaction, &w);

	if (err <= 0)
		return err;
	err = w.customers.len > 0;
	who_free(&w);
	return err;
}

static int remove_person(struct store *s, struct store_request *rq, const struct candidate *c, int64_t now_ms)
{
	int64_t others = 0;
	int known = has_customer(s, rq->tenant, c->interaction);
	int err = known < 0 ? known : strip_events(&s->db, c->interaction, false);

	if (err == 0)
		err = db_run_ints(&s->db,
			"UPDATE interaction SET from_number = CASE direction WHEN 'outbound' THEN "
			"from_number END, "
			"to_number = CASE direction WHEN 'outbound' THEN NULL ELSE to_number END, name = "
			"NULL, "
			"number_key = NULL, chosen = '[]', is_erased = 1 WHERE id = ?",
			1, (int64_t)c->interaction);
	if (err < 0 || known || !c->person)
		return err;
	/* The last contact of somebody who is no customer: the key goes, too. */
	err = db_read_int(&s->db, &others,
		"SELECT count(*) FROM interaction WHERE person = ? AND is_erased = 0", 1, (int64_t)c->person);
	if (err < 0 || others > 0)
		return err < 0 ? err : 0;
	err = erase_key(&s->db, c->person, now_ms);
	return err < 0 ? err : erase_tell(rq, c->person, 0, "retention", now_ms);
}

/* Still ended and not held, now that nothing can change any more? 1, 0, -errno. */
static int may_go(struct db *db, uint64_t interaction)
{
	int64_t one = 0;

	return db_read_int(db, &one,
		"SELECT 1 FROM interaction WHERE id = ? AND ended_ms IS NOT NULL AND is_kept = 0", 1,
		(int64_t)interaction);
}

static int remove_one(struct store *s, struct store_request *rq, const struct candidates *c, int i)
{
	int err = may_go(&s->db, c->at[i].interaction);

	if (err <= 0)
		return err;
	switch (c->step->kind) {
	case RETENTION_RECORDINGS:
	case RETENTION_VOICEMAILS:
		return remove_recording(s, rq, &c->at[i]);
	case RETENTION_TEXTS:
		return remove_texts(&s->db, &c->at[i]);
	case RETENTION_PEOPLE:
		return remove_person(s, rq, &c->at[i], c->at[i].started_ms);
	}
	return -EINVAL;
}

/* Everything before it is done: up to the last candidate, or all of it; but not beyond a contact that is
 * still open, nor into the millisecond of the last one, in which others may have begun. */
static int write_walk(struct db *db, const struct candidates *c)
{
	int64_t done = c->n == RETENTION_STEP ? c->at[c->n - 1].started_ms : c->step->before_ms,
		open = INT64_MAX;
	char key[64];
	int err = db_read_int(db, &open,
		"SELECT coalesce(min(started_ms), 9223372036854775807) FROM interaction WHERE ended_ms IS "
		"NULL AND tenant "
		"= ?",
		1, (int64_t)c->step->tenant);

	if (err < 0)
		return err;
	walk_key(c->step, key);
	return write_number(db, key, (open < done ? open : done) - 1);
}

static int run_step(struct store *s, struct store_request *rq)
{
	const struct candidates *c = rq->arg;
	int err = 0;

	for (int i = 0; i < c->n && err == 0; i++) {
		if (map_get(c->step->held, c->at[i].person))
			continue;
		err = remove_one(s, rq, c, i);
		rq->if_version++;
	}
	if (err == 0 && c->step->kind >= RETENTION_TEXTS)
		err = write_walk(&s->db, c);
	person_forget(s);
	return err;
}

int retention_step(struct store *s, struct store_reader *rd, struct retention_step *step)
{
	struct candidates c = {.step = step};
	char key[64];
	int err = 0;

	step->removed = 0;
	if (!step->after_id && step->kind >= RETENTION_TEXTS) {
		walk_key(step, key);
		err = read_number(&rd->db, key, &step->after_ms);
	}
	if (err == 0)
		err = read_candidates(&rd->db, step, &c);
	/* With nothing to remove, how far all is done is written down now and then only. */
	if (err < 0 || (c.n == 0 && (step->kind < RETENTION_TEXTS ||
					    step->after_ms > step->before_ms - WALK_EVERY_MS)))
		return err;
	struct store_request rq = {.run = run_step, .arg = &c, .tenant = step->tenant};
	err = writer_ask(s, &rq);
	if (err < 0)
		return err;
	step->after_ms = c.n ? c.at[c.n - 1].started_ms : step->before_ms;
	step->after_id = c.n ? c.at[c.n - 1].id : 1;
	step->removed = rq.if_version;
	return c.n == RETENTION_STEP;
}

/* --- refused contacts
 * -----------------------------------------------------------------------------------------------------------
 */

#define BLOCKED WALK "blocked"

static int run_blocked(struct store *s, struct store_request *rq)
{
	struct db_statement *st;
	int err = db_prepare(&s->db,
		"SELECT seq, data FROM event WHERE seq > ? AND seq <= ? AND type = 4 ORDER BY seq", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)rq->id);
	db_bind_int(st, 2, rq->if_version);
	err = strip(&s->db, st);
	return err < 0 ? err : write_number(&s->db, BLOCKED, rq->if_version);
}

int retention_step_blocked(struct store *s, struct store_reader *rd, int64_t before_ms)
{
	int64_t after = 0, first = 0;
	uint64_t end = store_seq_at(rd, before_ms);
	int err = read_number(&rd->db, BLOCKED, &after);

	if (err == 0)
		err = db_read_int(&rd->db, &first, "SELECT coalesce(min(seq), 0) FROM event", 0);
	if (err < 0)
		return err;
	after = after < first - 1 ? first - 1 : after;
	if (end == 0 || (int64_t)end <= after + 1)
		return 0;
	struct store_request rq = {.run = run_blocked, .id = (uint64_t)after};
	rq.if_version =
		after + RETENTION_EVENTS < (int64_t)end - 1 ? after + RETENTION_EVENTS : (int64_t)end - 1;
	err = writer_ask(s, &rq);
	return err < 0 ? err : rq.if_version < (int64_t)end - 1;
}

/* --- audit and archives
 * -----------------------------------------------------------------------------------------------------------
 */

static int run_forget_audit(struct store *s, struct store_request *rq)
{
	int64_t last = 0;
	int err = db_read_int(&s->db, &last, "SELECT coalesce(max(id), 0) FROM audit WHERE at_ms < ?", 1,
		(int64_t)rq->if_version);

	if (err == 1)
		err = db_read_int(
			&s->db, &rq->expires_ms, "SELECT count(*) FROM audit WHERE id <= ?", 1, last);
	if (err < 0)
		return err;
	return last > 0 ? audit_forget(&s->db, last) : 0;
}

int retention_forget_audit(struct store *s, int64_t before_ms, int64_t *ret_n)
{
	struct store_request rq = {.run = run_forget_audit, .if_version = before_ms};
	int err = writer_ask(s, &rq);

	if (err == 0)
		*ret_n = rq.expires_ms;
	return err;
}

int retention_is_held(struct db *db, int64_t first_ms, int64_t last_ms)
{
	int64_t n = 0;
	int err = db_read_int(db, &n,
		"SELECT count(*) FROM interaction WHERE is_kept <> 0 AND started_ms <= ? AND "
		"coalesce(ended_ms, "
		"started_ms) >= ?",
		2, last_ms, first_ms);

	return err < 0 ? err : n > 0;
}

int64_t retention_archive_limit(struct db *db, int64_t now_ms)
{
	struct retention_days days[8];
	int64_t limit = INT64_MAX;
	int n = retention_read_days(db, days, 8);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		for (int k = RETENTION_TEXTS; k < RETENTION_KINDS; k++) {
			struct retention_step step = {
				.kind = (enum retention_kind)k, .tenant = days[i].tenant};
			int64_t done = 0;
			char key[64];
			if (!days[i].days[k])
				continue;
			walk_key(&step, key);
			int err = read_number(db, key, &done);
			if (err < 0)
				return err;
			limit = done < limit ? done : limit;
		}
	return limit < now_ms ? limit : limit == INT64_MAX ? limit : now_ms;
}

/* Events from before there were seals, sealed in place: same numbers, same figures. Some thousands in a
 * transaction between those of the running centre; can be cut off anywhere, and goes on where it was. */
#include "base/alloc.h"
#include "base/str.h"
#include "store/people/erase.h"

#include <errno.h>
#include <string.h>

#define PLAIN "people_plain_seq"
#define SEALED "people_sealed_seq"

struct old {
	uint64_t seq, interaction;
	int64_t at_ms;
	enum event_type type;
	char *data;
	size_t n;
};
typedef VEC(struct old) olds;

static int64_t read_fact(struct db *db, const char *sql)
{
	int64_t n = 0;
	int err = db_read_int(db, &n, sql, 0);

	return err < 0 ? err : n;
}

static int64_t plain_up_to(struct db *db)
{
	return read_fact(db, "SELECT CAST(value AS BIGINT) FROM fact WHERE key = '" PLAIN "'");
}

static int64_t sealed_so_far(struct db *db)
{
	return read_fact(db, "SELECT CAST(value AS BIGINT) FROM fact WHERE key = '" SEALED "'");
}

int64_t person_sealed_up_to(struct db *db)
{
	int64_t plain = plain_up_to(db), sealed = plain < 0 ? plain : sealed_so_far(db);

	return sealed < 0 ? sealed : sealed >= plain ? INT64_MAX : sealed;
}

static int set_sealed(struct db *db, int64_t seq)
{
	char text[24];
	struct db_statement *st;
	int err = db_prepare(db,
		"INSERT INTO fact (key, value) VALUES ('" SEALED
		"', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		&st);

	if (err < 0)
		return err;
	str_printf(text, sizeof(text), "%lld", (long long)seq);
	db_bind_text(st, 1, text);
	return db_run(db, st);
}

static int read_some(struct db *db, int64_t after, int64_t up_to, olds *ret_olds)
{
	struct db_statement *st;
	int err = db_prepare(db,
		"SELECT seq, at_ms, type, interaction, data FROM event WHERE seq > ? AND seq <= ? ORDER BY "
		"seq LIMIT "
		"?",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, after);
	db_bind_int(st, 2, up_to);
	db_bind_int(st, 3, PERSON_SEAL_ROWS);
	while ((err = db_step(db, st)) == 1) {
		struct old o = {.seq = (uint64_t)db_int(st, 0),
			.at_ms = db_int(st, 1),
			.type = (enum event_type)db_int(st, 2),
			.interaction = (uint64_t)db_int(st, 3)};
		const char *data = db_text(st, 4);
		o.n = data ? db_bytes(st, 4) : 0;
		o.data = event_personal_texts(o.type) ? alloc_strdup(data ? data : "") : NULL;
		if ((event_personal_texts(o.type) && !o.data) || VEC_PUSH(ret_olds, o) < 0) {
			alloc_free(o.data);
			db_reset(st);
			return -ENOMEM;
		}
	}
	return err;
}

static int set_data(struct db *db, const struct old *o, const char *data)
{
	struct db_statement *st;
	int err = db_prepare(db, "UPDATE event SET data = ? WHERE seq = ?", &st);

	if (err < 0)
		return err;
	db_bind_text(st, 1, data);
	db_bind_int(st, 2, (int64_t)o->seq);
	return db_run(db, st);
}

/* One event; one that cannot be read, or is sealed already, stays as it is. */
static int seal_one(struct store *s, const struct old *o)
{
	struct arena arena = {0};
	_cleanup_alloc_ char *data = NULL;
	struct pending p = {.e = {.seq = o->seq, .at_ms = o->at_ms, .type = o->type}};

	if (!o->data)
		return 0;
	int err = event_decode(o->data, o->n, &arena, &p.e);
	if (err == 0 && !p.e.person)
		err = person_seal_event(s, &p, &data);
	if (err == 0 && data)
		err = set_data(&s->db, o, data);
	if (err == 0 && data && o->type == EVENT_INTERACTION_STARTED)
		err = db_run_ints(&s->db, "UPDATE interaction SET person = ? WHERE id = ? AND person IS NULL",
			2, (int64_t)p.e.person, (int64_t)o->interaction);
	arena_free(&arena);
	return err == -EINVAL ? 0 : err;
}

/* rq->if_version: 1 when there are more. */
static int run_seal(struct store *s, struct store_request *rq)
{
	int64_t plain = plain_up_to(&s->db), after = plain < 0 ? plain : sealed_so_far(&s->db);
	olds some = {0};

	rq->if_version = 0;
	if (after < 0 || after >= plain)
		return after < 0 ? (int)after : 0;
	int err = read_some(&s->db, after, plain, &some);
	VEC_EACH(&some, i)
	{
		if (err == 0)
			err = seal_one(s, &some.at[i]);
		alloc_free(some.at[i].data);
	}
	if (err == 0) {
		rq->if_version = some.len == PERSON_SEAL_ROWS;
		err = set_sealed(&s->db, rq->if_version ? (int64_t)some.at[some.len - 1].seq : plain);
	}
	VEC_FREE(&some);
	return err;
}

int person_seal_old(struct store *s)
{
	struct store_request rq = {.run = run_seal};
	int err = writer_ask(s, &rq);

	return err < 0 ? err : (int)rq.if_version;
}

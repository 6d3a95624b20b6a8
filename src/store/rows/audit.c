/* See audit.h. The hash of a row: BLAKE2b-256 over the hash before it, then its fields in the order of
 * audit_entry with numbers as eight bytes (little-endian) and texts as length and bytes (NULL: length
 * 2^64 - 1); before and after by their own hashes. */
#include "store/rows/audit.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/log.h"
#include "base/str.h"
#include "store/store.h"
#include "store/write/writer.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HASH_BYTES 32
#define CHAIN_ROWS 5000 /* of old rows in one transaction */
#define ANCHOR "audit_anchor"
#define CHAINED "audit_chained" /* the fact that there are no old rows any more */

typedef crypto_generichash_state hashing;

static void add_number(hashing *h, uint64_t n)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(n >> 8 * i);
	crypto_generichash_update(h, bytes, sizeof(bytes));
}

static void add_text(hashing *h, const char *s)
{
	add_number(h, s ? strlen(s) : UINT64_MAX);
	if (s)
		crypto_generichash_update(h, (const unsigned char *)s, strlen(s));
}

static void finish(hashing *h, char ret_hash[static AUDIT_HASH_SIZE])
{
	unsigned char bytes[HASH_BYTES];

	crypto_generichash_final(h, bytes, sizeof(bytes));
	sodium_bin2hex(ret_hash, AUDIT_HASH_SIZE, bytes, sizeof(bytes));
}

/* Of a text of before or after; NULL has a hash of its own. */
static void hash_text(const char *s, char ret_hash[static AUDIT_HASH_SIZE])
{
	hashing h;

	crypto_generichash_init(&h, NULL, 0, HASH_BYTES);
	add_text(&h, s);
	finish(&h, ret_hash);
}

static void hash_row(const struct audit_entry *e, int64_t id, const char *before_hash, const char *after_hash,
	const char *previous, char ret_hash[static AUDIT_HASH_SIZE])
{
	hashing h;

	crypto_generichash_init(&h, NULL, 0, HASH_BYTES);
	add_text(&h, previous);
	add_number(&h, (uint64_t)id);
	add_number(&h, e->tenant);
	add_number(&h, (uint64_t)e->at_ms);
	add_number(&h, e->user);
	add_text(&h, e->address);
	add_text(&h, e->agent);
	add_text(&h, e->resource);
	add_number(&h, e->row);
	add_text(&h, e->action);
	add_text(&h, before_hash);
	add_text(&h, after_hash);
	finish(&h, ret_hash);
}

/* The last row forgotten: "id hash". Nothing was ever forgotten: id 0 and no hash. */
static int read_anchor(struct db *db, struct audit_mark *ret_mark)
{
	struct db_statement *st;
	int err = db_prepare(db, "SELECT value FROM fact WHERE key = '" ANCHOR "'", &st);

	*ret_mark = (struct audit_mark){0};
	if (err == 0)
		err = db_step(db, st);
	if (err == 1) {
		const char *text = db_text(st, 0), *space = text ? strchr(text, ' ') : NULL;
		if (space) {
			ret_mark->id = strtoll(text, NULL, 10);
			str_put(ret_mark->hash, sizeof(ret_mark->hash), space + 1);
		}
		db_reset(st);
	}
	return err < 0 ? err : 0;
}

static int write_anchor(struct db *db, const struct audit_mark *mark)
{
	struct db_statement *st;
	char text[AUDIT_HASH_SIZE + 24];
	int err = db_prepare(db,
		"INSERT INTO fact (key, value) VALUES ('" ANCHOR
		"', ?) ON CONFLICT (key) DO UPDATE SET value = "
		"excluded.value",
		&st);

	if (err < 0)
		return err;
	str_printf(text, sizeof(text), "%lld %s", (long long)mark->id, mark->hash);
	db_bind_text(st, 1, text);
	return db_run(db, st);
}

/* The chained row with the highest number up to `up_to`. 1, 0 (none), -errno. */
static int read_mark(struct db *db, int64_t up_to, struct audit_mark *ret_mark)
{
	struct db_statement *st;
	int err = db_prepare(db,
		"SELECT id, hash FROM audit WHERE id <= ? AND hash IS NOT NULL ORDER BY id DESC LIMIT 1",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, up_to);
	err = db_step(db, st);
	if (err == 1) {
		ret_mark->id = db_int(st, 0);
		str_put(ret_mark->hash, sizeof(ret_mark->hash), db_text(st, 1));
		db_reset(st);
	}
	return err;
}

static int read_head(struct db *db, struct audit_mark *ret_head)
{
	int err = read_mark(db, INT64_MAX, ret_head);

	return err == 0 ? read_anchor(db, ret_head) : err < 0 ? err : 0;
}

int audit_write(struct db *db, const struct audit_entry *e, struct audit_mark *ret_mark)
{
	char before[AUDIT_HASH_SIZE], after[AUDIT_HASH_SIZE];
	struct audit_mark head = {0}, mark;
	struct db_statement *st;
	int err = read_head(db, &head);

	if (err == 0)
		err = db_prepare(db,
			"INSERT INTO audit (id, tenant, at_ms, \"user\", address, agent, resource, \"row\", "
			"action, before, after, before_hash, after_hash, hash) "
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			&st);
	if (err < 0)
		return err;
	mark.id = head.id + 1;
	hash_text(e->before, before);
	hash_text(e->after, after);
	hash_row(e, mark.id, before, after, head.id ? head.hash : "", mark.hash);
	db_bind_int(st, 1, mark.id);
	db_bind_int(st, 2, (int64_t)e->tenant);
	db_bind_int(st, 3, e->at_ms);
	db_bind_id(st, 4, e->user);
	db_bind_text(st, 5, e->address);
	db_bind_text(st, 6, e->agent);
	db_bind_text(st, 7, e->resource);
	db_bind_int(st, 8, (int64_t)e->row);
	db_bind_text(st, 9, e->action);
	db_bind_text(st, 10, e->before);
	db_bind_text(st, 11, e->after);
	db_bind_text(st, 12, before);
	db_bind_text(st, 13, after);
	db_bind_text(st, 14, mark.hash);
	err = db_run(db, st);
	if (err == 0 && ret_mark)
		*ret_mark = mark;
	return err;
}

int audit_blank(struct db *db, int64_t id)
{
	return db_run_ints(db, "UPDATE audit SET before = NULL, after = NULL WHERE id = ?", 1, id);
}

int audit_forget(struct db *db, int64_t up_to_id)
{
	struct audit_mark last = {0};
	int err = read_mark(db, up_to_id, &last);

	if (err <= 0)
		return err;
	err = write_anchor(db, &last);
	return err < 0 ? err : db_run_ints(db, "DELETE FROM audit WHERE id <= ?", 1, last.id);
}

/* --- reading rows back
 * ------------------------------------------------------------------------------------------------- */

#define ROW_SQL                                                                                              \
	"SELECT id, tenant, at_ms, \"user\", address, agent, resource, \"row\", action, before, after, "     \
	"before_hash, after_hash, hash FROM audit "

static struct audit_entry entry_of(struct db_statement *st)
{
	return (struct audit_entry){.tenant = (uint64_t)db_int(st, 1),
		.at_ms = db_int(st, 2),
		.user = (uint64_t)db_int(st, 3),
		.address = db_text(st, 4),
		.agent = db_text(st, 5),
		.resource = db_text(st, 6),
		.row = (uint64_t)db_int(st, 7),
		.action = db_text(st, 8),
		.before = db_text(st, 9),
		.after = db_text(st, 10)};
}

struct link { /* what an old row gets */
	int64_t id;
	char before[AUDIT_HASH_SIZE], after[AUDIT_HASH_SIZE], hash[AUDIT_HASH_SIZE];
};

static int set_link(struct db *db, const struct link *l)
{
	struct db_statement *st;
	int err = db_prepare(
		db, "UPDATE audit SET before_hash = ?, after_hash = ?, hash = ? WHERE id = ?", &st);

	if (err < 0)
		return err;
	db_bind_text(st, 1, l->before);
	db_bind_text(st, 2, l->after);
	db_bind_text(st, 3, l->hash);
	db_bind_int(st, 4, l->id);
	return db_run(db, st);
}

/* Chains the next old rows, inside a transaction; *ret_n of them. */
static int chain_some(struct db *db, struct link *links, int *ret_n)
{
	struct audit_mark head = {0};
	struct db_statement *st;
	int n = 0, err = read_head(db, &head);

	if (err == 0)
		err = db_prepare(db, ROW_SQL "WHERE hash IS NULL ORDER BY id LIMIT ?", &st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, CHAIN_ROWS);
	while ((err = db_step(db, st)) == 1) {
		struct audit_entry e = entry_of(st);
		struct link *l = &links[n];
		l->id = db_int(st, 0);
		hash_text(e.before, l->before);
		hash_text(e.after, l->after);
		hash_row(&e, l->id, l->before, l->after,
			n	  ? links[n - 1].hash
			: head.id ? head.hash
				  : "",
			l->hash);
		n++;
	}
	for (int i = 0; i < n && err == 0; i++)
		err = set_link(db, &links[i]);
	*ret_n = n;
	return err;
}

int audit_chain_old(struct db *db)
{
	int64_t one = 0;
	int n = CHAIN_ROWS, err = db_read_int(db, &one, "SELECT 1 FROM fact WHERE key = '" CHAINED "'", 0);

	if (err != 0)
		return err < 0 ? err : 0;
	struct link *links = alloc_zero(CHAIN_ROWS * sizeof(*links));
	err = links ? 0 : -ENOMEM;
	while (err == 0 && n == CHAIN_ROWS) {
		err = db_begin(db);
		if (err == 0)
			err = chain_some(db, links, &n);
		/* From then on a row without a hash is none of ours. */
		if (err == 0 && n < CHAIN_ROWS)
			err = db_exec(db, "INSERT INTO fact (key, value) VALUES ('" CHAINED "', '1')");
		if (err == 0)
			err = db_commit(db);
		if (err < 0)
			db_rollback(db);
	}
	alloc_free(links);
	return err;
}

/* What is wrong with a row after `previous`, or NULL. */
static const char *fault_of(struct db_statement *st, const struct audit_mark *previous)
{
	struct audit_entry e = entry_of(st);
	const char *before = db_text(st, 11), *after = db_text(st, 12), *hash = db_text(st, 13);
	char wanted[AUDIT_HASH_SIZE];
	int64_t id = db_int(st, 0);

	if (!before || !after || !hash)
		return "it was written past the program: it has no hash";
	if (id != previous->id + 1 && previous->id)
		return "rows before it are missing";
	hash_row(&e, id, before, after, previous->id ? previous->hash : "", wanted);
	if (!str_equal(wanted, hash))
		return "it was changed, or a row before it was";
	hash_text(e.before, wanted);
	if (e.before && !str_equal(wanted, before))
		return "what it says of before was changed";
	hash_text(e.after, wanted);
	return e.after && !str_equal(wanted, after) ? "what it says of after was changed" : NULL;
}

static bool is_blanked(struct db_statement *st)
{
	char none[AUDIT_HASH_SIZE];

	hash_text(NULL, none);
	return (db_is_null(st, 9) && !str_equal(db_text(st, 11), none)) ||
	       (db_is_null(st, 10) && !str_equal(db_text(st, 12), none));
}

/* One row: the verdict's figures and the next `previous`. */
static void look_at(struct db_statement *st, struct audit_mark *previous, struct audit_verdict *v)
{
	const char *fault = v->broken_id ? NULL : fault_of(st, previous);

	if (fault) {
		v->broken_id = db_int(st, 0);
		str_put(v->why, sizeof(v->why), fault);
	}
	v->first_id = v->first_id ? v->first_id : db_int(st, 0);
	v->blanked += is_blanked(st);
	v->rows++;
	previous->id = db_int(st, 0);
	str_put(previous->hash, sizeof(previous->hash), db_text(st, 13));
}

int audit_verify(struct db *db, struct audit_verdict *ret_verdict)
{
	struct audit_verdict v = {0};
	struct audit_mark previous;
	struct db_statement *st;
	int64_t n = CHAIN_ROWS;
	int err = read_anchor(db, &previous);

	while (err == 0 && n == CHAIN_ROWS) { /* by pages: no long reading transaction */
		err = db_prepare(db, ROW_SQL "WHERE id > ? ORDER BY id LIMIT ?", &st);
		if (err < 0)
			return err;
		db_bind_int(st, 1, previous.id);
		db_bind_int(st, 2, CHAIN_ROWS);
		for (n = 0; (err = db_step(db, st)) == 1; n++)
			look_at(st, &previous, &v);
	}
	if (err < 0)
		return err;
	v.head = previous;
	*ret_verdict = v;
	return 0;
}

int audit_fits(struct db *db, const struct audit_mark *mark)
{
	struct audit_mark anchor, found = {0};
	int err = read_anchor(db, &anchor);

	if (err < 0)
		return err;
	if (mark->id <= anchor.id)
		return 1;
	err = read_mark(db, mark->id, &found);
	return err < 0 ? err : err == 1 && found.id == mark->id && str_equal(found.hash, mark->hash);
}

/* --- entries beside changes of rows
 * -------------------------------------------------------------------------------- */

int audit_write_by(
	struct db *db, const struct store_actor *actor, struct audit_entry *e, struct audit_mark *ret_mark)
{
	static const struct store_actor nobody = {0};
	const struct store_actor *a = actor ? actor : &nobody;

	e->at_ms = clock_wall_ms();
	e->user = a->user;
	e->address = *a->address ? a->address : NULL;
	e->agent = *a->agent ? a->agent : NULL;
	return audit_write(db, e, ret_mark);
}

static int run_note(struct store *s, struct store_request *rq)
{
	char *details = rq->value ? jsonx_dump(rq->value) : NULL;
	struct audit_entry e = {.tenant = rq->tenant,
		.resource = rq->text[0],
		.row = rq->id,
		.action = rq->text[1],
		.after = details};
	int err = rq->value && !details ? -ENOMEM : audit_write_by(&s->db, rq->actor, &e, NULL);

	free(details);
	return err;
}

int store_note_audit(struct store *s, const struct store_actor *actor, const char *action,
	const char *resource, uint64_t row, const json_t *details)
{
	struct store_request rq = {.run = run_note,
		.actor = actor,
		.tenant = actor->tenant ? actor->tenant : 1,
		.id = row,
		.value = details,
		.text = {resource, action}};

	return writer_ask(s, &rq);
}

/* What there is of a person, in figures and as a whole; see store.h. A person's contacts are read page by
 * page, each in a look of its own: one erased meanwhile is simply not there any more. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/rows/rows.h"
#include "store/people/who.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE 200

#define CONTACTS_SQL "SELECT count(*) FROM interaction WHERE person = ?"
#define OPEN_SQL "SELECT count(*) FROM interaction WHERE person = ? AND ended_ms IS NULL"
#define KEPT_SQL "SELECT count(*) FROM interaction WHERE person = ? AND is_kept <> 0"
#define RECORDINGS_SQL                                                                                       \
	"SELECT count(*) FROM recording AS r JOIN interaction AS i ON i.id = r.interaction WHERE i.person "  \
	"= ? AND "                                                                                           \
	"r.path IS NOT NULL"

static json_t *customers_json(const struct who *w)
{
	json_t *list = json_array();

	VEC_EACH(&w->customers, i)
	json_array_append(list, w->customers.at[i]);
	return list;
}

static json_t *addresses_json(const struct who *w)
{
	json_t *list = json_array();

	VEC_EACH(&w->addresses, i)
	json_array_append_new(list, json_string(w->addresses.at[i]));
	return list;
}

static bool is_kept(const struct who *w, int64_t contacts_kept)
{
	bool kept = contacts_kept > 0;

	VEC_EACH(&w->customers, i)
	kept |= jsonx_bool(w->customers.at[i], "is_kept", false);
	return kept;
}

int store_person_find(struct store_reader *rd, const struct store_person_query *q, json_t **ret_found)
{
	int64_t contacts = 0, open = 0, kept = 0, recordings = 0, sealed = person_sealed_up_to(&rd->db);
	struct who w;
	int err = who_collect(&rd->db, rd->key, q, &w);

	if (err == 0 && sealed < 0)
		err = (int)sealed;
	if (err == 0)
		err = who_sum(&rd->db, &w, CONTACTS_SQL, &contacts);
	if (err == 0)
		err = who_sum(&rd->db, &w, OPEN_SQL, &open);
	if (err == 0)
		err = who_sum(&rd->db, &w, KEPT_SQL, &kept);
	if (err == 0)
		err = who_sum(&rd->db, &w, RECORDINGS_SQL, &recordings);
	if (err == 0) {
		_cleanup_json_ json_t *found = json_pack("{s:o,s:o,s:I,s:I,s:I,s:b,s:b,s:b,s:b}", "customers",
			customers_json(&w), "addresses", addresses_json(&w), "persons",
			(json_int_t)w.persons.len, "contacts", (json_int_t)contacts, "recordings",
			(json_int_t)recordings, "is_open", open > 0, "is_kept", is_kept(&w, kept),
			"is_shared", w.is_ambiguous || w.shared_with, "is_complete", sealed == INT64_MAX);
		err = found ? 0 : -ENOMEM;
		if (err == 0)
			*ret_found = TAKE_PTR(found);
	}
	who_free(&w);
	return err;
}

/* --- the whole
 * -----------------------------------------------------------------------------------------------------------
 */

struct export
{
	struct store_reader *rd;
	uint64_t tenant;
	store_person_writer *write;
	void *arg;
	int64_t contacts;
};

static int put(struct export *x, const char *text)
{
	return x->write(text, strlen(text), x->arg) ? 0 : -ECANCELED;
}

static int put_json(struct export *x, const json_t *value)
{
	char *text = jsonx_dump(value);
	int err = text ? put(x, text) : -ENOMEM;

	free(text);
	return err;
}

static int put_contact(struct export *x, uint64_t id)
{
	_cleanup_json_ json_t *whole = NULL;
	int err = store_interaction(x->rd, x->tenant, id, &whole);

	if (err) /* erased or removed since the page was read: not there */
		return err == STORE_NOT_FOUND ? 0 : err;
	err = put(x, x->contacts ? ",\n" : "\n");
	if (err == 0)
		err = put_json(x, whole);
	x->contacts += err == 0;
	return err;
}

typedef struct {
	uint64_t at[PAGE];
	int n;
} page;

/* Ids of the person's contacts after `after`. */
static int read_page(struct db *db, uint64_t person, uint64_t after, page *ret_page)
{
	struct db_statement *st;
	int err = db_prepare(
		db, "SELECT id FROM interaction WHERE person = ? AND id > ? ORDER BY id LIMIT ?", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)person);
	db_bind_int(st, 2, (int64_t)after);
	db_bind_int(st, 3, PAGE);
	ret_page->n = 0;
	while ((err = db_step(db, st)) == 1)
		if (ret_page->n < PAGE)
			ret_page->at[ret_page->n++] = (uint64_t)db_int(st, 0);
	return err;
}

static int put_contacts(struct export *x, uint64_t person)
{
	page p = {.n = PAGE};
	uint64_t after = 0;
	int err = 0;

	while (err == 0 && p.n == PAGE) {
		err = read_page(&x->rd->db, person, after, &p);
		for (int i = 0; i < p.n && err == 0; i++)
			err = put_contact(x, p.at[i]);
		after = p.n ? p.at[p.n - 1] : after;
	}
	return err;
}

static int put_head(struct export *x, const struct who *w)
{
	_cleanup_json_ json_t *head = json_pack("{s:s,s:i,s:I,s:o,s:o}", "format", "markaz.person", "version",
		1, "made_at", (json_int_t)clock_wall_ms(), "addresses", addresses_json(w), "customers",
		customers_json(w));
	char *text = head ? jsonx_dump(head) : NULL;
	size_t n = text ? strlen(text) : 0;
	int err = n < 2				  ? -ENOMEM
		  : x->write(text, n - 1, x->arg) ? 0
						  : -ECANCELED; /* without its last brace */

	free(text);
	return err == 0 ? put(x, ",\"contacts\":[") : err;
}

int store_person_export(struct store_reader *rd, const struct store_person_query *q,
	store_person_writer *write, void *arg, int64_t *ret_contacts)
{
	struct export x = {.rd = rd, .tenant = q->tenant ? q->tenant : 1, .write = write, .arg = arg};
	struct who w;
	int err = who_collect(&rd->db, rd->key, q, &w);

	if (err == 0 && w.customers.len == 0 && w.persons.len == 0)
		err = STORE_NOT_FOUND;
	if (err == 0)
		err = put_head(&x, &w);
	for (size_t i = 0; i < w.persons.len && err == 0; i++)
		err = put_contacts(&x, w.persons.at[i]);
	if (err == 0)
		err = put(&x, "\n]}\n");
	if (err == 0)
		*ret_contacts = x.contacts;
	who_free(&w);
	return err;
}

/* See erase.h and store.h. The order inside the transaction does not matter to anybody outside; after the
 * commit the files of recordings follow, from a table that survives a crash. */
#include "store/people/erase.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "store/rows/audit.h"
#include "store/log/snapshots.h"

#include <errno.h>

#define WRAP_UP_MS (INT64_C(24) * 3600 * 1000) /* a wrap-up that lasts longer was cut off by a crash */

/* --- one person's tables
 * -----------------------------------------------------------------------------------------------------------
 */

#define OF_PERSON "interaction IN (SELECT id FROM interaction WHERE person = ?1)"
#define FILES_WAIT                                                                                           \
	"INSERT INTO file_removal (id, path, created_ms) SELECT id, path, ?2 FROM recording WHERE path IS "  \
	"NOT NULL AND coalesce(is_kept, 0) = 0 AND " OF_PERSON " ON CONFLICT DO NOTHING"

/* What was made of a person's faxes; what still waits to be sent is no interaction's yet. */
#define DOCUMENTS_WAIT                                                                                       \
	"INSERT INTO file_removal (id, path, created_ms) SELECT id, path, ?2 FROM document WHERE path IS "   \
	"NOT NULL AND " OF_PERSON " ON CONFLICT DO NOTHING"

static const char *const blanks[] = {
	"UPDATE document SET path = NULL, from_number = NULL, to_number = NULL, name = NULL, details = NULL "
	"WHERE " OF_PERSON,
	"UPDATE recording SET path = NULL WHERE path IS NOT NULL AND coalesce(is_kept, 0) = 0 AND " OF_PERSON,
	"UPDATE segment SET notes = NULL WHERE notes IS NOT NULL AND " OF_PERSON,
	"UPDATE note SET text = NULL WHERE text IS NOT NULL AND " OF_PERSON,
	"UPDATE message SET text = NULL WHERE text IS NOT NULL AND " OF_PERSON,
	"UPDATE interaction SET from_number = CASE direction WHEN 'outbound' THEN from_number END, "
	"to_number = CASE direction WHEN 'outbound' THEN NULL ELSE to_number END, name = NULL, number_key = "
	"NULL, "
	"chosen = '[]', recordings = 0, is_erased = 1 WHERE person = ?1",
};

int erase_contacts(
	struct db *db, uint64_t person, int64_t now_ms, int64_t *ret_contacts, int64_t *ret_recordings)
{
	int64_t recordings;
	int err = db_run_ints(db, FILES_WAIT, 2, (int64_t)person, now_ms);

	recordings = db_changes(db);
	if (err == 0)
		err = db_run_ints(db, DOCUMENTS_WAIT, 2, (int64_t)person, now_ms);
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]) && err == 0; i++)
		err = db_run_ints(db, blanks[i], 1, (int64_t)person);
	if (err < 0)
		return err;
	*ret_contacts += db_changes(db); /* of the last one */
	*ret_recordings += recordings;
	return 0;
}

int erase_key(struct db *db, uint64_t person, int64_t now_ms)
{
	int err = db_run_ints(db, "DELETE FROM person_of WHERE person = ?", 1, (int64_t)person);

	return err < 0 ? err
		       : db_run_ints(db, "UPDATE person SET salt = NULL, erased_ms = ? WHERE id = ?", 2,
				 now_ms, (int64_t)person);
}

void erase_push(struct store_request *rq, struct pending *p)
{
	struct pending **last = &rq->more;

	while (*last)
		last = &(*last)->next;
	*last = p;
}

int erase_tell(
	struct store_request *rq, uint64_t person, int64_t contacts, const char *reason, int64_t now_ms)
{
	struct pending *p = pending_new(&(struct event){.type = EVENT_PERSON_ERASED,
		.at_ms = now_ms,
		.tenant = rq->tenant,
		.ref = person,
		.agent = rq->actor ? rq->actor->user : 0,
		.number = contacts,
		.reason = reason});

	if (!p)
		return -ENOMEM;
	erase_push(rq, p);
	return 0;
}

/* --- what stands against it
 * -----------------------------------------------------------------------------------------------------------
 */

#define OPEN_SQL "SELECT count(*) FROM interaction WHERE person = ? AND ended_ms IS NULL"
#define KEPT_SQL                                                                                             \
	"SELECT count(*) FROM interaction AS i WHERE i.person = ? AND (i.is_kept <> 0 OR EXISTS (SELECT 1 "  \
	"FROM recording AS r WHERE r.interaction = i.id AND coalesce(r.is_kept, 0) <> 0))"
#define WRAP_UPS_SQL                                                                                         \
	"SELECT coalesce(sum(CASE e.type WHEN 30 THEN 1 ELSE -1 END), 0) FROM interaction AS i JOIN event "  \
	"AS e ON "                                                                                           \
	"e.interaction = i.id AND e.interaction <> 0 WHERE i.person = ?1 AND i.ended_ms > ?2 AND e.type IN " \
	"(30, 31)"

/* A wrap-up under way would write its notes after the erasure. */
static int count_wrap_ups(struct db *db, const struct who *w, int64_t *ret_n)
{
	int64_t n = 0, since_ms = clock_wall_ms() - WRAP_UP_MS;
	int err = 0;

	*ret_n = 0;
	for (size_t i = 0; i < w->persons.len && err >= 0; i++) {
		err = db_read_int(db, &n, WRAP_UPS_SQL, 2, (int64_t)w->persons.at[i], since_ms);
		*ret_n += err == 1 && n > 0;
	}
	return err < 0 ? err : 0;
}

static int check(struct store *s, struct store_request *rq, const struct who *w)
{
	int64_t open = 0, kept = 0, wrap_ups = 0;
	int err = who_sum(&s->db, w, OPEN_SQL, &open);

	if (err == 0)
		err = who_sum(&s->db, w, KEPT_SQL, &kept);
	if (err == 0)
		err = count_wrap_ups(&s->db, w, &wrap_ups);
	if (err < 0)
		return err;
	if (open > 0 || wrap_ups > 0) {
		issue_add(rq->issues, "", "in_progress",
			"A contact of this person, or the work after it, is not over: erase once it has "
			"ended");
		return STORE_IN_USE;
	}
	if (kept > 0 || who_is_kept(w))
		issue_add(rq->issues, "", "kept",
			"A legal hold keeps this person's data: end it at the customer, the contact or the "
			"recording first");
	else if (w->is_ambiguous)
		issue_add(rq->issues, "", "ambiguous",
			"Several customers have this number or address: erase them one by one, by their "
			"rows");
	else if (w->shared_with)
		issue_add(rq->issues, "", "shared",
			"Another customer has one of these numbers or addresses: take it away from one of "
			"the "
			"two first");
	else if (w->customers.len == 0 && w->persons.len == 0)
		return STORE_NOT_FOUND;
	else
		return 0;
	return STORE_CONFLICT;
}

/* --- the whole
 * -----------------------------------------------------------------------------------------------------------
 */

/* What the audit log says of the rows' content goes too; that there were such changes, by whom and when,
 * stays. */
static int blank_audit(struct db *db, uint64_t customer)
{
	struct db_statement *st;
	VEC(int64_t) ids = {0};
	int err = db_prepare(db, "SELECT id FROM audit WHERE \"row\" = ? AND resource = 'customer'", &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)customer);
	while ((err = db_step(db, st)) == 1)
		if (VEC_PUSH(&ids, db_int(st, 0)) < 0) {
			db_reset(st);
			err = -ENOMEM;
			break;
		}
	for (size_t i = 0; i < ids.len && err == 0; i++)
		err = audit_blank(db, ids.at[i]);
	VEC_FREE(&ids);
	return err;
}

/* The row as anybody would delete it (audit entry, config.changed), then its traces. */
static int delete_customer(struct store *s, struct store_request *rq, uint64_t id)
{
	struct store_request sub = {.resource = resource_by_name("customer"),
		.id = id,
		.tenant = rq->tenant,
		.actor = rq->actor,
		.issues = rq->issues};
	int err = changes_delete(s, &sub);

	if (sub.event)
		erase_push(rq, sub.event);
	return err ? err : blank_audit(&s->db, id);
}

static int note_audit(struct store *s, struct store_request *rq, uint64_t person, int64_t contacts)
{
	char details[64];

	str_printf(details, sizeof(details), "{\"contacts\":%lld}", (long long)contacts);
	return audit_write_by(&s->db, rq->actor,
		&(struct audit_entry){.tenant = rq->tenant,
			.resource = "person",
			.row = person,
			.action = "erased",
			.after = details},
		NULL);
}

static int erase_all(struct store *s, struct store_request *rq, const struct who *w, int64_t *ret_contacts,
	int64_t *ret_recordings)
{
	int64_t now_ms = clock_wall_ms();
	int err = 0;

	for (size_t i = 0; i < w->persons.len && err == 0; i++) {
		int64_t contacts = 0;
		err = erase_contacts(&s->db, w->persons.at[i], now_ms, &contacts, ret_recordings);
		if (err == 0)
			err = erase_key(&s->db, w->persons.at[i], now_ms);
		if (err == 0)
			err = erase_tell(rq, w->persons.at[i], contacts, "request", now_ms);
		if (err == 0)
			err = note_audit(s, rq, w->persons.at[i], contacts);
		*ret_contacts += contacts;
	}
	for (size_t i = 0; i < w->customers.len && err == 0; i++)
		err = delete_customer(s, rq, jsonx_id(w->customers.at[i], "id"));
	if (err == 0)
		err = snapshots_forget(&s->db);
	return err ? err : removal_old_pages(&s->db, true);
}

static int run_erase(struct store *s, struct store_request *rq)
{
	const struct store_person_query q = {
		.tenant = rq->tenant, .customer = rq->id, .address = rq->text[0]};
	int64_t contacts = 0, recordings = 0;
	struct who w;
	int err = who_collect(&s->db, s->key, &q, &w);

	if (err == 0)
		err = check(s, rq, &w);
	if (err == 0)
		err = erase_all(s, rq, &w, &contacts, &recordings);
	if (err == 0) {
		rq->row = json_pack("{s:I,s:I,s:I}", "persons", (json_int_t)w.persons.len, "contacts",
			(json_int_t)contacts, "recordings", (json_int_t)recordings);
		err = rq->row ? 0 : -ENOMEM;
	}
	person_forget(s);
	who_free(&w);
	return err;
}

int store_person_erase(struct store *s, const struct store_person_query *q, const struct store_actor *actor,
	json_t **ret_erased, struct issues *issues)
{
	struct store_request rq = {.run = run_erase,
		.id = q->customer,
		.tenant = q->tenant ? q->tenant : 1,
		.text = {q->customer ? NULL : q->address},
		.actor = actor,
		.issues = issues};
	int64_t left = 0;
	int err;

	do
		err = person_seal_old(s);
	while (err == 1);
	if (err == 0)
		err = writer_ask(s, &rq);
	if (err) {
		json_decref(rq.row);
		return err;
	}
	removal_forget_speech(s);
	/* It has happened; what is left of files and pages, the keeper takes away. */
	if (removal_run(s, INT32_MAX, &left) < 0 || removal_empty_log(s) < 0)
		left = left ? left : 1;
	if (jsonx_set_int(rq.row, "files_left", left) < 0) {
		json_decref(rq.row);
		return -ENOMEM;
	}
	*ret_erased = rq.row;
	return 0;
}

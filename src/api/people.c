/* People's data: what there is, everything in one document, erasing, legal holds. See docs/people.md. */
#include "api/config_changed.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/id.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT_MAX ((size_t)64 << 20) /* bytes of one answer; longer ones by `markaz person export` */

/* Whom the arguments mean; false: answered. */
static bool whom(struct exchange *x, struct store_person_query *ret_query)
{
	struct store_person_query q = {.tenant = x->who.tenant};

	if (!argument_id(x, "customer", &q.customer))
		return false;
	q.address = query_get(&x->request.query, "address");
	q.address = str_is_blank(q.address) ? NULL : q.address;
	if (!q.customer == !q.address) {
		problem(x, PROBLEM_INVALID, "Say either customer=ID or address=NUMBER (or a mail address).");
		return false;
	}
	*ret_query = q;
	return true;
}

static void not_done(struct exchange *x, int result, const struct issues *issues)
{
	if (result == STORE_NOT_FOUND)
		problem(x, PROBLEM_NOT_FOUND, "Nobody is known by this customer, number or address.");
	else
		problem_store(x, result, issues);
}

void person_get(struct exchange *x)
{
	struct store_person_query q;
	json_t *found = NULL;

	if (!whom(x, &q))
		return;
	int result = store_person_find(x->reader, &q, &found);
	if (result != 0)
		not_done(x, result, NULL);
	else
		reply_json(x, 200, found);
}

struct document {
	FILE *out;
	size_t n;
};

static bool add(const char *text, size_t n, void *arg)
{
	struct document *d = arg;

	d->n += n;
	return d->n <= EXPORT_MAX && fwrite(text, 1, n, d->out) == n;
}

/* The audit log knows who took what there is of whom; the address itself is not written down. */
static int note_export(struct exchange *x, const struct store_person_query *q, int64_t contacts)
{
	struct store_actor actor = actor_of(x);
	_cleanup_json_ json_t *details = json_pack("{s:I}", "contacts", (json_int_t)contacts);

	return store_note_audit(x->api->parts.store, &actor, "exported", "person", q->customer, details);
}

void person_export_get(struct exchange *x)
{
	struct store_person_query q;
	struct document d = {0};
	char *body = NULL;
	size_t n = 0;
	int64_t contacts = 0;

	if (!whom(x, &q))
		return;
	d.out = open_memstream(&body, &n);
	int result = d.out ? store_person_export(x->reader, &q, add, &d, &contacts) : -ENOMEM;
	if (d.out && fclose(d.out) == EOF && result == 0)
		result = -ENOMEM;
	if (result == 0)
		result = note_export(x, &q, contacts);
	if (result == 0) {
		reply_header(x, "Content-Disposition", "attachment; filename=\"person.json\"");
		reply_header(x, "Cache-Control", "no-store");
		reply_bytes(x, 200, "application/json", body, n);
		return;
	}
	free(body);
	if (result == -ECANCELED)
		problem(x, PROBLEM_TOO_LARGE,
			"There is too much of this person for one answer: use markaz person export on the "
			"server.");
	else
		not_done(x, result, NULL);
}

/* Whether `confirm` names whom `found` is about. */
static bool is_confirmed(const json_t *found, const struct store_person_query *q, const char *confirm)
{
	json_t *customers = json_object_get(found, "customers"), *row;
	size_t i;

	json_array_foreach(customers, i, row)
	{
		if (str_equal(jsonx_text(row, "name", NULL), confirm))
			return true;
	}
	return json_array_size(customers) == 0 && str_equal(q->address, confirm);
}

static void erase(struct exchange *x, const struct store_person_query *q)
{
	struct store_actor actor = actor_of(x);
	struct issues issues = {0};
	json_t *erased = NULL;
	int result = store_person_erase(x->api->parts.store, q, &actor, &erased, &issues);

	if (result != 0) {
		not_done(x, result, &issues);
		return;
	}
	config_changed(x, resource_by_name("customer"), q->customer);
	reply_json(x, 200, erased);
}

void person_erase_post(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x), *found = NULL;
	struct store_person_query q = {.tenant = x->who.tenant};
	const char *customer = jsonx_text(body, "customer", NULL),
		   *confirm = jsonx_text(body, "confirm", NULL);

	if (!body)
		return;
	q.address = jsonx_text(body, "address", NULL);
	if ((customer && id_parse(customer, &q.customer) < 0) || !q.customer == !q.address || !confirm) {
		problem(x, PROBLEM_INVALID,
			"Send either customer (an id) or address (a number or mail address), and confirm.");
		return;
	}
	int result = store_person_find(x->reader, &q, &found);
	if (result != 0)
		not_done(x, result, NULL);
	else if (!is_confirmed(found, &q, confirm))
		problem(x, PROBLEM_INVALID,
			"confirm must be the customer's name, or without a customer the address, exactly as "
			"it is written.");
	else
		erase(x, &q);
}

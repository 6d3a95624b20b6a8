/* See names.h. Invariant: every skill expression that is stored names skills that exist, so that the centre
 * never has to guess what a queue asks. */
#include "store/rows/names.h"
#include "base/id.h"
#include "base/str.h"
#include "resource/expression.h"
#include "store/rows/rows.h"

#include <errno.h>
#include <stdio.h>

struct naming {
	struct store *s;
	uint64_t tenant;
	int err;
	char missing[ASK_NAME_SIZE];
};

static uint64_t skill_called(const char *name, void *arg)
{
	struct naming *n = arg;
	struct db_statement *st;
	int err = db_prepare(&n->s->db,
		"SELECT id FROM \"skill\" WHERE tenant = ?1 AND lower(name) = lower(?2) ORDER BY id LIMIT 1",
		&st);
	uint64_t id = 0;

	if (err == 0) {
		db_bind_int(st, 1, (int64_t)n->tenant);
		db_bind_text(st, 2, name);
		err = db_step(&n->s->db, st);
		if (err == 1)
			id = (uint64_t)db_int(st, 0);
		db_reset(st);
	}
	if (err < 0)
		n->err = err;
	if (!id)
		str_put(n->missing, sizeof(n->missing), name);
	return id;
}

static int check_expression(struct store *s, struct store_request *rq, const json_t *queue)
{
	struct naming n = {.s = s, .tenant = rq->tenant};
	struct ask asks[ASKS_MAX];
	struct ask_error error;
	int count = ask_parse(jsonx_text(queue, "skill_expression", NULL), skill_called, &n, asks, &error);

	if (n.err < 0)
		return n.err;
	if (count < 0)
		issue_add(rq->issues, "/skill_expression", *n.missing ? "not_found" : "bad_form",
			"Column %d: %s", error.column, error.message);
	return 0;
}

static int check_ids(struct store *s, struct store_request *rq, const json_t *ids, const char *resource,
	const char *pointer)
{
	size_t i;
	json_t *v;

	json_array_foreach(ids, i, v)
	{
		uint64_t id;
		char at[96];
		bool is_id = json_is_string(v) && id_parse(json_string_value(v), &id) == 0;
		int found = is_id ? rows_exists(&s->db, resource, rq->tenant, id) : 0;
		if (found < 0)
			return found;
		str_printf(at, sizeof(at), "%s/%zu", pointer, i);
		if (!found)
			issue_add(
				rq->issues, at, "not_found", "There is no such %s: choose another", resource);
	}
	return 0;
}

/* Callers wait in queues for calls only. */
static int check_number(struct store *s, struct store_request *rq, const json_t *number)
{
	_cleanup_json_ json_t *queue = NULL;
	uint64_t id = jsonx_id(number, "queue");
	int result =
		id ? rows_read(&s->db, resource_by_name("queue"), rq->tenant, id, false, NULL, &queue) : 0;

	if (result < 0)
		return result;
	if (queue && !str_equal(jsonx_text(queue, "channel", "voice"), "voice"))
		issue_add(rq->issues, "/queue", "wrong_channel",
			"Calls cannot wait in a queue for other contacts: choose one whose channel is voice");
	return 0;
}

int names_check(struct store *s, struct store_request *rq, const json_t *row)
{
	char pointer[64];
	size_t i;
	json_t *ring;
	int err;

	if (str_equal(rq->resource->name, "number"))
		return check_number(s, rq, row);
	if (!str_equal(rq->resource->name, "queue"))
		return 0;
	err = check_expression(s, rq, row);
	json_array_foreach(json_object_get(row, "rings"), i, ring)
	{
		str_printf(pointer, sizeof(pointer), "/rings/%zu/teams", i);
		if (err == 0)
			err = check_ids(s, rq, json_object_get(ring, "teams"), "team", pointer);
		str_printf(pointer, sizeof(pointer), "/rings/%zu/agents", i);
		if (err == 0)
			err = check_ids(s, rq, json_object_get(ring, "agents"), "user", pointer);
	}
	return err;
}

int names_check_skills(struct store *s, struct store_request *rq)
{
	struct naming n = {.s = s, .tenant = rq->tenant};
	struct ask asks[ASKS_MAX];
	struct ask_error error;
	uint64_t after = 0;

	for (;;) {
		_cleanup_json_ json_t *rows = NULL;
		json_t *row;
		size_t i;
		int err = rows_list(
			&s->db, resource_by_name("queue"), rq->tenant, after, 1000, NULL, false, NULL, &rows);
		if (err)
			return err;
		json_array_foreach(rows, i, row)
		{
			after = jsonx_id(row, "id");
			if (ask_parse(jsonx_text(row, "skill_expression", NULL), skill_called, &n, asks,
				    &error) >= 0)
				continue;
			if (n.err < 0)
				return n.err;
			issue_add(rq->issues, "", "in_use",
				"The queue \"%.100s\" asks for it by name in its skill expression: change "
				"that first",
				jsonx_text(row, "name", ""));
			return STORE_IN_USE;
		}
		if (json_array_size(rows) < 1000)
			return 0;
	}
}

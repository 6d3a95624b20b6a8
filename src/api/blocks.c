/* What the house defends itself with: the list, blocking by hand, and lifting. Written here first, then told
 * to the centre, which puts it in force (docs/security.md). */
#include "api/asked.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "store/rows/blocks.h"

#include <errno.h>
#include <string.h>

#define MINUTES_MAX 525600

static bool on_block(const struct store_block *b, void *arg)
{
	json_t *row = store_block_json(b);

	return row && json_array_append_new(arg, row) == 0 && json_array_size(arg) < BLOCKS_MAX;
}

void block_list(struct exchange *x)
{
	const char *state = query_get(&x->request.query, "state");
	_cleanup_json_ json_t *rows = json_array();
	bool is_all = str_equal(state, "all");

	if (!is_all && !str_is_blank(state) && !str_equal(state, "active")) {
		problem(x, PROBLEM_INVALID, "state is active or all.");
		return;
	}
	int err = rows ? store_blocks(x->reader, x->who.tenant, !is_all, clock_wall_ms(), on_block, rows)
		       : -ENOMEM;
	if (err < 0)
		problem_store(x, err, NULL);
	else
		reply_json(x, 200, json_pack("{s:O}", "items", rows));
}

/* It is on disk: the centre puts it in force. False: answered with a problem. */
static bool put_in_force(struct exchange *x, enum center_block_act act, const struct store_block *b)
{
	struct asked *a = asked_new();
	_cleanup_json_ json_t *answer = NULL;
	int err = a ? asked_wait(a, center_block(x->api->parts.center, act, b, asked_on_json, a), &answer)
		    : -ENOMEM;

	if (err < 0)
		problem_store(x, err, NULL);
	return err == 0;
}

/* An address as sip/ compares it, without a port. */
static bool is_plain_address(const char *text)
{
	bool is_v6 = strchr(text, ':') && strchr(text, ':') != strrchr(text, ':');

	return resource_is_address(text) && *text != '[' && (is_v6 || !strchr(text, ':'));
}

/* NULL, or what is wrong with the subject. */
static const char *read_subject(struct exchange *x, const char *subject, struct store_block *b)
{
	_cleanup_json_ json_t *user = NULL;
	uint64_t id = 0;

	if (str_equal(b->kind, "address"))
		return is_plain_address(subject) && str_put(b->subject, sizeof(b->subject), subject) >= 0
			       ? NULL
			       : "subject is an address or a network: 192.0.2.7 or 192.0.2.0/24.";
	if (str_put(b->subject, sizeof(b->subject), subject) < 0)
		return "subject is a user's id, or house for everybody.";
	if (str_equal(subject, "house"))
		return NULL;
	if (id_parse(subject, &id) < 0 ||
		store_get(x->reader, resource_by_name("user"), x->who.tenant, id, false, &user) != 0)
		return "subject is a user's id, or house for everybody.";
	return NULL;
}

void block_create(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	struct store_block b = {.id = id_new(), .times = 1, .since_ms = clock_wall_ms()};
	const struct store_actor actor = actor_of(x);
	const char *kind, *why;
	int64_t minutes;

	if (!body)
		return;
	kind = jsonx_text(body, "kind", "");
	minutes = jsonx_int(body, "minutes", 0);
	if (!str_equal(kind, "address") && !str_equal(kind, "calls")) {
		problem(x, PROBLEM_INVALID, "kind is address or calls.");
		return;
	}
	if (minutes < 0 || minutes > MINUTES_MAX) {
		problem(x, PROBLEM_INVALID, "minutes are 0 (until it is lifted) to 525600.");
		return;
	}
	str_put(b.kind, sizeof(b.kind), kind);
	str_put(b.reason, sizeof(b.reason), "by_hand");
	b.until_ms = minutes ? b.since_ms + minutes * 60000 : 0;
	if ((why = read_subject(x, jsonx_text(body, "subject", ""), &b))) {
		problem(x, PROBLEM_INVALID, "%s", why);
		return;
	}
	int err = store_block_save(x->api->parts.store, &b, &actor);
	if (err < 0)
		problem_store(x, err, NULL);
	else if (put_in_force(x, CENTER_BLOCK_PUT, &b))
		reply_json(x, 201, store_block_json(&b));
}

void block_lift(struct exchange *x)
{
	const struct store_actor actor = actor_of(x);
	struct store_block b;
	uint64_t id;

	if (!parameter_id(x, 0, &id))
		return;
	int err = store_block_lift(x->api->parts.store, id, &actor, &b);
	if (err != 0)
		problem_store(x, err, NULL);
	else if (put_in_force(x, CENTER_BLOCK_LIFTED, &b))
		reply_empty(x, 204);
}

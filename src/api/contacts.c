/* Contacts without a telephone, for the systems that bring them: a shop's form, a bot, a connector of a
 * channel. Opened, written in, ended; each answered when it is on disk.
 *
 * A request with an Idempotency-Key that was carried out before gets the first answer: the centre knows the
 * keys of this process, the database those of the last day. */
#include "api/asked.h"
#include "api/key.h"
#include "api/handlers.h"
#include "api/history.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "resource/descriptors.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define TEXT_MAX EVENT_TEXT_MAX
#define PRIORITY_MAX 100

static bool read_key(struct exchange *x, struct center_work *ask)
{
	ask->user = x->who.user;
	return request_key(x, &ask->key, &ask->body);
}

static json_t *answer_json(uint64_t id, uint64_t seq, int64_t number)
{
	char text[ID_TEXT_SIZE];
	json_t *j = json_pack("{s:s,s:I}", "id", id_text(id, text), "seq", (json_int_t)seq);

	if (number)
		json_object_set_new(j, "number", json_integer(number));
	return j;
}

static void answer_opened(struct exchange *x, json_t *json)
{
	reply_header(x, "Location", "/api/v1/interactions/%s", jsonx_text(json, "id", ""));
	reply_json(x, 201, json);
}

/* Answered already, by what the database knows of the key. */
static bool is_answered_before(struct exchange *x, const struct center_work *ask)
{
	struct store_key known;

	if (!request_was_made(x, ask->key, &known))
		return false;
	if (known.number)
		reply_json(x, 201, answer_json(known.interaction, known.seq, known.number));
	else
		answer_opened(x, answer_json(known.interaction, known.seq, 0));
	return true;
}

/* --- asking the centre
 * --------------------------------------------------------------------------------------------------- */

static const struct {
	const char *code;
	enum problem problem;
	const char *detail;
} refusals[] = {
	{"not_found", PROBLEM_NOT_FOUND, "There is no such queue: GET /api/v1/queues lists them."},
	{"wrong_channel", PROBLEM_INVALID,
		"That queue is for another channel: name one whose channel is this."},
	{"queue_closed", PROBLEM_QUEUE_CLOSED, "The queue takes nothing now: try again when it is open."},
	{"queue_full", PROBLEM_QUEUE_FULL, "The queue is full: try again later, or choose another queue."},
	{"is_over", PROBLEM_IS_OVER, "This contact has ended: open a new one."},
	{"is_call", PROBLEM_CONFLICT, "This contact is a call: nothing can be written in it."},
	{"empty", PROBLEM_INVALID, "The text is empty: write something."},
	{"too_long", PROBLEM_TOO_LARGE, "A text has at most 4000 bytes: send it in parts."},
	{"key_reused", PROBLEM_KEY_REUSED,
		"This Idempotency-Key was used for another request: give each request one of its own."},
	{"rate_limited", PROBLEM_RATE_LIMITED, "More than 2000 requests in a second: wait and try again."},
	{"draining", PROBLEM_UNAVAILABLE, "The server stops: try again in a few seconds."},
	{"store_overloaded", PROBLEM_UNAVAILABLE,
		"The server cannot write as fast as it is asked: nothing was taken. Try again in a few "
		"seconds."},
	{"no_memory", PROBLEM_UNAVAILABLE, "The server is out of memory: try again in a few seconds."},
};

static void refuse(struct exchange *x, const struct center_work *ask, const char *code)
{
	if (str_equal(code, "too_many")) {
		if (ask->kind == CENTER_WORK_OPEN)
			problem(x, PROBLEM_UNAVAILABLE,
				"There are 200,000 open contacts: nothing more is taken before some are "
				"done.");
		else
			problem(x, PROBLEM_CONFLICT,
				"This contact has its 10,000 messages: end it and open another one.");
		return;
	}
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (str_equal(refusals[i].code, code)) {
			problem(x, refusals[i].problem, "%s", refusals[i].detail);
			if (refusals[i].problem == PROBLEM_RATE_LIMITED)
				reply_header(x, "Retry-After", "1");
			return;
		}
	problem(x, PROBLEM_UNAVAILABLE, "The server could not do this: try again in a few seconds.");
}

/* Asks and waits until it is on disk. The answer, or NULL: answered with a problem. Takes what ask owns. */
static json_t *carry_out(struct exchange *x, struct center_work *ask)
{
	struct asked *a = asked_new();
	struct center_work asked_for = {.kind = ask->kind};
	json_t *json = NULL;
	int err = a ? center_work(x->api->parts.center, ask, asked_on_json, a) : -ENOMEM;

	if (err < 0)
		center_work_clear(ask);
	if (a)
		err = asked_wait(a, err, &json);
	if (err == -ETIMEDOUT) {
		problem(x, PROBLEM_UNAVAILABLE,
			"It is not known yet whether this was done: send the same request again with the "
			"same Idempotency-Key.");
		return NULL;
	}
	if (err < 0) {
		problem_store(x, err, NULL);
		return NULL;
	}
	const char *code = jsonx_text(json, "code", NULL);
	if (!code)
		return json;
	refuse(x, &asked_for, code);
	json_decref(json);
	return NULL;
}

/* --- opening
 * -------------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

/* A short text into dst; "" when absent and not required. */
static void read_text(
	const json_t *body, const char *key, bool is_required, char *dst, size_t size, struct issues *issues)
{
	const json_t *v = json_object_get(body, key);
	const char *s = json_string_value(v);
	char pointer[32];

	str_printf(pointer, sizeof(pointer), "/%s", key);
	if (json_is_null(v))
		v = NULL;
	if (!v && is_required)
		issue_add(issues, pointer, "required", "Say who it is from.");
	else if (v && !s)
		issue_add(issues, pointer, "wrong_type", "This is a text.");
	else if (s && (!is_plain(s) || (is_required && str_is_blank(s))))
		issue_add(issues, pointer, "bad_form", "This is a text in one line.");
	else if (s && str_put(dst, size, s) < 0)
		issue_add(issues, pointer, "too_long", "At most %zu bytes.", size - 1);
}

static uint64_t read_id(const json_t *body, const char *key, bool is_required, struct issues *issues)
{
	const json_t *v = json_object_get(body, key);
	uint64_t id = 0;
	char pointer[32];

	str_printf(pointer, sizeof(pointer), "/%s", key);
	if (json_is_null(v) || !v) {
		if (is_required)
			issue_add(issues, pointer, "required", "Name it by its id.");
	} else if (!json_is_string(v) || id_parse(json_string_value(v), &id) < 0) {
		issue_add(issues, pointer, "bad_form", "This is no id: 13 letters and digits.");
	}
	return id;
}

static int read_channel(const json_t *body, struct issues *issues)
{
	const char *name = jsonx_text(body, "channel", NULL);

	for (int i = 1; name && channel_names[i]; i++)
		if (str_equal(channel_names[i], name))
			return i;
	issue_add(issues, "/channel", "not_a_choice", "The channel is chat, email, message or task.");
	return 0;
}

static void refuse_unknown(json_t *body, const char *const *known, struct issues *issues)
{
	const char *key;
	json_t *v;
	char pointer[80];

	json_object_foreach(body, key, v)
	{
		bool is_known = false;
		for (int i = 0; known[i]; i++)
			is_known |= str_equal(known[i], key);
		str_printf(pointer, sizeof(pointer), "/%s", key);
		if (!is_known)
			issue_add(issues, pointer, "unknown", "There is no such field.");
	}
}

/* The text of a message: owned, NULL when absent. False: answered. */
static bool read_message(struct exchange *x, const json_t *body, bool is_required, struct center_work *ask)
{
	const json_t *v = json_object_get(body, "text");
	const char *s = json_string_value(v);

	if (!v || json_is_null(v) || (s && !is_required && str_is_blank(s))) {
		if (is_required)
			problem(x, PROBLEM_INVALID, "Send what is written as \"text\".");
		return !is_required;
	}
	if (!s || str_is_blank(s)) {
		problem(x, PROBLEM_INVALID, "\"text\" is a text that is not empty.");
		return false;
	}
	if (strlen(s) > TEXT_MAX) {
		problem(x, PROBLEM_TOO_LARGE, "A text has at most %d bytes: send it in parts.", TEXT_MAX);
		return false;
	}
	ask->text = alloc_strdup(s);
	if (!ask->text)
		problem_store(x, -ENOMEM, NULL);
	return ask->text != NULL;
}

static bool read_opening(struct exchange *x, json_t *body, struct center_work *ask, uint64_t *ret_customer)
{
	static const char *const known[] = {
		"channel", "queue", "from", "to", "name", "text", "priority", "customer", NULL};
	struct issues issues = {0};
	const json_t *priority = json_object_get(body, "priority");

	refuse_unknown(body, known, &issues);
	ask->channel = read_channel(body, &issues);
	ask->queue = read_id(body, "queue", true, &issues);
	*ret_customer = read_id(body, "customer", false, &issues);
	read_text(body, "from", true, ask->from, sizeof(ask->from), &issues);
	read_text(body, "to", false, ask->to, sizeof(ask->to), &issues);
	read_text(body, "name", false, ask->name, sizeof(ask->name), &issues);
	if (priority && !json_is_null(priority) &&
		(!json_is_integer(priority) || json_integer_value(priority) < -PRIORITY_MAX ||
			json_integer_value(priority) > PRIORITY_MAX))
		issue_add(&issues, "/priority", "out_of_range", "A whole number from -%d to %d.",
			PRIORITY_MAX, PRIORITY_MAX);
	else
		ask->priority = (int)json_integer_value(priority);
	if (issues.n) {
		problem_issues(x, &issues);
		return false;
	}
	return read_message(x, body, false, ask);
}

void contact_open(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	struct center_work ask = {.kind = CENTER_WORK_OPEN};
	uint64_t customer;

	if (!body || !read_key(x, &ask) || is_answered_before(x, &ask))
		return;
	if (!read_opening(x, body, &ask, &customer)) {
		center_work_clear(&ask);
		return;
	}
	int err = center_work_look_up(x->api->parts.center, x->reader, customer, &ask);
	if (err == STORE_NOT_FOUND) {
		struct issues issues = {0};
		issue_add(&issues, "/customer", "not_found", "There is no such customer.");
		problem_issues(x, &issues);
		center_work_clear(&ask);
		return;
	}
	if (err < 0) /* a contact is taken, too, while nobody can be looked up */
		log_warn("api", 0, "request %llu: who it is from could not be looked up (error %d)",
			(unsigned long long)x->number, err);
	json_t *json = carry_out(x, &ask);
	if (json)
		answer_opened(x, json);
}

/* --- the rest
 * ------------------------------------------------------------------------------------------------------ */

/* What the centre does not have may have been: its end is said rather than "not found". */
static void answer_absent(struct exchange *x, uint64_t id)
{
	_cleanup_json_ json_t *interaction = NULL;
	int result = store_interaction(x->reader, x->who.tenant, id, &interaction);

	if (result == 0)
		refuse(x, &(struct center_work){.kind = CENTER_WORK_END}, "is_over");
	else if (result == STORE_NOT_FOUND)
		problem(x, PROBLEM_NOT_FOUND, "There is no such contact.");
	else
		problem_store(x, result, NULL);
}

/* carry_out for a contact that must exist. */
static json_t *carry_out_in(struct exchange *x, struct center_work *ask)
{
	uint64_t id = ask->interaction;
	json_t *json = carry_out(x, ask);

	if (!json && x->response.status == problem_status(PROBLEM_NOT_FOUND))
		answer_absent(x, id);
	return json;
}

void contact_write(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	struct center_work ask = {.kind = CENTER_WORK_WRITE};

	if (!body || !parameter_id(x, 0, &ask.interaction) || !read_key(x, &ask) ||
		is_answered_before(x, &ask) || !read_message(x, body, true, &ask))
		return;
	json_t *json = carry_out_in(x, &ask);
	if (json)
		reply_json(x, 201, json);
}

void contact_end(struct exchange *x)
{
	_cleanup_json_ json_t *body = x->request.body_len ? body_object(x) : json_object();
	struct center_work ask = {.kind = CENTER_WORK_END, .user = x->who.user};
	const char *reason = jsonx_text(body, "reason", "customer");

	if (!body || !parameter_id(x, 0, &ask.interaction))
		return;
	if (!str_equal(reason, "customer") && !str_equal(reason, "system")) {
		problem(x, PROBLEM_INVALID,
			"The reason is customer (who left) or system (which took it back).");
		return;
	}
	ask.is_customer = str_equal(reason, "customer");
	json_t *json = carry_out_in(x, &ask);
	if (json)
		reply_json(x, 200, json);
}

void contact_messages(struct exchange *x)
{
	json_t *rows = NULL, *contact = history_contact(x);
	int64_t before, limit;

	if (!contact)
		return;
	uint64_t id = jsonx_id(contact, "id");
	json_decref(contact);
	if (!argument_int(x, "before", 0, INT64_MAX / 2, 0, &before) ||
		!argument_int(x, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &limit))
		return;
	int result = store_messages(x->reader, x->who.tenant, id, before, (int)limit, &rows);
	if (result != 0)
		problem_store(x, result, NULL);
	else
		reply_json(x, 200, json_pack("{s:o}", "items", rows));
}

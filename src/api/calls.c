/* Click-to-dial: another system has an agent's device ring, and then whom the agent shall speak with. */
#include "api/asked.h"
#include "api/handlers.h"
#include "api/key.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>

static const char *const sentences[][2] = {
	{"not_an_agent", "Nobody with this id takes contacts: name an agent."},
	{"unreachable", "The agent's page is not open, or the telephone is not registered."},
	{"busy", "The agent is in a call."},
	{"invalid_number", "This is no number: dial it as on a telephone."},
	{"country_not_allowed", "Calls to this country are not allowed here: add it to the allowed countries "
				"in the settings."},
	{"not_at_night", "No calls outside are allowed at this time of the night."},
	{"calls_stopped",
		"Calls outside of this person, or of everybody, are stopped because a limit was crossed: an "
		"administrator lifts it (blocks)."},
	{"number_not_allowed", "The rules of this installation forbid this number."},
	{"caller_id_not_allowed", "This number may not be shown by this agent on any trunk that dials."},
	{"no_trunk", "No trunk dials this number."},
	{"invalid_target", "This cannot be called for that queue or by that agent."},
	{"key_reused",
		"This Idempotency-Key was used for another request: give each request one of its own."},
	{"not_found", "The queue, the number to show or the customer is not there."},
};

static void refuse(struct exchange *x, const char *code)
{
	enum problem kind =
		str_equal(code, "key_reused")						 ? PROBLEM_KEY_REUSED
		: str_equal(code, "invalid_number") || str_equal(code, "invalid_target") ? PROBLEM_INVALID
		: str_equal(code, "not_an_agent") || str_equal(code, "not_found")	 ? PROBLEM_NOT_FOUND
		: str_equal(code, "draining") || str_equal(code, "store_overloaded") ||
				str_equal(code, "no_memory") || str_equal(code, "overloaded")
			? PROBLEM_UNAVAILABLE
			: PROBLEM_CONFLICT;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (str_equal(sentences[i][0], code)) {
			problem(x, kind, "%s (%s)", sentences[i][1], code);
			return;
		}
	problem(x, kind, "The call cannot be made now (%s).", code);
}

/* Programs name the agent; an agent is the one who asks. */
static bool read_ask(struct exchange *x, struct center_dial *ask)
{
	_cleanup_json_ json_t *body = body_object(x);

	if (!body)
		return false;
	bool is_program = x->who.permissions & MAY_OPEN_CONTACTS;
	ask->agent = jsonx_id(body, "agent");
	if (!is_program && ask->agent && ask->agent != x->who.user) {
		problem(x, PROBLEM_FORBIDDEN, "You may dial for yourself only: leave agent out.");
		return false;
	}
	if (!ask->agent && is_program) {
		problem(x, PROBLEM_INVALID, "Say whose call it is: agent is the id of a user.");
		return false;
	}
	if (!ask->agent)
		ask->agent = x->who.user;
	ask->caller_id = jsonx_id(body, "caller_id");
	ask->queue = jsonx_id(body, "queue");
	ask->customer = jsonx_id(body, "customer");
	const char *to = jsonx_text(body, "to", "");
	if (!*to || str_put(ask->to, sizeof(ask->to), to) < 0) {
		problem(x, PROBLEM_INVALID,
			"Say whom to call: to is a number, an extension or a SIP address.");
		return false;
	}
	return request_key(x, &ask->key, &ask->body);
}

static void answer_made(struct exchange *x, json_t *answer)
{
	reply_header(x, "Location", "/api/v1/interactions/%s", jsonx_text(answer, "interaction", ""));
	reply_json(x, 201, answer);
}

void call_post(struct exchange *x)
{
	struct center_dial ask = {0};
	struct store_key known;
	json_t *answer = NULL;
	char id[ID_TEXT_SIZE];

	if (!read_ask(x, &ask))
		return;
	if (request_was_made(x, ask.key, &known)) {
		answer_made(x, json_pack("{s:s}", "interaction", id_text(known.interaction, id)));
		return;
	}
	struct asked *a = asked_new();
	int err = a ? asked_wait(a, center_dial(x->api->parts.center, &ask, asked_on_json, a), &answer)
		    : -ENOMEM;
	if (err < 0) {
		problem_store(x, err, NULL);
		return;
	}
	const char *code = jsonx_text(answer, "code", NULL);
	if (!code) {
		answer_made(x, answer);
		return;
	}
	refuse(x, code);
	json_decref(answer);
}

/* A trunk's state and figures, and tests of it that a person asks for. The centre knows both; see
 * center/dial/trunk_ask.c. */
#include "api/asked.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/server.h"
#include "base/str.h"

#include <errno.h>

static void refuse(struct exchange *x, const char *code)
{
	if (str_equal(code, "not_found"))
		problem(x, PROBLEM_NOT_FOUND, "There is no such trunk in force.");
	else if (str_equal(code, "trunk_off"))
		problem(x, PROBLEM_CONFLICT,
			"The trunk is switched off or has no proxy: enable it first. (trunk_off)");
	else if (str_equal(code, "busy"))
		problem(x, PROBLEM_CONFLICT, "A test of this trunk is under way: wait for its end. (busy)");
	else if (str_equal(code, "invalid_number"))
		problem(x, PROBLEM_INVALID,
			"Name a number that may be called: number; emergency numbers are not for tests.");
	else
		problem(x, PROBLEM_UNAVAILABLE, "The trunk cannot be tested now (%s).", code);
}

static void ask(struct exchange *x, const struct center_trunk *what, int status)
{
	struct asked *a = asked_new();
	json_t *answer = NULL;
	int err = a ? asked_wait(a, center_trunk(x->api->parts.center, what, asked_on_json, a), &answer)
		    : -ENOMEM;

	if (err < 0) {
		problem_store(x, err, NULL);
		return;
	}
	const char *code = jsonx_text(answer, "code", NULL);
	if (!code) {
		reply_json(x, status, answer);
		return;
	}
	refuse(x, code);
	json_decref(answer);
}

void trunk_state_get(struct exchange *x)
{
	struct center_trunk what = {.act = CENTER_TRUNK_STATE};

	if (parameter_id(x, 0, &what.trunk))
		ask(x, &what, 200);
}

void trunk_test_post(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	struct center_trunk what = {.act = CENTER_TRUNK_OPTIONS};
	const char *kind = jsonx_text(body, "kind", "options"), *number = jsonx_text(body, "number", "");

	if (!body || !parameter_id(x, 0, &what.trunk))
		return;
	if (str_equal(kind, "call"))
		what.act = CENTER_TRUNK_CALL;
	else if (!str_equal(kind, "options")) {
		problem(x, PROBLEM_INVALID, "kind is options or call.");
		return;
	}
	if (str_put(what.number, sizeof(what.number), number) < 0) {
		problem(x, PROBLEM_INVALID, "number is too long.");
		return;
	}
	ask(x, &what, 202);
}

/* One's own messages: the list, what is done with one, and the greeting callers hear before they leave one.
 * Whose messages somebody may hear is the centre's to say (center_mail); their sound is recordings.c's. */
#include "api/asked.h"
#include "api/handlers.h"
#include "api/problem.h"
#include "api/recordings.h"
#include "api/server.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>

/* What the centre says; NULL: answered with a problem. */
static json_t *ask_centre(struct exchange *x, const struct center_mail *ask)
{
	struct asked *a = asked_new();
	json_t *answer = NULL;
	int err = a ? asked_wait(a, center_mail(x->api->parts.center, ask, asked_on_json, a), &answer)
		    : -ENOMEM;

	if (err == 0)
		return answer;
	problem_store(x, err, NULL);
	return NULL;
}

bool voicemail_may_hear(struct exchange *x, uint64_t recording, uint64_t owner, uint64_t queue)
{
	struct center_mail ask = {.act = CENTER_MAIL_MAY_HEAR,
		.user = x->who.user,
		.recording = recording,
		.owner = owner,
		.queue = queue};
	struct asked *a = asked_new();
	_cleanup_json_ json_t *answer = NULL;
	int err = a ? asked_wait(a, center_mail(x->api->parts.center, &ask, asked_on_json, a), &answer)
		    : -ENOMEM;

	return err == 0 && jsonx_bool(answer, "may", false);
}

/* Fills in whose messages this person hears. */
static bool read_boxes(struct exchange *x, struct store_voicemails_query *q, json_t **ret_counts)
{
	_cleanup_json_ json_t *answer =
		ask_centre(x, &(struct center_mail){.act = CENTER_MAIL_BOXES, .user = x->who.user});
	const json_t *boxes = json_object_get(answer, "boxes");

	for (size_t i = 0; i < json_array_size(boxes) && q->n_owners < STORE_BOXES_MAX; i++)
		if (id_parse(json_string_value(json_array_get(boxes, i)), &q->owners[q->n_owners]) == 0)
			q->n_owners++;
	if (answer)
		*ret_counts = json_incref(json_object_get(answer, "counts"));
	return answer != NULL;
}

void voicemail_list(struct exchange *x)
{
	struct store_voicemails_query q = {.tenant = x->who.tenant};
	const char *state = query_get(&x->request.query, "state");
	_cleanup_json_ json_t *counts = NULL;
	json_t *rows = NULL, *row;
	size_t i;

	if (!argument_page(x, &q.limit, &q.before))
		return;
	if (str_equal(state, "unheard"))
		q.which = VOICEMAILS_UNHEARD;
	else if (str_equal(state, "heard"))
		q.which = VOICEMAILS_HEARD;
	else if (!str_is_blank(state) && !str_equal(state, "all")) {
		problem(x, PROBLEM_INVALID, "state is all, unheard or heard.");
		return;
	}
	if (!read_boxes(x, &q, &counts))
		return;
	int result = store_voicemails(x->reader, &q, &rows);
	if (result != 0) {
		problem_store(x, result, NULL);
		return;
	}
	json_array_foreach(rows, i, row) json_object_del(row, "path");
	reply_page(x, rows, q.limit);
}

/* Message {id} of this person: fills in what the centre is asked. False: answered. */
static bool find(struct exchange *x, struct center_mail *ask)
{
	_cleanup_json_ json_t *row = NULL;

	if (!parameter_id(x, 0, &ask->recording))
		return false;
	int result = store_recording(x->reader, x->who.tenant, ask->recording, &row);
	if (result == 0 && (!str_equal(jsonx_text(row, "kind", ""), "voicemail") || !jsonx_id(row, "owner") ||
				   !json_is_null(json_object_get(row, "removed_at"))))
		result = STORE_NOT_FOUND;
	if (result != 0) {
		problem_store(x, result, NULL);
		return false;
	}
	ask->user = x->who.user;
	ask->owner = jsonx_id(row, "owner");
	ask->interaction = jsonx_id(row, "interaction");
	return true;
}

static void carry_out(struct exchange *x, const struct center_mail *ask)
{
	_cleanup_json_ json_t *answer = ask_centre(x, ask);
	const char *code = jsonx_text(answer, "code", NULL);

	if (!answer)
		return;
	if (!code)
		reply_empty(x, 204);
	else if (str_equal(code, "invalid_target"))
		problem(x, PROBLEM_INVALID, "The message is theirs already: choose somebody else.");
	else if (ask->act == CENTER_MAIL_FORWARD)
		problem(x, PROBLEM_NOT_FOUND, "There is no such message, or nobody with this id.");
	else
		problem(x, PROBLEM_NOT_FOUND, "There is no such message.");
}

void voicemail_patch(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	const json_t *is_heard = json_object_get(body, "is_heard");
	struct center_mail ask = {0};

	if (!body)
		return;
	if (!json_is_boolean(is_heard)) {
		problem(x, PROBLEM_INVALID, "is_heard is true or false.");
		return;
	}
	ask.act = json_is_true(is_heard) ? CENTER_MAIL_HEARD : CENTER_MAIL_UNHEARD;
	if (find(x, &ask))
		carry_out(x, &ask);
}

void voicemail_forward(struct exchange *x)
{
	_cleanup_json_ json_t *body = body_object(x);
	struct center_mail ask = {.act = CENTER_MAIL_FORWARD};

	if (!body)
		return;
	ask.to = jsonx_id(body, "to");
	if (!ask.to) {
		problem(x, PROBLEM_INVALID, "Say to whom: to is the id of a user or an extension.");
		return;
	}
	if (find(x, &ask))
		carry_out(x, &ask);
}

void voicemail_delete(struct exchange *x)
{
	struct center_mail ask = {.act = CENTER_MAIL_REMOVE};

	if (find(x, &ask))
		carry_out(x, &ask);
}

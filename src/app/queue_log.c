/* Invariants: a call is in q->calls from its interaction.started to its interaction.ended, and waits in a
 * queue from segment.queued to answered, abandoned or overflowed. Must not know: files, the store's tables.
 */
#include "app/queue_log.h"
#include "base/alloc.h"
#include "base/id.h"

#include <errno.h>
#include <string.h>

#define NAME_SIZE 128
#define CALLER_SIZE 96
#define ROWS_PAGE 1000
#define ROWS_MAX 200000

struct queue_log_call {
	uint64_t begun_seq, queue,
		entered; /* entered: seq of segment.queued while it waits; 0: does not wait */
	int position;	 /* on entering */
	int64_t wait_ms;
	char caller[CALLER_SIZE], target[CALLER_SIZE];
};

/* --- names
 * -------------------------------------------------------------------------------------------------------------
 */
static int load(struct store_reader *rd, uint64_t tenant, const char *resource, json_t **ret_rows)
{
	_cleanup_json_ json_t *all = json_array();
	uint64_t after = 0;

	while (all && json_array_size(all) < ROWS_MAX) {
		_cleanup_json_ json_t *page = NULL;
		int err = store_list(
			rd, resource_by_name(resource), tenant, after, ROWS_PAGE, NULL, false, &page);
		if (err < 0)
			return err;
		if (json_array_extend(all, page) < 0)
			return -ENOMEM;
		if (json_array_size(page) < ROWS_PAGE)
			break;
		after = jsonx_id(json_array_get(page, ROWS_PAGE - 1), "id");
	}
	*ret_rows = all ? json_incref(all) : NULL;
	return all ? 0 : -ENOMEM;
}

static int index_rows(struct map *by_id, const json_t *rows)
{
	int err = 0;

	for (size_t i = 0; i < json_array_size(rows) && err == 0; i++) {
		json_t *row = json_array_get(rows, i);
		uint64_t id = jsonx_id(row, "id");
		err = id ? map_put(by_id, id, row) : 0;
	}
	return err;
}

int queue_log_names_load(struct queue_log_names *n, struct store_reader *rd, uint64_t tenant)
{
	struct queue_log_names fresh = {0};
	int err = load(rd, tenant, "queue", &fresh.queues);

	if (err == 0)
		err = load(rd, tenant, "user", &fresh.users);
	if (err == 0)
		err = load(rd, tenant, "break_reason", &fresh.breaks);
	if (err == 0)
		err = index_rows(&fresh.by_id, fresh.queues);
	if (err == 0)
		err = index_rows(&fresh.by_id, fresh.users);
	if (err == 0)
		err = index_rows(&fresh.by_id, fresh.breaks);
	if (err < 0) {
		queue_log_names_free(&fresh);
		return err;
	}
	queue_log_names_free(n);
	*n = fresh;
	return 0;
}

void queue_log_names_free(struct queue_log_names *n)
{
	json_decref(n->queues);
	json_decref(n->users);
	json_decref(n->breaks);
	map_free(&n->by_id);
	*n = (struct queue_log_names){0};
}

/* Puts s where it cannot be mistaken for a part of the line. */
static const char *safe(char *out, size_t size, const char *s)
{
	str_put_n(out, size, s ? s : "", strnlen(s ? s : "", size - 1));
	for (char *p = out; *p; p++)
		if (*p == '|' || (unsigned char)*p < ' ' || *p == 127)
			*p = '_';
	return out;
}

static const json_t *row_of(const struct queue_log *q, uint64_t id)
{
	return q->names && id ? map_get(&q->names->by_id, id) : NULL;
}

/* The row's text of this field, else the id, else NONE. */
static const char *name_of(
	const struct queue_log *q, uint64_t id, const char *field, char out[static NAME_SIZE])
{
	char text[ID_TEXT_SIZE];
	const char *name = jsonx_text(row_of(q, id), field, NULL);

	if (!id)
		return "NONE";
	return safe(out, NAME_SIZE, name && *name ? name : id_text(id, text));
}

/* --- lines
 * -------------------------------------------------------------------------------------------------------------
 */
/* The beginning, up to and with the event's name and its '|'. queue, agent 0: NONE. */
static void begin(const struct queue_log *q, struct text *out, const struct event *e, uint64_t interaction,
	uint64_t queue, const char *what)
{
	char call[ID_TEXT_SIZE], queue_name[NAME_SIZE], agent[NAME_SIZE];

	text_printf(out, "%lld|%s|%s|%s%s|%s|", (long long)(e->at_ms / 1000),
		interaction ? id_text(interaction, call) : "NONE", name_of(q, queue, "name", queue_name),
		e->agent ? "Agent/" : "", name_of(q, e->agent, "login", agent), what);
}

static long long seconds(int64_t ms)
{
	return ms > 0 ? (long long)((ms + 500) / 1000) : 0;
}

/* The place in the queue: those that entered before and still wait, and itself. */
static int position_of(const struct queue_log *q, uint64_t queue, uint64_t entered)
{
	const struct queue_log_call *other;
	int n = 1;

	for (size_t i = 0; (other = map_next(&q->calls, &i));)
		n += other->entered && other->queue == queue && other->entered < entered;
	return n;
}

static int on_started(struct queue_log *q, const struct event *e)
{
	/* A flow may call out one day: the other side is whom we speak with. */
	bool is_out = str_equal(e->reason, "outbound");

	if (e->text && !str_equal(e->text, "voice"))
		return 0;
	struct queue_log_call *call = alloc_zero(sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->begun_seq = e->seq;
	safe(call->caller, sizeof(call->caller), is_out ? e->to : e->from);
	struct queue_log_call *old = map_get(&q->calls, e->interaction);
	if (map_put(&q->calls, e->interaction, call) < 0) {
		alloc_free(call);
		return -ENOMEM;
	}
	alloc_free(old);
	return 0;
}

static void on_queued(
	const struct queue_log *q, struct queue_log_call *call, const struct event *e, struct text *out)
{
	struct event line = *e;

	line.agent = 0;
	call->queue = e->queue;
	call->position = position_of(q, e->queue, e->seq);
	call->entered = e->seq;
	call->target[0] = '\0';
	begin(q, out, &line, e->interaction, e->queue, "ENTERQUEUE");
	text_printf(out, "|%s|%d\n", call->caller, call->position);
}

static void on_answered(
	const struct queue_log *q, struct queue_log_call *call, const struct event *e, struct text *out)
{
	char segment[ID_TEXT_SIZE];

	call->entered = 0;
	call->wait_ms = e->wait_ms;
	begin(q, out, e, e->interaction, e->queue, "CONNECT");
	text_printf(out, "%lld|%s|%lld\n", seconds(e->wait_ms), id_text(e->segment, segment),
		seconds(e->ring_ms));
}

static void on_not_answered(
	const struct queue_log *q, struct queue_log_call *call, const struct event *e, struct text *out)
{
	bool is_key = str_equal(e->reason, "caller_pressed");
	const char *what = e->type == EVENT_SEGMENT_ABANDONED  ? "ABANDON"
			   : is_key			       ? "EXITWITHKEY"
			   : str_equal(e->reason, "no_agents") ? "EXITEMPTY"
							       : "EXITWITHTIMEOUT";
	struct event line = *e;

	line.agent = 0;
	begin(q, out, &line, e->interaction, e->queue, what);
	text_printf(out, "%s%d|%d|%lld\n", is_key ? "|" : "", position_of(q, e->queue, call->entered),
		call->position, seconds(e->wait_ms));
	call->entered = 0;
}

static void on_talk_ended(
	const struct queue_log *q, const struct queue_log_call *call, const struct event *e, struct text *out)
{
	bool is_transfer = str_equal(e->reason, "transfer");
	const char *what = is_transfer ? "BLINDTRANSFER"
			   : str_starts_with(e->reason ? e->reason : "", "agent") ? "COMPLETEAGENT"
										  : "COMPLETECALLER";

	begin(q, out, e, e->interaction, e->queue, what);
	if (is_transfer)
		text_printf(out, "%s|default|", call->target);
	text_printf(out, "%lld|%lld|%d\n", seconds(call->wait_ms), seconds(e->talk_ms + e->hold_ms),
		call->position);
}

static void on_offer_ended(const struct queue_log *q, const struct event *e, struct text *out)
{
	static const char *const missed[] = {"no_answer", "declined", "busy", "unreachable"};

	for (size_t i = 0; i < sizeof(missed) / sizeof(missed[0]); i++)
		if (str_equal(e->reason, missed[i])) {
			begin(q, out, e, e->interaction, e->queue, "RINGNOANSWER");
			text_printf(out, "%lld\n", (long long)e->ring_ms);
		}
}

static void on_transferred(const struct queue_log *q, struct queue_log_call *call, const struct event *e)
{
	char name[NAME_SIZE];
	const char *to = str_equal(e->reason, "agent")	 ? name_of(q, e->ref, "login", name)
			 : str_equal(e->reason, "queue") ? name_of(q, e->ref, "name", name)
							 : e->to;

	safe(call->target, sizeof(call->target), to);
}

/* --- agents
 * ------------------------------------------------------------------------------------------------------------
 */
static bool holds(const json_t *list, const char *id)
{
	for (size_t i = 0; id && i < json_array_size(list); i++)
		if (str_equal(json_string_value(json_array_get(list, i)), id))
			return true;
	return false;
}

/* Whether the first line of this queue has the user: by name, by team, or because it has everybody. */
static bool is_member(const json_t *queue, const json_t *user)
{
	const json_t *agents = json_object_get(queue, "agents"), *teams = json_object_get(queue, "teams");

	if (!str_equal(jsonx_text(queue, "channel", "voice"), "voice"))
		return false;
	if (json_array_size(agents) == 0 && json_array_size(teams) == 0)
		return true;
	return holds(agents, jsonx_text(user, "id", NULL)) || holds(teams, jsonx_text(user, "team", NULL));
}

/* One line for each of the agent's queues. */
static void each_queue(
	const struct queue_log *q, const struct event *e, const char *what, const char *why, struct text *out)
{
	const json_t *user = row_of(q, e->agent);
	int lines = 0;

	for (size_t i = 0; user && i < json_array_size(q->names->queues) && lines < QUEUE_LOG_MEMBERS_MAX;
		i++) {
		const json_t *queue = json_array_get(q->names->queues, i);
		if (!is_member(queue, user))
			continue;
		begin(q, out, e, 0, jsonx_id(queue, "id"), what);
		text_printf(out, "%s\n", why);
		lines++;
	}
}

static bool is_paused(const char *state)
{
	return str_equal(state, "break") || str_equal(state, "not_responding") ||
	       str_equal(state, "unreachable");
}

static void pause_line(const struct queue_log *q, const struct event *e, bool pauses, struct text *out)
{
	char name[NAME_SIZE];
	const char *why = !pauses ? "" : e->ref ? name_of(q, e->ref, "name", name) : e->reason;

	begin(q, out, e, 0, 0, pauses ? "PAUSEALL" : "UNPAUSEALL");
	text_printf(out, "%s\n", why);
	each_queue(q, e, pauses ? "PAUSE" : "UNPAUSE", why, out);
}

static void on_agent(const struct queue_log *q, const struct event *e, struct text *out)
{
	bool was_off = !e->name || str_equal(e->name, "offline"), is_off = str_equal(e->reason, "offline");

	if (was_off && is_off)
		return;
	if (was_off)
		each_queue(q, e, "ADDMEMBER", "", out);
	if (!is_paused(e->name) && is_paused(e->reason))
		pause_line(q, e, true, out);
	else if (is_paused(e->name) && !is_paused(e->reason))
		pause_line(q, e, false, out);
	if (is_off)
		each_queue(q, e, "REMOVEMEMBER", "", out);
}

/* --- all
 * ---------------------------------------------------------------------------------------------------------------
 */
static void on_system(const struct queue_log *q, const struct event *e, struct text *out)
{
	struct event line = {.at_ms = e->at_ms};

	if (e->type == EVENT_CONFIG_CHANGED &&
		(str_equal(e->reason, "not_saved") || !str_equal(e->name, "queue")))
		return;
	begin(q, out, &line, 0, 0, e->type == EVENT_CONFIG_CHANGED ? "CONFIGRELOAD" : "QUEUESTART");
	text_add(out, "\n");
}

static void on_call(struct queue_log *q, struct queue_log_call *call, const struct event *e, struct text *out)
{
	switch (e->type) {
	case EVENT_SEGMENT_QUEUED:
		on_queued(q, call, e, out);
		break;
	case EVENT_OFFER_ENDED:
		on_offer_ended(q, e, out);
		break;
	case EVENT_SEGMENT_ANSWERED:
		on_answered(q, call, e, out);
		break;
	case EVENT_SEGMENT_ABANDONED:
	case EVENT_SEGMENT_OVERFLOWED:
		on_not_answered(q, call, e, out);
		break;
	case EVENT_INTERACTION_TRANSFERRED:
		on_transferred(q, call, e);
		break;
	case EVENT_SEGMENT_ENDED:
		on_talk_ended(q, call, e, out);
		break;
	case EVENT_INTERACTION_ENDED:
		alloc_free(map_remove(&q->calls, e->interaction));
		break;
	default:
		break;
	}
}

int queue_log_event(struct queue_log *q, const struct event *e, struct text *out)
{
	struct queue_log_call *call = e->interaction ? map_get(&q->calls, e->interaction) : NULL;
	int err = 0;

	if (e->type == EVENT_INTERACTION_STARTED && e->interaction)
		err = on_started(q, e);
	else if (e->type == EVENT_SYSTEM_STARTED || e->type == EVENT_CONFIG_CHANGED)
		on_system(q, e, out);
	else if (e->type == EVENT_AGENT_STATE && e->agent)
		on_agent(q, e, out);
	else if (call)
		on_call(q, call, e, out);
	return err < 0 ? err : out->failed ? -ENOMEM : 0;
}

uint64_t queue_log_from(const struct queue_log *q, uint64_t next)
{
	const struct queue_log_call *call;

	for (size_t i = 0; (call = map_next(&q->calls, &i));)
		if (call->begun_seq < next)
			next = call->begun_seq;
	return next;
}

void queue_log_free(struct queue_log *q)
{
	void *call;

	for (size_t i = 0; (call = map_next(&q->calls, &i));)
		alloc_free(call);
	map_free(&q->calls);
}

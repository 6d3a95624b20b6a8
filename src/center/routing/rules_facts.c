/* What business rules are told of a contact: the groups of docs/rules.md. Decides nothing. */
#include "base/id.h"
#include "base/str.h"
#include "center/routing/rules.h"
#include "center/state.h"
#include "flow/day.h"
#include "resource/descriptors.h"

#define PAST_MAX 50 /* earlier contacts looked at */
#define PAST_DAYS_MS (7 * 24 * 3600 * INT64_C(1000))

/* --- what was before
 * ------------------------------------------------------------------------------------------------ */

/* The newest contact that has it says who, where and how. */
static void note_latest(json_t *past, const json_t *row)
{
	static const char *const keys[] = {"agent", "queue", "disposition", "result"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *v = json_object_get(row, keys[i]);
		if (json_is_string(v) && !json_object_get(past, keys[i]))
			json_object_set(past, keys[i], v);
	}
	if (!json_object_get(past, "last_at"))
		jsonx_set_int(past, "last_at", jsonx_int(row, "started_at", 0));
}

json_t *rules_past(struct store_reader *reader, uint64_t tenant, const char *number, uint64_t interaction,
	int64_t now_ms)
{
	_cleanup_json_ json_t *rows = NULL;
	json_t *past, *contacts, *abandoned, *row;
	size_t i;

	if (store_history_of_number(reader, tenant, number, PAST_MAX + 1, &rows) != 0)
		return NULL;
	past = json_pack("{s:[], s:[]}", "contacts_at", "abandoned_at");
	contacts = json_object_get(past, "contacts_at");
	abandoned = json_object_get(past, "abandoned_at");
	json_array_foreach(rows, i, row)
	{
		int64_t at = jsonx_int(row, "started_at", 0);
		if (jsonx_id(row, "id") == interaction)
			continue;
		note_latest(past, row);
		if (at < now_ms - PAST_DAYS_MS)
			continue;
		json_array_append_new(contacts, json_integer(at));
		if (str_equal(jsonx_text(row, "result", NULL), "abandoned"))
			json_array_append_new(abandoned, json_integer(at));
	}
	return past;
}

/* --- facts
 * -------------------------------------------------------------------------------------------------------------
 */

static int count_since(const json_t *times, int64_t since_ms)
{
	size_t i;
	json_t *at;
	int n = 0;

	json_array_foreach(times, i, at) n += json_integer_value(at) >= since_ms;
	return n;
}

static json_t *history_facts(const struct interaction *ix)
{
	const struct snapshot *s = ix->center->snapshot;
	const json_t *past = ix->past;
	int64_t now = center_wall(ix->center), last = jsonx_int(past, "last_at", 0);
	const struct user *agent = snapshot_user(s, jsonx_id(past, "agent"));
	const struct queue *queue = snapshot_queue(s, jsonx_id(past, "queue"));
	const struct named *disposition = map_get(&s->disposition_by_id, jsonx_id(past, "disposition"));

	return json_pack("{s:i, s:i, s:o, s:s?, s:s?, s:s?, s:s?}", "contacts_7_days",
		count_since(json_object_get(past, "contacts_at"), now - PAST_DAYS_MS), "abandoned_today",
		count_since(json_object_get(past, "abandoned_at"), snapshot_day_start(s, now)),
		"since_last_s", last ? json_integer(now > last ? (now - last) / 1000 : 0) : json_null(),
		"last_agent", agent ? agent->login : NULL, "last_queue", queue ? queue->name : NULL,
		"last_disposition", disposition ? disposition->name : NULL, "last_result",
		jsonx_text(past, "result", NULL));
}

/* The row, with the account owner's login in place of the id. */
static json_t *customer_facts(const struct interaction *ix)
{
	const struct user *owner =
		snapshot_user(ix->center->snapshot, jsonx_id(ix->customer_row, "account_owner"));
	json_t *row = ix->customer_row ? json_copy(ix->customer_row) : json_null();

	if (json_is_object(row))
		json_object_set_new(row, "account_owner", owner ? json_string(owner->login) : json_null());
	return row;
}

static json_t *contact_facts(const struct interaction *ix)
{
	json_t *chosen = json_object(), *variables = ix->run ? flow_run_vars(ix->run) : json_object();

	for (int i = 0; i < ix->n_chosen; i++) {
		const struct chosen *c = &ix->chosen[i];
		json_object_set_new(chosen, c->node, json_string(c->label[0] ? c->label : c->digits));
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "channel", channel_names[ix->channel], "called", ix->to,
		"language", ix->language, "variables", variables, "chosen", chosen);
}

static json_t *queue_facts(const struct interaction *ix, uint64_t queue)
{
	struct center *c = ix->center;
	const struct queue *q = snapshot_queue(c->snapshot, queue);
	struct route_queue_counts counts = {0};
	int64_t estimate_ms = route_queue_estimate(c->route, queue, c->now_ms);

	route_queue_counts(c->route, queue, &counts);
	return json_pack("{s:o, s:s, s:i, s:I}", "id", json_id(queue), "name", q ? q->name : "", "waiting",
		counts.waiting, "estimate_s", (json_int_t)(estimate_ms < 0 ? -1 : estimate_ms / 1000));
}

static json_t *time_facts(const struct day_time *now)
{
	static const char *const days[] = {
		"", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
	char date[32];

	str_printf(date, sizeof(date), "%04d-%02d-%02d", now->year, now->month, now->day);
	return json_pack("{s:i, s:i, s:s, s:s}", "hour", now->hour, "minute", now->minute, "weekday",
		days[now->weekday], "date", date);
}

json_t *rules_facts(const struct interaction *ix, uint64_t queue, const struct day_time *now)
{
	return json_pack("{s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o}", "caller", "number", ix->from, "name",
		ix->from_name, "customer", customer_facts(ix), "contact", contact_facts(ix), "queue",
		queue_facts(ix, queue), "history", history_facts(ix), "time", time_facts(now));
}

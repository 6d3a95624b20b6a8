/* Contacts without a telephone as screens see them (docs/protocol.md). Only reads. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/work/work_state.h"
#include "resource/descriptors.h"

static int64_t wall_of(const struct center *c, int64_t mono_ms)
{
	return center_wall(c) - (c->now_ms - mono_ms);
}

/* Few contacts have something attached: it lives in the entry's text, so that the others do not pay for it.
 */
static void add_attached(const struct work *w, json_t *j)
{
	struct entry e;

	if (w->kind == WORK_PLAIN || entry_decode(w->entry, &e) < 0)
		return;
	json_object_set_new(j, w->kind == WORK_FAX ? "document" : "recording", json_id(e.attached));
	json_object_set_new(j, w->kind == WORK_FAX ? "pages" : "duration_ms", json_integer(e.amount));
}

json_t *work_facts_json(const struct work *w)
{
	struct center *c = w->center;
	const struct queue *q = snapshot_queue(c->snapshot, w->queue);

	json_t *j = json_pack("{s:o,s:o,s:s,s:{s:s,s:s,s:o,s:b},s:s,s:{s:o,s:s},s:I,s:I,s:o,s:i}",
		"interaction", json_id(w->id), "segment", json_id(w->segment), "channel",
		work_channel_name(w), "customer", "number", work_from(w), "name", work_name(w), "id",
		json_id(w->customer), "is_vip", w->is_vip, "to", work_to(w), "queue", "id", json_id(w->queue),
		"name", q ? q->name : "", "opened_at", (json_int_t)w->started_wall, "queued_at",
		(json_int_t)wall_of(c, w->queued_mono), "answered_at",
		w->answered_mono ? json_integer(wall_of(c, w->answered_mono)) : json_null(), "messages",
		(int)w->n_messages);
	add_attached(w, j);
	return j;
}

static json_t *state_json(const struct work *w, const char *state, const char *reason)
{
	json_t *j = work_facts_json(w);

	json_object_set_new(j, "on", json_string("work"));
	json_object_set_new(j, "state", json_string(state));
	json_object_set_new(j, "reason", reason ? json_string(reason) : json_null());
	json_object_set_new(j, "disposition", json_id(w->disposition));
	json_object_set_new(j, "notes", json_string(w->notes ? w->notes : ""));
	return j;
}

void work_push(struct work *w)
{
	push_user(w->center, w->agent, state_json(w, "open", NULL));
}

void work_push_ended(struct work *w, const char *reason)
{
	push_user(w->center, w->agent, state_json(w, "ended", reason));
}

static json_t *offer_one_json(const struct work_offer *o)
{
	struct center *c = o->work->center;
	const struct user *u = snapshot_user(c->snapshot, o->agent->user);
	json_t *j = work_facts_json(o->work);

	json_object_set_new(j, "on", json_string("work_offer"));
	json_object_set_new(j, "deadline_at", json_integer(wall_of(c, o->due_ms)));
	json_object_set_new(j, "wait_ms", json_integer(c->now_ms - o->work->queued_mono));
	json_object_set_new(j, "is_auto_answer", json_boolean(u && u->is_auto_answer));
	return j;
}

void work_offer_push(const struct work_offer *o)
{
	push_user(o->work->center, o->agent->user, offer_one_json(o));
}

json_t *work_wrap_json(const struct work_wrap *wrap)
{
	struct center *c = wrap->agent->center;
	const struct queue *q = snapshot_queue(c->snapshot, wrap->queue);
	json_t *j = wrap->facts ? json_copy(wrap->facts) : json_object(), *list = json_array();

	for (int i = 0; q && i < q->n_dispositions; i++) {
		const struct named *d = map_get(&c->snapshot->disposition_by_id, q->dispositions[i]);
		if (d)
			json_array_append_new(
				list, json_pack("{s:o,s:s}", "id", json_id(d->id), "name", d->name));
	}
	json_object_set_new(j, "on", json_string("work_wrap_up"));
	json_object_set_new(j, "interaction", json_id(wrap->interaction));
	json_object_set_new(j, "segment", json_id(wrap->segment));
	json_object_set_new(j, "until", json_integer(wall_of(c, wrap->until_mono)));
	json_object_set_new(j, "is_extended", json_boolean(wrap->is_extended));
	json_object_set_new(j, "disposition_required", json_boolean(q && q->is_disposition_required));
	json_object_set_new(j, "dispositions", list);
	json_object_set_new(j, "disposition", json_id(wrap->disposition));
	json_object_set_new(j, "notes", json_string(wrap->notes ? wrap->notes : ""));
	return j;
}

/* --- lists
 * ------------------------------------------------------------------------------------------------------------
 */

json_t *works_json(const struct agent *a)
{
	json_t *list = json_array();

	for (const struct work *w = a ? a->works : NULL; w; w = w->next)
		json_array_append_new(list, state_json(w, "open", NULL));
	return list;
}

json_t *works_offers_json(const struct agent *a)
{
	json_t *list = json_array();

	for (const struct work_offer *o = a ? a->work_offers : NULL; o; o = o->agent_next)
		json_array_append_new(list, offer_one_json(o));
	return list;
}

json_t *works_wraps_json(const struct agent *a)
{
	json_t *list = json_array();

	for (const struct work_wrap *wrap = a ? a->work_wraps : NULL; wrap; wrap = wrap->next)
		if (wrap->is_on)
			json_array_append_new(list, work_wrap_json(wrap));
	return list;
}

static int ring_of(const struct work *w, const struct queue *q)
{
	int ring = 0;

	while (ring + 1 < q->rule.n_rings &&
		w->center->now_ms - w->since_mono >= q->rule.rings[ring + 1].after_ms)
		ring++;
	return ring;
}

static json_t *wait_json(const struct work *w, const struct queue *q)
{
	struct center *c = w->center;
	const struct agent *preferred = w->preferred ? map_get(&c->agents, w->preferred) : NULL;
	int64_t estimate = route_estimate(c->route, w->segment, c->now_ms);
	bool is_patient = preferred && preferred->is_available && !w->offers &&
			  w->queued_mono + w->patience_ms > c->now_ms;

	return json_pack("{s:o,s:s,s:s,s:I,s:i,s:i,s:b,s:i,s:o,s:b,s:o,s:o}", "interaction", json_id(w->id),
		"number", work_from(w), "name", work_name(w), "since", (json_int_t)wall_of(c, w->queued_mono),
		"position", route_position(c->route, w->segment), "priority", (int)w->priority, "is_vip",
		w->is_vip, "ring", ring_of(w, q), "target_at",
		w->target_ms ? json_integer(wall_of(c, w->since_mono + w->target_ms)) : json_null(),
		"is_near_target", w->is_near_target, "estimate_ms",
		estimate < 0 ? json_null() : json_integer(estimate), "preferred",
		json_id(is_patient ? w->preferred : 0));
}

json_t *works_waits_json(struct center *c, uint64_t queue)
{
	const struct queue *q = snapshot_queue(c->snapshot, queue);
	const struct queue_view *v = map_get(&c->queue_views, queue);
	const struct work *w = v && q ? v->first_work : NULL;
	json_t *list = json_array();

	for (int n = 0; w && n < LIVE_WAITS_MAX; w = w->next, n++)
		json_array_append_new(list, wait_json(w, q));
	return list;
}

/* --- messages, from the log
 * ----------------------------------------------------------------------------------------------- */

void work_messages_ask(struct center *c, const struct work *w, uint64_t user, int64_t before)
{
	struct lookup *ask = alloc_zero(sizeof(*ask));

	if (!ask)
		return;
	ask->interaction = w->id;
	ask->reader = user;
	ask->before = before;
	ask->asked_ms = center_wall(c);
	str_put(ask->number, sizeof(ask->number), work_from(w));
	work_await_lookup(c, ask); /* it reads the database: what was just written must be there */
}

void work_messages_push(struct center *c, struct lookup *found)
{
	struct work *w = work_get(c, found->interaction);
	struct agent *a = map_get(&c->agents, found->reader);
	json_t *messages = TAKE_PTR(found->messages), *history = TAKE_PTR(found->history);
	json_t *customer = TAKE_PTR(found->customer);

	/* Whose it was a moment ago is not whose it is now. */
	if (!w || !a || !messages || (w->agent != a->user && !work_offer_of(w, a))) {
		json_decref(messages);
		json_decref(history);
		json_decref(customer);
		return;
	}
	push_user(c, a->user,
		json_pack("{s:s,s:o,s:I,s:o,s:o,s:s}", "on", "work_messages", "interaction", json_id(w->id),
			"before", (json_int_t)found->before, "messages", messages, "history",
			history ? history : json_array(), "customer_notes",
			jsonx_text(customer, "notes", "")));
	json_decref(customer);
}

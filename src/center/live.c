/* The live view: what supervisors see, as whole objects of what changed, at most every LIVE_FLUSH_MS. Figures
 * come from the same fold as every report. */
#include "base/clock.h"
#include "base/str.h"
#include "center/dial/dial_trunk.h"
#include "center/features/scope.h"
#include "center/call/phones.h"
#include "center/features/supervise.h"
#include "center/state.h"
#include "center/work/work.h"

#include <stdlib.h>
#include <time.h>

#define ALL_EVERY_MS 1000

/* Midnight of today in the time zone of the installation. */
static int64_t day_start(struct center *c)
{
	return c->snapshot ? snapshot_day_start(c->snapshot, center_wall(c)) : 0;
}

static json_t *queue_figures(struct center *c, uint64_t queue)
{
	struct kpi_counts counts;
	int64_t now = center_wall(c);

	if (queue)
		kpi_queue_counts(c->fold, queue, day_start(c), now, now, &counts);
	else
		kpi_house_counts(c->fold, day_start(c), now, now, &counts);
	return kpi_to_json(&counts);
}

static json_t *agent_figures(struct center *c, uint64_t agent)
{
	struct kpi_counts counts;
	int64_t now = center_wall(c);

	kpi_agent_counts(c->fold, agent, day_start(c), now, now, &counts);
	return kpi_to_json(&counts);
}

/* --- one object each
 * ------------------------------------------------------------------------------------------------- */

static json_t *at_json(const struct center *c, int64_t mono_ms)
{
	return mono_ms ? json_integer(center_wall(c) - (c->now_ms - mono_ms)) : json_null();
}

/* How far the queue has widened for somebody who waits, by the clock that routing goes by. */
static int ring_of(const struct center *c, const struct queue *q, const struct segment *s)
{
	int ring = 0;

	while (ring + 1 < q->rule.n_rings &&
		c->now_ms - s->waiting_since_mono >= q->rule.rings[ring + 1].after_ms)
		ring++;
	return ring;
}

static json_t *wait_json(struct center *c, const struct queue *q, const struct interaction *ix)
{
	const struct segment *s = &ix->segment;
	const struct agent *preferred = map_get(&c->agents, s->preferred);
	int64_t estimate = route_estimate(c->route, s->id, c->now_ms);
	bool is_patient =
		preferred && preferred->is_available && !ix->ringing && s->patient_until_mono > c->now_ms;

	return json_pack("{s:o,s:s,s:s,s:o,s:i,s:i,s:b,s:i,s:o,s:b,s:o,s:o}", "interaction", json_id(ix->id),
		"number", ix->from, "name", ix->from_name, "since", at_json(c, s->queued_mono), "position",
		route_position(c->route, s->id), "priority", s->priority, "is_vip",
		jsonx_bool(ix->customer_row, "is_vip", false), "ring", ring_of(c, q, s), "target_at",
		at_json(c, s->target_mono), "is_near_target", s->is_near_target, "estimate_ms",
		estimate < 0 ? json_null() : json_integer(estimate), "preferred",
		json_id(is_patient ? s->preferred : 0));
}

json_t *live_waits_json(struct center *c, uint64_t queue)
{
	json_t *list = json_array();
	const struct queue *q = snapshot_queue(c->snapshot, queue);
	const struct queue_view *v = map_get(&c->queue_views, queue);
	const struct interaction *ix = v && q ? v->first_wait : NULL;

	if (v && v->first_work) { /* a queue has one channel: calls or others */
		json_decref(list);
		return works_waits_json(c, queue);
	}
	for (int n = 0; ix && n < LIVE_WAITS_MAX; ix = ix->wait_next, n++)
		json_array_append_new(list, wait_json(c, q, ix));
	return list;
}

/* When the first of those shown is due for its next ring: the view is old then though nothing was said. */
static int64_t widens_at(const struct center *c, const struct queue *q, const struct queue_view *v)
{
	const struct interaction *ix = v->first_wait;
	int64_t first = INT64_MAX;

	for (int n = 0; ix && n < LIVE_WAITS_MAX; ix = ix->wait_next, n++) {
		int next = ring_of(c, q, &ix->segment) + 1;
		if (next >= q->rule.n_rings)
			continue;
		int64_t at = ix->segment.waiting_since_mono + q->rule.rings[next].after_ms;
		first = at < first ? at : first;
	}
	return first;
}

static json_t *live_queue(struct center *c, const struct queue *q)
{
	struct route_queue_counts n = {.oldest_waiting_since_ms = INT64_MAX};
	struct queue_view *v = live_queue_view(c, q->id);

	route_queue_counts(c->route, q->id, &n);
	bool has_oldest = n.oldest_waiting_since_ms != INT64_MAX;
	int64_t ewt = route_queue_estimate(c->route, q->id, c->now_ms);
	json_t *j = json_pack("{s:o,s:s,s:i,s:o,s:i,s:i,s:i,s:i,s:i,s:b,s:i,s:o,s:i,s:i,s:o,s:o}", "id",
		json_id(q->id), "name", q->name, "waiting", n.waiting, "oldest_since",
		at_json(c, has_oldest ? n.oldest_waiting_since_ms : 0), "ringing", n.offered, "talking",
		n.connected, "agents_ready", n.agents_available, "agents_free", n.agents_free,
		"agents_reachable", v ? v->n_reachable : 0, "is_open", n.is_open, "owed", n.owed, "ewt_ms",
		ewt < 0 ? json_null() : json_integer(ewt), "service_level_ms", q->service_level_ms,
		"service_level_target_pct", q->service_level_target_pct, "today", queue_figures(c, q->id),
		"waits", live_waits_json(c, q->id));
	if (v)
		v->widens_ms = widens_at(c, q, v);
	return j;
}

static json_t *live_agent(struct center *c, const struct agent *a)
{
	static const char *const devices[] = {"browser", "phone", "uri"};
	const struct user *u = snapshot_user(c->snapshot, a->user);
	const struct interaction *ix = a->interaction;
	json_t *customer =
		ix ? json_pack("{s:s,s:s}", "number", ix->from, "name", ix->from_name) : json_null();

	return json_pack("{s:o,s:s,s:o,s:s,s:I,s:o,s:s,s:b,s:s?,s:o,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o}", "id",
		json_id(a->user), "name", u ? u->name : "", "team", json_id(u ? u->team : 0), "state",
		a->state, "state_since", (json_int_t)a->state_since_wall, "break_reason",
		json_id(a->break_reason), "device", devices[a->device], "is_device_reachable",
		agent_is_reachable(a), "device_reason", phones_why_not(a), "phone", phones_json(c, a->user),
		"interaction", json_id(ix ? ix->id : 0), "customer", customer, "queue",
		json_id(ix ? ix->segment.queue : 0), "works", work_count(a), "today",
		agent_figures(c, a->user), "supervised_by", ix ? supervised_by_json(ix) : json_null(),
		"direction", ix ? json_string(call_direction(ix)) : json_null(), "mos", quality_mos_json(ix));
}

/* --- changes
 * ---------------------------------------------------------------------------------------------------------
 */

static void soon(struct center *c)
{
	if (c->live_due_ms > c->now_ms + LIVE_FLUSH_MS)
		c->live_due_ms = c->now_ms + LIVE_FLUSH_MS;
}

struct queue_view *live_queue_view(struct center *c, uint64_t queue)
{
	struct queue_view *v = map_get(&c->queue_views, queue);

	if (v || !snapshot_queue(c->snapshot, queue))
		return v;
	v = alloc_zero(sizeof(*v));
	if (!v || map_put(&c->queue_views, queue, v) < 0) {
		alloc_free(v);
		return NULL;
	}
	v->id = queue;
	v->widens_ms = INT64_MAX;
	return v;
}

void live_queue_changed(struct center *c, uint64_t queue)
{
	struct queue_view *v = live_queue_view(c, queue);

	if (!v)
		return;
	v->is_dirty = true;
	soon(c);
}

void live_wait_begins(struct interaction *ix)
{
	struct queue_view *v = live_queue_view(ix->center, ix->segment.queue);

	live_wait_ends(ix);
	if (!v)
		return;
	ix->wait_view = v;
	ix->wait_prev = v->last_wait;
	if (v->last_wait)
		v->last_wait->wait_next = ix;
	else
		v->first_wait = ix;
	v->last_wait = ix;
}

void live_wait_ends(struct interaction *ix)
{
	struct queue_view *v = ix->wait_view;

	if (!v)
		return;
	if (ix->wait_prev)
		ix->wait_prev->wait_next = ix->wait_next;
	else
		v->first_wait = ix->wait_next;
	if (ix->wait_next)
		ix->wait_next->wait_prev = ix->wait_prev;
	else
		v->last_wait = ix->wait_prev;
	ix->wait_view = NULL;
	ix->wait_prev = ix->wait_next = NULL;
}

static void reap_queues(struct center *c)
{
	struct queue_view *v;

	for (size_t i = 0; (v = map_next(&c->queue_views, &i));) {
		if (snapshot_queue(c->snapshot, v->id) || v->first_wait || v->first_work)
			continue;
		if (c->n_live && VEC_PUSH(&c->gone_queues, v->id) == 0)
			soon(c);
		map_remove(&c->queue_views, v->id);
		alloc_free(v);
		i = 0; /* removing moved what follows */
	}
}

void live_reap(struct center *c)
{
	struct trunk_view *t;

	reap_queues(c);
	for (size_t i = 0; (t = map_next(&c->trunk_views, &i));) {
		if (map_get(&c->snapshot->trunk_by_id, t->id) || t->calls > 0 || t->channels > 0)
			continue;
		if (c->n_live && VEC_PUSH(&c->gone_trunks, t->id) == 0)
			soon(c);
		map_remove(&c->trunk_views, t->id);
		alloc_free(t);
		i = 0;
	}
}

void live_agent_changed(struct agent *a)
{
	const struct user *u = snapshot_user(a->center->snapshot, a->user);

	a->is_dirty = true;
	for (int i = 0; u && i < u->n_serves && i < 64; i++)
		live_queue_changed(a->center, u->serves[i].queue);
	soon(a->center);
}

void live_count_reachable(struct agent *a)
{
	const struct user *u = snapshot_user(a->center->snapshot, a->user);
	bool is_reachable = u && agent_is_employed(a) && agent_is_reachable(a);

	if (is_reachable == a->is_counted)
		return;
	a->is_counted = is_reachable;
	for (int i = 0; u && i < u->n_serves; i++) {
		struct queue_view *v = live_queue_view(a->center, u->serves[i].queue);
		if (!v)
			continue;
		v->n_reachable += is_reachable ? 1 : -1;
		v->is_dirty = true;
	}
}

void live_recount_reachable(struct center *c)
{
	struct queue_view *v;
	struct agent *a;

	for (size_t i = 0; (v = map_next(&c->queue_views, &i));)
		v->n_reachable = 0;
	for (size_t i = 0; (a = map_next(&c->agents, &i));) {
		a->is_counted = false;
		live_count_reachable(a);
	}
}

struct trunk_view *live_trunk_view(struct center *c, uint64_t id)
{
	struct trunk_view *t = map_get(&c->trunk_views, id);

	if (t || !id)
		return t;
	t = alloc_zero(sizeof(*t));
	if (!t || map_put(&c->trunk_views, id, t) < 0) {
		alloc_free(t);
		return NULL;
	}
	t->id = id;
	return t;
}

void live_trunk(struct center *c, const struct sip_event *e)
{
	struct trunk_view *t = live_trunk_view(c, e->trunk);

	if (!t)
		return;
	if (!t->is_known || t->is_up != e->is_up)
		emit(c, &(struct event){.type = EVENT_TRUNK_STATE,
				.ref = e->trunk,
				.number = e->is_up,
				.reason = e->reason});
	if (e->is_up && !t->is_up)
		t->state.back_until_ms = 0; /* it is back */
	t->is_known = true;
	t->is_up = e->is_up;
	t->registration = e->registration;
	t->is_dirty = true;
	str_put(t->reason, sizeof(t->reason), e->reason);
	soon(c);
}

void live_trunk_touch(struct center *c, struct trunk_view *t)
{
	t->is_dirty = true;
	soon(c);
}

void live_trunk_calls(struct center *c, uint64_t trunk, int change)
{
	struct trunk_view *t = live_trunk_view(c, trunk);

	if (!t)
		return;
	t->calls += change;
	t->is_dirty = true;
	soon(c);
}

static json_t *queues_json(struct center *c, bool is_full)
{
	json_t *list = json_array();
	const struct snapshot *s = c->snapshot;

	for (int i = 0; i < s->n_queues; i++) {
		struct queue_view *v = map_get(&c->queue_views, s->queues[i].id);
		if (!is_full && (!v || (!v->is_dirty && v->widens_ms > c->now_ms)))
			continue;
		if (v && !is_full) /* a full view is for one page: the others are still owed the change */
			v->is_dirty = false;
		json_array_append_new(list, live_queue(c, &s->queues[i]));
	}
	return list;
}

static json_t *agents_json(struct center *c, bool is_full)
{
	json_t *list = json_array();
	struct agent *a;

	for (size_t i = 0; (a = map_next(&c->agents, &i));) {
		if (!is_full && !a->is_dirty)
			continue;
		if (!is_full)
			a->is_dirty = false;
		json_array_append_new(list, live_agent(c, a));
	}
	return list;
}

static json_t *trunks_json(struct center *c, bool is_full)
{
	json_t *list = json_array();
	const struct snapshot *s = c->snapshot;

	for (int i = 0; i < s->n_trunks; i++) {
		struct trunk_view *t = live_trunk_view(c, s->trunks[i].id);
		if (!t || (!is_full && !t->is_dirty))
			continue;
		if (!is_full)
			t->is_dirty = false;
		json_array_append_new(list, trunk_json(c, t));
	}
	return list;
}

json_t *live_full(struct center *c)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "queues", queues_json(c, true), "agents", agents_json(c, true),
		"all", queue_figures(c, 0), "trunks", trunks_json(c, true));
}

json_t *live_people(struct center *c)
{
	return json_pack("{s:s,s:[],s:o}", "on", "live", "queues", "agents", agents_json(c, true));
}

static void add_some(json_t *j, const char *key, json_t *list)
{
	if (json_array_size(list) > 0)
		json_object_set_new(j, key, list);
	else
		json_decref(list);
}

static json_t *ids_json(const uint64_t *ids, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_id(ids[i]));
	return list;
}

static void add_gone(struct center *c, json_t *j)
{
	json_t *gone = json_object();

	add_some(gone, "agents", ids_json(c->gone_agents.at, c->gone_agents.len));
	add_some(gone, "queues", ids_json(c->gone_queues.at, c->gone_queues.len));
	add_some(gone, "trunks", ids_json(c->gone_trunks.at, c->gone_trunks.len));
	c->gone_agents.len = c->gone_queues.len = c->gone_trunks.len = 0;
	if (json_object_size(gone) > 0)
		json_object_set_new(j, "gone", gone);
	else
		json_decref(gone);
}

void live_flush(struct center *c)
{
	struct center_output out = {.kind = CENTER_TO_LIVE, .tenant = TENANT};
	json_t *queues = queues_json(c, false), *agents = agents_json(c, false);
	json_t *j = json_pack("{s:s}", "on", "live");
	bool has_news = json_array_size(queues) > 0 || json_array_size(agents) > 0;

	c->live_due_ms = c->now_ms + ALL_EVERY_MS;
	json_object_set_new(j, "queues", queues);
	json_object_set_new(j, "agents", agents);
	add_some(j, "trunks", trunks_json(c, false));
	add_gone(c, j);
	if (c->is_all_dirty && c->all_due_ms <= c->now_ms) {
		json_object_set_new(j, "all", queue_figures(c, 0));
		c->is_all_dirty = false;
		c->all_due_ms = c->now_ms + ALL_EVERY_MS;
	}
	if (has_news || json_object_size(j) > 3) {
		out.text = jsonx_dump(j);
		if (!out.text || !c->parts.on_output(&out, c->parts.on_output_arg))
			free(out.text);
		scope_push_live(c, j);
	}
	json_decref(j);
}

/* --- figures for the API
 * --------------------------------------------------------------------------------------------- */

json_t *figures_json(struct center *c, int64_t from_ms, int64_t to_ms)
{
	int64_t now = center_wall(c);
	json_t *queues = json_array(), *agents = json_array(), *row;
	struct kpi_counts counts;
	struct agent *a;

	if (from_ms == 0)
		from_ms = day_start(c);
	if (to_ms == 0)
		to_ms = now;
	for (int i = 0; i < c->snapshot->n_queues; i++) {
		kpi_queue_counts(c->fold, c->snapshot->queues[i].id, from_ms, to_ms, now, &counts);
		row = kpi_to_json(&counts);
		json_object_set_new(row, "queue", json_id(c->snapshot->queues[i].id));
		json_array_append_new(queues, row);
	}
	for (size_t i = 0; (a = map_next(&c->agents, &i));) {
		kpi_agent_counts(c->fold, a->user, from_ms, to_ms, now, &counts);
		row = kpi_to_json(&counts);
		json_object_set_new(row, "agent", json_id(a->user));
		json_array_append_new(agents, row);
	}
	kpi_house_counts(c->fold, from_ms, to_ms, now, &counts);
	return json_pack("{s:I,s:I,s:o,s:o,s:o}", "from_at", (json_int_t)from_ms, "to_at", (json_int_t)to_ms,
		"all", kpi_to_json(&counts), "queues", queues, "agents", agents);
}

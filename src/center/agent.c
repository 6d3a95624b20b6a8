/* People who take contacts: presence, reachability, what they are doing now, and wrap-up.
 *
 * presence is what the agent chose (or a missed offer imposed); state is what shows: ringing, talking, hold
 * and wrap_up come before it. Every change of state is one EVENT_AGENT_STATE. route/ is told of availability
 * only when it changes. */
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/call/phones.h"
#include "center/state.h"
#include "center/work/work.h"

static const char *const presence_text[] = {"offline", "ready", "break", "not_responding"};
static const char *const device_text[] = {"browser", "phone", "uri"};

/* Somebody may get the role while signed in. */
int client_pages(const struct center *c, uint64_t user)
{
	const struct client *client;
	int n = 0;

	for (size_t i = 0; (client = map_next(&c->clients, &i));)
		n += client->who.user == user;
	return n;
}

struct agent *agent_get(struct center *c, uint64_t user)
{
	const struct user *u = snapshot_user(c->snapshot, user);

	if (!u || !u->is_agent || !u->is_active)
		return map_get(&c->agents, user);
	return agent_make(c, user);
}

struct agent *agent_make(struct center *c, uint64_t user)
{
	struct agent *a = map_get(&c->agents, user);
	const struct user *u = snapshot_user(c->snapshot, user);

	if (a || !u || !u->is_active)
		return a;
	if (!u->is_agent)
		c->has_leavers = true; /* forgotten when it has nothing left to finish */
	a = alloc_zero(sizeof(*a));
	if (!a || map_put(&c->agents, user, a) < 0) {
		alloc_free(a);
		return NULL;
	}
	a->user = user;
	a->center = c;
	a->n_clients = client_pages(c, user);
	a->device = u->device;
	str_put(a->device_uri, sizeof(a->device_uri), u->device_uri);
	str_put(a->state, sizeof(a->state), "offline");
	a->state_since_mono = c->now_ms;
	a->state_since_wall = center_wall(c);
	return a;
}

bool agent_is_employed(const struct agent *a)
{
	const struct user *u = snapshot_user(a->center->snapshot, a->user);

	return u && u->is_agent && u->is_active;
}

bool agent_is_busy(const struct agent *a)
{
	return a->interaction || a->wrap_up.is_on || a->works || a->work_offers || a->work_wraps;
}

void agent_free(struct agent *a)
{
	timer_cancel(&a->center->timers, &a->grace);
	works_agent_free(a);
	json_decref(a->wrap_up.facts);
	alloc_free(a->wrap_up.notes);
	alloc_free(a);
}

void agents_reap(struct center *c)
{
	struct agent *a;

	bool is_any_gone = false;

	c->has_leavers = false;
	for (size_t i = 0; (a = map_next(&c->agents, &i));) {
		if (agent_is_employed(a))
			continue;
		if (agent_is_busy(a) || a->n_aside > 0 || !str_equal(a->state, "offline")) {
			c->has_leavers = true;
			continue;
		}
		if (c->n_live && VEC_PUSH(&c->gone_agents, a->user) == 0)
			c->live_due_ms = c->now_ms;
		map_remove(&c->agents, a->user);
		agent_free(a);
		is_any_gone = true;
		i = 0; /* removing moved what follows */
	}
	if (is_any_gone)
		config_apply_clients(c);
}

bool agent_is_reachable(const struct agent *a)
{
	switch (a->device) {
	case DEVICE_BROWSER:
		return a->n_clients > 0;
	case DEVICE_PHONE:
		return a->n_contacts > 0;
	default:
		return a->device_uri[0] != '\0';
	}
}

/* Of several contacts at once the first of these shows: one connected and not on hold, one on hold, one
 * ringing, one in wrap-up (docs/kpi.md). */
static const char *state_of(const struct agent *a)
{
	const struct interaction *call = a->offer.is_on ? NULL : a->interaction;
	bool is_held = call && call->talk != TALK_FRONT && call->lead && call->lead->user == a->user;

	if (a->works || (call && !is_held))
		return "talking";
	if (call)
		return "hold";
	if (a->offer.is_on || a->work_offers)
		return "ringing";
	if (a->wrap_up.is_on || a->work_wraps)
		return "wrap_up";
	if (a->presence == PRESENCE_READY && a->device == DEVICE_PHONE && !agent_is_reachable(a))
		return "unreachable"; /* nobody is called ready whose telephone cannot ring */
	return presence_text[a->presence];
}

static void set_state(struct agent *a, const char *state)
{
	struct center *c = a->center;
	char left[sizeof(a->state)];

	if (str_equal(a->state, state))
		return;
	str_put(left, sizeof(left), a->state);
	emit(c, &(struct event){.type = EVENT_AGENT_STATE,
			.agent = a->user,
			.reason = state,
			.name = left,
			.duration_ms = c->now_ms - a->state_since_mono,
			.ref = a->presence == PRESENCE_BREAK ? a->break_reason : 0});
	str_put(a->state, sizeof(a->state), state);
	a->state_since_mono = c->now_ms;
	a->state_since_wall = center_wall(c);
}

void agent_refresh(struct agent *a)
{
	struct center *c = a->center;
	bool is_ringing = a->offer.is_on || a->work_offers;
	/* A break asked for stands before the next contact; one that rings already may still be taken. But
	 * what begins to ring does not make anybody available: routing may be about to take it back. */
	bool is_available = a->presence == PRESENCE_READY && agent_is_reachable(a) && a->n_aside == 0 &&
			    (!a->has_next_break || (is_ringing && a->is_available));

	config_page_changed(a);
	works_agent_changed(a);
	if (a->has_next_break && !agent_is_busy(a)) {
		a->has_next_break = false;
		agent_set_presence(a, PRESENCE_BREAK, a->next_break_reason);
		return;
	}
	set_state(a, state_of(a));
	live_count_reachable(a);
	live_agent_changed(a);
	agent_push(a);
	if (is_available == a->is_available)
		return;
	a->is_available = is_available;
	if (is_available)
		atomic_fetch_add_explicit(&c->count_available, 1, memory_order_relaxed);
	else
		atomic_fetch_sub_explicit(&c->count_available, 1, memory_order_relaxed);
	route_feed(c, &(struct route_input){
			      .kind = ROUTE_AVAILABLE, .agent = a->user, .is_available = is_available});
}

void agent_set_presence(struct agent *a, enum presence p, uint64_t break_reason)
{
	if (p != PRESENCE_READY && p != PRESENCE_NOT_RESPONDING)
		timer_cancel(&a->center->timers, &a->grace);
	if (p == PRESENCE_NOT_RESPONDING && a->presence != PRESENCE_READY)
		return;
	a->presence = p;
	a->break_reason = p == PRESENCE_BREAK ? break_reason : 0;
	a->has_next_break = false;
	if (p == PRESENCE_NOT_RESPONDING && a->is_available) {
		a->is_available = false; /* route/ knows: it said so */
		atomic_fetch_sub_explicit(&a->center->count_available, 1, memory_order_relaxed);
	}
	agent_refresh(a);
}

json_t *agent_json(const struct agent *a)
{
	const struct center *c = a->center;

	return json_pack("{s:s,s:s,s:s,s:I,s:o,s:s,s:s,s:b,s:s?,s:o,s:o}", "on", "agent", "presence",
		presence_text[a->presence], "state", a->state, "state_since", (json_int_t)a->state_since_wall,
		"break_reason", json_id(a->break_reason), "device", device_text[a->device], "device_uri",
		a->device_uri, "is_device_reachable", agent_is_reachable(a), "device_reason",
		phones_why_not(a), "phone", phones_json(c, a->user), "next_presence",
		a->has_next_break ? json_string("break") : json_null());
}

void agent_push(struct agent *a)
{
	if (a->n_clients > 0)
		push_user(a->center, a->user, agent_json(a));
}

static void grace_over(struct timer *t, int64_t now_ms)
{
	struct agent *a = (struct agent *)((char *)t - offsetof(struct agent, grace));

	(void)now_ms;
	if (a->n_clients == 0 && !a->interaction)
		agent_set_presence(a, PRESENCE_OFFLINE, 0);
	else
		agent_wait_for_client(a);
}

void agent_wait_for_client(struct agent *a)
{
	if (a->n_clients == 0 && a->device == DEVICE_BROWSER && a->presence != PRESENCE_OFFLINE)
		timer_set(&a->center->timers, &a->grace, a->center->now_ms + CLIENT_GRACE_MS, grace_over);
}

/* --- wrap-up
 * ---------------------------------------------------------------------------------------------------------
 */

void wrap_up_prepare(struct agent *a, struct interaction *ix, uint64_t segment, uint64_t queue)
{
	struct wrap_up *w = &a->wrap_up;

	/* segment.id is already 0 here; the facts are those of the call as it was. */
	uint64_t was = ix->segment.id;
	ix->segment.id = segment;
	json_decref(w->facts);
	w->facts = call_json(ix, a->user);
	ix->segment.id = was;
	w->interaction = ix->id;
	w->segment = segment;
	w->queue = queue;
	w->disposition = ix->disposition;
	alloc_free(w->notes);
	w->notes = TAKE_PTR(ix->notes);
	ix->disposition = 0;
}

void wrap_up_begin(struct agent *a, uint64_t segment, uint64_t queue, int64_t due_ms)
{
	struct wrap_up *w = &a->wrap_up;
	struct center *c = a->center;
	bool is_new = !w->is_on;

	w->until_mono = due_ms;
	if (is_new) {
		w->is_on = true;
		w->is_extended = false;
		w->since_mono = c->now_ms;
		emit(c, &(struct event){.type = EVENT_WRAP_UP_STARTED,
				.interaction = w->interaction,
				.segment = segment,
				.queue = w->is_outbound ? 0 : queue,
				.agent = a->user,
				.duration_ms = due_ms - c->now_ms});
	}
	push_user(c, a->user, wrap_up_json(a));
	if (is_new)
		agent_refresh(a);
}

void wrap_up_over(struct agent *a, const char *reason)
{
	struct wrap_up *w = &a->wrap_up;
	struct center *c = a->center;

	if (!w->is_on)
		return;
	w->is_on = false;
	emit(c, &(struct event){.type = EVENT_WRAP_UP_ENDED,
			.interaction = w->interaction,
			.segment = w->segment,
			.queue = w->is_outbound ? 0 : w->queue,
			.agent = a->user,
			.acw_ms = c->now_ms - w->since_mono,
			.ref = w->disposition,
			.text = w->notes,
			.reason = reason});
	push_user(c, a->user,
		json_pack("{s:s,s:o}", "on", "wrap_up_over", "interaction", json_id(w->interaction)));
	json_decref(w->facts);
	alloc_free(w->notes);
	*w = (struct wrap_up){0};
	agent_refresh(a);
}

void wrap_up_forget(struct agent *a)
{
	json_decref(a->wrap_up.facts);
	alloc_free(a->wrap_up.notes);
	a->wrap_up = (struct wrap_up){0};
}

json_t *wrap_up_json(const struct agent *a)
{
	const struct wrap_up *w = &a->wrap_up;
	struct center *c = a->center;
	const struct queue *q = snapshot_queue(c->snapshot, w->queue);
	json_t *j = w->facts ? json_copy(w->facts) : json_object(), *list = json_array();

	for (int i = 0; q && i < q->n_dispositions; i++) {
		const struct named *d = map_get(&c->snapshot->disposition_by_id, q->dispositions[i]);
		if (d)
			json_array_append_new(
				list, json_pack("{s:o,s:s}", "id", json_id(d->id), "name", d->name));
	}
	json_object_set_new(j, "on", json_string("wrap_up"));
	json_object_set_new(j, "interaction", json_id(w->interaction));
	json_object_set_new(j, "segment", json_id(w->segment));
	json_object_set_new(j, "until", json_integer(center_wall(c) + w->until_mono - c->now_ms));
	json_object_set_new(j, "is_extended", json_boolean(w->is_extended));
	json_object_set_new(j, "disposition_required", json_boolean(q && q->is_disposition_required));
	json_object_set_new(j, "dispositions", list);
	json_object_set_new(j, "disposition", json_id(w->disposition));
	json_object_set_new(j, "notes", json_string(w->notes ? w->notes : ""));
	return j;
}

/* See route.h. A step is: make room for every action the input can lead to, apply it, settle; then the same
 * for each deadline that has passed, in order of (due, agents first, id). An input is applied before the
 * deadlines of its own moment: an agent who answered as the ring timed out has answered. */
#include "route/configure.h"
#include "route/contact.h"
#include "route/due.h"
#include "route/estimate.h"
#include "route/match.h"
#include "route/need.h"
#include "route/order.h"
#include "route/world.h"

int route_new(struct route **ret_route, size_t explain_max)
{
	struct route *r = alloc_zero(sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->now_ms = INT64_MIN;
	r->n_kept = explain_max;
	r->decisions = explain_max ? alloc_array(explain_max, sizeof(*r->decisions)) : NULL;
	if (explain_max && !r->decisions) {
		alloc_free(r);
		return -ENOMEM;
	}
	*ret_route = r;
	return 0;
}

void route_free(struct route *r)
{
	if (!r)
		return;
	route_world_free(&r->w);
	map_free(&r->segment_of);
	VEC_EACH(&r->blocks, i)
	alloc_free(r->blocks.at[i]);
	VEC_FREE(&r->blocks);
	VEC_FREE(&r->chunks);
	VEC_FREE(&r->timers);
	VEC_FREE(&r->places);
	VEC_FREE(&r->work);
	alloc_free(r->decisions);
	alloc_free(r);
}

void route_actions_free(struct route_actions *a)
{
	VEC_FREE(a);
}

static struct agent *agent_of(const struct route *r, uint64_t id)
{
	struct agent *a = map_get(&r->w.agent_of, id);

	return a && !a->is_gone ? a : NULL;
}

static int refuse(struct route *r, const struct route_input *in, enum route_reason reason)
{
	route_act(r, (struct route_action){ROUTE_REFUSED, reason, .segment = in->segment, .agent = in->agent,
			     .queue = in->queue});
	return 0;
}

static int check_enqueue(const struct route_input *in)
{
	if (!in->segment || in->n_skills < 0 || in->n_skills > ROUTE_SKILLS_MAX ||
		in->preferred_patience_ms < 0)
		return -EINVAL;
	if (in->priority < -ROUTE_PRIORITY_MAX || in->priority > ROUTE_PRIORITY_MAX)
		return -EINVAL;
	for (int i = 0; i < in->n_skills; i++)
		if (!in->skills[i].skill || in->skills[i].level < 1 || in->skills[i].level > ROUTE_LEVEL_MAX)
			return -EINVAL;
	return 0;
}

/* The need of what is asked, made when it is new; NULL when memory is out. */
static struct need *need_for(struct route *r, struct queue *q, const struct route_input *in)
{
	struct route_skill own[ROUTE_SKILLS_MAX];
	uint8_t channel = (uint8_t)in->channel;

	memcpy(own, in->skills, (size_t)in->n_skills * sizeof(*own));
	int n_own = route_skills_normalise(own, in->n_skills);
	struct need *n = route_need_find(&r->w, q, channel, own, n_own);
	if (!n) {
		route_need_make_room(&r->w, q);
		if (!VEC_RESERVE(&r->work, r->w.needs.len + 1 + r->w.n_agents) ||
			route_need_add(&r->w, q, channel, own, n_own, &n) < 0)
			return NULL;
	}
	n->used = ++r->w.n_uses;
	return n;
}

static int64_t first_announcement(const struct queue *q, int64_t now_ms)
{
	int32_t after = q->set.announce_first_ms ? q->set.announce_first_ms : q->set.announce_every_ms;

	return after ? route_later(now_ms, after) : INT64_MAX;
}

static void fill_segment(struct route *r, struct segment *s, struct queue *q, const struct route_input *in)
{
	struct agent *preferred = in->preferred_agent ? agent_of(r, in->preferred_agent) : NULL;

	s->id = in->segment;
	s->since_ms = in->waiting_since_ms < r->now_ms ? in->waiting_since_ms : r->now_ms;
	s->own_priority = in->priority;
	s->priority = q->set.priority + in->priority;
	s->queue = q;
	s->channel = (uint8_t)in->channel;
	s->state = SEGMENT_WAITING;
	s->announce_ms = first_announcement(q, r->now_ms);
	if (!preferred || !preferred->is_available || !route_need_is_met(s->need, preferred))
		return;
	s->agent = preferred;
	s->patience_ms = route_later(r->now_ms, in->preferred_patience_ms);
	if (!in->preferred_patience_ms && !route_agent_for(r, s))
		s->agent = NULL;
}

static int admit(struct route *r, struct queue *q, const struct route_input *in, struct segment *s)
{
	uint32_t waiting = q->root ? route_segment(r, q->root)->n_waiting : 0;
	bool is_full = q->set.capacity && waiting >= (uint32_t)q->set.capacity;

	fill_segment(r, s, q, in);
	if (is_full && s->since_ms == r->now_ms && !route_agent_for(r, s)) {
		route_segment_free(r, s);
		return refuse(r, in, ROUTE_QUEUE_FULL);
	}
	if (map_put(&r->segment_of, s->id, s) < 0) {
		route_segment_free(r, s);
		return refuse(r, in, ROUTE_NO_MEMORY);
	}
	s->is_mapped = s->is_queued = true;
	s->need->n_segments++;
	q->n_enqueued++;
	route_order_insert(r, ORDER_QUEUE, &q->root, s);
	route_segment_touch(r, s);
	return 0;
}

static bool may_be_given(const struct segment *s, const struct agent *a)
{
	return a && a->is_available && !a->n_wrap_up && a->used[s->channel] < a->capacity[s->channel];
}

/* Offers a waiting segment, in no pool, by hand. */
static void give(struct route *r, struct segment *s, struct agent *a)
{
	route_agent_touch(r, a);
	route_offer(r, s, a, ROUTE_BY_HAND);
}

static int enqueue(struct route *r, const struct route_input *in)
{
	struct queue *q = map_get(&r->w.queue_of, in->queue);

	if (check_enqueue(in) < 0)
		return -EINVAL;
	if (!q)
		return refuse(r, in, ROUTE_UNKNOWN_QUEUE);
	if (in->channel != q->set.channel)
		return -EINVAL;
	if (map_get(&r->segment_of, in->segment))
		return refuse(r, in, ROUTE_DUPLICATE);
	struct need *n = need_for(r, q, in);
	struct segment *s = n ? route_segment_new(r) : NULL;
	if (!s)
		return refuse(r, in, ROUTE_NO_MEMORY);
	s->need = n;
	int err = admit(r, q, in, s);
	if (err == 0 && in->agent && map_get(&r->segment_of, in->segment) == s &&
		may_be_given(s, agent_of(r, in->agent))) {
		r->dirty_segments = s->next; /* touched last: it has a place already */
		give(r, s, agent_of(r, in->agent));
	}
	return err;
}

static int cancel(struct route *r, const struct route_input *in)
{
	struct segment *s = map_get(&r->segment_of, in->segment);

	if (!s)
		return -ENOENT;
	route_cancel(r, s);
	return 0;
}

static int fail(struct route *r, struct segment *s, enum route_fail why)
{
	struct agent *a = s->agent;

	switch (why) {
	case ROUTE_DECLINED:
	case ROUTE_WITHDRAWN:
		route_note_declined(r, s);
		route_release(r, s);
		return 0;
	case ROUTE_BUSY:
		route_rest(r, a);
		route_release(r, s);
		return 0;
	case ROUTE_UNREACHABLE:
		if (a->is_persistent)
			route_rest(r, a);
		route_missed(r, s);
		return 0;
	case ROUTE_NO_ANSWER:
		route_missed(r, s);
		return 0;
	}
	return -EINVAL;
}

/* ACCEPTED, FAILED, ENDED: about one contact of one agent, who may be gone from the config. */
static int contact_input(struct route *r, const struct route_input *in)
{
	struct agent *a = map_get(&r->w.agent_of, in->agent);
	enum segment_state state = in->kind == ROUTE_ENDED ? SEGMENT_CONNECTED : SEGMENT_OFFERED;
	struct segment *s = a ? route_contact_find(r, a, in->segment, state) : NULL;

	if (!s)
		return -ENOENT;
	if (in->kind == ROUTE_FAILED)
		return fail(r, s, in->fail);
	if (in->kind == ROUTE_ACCEPTED)
		route_connect(r, s);
	else
		route_end(r, s);
	return 0;
}

static void extend(struct route *r, struct segment *s, int32_t duration_ms)
{
	int64_t due = route_later(r->now_ms, duration_ms);

	if (due > s->due_ms) /* an extension never ends a wrap-up earlier */
		s->due_ms = due;
	route_segment_due(r, s);
	route_act(r, (struct route_action){ROUTE_WRAP_UP, .segment = s->id, .agent = s->agent->id,
			     .queue = s->queue ? s->queue->set.id : 0, .due_ms = s->due_ms});
}

static int wrap_up_input(struct route *r, const struct route_input *in)
{
	struct agent *a = map_get(&r->w.agent_of, in->agent);
	int found = 0;

	if (in->kind == ROUTE_WRAP_UP_EXTEND &&
		(in->duration_ms <= 0 || in->duration_ms > ROUTE_EXTEND_MAX_MS))
		return -EINVAL;
	for (uint32_t i = a ? a->first : 0, next; i; i = next) {
		struct segment *s = route_segment(r, i);
		next = s->next;
		if (s->state != SEGMENT_WRAP_UP || (in->segment && s->id != in->segment))
			continue;
		found++;
		if (in->kind == ROUTE_WRAP_UP_EXTEND)
			extend(r, s, in->duration_ms);
		else
			route_contact_over(r, s, ROUTE_DONE);
	}
	return found ? 0 : -ENOENT;
}

/* The newest offer of a on the channel, or NULL. */
static struct segment *newest_offer(const struct route *r, const struct agent *a, uint8_t channel)
{
	for (uint32_t i = a->last; i; i = route_segment(r, i)->prev) {
		struct segment *s = route_segment(r, i);
		if (s->state == SEGMENT_OFFERED && s->channel == channel)
			return s;
	}
	return NULL;
}

static int engage(struct route *r, const struct route_input *in)
{
	struct agent *a = agent_of(r, in->agent);
	struct queue *q = map_get(&r->w.queue_of, in->queue);
	struct segment *s;

	if (!in->segment || (unsigned)in->channel >= ROUTE_CHANNELS)
		return -EINVAL;
	if (!a || (in->queue && !q))
		return -ENOENT;
	if (route_contact_find(r, a, in->segment, SEGMENT_CONNECTED) ||
		route_contact_find(r, a, in->segment, SEGMENT_OFFERED))
		return refuse(r, in, ROUTE_DUPLICATE);
	if (a->used[in->channel] == UINT16_MAX || !(s = route_segment_new(r)))
		return -ENOMEM;
	route_agent_touch(r, a);
	s->id = in->segment;
	s->channel = (uint8_t)in->channel;
	s->state = SEGMENT_CONNECTED;
	s->queue = q;
	s->from_ms = r->now_ms;
	route_contact_append(r, a, s);
	a->used[s->channel]++;
	if (q)
		q->n_connected++;
	r->w.keys[a->slot].idle_ms = r->now_ms;
	uint8_t channel = s->channel;
	while (a->used[channel] > a->capacity[channel] && (s = newest_offer(r, a, channel)))
		route_withdraw(r, s, ROUTE_NOT_FREE);
	return 0;
}

static int assign(struct route *r, const struct route_input *in)
{
	struct segment *s = map_get(&r->segment_of, in->segment);
	struct agent *a = agent_of(r, in->agent);

	if (!s || !a)
		return -ENOENT;
	if (s->state != SEGMENT_WAITING)
		return refuse(r, in, ROUTE_NOT_WAITING);
	if (!may_be_given(s, a))
		return refuse(r, in, ROUTE_NOT_FREE);
	route_unpool(r, s);
	give(r, s, a);
	return 0;
}

static int available(struct route *r, const struct route_input *in)
{
	struct agent *a = agent_of(r, in->agent);

	if (!a)
		return -ENOENT;
	route_set_available(r, a, in->is_available);
	return 0;
}

static int apply(struct route *r, const struct route_input *in)
{
	switch (in->kind) {
	case ROUTE_TIME:
		return 0;
	case ROUTE_CONFIGURE:
		return route_configure(r, in->config);
	case ROUTE_AVAILABLE:
		return available(r, in);
	case ROUTE_ENQUEUE:
		return enqueue(r, in);
	case ROUTE_CANCEL:
		return cancel(r, in);
	case ROUTE_ACCEPTED:
	case ROUTE_FAILED:
	case ROUTE_ENDED:
		return contact_input(r, in);
	case ROUTE_WRAP_UP_EXTEND:
	case ROUTE_WRAP_UP_DONE:
		return wrap_up_input(r, in);
	case ROUTE_ENGAGE:
		return engage(r, in);
	case ROUTE_ASSIGN:
		return assign(r, in);
	}
	return -EINVAL;
}

/* Room for the actions an input can lead to: those of every agent it can touch. */
static int make_room(struct route *r, const struct route_input *in)
{
	const struct agent *a = map_get(&r->w.agent_of, in->agent);
	bool is_found_by_id = in->kind == ROUTE_CANCEL || in->kind == ROUTE_ASSIGN;
	const struct segment *s = is_found_by_id ? map_get(&r->segment_of, in->segment) : NULL;
	size_t n = 8 + (a ? route_agent_room(a) : 0);

	if (s && s->agent && s->agent != a)
		n += route_agent_room(s->agent);
	return route_room(r, n);
}

static void announce(struct route *r, struct segment *s)
{
	const struct queue *q = s->queue;
	int64_t every = q->set.announce_every_ms;
	uint32_t position = route_order_rank(r, q->root, s) + 1;

	route_act(r, (struct route_action){ROUTE_ANNOUNCE, .segment = s->id, .queue = q->set.id,
			     .position = (int)position,
			     .estimate_ms = route_estimate_wait(q, position, r->now_ms)});
	if (every) /* those missed while ringing are not made up for */
		s->announce_ms += every * (1 + (r->now_ms - s->announce_ms) / every);
	else
		s->announce_ms = INT64_MAX;
	route_segment_due(r, s);
}

static void segment_time(struct route *r, struct segment *s)
{
	int32_t limit = s->queue ? s->queue->set.max_wait_ms : 0;

	if (s->state == SEGMENT_WRAP_UP) {
		route_contact_over(r, s, ROUTE_DEADLINE);
	} else if (s->state == SEGMENT_OFFERED) {
		route_act(r, (struct route_action){ROUTE_WITHDRAW, ROUTE_DEADLINE, .segment = s->id,
				     .agent = s->agent->id, .queue = s->queue->set.id});
		route_missed(r, s);
	} else if (limit && route_later(s->since_ms, limit) <= r->now_ms) {
		route_overflow(r, s, ROUTE_DEADLINE);
	} else if (s->agent && s->patience_ms <= r->now_ms) {
		route_drop_preference(r, s);
	} else {
		announce(r, s);
	}
}

/* Deadlines that have passed. When memory for their actions is out they wait for the next step. */
static void run_deadlines(struct route *r)
{
	while (r->timers.len && r->timers.at[0].due_ms <= r->now_ms) {
		uint32_t ref = r->timers.at[0].ref;
		struct segment *s = ref & TIMER_AGENT ? NULL : route_segment(r, ref);
		struct agent *a = s ? s->agent : &r->w.agents[ref & ~TIMER_AGENT];

		if (route_room(r, 8 + (a ? route_agent_room(a) : 0)) < 0)
			return;
		if (s)
			segment_time(r, s);
		else
			route_agent_time(r, a);
		route_settle(r);
	}
}

int route_step(
	struct route *r, const struct route_input *input, int64_t now_ms, struct route_actions *actions)
{
	int64_t before = r->now_ms;

	actions->len = 0;
	r->out = actions;
	if (now_ms > r->now_ms)
		r->now_ms = now_ms;
	int rc = make_room(r, input);
	if (rc == 0)
		rc = apply(r, input);
	if (rc < 0) {
		r->now_ms = before;
		actions->len = 0;
	} else {
		route_settle(r);
		run_deadlines(r);
	}
	r->out = NULL;
	return rc;
}

int64_t route_next_due(const struct route *r)
{
	return r->timers.len ? r->timers.at[0].due_ms : INT64_MAX;
}

int route_position(const struct route *r, uint64_t segment)
{
	const struct segment *s = map_get(&r->segment_of, segment);

	return s && s->state == SEGMENT_WAITING ? (int)route_order_rank(r, s->queue->root, s) + 1 : 0;
}

int64_t route_estimate(const struct route *r, uint64_t segment, int64_t now_ms)
{
	const struct segment *s = map_get(&r->segment_of, segment);

	if (!s || s->state != SEGMENT_WAITING)
		return -1;
	return route_estimate_wait(s->queue, route_order_rank(r, s->queue->root, s) + 1, now_ms);
}

int64_t route_queue_estimate(const struct route *r, uint64_t queue, int64_t now_ms)
{
	const struct queue *q = map_get(&r->w.queue_of, queue);

	if (!q)
		return -1;
	if (q->base->n_free)
		return 0;
	uint32_t waiting = q->root ? route_segment(r, q->root)->n_waiting : 0;
	return route_estimate_wait(q, waiting + 1, now_ms);
}

int route_queue_counts(const struct route *r, uint64_t queue, struct route_queue_counts *ret_counts)
{
	const struct queue *q = map_get(&r->w.queue_of, queue);

	if (!q)
		return -ENOENT;
	const struct segment *root = q->root ? route_segment(r, q->root) : NULL;
	*ret_counts = (struct route_queue_counts){.waiting = root ? (int)root->n_waiting : 0,
		.offered = (int)q->n_offered,
		.connected = (int)q->n_connected,
		.agents_available = (int)q->base->n_available,
		.agents_free = (int)q->base->n_free,
		.oldest_waiting_since_ms = root ? root->oldest_ms : INT64_MAX};
	return 0;
}

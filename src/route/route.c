/* See route.h. A step is: make room for every action the input can lead to, apply it, settle; then the same
 * for each deadline that has passed, in order of (due, agents first, id). An input is applied before the
 * deadlines of its own moment: an agent who answered as the ring timed out has answered. */
#include "route/configure.h"
#include "route/contact.h"
#include "route/deadline.h"
#include "route/due.h"
#include "route/enter.h"
#include "route/estimate.h"
#include "route/match.h"
#include "route/need.h"
#include "route/order.h"
#include "route/world.h"

#define PAGE_BYTES 4096

/* Takes the memory now: what a day fills little by little looks like a leak. */
static void take_pages(void *p, size_t n)
{
	for (size_t i = 0; i < n; i += PAGE_BYTES)
		((volatile char *)p)[i] = 0;
}

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
	take_pages(r->decisions, explain_max * sizeof(*r->decisions));
	*ret_route = r;
	return 0;
}

static void free_exclusions(struct route *r)
{
	struct exclusion *e;

	for (size_t i = 0; (e = map_next(&r->exclusion_of, &i));)
		alloc_free(e);
	map_free(&r->exclusion_of);
}

void route_free(struct route *r)
{
	if (!r)
		return;
	route_world_free(&r->w);
	free_exclusions(r);
	map_free(&r->segment_of);
	VEC_EACH(&r->blocks, i)
	alloc_free(r->blocks.at[i]);
	VEC_FREE(&r->terms);
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
	bool is_reservation = route_terms(r, s)->reserve_ms > 0;

	if (is_reservation && (why == ROUTE_NO_ANSWER || why == ROUTE_UNREACHABLE))
		why = ROUTE_WITHDRAWN;
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

/* The newest offer of a that does not fit beside its other contacts, or NULL. */
static struct segment *misfit(const struct route *r, const struct agent *a)
{
	for (uint32_t i = a->last; i; i = route_segment(r, i)->prev) {
		struct segment *s = route_segment(r, i);
		if (s->state != SEGMENT_OFFERED)
			continue;
		if (!route_agent_fits(a, s->channel) ||
			(!s->is_assigned && route_queue_is_over_for(r, s->queue, a)))
			return s;
	}
	return NULL;
}

static int engage(struct route *r, const struct route_input *in)
{
	struct agent *a = route_agent_of(r, in->agent);
	struct queue *q = map_get(&r->w.queue_of, in->queue);
	struct segment *s;

	if (!in->segment || (unsigned)in->channel >= ROUTE_CHANNELS)
		return -EINVAL;
	if (!a || (in->queue && !q))
		return -ENOENT;
	if (route_contact_find(r, a, in->segment, SEGMENT_CONNECTED) ||
		route_contact_find(r, a, in->segment, SEGMENT_OFFERED))
		return route_refuse(r, in, ROUTE_DUPLICATE);
	if (a->used[in->channel] == UINT16_MAX || !(s = route_segment_new(r)))
		return -ENOMEM;
	route_agent_touch(r, a);
	s->id = in->segment;
	s->channel = (uint8_t)in->channel;
	s->state = SEGMENT_CONNECTED;
	s->queue = q;
	s->announce_ms = r->now_ms; /* connected since */
	route_contact_append(r, a, s);
	a->used[s->channel]++;
	if (q)
		q->n_connected++;
	route_set_idle(r, a);
	while ((s = misfit(r, a)))
		route_withdraw(r, s, ROUTE_NOT_FREE);
	return 0;
}

static int assign(struct route *r, const struct route_input *in)
{
	struct segment *s = map_get(&r->segment_of, in->segment);
	struct agent *a = route_agent_of(r, in->agent);

	if (!s || !a)
		return -ENOENT;
	if (s->state != SEGMENT_WAITING)
		return route_refuse(r, in, ROUTE_NOT_WAITING);
	if (!route_may_be_given(s, a))
		return route_refuse(r, in, ROUTE_NOT_FREE);
	route_unpool(r, s);
	route_give(r, s, a);
	return 0;
}

static int available(struct route *r, const struct route_input *in)
{
	struct agent *a = route_agent_of(r, in->agent);

	if (!a)
		return -ENOENT;
	route_set_available(r, a, in->is_available);
	return 0;
}

static int open_queue(struct route *r, const struct route_input *in)
{
	struct queue *q = map_get(&r->w.queue_of, in->queue);

	if (!q)
		return -ENOENT;
	if (route_make_room(r, NULL, route_queue_waiting(r, q)) < 0)
		return -ENOMEM;
	q->is_closed = !in->is_available;
	if (q->is_closed && q->set.is_left_when_closed)
		route_queue_empty(r, q, ROUTE_CLOSED);
	return 0;
}

static int reset(struct route *r)
{
	for (uint32_t i = 0; i < r->w.n_agents; i++)
		route_new_day(r, &r->w.agents[i]);
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
		return route_enqueue(r, in);
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
	case ROUTE_OPEN:
		return open_queue(r, in);
	case ROUTE_RESET:
		return reset(r);
	}
	return -EINVAL;
}

/* Room for what an input can lead to: actions of every agent it can touch. */
static int make_room(struct route *r, const struct route_input *in)
{
	const struct agent *a = map_get(&r->w.agent_of, in->agent);
	bool is_found_by_id =
		in->kind == ROUTE_CANCEL || in->kind == ROUTE_ASSIGN || in->kind == ROUTE_ACCEPTED;
	const struct segment *s = is_found_by_id ? map_get(&r->segment_of, in->segment) : NULL;
	size_t beside = 0;

	for (; s && s->agent; s = route_segment(r, s->also)) {
		beside += s->agent != a ? route_agent_room(s->agent) : 1;
		if (!s->also)
			break;
	}
	return route_make_room(r, a, beside);
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
		route_run_deadlines(r);
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
	if (q->wide->n_free > (uint32_t)q->set.keep_free)
		return 0;
	return route_estimate_wait(q, route_queue_waiting(r, q) + 1, now_ms);
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
		.agents_available = (int)q->wide->n_available,
		.agents_free = (int)q->wide->n_free,
		.oldest_waiting_since_ms = root ? root->oldest_ms : INT64_MAX,
		.is_open = !q->is_closed,
		.owed = q->owed};
	return 0;
}

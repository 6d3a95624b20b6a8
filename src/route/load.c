/* See save.h. The bytes may come from a damaged file: every number is checked for what the engine relies on,
 * and the whole by its digest (the caller's). */
#include "route/contact.h"
#include "route/deadline.h"
#include "route/enter.h"
#include "route/match.h"
#include "route/need.h"
#include "route/save_form.h"

struct load {
	struct route *r;
	const uint8_t *at, *end;
	int error;
	uint32_t *segments; /* their numbers, by place in the list */
	bool *is_held;	    /* by an agent */
	uint32_t n_segments;
};

static int64_t get(struct load *l)
{
	uint64_t v = 0;

	for (int shift = 0; l->at < l->end && shift < 64; shift += 7) {
		uint8_t byte = *l->at++;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
	}
	l->error = -EINVAL;
	return 0;
}

/* A number from min to max. */
static int64_t get_in(struct load *l, int64_t min, int64_t max)
{
	int64_t v = get(l);

	if (v >= min && v <= max)
		return v;
	l->error = -EINVAL;
	return min;
}

static void get_asks(struct load *l, struct segment *s)
{
	struct route_ask own[ROUTE_ASKS_MAX];
	int n = (int)get_in(l, 0, ROUTE_ASKS_MAX);

	for (int i = 0; i < n; i++) {
		own[i].skill = (uint64_t)get(l);
		own[i].level = (uint8_t)get_in(l, 1, ROUTE_LEVEL_MAX);
		own[i].any = (uint8_t)get_in(l, 0, UINT8_MAX);
		own[i].kind = (uint8_t)get_in(l, 0, ROUTE_NOT);
	}
	if (l->error || s->state > SEGMENT_OFFERED)
		return;
	s->need = route_need_get(l->r, s->queue, s->ring, own, n);
	if (!s->need)
		l->error = -ENOMEM;
	else
		s->need->n_segments++;
}

static void get_excluded(struct load *l, struct segment *s)
{
	struct exclusion *e = NULL;

	if (map_get(&l->r->exclusion_of, (uint64_t)s->stay + 1)) { /* no two have one stay */
		l->error = -EINVAL;
		s->is_excluding = false;
		return;
	}
	e = alloc_zero(sizeof(*e));
	if (!e || map_put(&l->r->exclusion_of, (uint64_t)s->stay + 1, e) < 0) {
		alloc_free(e);
		l->error = -ENOMEM;
		s->is_excluding = false;
		return;
	}
	for (int i = 0; i < ROUTE_EXCLUDED_MAX; i++)
		e->agents[i] = (uint64_t)get(l);
}

/* Waiting or offered: back to its place in the queue. */
static void enter(struct load *l, struct segment *s, uint64_t patient_for)
{
	struct route *r = l->r;

	s->agent = patient_for ? route_agent_of(r, patient_for) : NULL;
	if (!s->queue || map_get(&r->segment_of, s->id) || (patient_for && !s->agent)) {
		l->error = -EINVAL;
		return;
	}
	route_rank(r, s);
	s->is_queued = true;
	route_order_insert(r, ORDER_QUEUE, &s->queue->root, s);
}

static void get_fields(struct load *l, struct segment *s, int flags)
{
	struct terms *t = route_terms(l->r, s);

	s->channel = (uint8_t)get_in(l, 0, ROUTE_CHANNELS - 1);
	s->ring = (uint8_t)get_in(l, 0, ROUTE_RINGS_MAX - 1);
	s->stay = (uint32_t)get_in(l, 0, UINT32_MAX);
	uint64_t queue = (uint64_t)get(l);
	s->queue = map_get(&l->r->w.queue_of, queue);
	if (queue && !s->queue)
		l->error = -EINVAL;
	s->since_ms = get(l);
	s->due_ms = get(l);
	s->announce_ms = get(l);
	s->is_assigned = flags & SAVED_ASSIGNED;
	s->is_declined = flags & SAVED_DECLINED;
	s->is_warned = flags & SAVED_WARNED;
	uint64_t patient_for = (uint64_t)get(l);
	t->priority = (int32_t)get_in(l, -ROUTE_PRIORITY_MAX, ROUTE_PRIORITY_MAX);
	t->head_start_ms = (int32_t)get_in(l, 0, ROUTE_EXTEND_MAX_MS);
	t->target_ms = (int32_t)get_in(l, 0, INT32_MAX);
	t->reserve_ms = (int32_t)get_in(l, 0, INT32_MAX);
	if (!l->error && s->queue && s->state <= SEGMENT_OFFERED &&
		(s->channel != s->queue->set.channel || (s->ring && s->ring >= s->queue->set.n_rings)))
		l->error = -EINVAL;
	if (!l->error && s->state <= SEGMENT_OFFERED && !(flags & SAVED_RING))
		enter(l, s, patient_for);
}

static void get_segment(struct load *l, uint32_t *primary)
{
	struct route *r = l->r;
	struct segment *s = route_segment_new(r);

	if (!s) {
		l->error = -ENOMEM;
		return;
	}
	l->segments[l->n_segments++] = s->self;
	s->id = (uint64_t)get(l);
	s->state = (uint8_t)get_in(l, SEGMENT_WAITING, SEGMENT_WRAP_UP);
	int flags = (int)get_in(l, 0, 63);
	get_fields(l, s, flags);
	if (l->error)
		return;
	if (flags & SAVED_RING) {
		struct segment *before = *primary ? route_segment(r, *primary) : NULL;
		if (!before || before->state != SEGMENT_OFFERED || before->id != s->id ||
			s->state != SEGMENT_OFFERED) {
			l->error = -EINVAL;
			return;
		}
		s->primary = *primary;
		s->need = before->need;
		s->queue = before->queue;
		while (before->also)
			before = route_segment(r, before->also);
		before->also = s->self;
		return;
	}
	*primary = s->self;
	get_asks(l, s);
	s->is_excluding = flags & SAVED_EXCLUDING;
	if (!l->error && s->is_excluding)
		get_excluded(l, s);
	if (l->error || !(flags & SAVED_MAPPED))
		return;
	s->is_mapped = map_put(&r->segment_of, s->id, s) == 0;
	if (!s->is_mapped)
		l->error = -ENOMEM;
}

static void hold(struct load *l, struct agent *a)
{
	struct route *r = l->r;
	uint32_t place = (uint32_t)get_in(l, 0, (int64_t)l->n_segments - 1);

	if (l->error || l->is_held[place]) {
		l->error = -EINVAL;
		return;
	}
	struct segment *s = route_segment(r, l->segments[place]);
	if (s->state == SEGMENT_WAITING) {
		l->error = -EINVAL;
		return;
	}
	l->is_held[place] = true;
	route_contact_append(r, a, s);
	a->used[s->channel]++;
	a->n_wrap_up += s->state == SEGMENT_WRAP_UP;
	if (s->queue && !s->primary) {
		s->queue->n_offered += s->state == SEGMENT_OFFERED;
		s->queue->n_connected += s->state == SEGMENT_CONNECTED;
	}
}

static void get_agent(struct load *l, struct agent *a)
{
	struct route *r = l->r;
	uint64_t id = (uint64_t)get(l);
	int flags = (int)get_in(l, 0, 7);

	if (id != a->id)
		l->error = -EINVAL;
	a->is_available = flags & SAVED_AVAILABLE && !(flags & SAVED_GONE);
	a->is_gone = flags & SAVED_GONE;
	a->is_resting = flags & SAVED_RESTING;
	a->idle_ms = get(l);
	a->rest_ms = (uint32_t)get_in(l, 0, UINT32_MAX);
	int64_t busy_ms = get(l);
	a->available_ms = get(l);
	a->n_taken = (uint32_t)get_in(l, 0, UINT32_MAX);
	a->occupancy_ppm = (uint32_t)get_in(l, 0, UINT32_MAX);
	a->misses = (uint32_t)get_in(l, 0, UINT32_MAX);
	a->n_declined = (uint8_t)get_in(l, 0, ROUTE_DECLINES);
	int64_t contacts = get_in(l, 0, l->n_segments);
	for (int i = 0; i < a->n_declined; i++) {
		a->declined[i].stay = (uint32_t)get_in(l, 0, UINT32_MAX);
		a->declined[i].until_ms = (uint32_t)get_in(l, 0, UINT32_MAX);
	}
	for (int64_t i = 0; !l->error && i < contacts; i++)
		hold(l, a);
	a->busy_ms = busy_ms;
	for (size_t i = 0; i < a->needs.len; i++)
		r->w.needs.at[a->needs.at[i].need]->n_available += a->is_available;
}

static void get_queue(struct load *l, struct queue *q)
{
	uint64_t id = (uint64_t)get(l);

	q->nobody_ms = get(l);
	q->owed = (int32_t)get_in(l, -ROUTE_OWED_MAX, ROUTE_OWED_MAX);
	q->is_closed = get_in(l, 0, 1);
	q->departed_ms = get(l);
	q->interval_ms = get(l);
	q->handle_ms = get(l);
	q->n_intervals = (uint32_t)get_in(l, 0, UINT32_MAX);
	q->n_handled = (uint32_t)get_in(l, 0, UINT32_MAX);
	q->was_backlogged = get_in(l, 0, 1);
	q->n_enqueued = (uint64_t)get(l);
	q->n_answered = (uint64_t)get(l);
	q->n_cancelled = (uint64_t)get(l);
	q->n_overflowed = (uint64_t)get(l);
	int64_t turns = get_in(l, 0, UINT32_MAX);
	if (id != q->set.id || turns != (q->turns ? q->n_serving : 0) ||
		(q->nobody_ms == INT64_MAX) != (q->wide->n_available > 0))
		l->error = -EINVAL;
	for (int64_t i = 0; !l->error && i < turns; i++)
		q->turns[i] = (uint64_t)get(l);
}

/* Tournaments, pools and deadlines, from what was read. */
static void start(struct load *l)
{
	struct route *r = l->r;

	for (uint32_t i = 0; i < r->w.n_agents; i++) {
		struct agent *a = &r->w.agents[i];
		route_free_add(r, a, route_agent_free_mask(a));
		route_set_agent_due(r, a);
	}
	for (uint32_t i = 0; i < l->n_segments; i++) {
		struct segment *s = route_segment(r, l->segments[i]);
		if (s->state == SEGMENT_WAITING)
			route_pool(r, s);
		route_segment_due(r, s);
	}
	for (uint32_t i = 0; i < r->w.n_queues; i++)
		route_queue_due(r, &r->w.queues[i]);
}

static bool are_all_held(const struct load *l)
{
	for (uint32_t i = 0; i < l->n_segments; i++)
		if (l->is_held[i] == (route_segment(l->r, l->segments[i])->state == SEGMENT_WAITING))
			return false;
	return true;
}

static int load(struct load *l, uint32_t n)
{
	struct route *r = l->r;
	uint32_t primary = 0;

	for (uint32_t i = 0; !l->error && i < n; i++)
		get_segment(l, &primary);
	for (uint32_t i = 0; !l->error && i < r->w.n_agents; i++)
		get_agent(l, &r->w.agents[i]);
	for (uint32_t i = 0; !l->error && i < r->w.n_queues; i++)
		get_queue(l, &r->w.queues[i]);
	if (!l->error && (l->at != l->end || !are_all_held(l)))
		l->error = -EINVAL;
	if (!l->error)
		start(l);
	return l->error;
}

int route_load(struct route *r, const uint8_t *bytes, size_t n)
{
	struct load l = {.r = r, .at = bytes, .end = bytes + n};

	if (get(&l) != SAVED_VERSION)
		return -EINVAL;
	r->now_ms = get(&l);
	r->n_decisions = (uint64_t)get(&l);
	uint32_t stays = (uint32_t)get_in(&l, 0, UINT32_MAX);
	uint32_t segments = (uint32_t)get_in(&l, 0, (int64_t)n / 8); /* each takes more */
	if (get(&l) != r->w.n_agents || get(&l) != r->w.n_queues || r->n_segments || l.error)
		return -EINVAL;
	l.segments = alloc_array((size_t)segments + 1, sizeof(*l.segments));
	l.is_held = alloc_array((size_t)segments + 1, sizeof(*l.is_held));
	int rc = l.segments && l.is_held ? load(&l, segments) : -ENOMEM;
	if (rc == 0)
		r->n_stays = stays;
	alloc_free(l.segments);
	alloc_free(l.is_held);
	return rc;
}

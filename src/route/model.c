/* See model.h. Every rule is a loop over everything. */
#include "route/model_parts.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct model_agent *model_agent_of(struct model *m, uint64_t id)
{
	EACH_AGENT(m, a)
	if (a->id == id)
		return a;
	return NULL;
}

struct model_agent *model_known_agent(struct model *m, uint64_t id)
{
	struct model_agent *a = model_agent_of(m, id);

	return a && !a->is_gone ? a : NULL;
}

struct model_queue *model_queue_of(struct model *m, uint64_t id)
{
	for (int i = 0; i < m->n_queues; i++)
		if (m->queues[i].set.id == id)
			return &m->queues[i];
	return NULL;
}

static struct model_segment *segment_of(struct model *m, uint64_t id)
{
	EACH_SEGMENT(m, s)
	if (s->state != MODEL_FREE && s->is_mapped && s->id == id)
		return s;
	return NULL;
}

int model_count(const struct model *m, uint64_t agent, enum model_state state, int channel)
{
	int n = 0;

	for (int i = 0; i < m->n_segments; i++) {
		const struct model_segment *s = &m->segments[i];
		if (s->state == state && s->agent == agent && (channel < 0 || s->channel == channel))
			n++;
	}
	return n;
}

int model_used(const struct model *m, uint64_t agent, int channel)
{
	return model_count(m, agent, MODEL_OFFERED, channel) +
	       model_count(m, agent, MODEL_CONNECTED, channel);
}

static void act(struct model *m, struct route_action a)
{
	assert(m->n_out < (int)(sizeof(m->out) / sizeof(m->out[0])));
	m->out[m->n_out++] = a;
}

static void act_on(
	struct model *m, const struct model_segment *s, enum route_action_kind kind, enum route_reason reason)
{
	act(m, (struct route_action){kind, reason, .segment = s->id, .agent = s->agent,
		       .queue = s->has_queue ? s->queue : 0});
}

static bool holds(const struct model_agent *a, const struct route_skill *asked, int n)
{
	for (int i = 0; i < n; i++) {
		bool is_held = false;
		for (int k = 0; k < a->n_skills; k++)
			is_held |=
				a->skills[k].skill == asked[i].skill && a->skills[k].level >= asked[i].level;
		if (!is_held)
			return false;
	}
	return true;
}

static bool serves(const struct model_agent *a, uint64_t queue)
{
	for (int i = 0; i < a->n_queues; i++)
		if (a->queues[i] == queue)
			return true;
	return false;
}

bool model_is_fit(struct model *m, const struct model_segment *s, const struct model_agent *a)
{
	const struct model_queue *q = model_queue_of(m, s->queue);

	return !a->is_gone && serves(a, s->queue) && a->capacity[s->channel] &&
	       holds(a, s->skills, s->n_skills) && holds(a, q->set.skills, q->set.n_skills);
}

static bool is_free(const struct model *m, const struct model_agent *a, int channel)
{
	return !a->is_gone && a->is_available && !a->is_resting &&
	       !model_count(m, a->id, MODEL_WRAP_UP, -1) &&
	       model_used(m, a->id, channel) < a->capacity[channel];
}

static bool may_take(struct model *m, const struct model_segment *s, const struct model_agent *a)
{
	if (!is_free(m, a, s->channel) || !model_is_fit(m, s, a) || (s->preferred && s->preferred != a->id))
		return false;
	for (int i = 0; i < a->n_declined; i++)
		if (a->declined[i].stay == s->stay)
			return false;
	return true;
}

static struct model_agent *best_agent(struct model *m, const struct model_segment *s)
{
	struct model_agent *best = NULL;

	EACH_AGENT(m, a)
	if (may_take(m, s, a) &&
		(!best || a->idle_ms < best->idle_ms || (a->idle_ms == best->idle_ms && a->id < best->id)))
		best = a;
	return best;
}

static int priority(struct model *m, const struct model_segment *s)
{
	return model_queue_of(m, s->queue)->set.priority + s->own_priority;
}

bool model_is_before(struct model *m, const struct model_segment *a, const struct model_segment *b)
{
	if (priority(m, a) != priority(m, b))
		return priority(m, a) > priority(m, b);
	return a->since_ms != b->since_ms ? a->since_ms < b->since_ms : a->id < b->id;
}

static void offer(struct model *m, struct model_segment *s, struct model_agent *a, bool is_assigned)
{
	s->state = MODEL_OFFERED;
	s->agent = a->id;
	s->preferred = 0;
	s->is_assigned = is_assigned;
	s->nth = ++m->nth;
	s->due_ms = m->now_ms + model_queue_of(m, s->queue)->set.ring_timeout_ms;
	act(m, (struct route_action){ROUTE_OFFER, .segment = s->id, .agent = a->id, .queue = s->queue,
		       .decision = ++m->n_decisions, .due_ms = s->due_ms});
}

static void settle(struct model *m)
{
	for (;;) {
		struct model_segment *first = NULL;
		EACH_SEGMENT(m, s)
		if (s->state == MODEL_WAITING && (!first || model_is_before(m, s, first)) && best_agent(m, s))
			first = s;
		if (!first)
			return;
		offer(m, first, best_agent(m, first), false);
	}
}

bool model_is_unsettled(const struct model *m)
{
	struct model *w = (struct model *)m;

	EACH_SEGMENT(w, s)
	if (s->state == MODEL_WAITING && best_agent(w, s))
		return true;
	return false;
}

static void mean_add(int64_t *mean, int64_t *n, int64_t v)
{
	*n += *n < 8;
	*mean += (v - *mean) / *n;
}

static int waiting(const struct model *m, uint64_t queue)
{
	int n = 0;

	for (int i = 0; i < m->n_segments; i++)
		n += m->segments[i].state == MODEL_WAITING && m->segments[i].queue == queue;
	return n;
}

void model_overflow(struct model *m, struct model_segment *s, enum route_reason reason)
{
	s->agent = 0;
	act_on(m, s, ROUTE_OVERFLOW, reason);
	model_queue_of(m, s->queue)->overflowed++;
	s->state = MODEL_FREE;
}

static void release(struct model *m, struct model_segment *s)
{
	int32_t limit = model_queue_of(m, s->queue)->set.max_wait_ms;

	s->state = MODEL_WAITING;
	s->agent = 0;
	if (limit && s->since_ms + limit <= m->now_ms)
		model_overflow(m, s, ROUTE_DEADLINE);
}

void model_withdraw(struct model *m, struct model_segment *s, enum route_reason reason)
{
	act_on(m, s, ROUTE_WITHDRAW, reason);
	release(m, s);
}

/* The agent's n-th oldest contact of that state (any channel: -1), or NULL. */
static struct model_segment *oldest(struct model *m, uint64_t agent, enum model_state state, int channel)
{
	struct model_segment *first = NULL;

	EACH_SEGMENT(m, s)
	if (s->state == state && s->agent == agent && (channel < 0 || s->channel == channel) &&
		(!first || s->nth < first->nth))
		first = s;
	return first;
}

static void set_available(struct model *m, struct model_agent *a, bool is_available)
{
	struct model_segment *s;

	if (a->is_available == is_available)
		return;
	a->is_available = is_available;
	if (is_available) {
		a->idle_ms = m->now_ms;
		return;
	}
	while ((s = oldest(m, a->id, MODEL_OFFERED, -1)))
		model_withdraw(m, s, ROUTE_AGENT_GONE);
	EACH_SEGMENT(m, t)
	if (t->state == MODEL_WAITING && t->preferred == a->id)
		t->preferred = 0;
}

static void rest(struct model *m, struct model_agent *a)
{
	a->is_resting = true;
	a->rest_ms = m->now_ms + ROUTE_RETRY_MS;
}

static void note_declined(struct model *m, struct model_segment *s)
{
	struct model_agent *a = model_agent_of(m, s->agent);

	if (a->n_declined == MODEL_DECLINES) {
		rest(m, a);
		memmove(&a->declined[0], &a->declined[1], sizeof(a->declined[0]) * (MODEL_DECLINES - 1));
		a->n_declined--;
	}
	a->declined[a->n_declined].stay = s->stay;
	a->declined[a->n_declined++].until_ms = m->now_ms + ROUTE_RETRY_MS;
}

static void missed(struct model *m, struct model_segment *s)
{
	struct model_agent *a = model_agent_of(m, s->agent);

	if (a->is_persistent) {
		note_declined(m, s);
		release(m, s);
		return;
	}
	act_on(m, s, ROUTE_NOT_RESPONDING, ROUTE_NO_REASON);
	release(m, s);
	set_available(m, a, false);
}

void model_contact_over(struct model *m, struct model_segment *s, enum route_reason reason)
{
	if (s->state == MODEL_WRAP_UP)
		act_on(m, s, ROUTE_WRAP_UP_OVER, reason);
	if (s->has_queue)
		mean_add(&model_queue_of(m, s->queue)->handle_ms, &model_queue_of(m, s->queue)->n_handled,
			m->now_ms - s->from_ms);
	model_agent_of(m, s->agent)->idle_ms = m->now_ms;
	s->state = MODEL_FREE;
}

static void end(struct model *m, struct model_segment *s)
{
	struct model_queue *q = s->has_queue ? model_queue_of(m, s->queue) : NULL;

	if (!q || !q->set.wrap_up_ms || model_agent_of(m, s->agent)->is_gone) {
		model_contact_over(m, s, ROUTE_DONE);
		return;
	}
	s->state = MODEL_WRAP_UP;
	s->is_mapped = false;
	s->due_ms = m->now_ms + q->set.wrap_up_ms;
	act_on(m, s, ROUTE_WRAP_UP, ROUTE_NO_REASON);
	m->out[m->n_out - 1].due_ms = s->due_ms;
}

static struct model_segment *new_segment(struct model *m)
{
	struct model_segment *s = NULL;

	EACH_SEGMENT(m, t)
	if (!s && t->state == MODEL_FREE)
		s = t;
	if (!s) {
		assert(m->n_segments < MODEL_SEGMENTS);
		s = &m->segments[m->n_segments++];
	}
	*s = (struct model_segment){.announce_ms = INT64_MAX};
	return s;
}

static int refuse(struct model *m, const struct route_input *in, enum route_reason reason)
{
	act(m, (struct route_action){ROUTE_REFUSED, reason, .segment = in->segment, .agent = in->agent,
		       .queue = in->queue});
	return 0;
}

static bool give(struct model *m, struct model_segment *s, struct model_agent *a)
{
	if (!a || !a->is_available || model_count(m, a->id, MODEL_WRAP_UP, -1) ||
		model_used(m, a->id, s->channel) >= a->capacity[s->channel])
		return false;
	offer(m, s, a, true);
	return true;
}

static int enqueue(struct model *m, const struct route_input *in)
{
	struct model_queue *q = model_queue_of(m, in->queue);

	if (!in->segment)
		return -EINVAL;
	if (!q)
		return refuse(m, in, ROUTE_UNKNOWN_QUEUE);
	if (in->channel != q->set.channel)
		return -EINVAL;
	if (segment_of(m, in->segment))
		return refuse(m, in, ROUTE_DUPLICATE);
	struct model_segment *s = new_segment(m);
	int32_t first = q->set.announce_first_ms ? q->set.announce_first_ms : q->set.announce_every_ms;
	*s = (struct model_segment){MODEL_WAITING, .is_mapped = true, .has_queue = true, .id = in->segment,
		.stay = ++m->n_stays, .queue = in->queue, .channel = (int)in->channel,
		.own_priority = in->priority, .n_skills = in->n_skills,
		.since_ms = in->waiting_since_ms < m->now_ms ? in->waiting_since_ms : m->now_ms,
		.announce_ms = first ? m->now_ms + first : INT64_MAX};
	memcpy(s->skills, in->skills, sizeof(s->skills));
	struct model_agent *p = model_known_agent(m, in->preferred_agent);
	if (p && p->is_available && model_is_fit(m, s, p)) {
		s->preferred = p->id;
		s->patience_ms = m->now_ms + in->preferred_patience_ms;
		if (!in->preferred_patience_ms && !best_agent(m, s))
			s->preferred = 0;
	}
	bool is_full = q->set.capacity && waiting(m, in->queue) - 1 >= q->set.capacity;
	if (is_full && s->since_ms == m->now_ms && !best_agent(m, s)) {
		s->state = MODEL_FREE;
		return refuse(m, in, ROUTE_QUEUE_FULL);
	}
	q->enqueued++;
	if (in->agent)
		give(m, s, model_known_agent(m, in->agent));
	return 0;
}

static struct model_segment *contact(struct model *m, const struct route_input *in, enum model_state state)
{
	EACH_SEGMENT(m, s)
	if (s->state == state && s->id == in->segment && s->agent == in->agent)
		return s;
	return NULL;
}

static int accepted(struct model *m, const struct route_input *in)
{
	struct model_segment *s = contact(m, in, MODEL_OFFERED);

	if (!s)
		return -ENOENT;
	struct model_queue *q = model_queue_of(m, s->queue);
	s->state = MODEL_CONNECTED;
	s->from_ms = model_agent_of(m, s->agent)->idle_ms = m->now_ms;
	q->answered++;
	if (q->was_backlogged)
		mean_add(&q->interval_ms, &q->n_intervals, m->now_ms - q->departed_ms);
	q->departed_ms = m->now_ms;
	q->was_backlogged = waiting(m, s->queue) > 0;
	return 0;
}

static int failed(struct model *m, const struct route_input *in)
{
	struct model_segment *s = contact(m, in, MODEL_OFFERED);

	if (!s)
		return -ENOENT;
	struct model_agent *a = model_agent_of(m, s->agent);
	if (in->fail == ROUTE_BUSY || (in->fail == ROUTE_UNREACHABLE && a->is_persistent))
		rest(m, a);
	if (in->fail == ROUTE_NO_ANSWER || in->fail == ROUTE_UNREACHABLE) {
		missed(m, s);
		return 0;
	}
	if (in->fail != ROUTE_BUSY)
		note_declined(m, s);
	release(m, s);
	return 0;
}

static int cancel(struct model *m, const struct route_input *in)
{
	struct model_segment *s = segment_of(m, in->segment);

	if (!s)
		return -ENOENT;
	if (s->state == MODEL_CONNECTED) {
		end(m, s);
		return 0;
	}
	if (s->state == MODEL_OFFERED)
		act_on(m, s, ROUTE_WITHDRAW, ROUTE_CANCELLED);
	model_queue_of(m, s->queue)->cancelled++;
	s->state = MODEL_FREE;
	return 0;
}

static int wrap_up(struct model *m, const struct route_input *in)
{
	bool is_done[MODEL_SEGMENTS] = {false};
	int found = 0;

	if (in->kind == ROUTE_WRAP_UP_EXTEND &&
		(in->duration_ms <= 0 || in->duration_ms > ROUTE_EXTEND_MAX_MS))
		return -EINVAL;
	for (;;) {
		struct model_segment *next = NULL;
		EACH_SEGMENT(m, s)
		if (s->state == MODEL_WRAP_UP && s->agent == in->agent &&
			(!in->segment || s->id == in->segment) && !is_done[s - m->segments] &&
			(!next || s->nth < next->nth))
			next = s;
		if (!next)
			return found ? 0 : -ENOENT;
		found++;
		is_done[next - m->segments] = true;
		if (in->kind == ROUTE_WRAP_UP_DONE) {
			model_contact_over(m, next, ROUTE_DONE);
			continue;
		}
		if (m->now_ms + in->duration_ms > next->due_ms)
			next->due_ms = m->now_ms + in->duration_ms;
		act_on(m, next, ROUTE_WRAP_UP, ROUTE_NO_REASON);
		m->out[m->n_out - 1].due_ms = next->due_ms;
	}
}

static struct model_segment *newest_offer(struct model *m, uint64_t agent, int channel)
{
	struct model_segment *last = NULL;

	EACH_SEGMENT(m, s)
	if (s->state == MODEL_OFFERED && s->agent == agent && s->channel == channel &&
		(!last || s->nth > last->nth))
		last = s;
	return last;
}

static int engage(struct model *m, const struct route_input *in)
{
	struct model_agent *a = model_known_agent(m, in->agent);
	struct model_segment *s;

	if (!a || (in->queue && !model_queue_of(m, in->queue)))
		return -ENOENT;
	if (contact(m, in, MODEL_CONNECTED) || contact(m, in, MODEL_OFFERED))
		return refuse(m, in, ROUTE_DUPLICATE);
	s = new_segment(m);
	*s = (struct model_segment){MODEL_CONNECTED, .id = in->segment, .agent = in->agent,
		.channel = (int)in->channel, .queue = in->queue, .has_queue = in->queue != 0,
		.from_ms = m->now_ms, .announce_ms = INT64_MAX, .nth = ++m->nth};
	a->idle_ms = m->now_ms;
	while (model_used(m, a->id, (int)in->channel) > a->capacity[in->channel] &&
		(s = newest_offer(m, a->id, (int)in->channel)))
		model_withdraw(m, s, ROUTE_NOT_FREE);
	return 0;
}

static int assign(struct model *m, const struct route_input *in)
{
	struct model_segment *s = segment_of(m, in->segment);
	struct model_agent *a = model_known_agent(m, in->agent);

	if (!s || !a)
		return -ENOENT;
	if (s->state != MODEL_WAITING)
		return refuse(m, in, ROUTE_NOT_WAITING);
	return give(m, s, a) ? 0 : refuse(m, in, ROUTE_NOT_FREE);
}

static int apply(struct model *m, const struct route_input *in)
{
	struct model_agent *a = model_known_agent(m, in->agent);
	struct model_segment *s;

	switch (in->kind) {
	case ROUTE_TIME:
		return 0;
	case ROUTE_CONFIGURE:
		return model_configure(m, in->config);
	case ROUTE_AVAILABLE:
		if (!a)
			return -ENOENT;
		set_available(m, a, in->is_available);
		return 0;
	case ROUTE_ENQUEUE:
		return enqueue(m, in);
	case ROUTE_CANCEL:
		return cancel(m, in);
	case ROUTE_ACCEPTED:
		return accepted(m, in);
	case ROUTE_FAILED:
		return failed(m, in);
	case ROUTE_ENDED:
		s = contact(m, in, MODEL_CONNECTED);
		if (!s)
			return -ENOENT;
		end(m, s);
		return 0;
	case ROUTE_WRAP_UP_EXTEND:
	case ROUTE_WRAP_UP_DONE:
		return wrap_up(m, in);
	case ROUTE_ENGAGE:
		return engage(m, in);
	case ROUTE_ASSIGN:
		return assign(m, in);
	}
	return -EINVAL;
}

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t segment_due(const struct model *m, const struct model_segment *s)
{
	struct model_queue *q = model_queue_of((struct model *)m, s->queue);
	int64_t due = INT64_MAX;

	if (s->state == MODEL_OFFERED || s->state == MODEL_WRAP_UP)
		return s->due_ms;
	if (s->state != MODEL_WAITING)
		return INT64_MAX;
	due = s->announce_ms;
	if (q->set.max_wait_ms)
		due = min(due, s->since_ms + q->set.max_wait_ms);
	return s->preferred ? min(due, s->patience_ms) : due;
}

static int64_t agent_due(const struct model_agent *a)
{
	int64_t due = a->is_resting ? a->rest_ms : INT64_MAX;

	for (int i = 0; i < a->n_declined; i++)
		due = min(due, a->declined[i].until_ms);
	return due;
}

int64_t model_next_due(const struct model *m)
{
	int64_t due = INT64_MAX;

	for (int i = 0; i < m->n_segments; i++)
		due = min(due, segment_due(m, &m->segments[i]));
	for (int i = 0; i < m->n_agents; i++)
		due = min(due, agent_due(&m->agents[i]));
	return due;
}

static void agent_time(struct model *m, struct model_agent *a)
{
	int kept = 0;

	for (int i = 0; i < a->n_declined; i++)
		if (a->declined[i].until_ms > m->now_ms)
			a->declined[kept++] = a->declined[i];
	a->n_declined = kept;
	if (a->rest_ms <= m->now_ms)
		a->is_resting = false;
}

static int rank(struct model *m, const struct model_segment *s)
{
	int before = 0;

	EACH_SEGMENT(m, t)
	before += t->state == MODEL_WAITING && t->queue == s->queue && t != s && model_is_before(m, t, s);
	return before + 1;
}

int model_position(const struct model *m, uint64_t segment)
{
	const struct model_segment *s = segment_of((struct model *)m, segment);

	return s && s->state == MODEL_WAITING ? rank((struct model *)m, s) : 0;
}

int model_counts(const struct model *m, uint64_t queue, struct route_queue_counts *ret_counts)
{
	struct model *w = (struct model *)m;
	struct route_queue_counts c = {.oldest_waiting_since_ms = INT64_MAX};
	struct model_queue *q = model_queue_of(w, queue);

	if (!q)
		return -ENOENT;
	EACH_SEGMENT(w, s)
	{
		if (s->state == MODEL_FREE || !s->has_queue || s->queue != queue)
			continue;
		c.waiting += s->state == MODEL_WAITING;
		c.offered += s->state == MODEL_OFFERED;
		c.connected += s->state == MODEL_CONNECTED;
		if (s->state == MODEL_WAITING || s->state == MODEL_OFFERED)
			c.oldest_waiting_since_ms = min(c.oldest_waiting_since_ms, s->since_ms);
	}
	EACH_AGENT(w, a)
	if (!a->is_gone && serves(a, queue) && a->capacity[q->set.channel] &&
		holds(a, q->set.skills, q->set.n_skills)) {
		c.agents_available += a->is_available;
		c.agents_free += is_free(m, a, (int)q->set.channel);
	}
	*ret_counts = c;
	return 0;
}

static int64_t estimate(struct model *m, uint64_t queue, int position, int64_t now_ms)
{
	struct model_queue *q = model_queue_of(m, queue);
	int64_t handle = q->n_handled >= 5 ? q->handle_ms : q->set.handle_estimate_ms;
	struct route_queue_counts c;

	model_counts(m, queue, &c);
	if (!c.agents_available)
		return -1;
	if (q->n_intervals >= 5 && now_ms - q->departed_ms <= 8 * q->interval_ms)
		return position * q->interval_ms;
	handle = handle ? handle : q->handle_ms;
	return handle ? position * handle / c.agents_available : -1;
}

int64_t model_estimate(const struct model *m, uint64_t segment, int64_t now_ms)
{
	struct model_segment *s = segment_of((struct model *)m, segment);

	if (!s || s->state != MODEL_WAITING)
		return -1;
	return estimate((struct model *)m, s->queue, rank((struct model *)m, s), now_ms);
}

static void segment_time(struct model *m, struct model_segment *s)
{
	struct model_queue *q = model_queue_of(m, s->queue);

	if (s->state == MODEL_WRAP_UP) {
		model_contact_over(m, s, ROUTE_DEADLINE);
	} else if (s->state == MODEL_OFFERED) {
		act_on(m, s, ROUTE_WITHDRAW, ROUTE_DEADLINE);
		missed(m, s);
	} else if (q->set.max_wait_ms && s->since_ms + q->set.max_wait_ms <= m->now_ms) {
		model_overflow(m, s, ROUTE_DEADLINE);
	} else if (s->preferred && s->patience_ms <= m->now_ms) {
		s->preferred = 0;
	} else {
		int position = rank(m, s);
		act(m, (struct route_action){ROUTE_ANNOUNCE, .segment = s->id, .queue = s->queue,
			       .position = position,
			       .estimate_ms = estimate(m, s->queue, position, m->now_ms)});
		if (q->set.announce_every_ms)
			while (s->announce_ms <= m->now_ms)
				s->announce_ms += q->set.announce_every_ms;
		else
			s->announce_ms = INT64_MAX;
	}
}

static void run_deadlines(struct model *m)
{
	int64_t due;

	while ((due = model_next_due(m)) <= m->now_ms) {
		struct model_agent *agent = NULL;
		struct model_segment *segment = NULL;
		EACH_AGENT(m, a)
		if (agent_due(a) == due && (!agent || a->id < agent->id))
			agent = a;
		EACH_SEGMENT(m, s)
		if (segment_due(m, s) == due && (!segment || s->id < segment->id ||
							(s->id == segment->id && s->agent < segment->agent)))
			segment = s;
		if (agent)
			agent_time(m, agent);
		else
			segment_time(m, segment);
		settle(m);
	}
}

int model_step(struct model *m, const struct route_input *in, int64_t now_ms)
{
	int64_t before = m->now_ms;

	m->n_out = 0;
	if (now_ms > m->now_ms)
		m->now_ms = now_ms;
	int rc = apply(m, in);
	if (rc < 0) {
		m->now_ms = before;
		return rc;
	}
	settle(m);
	run_deadlines(m);
	return 0;
}

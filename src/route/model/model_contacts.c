/* The plain model: the life of a contact at an agent, and of the segment it came from. See model.h. */
#include "route/model/model_parts.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void model_act(struct model *m, struct route_action a)
{
	assert(m->n_out < MODEL_ACTIONS);
	m->out[m->n_out++] = a;
}

void model_act_on(
	struct model *m, const struct model_contact *c, enum route_action_kind kind, enum route_reason reason)
{
	model_act(m, (struct route_action){kind, reason, .segment = c->id, .agent = c->agent,
			     .queue = c->has_queue ? c->queue : 0});
}

struct model_contact *model_add_contact(struct model *m, struct model_contact c)
{
	struct model_contact *at = NULL;

	EACH_CONTACT(m, b)
	if (!at && b->state == MODEL_FREE)
		at = b;
	if (!at) {
		assert(m->n_contacts < MODEL_CONTACTS);
		at = &m->contacts[m->n_contacts++];
	}
	*at = c;
	at->nth = ++m->nth;
	return at;
}

struct model_contact *model_contact_of(struct model *m, uint64_t id, uint64_t agent, enum model_state state)
{
	EACH_CONTACT(m, c)
	if (c->state == state && c->id == id && c->agent == agent)
		return c;
	return NULL;
}

struct model_contact *model_oldest(struct model *m, uint64_t agent, uint64_t stay, enum model_state state)
{
	struct model_contact *first = NULL;

	EACH_CONTACT(m, c)
	if (c->state == state && (agent ? c->agent == agent : c->stay == stay) &&
		(!first || c->nth < first->nth))
		first = c;
	return first;
}

bool model_fits(struct model *m, const struct model_agent *a, const struct model_contact *c, bool is_limited)
{
	int n = 0, n_queue = 0, load = 0;
	const struct model_queue *q = model_queue_of(m, c->queue);

	EACH_CONTACT(m, b)
	{
		if (b->state == MODEL_FREE || b->agent != c->agent)
			continue;
		n += b->channel == c->channel;
		n_queue += b->has_queue && b->queue == c->queue;
		if (b == c || !((a->set.interrupts[c->channel] >> b->channel & 1) ||
				      (a->set.interrupts[b->channel] >> c->channel & 1)))
			load += a->set.load[b->channel];
	}
	if (is_limited && q && q->set.per_agent_max && n_queue > q->set.per_agent_max)
		return false;
	return n <= a->set.capacity[c->channel] && load <= ROUTE_LOAD_MAX;
}

void model_leave(struct model *m, struct model_segment *s, enum route_reason reason)
{
	model_act(m, (struct route_action){ROUTE_OVERFLOW, reason, .segment = s->id, .queue = s->queue});
	model_queue_of(m, s->queue)->overflowed++;
	s->state = MODEL_FREE;
}

void model_leave_all(struct model *m, uint64_t queue, enum route_reason reason)
{
	for (;;) {
		struct model_segment *first = NULL;
		EACH_SEGMENT(m, s)
		if (s->state == MODEL_WAITING && s->queue == queue &&
			(!first || model_is_before(m, s, first)))
			first = s;
		if (!first)
			return;
		model_leave(m, first, reason);
	}
}

/* An offer is over without an answer: its segment waits again, unless it rings elsewhere too. */
static void release(struct model *m, struct model_contact *c)
{
	struct model_segment *s = model_stay_of(m, c->stay);
	const struct model_queue *q = model_queue_of(m, c->queue);

	c->state = MODEL_FREE;
	if (model_oldest(m, 0, s->stay, MODEL_OFFERED))
		return;
	s->state = MODEL_WAITING;
	if (q->set.max_wait_ms && s->since_ms + q->set.max_wait_ms <= m->now_ms)
		model_leave(m, s, ROUTE_DEADLINE);
	else if (q->set.is_left_when_closed && !q->is_open)
		model_leave(m, s, ROUTE_CLOSED);
}

void model_withdraw(struct model *m, struct model_contact *c, enum route_reason reason)
{
	model_act_on(m, c, ROUTE_WITHDRAW, reason);
	release(m, c);
}

void model_set_idle(struct model *m, struct model_agent *a)
{
	int64_t ppm = a->ready_ms ? a->busy_ms * 1000000 / a->ready_ms : 0;

	a->idle_ms = m->now_ms;
	a->occupied_ppm = ppm < UINT32_MAX ? ppm : UINT32_MAX; /* contacts go on while one is not available */
}

void model_set_available(struct model *m, struct model_agent *a, bool is_available)
{
	struct model_contact *c;

	if (a->is_available == is_available)
		return;
	a->is_available = is_available;
	if (is_available) {
		a->misses = 0;
		model_set_idle(m, a);
		return;
	}
	while ((c = model_oldest(m, a->set.id, 0, MODEL_OFFERED)))
		model_withdraw(m, c, ROUTE_AGENT_GONE);
	EACH_SEGMENT(m, s)
	if (s->state == MODEL_WAITING && s->preferred == a->set.id)
		s->preferred = 0;
	model_note_alone(m);
}

static void rest(struct model *m, struct model_agent *a)
{
	a->is_resting = true;
	a->rest_ms = m->now_ms + ROUTE_RETRY_MS;
}

static void note_declined(struct model *m, struct model_agent *a, uint64_t stay)
{
	if (a->n_declined == MODEL_DECLINES) {
		rest(m, a);
		memmove(&a->declined[0], &a->declined[1], sizeof(a->declined[0]) * (MODEL_DECLINES - 1));
		a->n_declined--;
	}
	a->declined[a->n_declined].stay = stay;
	a->declined[a->n_declined++].until_ms = m->now_ms + ROUTE_RETRY_MS;
}

static void missed(struct model *m, struct model_contact *c)
{
	struct model_agent *a = model_agent_of(m, c->agent);
	int limit = model_queue_of(m, c->queue)->set.misses_max;

	a->misses++;
	if (a->set.is_persistent || !limit || a->misses < limit) {
		note_declined(m, a, c->stay);
		release(m, c);
		return;
	}
	model_act_on(m, c, ROUTE_NOT_RESPONDING, ROUTE_NO_REASON);
	release(m, c);
	model_set_available(m, a, false);
}

void model_contact_due(struct model *m, struct model_contact *c)
{
	struct model_segment *s = model_stay_of(m, c->stay);

	if (c->state == MODEL_WRAP_UP) {
		model_over(m, c, ROUTE_DEADLINE);
		return;
	}
	model_act_on(m, c, ROUTE_WITHDRAW, ROUTE_DEADLINE);
	if (!c->is_reserved) {
		missed(m, c);
		return;
	}
	c->state = MODEL_FREE;
	model_leave(m, s, ROUTE_DEADLINE);
}

static void mean_add(int64_t *mean, int64_t *n, int64_t v)
{
	*n += *n < 8;
	*mean += (v - *mean) / *n;
}

void model_over(struct model *m, struct model_contact *c, enum route_reason reason)
{
	struct model_queue *q = model_queue_of(m, c->queue);

	if (c->state == MODEL_WRAP_UP)
		model_act_on(m, c, ROUTE_WRAP_UP_OVER, reason);
	if (c->has_queue)
		mean_add(&q->handle_ms, &q->n_handled, m->now_ms - c->from_ms);
	c->state = MODEL_FREE;
	model_set_idle(m, model_agent_of(m, c->agent));
}

void model_end(struct model *m, struct model_contact *c)
{
	struct model_queue *q = c->has_queue ? model_queue_of(m, c->queue) : NULL;

	if (c->stay)
		model_stay_of(m, c->stay)->state = MODEL_FREE;
	if (!q || !q->set.wrap_up_ms || model_agent_of(m, c->agent)->is_gone) {
		model_over(m, c, ROUTE_DONE);
		return;
	}
	c->state = MODEL_WRAP_UP;
	c->due_ms = m->now_ms + q->set.wrap_up_ms;
	model_act_on(m, c, ROUTE_WRAP_UP, ROUTE_NO_REASON);
	m->out[m->n_out - 1].due_ms = c->due_ms;
}

int model_accepted(struct model *m, const struct route_input *in)
{
	struct model_contact *c = model_contact_of(m, in->segment, in->agent, MODEL_OFFERED), *other;

	if (!c)
		return -ENOENT;
	struct model_agent *a = model_agent_of(m, c->agent);
	struct model_queue *q = model_queue_of(m, c->queue);
	c->state = MODEL_CONNECTED;
	c->from_ms = m->now_ms;
	while ((other = model_oldest(m, 0, c->stay, MODEL_OFFERED))) {
		model_act_on(m, other, ROUTE_WITHDRAW, ROUTE_ANSWERED_ELSEWHERE);
		other->state = MODEL_FREE;
	}
	model_stay_of(m, c->stay)->state = MODEL_CONNECTED;
	a->misses = 0;
	a->accepted++;
	model_set_idle(m, a);
	q->answered++;
	if (q->was_backlogged)
		mean_add(&q->interval_ms, &q->n_intervals, m->now_ms - q->departed_ms);
	q->departed_ms = m->now_ms;
	q->was_backlogged = model_waiting(m, c->queue) > 0;
	return 0;
}

int model_failed(struct model *m, const struct route_input *in)
{
	struct model_contact *c = model_contact_of(m, in->segment, in->agent, MODEL_OFFERED);

	if (!c)
		return -ENOENT;
	struct model_agent *a = model_agent_of(m, c->agent);
	bool is_missed = (in->fail == ROUTE_NO_ANSWER || in->fail == ROUTE_UNREACHABLE) && !c->is_reserved;
	if (in->fail == ROUTE_BUSY || (is_missed && in->fail == ROUTE_UNREACHABLE && a->set.is_persistent))
		rest(m, a);
	if (is_missed) {
		missed(m, c);
		return 0;
	}
	if (in->fail != ROUTE_BUSY)
		note_declined(m, a, c->stay);
	release(m, c);
	return 0;
}

int model_wrap_up(struct model *m, const struct route_input *in)
{
	uint64_t nth = 0;
	int found = 0;

	if (in->kind == ROUTE_WRAP_UP_EXTEND &&
		(in->duration_ms <= 0 || in->duration_ms > ROUTE_EXTEND_MAX_MS))
		return -EINVAL;
	for (;;) {
		struct model_contact *next = NULL;
		EACH_CONTACT(m, c)
		if (c->state == MODEL_WRAP_UP && c->agent == in->agent && c->nth > nth &&
			(!in->segment || c->id == in->segment) && (!next || c->nth < next->nth))
			next = c;
		if (!next)
			return found ? 0 : -ENOENT;
		found++;
		nth = next->nth;
		if (in->kind == ROUTE_WRAP_UP_DONE) {
			model_over(m, next, ROUTE_DONE);
			continue;
		}
		if (m->now_ms + in->duration_ms > next->due_ms)
			next->due_ms = m->now_ms + in->duration_ms;
		model_act_on(m, next, ROUTE_WRAP_UP, ROUTE_NO_REASON);
		m->out[m->n_out - 1].due_ms = next->due_ms;
	}
}

/* The newest offer of the agent that does not fit beside its other contacts, or NULL. */
static struct model_contact *newest_unfit(struct model *m, const struct model_agent *a)
{
	struct model_contact *last = NULL;

	EACH_CONTACT(m, c)
	if (c->state == MODEL_OFFERED && c->agent == a->set.id && !model_fits(m, a, c, !c->is_by_hand) &&
		(!last || c->nth > last->nth))
		last = c;
	return last;
}

int model_engage(struct model *m, const struct route_input *in)
{
	struct model_agent *a = model_known_agent(m, in->agent);
	struct model_contact *c;

	if (!a || (in->queue && !model_queue_of(m, in->queue)))
		return -ENOENT;
	if (model_contact_of(m, in->segment, in->agent, MODEL_CONNECTED) ||
		model_contact_of(m, in->segment, in->agent, MODEL_OFFERED)) {
		model_act(m, (struct route_action){ROUTE_REFUSED, ROUTE_DUPLICATE, .segment = in->segment,
				     .agent = in->agent, .queue = in->queue});
		return 0;
	}
	model_add_contact(m, (struct model_contact){MODEL_CONNECTED, .id = in->segment, .agent = in->agent,
				     .queue = in->queue, .has_queue = in->queue != 0,
				     .channel = (int)in->channel, .from_ms = m->now_ms});
	model_set_idle(m, a);
	while ((c = newest_unfit(m, a)))
		model_withdraw(m, c, ROUTE_NOT_FREE);
	return 0;
}

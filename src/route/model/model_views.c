/* The plain model: positions, counts, estimates, what is due next. See model.h. */
#include "route/model/model_parts.h"

#include <errno.h>

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

struct model_segment *model_segment_of(struct model *m, uint64_t id)
{
	EACH_SEGMENT(m, s)
	if (s->state != MODEL_FREE && s->id == id)
		return s;
	return NULL;
}

struct model_segment *model_stay_of(struct model *m, uint64_t stay)
{
	EACH_SEGMENT(m, s)
	if (s->state != MODEL_FREE && s->stay == stay)
		return s;
	return NULL;
}

int model_waiting(struct model *m, uint64_t queue)
{
	int n = 0;

	EACH_SEGMENT(m, s)
	n += s->state == MODEL_WAITING && s->queue == queue;
	return n;
}

int64_t model_target(const struct model_queue *q, const struct model_segment *s)
{
	return s->in.target_ms ? s->in.target_ms : q->set.target_ms;
}

bool model_is_alone(struct model *m, const struct model_queue *q)
{
	EACH_AGENT(m, a)
	if (a->is_available && model_could_take(q, a))
		return false;
	return true;
}

void model_note_alone(struct model *m)
{
	EACH_QUEUE(m, q)
	if (!model_is_alone(m, q))
		q->alone_ms = INT64_MAX;
	else if (q->alone_ms == INT64_MAX)
		q->alone_ms = m->now_ms;
}

int64_t model_alone_due(const struct model_queue *q)
{
	return q->set.is_left_without_agents && q->alone_ms != INT64_MAX ? q->alone_ms + q->set.no_agents_ms
									 : INT64_MAX;
}

int64_t model_queue_due(struct model *m, const struct model_queue *q)
{
	return model_waiting(m, q->set.id) ? model_alone_due(q) : INT64_MAX;
}

int64_t model_segment_due(struct model *m, const struct model_segment *s)
{
	struct model_queue *q = model_queue_of(m, s->queue);
	int64_t due = s->announce_ms;

	if (s->state != MODEL_WAITING)
		return INT64_MAX;
	if (q->set.max_wait_ms)
		due = min(due, s->since_ms + q->set.max_wait_ms);
	if (s->preferred)
		due = min(due, s->patience_ms);
	if (s->ring + 1 < q->set.n_rings)
		due = min(due, s->since_ms + q->set.rings[s->ring + 1].after_ms);
	if (!s->is_warned && q->set.warn_ms && model_target(q, s))
		due = min(due, s->since_ms + model_target(q, s) - q->set.warn_ms);
	return due;
}

int64_t model_agent_due(const struct model_agent *a)
{
	int64_t due = a->is_resting ? a->rest_ms : INT64_MAX;

	for (int i = 0; i < a->n_declined; i++)
		due = min(due, a->declined[i].until_ms);
	return due;
}

int64_t model_next_due(const struct model *m)
{
	struct model *w = (struct model *)m;
	int64_t due = INT64_MAX;

	EACH_SEGMENT(w, s)
	due = min(due, model_segment_due(w, s));
	EACH_CONTACT(w, c)
	if (c->state == MODEL_OFFERED || c->state == MODEL_WRAP_UP)
		due = min(due, c->due_ms);
	EACH_QUEUE(w, q)
	due = min(due, model_queue_due(w, q));
	EACH_AGENT(w, a)
	due = min(due, model_agent_due(a));
	return due;
}

int model_rank(struct model *m, const struct model_segment *s)
{
	int before = 0;

	EACH_SEGMENT(m, t)
	before += t->state == MODEL_WAITING && t->queue == s->queue && t != s && model_is_before(m, t, s);
	return before + 1;
}

int model_position(const struct model *m, uint64_t segment)
{
	struct model *w = (struct model *)m;
	const struct model_segment *s = model_segment_of(w, segment);

	return s && s->state == MODEL_WAITING ? model_rank(w, s) : 0;
}

int model_counts(const struct model *m, uint64_t queue, struct route_queue_counts *ret_counts)
{
	struct model *w = (struct model *)m;
	struct route_queue_counts c = {.oldest_waiting_since_ms = INT64_MAX};
	struct model_queue *q = model_queue_of(w, queue);

	if (!q)
		return -ENOENT;
	c.is_open = q->is_open;
	c.owed = q->owed;
	EACH_SEGMENT(w, s)
	if (s->queue == queue && (s->state == MODEL_WAITING || s->state == MODEL_OFFERED)) {
		c.waiting += s->state == MODEL_WAITING;
		c.offered += s->state == MODEL_OFFERED;
		c.oldest_waiting_since_ms = min(c.oldest_waiting_since_ms, s->since_ms);
	}
	EACH_CONTACT(w, at)
	c.connected += at->state == MODEL_CONNECTED && at->has_queue && at->queue == queue;
	EACH_AGENT(w, a)
	if (model_could_take(q, a)) {
		c.agents_available += a->is_available;
		c.agents_free += model_is_free(w, a, q);
	}
	*ret_counts = c;
	return 0;
}

int64_t model_wait_of(struct model *m, const struct model_queue *q, int position, int64_t now_ms)
{
	int64_t handle = q->n_handled >= 5 ? q->handle_ms : q->set.handle_estimate_ms;
	struct route_queue_counts c;

	model_counts(m, q->set.id, &c);
	if (!c.agents_available)
		return -1;
	if (q->n_intervals >= 5 && now_ms - q->departed_ms <= 8 * q->interval_ms)
		return position * q->interval_ms;
	handle = handle ? handle : q->handle_ms;
	return handle ? position * handle / c.agents_available : -1;
}

int64_t model_estimate(const struct model *m, uint64_t segment, int64_t now_ms)
{
	struct model *w = (struct model *)m;
	struct model_segment *s = model_segment_of(w, segment);

	if (!s || s->state != MODEL_WAITING)
		return -1;
	return model_wait_of(w, model_queue_of(w, s->queue), model_rank(w, s), now_ms);
}

int64_t model_queue_estimate(const struct model *m, uint64_t queue, int64_t now_ms)
{
	struct model *w = (struct model *)m;
	struct model_queue *q = model_queue_of(w, queue);
	struct route_queue_counts c;

	if (!q)
		return -1;
	model_counts(m, queue, &c);
	if (c.agents_free > q->set.keep_free)
		return 0;
	return model_wait_of(w, q, c.waiting + 1, now_ms);
}

static const char *wrong_contacts(struct model *m)
{
	EACH_CONTACT(m, c)
	{
		if (c->state != MODEL_OFFERED)
			continue;
		EACH_CONTACT(m, b)
		if (b != c && b->state == MODEL_OFFERED && b->stay == c->stay &&
			(b->agent == c->agent || b->is_by_hand || c->is_by_hand))
			return "a segment is offered twice";
		struct model_segment *s = model_stay_of(m, c->stay);
		if (!s || s->state != MODEL_OFFERED)
			return "an offer has no segment that rings";
	}
	EACH_SEGMENT(m, s)
	if (s->state == MODEL_OFFERED && !model_oldest(m, 0, s->stay, MODEL_OFFERED))
		return "a segment rings nowhere";
	return NULL;
}

const char *model_wrong(const struct model *m)
{
	struct model *w = (struct model *)m;

	EACH_QUEUE(w, q)
	{
		long here = 0;
		EACH_SEGMENT(w, s)
		here += s->queue == q->set.id && (s->state == MODEL_WAITING || s->state == MODEL_OFFERED);
		if (q->enqueued != q->answered + q->cancelled + q->overflowed + here)
			return "the books do not balance";
		if (q->alone_ms != INT64_MAX ? !model_is_alone(w, q) : model_is_alone(w, q))
			return "a queue does not know whether it is alone";
	}
	if (model_next_due(m) <= m->now_ms)
		return "a deadline has passed and stands";
	if (model_is_unsettled(m))
		return "somebody waits beside an agent who may take it";
	return wrong_contacts(w);
}

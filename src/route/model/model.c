/* The plain model: inputs and deadlines. See model.h. */
#include "route/model/model_parts.h"

#include <assert.h>
#include <errno.h>

static struct model_segment *new_segment(struct model *m)
{
	EACH_SEGMENT(m, s)
	if (s->state == MODEL_FREE)
		return s;
	return m->n_segments < MODEL_SEGMENTS ? &m->segments[m->n_segments++] : NULL;
}

static int refuse(struct model *m, const struct route_input *in, enum route_reason reason)
{
	model_act(m, (struct route_action){ROUTE_REFUSED, reason, .segment = in->segment, .agent = in->agent,
			     .queue = in->queue});
	return 0;
}

/* By hand: whether the agent got it. */
static bool give(struct model *m, struct model_segment *s, struct model_agent *a)
{
	int channel = (int)model_queue_of(m, s->queue)->set.channel;

	if (!a || !a->is_available || !model_has_room(m, a, channel))
		return false;
	model_offer(m, s, a, true);
	return true;
}

/* Why a newcomer, already standing in its place, may not stay there; or none. */
static enum route_reason refusal(struct model *m, const struct model_queue *q, const struct model_segment *s)
{
	int64_t wait = model_wait_of(m, q, model_rank(m, s), m->now_ms);

	if (s->since_ms < m->now_ms)
		return ROUTE_NO_REASON;
	if (!q->is_open)
		return ROUTE_CLOSED;
	if (model_alone_due(q) <= m->now_ms)
		return ROUTE_NO_AGENTS;
	if (model_best_agent(m, s))
		return ROUTE_NO_REASON;
	if (q->set.capacity && model_waiting(m, q->set.id) - 1 >= q->set.capacity)
		return ROUTE_QUEUE_FULL;
	if (q->set.max_estimate_ms && wait > q->set.max_estimate_ms)
		return ROUTE_ESTIMATE_TOO_LONG;
	return ROUTE_NO_REASON;
}

static void prefer(struct model *m, struct model_segment *s)
{
	struct model_agent *p = model_known_agent(m, s->in.preferred_agent);

	if (!p || !p->is_available || !model_meets(m, s, p))
		return;
	for (int i = 0; i < s->in.n_excluded; i++)
		if (s->in.excluded[i] == p->set.id)
			return;
	s->preferred = p->set.id;
	s->patience_ms = m->now_ms + s->in.preferred_patience_ms;
	if (!s->in.preferred_patience_ms && !model_best_agent(m, s))
		s->preferred = 0;
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
	if (model_segment_of(m, in->segment))
		return refuse(m, in, ROUTE_DUPLICATE);
	struct model_segment *s = new_segment(m);
	assert(s);
	int32_t first = q->set.announce_first_ms ? q->set.announce_first_ms : q->set.announce_every_ms;
	*s = (struct model_segment){MODEL_WAITING, .id = in->segment, .queue = in->queue,
		.stay = ++m->n_stays, .in = *in,
		.since_ms = in->waiting_since_ms < m->now_ms ? in->waiting_since_ms : m->now_ms,
		.announce_ms = first ? m->now_ms + first : INT64_MAX};
	while (s->ring + 1 < q->set.n_rings && s->since_ms + q->set.rings[s->ring + 1].after_ms <= m->now_ms)
		s->ring++;
	prefer(m, s);
	enum route_reason reason = refusal(m, q, s);
	if (reason) {
		s->state = MODEL_FREE;
		return refuse(m, in, reason);
	}
	q->enqueued++;
	if (in->agent)
		give(m, s, model_known_agent(m, in->agent));
	return 0;
}

static int cancel(struct model *m, const struct route_input *in)
{
	struct model_segment *s = model_segment_of(m, in->segment);
	struct model_contact *c;

	if (!s)
		return -ENOENT;
	if (s->state == MODEL_CONNECTED) {
		model_end(m, model_oldest(m, 0, s->stay, MODEL_CONNECTED));
		return 0;
	}
	while ((c = model_oldest(m, 0, s->stay, MODEL_OFFERED))) {
		model_act_on(m, c, ROUTE_WITHDRAW, ROUTE_CANCELLED);
		c->state = MODEL_FREE;
	}
	model_queue_of(m, s->queue)->cancelled++;
	s->state = MODEL_FREE;
	return 0;
}

static int ended(struct model *m, const struct route_input *in)
{
	struct model_contact *c = model_contact_of(m, in->segment, in->agent, MODEL_CONNECTED);

	if (!c)
		return -ENOENT;
	model_end(m, c);
	return 0;
}

static int assign(struct model *m, const struct route_input *in)
{
	struct model_segment *s = model_segment_of(m, in->segment);
	struct model_agent *a = model_known_agent(m, in->agent);

	if (!s || !a)
		return -ENOENT;
	if (s->state != MODEL_WAITING)
		return refuse(m, in, ROUTE_NOT_WAITING);
	return give(m, s, a) ? 0 : refuse(m, in, ROUTE_NOT_FREE);
}

static int open_or_close(struct model *m, const struct route_input *in)
{
	struct model_queue *q = model_queue_of(m, in->queue);

	if (!q)
		return -ENOENT;
	q->is_open = in->is_available;
	if (!q->is_open && q->set.is_left_when_closed)
		model_leave_all(m, q->set.id, ROUTE_CLOSED);
	return 0;
}

static int available(struct model *m, const struct route_input *in)
{
	struct model_agent *a = model_known_agent(m, in->agent);

	if (!a)
		return -ENOENT;
	model_set_available(m, a, in->is_available);
	return 0;
}

static int reset(struct model *m)
{
	EACH_AGENT(m, a)
	a->busy_ms = a->ready_ms = a->occupied_ppm = a->accepted = 0;
	return 0;
}

static int apply(struct model *m, const struct route_input *in)
{
	switch (in->kind) {
	case ROUTE_TIME:
		return 0;
	case ROUTE_CONFIGURE:
		return model_configure(m, in->config);
	case ROUTE_AVAILABLE:
		return available(m, in);
	case ROUTE_ENQUEUE:
		return enqueue(m, in);
	case ROUTE_CANCEL:
		return cancel(m, in);
	case ROUTE_ACCEPTED:
		return model_accepted(m, in);
	case ROUTE_FAILED:
		return model_failed(m, in);
	case ROUTE_ENDED:
		return ended(m, in);
	case ROUTE_WRAP_UP_EXTEND:
	case ROUTE_WRAP_UP_DONE:
		return model_wrap_up(m, in);
	case ROUTE_ENGAGE:
		return model_engage(m, in);
	case ROUTE_ASSIGN:
		return assign(m, in);
	case ROUTE_OPEN:
		return open_or_close(m, in);
	case ROUTE_RESET:
		return reset(m);
	}
	return -EINVAL;
}

static void agent_time(struct model_agent *a, int64_t due_ms)
{
	int kept = 0;

	for (int i = 0; i < a->n_declined; i++)
		if (a->declined[i].until_ms > due_ms)
			a->declined[kept++] = a->declined[i];
	a->n_declined = kept;
	if (a->rest_ms <= due_ms)
		a->is_resting = false;
}

static void announce(struct model *m, struct model_segment *s, const struct model_queue *q)
{
	int position = model_rank(m, s);

	model_act(m, (struct route_action){ROUTE_ANNOUNCE, .segment = s->id, .queue = s->queue,
			     .position = position, .estimate_ms = model_wait_of(m, q, position, m->now_ms)});
	if (!q->set.announce_every_ms)
		s->announce_ms = INT64_MAX;
	else
		while (s->announce_ms <= m->now_ms)
			s->announce_ms += q->set.announce_every_ms;
}

/* The one thing of a waiting segment that is due at that time. */
static void segment_time(struct model *m, struct model_segment *s, int64_t due_ms)
{
	struct model_queue *q = model_queue_of(m, s->queue);
	int64_t target = s->since_ms + model_target(q, s);

	if (q->set.max_wait_ms && s->since_ms + q->set.max_wait_ms == due_ms) {
		model_leave(m, s, ROUTE_DEADLINE);
	} else if (s->preferred && s->patience_ms == due_ms) {
		s->preferred = 0;
	} else if (s->ring + 1 < q->set.n_rings &&
		   s->since_ms + q->set.rings[s->ring + 1].after_ms == due_ms) {
		s->ring++;
	} else if (!s->is_warned && q->set.warn_ms && model_target(q, s) &&
		   target - q->set.warn_ms == due_ms) {
		s->is_warned = true;
		model_act(m, (struct route_action){
				     ROUTE_WARN, .segment = s->id, .queue = s->queue, .due_ms = target});
	} else {
		announce(m, s, q);
	}
}

/* Wrap-ups one by one; the offers of a segment all together, in the order they were made. */
static void contact_time(struct model *m, struct model_contact *c)
{
	uint64_t stay = c->stay;

	if (c->state == MODEL_WRAP_UP) {
		model_contact_due(m, c);
		return;
	}
	while ((c = model_oldest(m, 0, stay, MODEL_OFFERED)))
		model_contact_due(m, c);
}

static bool is_earlier(const struct model_contact *a, const struct model_contact *b)
{
	if (a->id != b->id)
		return a->id < b->id;
	return a->agent != b->agent ? a->agent < b->agent : a->nth < b->nth;
}

/* What waits, rings or is wrapped up and is due at that time: the lowest id, then the lowest agent's, then
 * the older. */
static void earliest_segment_time(struct model *m, int64_t due)
{
	struct model_contact *contact = NULL;
	struct model_segment *segment = NULL;

	EACH_CONTACT(m, c)
	if ((c->state == MODEL_OFFERED || c->state == MODEL_WRAP_UP) && c->due_ms == due &&
		(!contact || is_earlier(c, contact)))
		contact = c;
	EACH_SEGMENT(m, s)
	if (model_segment_due(m, s) == due && (!segment || s->id < segment->id))
		segment = s;
	if (segment && (!contact || segment->id <= contact->id))
		segment_time(m, segment, due);
	else
		contact_time(m, contact);
}

/* The agents' deadlines of one moment end together: who may be offered something again. */
static bool agents_time(struct model *m, int64_t due)
{
	bool is_any = false;

	EACH_AGENT(m, a)
	if (model_agent_due(a) == due) {
		agent_time(a, due);
		is_any = true;
	}
	return is_any;
}

static void run_deadlines(struct model *m)
{
	int64_t due;

	while ((due = model_next_due(m)) <= m->now_ms) {
		struct model_queue *queue = NULL;
		EACH_QUEUE(m, q)
		if (model_queue_due(m, q) == due && (!queue || q->set.id < queue->set.id))
			queue = q;
		if (agents_time(m, due))
			;
		else if (queue)
			model_leave_all(m, queue->set.id, ROUTE_NO_AGENTS);
		else
			earliest_segment_time(m, due);
		model_settle(m);
	}
}

/* The time since the last step: who was available, and who had anything to do. */
static void pass_time(struct model *m, int64_t now_ms)
{
	EACH_AGENT(m, a)
	{
		bool is_busy = false;
		EACH_CONTACT(m, c)
		is_busy |= c->state != MODEL_FREE && c->agent == a->set.id;
		a->ready_ms += a->is_available ? now_ms - m->now_ms : 0;
		a->busy_ms += is_busy ? now_ms - m->now_ms : 0;
	}
	m->now_ms = now_ms;
}

int model_step(struct model *m, const struct route_input *in, int64_t now_ms)
{
	int64_t before = m->now_ms;

	m->n_out = 0;
	if (now_ms > m->now_ms)
		pass_time(m, now_ms);
	int rc = apply(m, in);
	if (rc < 0) { /* nothing has changed, so the time can be taken back */
		pass_time(m, before);
		return rc;
	}
	model_note_alone(m);
	model_settle(m);
	run_deadlines(m);
	return 0;
}

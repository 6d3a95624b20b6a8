/* Deadlines, in route.h's order: by time; then agents, queues, segments; then id, and agent. */
#include "sim/fuzz/watch_parts.h"

enum class { OF_AGENT, OF_QUEUE, OF_SEGMENT };
struct due {
	int64_t at_ms;
	enum class class;
	uint64_t id, agent; /* agent: of a contact */
};

static bool is_before(const struct due *a, const struct due *b)
{
	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms;
	if (a->class != b->class)
		return a->class < b->class;
	return a->id != b->id ? a->id < b->id : a->agent < b->agent;
}

static void consider(struct due *best, struct due d)
{
	if (d.at_ms != NEVER && is_before(&d, best))
		*best = d;
}

/* is_felt: only what changes something by itself; a decline that ends during a rest does not. */
static void of_agent(struct due *best, const struct watch_agent *a, bool is_felt)
{
	if (a->is_resting)
		consider(best, (struct due){a->rest_ms, OF_AGENT, a->set.id, 0});
	VEC_EACH(&a->declines, i)
	if (!is_felt || !a->is_resting || a->declines.at[i].until_ms > a->rest_ms)
		consider(best, (struct due){a->declines.at[i].until_ms, OF_AGENT, a->set.id, 0});
	for (int i = 0; i < a->n_contacts; i++)
		consider(best,
			(struct due){a->contacts[i].due_ms, OF_SEGMENT, a->contacts[i].segment, a->set.id});
}

/* Whoever waits leaves a queue without agents; with nobody waiting there is nothing to do. */
static void of_queue(struct due *best, const struct watch *w, const struct watch_queue *q)
{
	bool is_waited_in = false;

	VEC_EACH(&w->segments, i)
	is_waited_in |= w->segments.at[i].in.queue == q->set.id && !w->segments.at[i].is_ringing;
	if (q->set.is_left_without_agents && q->nobody_ms != NEVER && is_waited_in)
		consider(best, (struct due){q->nobody_ms + q->set.no_agents_ms, OF_QUEUE, q->set.id, 0});
}

static int64_t overflow_ms(const struct watch_queue *q, const struct watch_segment *s)
{
	return q->set.max_wait_ms ? s->since_ms + q->set.max_wait_ms : NEVER;
}

static int64_t widen_ms(const struct watch_queue *q, const struct watch_segment *s)
{
	return s->ring + 1 < q->set.n_rings ? s->since_ms + q->set.rings[s->ring + 1].after_ms : NEVER;
}

static int64_t target_ms(const struct watch_queue *q, const struct watch_segment *s)
{
	int64_t target = s->in.target_ms ? s->in.target_ms : q->set.target_ms;

	return target ? s->since_ms + target : NEVER;
}

static int64_t warn_ms(const struct watch_queue *q, const struct watch_segment *s)
{
	int64_t target = target_ms(q, s);

	return target != NEVER && q->set.warn_ms && !s->is_warned ? target - q->set.warn_ms : NEVER;
}

enum happening { OVERFLOW, END_OF_PATIENCE, NEXT_RING, WARNING, ANNOUNCEMENT };

/* What happens to a waiting segment next, and when. */
static enum happening next_of(const struct watch_queue *q, const struct watch_segment *s, int64_t *ret_at_ms)
{
	const int64_t at[] = {
		[OVERFLOW] = overflow_ms(q, s),
		[END_OF_PATIENCE] = s->is_patient ? s->patience_ms : NEVER,
		[NEXT_RING] = widen_ms(q, s),
		[WARNING] = warn_ms(q, s),
		[ANNOUNCEMENT] = s->announce_ms,
	};
	enum happening first = OVERFLOW;

	for (enum happening h = OVERFLOW; h <= ANNOUNCEMENT; h++)
		if (at[h] < at[first])
			first = h;
	*ret_at_ms = at[first];
	return first;
}

static void of_segment(struct due *best, const struct watch_queue *q, const struct watch_segment *s)
{
	int64_t at_ms = NEVER;

	if (s->is_ringing)
		return;
	next_of(q, s, &at_ms);
	consider(best, (struct due){at_ms, OF_SEGMENT, s->in.segment, 0});
}

static struct due next_due(const struct watch *w, bool is_felt)
{
	struct due best = {NEVER, OF_SEGMENT, UINT64_MAX, UINT64_MAX};

	for (int i = 0; i < w->n_agents; i++)
		of_agent(&best, &w->agents[i], is_felt);
	for (int i = 0; i < w->n_queues; i++)
		of_queue(&best, w, &w->queues[i]);
	VEC_EACH(&w->segments, i)
	{
		const struct watch_segment *s = &w->segments.at[i];
		of_segment(&best, watch_queue_of((struct watch *)w, s->in.queue), s);
	}
	return best;
}

int64_t watch_next_due(const struct watch *w)
{
	return next_due(w, true).at_ms;
}

/* 1: first in its queue of those waiting. */
static int position(struct watch *w, const struct watch_segment *s)
{
	int n = 1;

	VEC_EACH(&w->segments, i)
	{
		const struct watch_segment *o = &w->segments.at[i];
		n += o != s && !o->is_ringing && o->in.queue == s->in.queue &&
		     watch_is_ranked_before(w, o, s);
	}
	return n;
}

static void announce(struct watch *w, const struct watch_queue *q, struct watch_segment *s)
{
	int64_t every = q->set.announce_every_ms;
	int place = position(w, s);

	if (w->at < w->seen->n && w->seen->at[w->at].kind == ROUTE_ANNOUNCE &&
		w->seen->at[w->at].segment == s->in.segment && w->seen->at[w->at].position != place)
		watch_fail(w, "said_in_time", "segment %llu was told position %d and is at %d",
			(unsigned long long)s->in.segment, w->seen->at[w->at].position, place);
	watch_expect(w, "said_in_time",
		(struct route_action){ROUTE_ANNOUNCE, .segment = s->in.segment, .queue = s->in.queue});
	if (!every)
		s->announce_ms = NEVER;
	else /* those missed while it rang are not made up for */
		s->announce_ms += every * ((w->now_ms - s->announce_ms) / every + 1);
}

static void segment_time(struct watch *w, struct watch_segment *s)
{
	const struct watch_queue *q = watch_queue_of(w, s->in.queue);
	int64_t at_ms;

	switch (next_of(q, s, &at_ms)) {
	case OVERFLOW:
		watch_overflow(w, s, ROUTE_DEADLINE);
		break;
	case END_OF_PATIENCE:
		s->is_patient = false;
		break;
	case NEXT_RING:
		s->ring++;
		s->is_computed = false;
		break;
	case WARNING:
		s->is_warned = true;
		watch_expect(w, "said_in_time",
			(struct route_action){ROUTE_WARN, .segment = s->in.segment, .queue = s->in.queue,
				.due_ms = target_ms(q, s)});
		break;
	case ANNOUNCEMENT:
		announce(w, q, s);
		break;
	}
}

/* The offers of s time out, in the order they were made; a reservation leaves. */
static void ring_time(struct watch *w, struct watch_segment *s)
{
	const uint64_t segment = s->in.segment;
	const bool is_reservation = s->in.reserve_ms > 0;
	struct watch_agent *a;
	struct watch_contact *c;

	while (!w->is_failed && (c = watch_ringing(w, segment, &a)) && c->due_ms <= w->now_ms) {
		watch_expect(w, "everything_ends",
			(struct route_action){ROUTE_WITHDRAW, ROUTE_DEADLINE, .segment = segment,
				.agent = a->set.id, .queue = c->queue});
		if (!is_reservation) {
			watch_missed(w, a, c);
			continue;
		}
		watch_contact_remove(w, a, c);
		watch_overflow(w, s, ROUTE_DEADLINE);
	}
}

static void contact_time(struct watch *w, struct watch_agent *a, struct watch_contact *c)
{
	if (c->state == WATCH_WRAP_UP)
		watch_wrap_up_over(w, a, c, ROUTE_DEADLINE);
	else
		ring_time(w, watch_segment_of(w, c->segment));
}

/* What ends at that time; what ends later has its own place. */
static void agent_time(struct watch_agent *a, int64_t at_ms)
{
	if (a->is_resting && a->rest_ms <= at_ms)
		a->is_resting = false;
	for (size_t i = 0; i < a->declines.len;)
		if (a->declines.at[i].until_ms <= at_ms)
			VEC_REMOVE(&a->declines, i);
		else
			i++;
}

static struct watch_segment *first_waiting(struct watch *w, uint64_t queue)
{
	struct watch_segment *best = NULL;

	VEC_EACH(&w->segments, i)
	{
		struct watch_segment *s = &w->segments.at[i];
		if (!s->is_ringing && s->in.queue == queue && (!best || watch_is_ranked_before(w, s, best)))
			best = s;
	}
	return best;
}

static void queue_time(struct watch *w, struct watch_queue *q)
{
	struct watch_segment *s;

	while (!w->is_failed && (s = first_waiting(w, q->set.id)))
		watch_overflow(w, s, ROUTE_NO_AGENTS);
}

/* The contact whose time has come; the one that came first, of two with one id. */
static struct watch_contact *due_contact(struct watch_agent *a, const struct due *d)
{
	for (int i = 0; i < a->n_contacts; i++)
		if (a->contacts[i].segment == d->id && a->contacts[i].due_ms == d->at_ms)
			return &a->contacts[i];
	return NULL;
}

static void fire(struct watch *w, const struct due *d)
{
	struct watch_agent *a = watch_agent_of(w, d->class == OF_AGENT ? d->id : d->agent);

	if (d->class == OF_AGENT) {
		agent_time(a, d->at_ms);
	} else if (d->class == OF_QUEUE) {
		queue_time(w, watch_queue_of(w, d->id));
	} else if (!a) {
		segment_time(w, watch_segment_of(w, d->id));
	} else {
		contact_time(w, a, due_contact(a, d));
	}
}

void watch_run_deadlines(struct watch *w)
{
	struct due d = next_due(w, false);

	while (d.at_ms <= w->now_ms && !w->is_failed) {
		struct due before = d;
		fire(w, &d);
		d = next_due(w, false);
		if (before.class == OF_AGENT && d.class == OF_AGENT && d.at_ms == before.at_ms)
			continue; /* those of agents at one time count as one */
		watch_check_patience(w);
		watch_check_staffing(w);
		watch_settle(w);
		d = next_due(w, false);
	}
}

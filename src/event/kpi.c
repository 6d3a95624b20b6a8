/* The fold behind every figure; see kpi.h and docs/kpi.md.
 *
 * Invariants: a segment is counted as offered once and leaves as answered, abandoned or overflowed once, so
 * the identity offered = answered + abandoned + overflowed_out + waiting_now - waiting_at_start holds for
 * every queue and period, also for a log with doubled or missing events. An agent's time is cut at interval
 * edges and each millisecond is counted once.
 *
 * What nobody says is decided here: a segment still waiting when its interaction ends counts as abandoned
 * (the customer was lost while waiting, whoever is to blame); when the system starts again, agents' states
 * end where the log last saw them. */
#include "event/kpi_fold.h"
#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define SHORT_ABANDON_DEFAULT_MS 5000
#define SERVICE_LEVEL_DEFAULT_MS 20000

int kpi_new(struct kpi_fold **ret_fold)
{
	struct kpi_fold *f = alloc_zero(sizeof(*f));

	if (!f)
		return -ENOMEM;
	*ret_fold = f;
	return 0;
}

static void row_clear(struct row *r)
{
	VEC_EACH(&r->intervals, i)
	histogram_free(&r->intervals.at[i].waits);
	VEC_FREE(&r->intervals);
}

static void rows_free(struct map *m)
{
	struct row *r;

	for (size_t i = 0; (r = map_next(m, &i));) {
		row_clear(r);
		alloc_free(r);
	}
	map_free(m);
}

void kpi_free(struct kpi_fold *f)
{
	struct segment *s;

	if (!f)
		return;
	rows_free(&f->queues);
	rows_free(&f->agents);
	for (size_t i = 0; (s = map_next(&f->segments, &i));)
		alloc_free(s);
	map_free(&f->segments);
	map_free(&f->interactions);
	row_clear(&f->house);
	alloc_free(f);
}

static struct row *row_of(struct map *m, uint64_t id)
{
	struct row *r = map_get(m, id);

	if (r)
		return r;
	r = alloc_zero(sizeof(*r));
	if (!r)
		return NULL;
	r->id = id;
	r->short_abandon_ms = SHORT_ABANDON_DEFAULT_MS;
	r->service_level_ms = SERVICE_LEVEL_DEFAULT_MS;
	if (map_put(m, id, r) < 0) {
		alloc_free(r);
		return NULL;
	}
	return r;
}

static struct interval *interval_of(struct row *r, int64_t index)
{
	size_t i = kpi_lower_bound(r, index);

	if (i < r->intervals.len && r->intervals.at[i].index == index)
		return &r->intervals.at[i];
	if (!VEC_RESERVE(&r->intervals, r->intervals.len + 1))
		return NULL;
	memmove(&r->intervals.at[i + 1], &r->intervals.at[i],
		(r->intervals.len - i) * sizeof(*r->intervals.at));
	r->intervals.len++;
	r->intervals.at[i] = (struct interval){.index = index};
	return &r->intervals.at[i];
}

int kpi_set_rule(struct kpi_fold *f, const struct kpi_queue_rule *rule)
{
	struct row *r = rule->queue ? row_of(&f->queues, rule->queue) : NULL;

	if (!r)
		return rule->queue ? -ENOMEM : 0;
	r->short_abandon_ms = rule->short_abandon_ms;
	r->service_level_ms = rule->service_level_ms;
	return 0;
}

/* --- agents' time
 * ----------------------------------------------------------------------------------------------------- */
/* Counts the present state up to until_ms, interval by interval. On -ENOMEM the counted part is not counted
 * again. */
static int close_state(struct row *r, int64_t until_ms)
{
	if (until_ms - r->since_ms > STATE_MS_MAX)
		r->since_ms = until_ms;
	while (r->state != STATE_OFFLINE && r->since_ms < until_ms) {
		int64_t index = kpi_floor_index(r->since_ms), edge = (index + 1) * KPI_INTERVAL_MS;
		int64_t end = edge < until_ms ? edge : until_ms;
		struct interval *i = interval_of(r, index);
		if (!i)
			return -ENOMEM;
		kpi_add_time(&i->c, r->state, end - r->since_ms);
		r->since_ms = end;
	}
	return 0;
}

static enum state state_named(const char *name)
{
	static const char *const names[] = {
		"offline", "ready", "break", "ringing", "talking", "hold", "wrap_up", "not_responding"};

	if (name && strcmp(name, "unreachable") == 0)
		return STATE_NOT_RESPONDING;
	for (int i = 0; name && i < 8; i++)
		if (strcmp(names[i], name) == 0)
			return (enum state)i;
	return STATE_OFFLINE;
}

static int on_agent_state(struct kpi_fold *f, const struct event *e)
{
	struct row *r = e->agent ? row_of(&f->agents, e->agent) : NULL;

	if (!r)
		return e->agent ? -ENOMEM : 0;
	int err = close_state(r, e->at_ms);
	if (err < 0)
		return err;
	r->state = state_named(e->reason);
	/* A wall clock that stepped back must not count time twice. */
	r->since_ms = e->at_ms > r->since_ms ? e->at_ms : r->since_ms;
	return 0;
}

/* The time the system was down belongs to no state. Who said how long it was knows that people go on in
 * their states; logs of before end them with the event before. */
static int on_system_started(struct kpi_fold *f, const struct event *e)
{
	bool is_known = e->duration_ms > 0;
	int64_t until_ms = is_known ? e->at_ms - e->duration_ms : f->last_ms;
	struct row *r;

	for (size_t i = 0; (r = map_next(&f->agents, &i));) {
		int err = close_state(r, until_ms);
		if (err < 0)
			return err;
		if (!is_known)
			r->state = STATE_OFFLINE;
		r->since_ms = e->at_ms > r->since_ms ? e->at_ms : r->since_ms;
	}
	return 0;
}

/* --- segments
 * ---------------------------------------------------------------------------------------------------------
 */
/* The counters of a row at an event's time. NULL for no id or without memory: *ret_error says which. */
static struct interval *counters(struct map *m, uint64_t id, int64_t at_ms, int *ret_error)
{
	struct row *r = id ? row_of(m, id) : NULL;
	struct interval *i = r ? interval_of(r, kpi_floor_index(at_ms)) : NULL;

	*ret_error = id && !i ? -ENOMEM : 0;
	return i;
}

static void segment_remove(struct kpi_fold *f, struct segment *s)
{
	struct segment *first = map_remove(&f->interactions, s->interaction), *p = first;

	map_remove(&f->segments, s->id);
	if (first == s)
		first = s->next;
	else
		for (; p; p = p->next)
			if (p->next == s)
				p->next = s->next;
	/* A slot was freed just now: putting one back cannot fail for want of memory. */
	if (first) {
		int err = map_put(&f->interactions, s->interaction, first);
		assert(err == 0);
		(void)err;
	}
	alloc_free(s);
}

static int on_queued(struct kpi_fold *f, const struct event *e)
{
	int err;

	if (!e->segment || !e->queue || map_get(&f->segments, e->segment))
		return 0;
	struct interval *i = counters(&f->queues, e->queue, e->at_ms, &err);
	struct segment *s = i ? alloc_zero(sizeof(*s)) : NULL;
	if (!s)
		return -ENOMEM;
	*s = (struct segment){.id = e->segment,
		.queue = e->queue,
		.interaction = e->interaction,
		.queued_ms = e->at_ms,
		.is_waiting = true};
	if (map_put(&f->segments, s->id, s) < 0) {
		alloc_free(s);
		return -ENOMEM;
	}
	s->next = map_get(&f->interactions, s->interaction);
	if (s->interaction && map_put(&f->interactions, s->interaction, s) < 0) {
		map_remove(&f->segments, s->id);
		alloc_free(s);
		return -ENOMEM;
	}
	i->c.offered++;
	return 0;
}

static void judge_estimates(struct kpi_counts *c, const struct segment *s, int64_t answered_ms)
{
	for (int k = 0; k < s->n_estimates; k++) {
		int64_t error = answered_ms - s->estimates[k].at_ms - s->estimates[k].estimate_ms;
		c->announced++;
		c->announced_error_ms += error;
		c->announced_error_abs_ms += error < 0 ? -error : error;
	}
}

static void add_wait(struct kpi_counts *c, int64_t wait_ms)
{
	c->wait_all_ms += wait_ms;
	if (wait_ms > c->wait_max_ms)
		c->wait_max_ms = wait_ms;
}

static int on_answered(struct kpi_fold *f, const struct event *e)
{
	struct segment *s = map_get(&f->segments, e->segment);
	int err, agent_err;

	if (!s || !s->is_waiting)
		return 0;
	int64_t wait_ms = e->wait_ms > 0 ? e->wait_ms : 0;
	struct row *queue = row_of(&f->queues, s->queue);
	struct interval *q = counters(&f->queues, s->queue, e->at_ms, &err);
	struct interval *a = counters(&f->agents, e->agent, e->at_ms, &agent_err);
	if (err < 0 || agent_err < 0 || histogram_add(&q->waits, wait_ms) < 0)
		return -ENOMEM;
	bool is_in_level = wait_ms <= queue->service_level_ms;
	struct kpi_counts *both[] = {&q->c, a ? &a->c : NULL};
	for (int k = 0; k < 2 && both[k]; k++) {
		both[k]->answered++;
		both[k]->answered_in_level += is_in_level;
		both[k]->wait_answered_ms += wait_ms;
		add_wait(both[k], wait_ms);
	}
	judge_estimates(&q->c, s, e->at_ms);
	s->is_waiting = false;
	s->agent = e->agent;
	return 0;
}

/* The segment leaves without an answer. */
static int leave(struct kpi_fold *f, struct segment *s, int64_t at_ms, int64_t wait_ms, bool is_abandoned)
{
	int err;
	struct row *queue = row_of(&f->queues, s->queue);
	struct interval *q = counters(&f->queues, s->queue, at_ms, &err);

	if (err < 0)
		return err;
	wait_ms = wait_ms > 0 ? wait_ms : 0;
	add_wait(&q->c, wait_ms);
	if (is_abandoned) {
		q->c.abandoned++;
		q->c.abandoned_in_level += wait_ms <= queue->service_level_ms;
		q->c.short_abandoned += wait_ms < queue->short_abandon_ms;
	} else {
		q->c.overflowed_out++;
	}
	segment_remove(f, s);
	return 0;
}

static int on_left(struct kpi_fold *f, const struct event *e)
{
	struct segment *s = map_get(&f->segments, e->segment);

	if (!s || !s->is_waiting)
		return 0;
	return leave(f, s, e->at_ms, e->wait_ms, e->type == EVENT_SEGMENT_ABANDONED);
}

/* What the agent asked others for while the segment lasted. */
static void add_consults(struct kpi_counts *c, const struct event *e)
{
	c->consults += e->consults;
	c->consulted += e->consults > 0;
	c->consult_ms += e->consult_ms;
	c->conferenced += e->conferences > 0;
}

/* Talking is over: of the segment's queue and agent. */
static int end_talk(struct kpi_fold *f, struct segment *s, const struct event *e, bool is_segment_event)
{
	int err, agent_err;
	struct interval *q = counters(&f->queues, s->queue, e->at_ms, &err);
	struct interval *a = counters(&f->agents, s->agent, e->at_ms, &agent_err);

	if (err < 0 || agent_err < 0)
		return -ENOMEM;
	bool is_transfer = is_segment_event && e->reason && strcmp(e->reason, "transfer") == 0;
	bool was_held = is_segment_event && e->number > 0;
	bool is_warm = is_transfer && e->name && strcmp(e->name, "warm") == 0;
	if (is_segment_event) { /* the agent's own times come from the agent's states */
		q->c.talk_ms += e->talk_ms;
		q->c.hold_ms += e->hold_ms;
	}
	struct kpi_counts *both[] = {&q->c, a ? &a->c : NULL};
	for (int k = 0; k < 2 && both[k]; k++) {
		both[k]->handled++;
		both[k]->held += was_held;
		both[k]->transferred += is_transfer;
		both[k]->transferred_warm += is_warm;
		if (is_segment_event)
			add_consults(both[k], e);
	}
	segment_remove(f, s);
	return 0;
}

static int on_ended(struct kpi_fold *f, const struct event *e)
{
	struct segment *s = map_get(&f->segments, e->segment);

	return s && !s->is_waiting ? end_talk(f, s, e, true) : 0;
}

static int on_interaction_ended(struct kpi_fold *f, const struct event *e)
{
	struct segment *s;

	while (e->interaction && (s = map_get(&f->interactions, e->interaction))) {
		int err = s->is_waiting ? leave(f, s, e->at_ms, e->at_ms - s->queued_ms, true)
					: end_talk(f, s, e, false);
		if (err < 0)
			return err;
	}
	return 0;
}

static void on_announced(struct kpi_fold *f, const struct event *e)
{
	struct segment *s = map_get(&f->segments, e->segment);

	if (!s || !s->is_waiting || e->duration_ms < 0 || s->n_estimates == ESTIMATES_MAX)
		return;
	s->estimates[s->n_estimates].at_ms = e->at_ms;
	s->estimates[s->n_estimates++].estimate_ms = e->duration_ms;
}

static bool is_missed(const char *reason)
{
	static const char *const reasons[] = {"declined", "no_answer", "unreachable", "busy"};

	for (int i = 0; reason && i < 4; i++)
		if (strcmp(reason, reasons[i]) == 0)
			return true;
	return false;
}

static int on_offer(struct kpi_fold *f, const struct event *e)
{
	int err, agent_err;
	struct interval *q = counters(&f->queues, e->queue, e->at_ms, &err);
	struct interval *a = counters(&f->agents, e->agent, e->at_ms, &agent_err);

	if (err < 0 || agent_err < 0)
		return -ENOMEM;
	struct kpi_counts *both[] = {q ? &q->c : NULL, a ? &a->c : NULL};
	for (int k = 0; k < 2; k++) {
		if (!both[k])
			continue;
		both[k]->offers += e->type == EVENT_OFFER_MADE;
		both[k]->offers_missed += e->type == EVENT_OFFER_ENDED && is_missed(e->reason);
	}
	if (q && e->type == EVENT_OFFER_ENDED)
		q->c.ring_ms += e->ring_ms;
	return 0;
}

static int on_attempt(struct kpi_fold *f, const struct event *e)
{
	struct interval *i;

	bool is_ours = e->type == EVENT_INTERACTION_STARTED && e->reason &&
		       (strcmp(e->reason, "outbound") == 0 || strcmp(e->reason, "internal") == 0);

	if (is_ours)
		return 0;
	i = interval_of(&f->house, kpi_floor_index(e->at_ms));
	if (!i)
		return -ENOMEM;
	i->c.attempts++;
	i->c.blocked += e->type == EVENT_CONTACT_BLOCKED;
	return 0;
}

/* The agent's part in a call it made outside is over. */
static int on_party_left(struct kpi_fold *f, const struct event *e)
{
	int err;
	bool is_outbound = e->name && strcmp(e->name, "outbound") == 0;
	struct interval *a = is_outbound ? counters(&f->agents, e->agent, e->at_ms, &err) : NULL;

	if (!is_outbound || !a)
		return is_outbound ? err : 0;
	a->c.outbound_calls++;
	a->c.outbound_answered += e->duration_ms > 0;
	a->c.outbound_talk_ms += e->duration_ms > 0 ? e->duration_ms : 0;
	return 0;
}

static int on_wrap_up_ended(struct kpi_fold *f, const struct event *e)
{
	int err;
	struct interval *q = counters(&f->queues, e->queue, e->at_ms, &err);

	if (q)
		q->c.acw_ms += e->acw_ms;
	return err;
}

static int apply(struct kpi_fold *f, const struct event *e)
{
	switch (e->type) {
	case EVENT_SYSTEM_STARTED:
		return on_system_started(f, e);
	case EVENT_CONTACT_BLOCKED:
	case EVENT_INTERACTION_STARTED:
		return on_attempt(f, e);
	case EVENT_INTERACTION_ENDED:
		return on_interaction_ended(f, e);
	case EVENT_SEGMENT_QUEUED:
		return on_queued(f, e);
	case EVENT_ANNOUNCED:
		on_announced(f, e);
		return 0;
	case EVENT_OFFER_MADE:
	case EVENT_OFFER_ENDED:
		return on_offer(f, e);
	case EVENT_SEGMENT_ANSWERED:
		return on_answered(f, e);
	case EVENT_SEGMENT_ABANDONED:
	case EVENT_SEGMENT_OVERFLOWED:
		return on_left(f, e);
	case EVENT_SEGMENT_ENDED:
		return on_ended(f, e);
	case EVENT_WRAP_UP_ENDED:
		return on_wrap_up_ended(f, e);
	case EVENT_PARTY_LEFT:
		return on_party_left(f, e);
	case EVENT_AGENT_STATE:
		return on_agent_state(f, e);
	default:
		return 0;
	}
}

int kpi_apply(struct kpi_fold *f, const struct event *e)
{
	int err = apply(f, e);

	if (err == 0)
		f->last_ms = e->at_ms;
	return err;
}

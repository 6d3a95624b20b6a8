/* See watch.h. A step of the books: apply the input, settle, then each deadline; every action the rules ask
 * for is expected of the engine's list in its turn (watch_expect). The first difference is the fault, named
 * after the promise it breaks. */
#include "sim/fuzz/watch_parts.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const kinds[] = {"?", "OFFER", "WITHDRAW", "NOT_RESPONDING", "WRAP_UP", "WRAP_UP_OVER",
	"OVERFLOW", "REFUSED", "ANNOUNCE", "RESERVE", "WARN"};

int watch_new(struct watch **ret_watch)
{
	struct watch *w = alloc_zero(sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->now_ms = INT64_MIN;
	*ret_watch = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	for (int i = 0; i < w->n_agents; i++)
		VEC_FREE(&w->agents[i].declines);
	VEC_FREE(&w->segments);
	alloc_free(w);
}

void watch_fail(struct watch *w, const char *invariant, const char *format, ...)
{
	va_list args;

	if (w->is_failed)
		return;
	w->is_failed = true;
	w->fault.invariant = invariant;
	va_start(args, format);
	vsnprintf(w->fault.what, sizeof(w->fault.what), format, args);
	va_end(args);
}

static void describe(const struct route_action *a, char *ret_text, size_t size)
{
	if (!a) {
		snprintf(ret_text, size, "nothing");
		return;
	}
	snprintf(ret_text, size, "%s segment %llu agent %llu queue %llu reason %d due %lld",
		(unsigned)a->kind <= ROUTE_WARN ? kinds[a->kind] : "?", (unsigned long long)a->segment,
		(unsigned long long)a->agent, (unsigned long long)a->queue, a->reason, (long long)a->due_ms);
}

/* The promise an action breaks which came instead of another, or of nothing. */
static const char *blame(struct watch *w, const struct route_action *came, int want, const char *invariant)
{
	const char *wrong = NULL;

	if (!came)
		return invariant;
	if ((came->kind == ROUTE_OFFER || came->kind == ROUTE_RESERVE) && want != ROUTE_REFUSED)
		wrong = watch_wrong_offer(w, came);
	if (wrong)
		return wrong;
	if (!strcmp(invariant, "nobody_waits_while_someone_may_take_it"))
		return "order_respected";
	return invariant;
}

static bool is_same(const struct route_action *a, const struct route_action *b)
{
	return a->kind == b->kind && a->reason == b->reason && a->segment == b->segment &&
	       a->agent == b->agent && a->queue == b->queue && a->due_ms == b->due_ms;
}

void watch_expect(struct watch *w, const char *invariant, struct route_action want)
{
	const struct route_action *came = w->at < w->seen->n ? &w->seen->at[w->at] : NULL;
	char saw[160], wanted[160];

	if (w->is_failed)
		return;
	if (came && is_same(came, &want)) {
		w->at++;
		return;
	}
	describe(came, saw, sizeof(saw));
	describe(&want, wanted, sizeof(wanted));
	watch_fail(w, blame(w, came, (int)want.kind, invariant), "action %zu is %s; expected %s", w->at, saw,
		wanted);
}

struct watch_queue *watch_queue_of(struct watch *w, uint64_t id)
{
	for (int i = 0; i < w->n_queues; i++)
		if (w->queues[i].set.id == id)
			return &w->queues[i];
	return NULL;
}

struct watch_agent *watch_agent_of(struct watch *w, uint64_t id)
{
	for (int i = 0; i < w->n_agents; i++)
		if (w->agents[i].set.id == id)
			return &w->agents[i];
	return NULL;
}

struct watch_segment *watch_segment_of(struct watch *w, uint64_t id)
{
	VEC_EACH(&w->segments, i)
	if (w->segments.at[i].in.segment == id)
		return &w->segments.at[i];
	return NULL;
}

static const char *surplus(struct watch *w, const struct route_action *a)
{
	switch (a->kind) {
	case ROUTE_OFFER:
	case ROUTE_RESERVE:
		return blame(w, a, 0, "order_respected");
	case ROUTE_OVERFLOW:
		return "books_balance";
	case ROUTE_REFUSED:
		return "refusals_are_right";
	case ROUTE_ANNOUNCE:
	case ROUTE_WARN:
		return "said_in_time";
	default:
		return "everything_ends";
	}
}

const struct watch_fault *watch_step(struct watch *w, const struct watch_seen *seen)
{
	int64_t before = w->now_ms;
	char saw[160];

	w->seen = seen;
	w->at = 0;
	if (seen->now_ms > w->now_ms)
		w->now_ms = seen->now_ms;
	int rc = watch_apply(w, seen->in);
	if (rc != seen->rc)
		watch_fail(w, "refusals_are_right", "the answer is %d; expected %d", seen->rc, rc);
	if (rc < 0) {
		w->now_ms = before;
	} else {
		watch_check_patience(w);
		watch_check_staffing(w);
		watch_settle(w);
		watch_run_deadlines(w);
		watch_forget_gone(w);
	}
	if (!w->is_failed && w->at < seen->n) {
		describe(&seen->at[w->at], saw, sizeof(saw));
		watch_fail(w, surplus(w, &seen->at[w->at]), "action %zu is %s; expected nothing", w->at, saw);
	}
	w->seen = NULL;
	return w->is_failed ? &w->fault : NULL;
}

size_t watch_count(const struct watch *w, enum watch_state state)
{
	size_t n = 0;

	if (state == WATCH_WAITING) {
		VEC_EACH(&w->segments, i)
		n += !w->segments.at[i].is_ringing;
		return n;
	}
	for (int i = 0; i < w->n_agents; i++)
		for (int k = 0; k < w->agents[i].n_contacts; k++)
			n += w->agents[i].contacts[k].state == state;
	return n;
}

static bool pick_contact(
	const struct watch *w, enum watch_state state, size_t nth, struct watch_pick *ret_pick)
{
	for (int i = 0; i < w->n_agents; i++)
		for (int k = 0; k < w->agents[i].n_contacts; k++) {
			const struct watch_contact *c = &w->agents[i].contacts[k];
			if (c->state != state || nth-- > 0)
				continue;
			*ret_pick = (struct watch_pick){
				c->segment, w->agents[i].set.id, c->queue, c->channel, c->due_ms};
			return true;
		}
	return false;
}

bool watch_pick(const struct watch *w, enum watch_state state, size_t nth, struct watch_pick *ret_pick)
{
	if (state != WATCH_WAITING)
		return pick_contact(w, state, nth, ret_pick);
	VEC_EACH(&w->segments, i)
	{
		const struct watch_segment *s = &w->segments.at[i];
		if (s->is_ringing || nth-- > 0)
			continue;
		*ret_pick = (struct watch_pick){s->in.segment, 0, s->in.queue, s->in.channel, s->since_ms};
		return true;
	}
	return false;
}

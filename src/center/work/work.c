/* A contact without a telephone from its opening to its end: into a queue, back into it, out of it, and after
 * a restart. See work.h.
 *
 * Invariants: what c->work->by_id holds began (EVENT_INTERACTION_STARTED) and did not end yet; a contact is
 * in by_segment under its segment exactly while that is open; every segment gets exactly one of answered,
 * abandoned, overflowed, and an answered one its end. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/routing/rules.h"
#include "center/work/work_state.h"
#include "resource/descriptors.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void work_emit(struct center *c, struct event *e)
{
	emit(c, e);
	if (e->seq)
		c->work->last_seq = e->seq;
}

/* --- life
 * ------------------------------------------------------------------------------------------------------------
 */

int work_room_new(struct center *c)
{
	struct work_room *r = alloc_zero(sizeof(*r));

	c->work = r;
	if (r)
		r->center = c;
	return r ? 0 : -ENOMEM;
}

struct work *work_get(const struct center *c, uint64_t interaction)
{
	return map_get(&c->work->by_id, interaction);
}

uint64_t work_queue(const struct work *w)
{
	return w->queue;
}

bool work_is_waiting(const struct work *w)
{
	return w->stage == WORK_WAITING;
}

struct work *work_new(struct center *c, uint64_t id, const char *from, const char *name, const char *to)
{
	size_t n_from = strlen(from) + 1, n_name = strlen(name) + 1, n_to = strlen(to) + 1;
	struct work *w = alloc_zero(sizeof(*w) + n_from + n_name + n_to);

	if (!w || map_put(&c->work->by_id, id, w) < 0) {
		alloc_free(w);
		return NULL;
	}
	w->id = id;
	w->center = c;
	w->name_at = (uint16_t)n_from;
	w->to_at = (uint16_t)(n_from + n_name);
	memcpy(w->texts, from, n_from);
	memcpy(w->texts + w->name_at, name, n_name);
	memcpy(w->texts + w->to_at, to, n_to);
	w->started_wall = center_wall(c);
	atomic_fetch_add_explicit(&c->count_works, 1, memory_order_relaxed);
	return w;
}

void work_free(struct work *w)
{
	struct work_room *r = w->center->work;

	assert(!w->view && !w->offers);
	map_remove(&r->by_id, w->id);
	atomic_fetch_sub_explicit(&w->center->count_works, 1, memory_order_relaxed);
	if (w->segment && map_get(&r->by_segment, w->segment) == w)
		map_remove(&r->by_segment, w->segment);
	alloc_free(w->entry);
	alloc_free(w->notes);
	alloc_free(w);
}

void work_room_free(struct center *c)
{
	struct work_room *r = c->work;
	struct work *w;

	if (!r)
		return;
	for (size_t i = 0; (w = map_next(&r->by_id, &i));) {
		for (struct work_offer *o = w->offers, *next; o; o = next) {
			next = o->next;
			alloc_free(o);
		}
		alloc_free(w->entry);
		alloc_free(w->notes);
		alloc_free(w);
	}
	for (size_t i = r->first_awaited; i < r->awaited.len; i++) {
		json_decref(r->awaited.at[i].json);
		alloc_free(r->awaited.at[i].lookup);
		if (r->awaited.at[i].on_json)
			r->awaited.at[i].on_json(NULL, r->awaited.at[i].arg);
	}
	map_free(&r->by_id);
	map_free(&r->by_segment);
	VEC_FREE(&r->awaited);
	VEC_FREE(&r->rates);
	VEC_FREE(&r->restored);
	timer_cancel(&c->timers, &r->restored_timer);
	alloc_free(r->probe);
	alloc_free(r);
	c->work = NULL;
}

/* --- waiting
 * ------------------------------------------------------------------------------------------------------- */

void work_wait_begins(struct work *w)
{
	struct queue_view *v = live_queue_view(w->center, w->queue);

	work_wait_ends(w);
	if (!v)
		return;
	w->view = v;
	w->prev = v->last_work;
	if (v->last_work)
		v->last_work->next = w;
	else
		v->first_work = w;
	v->last_work = w;
}

void work_wait_ends(struct work *w)
{
	struct queue_view *v = w->view;

	if (!v)
		return;
	if (w->prev)
		w->prev->next = w->next;
	else
		v->first_work = w->next;
	if (w->next)
		w->next->prev = w->prev;
	else
		v->last_work = w->prev;
	w->view = NULL;
	w->prev = w->next = NULL;
}

/* What live shows of it, and what comes back with it. False: no memory. */
static bool remember(struct work *w, const struct entry *e, const struct queue *q)
{
	const struct route_input *in = &e->in;
	int32_t target = in->target_ms ? in->target_ms : q ? q->rule.target_ms : 0;
	char *text = entry_encode(e);

	if (!text)
		return false;
	alloc_free(w->entry);
	w->entry = text;
	w->customer = e->customer;
	w->is_vip = e->is_vip;
	w->priority = in->priority + (q ? q->rule.priority : 0);
	w->target_ms = target;
	w->preferred = in->preferred_agent;
	w->patience_ms = in->preferred_patience_ms;
	w->is_near_target = false;
	return true;
}

static int64_t mono_of(const struct center *c, int64_t wall_ms)
{
	int64_t ago = center_wall(c) - wall_ms;

	return c->now_ms - (ago > 0 ? ago : 0);
}

void work_tell_routing(struct work *w, const struct entry *e, uint64_t by_hand)
{
	struct center *c = w->center;
	struct route_input in = e->in;
	uint64_t id = w->id, segment = w->segment;

	in.kind = ROUTE_ENQUEUE;
	in.segment = segment;
	in.queue = w->queue;
	in.agent = by_hand;
	in.channel = (enum route_channel)w->channel;
	in.waiting_since_ms = w->since_mono;
	w->is_in_route = true;
	int err = route_feed(c, &in);
	w = work_get(c, id); /* the queue's rules may have ended it */
	if (err == 0 || !w || w->segment != segment)
		return;
	w->is_in_route = false;
	log_error("center", id, "routing does not take a contact into its queue: error %d", err);
	work_end(w, "overflow");
}

bool work_line_up(struct work *w, const struct entry *e, uint64_t queue, const char *parted)
{
	struct center *c = w->center;
	const struct queue *q = snapshot_queue(c->snapshot, queue);
	uint64_t segment = id_new();
	bool has_memory = remember(w, e, q) && map_put(&c->work->by_segment, segment, w) == 0;

	work_emit(c, &(struct event){.type = EVENT_SEGMENT_QUEUED,
			     .interaction = w->id,
			     .segment = segment,
			     .queue = queue,
			     .ref = w->key,
			     .number = w->priority,
			     .name = *work_name(w) ? work_name(w) : NULL,
			     .text = w->entry});
	c->work->queued_seq = c->work->last_seq;
	w->key = 0;
	if (parted)
		work_part(w, parted);
	w->stage = WORK_WAITING;
	w->segment = segment;
	w->queue = queue;
	w->queued_mono = c->now_ms;
	w->since_mono = mono_of(c, e->since_ms);
	w->agent = 0;
	w->answered_mono = 0;
	if (!has_memory || !q) {
		work_end(w, q ? "no_memory" : "closed");
		return false;
	}
	work_wait_begins(w);
	return true;
}

void work_move(struct work *w, const struct entry *e, uint64_t queue, uint64_t by_hand, const char *parted)
{
	if (work_line_up(w, e, queue, parted))
		work_tell_routing(w, e, by_hand);
}

/* Out of routing and of the lists; the event is the caller's. */
static void cancel(struct work *w, const char *why)
{
	struct center *c = w->center;

	map_remove(&c->work->by_segment, w->segment);
	work_wait_ends(w);
	work_offers_stop(w, why);
	if (w->is_in_route)
		route_feed(c, &(struct route_input){
				      .kind = ROUTE_CANCEL, .segment = w->segment, .queue = w->queue});
	w->is_in_route = false;
}

static void leave(struct work *w, const char *reason)
{
	struct center *c = w->center;
	bool is_customer = str_starts_with(reason, "customer");
	uint64_t segment = w->segment;

	cancel(w, is_customer ? "caller_gone" : "withdrawn");
	w->segment = 0;
	work_emit(c, &(struct event){.type = is_customer ? EVENT_SEGMENT_ABANDONED : EVENT_SEGMENT_OVERFLOWED,
			     .interaction = w->id,
			     .segment = segment,
			     .queue = w->queue,
			     .wait_ms = c->now_ms - w->queued_mono,
			     .reason = is_customer ? NULL : reason});
}

void work_end(struct work *w, const char *reason)
{
	struct center *c = w->center;
	int64_t lasted = center_wall(c) - w->started_wall;
	char why[48];

	if (w->stage == WORK_ENDED)
		return; /* its own end led here */
	str_put(why, sizeof(why), reason);
	uint8_t was = w->stage;
	w->stage = WORK_ENDED;
	if (was == WORK_OPEN)
		work_part(w, str_starts_with(why, "customer") ? "customer"
			     : str_starts_with(why, "agent")  ? "agent"
							      : why);
	else if (w->segment)
		leave(w, why);
	work_emit(c, &(struct event){.type = EVENT_INTERACTION_ENDED,
			     .interaction = w->id,
			     .duration_ms = lasted > 0 ? lasted : 0,
			     .reason = why});
	work_free(w);
}

void work_return(struct work *w, const char *reason)
{
	struct center *c = w->center;
	struct entry e = {0};
	int64_t since_wall = center_wall(c) - (c->now_ms - w->since_mono);

	log_info("center", w->id, "an agent is away: the contact goes back to its queue (%s)", reason);
	if (entry_decode(w->entry, &e) < 0)
		e = (struct entry){.customer = w->customer, .is_vip = w->is_vip};
	e.since_ms = since_wall;
	e.in.preferred_agent = 0;
	e.in.preferred_patience_ms = 0;
	work_move(w, &e, w->queue, 0, "agent_lost");
}

/* --- what routing decides
 * ------------------------------------------------------------------------------------------------- */

static const char *overflow_reason(enum route_reason reason)
{
	switch (reason) {
	case ROUTE_QUEUE_FULL:
		return "full";
	case ROUTE_NO_AGENTS:
		return "no_agents";
	case ROUTE_ESTIMATE_TOO_LONG:
		return "too_long";
	case ROUTE_CLOSED:
	case ROUTE_UNKNOWN_QUEUE:
	case ROUTE_RECONFIGURED:
		return "closed";
	default:
		return "overflow";
	}
}

/* The queue's rules took it out: nothing comes after, so it ends. */
static void left_by_rule(struct work *w, enum route_reason reason)
{
	w->is_in_route = false;
	work_end(w, overflow_reason(reason));
}

static void warn(struct work *w, const struct route_action *a)
{
	struct center *c = w->center;

	if (w->is_near_target) /* said before a restart */
		return;
	w->is_near_target = true;
	emit(c, &(struct event){.type = EVENT_SEGMENT_NEAR_TARGET,
			.interaction = w->id,
			.segment = w->segment,
			.queue = w->queue,
			.wait_ms = c->now_ms - w->queued_mono,
			.duration_ms = a->due_ms > c->now_ms ? a->due_ms - c->now_ms : 0});
}

static bool perform_of_agent(struct center *c, const struct route_action *a)
{
	struct agent *agent = a->agent ? map_get(&c->agents, a->agent) : NULL;
	struct work_wrap *wrap = agent ? work_wrap_of(agent, a->segment) : NULL;

	switch (a->kind) {
	case ROUTE_WITHDRAW:
		for (struct work_offer *o = agent ? agent->work_offers : NULL; o; o = o->agent_next)
			if (o->work->segment == a->segment) {
				work_offer_withdraw(agent, a);
				return true;
			}
		return false;
	case ROUTE_WRAP_UP:
		if (wrap)
			work_wrap_begin(wrap, a->due_ms);
		return wrap != NULL;
	case ROUTE_WRAP_UP_OVER:
		if (wrap)
			work_wrap_over(wrap, a->reason == ROUTE_DEADLINE ? "limit" : "done");
		return wrap != NULL;
	default:
		return false;
	}
}

bool work_perform(struct center *c, const struct route_action *a)
{
	struct work *w = map_get(&c->work->by_segment, a->segment);

	if (perform_of_agent(c, a))
		return true;
	if (!w)
		return false;
	switch (a->kind) {
	case ROUTE_OFFER:
		if (w->stage == WORK_WAITING)
			work_offer_begin(w, a);
		break;
	case ROUTE_OVERFLOW:
		if (w->stage == WORK_WAITING)
			left_by_rule(w, a->reason);
		break;
	case ROUTE_REFUSED: /* ASSIGN: whoever asked was told, and nothing changed */
		if (w->stage == WORK_WAITING && a->reason != ROUTE_NOT_FREE && a->reason != ROUTE_NOT_WAITING)
			left_by_rule(w, a->reason);
		break;
	case ROUTE_WARN:
		if (w->stage == WORK_WAITING)
			warn(w, a);
		break;
	case ROUTE_ANNOUNCE: /* positions are not announced in writing */
		break;
	default:
		return false;
	}
	return true;
}

/* --- after a restart
 * ---------------------------------------------------------------------------------------------------- */

static int channel_of(const char *name, enum work_kind *ret_kind)
{
	*ret_kind = work_kind_of(name);
	if (*ret_kind != WORK_PLAIN)
		return ROUTE_MESSAGE;
	for (int i = 1; channel_names[i]; i++)
		if (str_equal(channel_names[i], name))
			return i;
	return 0;
}

static const char *said(const char *text)
{
	return text ? text : "";
}

int work_restore(struct center *c, const struct ledger_contact *o)
{
	struct entry e;
	enum work_kind kind;
	int channel = channel_of(o->channel, &kind), err = entry_decode(o->entry, &e);

	if (err == -ENOMEM)
		return err;
	if (err < 0 || !channel || !o->interaction || !o->segment || !o->queue ||
		(o->is_answered && !o->agent) || work_get(c, o->interaction) ||
		map_get(&c->work->by_segment, o->segment))
		return -EINVAL;
	if (c->work->by_id.len >= WORK_MAX)
		return -ENOBUFS;
	struct work *w = work_new(c, o->interaction, said(o->from), said(o->name), said(o->to));
	if (!w)
		return -ENOMEM;
	w->stage = WORK_RESTORED;
	w->channel = (uint8_t)channel;
	w->kind = (uint8_t)kind;
	w->segment = o->segment;
	w->queue = o->queue;
	w->agent = o->is_answered ? o->agent : 0;
	w->n_messages = o->messages < WORK_MESSAGES_MAX ? (int32_t)o->messages : WORK_MESSAGES_MAX;
	w->started_wall = o->started_ms;
	w->queued_mono = mono_of(c, o->queued_ms);
	w->since_mono = mono_of(c, e.since_ms ? e.since_ms : o->queued_ms);
	w->answered_mono = o->is_answered ? mono_of(c, o->answered_ms) : 0;
	w->is_near_target = o->is_near_target;
	w->entry = alloc_strdup(o->entry ? o->entry : "{}");
	if (!w->entry || map_put(&c->work->by_segment, w->segment, w) < 0) {
		work_free(w);
		return -ENOMEM;
	}
	return 0;
}

static void say_restored(struct work *w)
{
	work_emit(w->center,
		&(struct event){.type = EVENT_SEGMENT_RESTORED,
			.interaction = w->id,
			.segment = w->segment,
			.queue = w->queue,
			.agent = w->agent,
			.wait_ms = (w->agent ? w->answered_mono : w->center->now_ms) - w->queued_mono});
}

/* It tells readers of the log, nothing is built on it: a great many are said little by little, so that
 * neither the start nor what comes in waits for them. Who is elsewhere by then needs it no more. */
static void say_some_restored(struct timer *t, int64_t now_ms)
{
	struct work_room *r = (struct work_room *)((char *)t - offsetof(struct work_room, restored_timer));
	struct center *c = r->center;
	struct store_health health;

	store_health(c->parts.store, &health);
	for (int n = 0; n < WORK_RESTORED_SLICE && r->n_said < r->restored.len; n++) {
		if (health.backlog > STORE_BACKLOG_MAX / 2)
			break;
		struct work *w = map_get(&r->by_segment, r->restored.at[r->n_said++]);
		if (w)
			say_restored(w);
	}
	if (r->n_said < r->restored.len) {
		timer_set(&c->timers, t, now_ms + WORK_RESTORED_EVERY_MS, say_some_restored);
		return;
	}
	VEC_FREE(&r->restored);
	r->n_said = 0;
}

static void enter_with_agent(struct work *w)
{
	struct center *c = w->center;
	struct agent *a = agent_get(c, w->agent);

	w->stage = WORK_OPEN;
	if (a && agent_is_employed(a) &&
		route_feed(c, &(struct route_input){.kind = ROUTE_ENGAGE,
				      .segment = w->segment,
				      .agent = w->agent,
				      .queue = snapshot_queue(c->snapshot, w->queue) ? w->queue : 0,
				      .channel = (enum route_channel)w->channel}) == 0) {
		w->is_in_route = true;
		work_join(w, a);
		return;
	}
	work_return(w, "agent_gone");
}

static void enter_waiting(struct work *w, const struct entry *e)
{
	const struct queue *q = snapshot_queue(w->center->snapshot, w->queue);
	bool is_near_target = w->is_near_target;

	w->stage = WORK_WAITING;
	if (!remember(w, e, q)) {
		work_end(w, "no_memory");
		return;
	}
	w->is_near_target = is_near_target;
	if (!q || (int)q->rule.channel != w->channel) {
		work_end(w, "closed");
		return;
	}
	work_wait_begins(w);
	work_tell_routing(w, e, 0);
}

static int by_place(const void *a, const void *b)
{
	const struct work *x = *(struct work *const *)a, *y = *(struct work *const *)b;

	if (x->since_mono != y->since_mono)
		return x->since_mono < y->since_mono ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

void works_enter(struct center *c)
{
	struct work **list, *w;
	size_t n = 0;

	if (c->work->by_id.len == 0)
		return;
	list = alloc_array(c->work->by_id.len, sizeof(struct work *));
	for (size_t i = 0; list && (w = map_next(&c->work->by_id, &i));)
		if (w->stage == WORK_RESTORED)
			list[n++] = w;
	if (!list) {
		log_error("center", 0, "memory is out: contacts of before are not told to routing yet");
		return;
	}
	if (n)
		qsort(list, n, sizeof(*list), by_place);
	/* Those with an agent first, so that nobody is offered what does not fit beside them. */
	for (size_t i = 0; i < n; i++) {
		if (!list[i]->agent) {
			(void)VEC_PUSH(&c->work->restored, list[i]->segment); /* or it goes unsaid */
			continue;
		}
		say_restored(list[i]);
		enter_with_agent(list[i]);
		list[i] = NULL;
	}
	say_some_restored(&c->work->restored_timer, c->now_ms);
	for (size_t i = 0; i < n; i++) {
		struct entry e = {0};
		if (!list[i])
			continue;
		(void)entry_decode(list[i]->entry, &e); /* it could be read a moment ago */
		enter_waiting(list[i], &e);
	}
	alloc_free(list);
}

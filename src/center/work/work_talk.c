/* A contact without a telephone while an agent has it: messages, its end, handing on; and the work after it.
 *
 * Invariants: what is open with an agent is in the agent's list and in no queue's; an agent who is away keeps
 * it for WORK_GRACE_MS, then it waits again where it waited. A wrap-up has a life of its own: the contact may
 * have gone on, or ended, before it is over. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/work/work_state.h"

#include <stddef.h>
#include <string.h>

int work_count(const struct agent *a)
{
	int n = 0;

	for (const struct work *w = a->works; w; w = w->next)
		n++;
	return n;
}

void work_join(struct work *w, struct agent *a)
{
	w->prev = NULL;
	w->next = a->works;
	if (a->works)
		a->works->prev = w;
	a->works = w;
}

static void unlink_from(struct work *w, struct agent *a)
{
	if (w->prev)
		w->prev->next = w->next;
	else if (a->works == w)
		a->works = w->next;
	if (w->next)
		w->next->prev = w->prev;
	w->prev = w->next = NULL;
}

/* --- after it
 * ------------------------------------------------------------------------------------------------------------
 */

struct work_wrap *work_wrap_of(const struct agent *a, uint64_t segment)
{
	struct work_wrap *p = a->work_wraps;

	while (p && p->segment != segment)
		p = p->next;
	return p;
}

struct work_wrap *work_wrap_at(const struct agent *a, uint64_t interaction)
{
	struct work_wrap *p = a->work_wraps;

	while (p && (p->interaction != interaction || !p->is_on))
		p = p->next;
	return p;
}

void work_wrap_free(struct work_wrap *wrap)
{
	struct work_wrap **p = &wrap->agent->work_wraps;

	while (*p != wrap)
		p = &(*p)->next;
	*p = wrap->next;
	json_decref(wrap->facts);
	alloc_free(wrap->notes);
	alloc_free(wrap);
}

/* Kept for the wrap-up that routing may begin next. NULL: no memory. */
static struct work_wrap *prepare(struct work *w, struct agent *a)
{
	struct work_wrap *wrap = alloc_zero(sizeof(*wrap));

	if (!wrap)
		return NULL;
	wrap->agent = a;
	wrap->interaction = w->id;
	wrap->segment = w->segment;
	wrap->queue = w->queue;
	wrap->disposition = w->disposition;
	wrap->notes = TAKE_PTR(w->notes);
	wrap->facts = work_facts_json(w);
	wrap->next = a->work_wraps;
	a->work_wraps = wrap;
	w->disposition = 0;
	return wrap;
}

/* Routing decided that there is none: nothing about it is still to be performed. */
static void drop_unless_begun(struct center *c, struct agent *a, uint64_t segment)
{
	struct work_wrap *wrap = work_wrap_of(a, segment);

	for (size_t i = 0; i < c->pending.len; i++)
		if (c->pending.at[i].kind == ROUTE_WRAP_UP && c->pending.at[i].segment == segment)
			return;
	if (wrap && !wrap->is_on)
		work_wrap_free(wrap);
}

void work_wrap_begin(struct work_wrap *wrap, int64_t due_ms)
{
	struct agent *a = wrap->agent;
	struct center *c = a->center;
	bool is_new = !wrap->is_on;

	wrap->until_mono = due_ms;
	if (is_new) {
		wrap->is_on = true;
		wrap->since_mono = c->now_ms;
		emit(c, &(struct event){.type = EVENT_WRAP_UP_STARTED,
				.interaction = wrap->interaction,
				.segment = wrap->segment,
				.queue = wrap->queue,
				.agent = a->user,
				.duration_ms = due_ms - c->now_ms});
	}
	push_user(c, a->user, work_wrap_json(wrap));
	if (is_new)
		agent_refresh(a);
}

void work_wrap_over(struct work_wrap *wrap, const char *reason)
{
	struct agent *a = wrap->agent;
	struct center *c = a->center;

	if (wrap->is_on)
		work_emit(c, &(struct event){.type = EVENT_WRAP_UP_ENDED,
				     .interaction = wrap->interaction,
				     .segment = wrap->segment,
				     .queue = wrap->queue,
				     .agent = a->user,
				     .acw_ms = c->now_ms - wrap->since_mono,
				     .ref = wrap->disposition,
				     .text = wrap->notes,
				     .reason = reason});
	push_user(c, a->user,
		json_pack("{s:s,s:o,s:o}", "on", "work_wrap_up_over", "interaction",
			json_id(wrap->interaction), "segment", json_id(wrap->segment)));
	work_wrap_free(wrap);
	agent_refresh(a);
}

const char *work_wrap_extend(struct work_wrap *wrap)
{
	struct center *c = wrap->agent->center;
	const struct queue *q = snapshot_queue(c->snapshot, wrap->queue);

	if (wrap->is_extended || !q || q->wrap_up_extend_ms <= 0)
		return "cannot_extend";
	wrap->is_extended = true;
	route_feed(c, &(struct route_input){.kind = ROUTE_WRAP_UP_EXTEND,
			      .agent = wrap->agent->user,
			      .segment = wrap->segment,
			      .duration_ms = (int32_t)(wrap->until_mono - c->now_ms) + q->wrap_up_extend_ms});
	return NULL;
}

const char *work_wrap_finish(struct work_wrap *wrap)
{
	struct center *c = wrap->agent->center;
	const struct queue *q = snapshot_queue(c->snapshot, wrap->queue);

	if (q && q->is_disposition_required && !wrap->disposition)
		return "disposition_required";
	route_feed(
		c, &(struct route_input){
			   .kind = ROUTE_WRAP_UP_DONE, .agent = wrap->agent->user, .segment = wrap->segment});
	return NULL;
}

bool work_notes_of(struct agent *a, uint64_t interaction, uint64_t **ret_disposition, char ***ret_notes)
{
	struct work_wrap *wrap = work_wrap_at(a, interaction);
	struct work *w = work_get(a->center, interaction);

	if (wrap) {
		*ret_disposition = &wrap->disposition;
		*ret_notes = &wrap->notes;
		return true;
	}
	if (!w || w->stage != WORK_OPEN || w->agent != a->user)
		return false;
	*ret_disposition = &w->disposition;
	*ret_notes = &w->notes;
	return true;
}

/* --- its end with this agent
 * --------------------------------------------------------------------------------------------- */

void work_part(struct work *w, const char *reason)
{
	struct center *c = w->center;
	struct agent *a = map_get(&c->agents, w->agent);
	uint64_t segment = w->segment, queue = w->queue, agent = w->agent;
	bool is_lost = str_equal(reason, "agent_lost");

	work_emit(c, &(struct event){.type = EVENT_SEGMENT_ENDED,
			     .interaction = w->id,
			     .segment = segment,
			     .queue = queue,
			     .agent = agent,
			     .talk_ms = c->now_ms - w->answered_mono,
			     .reason = reason});
	if (a) {
		unlink_from(w, a);
		(void)prepare(w, a);
		work_push_ended(w, reason);
	}
	map_remove(&c->work->by_segment, segment);
	w->segment = 0;
	w->agent = 0;
	bool is_told = w->is_in_route;
	w->is_in_route = false;
	if (is_told)
		route_feed(
			c, &(struct route_input){
				   .kind = ROUTE_ENDED, .segment = segment, .agent = agent, .queue = queue});
	if (!a)
		return;
	drop_unless_begun(c, a, segment);
	if (is_lost && work_wrap_of(a, segment)) /* whoever is away has nothing to write down */
		route_feed(c, &(struct route_input){
				      .kind = ROUTE_WRAP_UP_DONE, .agent = agent, .segment = segment});
	agent_refresh(a);
}

/* --- talking
 * ------------------------------------------------------------------------------------------------------------
 */

const char *work_write(struct work *w, uint64_t agent, uint64_t key, const char *text)
{
	struct center *c = w->center;

	if (w->n_messages >= WORK_MESSAGES_MAX)
		return "too_many";
	if (str_is_blank(text) || strlen(text) > WORK_TEXT_MAX || !str_is_utf8(text, strlen(text)))
		return str_is_blank(text) ? "empty" : "too_long";
	w->n_messages++;
	work_emit(c, &(struct event){.type = EVENT_MESSAGE_WRITTEN,
			     .interaction = w->id,
			     .agent = agent,
			     .ref = key,
			     .number = w->n_messages,
			     .text = text});
	json_t *push = json_pack("{s:s,s:o,s:{s:i,s:I,s:o,s:s}}", "on", "work_message", "interaction",
		json_id(w->id), "message", "number", w->n_messages, "at", (json_int_t)center_wall(c), "agent",
		json_id(agent), "text", text);
	if (w->stage == WORK_OPEN)
		push_user(c, w->agent, json_incref(push));
	for (const struct work_offer *o = w->offers; o; o = o->next)
		push_user(c, o->agent->user, json_incref(push));
	json_decref(push);
	return NULL;
}

static bool is_with(const struct work *w, const struct agent *a)
{
	return w->stage == WORK_OPEN && w->agent == a->user;
}

const char *work_agent_writes(struct work *w, struct agent *a, const char *text)
{
	if (!is_with(w, a))
		return "not_yours";
	/* What cannot be kept is not said: the text stays on the page. */
	return store_is_accepting(a->center->parts.store) ? work_write(w, a->user, 0, text) : "overloaded";
}

const char *work_agent_ends(struct work *w, struct agent *a)
{
	if (!is_with(w, a))
		return "not_yours";
	work_end(w, "agent_closed");
	return NULL;
}

const char *work_agent_reads(struct work *w, struct agent *a, int64_t before)
{
	if (!is_with(w, a) && !work_offer_of(w, a))
		return "not_yours";
	work_messages_ask(a->center, w, a->user, before);
	return NULL;
}

static void transferred(struct work *w, const char *kind, const char *to, uint64_t target)
{
	work_emit(w->center, &(struct event){.type = EVENT_INTERACTION_TRANSFERRED,
				     .interaction = w->id,
				     .segment = w->segment,
				     .queue = w->queue,
				     .agent = w->agent,
				     .reason = kind,
				     .to = to,
				     .ref = target});
}

/* What was asked of the queue it leaves does not go with it; who it is does. */
static struct entry entry_of_next(const struct work *w, bool is_same_queue)
{
	struct entry e = {0};

	if (entry_decode(w->entry, &e) < 0)
		e = (struct entry){.customer = w->customer, .is_vip = w->is_vip};
	e.since_ms = center_wall(w->center) - (w->center->now_ms - w->since_mono);
	e.in.preferred_agent = 0;
	e.in.preferred_patience_ms = 0;
	if (!is_same_queue) {
		e.since_ms = center_wall(w->center);
		e.in.n_asks = 0;
		e.in.target_ms = 0;
	}
	return e;
}

static const char *to_agent(struct work *w, uint64_t target)
{
	struct center *c = w->center;
	struct agent *a = agent_get(c, target);
	const struct user *u = snapshot_user(c->snapshot, target);

	if (!a || !u)
		return "not_found";
	if (!a->is_available || a->n_clients == 0 || target == w->agent)
		return "agent_not_free";
	transferred(w, "agent", u->name, target);
	/* Whoever does not take it loses it to the queue, at the place earned. */
	struct entry e = entry_of_next(w, true);
	work_move(w, &e, w->queue, target, "transfer");
	return NULL;
}

const char *work_transfer(struct work *w, struct agent *a, const json_t *to)
{
	struct center *c = w->center;
	const char *kind = jsonx_text(to, "kind", "");
	uint64_t id = jsonx_id(to, "id");
	const struct queue *q = snapshot_queue(c->snapshot, id);

	if (!is_with(w, a))
		return "not_yours";
	if (str_equal(kind, "agent"))
		return to_agent(w, id);
	if (!str_equal(kind, "queue"))
		return "invalid_target";
	if (!q)
		return "not_found";
	if ((int)q->rule.channel != w->channel)
		return "wrong_channel";
	if (!queue_is_open(c, q))
		return "queue_closed";
	transferred(w, "queue", q->name, id);
	struct entry e = entry_of_next(w, id == w->queue);
	work_move(w, &e, id, 0, "transfer");
	return NULL;
}

/* --- agents come and go
 * -------------------------------------------------------------------------------------------------- */

void works_return(struct agent *a, const char *reason)
{
	/* Each may be offered to others meanwhile, never to this one again: nobody sits here. Those that come
	 * back nevertheless (somebody always ready) are not looked at twice. */
	for (int n = work_count(a); n > 0 && a->works; n--)
		work_return(a->works, reason);
}

static void grace_over(struct timer *t, int64_t now_ms)
{
	struct agent *a = (struct agent *)((char *)t - offsetof(struct agent, work_grace));

	(void)now_ms;
	works_return(a, "agent_away");
}

void works_agent_changed(struct agent *a)
{
	bool is_away = a->works && (a->n_clients == 0 || a->presence == PRESENCE_OFFLINE);

	if (!is_away)
		timer_cancel(&a->center->timers, &a->work_grace);
	else if (!timer_is_set(&a->work_grace))
		timer_set(&a->center->timers, &a->work_grace, a->center->now_ms + WORK_GRACE_MS, grace_over);
}

void works_agent_free(struct agent *a)
{
	timer_cancel(&a->center->timers, &a->work_grace);
	while (a->work_wraps)
		work_wrap_free(a->work_wraps);
}

/* See dial.h: calls that agents make, and numbers outside. */
#include "center/dial/dial_trunk.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/defence/outgoing.h"

#define BACKLOG_TIGHT (STORE_BACKLOG_MAX * 3 / 4)

/* --- whom
 * ------------------------------------------------------------------------------------------------------------
 */

const char *dial_place(struct center *c, const char *dialled, struct place *ret_place)
{
	const struct snapshot *s = c->snapshot;
	const struct extension *e = strmap_get(&s->extension_by_number, dialled);
	const struct ring_group *g = strmap_get(&s->group_by_number, dialled);
	const struct user *u = strmap_get(&s->user_by_extension, dialled);
	struct place place = {.kind = PLACE_NUMBER};

	if (e)
		place = (struct place){.kind = PLACE_EXTENSION, .id = e->id};
	else if (g)
		place = (struct place){.kind = PLACE_GROUP, .id = g->id};
	else if (u)
		place = (struct place){.kind = PLACE_USER, .id = u->id};
	if (place.kind != PLACE_NUMBER) {
		str_put(place.number, sizeof(place.number), dialled);
		*ret_place = place;
		return NULL;
	}
	switch (dial_judge(&s->dialling.rules, dialled, place.number)) {
	case DIAL_EMERGENCY:
		place.is_emergency = true;
		break;
	case DIAL_FINE:
		break;
	case DIAL_FORBIDDEN:
		return "number_not_allowed";
	case DIAL_NO_NUMBER:
		return "invalid_number";
	}
	*ret_place = place;
	return NULL;
}

const char *dial_place_of_json(struct center *c, const json_t *to, struct place *ret_place)
{
	const char *kind = jsonx_text(to, "kind", "");
	uint64_t id = jsonx_id(to, "id");
	const struct user *u = snapshot_user(c->snapshot, id);
	const struct extension *e = snapshot_extension(c->snapshot, id);
	const struct ring_group *g = snapshot_group(c->snapshot, id);
	struct place place = {.id = id};

	if (str_equal(kind, "number"))
		return dial_place(c, jsonx_text(to, "number", ""), ret_place);
	if (str_equal(kind, "agent") && u && u->is_active) {
		place.kind = PLACE_USER;
		str_put(place.number, sizeof(place.number), u->extension);
	} else if (str_equal(kind, "extension") && e && e->is_active) {
		place.kind = PLACE_EXTENSION;
		str_put(place.number, sizeof(place.number), e->number);
	} else if (str_equal(kind, "ring_group") && g && g->is_active) {
		place.kind = PLACE_GROUP;
		str_put(place.number, sizeof(place.number), g->number);
	} else {
		bool is_known = str_equal(kind, "agent") || str_equal(kind, "extension") ||
				str_equal(kind, "ring_group");
		return is_known ? "not_found" : "invalid_target";
	}
	*ret_place = place;
	return NULL;
}

/* --- over which trunk, and what is shown
 * ------------------------------------------------------------------------------------------------- */

static bool is_in(const uint64_t *list, int n, uint64_t id)
{
	for (int i = 0; i < n; i++)
		if (list[i] == id)
			return true;
	return false;
}

static bool may_choose(const struct caller_id *n, const struct user *u)
{
	return n->n_teams == 0 || (u && u->team && is_in(n->teams, n->n_teams, u->team));
}

static void show(struct shown *shown, const struct caller_id *n)
{
	*shown = (struct shown){.is_withheld = n->is_withheld};
	str_put(shown->number, sizeof(shown->number), n->number);
	str_put(shown->name, sizeof(shown->name), n->name);
}

const char *dial_route(struct center *c, const struct place *to, const struct dial *d,
	const struct trunk **ret_trunk, struct shown *ret_shown)
{
	const struct snapshot *s = c->snapshot;
	const struct user *u = snapshot_user(s, d ? d->user : 0);
	const struct queue *q = snapshot_queue(s, d ? d->queue : 0);
	const struct caller_id *chosen = snapshot_caller_id(s, d ? d->caller_id : 0);
	const struct trunk *t = dial_best_trunk(c, to, d, chosen);
	const struct caller_id *candidates[] = {chosen, snapshot_caller_id(s, q ? q->caller_id : 0),
		snapshot_caller_id(s, u ? u->caller_id : 0)};
	struct shown shown = {0};

	if (d && d->caller_id && (!chosen || !may_choose(chosen, u)))
		return "caller_id_not_allowed";
	if (!t)
		return chosen && dial_best_trunk(c, to, d, NULL) ? "caller_id_not_allowed" : "no_trunk";
	str_put(shown.number, sizeof(shown.number), t->caller_id);
	for (int i = 2; i >= 0; i--)
		if (candidates[i] && dial_shows(candidates[i], t->id))
			show(&shown, candidates[i]);
	*ret_trunk = t;
	*ret_shown = shown;
	return NULL;
}

const char *dial_target(struct center *c, uint64_t user, const char *number, struct sip_command *cmd)
{
	struct place to = {.kind = PLACE_NUMBER};
	const struct trunk *t;
	struct shown shown;
	enum dial_verdict v = dial_judge(&c->snapshot->dialling.rules, number, to.number);

	if (v == DIAL_NO_NUMBER || v == DIAL_FORBIDDEN)
		return v == DIAL_FORBIDDEN ? "number_not_allowed" : "invalid_number";
	to.is_emergency = v == DIAL_EMERGENCY;
	const char *why = to.is_emergency ? NULL : outgoing_refusal(c, user, to.number);
	if (!why)
		why = dial_route(c, &to, NULL, &t, &shown);
	if (why)
		return why;
	cmd->call.to = SIP_TO_TRUNK;
	cmd->call.trunk = t->id;
	cmd->call.is_emergency = to.is_emergency;
	str_put(cmd->call.number, sizeof(cmd->call.number), to.number);
	if (user && !to.is_emergency)
		outgoing_count(c, user);
	return NULL;
}

/* The trunk of the call, for the live view. */
static void set_trunk(struct interaction *ix, uint64_t trunk)
{
	live_trunk_calls(ix->center, ix->trunk, -1);
	ix->trunk = trunk;
	live_trunk_calls(ix->center, trunk, 1);
}

const char *dial_outside(struct party *p, const struct place *to, int64_t ring_ms)
{
	struct interaction *ix = p->interaction;
	struct center *c = ix->center;
	struct dial *d = ix->dial;
	const struct trunk *t;
	struct shown shown;
	const char *why = to->is_emergency ? NULL : outgoing_refusal(c, d->user, to->number);
	if (!why)
		why = dial_route(c, to, d, &t, &shown);
	struct sip_command *cmd = why ? NULL : alloc_zero(sizeof(*cmd));

	if (!cmd)
		return why ? why : "no_memory";
	uint64_t trunk = t->id;
	cmd->kind = SIP_CALL;
	cmd->call.to = SIP_TO_TRUNK;
	cmd->call.trunk = trunk;
	cmd->call.timeout_s = (int)(ring_ms / 1000) + 5;
	cmd->call.is_withheld = shown.is_withheld;
	cmd->call.is_emergency = to->is_emergency;
	str_put(cmd->call.number, sizeof(cmd->call.number), to->number);
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), shown.number);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), shown.name);
	why = party_dial(p, cmd, ring_ms);
	if (why)
		return why;
	if (!to->is_emergency)
		outgoing_count(c, d->user);
	if (p->leg && (p->leg->way = alloc_zero(sizeof(*p->leg->way))))
		p->leg->way->is_by_rules = true;
	d->dialled_mono = c->now_ms;
	if (p->role == PARTY_CUSTOMER)
		set_trunk(ix, trunk);
	emit(c, &(struct event){.type = EVENT_CALL_DIALLED,
			.interaction = ix->id,
			.queue = d->queue,
			.agent = d->agent,
			.to = to->number,
			.from = shown.number[0] ? shown.number : NULL,
			.ref = trunk,
			.reason = d->how});
	return NULL;
}

const char *dial_reason(const struct party *p, const char *reason)
{
	if (p->sip_code == 404 || p->sip_code == 484 || p->sip_code == 604)
		return "failed";
	if (str_equal(reason, "declined"))
		return "rejected";
	if (p->sip_code == 480 || str_equal(reason, "no_answer"))
		return "no_answer";
	return str_equal(reason, "busy") ? "busy" : "failed";
}

/* --- the call of an agent
 * ---------------------------------------------------------------------------------------------- */

static void engage(struct interaction *ix)
{
	struct dial *d = ix->dial;

	if (!d->queue || !d->agent || !snapshot_queue(ix->center->snapshot, d->queue))
		return;
	uint64_t segment = id_new();
	if (route_feed(ix->center, &(struct route_input){.kind = ROUTE_ENGAGE,
					   .segment = segment,
					   .agent = d->agent,
					   .queue = d->queue,
					   .channel = ROUTE_VOICE}) == 0)
		d->segment = segment;
}

void dial_agent_left(struct interaction *ix, struct agent *a)
{
	struct dial *d = ix->dial;

	if (!d || d->agent != a->user)
		return;
	d->agent = 0;
	uint64_t segment = d->segment;
	d->segment = 0;
	if (!segment)
		return;
	wrap_up_prepare(a, ix, segment, d->queue);
	a->wrap_up.is_outbound = true;
	route_feed(ix->center,
		&(struct route_input){
			.kind = ROUTE_ENDED, .segment = segment, .agent = a->user, .queue = d->queue});
	if (!a->wrap_up.is_on)
		wrap_up_forget(a);
}

void dial_answered(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct center *c = ix->center;
	struct dial *d = ix->dial;
	struct agent *a = map_get(&c->agents, d->agent), *other = map_get(&c->agents, p->user);

	d->is_answered = true;
	if (ix->lead)
		ix->lead->connected_mono = c->now_ms;
	emit(c, &(struct event){.type = EVENT_CALL_ANSWERED,
			.interaction = ix->id,
			.queue = d->queue,
			.agent = d->agent,
			.ref = p->user,
			.ring_ms = c->now_ms - d->dialled_mono});
	engage(ix);
	hear_apply(ix);
	record_begin(ix);
	if (a)
		agent_refresh(a);
	if (other)
		agent_refresh(other);
	call_push(ix);
}

static void tone_over(struct timer *t, int64_t now_ms)
{
	struct party *p = (struct party *)((char *)t - offsetof(struct party, timer));
	struct interaction *ix = p->interaction;

	(void)now_ms;
	call_end(ix, ix->dial->ring.worst, 0);
}

void dial_failed(struct interaction *ix, const char *reason)
{
	struct party *lead = ix->lead;
	struct center *c = ix->center;
	struct media_command tone = {.kind = MEDIA_PLAY,
		.ref = c->next_ref++,
		.play = {.n = 1, .is_looped = true, .layer = MEDIA_LAYER_SPEECH}};

	if (ix->is_ending)
		return;
	ix->dial->ring.worst = reason;
	if (!lead || !lead->leg || lead->leg->kind == LEG_BROWSER ||
		timer_set(&c->timers, &lead->timer, c->now_ms + DIAL_TONE_MS, tone_over) < 0) {
		call_end(ix, reason, 0); /* a page says why */
		return;
	}
	str_put(tone.play.list[0].path, MEDIA_PATH_MAX,
		str_equal(reason, "busy") ? "tone:busy:eu" : "tone:congestion:eu");
	call_leg_send_media(lead->leg, &tone);
}

static void customer_connected(struct party *p)
{
	p->leg->role = LEG_CUSTOMER; /* from here on a call like any other */
	dial_answered(p);
}

static void customer_failed(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	struct leg *old = p->leg;

	if (old) {
		old->party = NULL;
		p->leg = NULL;
		ix->customer = NULL;
		call_leg_hang_up(old, 0, reason);
	}
	dial_failed(ix, dial_reason(p, reason));
}

static void customer_ended(struct party *p, const char *reason)
{
	call_end(p->interaction, str_equal(reason, "media_lost") ? reason : "customer_hung_up", 0);
}

static const struct party_kind customer_kind = {.name = "dialled",
	.offer = "outbound",
	.on_connected = customer_connected,
	.on_failed = customer_failed,
	.on_ended = customer_ended};

/* The agent's device is up: now the other side. */
static void go_on(struct interaction *ix)
{
	struct dial *d = ix->dial;

	if (d->to.kind != PLACE_NUMBER) {
		ring_begin(ix);
		return;
	}
	const char *why = dial_outside(party_customer(ix), &d->to, DIAL_OUTSIDE_RING_MS);
	if (why) {
		log_warn("center", ix->id, "the number cannot be dialled: %s", why);
		dial_failed(ix, "failed");
		return;
	}
	hear_apply(ix);
	call_push(ix);
}

static void caller_connected(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct agent *a = map_get(&ix->center->agents, p->user);

	party_lead(p);
	p->connected_mono = 0; /* talking begins when somebody answers */
	ix->stage = STAGE_TALKING;
	ix->is_answered = true;
	if (a)
		agent_refresh(a);
	go_on(ix);
}

static void caller_failed(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	call_end(ix, str_equal(reason, "unreachable") ? "agent_unreachable" : "agent_no_answer", 0);
}

static void caller_ended(struct party *p, const char *reason)
{
	(void)reason;
	call_end(p->interaction, "agent_hung_up", 0);
}

static const struct party_kind outbound_kind = {.name = "outbound",
	.offer = "outbound",
	.on_connected = caller_connected,
	.on_failed = caller_failed,
	.on_ended = caller_ended,
	.is_auto = true};
static const struct party_kind internal_kind = {.name = "internal",
	.offer = "internal",
	.on_connected = caller_connected,
	.on_failed = caller_failed,
	.on_ended = caller_ended,
	.is_auto = true};

/* --- its beginning
 * ------------------------------------------------------------------------------------------------------- */

const char *dial_refusal(struct center *c)
{
	struct store_health health;

	if (c->is_draining)
		return "draining";
	store_health(c->parts.store, &health);
	return !health.is_accepting || health.backlog > BACKLOG_TIGHT ? "store_overloaded" : NULL;
}

struct interaction *dial_interaction(struct center *c, enum direction direction)
{
	struct interaction *ix = alloc_zero(sizeof(*ix));
	struct dial *d = ix ? alloc_zero(sizeof(*d)) : NULL;

	if (!d || map_put(&c->interactions, (ix->id = id_new()), ix) < 0) {
		alloc_free(d);
		alloc_free(ix);
		return NULL;
	}
	ix->center = c;
	ix->dial = d;
	ix->direction = direction;
	ix->started_mono = c->now_ms;
	ix->started_wall = center_wall(c);
	ix->is_started = true; /* no number of ours leads it anywhere */
	str_put(ix->language, sizeof(ix->language), c->snapshot->default_language);
	return ix;
}

void dial_free(struct interaction *ix)
{
	alloc_free(TAKE_PTR(ix->dial));
}

static const char *refusal_of(struct center *c, const struct dial_wish *w, bool is_outside)
{
	const struct agent *a = w->agent;
	const struct queue *q = snapshot_queue(c->snapshot, w->queue);
	const char *why = w->to.is_emergency ? NULL : dial_refusal(c);

	if (why)
		return why;
	if (a->interaction || (a->wrap_up.is_on && w->queue))
		return "busy";
	if (!w->phone && !agent_is_reachable(a))
		return "unreachable";
	if (w->to.kind == PLACE_USER && w->to.id == a->user)
		return "invalid_target";
	if (w->queue && (!q || !is_outside || q->rule.channel != ROUTE_VOICE))
		return q ? "invalid_target" : "not_found";
	return NULL;
}

/* Who it is with, as the log and the screens say it. */
static void describe(struct interaction *ix, const struct dial_wish *w, const struct shown *shown)
{
	const struct user *u = snapshot_user(ix->center->snapshot, w->agent->user);
	bool is_outside = w->to.kind == PLACE_NUMBER;

	if (is_outside) { /* from: the other side, as everywhere */
		str_put(ix->from, sizeof(ix->from), w->to.number);
		str_put(ix->to, sizeof(ix->to), shown->number);
		ix->segment.queue = w->queue;
	} else {
		str_put(ix->from, sizeof(ix->from), u ? u->extension : "");
		str_put(ix->from_name, sizeof(ix->from_name), u ? u->name : "");
		str_put(ix->to, sizeof(ix->to), w->to.number);
	}
	emit(ix->center, &(struct event){.type = EVENT_INTERACTION_STARTED,
				 .interaction = ix->id,
				 .from = is_outside ? (shown->number[0] ? shown->number : NULL) : ix->from,
				 .to = w->to.number,
				 .name = is_outside || !ix->from_name[0] ? NULL : ix->from_name,
				 .number = (int64_t)w->key,
				 .reason = is_outside ? "outbound" : "internal",
				 .text = "voice"});
}

/* Nothing was said of it yet: it goes as if it had never been. */
static const char *undo(struct interaction *ix, const char *why)
{
	map_remove(&ix->center->interactions, ix->id);
	parties_free(ix);
	dial_free(ix);
	alloc_free(ix);
	return why;
}

const char *dial_begin(struct center *c, const struct dial_wish *w, uint64_t *ret_interaction)
{
	bool is_outside = w->to.kind == PLACE_NUMBER;
	struct dial wanted = {.user = w->agent->user, .caller_id = w->caller_id, .queue = w->queue};
	const char *why = refusal_of(c, w, is_outside);
	const struct trunk *trunk = NULL;
	struct shown shown = {0};

	if (!why && is_outside && !w->to.is_emergency)
		why = outgoing_refusal(c, w->agent->user, w->to.number);
	if (!why && is_outside)
		why = dial_route(c, &w->to, &wanted, &trunk, &shown);
	if (why)
		return why;
	struct interaction *ix = dial_interaction(c, is_outside ? DIRECTION_OUTBOUND : DIRECTION_INTERNAL);
	struct party *customer = ix ? party_new(ix, PARTY_CUSTOMER, &customer_kind) : NULL;
	struct party *p =
		customer ? party_new(ix, PARTY_AGENT, is_outside ? &outbound_kind : &internal_kind) : NULL;
	if (!p)
		return ix ? undo(ix, "no_memory") : "no_memory";
	ix->dial->to = w->to;
	ix->dial->agent = ix->dial->user = w->agent->user;
	ix->dial->queue = w->queue;
	ix->dial->caller_id = w->caller_id;
	ix->dial->how = w->how;
	*ret_interaction = ix->id;
	party_call_it(customer, w->to.number, NULL);
	atomic_fetch_add_explicit(&c->total_calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->count_active, 1, memory_order_relaxed);
	describe(ix, w, &shown);
	if (is_outside)
		call_ask_who(ix, w->customer);
	ix->n_legs++; /* keeps it while the device may fail at once */
	if (w->phone ? party_take_incoming(p, w->phone) != NULL
		     : party_ring_agent(p, w->agent, DIAL_AGENT_RING_MS) != NULL)
		call_end(ix, "agent_unreachable", 0);
	bool is_over = ix->is_ending;
	ix->n_legs--;
	call_forget_if_over(ix);
	return is_over ? "unreachable" : NULL;
}

void dial_looked_up(struct interaction *ix)
{
	const char *name = jsonx_text(ix->customer_row, "name", NULL);
	struct party *customer = party_customer(ix);

	if (ix->is_ending || ix->direction != DIRECTION_OUTBOUND || !name)
		return;
	str_put(ix->from_name, sizeof(ix->from_name), name);
	if (customer)
		party_call_it(customer, NULL, name);
	call_push(ix);
}

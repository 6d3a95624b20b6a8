/* See dial.h: ringing people outside the queues, all at once or one after the other, and what follows when
 * nobody answers.
 *
 * Invariants: whoever rings is a party of kind ring_kind in state PARTY_RINGING; the first who answers ends
 * the ringing of all others; a round ends in exactly one of ring_answered and ring_over, and forwards are
 * bounded by DIAL_DEPTH_MAX. */
#include "center/dial/dial.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/record/mailbox.h"

static void ring_over(struct interaction *ix);
static void ring_next(struct interaction *ix);

/* --- who
 * ------------------------------------------------------------------------------------------------------------
 */

static void add(struct dial *d, enum place_kind kind, uint64_t id, const char *number)
{
	struct place *p;

	if (d->ring.n == RING_TARGETS_MAX)
		return;
	p = &d->ring.at[d->ring.n++];
	*p = (struct place){.kind = kind, .id = id};
	if (number)
		str_put(p->number, sizeof(p->number), number);
}

/* Where a round robin begins this time. */
static unsigned turn_of(struct center *c, uint64_t group)
{
	VEC_EACH(&c->ring_turns, i)
	if (c->ring_turns.at[i].group == group)
		return c->ring_turns.at[i].turn++;
	(void)VEC_PUSH(&c->ring_turns, ((struct ring_turn){group, 1}));
	return 0;
}

static void add_group(struct interaction *ix, const struct ring_group *g)
{
	struct dial *d = ix->dial;
	struct place rotated[RING_TARGETS_MAX];

	for (int i = 0; i < g->n_users; i++)
		add(d, PLACE_USER, g->users[i], NULL);
	for (int i = 0; i < g->n_extensions; i++)
		add(d, PLACE_EXTENSION, g->extensions[i], NULL);
	for (int i = 0; i < g->n_numbers; i++)
		add(d, PLACE_NUMBER, 0, g->numbers[i]);
	d->ring.is_all = g->strategy == GROUP_RING_ALL;
	d->ring.ring_ms = g->ring_ms;
	if (g->strategy != GROUP_ROUND_ROBIN || d->ring.n < 2)
		return;
	int first = (int)(turn_of(ix->center, g->id) % (unsigned)d->ring.n);
	for (int i = 0; i < d->ring.n; i++)
		rotated[i] = d->ring.at[(first + i) % d->ring.n];
	for (int i = 0; i < d->ring.n; i++)
		d->ring.at[i] = rotated[i];
}

static void fill(struct interaction *ix)
{
	const struct snapshot *s = ix->center->snapshot;
	struct dial *d = ix->dial;
	const struct extension *e = snapshot_extension(s, d->to.kind == PLACE_EXTENSION ? d->to.id : 0);
	const struct ring_group *g = snapshot_group(s, d->to.kind == PLACE_GROUP ? d->to.id : 0);

	d->ring.n = d->ring.next = 0;
	d->ring.worst = "failed";
	d->ring.is_all = false;
	d->ring.ring_ms = e ? e->ring_ms : PARTY_RING_MS;
	if (g)
		add_group(ix, g);
	else if (d->to.kind != PLACE_GROUP)
		add(d, d->to.kind, d->to.id, d->to.number);
}

/* --- one of them
 * ------------------------------------------------------------------------------------------------------------
 */

static const struct party_kind ring_kind, group_kind;

static bool is_ringing(const struct party *p)
{
	return p->state == PARTY_RINGING && (p->kind == &ring_kind || p->kind == &group_kind);
}

static bool anybody_rings(const struct interaction *ix)
{
	for (const struct party *p = ix->parties; p; p = p->next)
		if (is_ringing(p))
			return true;
	return false;
}

static void say_dialled(struct interaction *ix, const struct party *p, const char *number)
{
	emit(ix->center, &(struct event){.type = EVENT_CALL_DIALLED,
				 .interaction = ix->id,
				 .agent = ix->dial->agent,
				 .to = number,
				 .ref = p->user,
				 .reason = ix->dial->to.kind == PLACE_GROUP ? "ring_group" : "internal"});
}

/* A device of a person who takes no contacts, or a telephone of its own. */
static const char *ring_device(struct party *p, uint64_t account, const char *uri)
{
	struct interaction *ix = p->interaction;
	struct sip_command *cmd = alloc_zero(sizeof(*cmd));

	if (!cmd)
		return "no_memory";
	cmd->kind = SIP_CALL;
	cmd->call.timeout_s = (int)(ix->dial->ring.ring_ms / 1000) + 5;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), ix->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), ix->from_name);
	cmd->call.to = SIP_TO_USER;
	cmd->call.user = account;
	if (uri && call_target(ix->center, uri, cmd)) {
		alloc_free(cmd);
		return "unreachable";
	}
	return party_dial(p, cmd, ix->dial->ring.ring_ms);
}

static const char *ring_user(struct party *p, uint64_t user)
{
	struct center *c = p->interaction->center;
	const struct user *u = snapshot_user(c->snapshot, user);
	struct agent *a = agent_get(c, user);

	if (!u || !u->is_active)
		return "unreachable";
	party_call_it(p, u->extension, u->name);
	if (a && agent_is_employed(a)) {
		p->role = PARTY_AGENT;
		if (a->interaction)
			return "busy";
		return agent_is_reachable(a) ? party_ring_agent(p, a, p->interaction->dial->ring.ring_ms)
					     : "unreachable";
	}
	p->role = PARTY_EXTENSION;
	p->user = user;
	return ring_device(p, user, u->device == DEVICE_URI ? u->device_uri : NULL);
}

static const char *ring_extension(struct party *p, const struct extension *e)
{
	if (!e || !e->is_active)
		return "unreachable";
	if (e->user) {
		const char *why = ring_user(p, e->user);
		party_call_it(p, e->number, e->name);
		return why;
	}
	p->role = PARTY_EXTENSION;
	party_call_it(p, e->number, e->name);
	return ring_device(p, e->id, NULL);
}

static const char *ring_number(struct party *p, const char *number)
{
	struct interaction *ix = p->interaction;
	struct place to;
	const char *why = dial_place(ix->center, number, &to);

	if (why || to.kind != PLACE_NUMBER)
		return "unreachable";
	p->role = PARTY_OUTSIDE;
	party_call_it(p, to.number, NULL);
	return dial_outside(p, &to, ix->dial->ring.ring_ms);
}

/* False: this one does not ring; why is remembered. */
static bool ring_one(struct interaction *ix, const struct place *to)
{
	struct dial *d = ix->dial;
	struct party *p =
		party_new(ix, PARTY_EXTENSION, d->to.kind == PLACE_GROUP ? &group_kind : &ring_kind);
	const struct extension *e = snapshot_extension(ix->center->snapshot, to->id);
	const char *why = "no_memory";

	if (p && to->kind == PLACE_USER)
		why = ring_user(p, to->id);
	else if (p && to->kind == PLACE_EXTENSION)
		why = ring_extension(p, e);
	else if (p)
		why = ring_number(p, to->number);
	if (!why) {
		if (to->kind != PLACE_NUMBER) {
			d->dialled_mono = ix->center->now_ms;
			say_dialled(ix, p, p->number);
		}
		return true;
	}
	d->ring.worst = str_equal(why, "busy") ? "busy" : d->ring.worst;
	if (p)
		party_leave(p, why);
	return false;
}

/* --- the round
 * ------------------------------------------------------------------------------------------------------------
 */

static void tell_caller(struct interaction *ix)
{
	struct media_command tone = {
		.kind = MEDIA_PLAY, .ref = ix->center->next_ref++, .play = {.n = 1, .is_looped = true}};

	if (ix->lead || !ix->customer)
		return; /* the lead hears it by hearing.h */
	if (!ix->is_answered && ix->customer->has_sip) {
		call_leg_send_sip(ix->customer, &(struct sip_command){.kind = SIP_RING, .code = 180});
		return;
	}
	call_answer(ix);
	play_stop(ix);
	str_put(tone.play.list[0].path, MEDIA_PATH_MAX, "tone:ringback:eu");
	ix->play.is_sounding = true;
	call_leg_send_media(ix->customer, &tone);
}

static void ring_next(struct interaction *ix)
{
	struct dial *d = ix->dial;
	bool is_any = false;

	while (d->ring.next < d->ring.n && (d->ring.is_all || !is_any) && !ix->is_ending)
		is_any |= ring_one(ix, &d->ring.at[d->ring.next++]);
	if (ix->is_ending)
		return;
	if (!is_any && !anybody_rings(ix)) {
		ring_over(ix);
		return;
	}
	tell_caller(ix);
	hear_apply(ix);
	call_push(ix);
}

void ring_begin(struct interaction *ix)
{
	struct dial *d = ix->dial;

	fill(ix);
	if (++d->depth > DIAL_DEPTH_MAX) {
		log_warn("center", ix->id, "forwarded more than %d times: extensions forward in a circle",
			DIAL_DEPTH_MAX);
		d->ring.n = 0;
		d->to.kind = PLACE_NONE; /* nothing follows any more */
	}
	ring_next(ix);
}

static void others_leave(struct interaction *ix, const struct party *but)
{
	struct party *p = ix->parties;

	while (p) {
		if (p == but || !is_ringing(p)) {
			p = p->next;
			continue;
		}
		party_leave(p, "answered_elsewhere");
		p = ix->parties; /* anything may have followed */
	}
}

/* The customer is the caller: an agent who answers has the call, anybody else talks with the caller. */
static void join_caller(struct interaction *ix, struct party *p)
{
	struct center *c = ix->center;
	struct dial *d = ix->dial;
	struct agent *a = p->role == PARTY_AGENT ? map_get(&c->agents, p->user) : NULL;

	d->is_answered = true;
	d->is_for_flow = false;
	flow_run_free(TAKE_PTR(ix->run)); /* success ends the run */
	ix->run_epoch++;
	call_flow_timer(ix);
	call_answer(ix);
	emit(c, &(struct event){.type = EVENT_CALL_ANSWERED,
			.interaction = ix->id,
			.agent = a ? a->user : 0,
			.ref = p->user,
			.ring_ms = c->now_ms - d->dialled_mono});
	play_stop(ix);
	if (!a) {
		outside_take(p);
		return;
	}
	party_lead(p);
	ix->stage = STAGE_TALKING;
	hear_apply(ix);
	agent_refresh(a);
	call_push(ix);
}

static void answered(struct party *p)
{
	struct interaction *ix = p->interaction;

	others_leave(ix, p);
	if (ix->is_ending)
		return;
	if (!ix->dial->agent) {
		join_caller(ix, p);
		return;
	}
	party_make_customer(p);
	if (!p->user) {
		str_put(ix->to, sizeof(ix->to), p->number);
	}
	dial_answered(p);
}

static void failed(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	struct dial *d = ix->dial;

	reason = dial_reason(p, reason);
	/* Of several the kindest word: somebody could have answered. */
	if (str_equal(reason, "no_answer") || str_equal(d->ring.worst, "failed"))
		d->ring.worst = reason;
	party_leave(p, reason);
	if (ix->is_ending || anybody_rings(ix))
		return;
	ring_next(ix);
}

static void ended(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	if (p->role == PARTY_CUSTOMER)
		call_end(ix, str_equal(reason, "media_lost") ? reason : "customer_hung_up", 0);
	else
		party_leave(p, reason);
}

static const struct party_kind ring_kind = {.name = "extension",
	.offer = "internal",
	.on_connected = answered,
	.on_failed = failed,
	.on_ended = ended};
static const struct party_kind group_kind = {.name = "ring_group",
	.offer = "ring_group",
	.on_connected = answered,
	.on_failed = failed,
	.on_ended = ended};

/* --- nobody answered
 * ------------------------------------------------------------------------------------------------------ */

/* From here on a flow has the caller, who becomes the customer if an agent of ours was the caller. False: no
 * memory; the call was ended. */
static bool caller_to_flow(struct interaction *ix, struct flow *flow)
{
	struct agent *a;

	if (ix->lead && ix->dial->agent) {
		struct party *lead = ix->lead;
		lead->connected_mono = ix->center->now_ms;
		a = map_get(&ix->center->agents, lead->user);
		party_make_customer(lead);
		ix->stage = STAGE_FLOW;
		hear_apply(ix);
		if (a)
			agent_refresh(a);
	}
	ix->dial->agent = 0;
	ix->dial->is_for_flow = false;
	play_stop(ix);
	flow_begin(ix, flow);
	flow_unref(flow);
	return !ix->is_ending;
}

static void voicemail(struct interaction *ix, uint64_t owner, uint64_t greeting, int32_t max_ms)
{
	char path[MEDIA_PATH_MAX];
	bool has_own = mailbox_greeting(ix->center, owner, path);
	struct flow *flow = flow_for_voicemail(owner, has_own ? owner : greeting, max_ms, ix->language);

	ix->dial->is_answered = true; /* the machine did: the call is no missed one in history */
	caller_to_flow(ix, flow);
}

static void forward(struct interaction *ix, const char *number)
{
	struct dial *d = ix->dial;
	struct place to;

	if (dial_place(ix->center, number, &to) != NULL) {
		log_warn("center", ix->id, "a call cannot be forwarded to %s", number);
		to = (struct place){.kind = PLACE_NONE};
	}
	d->to = to;
	ring_begin(ix);
}

static void give_up(struct interaction *ix)
{
	struct dial *d = ix->dial;
	const char *reason = d->ring.worst;

	if (d->agent) {
		dial_failed(ix, reason);
	} else if (d->is_for_flow) {
		d->is_for_flow = false;
		play_stop(ix);
		flow_feed_result(ix, FLOW_TRANSFER_ENDED, reason);
	} else {
		call_end(ix, reason, str_equal(reason, "busy") ? 486 : 480);
	}
}

static void group_over(struct interaction *ix, const struct ring_group *g)
{
	struct dial *d = ix->dial;
	const struct extension *e = snapshot_extension(ix->center->snapshot, g->then_extension);

	if (g->then == GROUP_VOICEMAIL && !d->is_for_flow) {
		voicemail(ix, g->voicemail_user ? g->voicemail_user : g->id, g->greeting, 0);
	} else if (g->then == GROUP_EXTENSION && e) {
		forward(ix, e->number);
	} else if (g->then == GROUP_QUEUE && !d->is_for_flow) {
		caller_to_flow(ix, flow_for_queue(g->then_queue, ix->language));
	} else {
		give_up(ix);
	}
}

/* A flow decides itself what follows: only forwards are the extension's. */
static void ring_over(struct interaction *ix)
{
	const struct snapshot *s = ix->center->snapshot;
	struct dial *d = ix->dial;
	const struct extension *e = snapshot_extension(s, d->to.kind == PLACE_EXTENSION ? d->to.id : 0);
	const struct ring_group *g = snapshot_group(s, d->to.kind == PLACE_GROUP ? d->to.id : 0);

	ix->n_legs++; /* kept while this follows */
	if (g)
		group_over(ix, g);
	else if (e && e->forward_to[0])
		forward(ix, e->forward_to);
	else if (e && e->has_voicemail && !d->is_for_flow)
		voicemail(ix, e->user ? e->user : e->id, e->greeting, e->voicemail_max_ms);
	else
		give_up(ix);
	ix->n_legs--;
	call_forget_if_over(ix);
}

/* --- callers
 * ------------------------------------------------------------------------------------------------------------
 */

void ring_for_caller(struct interaction *ix, struct place to, bool is_for_flow)
{
	if (!ix->dial && !(ix->dial = alloc_zero(sizeof(*ix->dial)))) {
		if (is_for_flow)
			flow_feed_result(ix, FLOW_TRANSFER_ENDED, "failed");
		else
			call_end(ix, "no_memory", 503);
		return;
	}
	*ix->dial = (struct dial){.to = to, .is_for_flow = is_for_flow, .how = "ring_group"};
	ix->stage = STAGE_OUTSIDE;
	ring_begin(ix);
}

void ring_caller(struct interaction *ix)
{
	ix->stage = STAGE_OUTSIDE;
	ring_begin(ix);
}

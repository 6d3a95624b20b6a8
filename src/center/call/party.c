/* See party.h. */
#include "center/call/party.h"
#include "center/dial/dial.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"

#include <string.h>

struct party *party_new(struct interaction *ix, enum party_role role, const struct party_kind *kind)
{
	struct party **end = &ix->parties, *p;

	if (ix->n_parties >= HEARING_PARTIES_MAX || !(p = alloc_zero(sizeof(*p))))
		return NULL;
	while (*end)
		end = &(*end)->next;
	*end = p;
	ix->n_parties++;
	p->id = id_new();
	p->interaction = ix;
	p->role = role;
	p->kind = kind;
	p->state = PARTY_RINGING;
	p->since_mono = ix->center->now_ms;
	return p;
}

void party_call_it(struct party *p, const char *number, const char *name)
{
	if (number)
		str_put(p->number, sizeof(p->number), number);
	if (name)
		str_put(p->name, sizeof(p->name), name);
}

void party_set_leg(struct party *p, struct leg *leg)
{
	struct interaction *ix = p->interaction;

	if (p->leg)
		p->leg->party = NULL;
	p->leg = leg;
	p->is_early = false;
	p->sound = SOUND_NONE;
	if (leg) {
		leg->party = p;
		p->device = leg->kind;
	}
	if (p->role == PARTY_CUSTOMER)
		ix->customer = leg;
	if (p == ix->lead)
		ix->agent_leg = leg;
}

void party_say_joined(struct party *p)
{
	if (p->is_logged)
		return;
	p->is_logged = true;
	emit(p->interaction->center, &(struct event){.type = EVENT_PARTY_JOINED,
					     .interaction = p->interaction->id,
					     .agent = p->user,
					     .ref = p->id,
					     .to = p->user ? NULL : p->number,
					     .name = p->user || !p->name[0] ? NULL : p->name,
					     .reason = p->kind ? p->kind->name : "agent"});
}

static void say_left(struct party *p, const char *reason)
{
	struct center *c = p->interaction->center;
	int64_t answered = p->connected_mono ? p->connected_mono : c->now_ms;

	if (!p->is_logged)
		return;
	p->is_logged = false;
	emit(c, &(struct event){.type = EVENT_PARTY_LEFT,
			.interaction = p->interaction->id,
			.agent = p->user,
			.ref = p->id,
			.ring_ms = answered - p->since_mono,
			.duration_ms = c->now_ms - answered,
			.name = p->kind ? p->kind->name : NULL,
			.reason = reason});
}

bool party_is_up(const struct party *p)
{
	const struct leg *leg = p->leg;

	if (!leg || p->state != PARTY_CONNECTED)
		return false;
	return leg->state == LEG_UP || (p->role == PARTY_CUSTOMER && leg->state == LEG_ANSWERED);
}

void party_connect(struct party *p)
{
	struct center *c = p->interaction->center;

	timer_cancel(&c->timers, &p->timer);
	p->state = PARTY_CONNECTED;
	if (!p->connected_mono)
		p->connected_mono = c->now_ms;
	if (p->leg)
		p->leg->state = LEG_UP;
}

void party_lead(struct party *p)
{
	struct interaction *ix = p->interaction;

	p->role = PARTY_AGENT;
	p->is_back = p->is_muted = false;
	ix->lead = p;
	ix->agent_leg = p->leg;
	ix->segment.held_since = 0;
	ix->talk = ix->talk_before = TALK_FRONT;
}

static void unlink_party(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct party **at = &ix->parties;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	ix->n_parties--;
	if (ix->lead == p) {
		ix->lead = NULL;
		ix->agent_leg = NULL;
		ix->talk = ix->talk_before = TALK_FRONT;
	}
	timer_cancel(&ix->center->timers, &p->timer);
}

void party_make_customer(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct party *was = party_customer(ix), **at = &ix->parties;

	if (was && was != p)
		party_leave(was, "replaced");
	if (ix->lead == p) {
		ix->lead = NULL;
		ix->agent_leg = NULL;
	}
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	p->next = ix->parties;
	ix->parties = p;
	p->shown = p->role;
	p->role = PARTY_CUSTOMER;
	p->is_back = false;
	ix->customer = p->leg;
}

/* The agent of a party that routing knows nothing of is free again. */
static void release_agent(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	struct agent *a =
		p->user && p->role != PARTY_SUPERVISOR ? map_get(&ix->center->agents, p->user) : NULL;

	if (!a || a->interaction != ix || !p->kind)
		return;
	party_release_agent(p);
	if (a->offer.is_on && a->offer.party == p)
		offer_party_over(a, reason);
	else
		call_push_ended(ix, a);
	a->interaction = NULL;
	dial_agent_left(ix, a);
}

void party_leave(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	struct agent *a = p->user ? map_get(&ix->center->agents, p->user) : NULL;
	struct leg *leg = p->leg, *next = p->next_leg, *line = p->other_line;
	bool is_told = p->kind != NULL; /* else segment_end_talk tells of it */

	ix->n_legs++; /* keeps the interaction while its consequences run */
	if (p->kind && p->kind->on_leave)
		p->kind->on_leave(p, reason);
	unlink_party(p);
	say_left(p, reason);
	release_agent(p, reason);
	if (leg)
		leg->party = NULL;
	if (next)
		next->party = NULL;
	if (line)
		line->party = NULL;
	alloc_free(p);
	call_leg_hang_up(leg, 0, reason);
	call_leg_hang_up(next, 0, reason);
	call_leg_hang_up(line, 0, reason);
	hear_apply(ix);
	if (a && is_told)
		agent_refresh(a);
	if (!ix->is_ending && is_told)
		call_push(ix);
	ix->n_legs--;
	call_forget_if_over(ix);
}

void parties_leave(struct interaction *ix, const char *reason)
{
	struct party *p = ix->parties;

	while (p) {
		if (p->role == PARTY_CUSTOMER || p == ix->lead) {
			p = p->next;
			continue;
		}
		party_leave(p, reason);
		p = ix->parties; /* anything may have followed from it */
	}
}

void parties_free(struct interaction *ix)
{
	while (ix->parties) {
		struct party *p = ix->parties;
		ix->parties = p->next;
		timer_cancel(&ix->center->timers, &p->timer);
		alloc_free(p);
	}
	ix->lead = NULL;
	ix->n_parties = 0;
}

/* --- ringing
 * ----------------------------------------------------------------------------------------------------------
 */

static void ring_over(struct timer *t, int64_t now_ms)
{
	struct party *p = (struct party *)((char *)t - offsetof(struct party, timer));

	(void)now_ms;
	party_gone(p, "no_answer");
}

static bool ring_until(struct party *p, int64_t ring_ms)
{
	struct center *c = p->interaction->center;

	return timer_set(&c->timers, &p->timer, c->now_ms + ring_ms, ring_over) == 0;
}

const char *party_ring_agent(struct party *p, struct agent *a, int64_t ring_ms)
{
	const struct user *u = snapshot_user(a->center->snapshot, a->user);

	p->user = a->user;
	party_call_it(p, u ? u->extension : NULL, u ? u->name : NULL);
	if (!ring_until(p, ring_ms))
		return "no_memory";
	if (!offer_party(p, a, a->center->now_ms + ring_ms)) {
		p->user = 0;
		return "unreachable";
	}
	party_say_joined(p);
	return NULL;
}

void party_hold_agent(struct party *p, struct agent *a)
{
	p->user = a->user;
	a->interaction = p->interaction;
	a->n_aside++;
	p->holds_agent = true;
}

void party_release_agent(struct party *p)
{
	struct agent *a = p->holds_agent ? map_get(&p->interaction->center->agents, p->user) : NULL;

	p->holds_agent = false;
	if (a)
		a->n_aside--;
}

const char *party_take_incoming(struct party *p, const struct sip_event *e)
{
	struct center *c = p->interaction->center;
	bool is_supervisor = p->role == PARTY_SUPERVISOR;
	struct agent *a = is_supervisor ? NULL : agent_make(c, e->user);
	const struct user *u = snapshot_user(c->snapshot, e->user);
	enum leg_role role = is_supervisor ? LEG_SUPERVISOR : LEG_AGENT;

	if (!is_supervisor && (!a || a->interaction))
		return a ? "busy" : "no_memory";
	if (!e->has_sdp || !call_can_talk(&e->sdp))
		return "unreachable";
	struct leg *leg = call_leg_new(p->interaction, role, LEG_SIP, e->leg);
	if (!leg)
		return "no_memory";
	leg->user = e->user;
	leg->remote = e->sdp;
	leg->takes_keys = e->takes_keys;
	leg->has_sip = leg->is_incoming = true;
	leg->state = LEG_INVITED;
	party_call_it(p, u ? u->extension : NULL, u ? u->name : NULL);
	if (a)
		party_hold_agent(p, a);
	p->user = e->user;
	party_set_leg(p, leg);
	party_say_joined(p);
	call_leg_open(leg);
	return NULL;
}

const char *party_dial(struct party *p, struct sip_command *cmd, int64_t ring_ms)
{
	struct leg *leg = call_leg_new(p->interaction, LEG_OUTSIDE, LEG_SIP, 0);

	if (!leg || !ring_until(p, ring_ms)) {
		if (leg)
			call_leg_gone(leg);
		alloc_free(cmd);
		return "no_memory";
	}
	leg->call = cmd;
	party_set_leg(p, leg);
	party_say_joined(p);
	call_leg_open(leg);
	return NULL;
}

void party_answered(struct party *p)
{
	struct interaction *ix = p->interaction;

	if (p->state == PARTY_CONNECTED) {
		audio_back(p);
		return;
	}
	ix->n_legs++;
	party_connect(p);
	if (p->kind && p->kind->on_connected)
		p->kind->on_connected(p);
	ix->n_legs--;
	call_forget_if_over(ix);
}

void party_gone(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	ix->n_legs++;
	if (p->state == PARTY_RINGING && p->kind && p->kind->on_failed)
		p->kind->on_failed(p, reason);
	else if (p->kind && p->kind->on_ended)
		p->kind->on_ended(p, reason);
	else
		party_leave(p, reason);
	ix->n_legs--;
	call_forget_if_over(ix);
}

/* --- looking
 * ----------------------------------------------------------------------------------------------------------
 */

struct party *party_of_user(const struct interaction *ix, uint64_t user)
{
	for (struct party *p = ix->parties; p && user; p = p->next)
		if (p->user == user)
			return p;
	return NULL;
}

struct party *party_customer(const struct interaction *ix)
{
	return ix->parties && ix->parties->role == PARTY_CUSTOMER ? ix->parties : NULL;
}

struct party *party_by_id(const struct interaction *ix, uint64_t id)
{
	for (struct party *p = ix->parties; p && id; p = p->next)
		if (p->id == id)
			return p;
	return NULL;
}

int parties_in_front(const struct interaction *ix)
{
	int n = 0;

	for (const struct party *p = ix->parties; p; p = p->next)
		n += p != ix->lead && p->role != PARTY_CUSTOMER && p->role != PARTY_SUPERVISOR &&
		     !p->is_back && p->state == PARTY_CONNECTED;
	return n;
}

struct party *party_behind(const struct interaction *ix)
{
	for (struct party *p = ix->parties; p; p = p->next)
		if (p->is_back)
			return p;
	return NULL;
}

const char *party_talking_to(const struct interaction *ix)
{
	if (ix->talk == TALK_NOBODY)
		return "nobody";
	if (ix->talk == TALK_BACK)
		return "consulted";
	return parties_in_front(ix) ? "everybody" : "customer";
}

static const char *state_text(const struct party *p)
{
	const struct interaction *ix = p->interaction;
	enum talk with = p->is_back ? TALK_BACK : TALK_FRONT;

	if (p->state == PARTY_RINGING)
		return "ringing";
	if (p == ix->lead || p->role == PARTY_SUPERVISOR || !ix->lead || ix->talk == with)
		return "connected";
	return "held";
}

static json_t *party_json(const struct party *p)
{
	static const char *const roles[] = {
		[PARTY_CUSTOMER] = "customer", "agent", "outside", "extension", "supervisor"};
	static const char *const modes[] = {"listen", "whisper", "barge"};
	const struct center *c = p->interaction->center;
	json_t *j = json_pack("{s:o,s:s,s:s,s:s,s:o,s:s,s:I,s:b}", "id", json_id(p->id), "role",
		roles[p->shown ? p->shown : p->role], "name", p->name, "number", p->number, "user",
		json_id(p->user), "state", state_text(p), "since",
		(json_int_t)(center_wall(c) - (c->now_ms - p->since_mono)), "is_muted",
		p->is_muted || p->is_silent);

	if (p->role == PARTY_SUPERVISOR)
		json_object_set_new(j, "mode", json_string(modes[p->mode]));
	return j;
}

/* A supervisor shows as a party only to those who hear them; whether the agent is told of more is
 * supervise.c's. */
static bool shows(const struct party *p, uint64_t user)
{
	if (user && p->user == user)
		return false;
	return p->role != PARTY_SUPERVISOR || p->mode == HEARING_BARGE;
}

json_t *parties_json(const struct interaction *ix, uint64_t user)
{
	json_t *list = json_array();

	for (const struct party *p = ix->parties; p; p = p->next)
		if (shows(p, user))
			json_array_append_new(list, party_json(p));
	return list;
}

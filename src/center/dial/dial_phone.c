/* See dial.h: what registered telephones dial: extensions, ring groups, numbers outside, feature codes.
 *
 * Invariants: a telephone of an agent leads its call, as if dialled on the screen; any other telephone is a
 * caller. Each "no" is a SIP answer, so that the telephone says it in its own way. */
#include "center/dial/dial.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/features/lines.h"
#include "center/features/park.h"
#include "center/call/party.h"
#include "center/features/supervise.h"
#include "center/record/mailbox.h"

#define FEATURE_BEEP_MS 1200
#define PICK_UP_TRIES 2

struct phone { /* whose telephone it is */
	const struct user *user;
	const struct extension *extension;
	struct agent *agent;
};

static int code_of(const char *why)
{
	static const struct {
		const char *why;
		int code;
	} codes[] = {{"invalid_number", 404}, {"not_found", 404}, {"number_not_allowed", 403},
		{"country_not_allowed", 403}, {"not_at_night", 403}, {"calls_stopped", 403},
		{"caller_id_not_allowed", 403}, {"forbidden", 403}, {"not_your_team", 403}, {"busy", 486},
		{"unreachable", 480}, {"not_available", 480}, {"invalid_target", 404}, {"not_ringing", 404}};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (str_equal(codes[i].why, why))
			return codes[i].code;
	return 503;
}

static bool may_call(const struct phone *ph, const struct place *to)
{
	if (to->kind != PLACE_NUMBER || to->is_emergency)
		return true;
	return ph->extension ? ph->extension->may_dial_out : (ph->user->permissions & MAY_DIAL) != 0;
}

/* --- callers: telephones of nobody who takes contacts
 * ------------------------------------------------------------------------------------------------------ */

static struct interaction *caller_new(
	struct center *c, const struct sip_event *e, const struct phone *ph, enum direction direction)
{
	struct interaction *ix = dial_interaction(c, direction);
	struct party *p = ix ? party_new(ix, PARTY_CUSTOMER, NULL) : NULL;
	struct leg *leg = p ? call_leg_new(ix, LEG_CUSTOMER, LEG_SIP, e->leg) : NULL;

	if (!leg) {
		if (!ix)
			return NULL;
		map_remove(&c->interactions, ix->id);
		parties_free(ix);
		dial_free(ix);
		alloc_free(ix);
		return NULL;
	}
	str_put(ix->from, sizeof(ix->from), ph->extension ? ph->extension->number : ph->user->extension);
	str_put(ix->from_name, sizeof(ix->from_name), ph->extension ? ph->extension->name : ph->user->name);
	str_put(ix->to, sizeof(ix->to), e->to_number);
	party_call_it(p, ix->from, ix->from_name);
	p->shown = PARTY_EXTENSION;
	party_set_leg(p, leg);
	leg->remote = e->sdp;
	leg->takes_keys = e->takes_keys;
	leg->has_sip = true;
	leg->state = LEG_INVITED;
	ix->is_started = false; /* call_begin rings once the port is open */
	ix->is_lookup_done = true;
	ix->dial->user = e->user;
	atomic_fetch_add_explicit(&c->total_calls, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->count_active, 1, memory_order_relaxed);
	return ix;
}

static void caller_begins(struct center *c, struct interaction *ix)
{
	emit(c, &(struct event){.type = EVENT_INTERACTION_STARTED,
			.interaction = ix->id,
			.from = ix->from,
			.to = ix->to,
			.name = ix->from_name,
			.reason = ix->direction == DIRECTION_OUTBOUND ? "outbound" : "internal",
			.text = "voice"});
	call_leg_open(ix->customer);
}

static const char *caller_dials(
	struct center *c, const struct sip_event *e, const struct phone *ph, const struct place *to)
{
	bool is_outside = to->kind == PLACE_NUMBER;
	struct dial wanted = {.user = e->user};
	const struct trunk *trunk;
	struct shown shown;
	const char *why = to->is_emergency ? NULL : dial_refusal(c);

	if (!why && is_outside)
		why = dial_route(c, to, &wanted, &trunk, &shown);
	if (why)
		return why;
	struct interaction *ix = caller_new(c, e, ph, is_outside ? DIRECTION_OUTBOUND : DIRECTION_INTERNAL);
	if (!ix)
		return "no_memory";
	ix->dial->to = *to;
	ix->dial->how = is_outside ? "manual" : "internal";
	str_put(ix->to, sizeof(ix->to), to->number);
	caller_begins(c, ix);
	return NULL;
}

/* --- feature codes
 * ------------------------------------------------------------------------------------------------------- */

static const char *do_ready(struct center *c, const struct phone *ph, const char *rest)
{
	(void)rest;
	(void)c;
	if (!ph->agent)
		return "forbidden";
	agent_set_presence(ph->agent, PRESENCE_READY, 0);
	return NULL;
}

static const char *do_break(struct center *c, const struct phone *ph, const char *rest)
{
	(void)rest;
	(void)c;
	if (!ph->agent)
		return "forbidden";
	if (agent_is_busy(ph->agent)) {
		ph->agent->has_next_break = true;
		ph->agent->next_break_reason = 0;
		agent_refresh(ph->agent);
		return NULL;
	}
	agent_set_presence(ph->agent, PRESENCE_BREAK, 0);
	return NULL;
}

/* A colleague of the same team at whom a call of a queue rings. */
static struct agent *ringing_colleague(struct center *c, const struct phone *ph)
{
	struct agent *a;

	for (size_t i = 0; ph->user->team && (a = map_next(&c->agents, &i));) {
		const struct user *u = snapshot_user(c->snapshot, a->user);
		if (a != ph->agent && a->offer.is_on && !a->offer.party && u && u->team == ph->user->team)
			return a;
	}
	return NULL;
}

static const char *do_pick_up(struct center *c, const struct phone *ph, const char *rest)
{
	struct agent *colleague = ph->agent ? ringing_colleague(c, ph) : NULL;
	struct interaction *ix = colleague ? colleague->interaction : NULL;

	(void)rest;
	if (!ph->agent)
		return "forbidden";
	if (!ix)
		return "not_ringing";
	if (!ph->agent->is_available || ph->agent->interaction)
		return "not_available";
	/* Routing may turn to somebody else at once, perhaps to this very agent. */
	for (int i = 0; i < PICK_UP_TRIES && ix->ringing && ix->ringing != ph->agent; i++)
		offer_failed(ix->ringing, ROUTE_WITHDRAWN);
	if (ix->ringing == ph->agent)
		return NULL;
	return segment_assign(ix, ph->agent, ph->agent->user, "pick") ? "not_ringing" : NULL;
}

struct feature {
	const char *code;
	const char *(*run)(struct center *c, const struct phone *ph, const char *rest);
	bool has_rest;
};

static void beep_over(struct timer *t, int64_t now_ms)
{
	struct interaction *ix = (struct interaction *)((char *)t - offsetof(struct interaction, flow_timer));

	(void)now_ms;
	call_end(ix, "feature_done", 0);
}

void phone_feature_begin(struct interaction *ix)
{
	struct center *c = ix->center;
	struct media_command cmd = {.kind = MEDIA_PLAY, .ref = c->next_ref++, .play = {.n = 1}};

	ix->stage = STAGE_FLOW;
	call_answer(ix);
	str_put(cmd.play.list[0].path, MEDIA_PATH_MAX, "tone:beep");
	call_leg_send_media(ix->customer, &cmd);
	if (timer_set(&c->timers, &ix->flow_timer, c->now_ms + FEATURE_BEEP_MS, beep_over) < 0)
		call_end(ix, "no_memory", 0);
}

/* NULL: done, and said with a beep. */
static const char *run_feature(
	struct center *c, const struct sip_event *e, const struct phone *ph, const struct feature *f)
{
	struct interaction *ix = NULL;
	const char *why = dial_refusal(c);

	if (!why)
		why = f->run(c, ph, e->to_number + strlen(f->code));
	if (why)
		return why;
	ix = caller_new(c, e, ph, DIRECTION_INTERNAL);
	if (!ix)
		return "no_memory";
	ix->dial->how = "feature";
	caller_begins(c, ix);
	return NULL;
}

/* A call of its own, in which its agent is busy. */
static const char *mailbox_dialled(
	struct center *c, const struct sip_event *e, const struct phone *ph, const char *how)
{
	const char *why = ph->agent && ph->agent->interaction ? "busy" : dial_refusal(c);
	struct interaction *ix = why ? NULL : caller_new(c, e, ph, DIRECTION_INTERNAL);

	if (!ix)
		return why ? why : "no_memory";
	ix->dial->how = how;
	if (ph->agent) {
		party_customer(ix)->kind = &mailbox_caller_kind;
		party_hold_agent(party_customer(ix), ph->agent);
		agent_refresh(ph->agent);
	}
	caller_begins(c, ix);
	return NULL;
}

/* The longest code the number begins with; false: none. */
static bool find_feature(struct center *c, const char *dialled, struct feature *ret_feature)
{
	const struct dialling *d = &c->snapshot->dialling;
	const struct feature all[] = {
		{d->ready, do_ready, false}, {d->on_break, do_break, false}, {d->pick_up, do_pick_up, false}};
	size_t best = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size_t n = strlen(all[i].code);
		bool fits = all[i].has_rest ? str_starts_with(dialled, all[i].code)
					    : str_equal(dialled, all[i].code);
		if (n > best && fits) {
			best = n;
			*ret_feature = all[i];
		}
	}
	return best > 0;
}

/* --- the call
 * ------------------------------------------------------------------------------------------------------------
 */

static const char *take(struct center *c, const struct sip_event *e, const struct phone *ph)
{
	struct feature feature;
	const char *listen = c->snapshot->dialling.listen;
	struct place to;
	uint64_t id;

	if (park_at(c, e->to_number))
		return park_pick_up(c, e->to_number, e);
	if (*listen && str_starts_with(e->to_number, listen) && e->to_number[strlen(listen)])
		return supervise_by_phone(c, e->to_number + strlen(listen), e);
	if (str_equal(c->snapshot->dialling.voicemail, e->to_number))
		return mailbox_dialled(c, e, ph, "voicemail");
	if (str_equal(c->snapshot->dialling.greeting, e->to_number))
		return mailbox_dialled(c, e, ph, "greeting");
	if (find_feature(c, e->to_number, &feature))
		return run_feature(c, e, ph, &feature);
	if (e->to_number[0] == '*' || e->to_number[0] == '#')
		return "not_found"; /* a code nobody knows */
	const char *why = dial_place(c, e->to_number, &to);
	if (why)
		return why;
	if (!may_call(ph, &to))
		return "number_not_allowed";
	if (!ph->agent)
		return caller_dials(c, e, ph, &to);
	if (ph->agent->interaction)
		return lines_dial(ph->agent, e, &to);
	return dial_begin(c,
		&(struct dial_wish){.agent = ph->agent,
			.to = to,
			.how = to.kind == PLACE_NUMBER ? "manual" : "internal",
			.phone = e},
		&id);
}

bool phone_dials(struct center *c, const struct sip_event *e)
{
	struct phone ph = {snapshot_user(c->snapshot, e->user), snapshot_extension(c->snapshot, e->user),
		agent_get(c, e->user)};

	if (!e->user || (!ph.user && !ph.extension))
		return false;
	if (ph.agent && !agent_is_employed(ph.agent))
		ph.agent = NULL;
	if (!e->has_sdp || !call_can_talk(&e->sdp)) {
		incoming_refuse(c, e, 488, "no_common_codec");
		return true;
	}
	const char *why = take(c, e, &ph);
	if (why && !map_get(&c->legs, e->leg))
		incoming_refuse(c, e, code_of(why), why);
	return true;
}

/* See consult.h. Routing knows nothing of whom a consult call rings: no queue offers them anything meanwhile
 * (agent.n_aside), and what they talk is counted by party.left (docs/kpi.md). */
#include "center/features/consult.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/features/lines.h"
#include "center/features/supervise.h"

#include <string.h>

/* --- what becomes of who was asked
 * ---------------------------------------------------------------------------------------------- */

static void aside_connected(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct agent *a = p->user ? map_get(&ix->center->agents, p->user) : NULL;

	hear_apply(ix);
	talk_count_aside(ix, true);
	if (a)
		agent_refresh(a);
	call_push(ix);
}

static void aside_over(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	bool was_back = p->is_back, was_talking = ix->talk == TALK_BACK;

	party_leave(p, reason);
	if (ix->is_ending || !ix->lead || !was_back || party_behind(ix))
		return;
	if (was_talking)
		talk_with(ix, TALK_NOBODY);
	lines_forget_second(ix->lead);
	ix->talk_before = TALK_FRONT;
	call_push_reason(ix, reason);
}

static const struct party_kind consult_kind = {.name = "consulted",
	.offer = "consult",
	.on_connected = aside_connected,
	.on_failed = aside_over,
	.on_ended = aside_over};

static void lead_ended(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	if (p == ix->lead && str_equal(reason, "media_lost"))
		call_agent_lost(ix);
	else if (p == ix->lead)
		call_agent_left(ix, "agent");
	else
		party_leave(p, reason);
}

static const struct party_kind lead_kind = {.name = "consulted", .offer = "transfer", .on_ended = lead_ended};

/* --- the call handed over
 * ---------------------------------------------------------------------------------------------------- */

void call_continue_with(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct agent *a = map_get(&ix->center->agents, p->user);

	p->kind = &lead_kind;
	party_lead(p);
	ix->stage = STAGE_TALKING;
	play_stop(ix);
	hear_apply(ix);
	record_begin(ix);
	if (a)
		agent_refresh(a);
	call_push(ix);
	supervise_check(ix);
}

static void handover_failed(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	uint64_t queue = ix->last_queue;

	party_leave(p, reason);
	if (ix->is_ending)
		return;
	if (queue)
		call_enqueue_again(ix, queue, ix->first_queued_mono);
	else
		call_end(ix, reason, 0);
}

static const struct party_kind handover_kind = {.name = "consulted",
	.offer = "transfer",
	.on_connected = call_continue_with,
	.on_failed = handover_failed,
	.on_ended = lead_ended};

static void supervisors_leave(struct interaction *ix)
{
	struct party *p = ix->parties;

	while (p) {
		bool is_one = p->role == PARTY_SUPERVISOR;
		if (is_one)
			party_leave(p, "handed_over");
		p = is_one ? ix->parties : p->next;
	}
}

static void go_on(struct party *p)
{
	struct interaction *ix = p->interaction;
	bool is_agent = p->role == PARTY_AGENT, is_lead_at_once = is_agent && p->state == PARTY_CONNECTED;

	p->is_back = false;
	if (!is_lead_at_once)
		supervisors_leave(ix);
	if (is_lead_at_once) {
		call_continue_with(p);
	} else if (is_agent) {
		p->kind = &handover_kind;
		ix->stage = STAGE_OUTSIDE;
		play_ringback(ix);
	} else {
		ix->transfer_queue = ix->last_queue;
		outside_take(p);
	}
}

void call_hand_over(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	uint64_t id = p->id; /* much may follow from the lead's end */

	if (p->role == PARTY_AGENT)
		p->kind = &handover_kind;
	ix->n_legs++;
	segment_end_talk(ix, reason);
	if (ix->lead)
		party_leave(ix->lead, reason);
	p = ix->is_ending ? NULL : party_by_id(ix, id);
	if (p)
		go_on(p);
	ix->n_legs--;
	call_forget_if_over(ix);
}

static struct party *heir(const struct interaction *ix)
{
	struct party *found = NULL;

	for (struct party *p = ix->parties; p; p = p->next) {
		bool is_in = p != ix->lead && p->role != PARTY_CUSTOMER && p->role != PARTY_SUPERVISOR &&
			     !p->is_back && p->state == PARTY_CONNECTED;
		if (is_in && p->role == PARTY_AGENT)
			return p;
		if (is_in && !found)
			found = p;
	}
	return found;
}

static void behind_leaves(struct interaction *ix, const char *reason)
{
	struct party *p = party_behind(ix);

	if (p)
		party_leave(p, reason);
}

bool call_leave_to_others(struct interaction *ix, const char *reason)
{
	struct party *p = ix->lead && ix->stage == STAGE_TALKING ? heir(ix) : NULL;

	if (!p)
		return false;
	behind_leaves(ix, reason);
	call_hand_over(p, reason);
	return true;
}

static void say_transferred(struct interaction *ix, const struct party *to)
{
	emit(ix->center, &(struct event){.type = EVENT_INTERACTION_TRANSFERRED,
				 .interaction = ix->id,
				 .segment = ix->segment.id,
				 .queue = ix->segment.queue,
				 .agent = ix->lead->user,
				 .reason = to->role == PARTY_AGENT ? "agent" : "number",
				 .to = to->role == PARTY_AGENT ? to->name : to->number,
				 .ref = to->user});
}

/* --- whom to ask
 * -------------------------------------------------------------------------------------------------------------
 */

bool agent_is_free(const struct agent *a)
{
	return a && a->is_available && !a->interaction && !a->wrap_up.is_on;
}

static struct agent *free_member(struct center *c, uint64_t queue, uint64_t but)
{
	const struct snapshot *s = c->snapshot;
	struct agent *best = NULL;

	for (int i = 0; i < s->n_users; i++) {
		struct agent *a = map_get(&c->agents, s->users[i].id);
		if (!agent_is_free(a) || a->user == but ||
			(best && best->state_since_mono <= a->state_since_mono))
			continue;
		for (int k = 0; k < s->users[i].n_serves; k++)
			if (s->users[i].serves[k].queue == queue)
				best = a;
	}
	return best;
}

static const char *ask_agent(struct interaction *ix, struct party *p, struct agent *a)
{
	if (!agent_is_free(a) || a->user == ix->lead->user)
		return "agent_not_free";
	p->role = PARTY_AGENT;
	return party_ring_agent(p, a, PARTY_RING_MS);
}

static const char *ask_number(struct interaction *ix, struct party *p, const char *number)
{
	struct sip_command *cmd;
	const char *why;

	if (str_is_blank(number) || strlen(number) >= SIP_NUMBER_MAX)
		return "invalid_number";
	if (!(cmd = alloc_zero(sizeof(*cmd))))
		return "no_memory";
	if ((why = call_target_of(ix->center, ix->lead ? ix->lead->user : 0, number, cmd))) {
		alloc_free(cmd);
		return why;
	}
	cmd->kind = SIP_CALL;
	cmd->call.timeout_s = PARTY_RING_MS / 1000;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), ix->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), ix->from_name);
	party_call_it(p, number, NULL);
	return party_dial(p, cmd, PARTY_RING_MS + 5000);
}

/* A colleague with this extension: an agent as an agent, anybody else at their telephone. */
static const char *ask_extension(struct interaction *ix, struct party *p, const char *number)
{
	struct center *c = ix->center;
	const struct user *u = number ? strmap_get(&c->snapshot->user_by_extension, number) : NULL;
	struct sip_command *cmd;

	if (!u)
		return "not_found";
	if (u->is_agent)
		return ask_agent(ix, p, agent_get(c, u->id));
	if (!(cmd = alloc_zero(sizeof(*cmd))))
		return "no_memory";
	p->role = PARTY_EXTENSION;
	party_call_it(p, number, u->name);
	cmd->kind = SIP_CALL;
	cmd->call.to = SIP_TO_USER;
	cmd->call.user = u->id;
	cmd->call.timeout_s = PARTY_RING_MS / 1000;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), ix->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), ix->from_name);
	return party_dial(p, cmd, PARTY_RING_MS + 5000);
}

static const char *ask(struct interaction *ix, struct party *p, const json_t *to)
{
	const char *kind = jsonx_text(to, "kind", "");
	uint64_t id = jsonx_id(to, "id");
	struct agent *a;

	if (str_equal(kind, "number"))
		return ask_number(ix, p, jsonx_text(to, "number", NULL));
	if (str_equal(kind, "extension"))
		return ask_extension(ix, p, jsonx_text(to, "number", NULL));
	if (!str_equal(kind, "agent") && !str_equal(kind, "queue"))
		return "invalid_target";
	if (str_equal(kind, "queue") && !snapshot_queue(ix->center->snapshot, id))
		return "not_found";
	a = str_equal(kind, "agent") ? agent_get(ix->center, id)
				     : free_member(ix->center, id, ix->lead->user);
	if (!a)
		return str_equal(kind, "agent") ? "not_found" : "agent_not_free";
	return ask_agent(ix, p, a);
}

/* --- what an agent does
 * ------------------------------------------------------------------------------------------------------ */

const char *consult_call(struct interaction *ix, const json_t *to)
{
	struct party *p;
	const char *why;

	if (party_behind(ix))
		return "already_consulting";
	if (ix->n_parties >= HEARING_PARTIES_MAX)
		return "too_many_parties";
	if (!(p = party_new(ix, PARTY_OUTSIDE, &consult_kind)))
		return "no_memory";
	p->is_back = true;
	if ((why = ask(ix, p, to))) {
		party_leave(p, why);
		return why;
	}
	ix->segment.consults++;
	talk_with(ix, TALK_BACK);
	return NULL;
}

const char *consult_toggle(struct interaction *ix)
{
	enum talk now = ix->talk == TALK_NOBODY ? ix->talk_before : ix->talk;

	if (!party_behind(ix))
		return "no_consult";
	talk_with(ix, now == TALK_FRONT ? TALK_BACK : TALK_FRONT);
	return NULL;
}

const char *consult_complete(struct interaction *ix)
{
	struct party *p = party_behind(ix);

	if (!p)
		p = heir(ix);
	if (!p)
		return "no_consult";
	say_transferred(ix, p);
	ix->segment.transfer = p->connected_mono ? "warm" : "blind";
	call_hand_over(p, "transfer");
	return NULL;
}

const char *consult_return(struct interaction *ix)
{
	if (!party_behind(ix))
		return "no_consult";
	behind_leaves(ix, "returned");
	talk_with(ix, TALK_FRONT);
	lines_forget_second(ix->lead);
	return NULL;
}

const char *consult_conference(struct interaction *ix)
{
	struct party *p = party_behind(ix);

	if (!p)
		return "no_consult";
	if (p->state != PARTY_CONNECTED)
		return "not_connected";
	p->is_back = false;
	ix->segment.conferences++;
	talk_with(ix, TALK_FRONT);
	lines_forget_second(ix->lead);
	return NULL;
}

static struct party *other_party(struct interaction *ix, uint64_t id)
{
	struct party *p = party_by_id(ix, id);

	return p && p != ix->lead && p->role != PARTY_SUPERVISOR ? p : NULL;
}

const char *consult_drop(struct interaction *ix, uint64_t id)
{
	struct party *p = other_party(ix, id);

	if (!p || p->role == PARTY_CUSTOMER)
		return "not_a_party";
	if (p->is_back)
		return consult_return(ix);
	party_leave(p, "dropped");
	return NULL;
}

const char *consult_mute(struct interaction *ix, uint64_t id, bool is_on)
{
	struct party *p = other_party(ix, id);

	if (!p)
		return "not_a_party";
	p->is_muted = is_on;
	hear_apply(ix);
	call_push(ix);
	return NULL;
}

const char *consult_blind(struct interaction *ix, const json_t *to)
{
	const char *why = consult_call(ix, to);

	if (why)
		return why;
	ix->segment.consults--; /* nobody was asked anything */
	return consult_complete(ix);
}

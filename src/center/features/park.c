/* See park.h.
 *
 * Invariant: park.slot is set exactly while the stage is STAGE_PARKED; every call.parked is followed by one
 * call.retrieved. */
#include "center/features/park.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/features/consult.h"
#include "center/call/party.h"

#include <stdlib.h>

#define RETURN_RING_MS 20000

/* --- slots
 * ---------------------------------------------------------------------------------------------------------
 */

static struct interaction *parked_in(struct center *c, int slot)
{
	VEC_EACH(&c->parked, i)
	if (c->parked.at[i]->park.slot == slot)
		return c->parked.at[i];
	return NULL;
}

struct interaction *park_at(struct center *c, const char *slot)
{
	int64_t number;

	if (!slot || str_to_int(slot, 1, 999999, &number) < 0)
		return NULL;
	return parked_in(c, (int)number);
}

static int free_slot(struct center *c, const char *wanted)
{
	const struct snapshot *s = c->snapshot;
	int64_t number;

	if (wanted) {
		bool is_good = str_to_int(wanted, s->park_first, s->park_last, &number) == 0;
		return is_good && !parked_in(c, (int)number) ? (int)number : 0;
	}
	for (int slot = s->park_first; slot <= s->park_last && slot - s->park_first < PARK_SLOTS_MAX; slot++)
		if (!parked_in(c, slot))
			return slot;
	return 0;
}

static json_t *one_json(const struct interaction *ix)
{
	const struct center *c = ix->center;
	const struct user *u = snapshot_user(c->snapshot, ix->park.by);

	return json_pack("{s:o,s:o,s:s,s:s,s:I,s:{s:o,s:s},s:o}", "slot", park_slot_json(ix), "interaction",
		json_id(ix->id), "number", ix->from, "name", ix->from_name, "since",
		(json_int_t)(center_wall(c) - (c->now_ms - ix->park.since_mono)), "parked_by", "id",
		json_id(ix->park.by), "name", u ? u->name : "", "queue", json_id(ix->last_queue));
}

json_t *parked_json(struct center *c)
{
	json_t *list = json_array();

	VEC_EACH(&c->parked, i)
	json_array_append_new(list, one_json(c->parked.at[i]));
	return list;
}

json_t *park_slot_json(const struct interaction *ix)
{
	return ix->park.slot ? json_sprintf("%d", ix->park.slot) : json_null();
}

static void tell_agents(struct center *c)
{
	_cleanup_json_ json_t *list = parked_json(c);
	struct agent *a;

	for (size_t i = 0; (a = map_next(&c->agents, &i));)
		if (a->n_clients > 0 && agent_is_employed(a))
			push_user(c, a->user, json_pack("{s:s,s:O}", "on", "parked", "parked", list));
}

void park_over(struct interaction *ix, uint64_t by, const char *reason)
{
	struct center *c = ix->center;

	if (!ix->park.slot)
		return;
	timer_cancel(&c->timers, &ix->park.timer);
	VEC_EACH(&c->parked, i)
	if (c->parked.at[i] == ix) {
		VEC_REMOVE(&c->parked, i);
		break;
	}
	char slot[16];
	str_printf(slot, sizeof(slot), "%d", ix->park.slot);
	emit(c, &(struct event){.type = EVENT_CALL_RETRIEVED,
			.interaction = ix->id,
			.agent = by,
			.name = slot,
			.duration_ms = c->now_ms - ix->park.since_mono,
			.reason = reason});
	ix->park.slot = ix->park.returns = 0;
	tell_agents(c);
}

/* --- taken
 * -------------------------------------------------------------------------------------------------------------
 */

static void retrieved(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	park_over(ix, p->user, reason);
	call_continue_with(p);
	parties_leave(ix, "answered_elsewhere"); /* others on the way to it */
}

static void picked_up(struct party *p)
{
	retrieved(p, "picked_up");
}

static void came_back(struct party *p)
{
	retrieved(p, "returned");
}

static const struct party_kind pick_up_kind = {
	.name = "picked_up", .offer = "transfer", .on_connected = picked_up, .is_auto = true};

const char *park_take(struct interaction *ix, struct agent *a)
{
	struct party *p;
	const char *why;

	if (a->interaction)
		return "busy";
	if (!agent_is_reachable(a))
		return "unreachable";
	if (!(p = party_new(ix, PARTY_AGENT, &pick_up_kind)))
		return "too_many_parties";
	if ((why = party_ring_agent(p, a, RETURN_RING_MS)))
		party_leave(p, why);
	return why;
}

const char *park_pick_up(struct center *c, const char *slot, const struct sip_event *e)
{
	struct interaction *ix = park_at(c, slot);
	struct party *p = ix ? party_new(ix, PARTY_AGENT, &pick_up_kind) : NULL;
	const char *why;

	if (!p)
		return ix ? "too_many_parties" : "not_parked";
	if ((why = party_take_incoming(p, e)))
		party_leave(p, why);
	return why;
}

/* --- nobody came
 * ------------------------------------------------------------------------------------------------------ */

static void return_due(struct timer *t, int64_t now_ms);

static void wait_on(struct interaction *ix)
{
	struct center *c = ix->center;

	timer_set(&c->timers, &ix->park.timer, c->now_ms + c->snapshot->park_return_ms, return_due);
}

static void not_taken_back(struct interaction *ix)
{
	uint64_t queue = ix->last_queue;

	if (!queue && ix->park.returns < PARK_RETURNS_MAX) {
		wait_on(ix);
		return;
	}
	ix->n_legs++;
	parties_leave(ix, "withdrawn");
	park_over(ix, 0, queue ? "queue" : "nobody");
	if (queue)
		call_enqueue_again(ix, queue, ix->first_queued_mono);
	else
		call_end(ix, "parked_too_long", 0);
	ix->n_legs--;
	call_forget_if_over(ix);
}

static void return_failed(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	party_leave(p, reason);
	if (!ix->is_ending && ix->park.slot)
		not_taken_back(ix);
}

static const struct party_kind return_kind = {
	.name = "park_return", .offer = "park_return", .on_connected = came_back, .on_failed = return_failed};

static void return_due(struct timer *t, int64_t now_ms)
{
	struct interaction *ix = (struct interaction *)((char *)t - offsetof(struct interaction, park.timer));
	struct agent *a = map_get(&ix->center->agents, ix->park.by);
	struct party *p = NULL;

	(void)now_ms;
	ix->park.returns++;
	if (a && !a->interaction && !a->wrap_up.is_on && agent_is_reachable(a))
		p = party_new(ix, PARTY_AGENT, &return_kind);
	if (!p) {
		not_taken_back(ix);
		return;
	}
	ix->n_legs++;
	if (party_ring_agent(p, a, RETURN_RING_MS))
		return_failed(p, "unreachable");
	ix->n_legs--;
	call_forget_if_over(ix);
}

const char *park_call(struct interaction *ix, const char *slot, int *ret_slot)
{
	struct center *c = ix->center;
	uint64_t by = ix->lead->user;
	int number = free_slot(c, slot);
	char text[16];

	if (!number)
		return "slot_taken";
	if (VEC_PUSH(&c->parked, ix) < 0)
		return "no_memory";
	str_printf(text, sizeof(text), "%d", number);
	ix->park.slot = number;
	ix->park.by = by;
	ix->park.since_mono = c->now_ms;
	*ret_slot = number;
	emit(c, &(struct event){.type = EVENT_CALL_PARKED,
			.interaction = ix->id,
			.agent = by,
			.name = text,
			.duration_ms = c->snapshot->park_return_ms});
	ix->n_legs++;
	parties_leave(ix, "parked");
	segment_end_talk(ix, "parked");
	if (ix->lead)
		party_leave(ix->lead, "parked");
	if (!ix->is_ending) {
		ix->stage = STAGE_PARKED;
		play_music(ix);
		wait_on(ix);
		tell_agents(c);
	}
	ix->n_legs--;
	call_forget_if_over(ix);
	return NULL;
}

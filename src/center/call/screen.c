/* Contacts as screens see them (docs/protocol.md): the offer that rings, the call under way. Only reads. */
#include "base/id.h"
#include "base/str.h"
#include "center/features/park.h"
#include "center/call/party.h"
#include "center/features/supervise.h"
#include "center/state.h"

json_t *json_id(uint64_t id)
{
	char text[ID_TEXT_SIZE];

	return id ? json_string(id_text(id, text)) : json_null();
}

static json_t *customer_json(const struct interaction *ix)
{
	const json_t *row = ix->customer_row;

	return json_pack("{s:s,s:s,s:o,s:b,s:s}", "number", ix->from, "name", ix->from_name, "id",
		json_id(jsonx_id(row, "id")), "is_vip", jsonx_bool(row, "is_vip", false), "notes",
		jsonx_text(row, "notes", ""));
}

static json_t *chosen_json(const struct interaction *ix)
{
	json_t *list = json_array();

	for (int i = 0; i < ix->n_chosen; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "node", ix->chosen[i].node, "label",
						    ix->chosen[i].label, "digits", ix->chosen[i].digits));
	return list;
}

/* What an agent should know about the caller, ringing or talking. */
static json_t *facts_json(const struct interaction *ix)
{
	const struct queue *q = snapshot_queue(ix->center->snapshot, ix->segment.queue);
	json_t *history = ix->history ? json_incref(ix->history) : json_array();

	return json_pack("{s:o,s:o,s:o,s:s,s:{s:o,s:s},s:o,s:o}", "interaction", json_id(ix->id), "segment",
		json_id(ix->segment.id), "customer", customer_json(ix), "number", ix->to, "queue", "id",
		json_id(ix->segment.queue), "name", q ? q->name : "", "chosen", chosen_json(ix), "history",
		history);
}

static int64_t wall_of(const struct center *c, int64_t mono_ms)
{
	return center_wall(c) - (c->now_ms - mono_ms);
}

const char *call_direction(const struct interaction *ix)
{
	static const char *const directions[] = {"inbound", "outbound", "internal"};

	return directions[ix->direction];
}

static json_t *from_agent_json(const struct interaction *ix)
{
	if (!ix->lead)
		return json_null();
	return json_pack("{s:o,s:s}", "id", json_id(ix->lead->user), "name", ix->lead->name);
}

json_t *offer_json(struct agent *a)
{
	struct center *c = a->center;
	const struct interaction *ix = a->interaction;
	static const char *const devices[] = {"browser", "phone", "uri"};
	const char *sdp = a->offer.leg ? a->offer.leg->offer_sdp : NULL;
	json_t *j = facts_json(ix);

	json_object_set_new(j, "on", json_string("offer"));
	json_object_set_new(j, "deadline_at", json_integer(wall_of(c, a->offer.due_ms)));
	json_object_set_new(j, "device", json_string(devices[a->device]));
	json_object_set_new(j, "sdp", sdp ? json_string(sdp) : json_null());
	json_object_set_new(j, "wait_ms", json_integer(c->now_ms - ix->segment.queued_mono));
	json_object_set_new(j, "is_auto_answer", json_boolean(offer_is_auto(a)));
	json_object_set_new(j, "kind",
		json_string(a->offer.party && a->offer.party->kind ? a->offer.party->kind->offer : "queue"));
	json_object_set_new(j, "direction", json_string(call_direction(ix)));
	if (a->offer.party) {
		json_object_set_new(j, "queue", json_null());
		json_object_set_new(j, "from_agent", from_agent_json(ix));
	}
	return j;
}

static json_t *call_state_json(struct interaction *ix, uint64_t user, const char *state, const char *reason)
{
	struct center *c = ix->center;
	struct segment *s = &ix->segment;
	const struct party *p = party_of_user(ix, user);
	bool has_segment = s->answered_mono && s->agent == user;
	int64_t connected = has_segment ? s->answered_mono : p ? p->connected_mono : 0;
	json_t *j = facts_json(ix);

	json_object_set_new(j, "on", json_string("call"));
	json_object_set_new(j, "state", json_string(state));
	json_object_set_new(j, "is_muted", json_boolean(p && p->is_silent));
	json_object_set_new(j, "is_recording", json_boolean(ix->recording.is_running));
	json_object_set_new(j, "recording", record_json(ix));
	json_object_set_new(j, "connected_at", connected ? json_integer(wall_of(c, connected)) : json_null());
	json_object_set_new(j, "direction", json_string(call_direction(ix)));
	json_object_set_new(j, "has_video", json_boolean(ix->customer && ix->customer->has_video));
	json_object_set_new(j, "mos", quality_mos_json(ix));
	json_object_set_new(j, "parties", parties_json(ix, user));
	json_object_set_new(j, "talking_to",
		json_string(p && p == ix->lead ? party_talking_to(ix)
			    : p && p->is_back  ? "consulted"
					       : "everybody"));
	json_object_set_new(
		j, "held_at", s->held_since ? json_integer(wall_of(c, s->held_since)) : json_null());
	json_object_set_new(j, "reason", reason ? json_string(reason) : json_null());
	json_object_set_new(j, "supervisor", supervise_notice_json(ix));
	json_object_set_new(j, "park_slot", park_slot_json(ix));
	return j;
}

json_t *call_json(struct interaction *ix, uint64_t user)
{
	bool is_held = ix->lead && ix->lead->user == user && ix->talk == TALK_NOBODY;

	return call_state_json(ix, user, is_held ? "held" : "connected", NULL);
}

void call_push(struct interaction *ix)
{
	for (const struct party *p = ix->parties; p; p = p->next)
		if (p->user && p->role != PARTY_SUPERVISOR && p->state == PARTY_CONNECTED)
			push_user(ix->center, p->user, call_json(ix, p->user));
}

void call_push_reason(struct interaction *ix, const char *reason)
{
	if (ix->lead)
		push_user(ix->center, ix->lead->user,
			call_state_json(
				ix, ix->lead->user, ix->talk == TALK_NOBODY ? "held" : "connected", reason));
}

void call_push_ended(struct interaction *ix, struct agent *agent)
{
	if (agent)
		push_user(ix->center, agent->user, call_state_json(ix, agent->user, "ended", ix->end_reason));
}

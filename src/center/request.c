/* Requests of screens (docs/protocol.md): who may ask, is it well formed, then the function that does it. One
 * reply each. */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/dial/dial.h"
#include "center/features/scope.h"
#include "center/features/supervise.h"
#include "center/request.h"
#include "center/state.h"
#include "center/work/work.h"

#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 4000
#define DIRECTORY_MAX 50

/* --- sending
 * ---------------------------------------------------------------------------------------------------------
 */

static void output(struct center *c, enum center_output_kind kind, uint64_t to, json_t *body)
{
	struct center_output out = {
		.kind = kind, .to = to, .tenant = TENANT, .text = body ? jsonx_dump(body) : NULL};

	json_decref(body);
	if (!c->parts.on_output(&out, c->parts.on_output_arg))
		free(out.text);
}

void push_client(struct center *c, uint64_t client, json_t *body)
{
	output(c, CENTER_TO_CLIENT, client, body);
}

void push_user(struct center *c, uint64_t user, json_t *body)
{
	struct agent *a = map_get(&c->agents, user);

	if (a && a->n_clients > 0)
		output(c, CENTER_TO_USER, user, body);
	else
		json_decref(body);
}

void push_person(struct center *c, uint64_t user, json_t *body)
{
	const struct client *client;

	for (size_t i = 0; (client = map_next(&c->clients, &i));)
		if (client->who.user == user) {
			output(c, CENTER_TO_USER, user, json_incref(body));
			break;
		}
	json_decref(body);
}

/* --- presence
 * -------------------------------------------------------------------------------------------------------- */

static const char *do_ready(struct request *r)
{
	if (!agent_is_employed(r->agent))
		return "not_an_agent";
	r->agent->has_next_break = false;
	agent_set_presence(r->agent, PRESENCE_READY, 0);
	agent_wait_for_client(r->agent);
	return NULL;
}

static const char *do_break(struct request *r)
{
	uint64_t reason = jsonx_id(r->body, "reason");

	if (reason && !map_get(&r->c->snapshot->break_by_id, reason))
		return "not_found";
	if (agent_is_busy(r->agent)) {
		r->agent->has_next_break = true;
		r->agent->next_break_reason = reason;
		agent_refresh(r->agent);
		return NULL;
	}
	agent_set_presence(r->agent, PRESENCE_BREAK, reason);
	return NULL;
}

static const char *do_offline(struct request *r)
{
	if (r->agent->interaction)
		return "busy";
	agent_set_presence(r->agent, PRESENCE_OFFLINE, 0);
	return NULL;
}

/* As the user row's own check: a SIP address, or a number. */
static bool is_dialable(const char *uri)
{
	size_t n = strlen(uri);

	if (n == 0 || n >= SIP_URI_MAX)
		return false;
	if (str_starts_with(uri, "sip:") || str_starts_with(uri, "sips:")) {
		for (const char *p = uri; *p; p++)
			if ((unsigned char)*p <= ' ' || strchr("<>\"", *p))
				return false;
		return n >= 7;
	}
	return strspn(uri + (*uri == '+'), "0123456789*#") == n - (*uri == '+') && n > (*uri == '+');
}

static const char *do_device(struct request *r)
{
	const char *device = jsonx_text(r->body, "device", ""), *uri = jsonx_text(r->body, "device_uri", "");
	struct agent *a = r->agent;

	if (a->interaction)
		return "busy";
	if (str_equal(device, "browser"))
		a->device = DEVICE_BROWSER;
	else if (str_equal(device, "phone"))
		a->device = DEVICE_PHONE;
	else if (str_equal(device, "uri") && is_dialable(uri))
		a->device = DEVICE_URI;
	else
		return "invalid_device";
	if (a->device == DEVICE_URI)
		str_put(a->device_uri, sizeof(a->device_uri), uri);
	emit(r->c, &(struct event){.type = EVENT_AGENT_DEVICE,
			   .agent = a->user,
			   .reason = device,
			   .text = uri,
			   .number = agent_is_reachable(a)});
	agent_refresh(a);
	return NULL;
}

static const char *do_set(struct request *r)
{
	const char *presence = jsonx_text(r->body, "presence", "");
	struct agent *a = agent_get(r->c, jsonx_id(r->body, "agent"));

	if (!a)
		return "not_found";
	if (!scope_lets(r->c, r->client->who.user, a->user, 0, "agent.set"))
		return "not_your_team";
	log_info("center", 0, "presence of an agent set to %s by a supervisor", presence);
	r->agent = a;
	if (str_equal(presence, "ready"))
		return do_ready(r);
	if (str_equal(presence, "break"))
		return do_break(r);
	return str_equal(presence, "offline") ? do_offline(r) : "invalid_presence";
}

/* --- wrap-up
 * ---------------------------------------------------------------------------------------------------------
 */

static bool is_disposition_known(struct center *c, uint64_t id)
{
	return id == 0 || map_get(&c->snapshot->disposition_by_id, id);
}

static const char *keep_notes(struct request *r, uint64_t interaction, uint64_t *disposition, char **notes)
{
	const char *text = jsonx_text(r->body, "notes", NULL);
	uint64_t chosen = jsonx_id(r->body, "disposition");
	char *copy;

	if (!is_disposition_known(r->c, chosen))
		return "not_found";
	if (text && strlen(text) > NOTES_MAX)
		return "notes_too_long";
	if (json_object_get(r->body, "disposition"))
		*disposition = chosen;
	if (text) {
		if (!(copy = alloc_strdup(text)))
			return "no_memory";
		alloc_free(*notes);
		*notes = copy;
	}
	emit(r->c, &(struct event){.type = EVENT_NOTE_WRITTEN,
			   .interaction = interaction,
			   .agent = r->agent->user,
			   .ref = *disposition,
			   .text = *notes});
	return NULL;
}

static const char *do_notes(struct request *r)
{
	struct wrap_up *w = &r->agent->wrap_up;
	uint64_t id = jsonx_id(r->body, "interaction"), *disposition;
	char **notes;

	if (w->is_on && w->interaction == id)
		return keep_notes(r, id, &w->disposition, &w->notes);
	if (r->agent->interaction && r->agent->interaction->id == id)
		return keep_notes(r, id, &r->agent->interaction->disposition, &r->agent->interaction->notes);
	if (work_notes_of(r->agent, id, &disposition, &notes))
		return keep_notes(r, id, disposition, notes);
	return "not_found";
}

static const char *do_extend(struct request *r)
{
	struct wrap_up *w = &r->agent->wrap_up;
	const struct queue *q = snapshot_queue(r->c->snapshot, w->queue);
	struct work_wrap *wrap = work_wrap_at(r->agent, jsonx_id(r->body, "interaction"));

	if (wrap)
		return work_wrap_extend(wrap);
	if (!w->is_on || w->interaction != jsonx_id(r->body, "interaction"))
		return "not_in_wrap_up";
	if (w->is_extended || !q || q->wrap_up_extend_ms <= 0)
		return "cannot_extend";
	w->is_extended = true;
	route_feed(
		r->c, &(struct route_input){.kind = ROUTE_WRAP_UP_EXTEND,
			      .agent = r->agent->user,
			      .segment = w->segment,
			      .duration_ms = (int32_t)(w->until_mono - r->c->now_ms) + q->wrap_up_extend_ms});
	return NULL;
}

static const char *do_finish(struct request *r)
{
	struct wrap_up *w = &r->agent->wrap_up;
	const struct queue *q = snapshot_queue(r->c->snapshot, w->queue);
	uint64_t id = jsonx_id(r->body, "interaction"), *disposition;
	struct work_wrap *wrap = work_wrap_at(r->agent, id);
	char **notes;
	const char *err;

	if (wrap && work_notes_of(r->agent, id, &disposition, &notes)) {
		err = keep_notes(r, id, disposition, notes);
		return err ? err : work_wrap_finish(wrap);
	}
	if (!w->is_on || w->interaction != jsonx_id(r->body, "interaction"))
		return "not_in_wrap_up";
	if ((err = keep_notes(r, w->interaction, &w->disposition, &w->notes)))
		return err;
	if (q && q->is_disposition_required && !w->disposition)
		return "disposition_required";
	route_feed(r->c, &(struct route_input){
				 .kind = ROUTE_WRAP_UP_DONE, .agent = r->agent->user, .segment = w->segment});
	return NULL;
}

/* --- by hand
 * ---------------------------------------------------------------------------------------------------------
 */

static const char *do_assign(struct request *r)
{
	struct interaction *ix = map_get(&r->c->interactions, jsonx_id(r->body, "interaction"));
	struct agent *a = agent_get(r->c, jsonx_id(r->body, "agent"));

	if (!a || !agent_is_employed(a))
		return "not_found";
	if (!scope_lets(r->c, r->client->who.user, a->user, jsonx_id(r->body, "interaction"), "queue.assign"))
		return "not_your_team";
	struct work *w = work_get(r->c, jsonx_id(r->body, "interaction"));
	if (w)
		return work_assign(w, a, r->client->who.user, "assign");
	if (!ix)
		return "not_waiting";
	return segment_assign(ix, a, r->client->who.user, "assign");
}

static bool may_pick(const struct request *r, uint64_t queue)
{
	const struct queue *q = snapshot_queue(r->c->snapshot, queue);
	const struct user *u = snapshot_user(r->c->snapshot, r->agent->user);

	for (int i = 0; q && u && q->is_pick_allowed && i < u->n_serves; i++)
		if (u->serves[i].queue == queue)
			return true;
	return false;
}

static const char *do_pick(struct request *r)
{
	struct interaction *ix = map_get(&r->c->interactions, jsonx_id(r->body, "interaction"));
	struct work *w = work_get(r->c, jsonx_id(r->body, "interaction"));

	if (w && work_is_waiting(w))
		return may_pick(r, work_queue(w)) ? work_assign(w, r->agent, r->client->who.user, "pick")
						  : "pick_not_allowed";
	/* What one may not see looks like what has gone. */
	if (!ix || ix->stage != STAGE_QUEUED)
		return "not_waiting";
	if (!may_pick(r, ix->segment.queue))
		return "pick_not_allowed";
	return segment_assign(ix, r->agent, r->client->who.user, "pick");
}

static const char *do_queue_list(struct request *r)
{
	const struct user *u = snapshot_user(r->c->snapshot, r->agent->user);
	json_t *queues = json_array();

	for (int i = 0; u && i < u->n_serves; i++) {
		const struct queue *q = snapshot_queue(r->c->snapshot, u->serves[i].queue);
		if (q && q->is_pick_allowed)
			json_array_append_new(
				queues, json_pack("{s:o,s:s,s:o}", "id", json_id(q->id), "name", q->name,
						"waits", live_waits_json(r->c, q->id)));
	}
	json_object_set_new(r->reply, "queues", queues);
	return NULL;
}

/* --- contacts without a telephone
 * ------------------------------------------------------------------------------------------------------ */

/* The contact named in the request, NULL when it is none (any more); whose it is, the verb looks itself. */
static struct work *work_of(const struct request *r)
{
	return work_get(r->c, jsonx_id(r->body, "interaction"));
}

static const char *do_work_accept(struct request *r)
{
	struct work *w = work_of(r);

	return w ? work_accept(w, r->agent) : "not_ringing";
}

static const char *do_work_decline(struct request *r)
{
	struct work *w = work_of(r);

	return w ? work_decline(w, r->agent) : "not_ringing";
}

static const char *do_work_write(struct request *r)
{
	struct work *w = work_of(r);
	const char *why = w ? work_agent_writes(w, r->agent, jsonx_text(r->body, "text", NULL)) : "not_yours";

	r->waits_for_disk = !why;
	return why;
}

static const char *do_work_end(struct request *r)
{
	struct work *w = work_of(r);
	const char *why = w ? work_agent_ends(w, r->agent) : "not_yours";

	r->waits_for_disk = !why;
	return why;
}

static const char *do_work_transfer(struct request *r)
{
	struct work *w = work_of(r);

	const char *why = w ? work_transfer(w, r->agent, json_object_get(r->body, "to")) : "not_yours";

	r->waits_for_disk = !why;
	return why;
}

static const char *do_work_messages(struct request *r)
{
	struct work *w = work_of(r);

	return w ? work_agent_reads(w, r->agent, jsonx_int(r->body, "before", 0)) : "not_yours";
}

/* --- looking
 * ---------------------------------------------------------------------------------------------------------
 */

static const char *do_directory(struct request *r)
{
	const struct snapshot *s = r->c->snapshot;
	const char *search = jsonx_text(r->body, "search", "");
	json_t *agents = json_array(), *queues = json_array();

	for (int i = 0; i < s->n_users && json_array_size(agents) < DIRECTORY_MAX; i++) {
		const struct agent *a = map_get(&r->c->agents, s->users[i].id);
		if (!s->users[i].is_agent || a == r->agent || !strcasestr(s->users[i].name, search))
			continue;
		json_array_append_new(
			agents, json_pack("{s:o,s:s,s:s}", "id", json_id(s->users[i].id), "name",
					s->users[i].name, "state", a ? a->state : "offline"));
	}
	for (int i = 0; i < s->n_queues && json_array_size(queues) < DIRECTORY_MAX; i++) {
		struct route_queue_counts counts = {0};
		if (!strcasestr(s->queues[i].name, search))
			continue;
		route_queue_counts(r->c->route, s->queues[i].id, &counts);
		json_array_append_new(queues, json_pack("{s:o,s:s,s:i}", "id", json_id(s->queues[i].id),
						      "name", s->queues[i].name, "waiting", counts.waiting));
	}
	json_object_set_new(r->reply, "agents", agents);
	json_object_set_new(r->reply, "queues", queues);
	dial_directory(r->c, search, DIRECTORY_MAX, r->reply);
	return NULL;
}

static const char *do_subscribe(struct request *r)
{
	_cleanup_json_ json_t *full = live_full(r->c), *mine = NULL;
	uint64_t user = r->client->who.user;

	r->client->is_limited = scope_is_limited(r->c, user);
	mine = r->client->is_limited ? scope_live(r->c, user, full) : json_incref(full);
	if (!mine)
		return "no_memory";
	json_object_update(r->reply, mine);
	if (!r->client->is_live) {
		r->client->is_live = true;
		r->c->n_live++;
	}
	if (r->client->is_limited) /* pushes of their own: scope_push_live */
		return NULL;
	output(r->c, CENTER_LIVE_JOIN, r->client->who.id, NULL);
	return NULL;
}

static const char *do_unsubscribe(struct request *r)
{
	if (r->client->is_live) {
		r->client->is_live = false;
		r->c->n_live--;
	}
	output(r->c, CENTER_LIVE_LEAVE, r->client->who.id, NULL);
	return NULL;
}

static const char *do_ping(struct request *r)
{
	(void)r;
	return NULL;
}

/* --- the table
 * ------------------------------------------------------------------------------------------------------- */

static const struct verb verbs[] = {
	{"agent.ready", AGENT, MAY_HANDLE, do_ready},
	{"agent.break", AGENT, MAY_HANDLE, do_break},
	{"agent.offline", AGENT, MAY_HANDLE, do_offline},
	{"agent.device", AGENT, MAY_HANDLE, do_device},
	{"agent.set", NOTHING, MAY_STEER_AGENTS, do_set},
	{"work.accept", AGENT, MAY_HANDLE, do_work_accept},
	{"work.decline", AGENT, MAY_HANDLE, do_work_decline},
	{"work.write", AGENT, MAY_HANDLE, do_work_write},
	{"work.end", AGENT, MAY_HANDLE, do_work_end},
	{"work.transfer", AGENT, MAY_HANDLE, do_work_transfer},
	{"work.messages", AGENT, MAY_HANDLE, do_work_messages},
	{"wrap_up.extend", AGENT, MAY_HANDLE | MAY_SUPERVISE, do_extend},
	{"wrap_up.finish", AGENT, MAY_HANDLE | MAY_SUPERVISE, do_finish},
	{"notes.save", AGENT, MAY_HANDLE | MAY_SUPERVISE, do_notes},
	{"queue.list", AGENT, MAY_HANDLE, do_queue_list},
	{"queue.pick", AGENT, MAY_HANDLE, do_pick},
	{"queue.assign", NOTHING, MAY_STEER_AGENTS, do_assign},
	{"directory.list", NOTHING, MAY_HANDLE | MAY_SEE_LIVE, do_directory},
	{"live.subscribe", NOTHING, MAY_SEE_LIVE, do_subscribe},
	{"live.unsubscribe", NOTHING, MAY_SEE_LIVE, do_unsubscribe},
	{"ping", NOTHING, 0, do_ping},
	{NULL, NOTHING, 0, NULL},
};

static const char *const messages[][2] = {
	{"unknown_request", "There is no such request: see docs/protocol.md."},
	{"forbidden", "Your role does not allow this."},
	{"not_your_team", "You supervise other teams: an administrator decides which."},
	{"not_an_agent", "This user does not take contacts: give it the role agent."},
	{"not_yours", "This contact is not with you any more."},
	{"busy", "Finish the present contact first."},
	{"not_ringing", "This contact does not ring any more."},
	{"not_connected", "This contact is not connected."},
	{"invalid_act", "The act is start, stop, pause or resume."},
	{"recording_not_allowed", "The recording of this call cannot be changed so."},
	{"agent_not_free", "That agent cannot take a contact now: choose another one or a queue."},
	{"no_trunk", "No trunk can dial out: an administrator has to give a trunk a proxy."},
	{"disposition_required", "Choose how the contact ended before you finish."},
	{"answer_on_device", "Answer on your phone: calls do not ring in the browser for this device."},
	{"queue_closed", "That queue takes no contacts now: choose another one."},
	{"not_in_wrap_up", "This wrap-up is over."},
	{"invalid_digits", "Send 1 to 32 of the keys 0-9, *, #, A-D."},
	{"invalid_number", "Give a number or a SIP address."},
	{"invalid_target", "Say where to: kind is agent, queue or number."},
	{"invalid_device",
		"The device is browser, phone, or uri with a device_uri like sip:name@host or a number."},
	{"invalid_presence", "The presence is ready, break or offline."},
	{"not_waiting", "This contact does not wait any more."},
	{"pick_not_allowed", "This queue's contacts cannot be picked: they are offered by routing."},
	{"notes_too_long", "The notes are too long: at most 4000 bytes."},
	{"sdp_missing", "The answer carries no sdp."},
	{"cannot_extend", "The wrap-up cannot be extended (again)."},
	{"sdp_invalid", "The browser's audio answer cannot be used: it must offer Opus, PCMU or PCMA."},
	{"no_consult", "Nobody is being asked aside in this call."},
	{"already_consulting",
		"Somebody is being asked aside already: go back, take them in, or complete first."},
	{"not_parked", "Nothing is parked there (any more)."},
	{"slot_taken", "All parking slots are taken, or that one is: choose another one."},
	{"too_many_parties", "A call has at most 32 parties."},
	{"not_a_party", "That party cannot be taken out or muted here, or has left."},
	{"no_other_device", "The call is on that device already, or the device is not reachable."},
	{"not_supervisable", "Only a call that an agent has can be supervised, by at most 4 people."},
	{"already_supervised", "You supervise a call already: stop there first."},
	{"not_supervising", "You do not supervise this call (any more)."},
	{"invalid_mode", "The mode is listen, whisper or barge."},
	{"not_found", "There is no such thing (any more)."},
	{"number_not_allowed", "This number may not be called: an administrator decides which may."},
	{"country_not_allowed",
		"Calls to this country are not allowed here: an administrator can allow it (settings)."},
	{"not_at_night", "No calls outside are allowed at this time of the night."},
	{"calls_stopped",
		"Calls outside are stopped because a limit was crossed: an administrator can lift it. "
		"Emergency numbers work."},
	{"caller_id_not_allowed", "You may not show this number: choose another one, or none."},
	{"unreachable", "Nobody can be reached there now; if it is your own device, check its registration "
			"or choose another one."},
	{"draining", "The server stops: try again in a few seconds."},
	{"store_overloaded", "The server cannot write as fast as it is asked: try again in a few seconds."},
	{"no_memory", "The server is short of memory: try again in a few seconds."},
	{"wrong_channel", "That queue takes contacts of another channel: choose one of this contact's."},
	{"empty", "Write something first."},
	{"too_long", "A message has at most 4000 bytes: send it in parts."},
	{"too_many", "This contact has its 10,000 messages: end it and open another one."},
};

static const char *message_of(const char *code)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (str_equal(messages[i][0], code))
			return messages[i][1];
	return "The request cannot be carried out as it is.";
}

json_t *request_reply(const json_t *request, const char *code)
{
	json_t *id = json_object_get(request, "id");

	if (!code)
		return json_pack("{s:O,s:b}", "re", id ? id : json_null(), "ok", 1);
	return json_pack("{s:O,s:b,s:{s:s,s:s}}", "re", id ? id : json_null(), "ok", 0, "error", "code", code,
		"message", message_of(code));
}

static const char *run_verb(struct request *r, const struct verb *v)
{
	if (!v)
		return "unknown_request";
	if (v->permission && !(v->permission & r->client->who.permissions))
		return "forbidden";
	if (v->needs == AGENT && (!r->agent || !agent_is_employed(r->agent)) &&
		!(r->agent && agent_is_busy(r->agent)))
		return "not_an_agent";
	if ((v->needs == CALL || v->needs == LEAD) && !r->agent)
		return "not_an_agent";
	if (v->needs == CALL || v->needs == LEAD) {
		r->ix = r->agent->interaction;
		if (!r->ix || r->ix->id != jsonx_id(r->body, "interaction"))
			return "not_yours";
	}
	if (v->needs == LEAD && (r->ix->stage != STAGE_TALKING || !r->ix->lead))
		return "not_connected";
	if (v->needs == LEAD && r->ix->lead->user != r->agent->user)
		return "not_yours";
	return v->handle(r);
}

static const struct verb *find_verb(const struct verb *table, const char *name)
{
	while (table->name && !str_equal(table->name, name))
		table++;
	return table->name ? table : NULL;
}

void request_handle(struct center *c, struct center_input *in)
{
	struct request r = {.c = c,
		.client = map_get(&c->clients, in->client.id),
		.body = in->body,
		.reply = json_object()};
	const char *name = jsonx_text(in->body, "do", ""), *code;
	const struct verb *verb = NULL;
	json_t *id = json_object_get(in->body, "id");

	if (!r.client) {
		json_decref(r.reply);
		return; /* closed a moment ago */
	}
	verb = find_verb(verbs, name);
	if (!verb)
		verb = find_verb(call_verbs, name);
	if (!verb)
		verb = find_verb(supervise_verbs, name);
	r.agent = map_get(&c->agents, in->client.user);
	code = run_verb(&r, verb);
	json_object_set(r.reply, "re", id ? id : json_null());
	json_object_set_new(r.reply, "ok", json_boolean(!code));
	if (code)
		json_object_set_new(
			r.reply, "error", json_pack("{s:s,s:s}", "code", code, "message", message_of(code)));
	if (r.waits_for_disk)
		work_reply_later(c, in->client.id, r.reply);
	else
		push_client(c, in->client.id, r.reply);
}

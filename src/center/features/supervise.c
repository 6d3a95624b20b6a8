/* See supervise.h.
 *
 * Invariant: a party is in center.supervisors exactly while its role is PARTY_SUPERVISOR. */
#include "center/features/supervise.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/features/consult.h"
#include "center/call/party.h"
#include "center/features/pull.h"
#include "center/features/scope.h"

#include <string.h>

static const char *const mode_texts[] = {"listen", "whisper", "barge"};

static bool mode_of(const char *text, enum hearing_mode *ret_mode)
{
	for (int i = 0; i < 3; i++)
		if (str_equal(mode_texts[i], text)) {
			*ret_mode = (enum hearing_mode)i;
			return true;
		}
	return false;
}

/* --- telling
 * -------------------------------------------------------------------------------------------------------- */

static json_t *supervision_json(const struct party *p, const char *state, const char *reason)
{
	const struct interaction *ix = p->interaction;
	const struct center *c = ix->center;

	return json_pack("{s:s,s:o,s:s,s:s,s:o,s:{s:o,s:s},s:{s:s,s:s},s:I}", "on", "supervision",
		"interaction", json_id(ix->id), "mode", mode_texts[p->mode], "state", state, "reason",
		reason ? json_string(reason) : json_null(), "agent", "id",
		json_id(ix->lead ? ix->lead->user : 0), "name", ix->lead ? ix->lead->name : "", "customer",
		"number", ix->from, "name", ix->from_name, "since",
		(json_int_t)(center_wall(c) - (c->now_ms - p->since_mono)));
}

static void tell(struct party *p, const char *state, const char *reason)
{
	push_person(p->interaction->center, p->user, supervision_json(p, state, reason));
}

static void say(struct party *p, const char *what)
{
	struct interaction *ix = p->interaction;
	struct center *c = ix->center;
	uint64_t agent = ix->lead ? ix->lead->user : 0;
	struct lookup *ask = alloc_zero(sizeof(*ask));

	emit(c, &(struct event){.type = EVENT_SUPERVISION_CHANGED,
			.interaction = ix->id,
			.agent = agent,
			.ref = p->user,
			.reason = what});
	if (!ask)
		return;
	ask->auditor = p->user;
	ask->interaction = ix->id;
	ask->last_agent = agent;
	str_put(ask->number, sizeof(ask->number), what);
	center_loader_ask(c, ask);
}

static bool is_noticed(const struct party *p)
{
	switch (p->interaction->center->snapshot->supervision_notice) {
	case NOTICE_ALWAYS:
		return true;
	case NOTICE_WHISPER:
		return p->mode != HEARING_LISTEN;
	default:
		return p->mode == HEARING_BARGE; /* everybody hears it */
	}
}

/* The agent's screen shows it, and a beep says so to who does not look. */
static void notice(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct media_command beep = {.kind = MEDIA_PLAY,
		.ref = ix->center->next_ref++,
		.play = {.n = 1, .layer = MEDIA_LAYER_OVER}};

	call_push(ix);
	if (ix->lead)
		live_agent_changed(map_get(&ix->center->agents, ix->lead->user));
	if (!is_noticed(p) || !ix->center->snapshot->is_supervision_beeped || !ix->agent_leg)
		return;
	str_put(beep.play.list[0].path, MEDIA_PATH_MAX, "tone:beep");
	call_leg_send_media(ix->agent_leg, &beep);
}

static json_t *person_json(const struct party *p)
{
	return json_pack(
		"{s:o,s:s,s:s}", "id", json_id(p->user), "name", p->name, "mode", mode_texts[p->mode]);
}

json_t *supervise_notice_json(const struct interaction *ix)
{
	for (const struct party *p = ix->parties; p; p = p->next)
		if (p->role == PARTY_SUPERVISOR && p->state == PARTY_CONNECTED && is_noticed(p))
			return person_json(p);
	return json_null();
}

json_t *supervised_by_json(const struct interaction *ix)
{
	for (const struct party *p = ix->parties; p; p = p->next)
		if (p->role == PARTY_SUPERVISOR && p->state == PARTY_CONNECTED)
			return person_json(p);
	return json_null();
}

static const char *state_text(const struct party *p)
{
	return p->state == PARTY_CONNECTED ? "on" : "connecting";
}

json_t *supervisions_json(struct center *c, uint64_t user)
{
	json_t *list = json_array();

	VEC_EACH(&c->supervisors, i)
	{
		const struct party *p = c->supervisors.at[i];
		if (p->user == user)
			json_array_append_new(list, supervision_json(p, state_text(p), NULL));
	}
	return list;
}

void supervise_push_sdp(struct leg *leg, const char *sdp)
{
	push_person(leg->interaction->center, leg->user,
		json_pack("{s:s,s:o,s:s}", "on", "supervision_media", "interaction",
			json_id(leg->interaction->id), "sdp", sdp));
}

/* --- its life
 * ---------------------------------------------------------------------------------------------------------
 */

static struct party *supervisor_of(struct center *c, uint64_t user)
{
	VEC_EACH(&c->supervisors, i)
	if (c->supervisors.at[i]->user == user)
		return c->supervisors.at[i];
	return NULL;
}

static void strike_off(struct party *p)
{
	struct center *c = p->interaction->center;

	VEC_EACH(&c->supervisors, i)
	if (c->supervisors.at[i] == p) {
		VEC_REMOVE(&c->supervisors, i);
		break;
	}
	party_release_agent(p);
}

static void on_connected(struct party *p)
{
	say(p, mode_texts[p->mode]);
	hear_apply(p->interaction);
	tell(p, "on", NULL);
	notice(p);
}

static void on_leave(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;

	strike_off(p);
	if (p->state == PARTY_CONNECTED)
		say(p, "ended");
	tell(p, "ended", reason);
	if (ix->lead)
		live_agent_changed(map_get(&ix->center->agents, ix->lead->user));
}

static const struct party_kind supervisor_kind = {
	.name = "supervisor", .offer = "consult", .on_connected = on_connected, .on_leave = on_leave};

static int count_of(const struct interaction *ix)
{
	int n = 0;

	for (const struct party *p = ix->parties; p; p = p->next)
		n += p->role == PARTY_SUPERVISOR;
	return n;
}

/* A supervisor's place in the call, without a leg yet; NULL: *ret_why says why not. */
static struct party *join(struct interaction *ix, uint64_t user, enum hearing_mode mode, const char **ret_why)
{
	struct center *c = ix->center;
	const struct user *u = snapshot_user(c->snapshot, user);
	struct agent *a = map_get(&c->agents, user);
	struct party *p = NULL;

	if (ix->stage != STAGE_TALKING || !ix->lead || party_of_user(ix, user) ||
		count_of(ix) >= SUPERVISORS_MAX)
		*ret_why = supervisor_of(c, user) ? "already_supervised" : "not_supervisable";
	else if (supervisor_of(c, user))
		*ret_why = "already_supervised";
	else if (a && a->interaction)
		*ret_why = "busy";
	else if (ix->n_parties >= HEARING_PARTIES_MAX)
		*ret_why = "too_many_parties";
	else if (!VEC_RESERVE(&c->supervisors, c->supervisors.len + 1) ||
		 !(p = party_new(ix, PARTY_SUPERVISOR, &supervisor_kind)))
		*ret_why = "no_memory";
	if (!p)
		return NULL;
	(void)VEC_PUSH(&c->supervisors, p);
	p->user = user;
	p->mode = mode;
	party_call_it(p, u ? u->extension : NULL, u ? u->name : NULL);
	if (a) {
		a->n_aside++;
		p->holds_agent = true;
		agent_refresh(a);
	}
	return p;
}

/* What nobody has is nobody's to supervise: join says so. */
static bool lead_is_theirs(struct interaction *ix, uint64_t user, const char *what)
{
	return !ix->lead || scope_lets(ix->center, user, ix->lead->user, ix->id, what);
}

static const char *open_page(struct party *p)
{
	struct leg *leg = call_leg_new(p->interaction, LEG_SUPERVISOR, LEG_BROWSER, 0);

	if (!leg)
		return "no_memory";
	leg->user = p->user;
	party_set_leg(p, leg);
	party_say_joined(p);
	call_leg_open(leg);
	return NULL;
}

static const char *ring_phone(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct sip_command *cmd = alloc_zero(sizeof(*cmd));

	if (!cmd)
		return "no_memory";
	cmd->kind = SIP_CALL;
	cmd->call.to = SIP_TO_USER;
	cmd->call.user = p->user;
	cmd->call.timeout_s = PARTY_RING_MS / 1000;
	cmd->call.is_auto_answer = true;
	str_put(cmd->call.from_number, sizeof(cmd->call.from_number), ix->from);
	str_put(cmd->call.from_name, sizeof(cmd->call.from_name), ix->from_name);
	return party_dial(p, cmd, PARTY_RING_MS + 5000);
}

void supervise_again(struct center *c, uint64_t user)
{
	struct party *p = supervisor_of(c, user);

	if (!p || p->device != LEG_BROWSER || p->next_leg)
		return;
	call_leg_hang_up(p->leg, 0, "reconnect");
	if (open_page(p))
		party_leave(p, "no_memory");
}

static bool may_stay(const struct party *p)
{
	const struct interaction *ix = p->interaction;
	const struct user *u = snapshot_user(ix->center->snapshot, p->user);

	return u && u->permissions & MAY_SUPERVISE &&
	       (!ix->lead || scope_holds(ix->center, p->user, ix->lead->user));
}

/* Much may follow from one's leaving: looked at from the start each time. */
static struct party *first_stranger(const struct center *c, const struct interaction *ix)
{
	VEC_EACH(&c->supervisors, i)
	{
		struct party *p = c->supervisors.at[i];
		if ((!ix || p->interaction == ix) && !may_stay(p))
			return p;
	}
	return NULL;
}

void supervise_check(struct interaction *ix)
{
	struct party *p;

	while ((p = first_stranger(ix->center, ix)))
		party_leave(p, "not_your_team");
}

void supervise_look(struct center *c)
{
	struct party *p;

	while ((p = first_stranger(c, NULL)))
		party_leave(p, "not_your_team");
}

const char *supervise_by_phone(struct center *c, const char *extension, const struct sip_event *e)
{
	const struct user *by = snapshot_user(c->snapshot, e->user);
	const struct user *u = extension ? strmap_get(&c->snapshot->user_by_extension, extension) : NULL;
	const struct agent *a = u ? map_get(&c->agents, u->id) : NULL;
	const char *why = NULL;
	struct party *p;

	if (!by || !(by->permissions & MAY_SUPERVISE))
		return "forbidden";
	if (!a || !a->interaction || a->offer.is_on)
		return "not_supervisable";
	if (!scope_lets(c, e->user, u->id, a->interaction->id, "listen"))
		return "not_your_team";
	if (!lead_is_theirs(a->interaction, e->user, "listen"))
		return "not_your_team";
	if (!(p = join(a->interaction, e->user, HEARING_LISTEN, &why)))
		return why;
	if ((why = party_take_incoming(p, e)))
		party_leave(p, why);
	return why;
}

/* --- what a supervisor asks
 * ------------------------------------------------------------------------------------------------------ */

/* Theirs in the interaction named; NULL. */
static struct party *own_party(const struct request *r)
{
	struct party *p = supervisor_of(r->c, r->client->who.user);

	return p && p->interaction->id == jsonx_id(r->body, "interaction") ? p : NULL;
}

static const char *do_start(struct request *r)
{
	struct interaction *ix = map_get(&r->c->interactions, jsonx_id(r->body, "interaction"));
	bool is_phone = str_equal(jsonx_text(r->body, "device", "browser"), "phone");
	enum hearing_mode mode;
	const char *why = NULL;
	struct party *p;

	if (!mode_of(jsonx_text(r->body, "mode", "listen"), &mode))
		return "invalid_mode";
	if (!ix || ix->is_ending)
		return "not_supervisable";
	if (!lead_is_theirs(ix, r->client->who.user, mode_texts[mode]))
		return "not_your_team";
	if (!(p = join(ix, r->client->who.user, mode, &why)))
		return why;
	tell(p, "connecting", NULL);
	if ((why = is_phone ? ring_phone(p) : open_page(p)))
		party_leave(p, why);
	return why;
}

static const char *do_media(struct request *r)
{
	struct party *p = own_party(r);

	if (!p || !p->leg || p->leg->kind != LEG_BROWSER)
		return "not_supervising";
	return request_take_sdp(r, p->leg);
}

static const char *do_mode(struct request *r)
{
	struct party *p = own_party(r);
	enum hearing_mode mode;

	if (!p)
		return "not_supervising";
	if (!mode_of(jsonx_text(r->body, "mode", ""), &mode))
		return "invalid_mode";
	if (mode == p->mode)
		return NULL;
	p->mode = mode;
	if (p->state == PARTY_CONNECTED) {
		say(p, mode_texts[mode]);
		hear_apply(p->interaction);
	}
	tell(p, state_text(p), NULL);
	notice(p);
	return NULL;
}

static const char *do_stop(struct request *r)
{
	struct party *p = own_party(r);

	if (!p)
		return "not_supervising";
	party_leave(p, "stopped");
	return NULL;
}

/* The agent is let go, the supervisor has the call; their page opens its ordinary call connection, and the
 * supervision's goes on until that is up. */
static void take_over(struct party *p, struct agent *a)
{
	struct interaction *ix = p->interaction;
	uint64_t id = p->id;

	emit(ix->center, &(struct event){.type = EVENT_INTERACTION_TRANSFERRED,
				 .interaction = ix->id,
				 .segment = ix->segment.id,
				 .queue = ix->segment.queue,
				 .agent = ix->lead->user,
				 .reason = "agent",
				 .to = p->name,
				 .ref = p->user});
	say(p, "take_over");
	tell(p, "ended", "taken_over");
	strike_off(p);
	p->role = PARTY_AGENT;
	p->leg->role = LEG_AGENT;
	party_hold_agent(p, a);
	ix->n_legs++;
	ix->segment.transfer = "taken_over";
	call_hand_over(p, "transfer");
	p = party_by_id(ix, id);
	if (p && p == ix->lead && p->device == LEG_BROWSER)
		pull_start(p, "browser");
	ix->n_legs--;
	call_forget_if_over(ix);
}

static const char *do_take_over(struct request *r)
{
	struct party *p = own_party(r);
	struct agent *a = agent_make(r->c, r->client->who.user);

	if (!p)
		return "not_supervising";
	if (p->state != PARTY_CONNECTED || !p->leg)
		return "not_connected";
	if (!a)
		return "no_memory";
	if (a->interaction)
		return "busy";
	take_over(p, a);
	return NULL;
}

const struct verb supervise_verbs[] = {
	{"supervise.start", NOTHING, MAY_SUPERVISE, do_start},
	{"supervise.media", NOTHING, MAY_SUPERVISE, do_media},
	{"supervise.mode", NOTHING, MAY_SUPERVISE, do_mode},
	{"supervise.stop", NOTHING, MAY_SUPERVISE, do_stop},
	{"supervise.take_over", NOTHING, MAY_SUPERVISE, do_take_over},
	{NULL, NOTHING, 0, NULL},
};

/* Thousands of random events, right ones, late ones, doubled ones and ones that make no sense, from a seeded
 * generator; after each the invariants that hold at any moment, at the end those of a closed day. A failure
 * names its seed: test_center_soak with MARKAZ_SOAK_SEED set plays that one alone. */
#include "base/id.h"
#include "base/str.h"
#include "center/features/park.h"
#include "center/call/party.h"
#include "center/features/supervise.h"
#include "center/test_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define AGENTS 7
#define SEEDS 5
#define STEPS 8000
#define CALLS_MAX 16

struct soak {
	struct world w;
	uint64_t state; /* of the generator */
	uint64_t queues[3], agents[AGENTS], pages[AGENTS];
	uint64_t legs[CALLS_MAX]; /* callers' legs, dead ones too */
	int n_legs;
	bool is_odd_queue_gone;
};

static uint32_t draw(struct soak *s, uint32_t below)
{
	s->state ^= s->state << 13;
	s->state ^= s->state >> 7;
	s->state ^= s->state << 17;
	return (uint32_t)(s->state >> 32) % below;
}

static bool make_queue(struct soak *s, int i)
{
	static const char *const rows[] = {
		"{\"name\":\"a%u\",\"ring_timeout_s\":5,\"wrap_up_s\":4,\"recording\":\"always\"}",
		"{\"name\":\"b%u\",\"ring_timeout_s\":6,\"wrap_up_s\":0,\"max_wait_s\":20,\"capacity\":3,"
		"\"is_left_without_agents\":true,\"no_agents_s\":9,\"is_pick_allowed\":true,\"misses_max\":2,"
		"\"strategy\":\"round_robin\",\"share_pct\":30}",
		"{\"name\":\"c%u\",\"ring_timeout_s\":5,\"wrap_up_s\":2,\"announce_first_s\":3,\"strategy\":"
		"\"ring_all\",\"preferred\":\"last_agent\",\"warn_s\":4,\"is_left_when_closed\":true,"
		"\"misses_max\":0}"};
	char text[256], number[256];

	(void)str_printf(text, sizeof(text), rows[i], draw(s, 1000000000));
	s->queues[i] = fixture_create(&s->w.store, "queue", text, NULL);
	(void)str_printf(
		number, sizeof(number), "{\"number\":\"20%d\",\"queue\":\"%s\"}", i, ID(s->queues[i]));
	return s->queues[i] && fixture_create(&s->w.store, "number", number, NULL);
}

static bool make_flow(struct soak *s)
{
	char text[1024], id[ID_TEXT_SIZE], a[ID_TEXT_SIZE], b[ID_TEXT_SIZE];

	(void)str_printf(text, sizeof(text),
		"{\"name\":\"f\",\"document\":{\"format\":1,\"language\":\"en\",\"start\":\"m\",\"nodes\":{"
		"\"m\":{\"type\":\"menu\",\"say\":[{\"text\":\"One or "
		"two\"}],\"tries\":2,\"timeout_s\":3,\"on_fail\":"
		"\"q\",\"options\":{\"1\":{\"label\":\"A\",\"next\":\"q\"},\"2\":{\"label\":\"B\",\"next\":"
		"\"t\"}}},"
		"\"q\":{\"type\":\"queue\",\"queue\":\"%s\",\"exit_digit\":\"9\",\"overflow\":\"v\",\"full\":"
		"\"v\","
		"\"closed\":\"v\",\"caller_pressed\":\"t\",\"after\":\"m\"},"
		"\"t\":{\"type\":\"transfer\",\"target\":\"555\",\"timeout_s\":9,\"on_fail\":\"v\"},"
		"\"v\":{\"type\":\"voicemail\",\"queue\":\"%s\",\"next\":\"e\"},\"e\":{\"type\":\"hang_up\"}}"
		"}}",
		id_text(s->queues[1], a), id_text(s->queues[0], b));
	uint64_t flow = fixture_create(&s->w.store, "flow", text, NULL);
	(void)str_printf(text, sizeof(text), "{\"number\":\"300\",\"flow\":\"%s\"}", id_text(flow, id));
	return flow && fixture_create(&s->w.store, "number", text, NULL);
}

static bool begin(struct soak *s)
{
	/* The later "roles" counts: they may assign callers, too. */
#define SUPERVISES ",\"roles\":[\"agent\",\"supervisor\"]"
	static const char *const kinds[] = {SUPERVISES, SUPERVISES ",\"device\":\"phone\"",
		SUPERVISES
		",\"device\":\"uri\",\"device_uri\":\"sip:x@192.0.2.50\",\"is_always_ready\":true"};
	char login[16];

	if (!world_open(&s->w))
		return false;
	for (int i = 0; i < 3; i++)
		if (!make_queue(s, i))
			return false;
	for (int i = 0; i < AGENTS; i++) {
		(void)str_printf(login, sizeof(login), "agent%d", i);
		s->agents[i] =
			world_agent(&s->w, login, i ? kinds[i % 3] : SUPERVISES ",\"extension\":\"4\"");
	}
	if (!fixture_create(&s->w.store, "recorder",
		    "{\"name\":\"vault\",\"uri\":\"sip:srs@192.0.2.77\",\"percent\":60}", NULL))
		return false;
	return make_flow(s) && world_start(&s->w);
}

/* --- what may happen
 * ------------------------------------------------------------------------------------------------- */

static void post_sip(struct soak *s, uint64_t leg, uint64_t user)
{
	static const int codes[] = {0, 486, 603, 408, 480, 404, 500, 487};
	static const enum sip_event_kind kinds[] = {SIP_ANSWERED, SIP_ANSWERED, SIP_ANSWERED, SIP_ENDED,
		SIP_RINGING, SIP_REINVITED, SIP_DTMF, SIP_REFERRED, SIP_REGISTRATION, SIP_TRUNK_STATE};
	struct sip_event e = {.kind = kinds[draw(s, 10)], .leg = leg, .user = user, .trunk = s->w.trunk};

	e.code = codes[draw(s, 8)];
	e.is_remote = draw(s, 2);
	e.has_sdp = draw(s, 20) > 0;
	e.sdp = (struct sdp){.has_audio = true, .n_formats = 1, .formats = {{SDP_PCMU, 0}}, .port = 9};
	e.second.port = draw(s, 5) ? 11 : 0;
	e.second.format = e.sdp.formats[0];
	e.digit = "0123456789*#"[draw(s, 12)];
	e.count = (int)draw(s, 3);
	e.is_up = draw(s, 2);
	(void)str_put(e.uri, sizeof(e.uri), draw(s, 2) ? "sip:201@192.0.2.1" : "sip:someone@192.0.2.77");
	center_on_sip(&e, s->w.center);
	if (draw(s, 12) == 0)
		center_on_sip(&e, s->w.center);
}

static uint64_t any_leg(struct soak *s)
{
	struct leg *leg;
	size_t n = s->w.center->legs.len, skip = n ? draw(s, (uint32_t)n) : 0;

	if (draw(s, 15) == 0 && s->n_legs)
		return s->legs[draw(s, (uint32_t)s->n_legs)]; /* perhaps long gone */
	for (size_t i = 0; (leg = map_next(&s->w.center->legs, &i));)
		if (skip-- == 0)
			return leg->id;
	return 4711;
}

static void post_media(struct soak *s, uint64_t id)
{
	static const enum media_event_kind kinds[] = {MEDIA_LEG_OPENED, MEDIA_LEG_READY, MEDIA_LEG_READY,
		MEDIA_LEG_READY, MEDIA_LEG_LOST, MEDIA_PLAY_ENDED, MEDIA_PLAY_ENDED, MEDIA_DTMF,
		MEDIA_LEG_FAILED, MEDIA_RECORD_ENDED};
	const struct leg *leg = map_get(&s->w.center->legs, id);
	struct interaction *ix = leg ? leg->interaction : NULL;
	struct media_event e = {.kind = kinds[draw(s, 10)], .leg = id, .group = ix ? ix->id : 5};

	/* A leg that was opened does not fail, and one that lives is not lost every second. */
	if (e.kind == MEDIA_LEG_FAILED && (!leg || leg->state != LEG_OPENING))
		return;
	if (e.kind == MEDIA_LEG_LOST && draw(s, 6))
		return;
	e.ref = ix && draw(s, 4) ? ix->play.ref : draw(s, 100);
	if (e.kind == MEDIA_RECORD_ENDED && ix) {
		e.ref = ix->recording.id;
		e.record.duration_ms = draw(s, 5000);
		e.reason = (int)draw(s, 4) - 1;
		for (int i = 0; i < WORLD_RECORDINGS_MAX; i++)
			if (s->w.recording[i].ref == e.ref)
				s->w.recording[i].ref = 0;
	}
	if (e.kind == MEDIA_DTMF)
		e.dtmf.digit = "0123456789*#"[draw(s, 12)];
	center_on_media(&e, s->w.center);
	if (draw(s, 12) == 0)
		center_on_media(&e, s->w.center);
}

static void call_in(struct soak *s)
{
	static const char *const numbers[] = {"200", "201", "202", "300", "300", "1000", "404"};
	uint64_t leg;

	if (s->w.center->interactions.len >= CALLS_MAX)
		return;
	leg = world_call(&s->w, "100", numbers[draw(s, 7)]);
	s->legs[s->n_legs < CALLS_MAX ? s->n_legs++ : (int)draw(s, CALLS_MAX)] = leg;
}

static void page_moves(struct soak *s, int i)
{
	if (!s->pages[i]) {
		s->pages[i] = world_page(&s->w, s->agents[i], ~0u);
	} else if (draw(s, 8) == 0) {
		world_page_closes(&s->w, s->pages[i]);
		s->pages[i] = 0;
	}
}

static const struct interaction *any_call(struct soak *s)
{
	const struct interaction *ix;
	size_t n = s->w.center->interactions.len, skip = n ? draw(s, (uint32_t)n) : 0;

	for (size_t i = 0; (ix = map_next(&s->w.center->interactions, &i));)
		if (skip-- == 0)
			return ix->customer ? ix : NULL;
	return NULL;
}

static void ask_something(struct soak *s, int i)
{
	static const char *const forms[] = {"'agent.ready'", "'agent.ready'", "'agent.break'",
		"'agent.offline'", "'call.decline','interaction':'%s'", "'call.hold','interaction':'%s'",
		"'call.resume','interaction':'%s'", "'call.mute','interaction':'%s','on':true",
		"'call.hang_up','interaction':'%s'", "'wrap_up.extend','interaction':'%s'",
		"'wrap_up.finish','interaction':'%s'", "'notes.save','interaction':'%s','notes':'n'",
		"'agent.device','device':'browser'", "'agent.device','device':'phone'", "'live.subscribe'",
		"'queue.list'", "'call.transfer','interaction':'%s','to':{'kind':'number','number':'77'}",
		"'call.consult','interaction':'%s','to':{'kind':'number','number':'78'}",
		"'call.toggle','interaction':'%s'", "'call.complete','interaction':'%s'",
		"'call.return','interaction':'%s'", "'call.conference','interaction':'%s'",
		"'call.conference','interaction':'%s'", "'call.park','interaction':'%s'",
		"'call.park','interaction':'%s','slot':'71'", "'call.pick_up','slot':'71'",
		"'call.pick_up','slot':'72'", "'parked.list'",
		"'call.pull','interaction':'%s','device':'phone'",
		"'call.pull','interaction':'%s','device':'browser'"};
	const struct agent *a = world_agent_of(&s->w, s->agents[i]);
	char text[512], ix[ID_TEXT_SIZE], id[ID_TEXT_SIZE];

	id_text(a && a->interaction	? a->interaction->id
		: a && a->wrap_up.is_on ? a->wrap_up.interaction
					: 1,
		ix);
	const uint32_t n = sizeof(forms) / sizeof(forms[0]);
	uint32_t form = draw(s, n + 5);
	const struct interaction *other = form >= n + 3 ? any_call(s) : NULL;
	if (form < n)
		(void)str_printf(text, sizeof(text), forms[form], ix);
	else if (form == n + 3)
		(void)str_printf(text, sizeof(text), "'queue.pick','interaction':'%s'",
			id_text(other ? other->id : 1, ix));
	else if (form == n + 4)
		(void)str_printf(text, sizeof(text), "'queue.assign','interaction':'%s','agent':'%s'",
			id_text(other ? other->id : 1, ix), id_text(s->agents[draw(s, AGENTS)], id));
	else if (form % 2)
		(void)str_printf(text, sizeof(text),
			"'call.transfer','interaction':'%s','to':{'kind':'queue','id':'%s'}", ix,
			id_text(s->queues[draw(s, 3)], id));
	else
		(void)str_printf(text, sizeof(text),
			"'call.transfer','interaction':'%s','to':{'kind':'agent','id':'%s'}", ix,
			id_text(s->agents[draw(s, AGENTS)], id));
	world_ask(&s->w, s->pages[i], "%s", text);
}

/* What is said of a call by who is in it, or watches it. */
static void ask_of_parties(struct soak *s, int i)
{
	static const char *const modes[] = {"listen", "whisper", "barge"};
	static const char *const forms[] = {"'call.toggle','interaction':'%s'",
		"'call.complete','interaction':'%s'", "'call.return','interaction':'%s'",
		"'call.conference','interaction':'%s'", "'call.conference','interaction':'%s'",
		"'call.park','interaction':'%s'", "'call.pick_up','slot':'71'", "'call.pick_up','slot':'72'",
		"'call.pull','interaction':'%s','device':'phone'",
		"'call.pull','interaction':'%s','device':'browser'", "'call.hold','interaction':'%s'",
		"'call.resume','interaction':'%s'",
		"'call.consult','interaction':'%s','to':{'kind':'number','number':'78'}",
		"'wrap_up.finish','interaction':'%s'", "'agent.ready'", "'agent.ready'"};
	const struct agent *a = world_agent_of(&s->w, s->agents[i]);
	const struct interaction *ix = a ? a->interaction : NULL, *other = any_call(s);
	const struct party *p = ix ? ix->parties : NULL;
	char text[512], id[ID_TEXT_SIZE], more[ID_TEXT_SIZE];

	for (uint32_t n = draw(s, 4); p && p->next && n > 0; n--)
		p = p->next;
	id_text(ix ? ix->id : 1, id);
	id_text(p ? p->id : 1, more);
	if (draw(s, 3) == 0) {
		(void)str_printf(text, sizeof(text), forms[draw(s, sizeof(forms) / sizeof(forms[0]))], id);
		world_ask(&s->w, s->pages[i], "%s", text);
		return;
	}
	switch (draw(s, 9)) {
	case 0:
	case 1:
		(void)str_printf(text, sizeof(text),
			"'call.consult','interaction':'%s','to':{'kind':'agent','id':'%s'}", id,
			id_text(s->agents[draw(s, AGENTS)], more));
		break;
	case 2:
		(void)str_printf(text, sizeof(text),
			"'call.consult','interaction':'%s','to':{'kind':'queue','id':'%s'}", id,
			id_text(s->queues[draw(s, 3)], more));
		break;
	case 3:
		(void)str_printf(text, sizeof(text), "'call.%s','interaction':'%s','party':'%s','on':%s",
			draw(s, 2) ? "drop" : "mute_party", id, more, draw(s, 2) ? "true" : "false");
		break;
	case 4:
	case 5:
		(void)str_printf(text, sizeof(text),
			"'supervise.start','interaction':'%s','mode':'%s','device':'%s'",
			id_text(other ? other->id : 1, id), modes[draw(s, 3)],
			draw(s, 2) ? "phone" : "browser");
		break;
	default:
		other = s->w.center->supervisors.len
				? s->w.center->supervisors
					  .at[draw(s, (uint32_t)s->w.center->supervisors.len)]
					  ->interaction
				: NULL;
		(void)str_printf(text, sizeof(text), "'supervise.%s','interaction':'%s','mode':'%s'",
			draw(s, 3)   ? "mode"
			: draw(s, 2) ? "stop"
				     : "take_over",
			id_text(other ? other->id : 1, id), modes[draw(s, 3)]);
	}
	world_ask(&s->w, s->pages[i], "%s", text);
}

/* Whoever was asked into a call answers. */
static void a_party_answers(struct soak *s)
{
	const struct interaction *ix = any_call(s);
	struct sip_event e = {.kind = SIP_ANSWERED, .has_sdp = true};
	struct media_event ready = {.kind = MEDIA_LEG_READY};

	e.sdp = (struct sdp){.has_audio = true, .n_formats = 1, .formats = {{SDP_PCMU, 0}}, .port = 9};
	for (const struct party *p = ix ? ix->parties : NULL; p; p = p->next) {
		struct leg *leg = p->next_leg ? p->next_leg : p->leg;
		if (!leg || leg->state != LEG_INVITED || p->role == PARTY_CUSTOMER)
			continue;
		e.leg = ready.leg = leg->id;
		ready.group = ix->id;
		if (leg->kind == LEG_SIP) {
			center_on_sip(&e, s->w.center);
		} else {
			leg->state = LEG_ANSWERED; /* as the page's answer does */
			center_on_media(&ready, s->w.center);
		}
	}
}

/* A registered telephone dials a slot, or the listening code. */
static void phone_calls(struct soak *s)
{
	struct sip_event e = {.kind = SIP_INCOMING,
		.leg = s->w.next_leg++,
		.user = s->agents[draw(s, AGENTS)],
		.has_sdp = true,
		.sdp = {.has_audio = true, .n_formats = 1, .formats = {{SDP_PCMU, 0}}, .port = 9}};

	if (draw(s, 2))
		(void)park_pick_up(s->w.center, draw(s, 2) ? "71" : "72", &e);
	else
		(void)supervise_by_phone(s->w.center, "4", &e);
	world_run(&s->w);
}

static void config_moves(struct soak *s)
{
	uint64_t user = s->agents[draw(s, AGENTS)];
	char text[256], id[ID_TEXT_SIZE], other[ID_TEXT_SIZE];

	switch (draw(s, 6)) {
	case 4:
		fixture_update(&s->w.store, "queue", s->queues[draw(s, 3)],
			draw(s, 2) ? "{\"strategy\":\"ring_all\",\"keep_free\":0}"
				   : "{\"strategy\":\"least_occupied\",\"keep_free\":1,\"order\":\"due\"}",
			NULL);
		break;
	case 5: /* everybody helps after a while */
		(void)str_printf(text, sizeof(text),
			"{\"agents\":[\"%s\"],\"rings\":[{\"after_s\":7,\"relax\":1,\"agents\":[\"%s\",\"%"
			"s\"]}]}",
			ID(user), id_text(s->agents[0], id), id_text(s->agents[AGENTS - 1], other));
		fixture_update(&s->w.store, "queue", s->queues[draw(s, 3)], text, NULL);
		break;
	case 0:
		fixture_update(&s->w.store, "user", user, "{\"is_active\":false}", NULL);
		break;
	case 1:
		for (int i = 0; i < AGENTS; i++)
			fixture_update(&s->w.store, "user", s->agents[i], "{\"is_active\":true}", NULL);
		break;
	case 2: /* a queue served by one agent only, or by all again */
		(void)str_printf(text, sizeof(text), draw(s, 2) ? "{\"agents\":[\"%s\"]}" : "{\"agents\":[]}",
			ID(user));
		fixture_update(&s->w.store, "queue", s->queues[draw(s, 3)], text, NULL);
		break;
	default:
		fixture_update(&s->w.store, "queue", s->queues[draw(s, 3)],
			draw(s, 3) ? "{\"is_active\":true}" : "{\"is_active\":false}", NULL);
	}
	world_configure(&s->w);
}

static void speech_moves(struct soak *s)
{
	struct world *w = &s->w;

	if (draw(s, 3) == 0)
		w->speech = (enum speech_mood)draw(s, 3);
	while (w->spoken.len > 0 && draw(s, 3)) {
		struct speech_result r = {.ref = w->spoken.at[--w->spoken.len], .path = "/speech/x.wav"};
		r.error = draw(s, 4) ? 0 : -5;
		center_on_speech(&r, w->center);
	}
}

/* The agent's device does what devices mostly do. */
static void goes_well(struct soak *s, int i)
{
	const struct agent *a = world_agent_of(&s->w, s->agents[i]);
	const struct interaction *ix = a->interaction;
	const struct leg *leg = a->offer.leg;
	struct sip_event e = {.kind = SIP_ANSWERED, .has_sdp = true};
	struct media_event ready = {.kind = MEDIA_LEG_READY};

	if (!a->offer.is_on || !leg)
		return;
	e.leg = ready.leg = leg->id;
	ready.group = ix->id;
	e.sdp = (struct sdp){.has_audio = true, .n_formats = 1, .formats = {{SDP_PCMU, 0}}, .port = 9};
	if (leg->kind == LEG_SIP) {
		center_on_sip(&e, s->w.center);
	} else if (s->pages[i]) {
		world_answer(&s->w, s->pages[i], s->agents[i]);
		center_on_media(&ready, s->w.center);
	}
}

static void caller_leaves(struct soak *s)
{
	const struct interaction *ix = any_call(s);
	struct sip_event e = {.kind = SIP_ENDED, .is_remote = true, .leg = ix ? ix->customer->id : 0};

	if (ix)
		center_on_sip(&e, s->w.center);
}

/* Hears a message out, presses a key, or is connected outside. */
static void caller_goes_on(struct soak *s)
{
	const struct interaction *ix = any_call(s);
	struct media_event e = {.kind = MEDIA_PLAY_ENDED};
	struct sip_event answered = {.kind = SIP_ANSWERED, .has_sdp = true};

	if (!ix)
		return;
	e.leg = ix->customer->id;
	e.group = ix->id;
	e.ref = ix->play.ref;
	answered.sdp = (struct sdp){.has_audio = true, .n_formats = 1, .formats = {{SDP_PCMU, 0}}, .port = 9};
	if (ix->outside && draw(s, 2)) {
		answered.leg = ix->outside->id;
		center_on_sip(&answered, s->w.center);
		return;
	}
	if (!ix->play.is_flow || draw(s, 2)) {
		e.kind = MEDIA_DTMF;
		e.dtmf.digit = "129#"[draw(s, 4)];
	}
	center_on_media(&e, s->w.center);
}

static void step(struct soak *s)
{
	int i = (int)draw(s, AGENTS);
	const struct agent *a = world_agent_of(&s->w, s->agents[i]);
	uint32_t what = draw(s, 100);

	if (what < 14)
		call_in(s);
	else if (what < 22)
		post_sip(s, any_leg(s), s->agents[i]);
	else if (what < 30)
		post_media(s, any_leg(s));
	else if (what < 50 && a && a->interaction)
		goes_well(s, i);
	else if (what < 53)
		caller_leaves(s);
	else if (what < 59)
		caller_goes_on(s);
	else if (what < 63)
		page_moves(s, i);
	else if (what < 70 && s->pages[i])
		ask_of_parties(s, i);
	else if (what == 70)
		phone_calls(s);
	else if (what < 74)
		a_party_answers(s);
	else if (what < 81 && s->pages[i])
		ask_something(s, i);
	else if (what == 81)
		s->w.is_media_full = draw(s, 6) == 0;
	else if (what == 84 && draw(s, 8) == 0)
		config_moves(s);
	else if (what == 85)
		speech_moves(s);
	else if (what == 86)
		s->w.is_recorder_silent = draw(s, 2);
	else if (what == 82)
		s->w.is_sip_full = draw(s, 6) == 0;
	else if (what == 83)
		world_catch_up(&s->w);
	else if (what == 87)
		s->w.is_sip_silent = draw(s, 4) == 0;
	else if (what == 88)
		s->w.is_loader_silent = draw(s, 4) == 0;
	else
		world_pass(&s->w, draw(s, draw(s, 16) ? 600 : 20000));
	/* sometimes several events wait in one batch */
	if (draw(s, 4))
		world_run(&s->w);
	world_forget(&s->w);
}

/* A day on which most things go well, so that calls grow large. */
static void calm_step(struct soak *s)
{
	int i = (int)draw(s, AGENTS);
	const struct agent *a = world_agent_of(&s->w, s->agents[i]);
	uint32_t what = draw(s, 100);

	if (what < 6)
		call_in(s);
	else if (what < 36 && a && a->interaction)
		goes_well(s, i);
	else if (what < 62 && s->pages[i])
		ask_of_parties(s, i);
	else if (what < 78)
		a_party_answers(s);
	else if (what < 80)
		phone_calls(s);
	else if (what == 80)
		caller_leaves(s);
	else if (what == 81)
		post_sip(s, any_leg(s), s->agents[i]);
	else if (what == 82)
		post_media(s, any_leg(s));
	else if (what == 83)
		s->w.is_media_full = draw(s, 4) == 0;
	else if (what == 84)
		caller_goes_on(s);
	else if (what == 85)
		world_catch_up(&s->w);
	else if (what < 90)
		page_moves(s, i);
	else
		world_pass(&s->w, draw(s, draw(s, 16) ? 600 : 20000));
	if (draw(s, 4))
		world_run(&s->w);
	world_forget(&s->w);
}

static bool play(uint64_t seed, void (*one)(struct soak *))
{
	struct soak s = {.state = seed * 0x9e3779b97f4a7c15u + 1};
	bool is_fine = begin(&s);
	int n = 0;

	for (; is_fine && n < STEPS && !world_has_failed(); n++) {
		one(&s);
		if (n % 1500 == 1499) /* midnight; the routing log has a checkpoint there */
			route_feed(s.w.center, &(struct route_input){.kind = ROUTE_RESET});
	}
	world_run(&s.w);
	if (getenv("MARKAZ_SOAK_SEED"))
		for (enum event_type t = EVENT_SYSTEM_STARTED; t < EVENT_TYPES_MAX; t++)
			if (event_name(t))
				printf("# %5d %s\n", world_count(&s.w, t), event_name(t));
	if (is_fine)
		world_check_log(&s.w, false);
	if (is_fine)
		world_check_replay(&s.w);
	world_close(&s.w);
	if (world_has_failed()) {
		test_fail(__FILE__, __LINE__, "seed %llu, step %d", (unsigned long long)seed, n);
		return false;
	}
	return true;
}

/* Memory runs out again and again, in the doubles too, so promises are broken; nothing may crash or leak. */
TEST(random_days_without_memory)
{
	for (uint64_t seed = 100; seed < 103; seed++) {
		struct soak s = {.state = seed * 0x9e3779b97f4a7c15u + 1};
		if (begin(&s)) {
			s.w.is_lossy = true;
			for (int n = 0; n < 2500; n++) {
				s.w.memory_left = draw(&s, 3) ? -1 : (int64_t)draw(&s, 40);
				(seed % 2 ? calm_step : step)(&s);
			}
		}
		world_close(&s.w);
	}
}

static void days(void (*one)(struct soak *))
{
	const char *only = getenv("MARKAZ_SOAK_SEED");

	if (only) {
		play(strtoull(only, NULL, 10), one);
		return;
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		if (!play(seed, one))
			return;
}

TEST(random_days_keep_every_promise)
{
	days(step);
}

TEST(busy_days_of_consults_and_conferences)
{
	days(calm_step);
}

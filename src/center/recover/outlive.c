/* See outlive.h. The note is JSON, so that a newer program reads an older one's; of what the log knows
 * (queue, clocks, holds) the log is believed. */
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/recover/outlive.h"
#include "center/state.h"
#include "center/work/entry.h"
#include "sip/sip_note.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_VERSION 1

/* A call between recover and the configuration. */
struct outliving {
	uint64_t interaction, agent_leg;
	bool is_agent_browser, is_answered_here; /* the log did not know yet that it was answered */
	char *entry;				 /* as entry.h; owned */
	int64_t since_wall;
	uint64_t queue_music;
	struct outliving_leg {
		uint64_t leg;
		void *note; /* of its dialog; owned until it is sent */
		size_t n;
	} dialogs[2];
	int n_dialogs;
};

/* --- writing
 * -----------------------------------------------------------------------------------------------------------
 */

static int64_t wall_of(const struct center *c, int64_t mono_ms)
{
	return mono_ms ? center_wall(c) - (c->now_ms - mono_ms) : 0;
}

static int64_t mono_of(const struct center *c, int64_t wall_ms)
{
	int64_t ago = center_wall(c) - wall_ms;

	return wall_ms ? c->now_ms - (ago > 0 ? ago : 0) : 0;
}

void outlive_changed(struct center *c, uint64_t interaction)
{
	if (!c->is_outliving || !interaction)
		return;
	for (size_t i = c->changed_calls.len; i-- > 0;)
		if (c->changed_calls.at[i] == interaction)
			return;
	(void)VEC_PUSH(&c->changed_calls, interaction); /* without memory the note is an older one */
}

static const char *stage_of(const struct interaction *ix)
{
	if (ix->stage == STAGE_TALKING && ix->segment.id && ix->segment.is_answered && ix->lead && !ix->dial)
		return "talking";
	return ix->stage == STAGE_QUEUED && ix->segment.id ? "queued" : "other";
}

static json_t *note_of(const struct interaction *ix)
{
	const struct center *c = ix->center;
	const struct segment *s = &ix->segment;
	json_t *j = json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s}", "v", NOTE_VERSION, "stage", stage_of(ix),
		"from", ix->from, "name", ix->from_name, "to", ix->to, "language", ix->language, "exit",
		ix->exit_digit ? (char[]){ix->exit_digit, 0} : "");
	const struct leg *agent = ix->agent_leg;

	if (!j)
		return NULL;
	jsonx_set_id(j, "trunk", ix->trunk);
	jsonx_set_id(j, "number", ix->number_id);
	jsonx_set_id(j, "segment", s->id);
	jsonx_set_id(j, "queue", s->queue);
	jsonx_set_id(j, "agent", s->agent);
	jsonx_set_id(j, "agent_leg", agent ? agent->id : 0);
	jsonx_set_bool(j, "is_agent_browser", agent && agent->kind == LEG_BROWSER);
	jsonx_set_id(j, "recording", ix->recording.is_running ? ix->recording.id : 0);
	jsonx_set_bool(j, "is_paused", ix->recording.is_paused);
	jsonx_set_int(j, "started", ix->started_wall);
	jsonx_set_int(j, "answered", wall_of(c, s->answered_mono));
	jsonx_set_int(j, "first_queued", wall_of(c, ix->first_queued_mono));
	jsonx_set_int(j, "since", wall_of(c, s->waiting_since_mono));
	if (ix->entry)
		jsonx_set_text(j, "entry", ix->entry);
	return j;
}

static void write_note(struct interaction *ix)
{
	_cleanup_json_ json_t *j = note_of(ix);
	char *text = j ? jsonx_dump(j) : NULL;
	int err = text ? media_keep(ix->center->parts.media, ix->customer->id, MEDIA_NOTE_CALL, text,
				 strlen(text))
		       : -ENOMEM;

	if (err < 0)
		log_warn("center", ix->id,
			"the call could not be noted (error %d): it may not outlive the centre", err);
	free(text);
}

void outlive_flush(struct center *c)
{
	VEC_EACH(&c->changed_calls, i)
	{
		struct interaction *ix = map_get(&c->interactions, c->changed_calls.at[i]);
		if (ix && ix->customer && ix->customer->has_media && !ix->is_ending)
			write_note(ix);
	}
	c->changed_calls.len = 0;
}

/* --- which go on
 * ----------------------------------------------------------------------------------------------------------
 */

static const struct media_found *find_leg(const struct center *c, uint64_t leg)
{
	const struct media_found *f;

	for (size_t i = 0; leg && (f = media_found(c->parts.media, i)); i++)
		if (f->leg == leg)
			return f;
	return NULL;
}

/* Whether its other side can still be reached: a page by itself, a telephone by its dialog. */
static bool is_alive(const struct media_found *f, bool is_browser)
{
	return f && !f->is_lost && (is_browser ? f->is_webrtc : f->n_notes[MEDIA_NOTE_SIP] > 0);
}

/* The log and the note tell of the same stay in a queue; the note may be a moment ahead. */
static bool fits(const struct ledger_contact *o, const json_t *note, bool is_talking)
{
	if (!o || o->segment != jsonx_id(note, "segment") || o->queue != jsonx_id(note, "queue"))
		return false;
	return !o->is_answered || (is_talking && o->agent == jsonx_id(note, "agent"));
}

static struct leg *take_leg(struct interaction *ix, struct outliving *out, enum leg_role role,
	bool is_browser, const struct media_found *f)
{
	struct outliving_leg *d = &out->dialogs[out->n_dialogs];
	struct leg *leg = call_leg_new(ix, role, is_browser ? LEG_BROWSER : LEG_SIP, f->leg);
	struct sip_note *n = leg && !is_browser ? alloc_zero(sizeof(*n)) : NULL;

	if (!leg || (!is_browser && !n))
		return NULL;
	leg->has_media = true;
	leg->state = LEG_UP;
	leg->opened_mono = ix->center->now_ms;
	leg->local.has_audio = true;
	if (n && sip_note_read(f->notes[MEDIA_NOTE_SIP], f->n_notes[MEDIA_NOTE_SIP], n) == 0) {
		leg->local = n->local;
		leg->remote = n->remote;
	}
	alloc_free(n);
	if (!is_browser) {
		*d = (struct outliving_leg){.leg = f->leg,
			.note = alloc_dup(f->notes[MEDIA_NOTE_SIP], f->n_notes[MEDIA_NOTE_SIP]),
			.n = f->n_notes[MEDIA_NOTE_SIP]};
		leg->has_sip = true;
		out->n_dialogs++;
		if (!d->note)
			return NULL;
	}
	for (int i = 0; i < MEDIA_LAYERS; i++)
		if (f->plays[i] >= ix->center->next_ref)
			ix->center->next_ref = f->plays[i] + 1;
	media_claim(ix->center->parts.media, f->leg);
	return leg;
}

static void take_recording(struct interaction *ix, const struct media_found *f, const json_t *note)
{
	uint64_t id = jsonx_id(note, "recording");
	struct center *c = ix->center;

	for (int i = 0; id && i < f->n_recordings; i++) {
		if (f->recordings[i].ref != id || map_put(&c->recordings, id, ix) < 0)
			continue;
		ix->n_recordings++;
		ix->recording = (struct recording){.id = id,
			.is_running = true,
			.is_paused = jsonx_bool(note, "is_paused", false),
			.started_mono = c->now_ms - f->recordings[i].duration_ms};
	}
}

static struct interaction *interaction_of(
	struct center *c, const struct media_found *f, const json_t *note, const struct ledger_contact *o)
{
	struct interaction *ix = alloc_zero(sizeof(*ix));

	if (!ix || map_put(&c->interactions, f->group, ix) < 0) {
		alloc_free(ix);
		return NULL;
	}
	ix->id = f->group;
	ix->center = c;
	ix->trunk = jsonx_id(note, "trunk");
	ix->number_id = jsonx_id(note, "number");
	ix->started_wall = o->started_ms;
	ix->started_mono = mono_of(c, o->started_ms);
	ix->first_queued_mono = mono_of(c, jsonx_int(note, "first_queued", o->queued_ms));
	str_put(ix->from, sizeof(ix->from), jsonx_text(note, "from", ""));
	str_put(ix->from_name, sizeof(ix->from_name), jsonx_text(note, "name", ""));
	str_put(ix->to, sizeof(ix->to), jsonx_text(note, "to", ""));
	str_put(ix->language, sizeof(ix->language), jsonx_text(note, "language", ""));
	ix->exit_digit = *jsonx_text(note, "exit", "");
	ix->last_queue = o->queue;
	ix->is_answered = ix->is_media_open = ix->is_started = true;
	ix->segment = (struct segment){.id = o->segment,
		.queue = o->queue,
		.queued_mono = mono_of(c, o->queued_ms),
		.waiting_since_mono = mono_of(c, jsonx_int(note, "since", o->queued_ms)),
		.is_near_target = o->is_near_target};
	return ix;
}

/* Its customer's leg with all that hangs on it; agent: NULL while it waits. */
static bool take_call(struct center *c, const struct media_found *f, const struct media_found *agent,
	const json_t *note, const struct ledger_contact *o)
{
	struct outliving *out = alloc_zero(sizeof(*out));
	struct interaction *ix =
		out && VEC_PUSH(&c->outliving, out) == 0 ? interaction_of(c, f, note, o) : NULL;
	struct party *p = ix ? party_new(ix, PARTY_CUSTOMER, NULL) : NULL;
	struct leg *leg = p ? take_leg(ix, out, LEG_CUSTOMER, false, f) : NULL;

	if (!leg)
		return false;
	out->interaction = ix->id;
	out->queue_music = f->plays[MEDIA_LAYER_MUSIC];
	out->since_wall = jsonx_int(note, "since", o->queued_ms);
	out->entry = alloc_strdup(jsonx_text(note, "entry", "{}"));
	party_call_it(p, ix->from, ix->from_name);
	party_set_leg(p, leg);
	p->state = PARTY_CONNECTED;
	p->connected_mono = ix->started_mono;
	if (agent) {
		struct segment *s = &ix->segment;
		out->agent_leg = agent->leg;
		out->is_agent_browser = agent->is_webrtc;
		out->is_answered_here = !o->is_answered;
		s->agent = jsonx_id(note, "agent");
		s->is_answered = true;
		s->answered_mono = mono_of(
			c, o->is_answered ? o->answered_ms : jsonx_int(note, "answered", o->queued_ms));
		s->hold_ms = o->hold_ms;
		s->holds = (int)o->holds;
		s->held_since = mono_of(c, o->held_ms);
		if (!take_leg(ix, out, LEG_AGENT, agent->is_webrtc, agent))
			return false;
	}
	take_recording(ix, f, note);
	return true;
}

/* -ENOMEM, or 0: taken or not. */
static int consider(struct center *c, const struct ledger *l, const struct media_found *f)
{
	_cleanup_json_ json_t *note = f->n_notes[MEDIA_NOTE_CALL]
					      ? json_loadb((const char *)f->notes[MEDIA_NOTE_CALL],
							f->n_notes[MEDIA_NOTE_CALL], 0, NULL)
					      : NULL;
	const struct ledger_contact *o = note && f->group ? map_get(&l->contacts, f->group) : NULL;
	bool is_talking = str_equal(jsonx_text(note, "stage", ""), "talking");
	const struct media_found *agent = is_talking ? find_leg(c, jsonx_id(note, "agent_leg")) : NULL;

	if (!note || jsonx_int(note, "v", 0) != NOTE_VERSION ||
		(!is_talking && !str_equal(jsonx_text(note, "stage", ""), "queued")) || !is_alive(f, false) ||
		!fits(o, note, is_talking) || map_get(&c->interactions, f->group) ||
		(is_talking && (!is_alive(agent, jsonx_bool(note, "is_agent_browser", false)) ||
				       agent->group != f->group)))
		return 0;
	return take_call(c, f, agent, note, o) ? 0 : -ENOMEM;
}

int outlive_claim(struct center *c, const struct ledger *l)
{
	const struct media_found *f;
	int err = 0;

	c->is_outliving = media_outlives(c->parts.media);
	for (size_t i = 0; err == 0 && (f = media_found(c->parts.media, i)); i++)
		err = consider(c, l, f);
	if (err == 0)
		media_resume(c->parts.media);
	return err;
}

/* --- going on
 * -----------------------------------------------------------------------------------------------------------------
 */

static void say_restored(struct interaction *ix)
{
	const struct segment *s = &ix->segment;

	emit(ix->center,
		&(struct event){.type = EVENT_SEGMENT_RESTORED,
			.interaction = ix->id,
			.segment = s->id,
			.queue = s->queue,
			.agent = s->agent,
			.wait_ms = (s->agent ? s->answered_mono : ix->center->now_ms) - s->queued_mono});
}

/* What loops since before goes on as ours. */
static void take_music(struct interaction *ix, const struct outliving *out)
{
	if (out->queue_music && map_put(&ix->center->plays, out->queue_music, ix) == 0)
		ix->music = out->queue_music;
}

/* The engine still does what it was told last. */
static void take_hearing(struct interaction *ix)
{
	struct hear pairs[HEARING_MAX];
	int n = hear_wanted(ix, pairs, HEARING_MAX);

	for (int i = 0; i < n; i++)
		(void)VEC_PUSH(&ix->heard, pairs[i]); /* without memory it is told once more */
}

static void talk_on(struct interaction *ix, const struct outliving *out)
{
	struct center *c = ix->center;
	struct segment *s = &ix->segment;
	struct leg *leg = map_get(&c->legs, out->agent_leg);
	struct agent *a = agent_get(c, s->agent);
	const struct user *u = snapshot_user(c->snapshot, s->agent);
	struct party *p = party_new(ix, PARTY_AGENT, NULL);
	int64_t held = s->held_since;

	if (!p || !leg || !a || map_put(&c->segments, s->id, ix) < 0) {
		call_end(ix, a ? "no_memory" : "agent_gone", 0);
		return;
	}
	ix->stage = STAGE_TALKING;
	p->user = leg->user = s->agent;
	party_call_it(p, u ? u->extension : NULL, u ? u->name : NULL);
	party_set_leg(p, leg);
	party_lead(p);
	party_connect(p);
	p->connected_mono = s->answered_mono;
	a->interaction = ix;
	if (out->is_answered_here)
		emit(c, &(struct event){.type = EVENT_SEGMENT_ANSWERED,
				.interaction = ix->id,
				.segment = s->id,
				.queue = s->queue,
				.agent = s->agent,
				.wait_ms = s->answered_mono - s->queued_mono});
	say_restored(ix);
	s->held_since = held;
	if (held)
		ix->talk = TALK_NOBODY;
	take_music(ix, out);
	take_hearing(ix);
	route_feed(c, &(struct route_input){.kind = ROUTE_ENGAGE,
			      .segment = s->id,
			      .agent = s->agent,
			      .queue = snapshot_queue(c->snapshot, s->queue) ? s->queue : 0,
			      .channel = ROUTE_VOICE});
	hear_apply(ix);
	call_push(ix);
}

static void wait_on(struct interaction *ix, const struct outliving *out)
{
	struct center *c = ix->center;
	struct segment *s = &ix->segment;
	const struct queue *q = snapshot_queue(c->snapshot, s->queue);
	struct entry e;

	if (entry_decode(out->entry, &e) < 0)
		e = (struct entry){0};
	ix->stage = STAGE_QUEUED;
	if (!q || map_put(&c->segments, s->id, ix) < 0) {
		emit(c, &(struct event){.type = EVENT_SEGMENT_OVERFLOWED,
				.interaction = ix->id,
				.segment = s->id,
				.queue = s->queue,
				.wait_ms = c->now_ms - s->queued_mono,
				.reason = "closed"});
		s->id = 0;
		call_end(ix, "closed", 0);
		return;
	}
	e.in.kind = ROUTE_ENQUEUE;
	e.in.segment = s->id;
	e.in.queue = s->queue;
	e.in.channel = ROUTE_VOICE;
	e.in.waiting_since_ms = s->waiting_since_mono;
	enqueue_remember(ix, q, &e.in);
	s->is_in_route = true;
	live_wait_begins(ix);
	say_restored(ix);
	take_music(ix, out);
	if (!ix->music)
		play_music(ix);
	if (route_feed(c, &e.in) < 0 && ix->segment.id == e.in.segment) {
		segment_leave(ix, "overflow");
		call_end(ix, "overflow", 0);
	}
}

/* After the configuration of trunks: their calls are counted. */
static void restore_dialogs(struct center *c, struct outliving *out)
{
	for (int i = 0; i < out->n_dialogs; i++) {
		struct outliving_leg *d = &out->dialogs[i];
		struct sip_command cmd = {.kind = SIP_RESTORE,
			.leg = d->leg,
			.interaction = out->interaction,
			.restore = {.note = d->note, .n = d->n}};
		struct sip_event lost = {.kind = SIP_ENDED, .leg = d->leg, .code = 503};
		if (sip_send(c->parts.sip, &cmd) == 0)
			d->note = NULL;
		else
			center_on_sip(
				&lost, c); /* the SIP thread is too far behind: it knows nothing of it */
	}
}

static void go_on(struct center *c, struct outliving *out)
{
	struct interaction *ix = map_get(&c->interactions, out->interaction);

	if (!ix)
		return;
	ix->entry = alloc_strdup(out->entry ? out->entry : "{}");
	atomic_fetch_add_explicit(&c->count_active, 1, memory_order_relaxed);
	live_trunk_calls(c, ix->trunk, 1);
	restore_dialogs(c, out);
	if (out->agent_leg)
		talk_on(ix, out);
	else
		wait_on(ix, out);
	ix = map_get(&c->interactions, out->interaction);
	if (ix && !ix->is_ending)
		call_ask_who(ix, 0);
}

void outlive_enter(struct center *c)
{
	size_t n = c->outliving.len;

	if (c->is_outliving && !c->is_outlive_entered)
		c->is_outlive_entered = true;
	else
		return;
	/* Those who talk first, so that nobody is offered beside them. */
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < n; i++)
			if ((c->outliving.at[i]->agent_leg == 0) == (turn == 1))
				go_on(c, c->outliving.at[i]);
	sip_send(c->parts.sip, &(struct sip_command){.kind = SIP_RESTORED});
	outlive_free(c);
	if (n)
		log_info("center", 0, "%zu calls go on that outlived the last stop", n);
}

void outlive_free(struct center *c)
{
	VEC_EACH(&c->outliving, i)
	{
		struct outliving *out = c->outliving.at[i];
		for (int k = 0; k < out->n_dialogs; k++)
			alloc_free(out->dialogs[k].note);
		alloc_free(out->entry);
		alloc_free(out);
	}
	VEC_FREE(&c->outliving);
}

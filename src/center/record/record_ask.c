/* Which calls are recorded, and what agents, flows and other systems may do with a recording: begin and end
 * it, and keep something out of it (PCI DSS 3.3.1: card numbers and codes are never kept).
 *
 * Invariants: a pause is followed by a resume, or by the recording's end; while paused nothing that is said
 * reaches the file, and its time goes on as silence. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/state.h"

#include <stddef.h>

#define OWNER(t, member) ((struct interaction *)((char *)(t)-offsetof(struct interaction, member)))

enum record_rule record_rule(const struct interaction *ix)
{
	const struct snapshot *s = ix->center->snapshot;
	const struct queue *q = snapshot_queue(s, ix->segment.queue);

	if (q)
		return q->recording;
	switch (ix->direction) {
	case DIRECTION_OUTBOUND:
		return s->record.outbound;
	case DIRECTION_INTERNAL:
		return s->record.internal;
	default:
		return RECORD_NEVER;
	}
}

/* The same call is always chosen or never, whoever asks and after any restart. */
static bool is_chosen(uint64_t id, int pct)
{
	uint64_t x = id + UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return (int)(x % 100) < pct;
}

void record_begin(struct interaction *ix)
{
	const struct queue *q = snapshot_queue(ix->center->snapshot, ix->segment.queue);
	enum record_rule rule = record_rule(ix);

	if (rule == RECORD_ALWAYS || (rule == RECORD_SHARE && is_chosen(ix->id, q ? q->recording_pct : 0)))
		record_start(ix);
}

/* --- telling those who are recorded
 * -------------------------------------------------------------------------------------------------------------
 */

static void play_over(struct leg *leg, const char *path)
{
	struct media_command cmd = {.kind = MEDIA_PLAY,
		.ref = leg->interaction->center->next_ref++,
		.play = {.n = 1, .layer = MEDIA_LAYER_OVER}};

	str_put(cmd.play.list[0].path, MEDIA_PATH_MAX, path);
	call_leg_send_media(leg, &cmd);
}

static void beep_due(struct timer *t, int64_t now_ms)
{
	struct interaction *ix = OWNER(t, beep_timer);
	struct center *c = ix->center;

	if (!ix->recording.is_running || ix->recording.is_stopping || !c->snapshot->record.beep_ms)
		return;
	for (struct party *p = ix->parties; p && !ix->recording.is_paused; p = p->next)
		if (p->leg && party_is_up(p))
			play_over(p->leg, "tone:beep");
	timer_set(&c->timers, t, now_ms + c->snapshot->record.beep_ms, beep_due);
}

void record_tell(struct interaction *ix)
{
	struct center *c = ix->center;
	const struct queue *q = snapshot_queue(c->snapshot, ix->segment.queue);
	const struct prompt *p = q ? map_get(&c->snapshot->prompt_by_id, q->recording_notice) : NULL;
	char path[MEDIA_PATH_MAX], text[ID_TEXT_SIZE];

	if (p && p->has_audio &&
		str_printf(path, sizeof(path), "%s/prompts/%s.wav", c->parts.data_directory,
			id_text(p->id, text)) == 0)
		play_over(ix->customer, path);
	else if (p)
		log_warn("center", ix->id, "the notice of recording has no audio: nothing was said");
	if (c->snapshot->record.beep_ms)
		timer_set(&c->timers, &ix->beep_timer, c->now_ms + c->snapshot->record.beep_ms, beep_due);
}

void record_forget(struct interaction *ix)
{
	timer_cancel(&ix->center->timers, &ix->pause_timer);
	timer_cancel(&ix->center->timers, &ix->beep_timer);
	ix->recording.is_paused = false;
}

/* --- wishes
 * -------------------------------------------------------------------------------------------------------------
 */

/* Our recording, and those of others (fork.h), who hear nothing from here on. */
static void send_pause(struct interaction *ix, bool is_on)
{
	hear_apply(ix);
	call_leg_send_media(ix->customer,
		&(struct media_command){
			.kind = MEDIA_RECORD_PAUSE, .ref = ix->recording.id, .flag = {.is_on = is_on}});
}

static void resume(struct interaction *ix, uint64_t agent, const char *by)
{
	struct center *c = ix->center;

	ix->recording.is_paused = false;
	timer_cancel(&c->timers, &ix->pause_timer);
	send_pause(ix, false);
	emit(c, &(struct event){.type = EVENT_RECORDING_RESUMED,
			.interaction = ix->id,
			.segment = ix->segment.id,
			.queue = ix->segment.queue,
			.agent = agent,
			.ref = ix->recording.id,
			.duration_ms = c->now_ms - ix->recording.paused_mono,
			.reason = by});
	call_push(ix);
}

static void pause_due(struct timer *t, int64_t now_ms)
{
	struct interaction *ix = OWNER(t, pause_timer);

	(void)now_ms;
	if (ix->recording.is_paused)
		resume(ix, 0, "limit");
}

static void pause_it(struct interaction *ix, uint64_t agent, const char *by)
{
	struct center *c = ix->center;
	int64_t max_ms = c->snapshot->record.pause_max_ms;

	ix->recording.is_paused = true;
	ix->recording.paused_mono = c->now_ms;
	ix->recording.paused_by = by;
	send_pause(ix, true);
	if (max_ms)
		timer_set(&c->timers, &ix->pause_timer, c->now_ms + max_ms, pause_due);
	emit(c, &(struct event){.type = EVENT_RECORDING_PAUSED,
			.interaction = ix->id,
			.segment = ix->segment.id,
			.queue = ix->segment.queue,
			.agent = agent,
			.ref = ix->recording.id,
			.reason = by});
	call_push(ix);
}

static bool is_on(const struct interaction *ix)
{
	return ix->recording.is_running && !ix->recording.is_stopping && !ix->recording.is_voicemail;
}

const char *record_act(struct interaction *ix, const char *act, uint64_t agent, const char *by)
{
	bool is_agent = str_equal(by, "agent"), is_digits = str_equal(by, "digits");
	bool may_choose = !is_agent || record_rule(ix) == RECORD_ON_DEMAND;

	if (ix->is_ending || !ix->customer || !ix->customer->has_media)
		return "not_connected";
	if (str_equal(act, "start") || str_equal(act, "stop")) {
		if (!may_choose)
			return "recording_not_allowed";
		if (str_equal(act, "stop") && is_on(ix))
			record_stop(ix);
		else if (str_equal(act, "start") && !is_on(ix) && !record_start(ix))
			return "recording_not_allowed";
		call_push(ix);
		return NULL;
	}
	if (!str_equal(act, "pause") && !str_equal(act, "resume"))
		return "invalid_act";
	if (!is_on(ix) && !ix->forks)
		return "recording_not_allowed";
	if (str_equal(act, "pause")) {
		if (!ix->recording.is_paused)
			pause_it(ix, agent, by);
		return NULL;
	}
	/* What somebody paused by hand does not go on because some digits were entered meanwhile. */
	if (ix->recording.is_paused && (!is_digits || str_equal(ix->recording.paused_by, "digits")))
		resume(ix, agent, by);
	return NULL;
}

json_t *record_json(const struct interaction *ix)
{
	bool is_running = is_on(ix);
	const char *state = !is_running ? "off" : ix->recording.is_paused ? "paused" : "on";

	return json_pack("{s:s,s:b,s:b}", "state", state, "is_allowed", record_rule(ix) == RECORD_ON_DEMAND,
		"is_pause_allowed", is_running);
}

void record_wished(struct center *c, const struct record_wish *w)
{
	struct interaction *ix = map_get(&c->interactions, w->interaction);
	const char *code = ix ? record_act(ix, w->act, 0, "api") : "not_found";

	w->on_json(code ? json_pack("{s:s}", "code", code) : record_json(ix), w->arg);
}

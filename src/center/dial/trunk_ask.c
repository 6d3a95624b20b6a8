/* What screens and programs ask of a trunk: its state and figures in one document, and a test, by OPTIONS or
 * by a short call, whose outcome is in that document.
 *
 * Invariant: a trunk has at most one test under way, and each ends: the room's own limit, or the ringing's.
 */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/call/party.h"
#include "center/dial/dial_trunk.h"
#include "center/state.h"

#include <string.h>

#define TEST_RING_MS 20000
#define TEST_TALK_MS 2000
#define HOUR_QUARTERS 4

/* --- the document
 * -----------------------------------------------------------------------------------------------------------
 */

static json_t *or_null(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *sums_json(const struct trunk_state *s, int64_t wall_ms, int quarters)
{
	struct trunk_figures f;

	trunk_state_sum(s, wall_ms, quarters, &f);
	json_t *mos = f.mos_calls ? json_real((double)(f.mos_sum_x100 / f.mos_calls) / 100) : json_null();
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:I}", "attempts",
		(json_int_t)f.attempts, "answered", (json_int_t)f.answered, "busy", (json_int_t)f.busy,
		"no_answer", (json_int_t)f.no_answer, "rejected", (json_int_t)f.rejected, "failed",
		(json_int_t)f.failed, "blocked", (json_int_t)f.blocked, "talk_ms", (json_int_t)f.talk_ms,
		"asr_pct", or_null(trunk_asr_pct(&f)), "ner_pct", or_null(trunk_ner_pct(&f)), "acd_ms",
		or_null(trunk_acd_ms(&f)), "mos", mos, "incoming", (json_int_t)f.incoming);
}

static json_t *failure_json(const struct trunk_state *s)
{
	if (!s->failed_wall)
		return json_null();
	return json_pack("{s:i,s:s,s:I}", "code", s->failure_code, "text", s->failure, "at",
		(json_int_t)s->failed_wall);
}

static json_t *test_json(const struct trunk_view *t)
{
	if (!t->test.id)
		return json_null();
	return json_pack("{s:o,s:s,s:b,s:b,s:s,s:i,s:s,s:I,s:I}", "id", json_id(t->test.id), "kind",
		t->test.is_call ? "call" : "options", "is_running", t->test.is_running, "is_ok",
		t->test.is_ok, "outcome", t->test.outcome, "code", t->test.code, "text", t->test.words, "at",
		(json_int_t)t->test.began_wall, "took_ms", (json_int_t)t->test.took_ms);
}

json_t *trunk_json(struct center *c, const struct trunk_view *t)
{
	static const char *const registrations[] = {[SIP_REGISTRATION_NONE] = "none",
		[SIP_REGISTRATION_TRYING] = "trying",
		[SIP_REGISTRATION_UP] = "registered",
		[SIP_REGISTRATION_FAILED] = "failed"};
	const struct trunk *row = map_get(&c->snapshot->trunk_by_id, t->id);
	const struct trunk_state *s = &t->state;
	int64_t wall_ms = center_wall(c), back_ms = s->back_until_ms - c->now_ms;
	bool is_back = back_ms > 0;

	return json_pack("{s:o,s:s,s:o,s:i,s:s,s:s,s:i,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "id",
		json_id(t->id), "name", row ? row->name : "", "is_up",
		t->is_known ? json_boolean(t->is_up) : json_null(), "calls", t->calls, "reason", t->reason,
		"registration", registrations[t->registration], "channels", t->channels, "channels_max",
		row ? row->calls_max : 0, "calls_per_second", trunk_state_rate(s, wall_ms),
		"stepped_back_until", is_back ? json_integer(wall_ms + back_ms) : json_null(),
		"stepped_back_reason", is_back ? json_string(s->back_why) : json_null(), "last_failure",
		failure_json(s), "hour", sums_json(s, wall_ms, HOUR_QUARTERS), "day",
		sums_json(s, wall_ms, TRUNK_INTERVALS), "test", test_json(t));
}

/* --- tests
 * -------------------------------------------------------------------------------------------------------------
 */

static void begin(struct center *c, struct trunk_view *t, uint64_t id, bool is_call)
{
	memset(&t->test, 0, sizeof(t->test));
	t->test.id = id;
	t->test.is_running = true;
	t->test.is_call = is_call;
	t->test.began_wall = center_wall(c);
	t->test.outcome = "running";
	live_trunk_touch(c, t);
}

static void over(struct center *c, uint64_t id, int code, const char *outcome, const char *words)
{
	struct trunk_view *t;

	for (size_t i = 0; (t = map_next(&c->trunk_views, &i));) {
		if (t->test.id != id || !t->test.is_running)
			continue;
		t->test.is_running = false;
		t->test.is_ok = str_equal(outcome, "answered");
		t->test.code = code;
		t->test.outcome = outcome;
		t->test.took_ms = center_wall(c) - t->test.began_wall;
		(void)str_put(t->test.words, sizeof(t->test.words), words);
		live_trunk_touch(c, t);
		return;
	}
}

/* Any answer proves that somebody is there; these say that it cannot take calls now. */
static bool is_unable(int code)
{
	return code == 408 || (code >= 502 && code <= 504);
}

void trunk_tested(struct center *c, const struct sip_event *e)
{
	over(c, e->leg, e->code,
		e->code == 0	     ? "silent"
		: is_unable(e->code) ? "unable"
				     : "answered",
		e->reason);
}

static void talked(struct timer *t, int64_t now_ms)
{
	struct party *p = (struct party *)((char *)t - offsetof(struct party, timer));

	(void)now_ms;
	call_end(p->interaction, "test_done", 0);
}

static void connected(struct party *p)
{
	struct interaction *ix = p->interaction;
	struct center *c = ix->center;
	struct media_command tone = {.kind = MEDIA_PLAY, .ref = c->next_ref++, .play = {.n = 1}};

	over(c, ix->id, 200, "answered", "the call was answered");
	str_put(tone.play.list[0].path, MEDIA_PATH_MAX, "tone:beep");
	call_leg_send_media(p->leg, &tone);
	if (timer_set(&c->timers, &p->timer, c->now_ms + TEST_TALK_MS, talked) < 0)
		call_end(ix, "test_done", 0);
}

static void failed(struct party *p, const char *reason)
{
	struct interaction *ix = p->interaction;
	static const char *const outcomes[] = {[TRUNK_ANSWERED] = "answered",
		[TRUNK_BUSY] = "busy",
		[TRUNK_NO_ANSWER] = "no_answer",
		[TRUNK_REJECTED] = "rejected",
		[TRUNK_FAILED] = "failed"};
	bool is_ours = str_equal(reason, "no_answer") && p->sip_code == 0;
	enum trunk_outcome o = is_ours ? TRUNK_NO_ANSWER : trunk_outcome_of(p->sip_code, p->has_rung);

	over(ix->center, ix->id, p->sip_code, outcomes[o], reason);
	call_end(ix, "test_failed", 0);
}

static void ended(struct party *p, const char *reason)
{
	(void)reason;
	call_end(p->interaction, "test_done", 0);
}

static const struct party_kind test_kind = {.name = "dialled",
	.offer = "outbound",
	.on_connected = connected,
	.on_failed = failed,
	.on_ended = ended};

static struct sip_command *command(const struct trunk *t, const struct place *to)
{
	struct sip_command *cmd = alloc_zero(sizeof(*cmd));

	if (!cmd)
		return NULL;
	cmd->kind = SIP_CALL;
	cmd->call.to = SIP_TO_TRUNK;
	cmd->call.trunk = t->id;
	cmd->call.timeout_s = TEST_RING_MS / 1000 + 5;
	(void)str_put(cmd->call.number, sizeof(cmd->call.number), to->number);
	(void)str_put(cmd->call.from_number, sizeof(cmd->call.from_number), t->caller_id);
	return cmd;
}

static const char *call(struct center *c, const struct trunk *t, struct trunk_view *v, const struct place *to)
{
	struct interaction *ix = dial_interaction(c, DIRECTION_OUTBOUND);
	struct party *p = ix ? party_new(ix, PARTY_CUSTOMER, &test_kind) : NULL;
	struct sip_command *cmd = p ? command(t, to) : NULL;

	if (ix) {
		ix->dial->to = *to;
		ix->dial->how = "test";
		ix->trunk = t->id;
		ix->is_lookup_done = true;
		(void)str_put(ix->from, sizeof(ix->from), to->number);
		(void)str_put(ix->to, sizeof(ix->to), t->caller_id);
		atomic_fetch_add_explicit(&c->total_calls, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&c->count_active, 1, memory_order_relaxed);
		live_trunk_calls(c, t->id, 1);
		emit(c, &(struct event){.type = EVENT_INTERACTION_STARTED,
				.interaction = ix->id,
				.to = to->number,
				.ref = t->id,
				.reason = "outbound",
				.text = "voice"});
		begin(c, v, ix->id, true);
	}
	if (!cmd) {
		if (ix)
			call_end(ix, "test_failed", 0);
		return "no_memory";
	}
	party_call_it(p, to->number, NULL);
	ix->n_legs++; /* keeps it while its leg may fail at once */
	const char *why = party_dial(p, cmd, TEST_RING_MS);
	if (why) {
		over(c, ix->id, 0, "failed", why);
		call_end(ix, "test_failed", 0);
	} else if (p->leg && (p->leg->way = alloc_zero(sizeof(*p->leg->way)))) {
		p->leg->way->is_alone = true;
	}
	ix->n_legs--;
	call_forget_if_over(ix);
	return why;
}

static const char *test(struct center *c, const struct center_trunk *ask, struct trunk_view *v)
{
	const struct trunk *t = map_get(&c->snapshot->trunk_by_id, ask->trunk);
	struct place to = {0};

	if (!t->is_enabled || !t->has_proxy)
		return "trunk_off";
	if (v->test.is_running)
		return "busy";
	if (ask->act == CENTER_TRUNK_OPTIONS) {
		struct sip_command cmd = {.kind = SIP_TRUNK_TEST, .leg = id_new(), .trunk = t->id};
		if (sip_send(c->parts.sip, &cmd) < 0)
			return "no_memory";
		begin(c, v, cmd.leg, false);
		return NULL;
	}
	to.kind = PLACE_NUMBER;
	if (dial_judge(&c->snapshot->dialling.rules, ask->number, to.number) != DIAL_FINE)
		return "invalid_number"; /* nobody tests a line with an emergency call */
	const char *why = dial_refusal(c);
	return why ? why : call(c, t, v, &to);
}

void trunk_wished(struct center *c, struct trunk_wish *wish)
{
	const struct trunk *t = map_get(&c->snapshot->trunk_by_id, wish->ask.trunk);
	struct trunk_view *v = t ? live_trunk_view(c, t->id) : NULL;
	const char *why = !t ? "not_found" : !v ? "no_memory" : NULL;

	if (!why && wish->ask.act != CENTER_TRUNK_STATE)
		why = test(c, &wish->ask, v);
	wish->on_json(why ? json_pack("{s:s}", "code", why) : trunk_json(c, v), wish->arg);
}

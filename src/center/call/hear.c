/* Tells the media engine who hears whom, as hearing.h says. What it was told is kept, and only differences
 * are sent. Two legs that hear each other and nothing else are bridged.
 *
 * Invariant: after hear_apply `heard` is what hearing_of says, unless the engine was too far behind; then it
 * is said again in a moment. */
#include "base/log.h"
#include "base/str.h"
#include "center/record/fork.h"
#include "center/call/party.h"
#include "center/state.h"

#define RETRY_MS 200

static enum hearing_role role_of(const struct party *p)
{
	if (p->role == PARTY_SUPERVISOR)
		return HEARING_SUPERVISOR;
	return p == p->interaction->lead ? HEARING_LEAD : HEARING_MEMBER;
}

static void state_of(const struct interaction *ix, struct hearing_state *ret_state)
{
	ret_state->n = 0;
	ret_state->talk = ix->talk;
	for (const struct party *p = ix->parties; p && ret_state->n < HEARING_PARTIES_MAX; p = p->next)
		ret_state->at[ret_state->n++] = (struct hearing_party){.leg = p->leg ? p->leg->id : 0,
			.role = role_of(p),
			.mode = p->mode,
			.is_up = party_is_up(p),
			.is_ringing = p->state == PARTY_RINGING,
			.is_early = p->is_early,
			.is_back = p->is_back,
			.is_muted = p->is_muted};
}

static bool has(const struct hear *list, size_t n, uint64_t leg, uint64_t other)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].leg == leg && list[i].other == other)
			return true;
	return false;
}

static bool is_heard(const struct interaction *ix, uint64_t leg, uint64_t other)
{
	return has(ix->heard.at, ix->heard.len, leg, other);
}

void hear_forget_leg(struct interaction *ix, uint64_t leg)
{
	for (size_t i = ix->heard.len; i-- > 0;)
		if (ix->heard.at[i].leg == leg || ix->heard.at[i].other == leg)
			VEC_REMOVE(&ix->heard, i);
}

static bool tell(struct interaction *ix, struct media_command *cmd)
{
	cmd->group = ix->id;
	return media_send(ix->center->parts.media, cmd) == 0;
}

/* What leg hears of the list: how many, and the last of them. */
static int hears_how_many(const struct hear *list, int n, uint64_t leg, uint64_t *ret_other)
{
	int found = 0;

	for (int i = 0; i < n; i++)
		if (list[i].leg == leg) {
			*ret_other = list[i].other;
			found++;
		}
	return found;
}

/* Legs that shall hear nobody and be heard by nobody: told in one word. */
static bool unbridge_idle(struct interaction *ix, const struct hear *want, int n)
{
	for (size_t i = 0; i < ix->heard.len; i++) {
		uint64_t leg = ix->heard.at[i].leg, other;
		bool is_wanted = hears_how_many(want, n, leg, &other) > 0;
		for (int k = 0; k < n && !is_wanted; k++)
			is_wanted = want[k].other == leg;
		if (is_wanted)
			continue;
		if (!tell(ix, &(struct media_command){.kind = MEDIA_UNBRIDGE, .leg = leg}))
			return false;
		hear_forget_leg(ix, leg);
		i = (size_t)-1;
	}
	return true;
}

/* What a BRIDGE of leg ends: whom it hears, and those of them who hear it. */
static void forget_talks_of(struct interaction *ix, uint64_t leg)
{
	for (size_t i = ix->heard.len; i-- > 0;) {
		struct hear pair = ix->heard.at[i];
		if (pair.other == leg && is_heard(ix, leg, pair.leg))
			VEC_REMOVE(&ix->heard, i);
	}
	for (size_t i = ix->heard.len; i-- > 0;)
		if (ix->heard.at[i].leg == leg)
			VEC_REMOVE(&ix->heard, i);
}

/* Pairs that hear each other and nothing else. */
static bool bridge_pairs(struct interaction *ix, const struct hear *want, int n)
{
	for (int i = 0; i < n; i++) {
		uint64_t a = want[i].leg, b = want[i].other, back = 0;
		if (hears_how_many(want, n, a, &b) != 1 || hears_how_many(want, n, b, &back) != 1 ||
			back != a)
			continue;
		if (is_heard(ix, a, b) || is_heard(ix, b, a))
			continue; /* only a difference is left to say */
		if (VEC_RESERVE(&ix->heard, ix->heard.len + 2) == false ||
			!tell(ix, &(struct media_command){.kind = MEDIA_BRIDGE, .leg = a, .other = b}))
			return false;
		forget_talks_of(ix, a);
		forget_talks_of(ix, b);
		(void)VEC_PUSH(&ix->heard, (struct hear){a, b});
		(void)VEC_PUSH(&ix->heard, (struct hear){b, a});
	}
	return true;
}

static bool say_hear(struct interaction *ix, struct hear pair, bool is_on)
{
	return tell(ix,
		&(struct media_command){
			.kind = MEDIA_HEAR, .leg = pair.leg, .other = pair.other, .hear = {.is_on = is_on}});
}

static bool say_differences(struct interaction *ix, const struct hear *want, int n)
{
	for (size_t i = ix->heard.len; i-- > 0;) {
		if (has(want, (size_t)n, ix->heard.at[i].leg, ix->heard.at[i].other))
			continue;
		if (!say_hear(ix, ix->heard.at[i], false))
			return false;
		VEC_REMOVE(&ix->heard, i);
	}
	for (int i = 0; i < n; i++) {
		if (is_heard(ix, want[i].leg, want[i].other))
			continue;
		if (!VEC_RESERVE(&ix->heard, ix->heard.len + 1) || !say_hear(ix, want[i], true))
			return false;
		(void)VEC_PUSH(&ix->heard, want[i]);
	}
	return true;
}

static void retry_due(struct timer *t, int64_t now_ms)
{
	(void)now_ms;
	hear_apply((struct interaction *)((char *)t - offsetof(struct interaction, hear_timer)));
}

/* --- what is played to those who hear nobody
 * ---------------------------------------------------------------------------------------------------- */

static void play_to_customer(struct interaction *ix, enum hearing_sound sound)
{
	bool is_music = ix->music != 0;

	if (sound == SOUND_MUSIC && !is_music)
		play_music(ix);
	else if (sound == SOUND_NONE && is_music)
		play_stop(ix);
}

static void play_to_party(struct party *p, enum hearing_sound sound)
{
	struct interaction *ix = p->interaction;
	struct media_command cmd = {.kind = MEDIA_PLAY,
		.ref = ix->center->next_ref++,
		.play = {.n = 1, .is_looped = true, .layer = MEDIA_LAYER_MUSIC}};

	if (p->sound == sound)
		return;
	p->sound = sound;
	if (sound == SOUND_NONE) {
		call_leg_send_media(p->leg, &(struct media_command){.kind = MEDIA_PLAY_STOP,
						    .play = {.layer = MEDIA_LAYER_MUSIC}});
		return;
	}
	if (sound == SOUND_RINGBACK)
		str_put(cmd.play.list[0].path, MEDIA_PATH_MAX, "tone:ringback:eu");
	else
		play_music_list(ix, &cmd);
	call_leg_send_media(p->leg, &cmd);
}

static void play_sounds(struct interaction *ix, const struct hearing_state *s)
{
	int i = 0;

	if (ix->stage != STAGE_TALKING)
		return;
	for (struct party *p = ix->parties; p && i < s->n; p = p->next, i++) {
		if (!s->at[i].is_up)
			continue;
		if (p->role == PARTY_CUSTOMER)
			play_to_customer(ix, hearing_sound_of(s, i));
		else
			play_to_party(p, hearing_sound_of(s, i));
	}
}

int hear_wanted(const struct interaction *ix, struct hear *ret_pairs, int max)
{
	struct hearing_state state;

	state_of(ix, &state);
	return hearing_of(&state, ret_pairs, max);
}

void hear_apply(struct interaction *ix)
{
	struct hear want[HEARING_MAX + FORKS_MAX * HEARING_PARTIES_MAX];
	struct hearing_state state;

	if (ix->is_ending)
		return; /* its legs are being closed */
	state_of(ix, &state);
	int n = hearing_of(&state, want, HEARING_MAX);
	n = fork_hears(ix, want, n, HEARING_MAX + FORKS_MAX * HEARING_PARTIES_MAX);
	if (unbridge_idle(ix, want, n) && bridge_pairs(ix, want, n) && say_differences(ix, want, n)) {
		timer_cancel(&ix->center->timers, &ix->hear_timer);
	} else {
		log_error("center", ix->id, "the media engine is too far behind to connect this call");
		timer_set(&ix->center->timers, &ix->hear_timer, ix->center->now_ms + RETRY_MS, retry_due);
	}
	play_sounds(ix, &state);
	fork_update(ix);
	visitor_push(ix);
}

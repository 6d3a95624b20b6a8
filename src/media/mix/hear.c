/* Who hears whom. */
#include "media/mix/hear.h"
#include "media/mix/mixer.h"
#include "media/out.h"

#include <assert.h>
#include <errno.h>
#include <math.h>

#define GAIN_DB_MIN -30
#define GAIN_DB_MAX 12

static int find(const struct leg *leg, const struct leg *other)
{
	for (int i = 0; i < leg->n_hears; i++)
		if (leg->hears[i].leg == other)
			return i;
	return -1;
}

uint32_t hear_codecs(const struct leg *leg)
{
	uint32_t codecs = 0;

	for (int i = 0; i < 128; i++)
		codecs |= 1u << leg->codec_of[i];
	return codecs;
}

bool hear_needs_mix(const struct leg *leg)
{
	const struct player *over = &leg->players[MEDIA_LAYER_OVER];

	return leg->n_hears > 1 || (leg->n_hears == 1 && (leg->hears[0].gain != 1 || over->is_on));
}

static bool is_heard_mixed(const struct leg *leg)
{
	for (int i = 0; i < leg->n_heard_by; i++)
		if (hear_needs_mix(leg->heard_by[i]))
			return true;
	return false;
}

/* The voice of a leg, made, remade (its peer got another codec) or dropped. */
static int plan_voice(struct leg *leg)
{
	bool is_needed = leg->has_remote && is_heard_mixed(leg);
	uint32_t codecs = hear_codecs(leg);
	bool is_lacking =
		leg->voice && (codecs & 1u << SDP_OPUS) && !decoder_takes(leg->voice->decoder, SDP_OPUS);

	if (leg->voice && (!is_needed || is_lacking)) {
		voice_free(leg->voice);
		leg->voice = NULL;
	}
	if (!is_needed || leg->voice)
		return 0;
	int err = voice_new(&leg->voice, codecs);
	if (err == 0 && leg->is_ear_started)
		voice_follow(leg->voice, leg->ear);
	return err;
}

int hear_plan(struct leg *leg)
{
	int err = plan_voice(leg);

	for (int i = 0; i < leg->n_hears && err == 0; i++)
		err = plan_voice(leg->hears[i].leg);
	return err;
}

int hear_plan_around(struct leg *leg)
{
	int err = hear_plan(leg);

	for (int i = 0; i < leg->n_heard_by && err == 0; i++)
		err = hear_plan(leg->heard_by[i]);
	return err;
}

static void add(struct leg *leg, struct leg *other, float gain)
{
	leg->hears[leg->n_hears++] = (struct heard){.leg = other, .gain = gain};
	other->heard_by[other->n_heard_by++] = leg;
}

static void drop(struct leg *leg, struct leg *other)
{
	int i = find(leg, other), k = 0;

	if (i < 0)
		return;
	leg->hears[i] = leg->hears[--leg->n_hears];
	dtmf_out_release(&leg->dtmf_out, other->id, DTMF_MIN_MS);
	while (k < other->n_heard_by && other->heard_by[k] != leg)
		k++;
	assert(k < other->n_heard_by);
	other->heard_by[k] = other->heard_by[--other->n_heard_by];
}

/* What leg hears changed; passed: whose packets were passed on to it before, or NULL. */
static void go_on(struct leg *leg, const struct leg *passed)
{
	leg->hand.ticks = 0;
	if (passed && hear_needs_mix(leg) && find(leg, passed) >= 0)
		mixer_hand_over(leg, passed);
	else if (!mixer_hand_back(leg))
		out_interrupt(leg);
}

/* The 30 s of LEG_LOST count from when somebody listens. */
static void begin_watch(struct leg *leg)
{
	leg->in.last_ns = leg->thread->now_ns;
}

int hear_set(struct leg *leg, struct leg *other, bool is_on, int gain_db)
{
	int i = find(leg, other);
	float gain = gain_db == 0 ? 1 : powf(10, (float)gain_db / 20);

	const struct leg *passed = mixer_passes(leg) ? leg->hears[0].leg : NULL;

	if (leg == other || gain_db < GAIN_DB_MIN || gain_db > GAIN_DB_MAX)
		return -EINVAL;
	if (is_on ? i >= 0 && leg->hears[i].gain == gain : i < 0)
		return 0;
	if (is_on && i < 0 && (leg->n_hears == MEDIA_HEARS_MAX || other->n_heard_by == MEDIA_HEARS_MAX))
		return -ENOBUFS;
	if (!is_on) {
		drop(leg, other);
	} else if (i >= 0) {
		leg->hears[i].gain = gain;
	} else {
		if (other->n_heard_by == 0)
			begin_watch(other);
		add(leg, other, gain);
	}
	go_on(leg, passed);
	int err = plan_voice(other);
	return err < 0 ? err : hear_plan(leg);
}

/* leg stops hearing all but `but`, and they stop hearing leg. */
static void part(struct leg *leg, const struct leg *but)
{
	for (int i = leg->n_hears - 1; i >= 0; i--) {
		struct leg *other = leg->hears[i].leg;
		if (other == but)
			continue;
		drop(leg, other);
		drop(other, leg);
		go_on(other, NULL);
		plan_voice(other);
		hear_plan(other);
	}
	go_on(leg, NULL);
}

static bool is_pair(const struct leg *a, const struct leg *b)
{
	return a->n_hears == 1 && a->hears[0].leg == b && a->hears[0].gain == 1;
}

int hear_pair(struct leg *a, struct leg *b)
{
	if (a == b || (is_pair(a, b) && is_pair(b, a)))
		return 0;
	part(a, b);
	part(b, a);
	begin_watch(a);
	begin_watch(b);
	int err = hear_set(a, b, true, 0);
	return err < 0 ? err : hear_set(b, a, true, 0);
}

void hear_nobody(struct leg *leg)
{
	part(leg, NULL);
	while (leg->n_heard_by > 0) {
		struct leg *other = leg->heard_by[0];
		drop(other, leg);
		go_on(other, NULL);
		hear_plan(other);
	}
	hear_plan(leg);
}

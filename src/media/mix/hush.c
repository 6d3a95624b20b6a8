/* Silence that is told. */
#include "media/mix/hush.h"
#include "media/out.h"
#include "media/play/player.h"

#define START_TICKS 10 /* silence within a sound that is longer: between words frames go on */
#define AGAIN_NS (400 * INT64_C(1000000))
#define CHANGE_NS (200 * INT64_C(1000000)) /* levels that change sooner are told together */
#define SILENCE_DBOV 70			   /* a line that lives, too soft to be heard as a sound */

bool hush_is_silence(const int16_t *samples, int n)
{
	for (int i = 0; i < n; i++)
		if (samples[i] != 0)
			return false;
	return true;
}

bool hush_takes(struct leg *leg, bool is_silent)
{
	struct hush *h = &leg->hush;

	if (!is_silent || !hush_is_agreed(leg)) {
		h->n_silent = 0;
		return false;
	}
	if (h->n_silent < START_TICKS) {
		h->n_silent++;
		return false;
	}
	return true;
}

bool hush_takes_samples(struct leg *leg, const int16_t *samples, int n)
{
	return hush_is_agreed(leg) && hush_takes(leg, hush_is_silence(samples, n));
}

bool hush_tells_noise_of(const struct leg *leg, const struct leg *from)
{
	return hush_is_agreed(leg) && from->clock_hz != leg->clock_hz;
}

static bool is_sound_made(const struct leg *leg)
{
	for (int layer = 0; layer < MEDIA_LAYERS; layer++)
		if (player_is_heard(leg, (enum media_layer)layer))
			return true;
	return leg->is_mixing;
}

/* Whether leg is sent nothing by anybody now and it is known why; and how that sounds, in -dBov. */
static bool has_nothing(const struct leg *leg, uint8_t *ret_level)
{
	const struct leg *from = leg->hears[0].leg;

	*ret_level = SILENCE_DBOV;
	if (leg->dtmf_out.is_on || leg->feed || leg->fax || leg->hand.ticks > 0)
		return false;
	if (is_sound_made(leg))
		return leg->hush.n_silent >= START_TICKS;
	if (leg->n_hears == 0)
		return true;
	if (leg->n_hears > 1)
		return false;
	if (from->is_muted || !from->is_ready || !from->can_receive)
		return true;
	if (from->is_in_noise && hush_tells_noise_of(leg, from)) {
		*ret_level = from->noise_dbov;
		return true;
	}
	return false;
}

void hush_tick(struct leg *leg, int64_t now_ns)
{
	struct hush *h = &leg->hush;
	uint8_t level;

	if (!hush_is_agreed(leg) || !leg->is_ready || !leg->can_send)
		return;
	bool was_on = h->is_on;
	h->is_on = has_nothing(leg, &level);
	if (!is_sound_made(leg))
		h->n_silent = 0;
	if (!h->is_on)
		return;
	if (now_ns < leg->out.next_ns) { /* the last frame still sounds */
		h->is_on = was_on;
		return;
	}
	int64_t since_ns = now_ns - h->told_ns;
	if (was_on && since_ns < AGAIN_NS && (level == h->level || since_ns < CHANGE_NS))
		return;
	h->level = level;
	h->told_ns = now_ns;
	out_noise(leg, level, now_ns);
}

/* Playing sounds to a leg: slices of shared, already encoded buffers, taken at the tick by the mixer.
 *
 * Invariant: while is_on, the player holds one reference on each of its sounds (none while is_loading). */
#include "media/play/player.h"
#include "base/str.h"
#include "media/mix/hear.h"
#include "media/out.h"
#include "media/play/loader.h"

#include <errno.h>
#include <string.h>

static void report(struct leg *leg, uint64_t ref, int reason)
{
	engine_leg_event(leg, MEDIA_PLAY_ENDED, ref, reason);
}

static void drop_sounds(struct sound **sounds, int n)
{
	for (int i = 0; i < n; i++)
		sound_unref(sounds[i]);
}

void player_stop(struct leg *leg, enum media_layer layer, int reason)
{
	struct player *p = &leg->players[layer];

	if (!p->is_on)
		return;
	drop_sounds(p->sounds, p->n_sounds);
	uint64_t ref = p->ref;
	*p = (struct player){.layer = layer};
	if (layer != MEDIA_LAYER_OVER && !player_is_heard(leg, MEDIA_LAYER_SPEECH) &&
		!player_is_heard(leg, MEDIA_LAYER_MUSIC))
		out_interrupt(leg);
	report(leg, ref, reason);
}

void player_stop_all(struct leg *leg, int reason)
{
	for (int layer = 0; layer < MEDIA_LAYERS; layer++)
		player_stop(leg, (enum media_layer)layer, reason);
}

void player_start(struct leg *leg, const struct media_command *c)
{
	struct audio_thread *t = leg->thread;

	if (c->play.layer >= MEDIA_LAYERS) {
		report(leg, c->ref, -EINVAL);
		return;
	}
	player_stop(leg, c->play.layer, 1);
	struct player *p = &leg->players[c->play.layer];
	*p = (struct player){.layer = c->play.layer,
		.is_on = true,
		.is_loading = true,
		.is_looped = c->play.is_looped,
		.is_from_start = c->play.is_from_start,
		.ref = c->ref,
		.serial = ++t->next_serial};
	int err = c->play.n >= 1 && c->play.n <= MEDIA_PLAYLIST_MAX
			  ? loader_request(t->media->loader, t->index, p->serial, c)
			  : -EINVAL;
	if (err == 0)
		err = hear_plan(leg);
	if (err < 0)
		player_stop(leg, c->play.layer, err);
}

static struct player *find_player(struct leg *leg, uint64_t serial)
{
	for (int layer = 0; leg && layer < MEDIA_LAYERS; layer++)
		if (leg->players[layer].is_on && leg->players[layer].serial == serial)
			return &leg->players[layer];
	return NULL;
}

/* Music that goes round is like a station: it plays whether anybody hears it or not, so all who hear the same
 * list hear the same place of it, and one encoder serves all. */
static void tune_in(const struct audio_thread *t, struct player *p)
{
	uint64_t total = 0, at;

	if (p->layer != MEDIA_LAYER_MUSIC || !p->is_looped || p->is_from_start)
		return;
	for (int i = 0; i < p->n_sounds; i++)
		total += p->sounds[i]->n;
	at = t->tick * CODEC_NARROW_FRAME % total;
	for (p->index = 0; at >= p->sounds[p->index]->n; p->index++)
		at -= p->sounds[p->index]->n;
	p->offset = at;
}

void player_loaded(struct audio_thread *t, struct note *note)
{
	struct leg *leg = map_get(&t->by_id, note->leg);
	struct player *p = find_player(leg, note->serial);

	if (!p || note->err < 0) {
		drop_sounds(note->sounds, note->n_sounds);
		if (p)
			player_stop(leg, p->layer, note->err);
		return;
	}
	memcpy(p->sounds, note->sounds, sizeof(p->sounds));
	p->n_sounds = note->n_sounds;
	p->is_loading = false;
	tune_in(t, p);
}

/* The next piece of at most n samples (of 8 kHz) and where it begins; 0: the list is over. */
static size_t next_piece(struct player *p, size_t n, const struct sound **ret_sound, size_t *ret_at)
{
	if (p->index == p->n_sounds) {
		if (!p->is_looped)
			return 0;
		p->index = 0;
	}
	const struct sound *s = p->sounds[p->index];
	size_t piece = s->n - p->offset < n ? s->n - p->offset : n;
	*ret_sound = s;
	*ret_at = p->offset;
	p->offset += piece;
	if (p->offset == s->n) {
		p->offset = 0;
		p->index++;
	}
	return piece;
}

bool player_law(struct player *p, int law, uint8_t *ret_bytes)
{
	const struct sound *s;
	size_t got = 0, at, piece;

	while (got < CODEC_NARROW_FRAME && (piece = next_piece(p, CODEC_NARROW_FRAME - got, &s, &at)) > 0) {
		memcpy(ret_bytes + got, sound_bytes(s, law) + at, piece);
		got += piece;
	}
	memset(ret_bytes + got, law_silence[law], CODEC_NARROW_FRAME - got);
	return got > 0;
}

/* n samples of 8 kHz as 2n of 16: as they are kept, or with the mean between two of 8 kHz. */
static void put_wide(const struct sound *s, size_t at, size_t n, int16_t *ret_samples)
{
	if (s->is_wide) {
		memcpy(ret_samples, s->samples + 2 * at, 2 * n * sizeof(*ret_samples));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		int16_t here = law_linear[0][sound_bytes(s, 0)[at + i]];
		int16_t next = at + i + 1 < s->n ? law_linear[0][sound_bytes(s, 0)[at + i + 1]] : here;
		ret_samples[2 * i] = here;
		ret_samples[2 * i + 1] = (int16_t)((here + next) / 2);
	}
}

bool player_samples(struct player *p, int rate_hz, int16_t *ret_samples)
{
	const size_t scale = (size_t)rate_hz / CODEC_NARROW_HZ;
	const struct sound *s;
	size_t got = 0, at, piece;

	while (got < CODEC_NARROW_FRAME && (piece = next_piece(p, CODEC_NARROW_FRAME - got, &s, &at)) > 0) {
		if (scale == 1)
			law_decode_n(0, sound_bytes(s, 0) + at, ret_samples + got, piece);
		else
			put_wide(s, at, piece, ret_samples + 2 * got);
		got += piece;
	}
	memset(ret_samples + scale * got, 0, scale * (CODEC_NARROW_FRAME - got) * sizeof(*ret_samples));
	return got > 0;
}

void player_skip(struct player *p)
{
	const struct sound *s;
	size_t got = 0, at, piece;

	while (got < CODEC_NARROW_FRAME && (piece = next_piece(p, CODEC_NARROW_FRAME - got, &s, &at)) > 0)
		got += piece;
}

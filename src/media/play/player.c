/* Playing sounds to a leg: slices of shared, already encoded buffers become packets at the tick.
 *
 * Invariant: while is_on, the player holds one reference on each of its sounds (none while is_loading). */
#include "media/play/player.h"
#include "base/str.h"
#include "media/play/loader.h"
#include "media/out.h"

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

void player_stop(struct leg *leg, int reason)
{
	struct player *p = &leg->player;

	if (!p->is_on)
		return;
	drop_sounds(p->sounds, p->n_sounds);
	uint64_t ref = p->ref;
	*p = (struct player){.serial = p->serial};
	out_interrupt(leg);
	report(leg, ref, reason);
}

void player_start(struct leg *leg, const struct media_command *c)
{
	struct audio_thread *t = leg->thread;

	player_stop(leg, 1);
	leg->player = (struct player){.is_on = true,
		.is_loading = true,
		.is_looped = c->play.is_looped,
		.ref = c->ref,
		.serial = ++t->next_serial};
	int err = c->play.n >= 1 && c->play.n <= MEDIA_PLAYLIST_MAX
			  ? loader_request(t->media->loader, t->index, leg->player.serial, c)
			  : -EINVAL;
	if (err < 0)
		player_stop(leg, err);
}

void player_loaded(struct audio_thread *t, struct note *note)
{
	struct leg *leg = map_get(&t->by_id, note->leg);

	if (!leg || !leg->player.is_on || leg->player.serial != note->serial) {
		drop_sounds(note->sounds, note->n_sounds);
		return;
	}
	if (note->err < 0) {
		drop_sounds(note->sounds, note->n_sounds);
		player_stop(leg, note->err);
		return;
	}
	struct player *p = &leg->player;
	memcpy(p->sounds, note->sounds, sizeof(p->sounds));
	p->n_sounds = note->n_sounds;
	p->is_loading = false;
}

/* Fills up to n bytes in the leg's law; fewer at the end of the list. */
static size_t take(struct leg *leg, uint8_t *ret_bytes, size_t n)
{
	struct player *p = &leg->player;
	size_t got = 0;

	while (got < n) {
		if (p->index == p->n_sounds) {
			if (!p->is_looped)
				break;
			p->index = 0;
		}
		const struct sound *s = p->sounds[p->index];
		size_t piece = s->n - p->offset < n - got ? s->n - p->offset : n - got;
		memcpy(ret_bytes + got, sound_bytes(s, leg->law) + p->offset, piece);
		got += piece;
		p->offset += piece;
		if (p->offset == s->n) {
			p->offset = 0;
			p->index++;
		}
	}
	return got;
}

void player_tick(struct leg *leg, int64_t now_ns)
{
	struct player *p = &leg->player;
	uint8_t bytes[RTP_AUDIO_MAX];
	size_t n = (size_t)leg->ptime_ms * 8;

	if (p->is_loading || !leg->is_ready)
		return;
	for (p->credit_ms += TICK_MS; p->credit_ms >= leg->ptime_ms; p->credit_ms -= leg->ptime_ms) {
		size_t got = take(leg, bytes, n);
		if (got == 0) {
			player_stop(leg, 0);
			return;
		}
		memset(bytes + got, law_silence[leg->law], n - got);
		if (leg->can_send)
			out_audio(leg, bytes, n, !p->has_started, now_ns);
		p->has_started = true;
	}
}

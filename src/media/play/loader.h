/* The loader thread: turns playlists into sounds in memory. Files are decoded once, resampled to 8 kHz and
 * encoded to both laws, and kept at 16 kHz, too, where they have more than 8 kHz to say; shared by all who
 * play them; the least recently used leave when the cache is full. */
#pragma once
#include "media/engine.h"

/* Immutable once made; counted by reference. 2 n samples of 16 kHz when it is wide, then both laws of n
 * samples of 8 kHz follow the struct: 16 KB a second, 48 KB when it is wide. */
struct sound {
	_Atomic int refs;
	bool is_wide;
	size_t n; /* of 8 kHz */
	int16_t samples[];
};
static inline size_t sound_size(const struct sound *s)
{
	return s->n * (s->is_wide ? 6 : 2);
}
static inline const uint8_t *sound_bytes(const struct sound *s, int law)
{
	return (const uint8_t *)(s->samples + (s->is_wide ? 2 * s->n : 0)) + (size_t)law * s->n;
}
/* From n linear samples of 8 kHz, and 2 n of 16 kHz or NULL. 0 or -ENOMEM. */
int sound_new(struct sound **ret_sound, const int16_t *samples, size_t n, const int16_t *wide);
void sound_unref(struct sound *sound);

/* Reads a WAV file into 8 kHz samples (released with alloc_free). 0; -ENOENT and other -errno of reading;
 * -EINVAL, -ENOTSUP: not a WAV file we take; -EFBIG: longer than 30 minutes. Loader's thread, or a test. */
int sound_read_wav(const char *path, int16_t **ret_samples, size_t *ret_n);
/* The same from one decode at both rates: *ret_wide has 2 * *ret_n samples of 16 kHz, or is NULL when the
 * file has no more than 8 kHz. */
int sound_read_both(const char *path, int16_t **ret_samples, size_t *ret_n, int16_t **ret_wide);
/* Renders "tone:HZ[:MS]", "tone:ringback|busy|congestion|beep[:eu|us|uk]", "silence:MS" as sound_read_wav
 * does. */
int sound_render(const char *name, int16_t **ret_samples, size_t *ret_n);

int loader_start(struct loader **ret_loader, struct media *media);
/* Asks for the playlist of c; the answer is a NOTE_LOADED to thread. 0 or -ENOBUFS. */
int loader_request(struct loader *l, int thread, uint64_t serial, const struct media_command *c);
/* What the cache holds now. Any thread. */
void loader_totals(const struct loader *l, uint64_t *ret_sounds, uint64_t *ret_bytes);
/* Joins the thread and drops the cache. Audio threads are gone. NULL is fine. */
void loader_stop(struct loader *l);

/* The loader thread: turns playlists into sounds in memory. Files are decoded once, resampled to 8 kHz,
 * encoded to both laws and shared by all who play them; the least recently used leave when the cache is full.
 */
#pragma once
#include "media/engine.h"

/* Immutable once made; counted by reference. Both laws of n samples follow the struct. */
struct sound {
	_Atomic int refs;
	size_t n;
	uint8_t bytes[];
};
static inline const uint8_t *sound_bytes(const struct sound *s, int law)
{
	return s->bytes + (size_t)law * s->n;
}
/* From linear samples. 0 or -ENOMEM. */
int sound_new(struct sound **ret_sound, const int16_t *samples, size_t n);
void sound_unref(struct sound *sound);

/* Reads a WAV file into 8 kHz samples (released with alloc_free). 0; -ENOENT and other -errno of reading;
 * -EINVAL, -ENOTSUP: not a WAV file we take; -EFBIG: longer than 30 minutes. Loader's thread, or a test. */
int sound_read_wav(const char *path, int16_t **ret_samples, size_t *ret_n);
/* Renders "tone:HZ[:MS]", "tone:ringback|busy|congestion|beep[:eu|us|uk]", "silence:MS" as sound_read_wav
 * does. */
int sound_render(const char *name, int16_t **ret_samples, size_t *ret_n);

int loader_start(struct loader **ret_loader, struct media *media);
/* Asks for the playlist of c; the answer is a NOTE_LOADED to thread. 0 or -ENOBUFS. */
int loader_request(struct loader *l, int thread, uint64_t serial, const struct media_command *c);
/* Joins the thread and drops the cache. Audio threads are gone. NULL is fine. */
void loader_stop(struct loader *l);

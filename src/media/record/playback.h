/* A finished (or growing) recording, opened to be heard again, whatever it lies in: WAV, Ogg/Opus, either of
 * them in a vault. Seen as samples, as the file as it was before encryption, or as WAV.
 *
 * A chunk of a vault that does not open (damaged, moved, exchanged) is silence, and counted. Any thread, one
 * at a time; blocks. */
#pragma once
#include "media/record/vault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct playback;
/* The recording key with this id, VAULT_KEY_BYTES. 0; -ENOKEY: it was erased; -errno. */
typedef int playback_key_handler(void *arg, uint32_t key_id, uint8_t *ret_key);

struct playback_info {
	bool is_encrypted, is_opus;
	bool is_cut; /* a vault without its last chunk: under way, or its process died */
	uint32_t key_id;
	int channels, rate_hz;
	int64_t samples;	/* of each channel */
	int64_t bytes;		/* of the file as it was before encryption */
	int64_t damaged_chunks; /* met so far */
};

/* 0; -EINVAL: no recording of ours, or its head is damaged; -ENOTSUP: a kind of WAV we do not take; -ENOKEY;
 * -errno. */
int playback_open(struct playback **ret_playback, const char *path, playback_key_handler *on_key, void *arg);
void playback_free(struct playback *p); /* NULL is fine */
void playback_look(const struct playback *p, struct playback_info *ret_info);
/* Up to n samples of each channel from `from`, interleaved. How many; 0 at the end; -errno. */
ssize_t playback_samples(struct playback *p, int64_t from, int16_t *ret_samples, size_t n);
/* Bytes of the file as it was before encryption. How many; 0 at the end; -errno. */
ssize_t playback_bytes(struct playback *p, int64_t offset, void *buffer, size_t n);
/* The same as a WAV file; channel -1: all, else that one alone. */
int64_t playback_wav_size(const struct playback *p, int channel);
ssize_t playback_wav(struct playback *p, int channel, int64_t offset, void *buffer, size_t n);
/* Whether every chunk of a vault opens and the last one is there: 0; -EBADMSG: not so; -errno. Plain files:
 * 0. Reads it all. */
int playback_verify(struct playback *p);

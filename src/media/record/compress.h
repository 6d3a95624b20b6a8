/* A finished recording made into an Ogg/Opus file of the same channels, rate and length, under the same key
 * if it lies under one. What was recorded is only read.
 *
 * Must not know who wants it, or what becomes of either file. Blocks for about a hundredth of the recording's
 * length for each channel; any thread but those of sound. */
#pragma once
#include "base/file_hash.h"
#include "media/record/playback.h"

#include <stdatomic.h>

struct compress_wish {
	const char *from, *to; /* paths; `to` is made anew, whatever was there is removed */
	playback_key_handler *on_key;
	void *arg;	  /* of on_key */
	const char *hash; /* `from` has to have this one (base/file_hash.h) when this is done; NULL: any */
	bool is_as_heard; /* what does not open is silence and a cut end the end, as when it is played; else
			     -EBADMSG */
	const atomic_bool *is_over; /* set: give up (-ECANCELED); NULL: never */
};
struct compressed {
	int64_t bytes, samples; /* of the file; of each channel */
	uint8_t hash[FILE_HASH_BYTES];
};
/* 0: `to` is whole and the disk holds it, its folder entry, too. -EBADMSG: the recording is not what its hash
 * says, or does not open as a whole; -EALREADY: it is Opus; -ECANCELED; -errno. On failure there is no `to`.
 */
int recording_compress(const struct compress_wish *wish, struct compressed *ret_compressed);

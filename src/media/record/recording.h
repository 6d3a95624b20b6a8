/* One recording: the ring between audio and writer, the placement in time, the loss. */
#pragma once
#include "media/engine.h"
#include "media/record/sink.h"
#include "media/record/track.h"
#include "media/record/wav.h"

#define RING_BYTES 98304 /* 5 s of two channels of G.711; a multiple of 8. Little of it is ever touched */
#define RING_USUAL_BYTES 8192  /* what the writer's rhythm needs of it */
#define FRAME_BYTES_MAX 1500   /* encoded payload of one frame */
#define WINDOW_SAMPLES_8K 4096 /* half a second being assembled; a power of two, per 8 kHz of rate */
#define TRACKS_MAX 40	       /* sources: the parties of a conference and then some */

struct recording {
	/* fixed */
	struct audio_thread *thread;
	uint64_t group, leg, ref;
	int64_t started_ns;
	int channels, rate_hz;
	bool is_masked;
	bool is_paused;		      /* audio thread only */
	int64_t limit, silence_limit; /* samples; 0: none */
	/* ring: head moved by the audio thread, tail by the writer; bytes since the beginning */
	_Atomic uint64_t head, tail;
	_Atomic bool is_ended;
	_Atomic uint64_t dropped; /* frames a full ring refused */
	uint64_t origin; /* what position 0 of the ring stands for; moved by the audio thread, and only while
			    the ring is empty */
	uint8_t *ring;
	/* writer only */
	struct sink sink;
	int16_t *window; /* window_samples frames of `channels`, by position modulo */
	int window_samples;
	int64_t written; /* position up to which the window was emptied */
	int64_t owed;	 /* of that, samples of silence the file does not have yet (the disk refused) */
	int64_t lost;	 /* samples the disk refused */
	int64_t last_loud;
	int64_t masked_until[MEDIA_CHANNELS_MAX];
	struct track tracks[TRACKS_MAX];
	uint8_t hash[FILE_HASH_BYTES]; /* once ended */
};

struct recording_wish {
	const char *path;
	int channels, rate_hz;
	bool is_masked;
	const uint8_t *key; /* NULL: plain */
	uint32_t key_id;
};
/* Makes the file (it must not exist; missing folders are made) and the buffers. 0 or -errno. Writer. */
int recording_new(struct recording **ret_recording, const struct recording_wish *wish);
void recording_free(struct recording *r);
/* Audio thread. What a leg said; key: nothing but the fact that it pressed one. False when the ring is full.
 */
bool recording_push(struct recording *r, const struct frame *frame, const uint8_t *payload);
/* Audio thread: brings near what recording_push reads, then where it will write. */
void recording_fetch(const struct recording *r);
void recording_fetch_place(const struct recording *r);
/* Places all frames of the ring and writes what lies before position `until`. 0; 1: the limit is reached; 2:
 * silence for too long; -errno: the disk refuses; the time it refused is lost, the next call tries again. */
int recording_advance(struct recording *r, int64_t until);
/* Makes the file's head true. 0 or -errno. */
int recording_mark(struct recording *r);
/* As recording_mark, and the disk holds it. 0 or -errno. */
int recording_sync(struct recording *r);
/* Nothing more follows: what is owed, the file's end, its hash. 0 or -errno. */
int recording_end(struct recording *r);
/* Said but not in the file, and how long the file is. */
int64_t recording_lost_ms(const struct recording *r);
int64_t recording_duration_ms(const struct recording *r);

/* One recording: the ring between audio and writer, the placement in time, the file. */
#pragma once
#include "media/engine.h"
#include "media/record/wav.h"

#define FRAME_BYTES_MAX 160
#define FRAMES_MAX 512	     /* 5 s of both channels; a power of two */
#define WINDOW_SAMPLES 16384 /* 2 s being assembled; a power of two */

struct frame {
	int64_t at; /* arrival, in samples since the start of the recording */
	uint32_t ts, ssrc;
	uint8_t channel, law, n;
	uint8_t bytes[FRAME_BYTES_MAX];
};

/* Where the frames of one source belong: position = timestamp + offset. The offset follows the earliest
 * arrivals, so that jitter does not move the sound and a peer's clock that runs fast or slow does not part
 * the channels. */
struct placement {
	bool is_started;
	uint32_t ssrc, base_ts;
	int64_t base_at;
	int64_t earliest; /* least arrival minus position of this window */
	int n;		  /* frames in this window */
};

struct recording {
	/* fixed */
	struct audio_thread *thread;
	uint64_t group, leg, ref;
	int64_t started_ns;
	bool is_stereo;
	int64_t limit, silence_limit; /* samples; 0: none */
	/* ring: head moved by the audio thread, tail by the writer */
	_Atomic uint32_t head, tail;
	_Atomic bool is_ended;
	struct frame *frames;
	/* writer only */
	int fd;
	int16_t (*window)[2]; /* WINDOW_SAMPLES, by position modulo */
	int64_t written;      /* samples in the file */
	int64_t last_loud;
	int64_t header_samples; /* what the header says */
	struct placement placements[2];
};

/* Makes the file (it must not exist; missing folders are made) and the buffers. 0 or -errno. Writer. */
int recording_new(struct recording **ret_recording, const char *path, bool is_stereo);
void recording_free(struct recording *r);
/* Audio thread. False when the ring is full. */
bool recording_push(struct recording *r, int channel, const struct rtp *rtp, int law, int64_t now_ns);
/* Places all frames of the ring and writes what lies before position `until`. 0; 1: the limit is reached; 2:
 * silence for too long; -errno of writing. */
int recording_advance(struct recording *r, int64_t until);
/* Makes the header say what the file holds and the disk hold both. 0 or -errno. */
int recording_sync(struct recording *r);

/* What the writer thread and the audio threads' side of recordings share. Not for others. */
#pragma once
#include "media/record/recorder.h"
#include "media/record/recording.h"

#define RECORDER_STALL_MS 3000 /* a writer that is not round by then hangs in the disk */

enum recorder_message_kind { RECORDER_BEGIN = 1, RECORDER_LEFT, RECORDER_STOP };
struct recorder_message {
	enum recorder_message_kind kind;
	struct audio_thread *thread;
	struct recording *recording;  /* LEFT */
	int64_t at_ns;		      /* BEGIN: position 0; LEFT: the end */
	int rate_hz;		      /* BEGIN */
	struct media_command command; /* BEGIN */
};
/* Any thread. 0 or -ENOBUFS. */
int recorder_send(struct recorder *w, const struct recorder_message *m);
void recorder_count_dropped(struct recorder *w);
/* Audio threads, each second: says once when the writer hangs (a disk that does not answer). */
void recorder_watch(struct recorder *w, int64_t now_ms);

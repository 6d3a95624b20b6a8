/* Recording: audio threads push frames into a ring per recording, the writer thread places them in time and
 * writes WAV.
 *
 * A recording is made and freed by the writer. The audio thread holds it between NOTE_RECORDING_READY and
 * recorder_leave, and only pushes. */
#pragma once
#include "media/engine.h"

#define RECORDING_LEFT 0
#define RECORDING_RIGHT 1

int recorder_start(struct recorder **ret_recorder, struct media *media);
/* Finishes all recordings (headers true, data synced) and joins the writer. Audio threads are gone. NULL is
 * fine. */
void recorder_stop(struct recorder *r);

/* Audio thread: command RECORD, RECORD_STOP, the writer's answers, and a leg's end. */
void recorder_begin(struct leg *leg, const struct media_command *c);
void recorder_end(struct leg *leg, uint64_t ref);
/* Commands RECORD_PAUSE and RECORD_CHANNEL. Nothing said while it is paused is kept anywhere; its time stays.
 */
void recorder_pause(struct leg *leg, uint64_t ref, bool is_on);
void recorder_feed(struct leg *leg, uint64_t ref, uint64_t other, int channel, bool is_on);
void recorder_note(struct audio_thread *t, const struct note *note);
void recorder_leave_all(struct leg *leg);
/* Each second: tries again what a full mailbox refused. */
void recorder_retry(struct leg *leg);
/* Audio thread: what leg said, into every recording it belongs in. Never blocks; a full ring drops and
 * counts. */
void recorder_heard(struct leg *leg, const struct rtp *rtp, enum sdp_codec codec, int64_t now_ns);
/* Audio thread: the memory that recorder_heard will touch is brought near, first what leads to the place,
 * then the place itself: both would be waited for otherwise, since the writer had them last. */
void recorder_fetch(const struct leg *leg);
void recorder_fetch_place(const struct leg *leg);
/* Audio thread: the leg pressed a key (RFC 4733); masked recordings leave out what of its tone leaked. */
void recorder_pressed(struct leg *leg, int64_t now_ns);
uint64_t recorder_dropped(const struct recorder *r);

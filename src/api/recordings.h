/* Recordings, for the files of this room that show or play one. Workers only. */
#pragma once
#include "api/exchange.h"
#include "api/history.h"
#include "media/record/playback.h"

/* The file of recording {id} of the path, if this person may hear it; false: answered. */
bool recording_path(struct exchange *x, char ret_path[static RECORDING_PATH_MAX], uint64_t *ret_id);
/* Whether the centre lets this person have a message or a fax (the recording or document) that is owner's (0:
 * nobody's) and worked off in queue (0: none). */
bool voicemail_may_hear(struct exchange *x, uint64_t recording, uint64_t owner, uint64_t queue);
/* Opens a file of ours with the keys of the store; as playback_open. */
int recording_play(struct exchange *x, const char *path, struct playback **ret_playback);
/* The key of a recording from the store reader `arg`: a playback_key_handler. */
int recording_key(void *arg, uint32_t id, uint8_t *ret_key);
/* Makes Opus of the WAV recording at path (info is of it), for this answer alone: opened in *ret_playback,
 * its file is gone already. Takes about a hundredth of its length for each channel; ends early when nobody
 * waits for the answer any more. False: answered (it is too long, or too many ask for that). */
bool recording_opus(struct exchange *x, const char *path, const struct playback_info *info,
	struct playback **ret_playback);
/* Answers that it cannot be played: what recording_play said. */
void recording_problem(struct exchange *x, int err);
/* Adds to rows of recordings what no database knows: their channels, and whether the files are what the log
 * vouches for, as far as a short time allows. */
/* Adds "marks" to the recordings of a contact, from its events: what happened while it was recorded. */
void recordings_mark(json_t *interaction);
void recordings_complete(const struct exchange *x, json_t *rows);

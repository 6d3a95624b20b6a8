/* Recordings as files that may go, or must not: deletion, legal hold, and the exchange of a WAV for an Opus
 * file (docs/recordings.md). The public half is in store.h.
 *
 * Invariants: a recording under a legal hold (its own, its contact's, a customer's who has the contact's
 * number) is neither deleted nor exchanged; a file that the log does not name any more stands in file_removal
 * from the very transaction in which it was forgotten. */
#pragma once
#include "store/people/who.h"

/* Hands the request a recording.deleted; log/fold.c forgets the file with it. 0 or -ENOMEM. */
int recording_tell_deleted(
	struct store_request *rq, uint64_t recording, uint64_t interaction, const char *reason);

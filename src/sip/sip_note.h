/* What is kept of a dialog with its leg in the media process (session/keep.c). The centre reads of it what
 * was agreed. */
#pragma once
#include "sip/types.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define KEEP_ORIGIN_MAX 2048

struct sip_note {
	uint32_t bytes;		  /* of this struct: another program's is not read */
	uint32_t cseq, peer_cseq; /* ours to come, theirs at least */
	uint64_t leg, interaction, trunk, user, own_tag;
	bool is_outgoing, is_phone, is_v6, has_local, has_remote, takes_update, is_refresher;
	int32_t session_s, session_min_s;
	char target[SIP_URI_MAX + 64], origin[KEEP_ORIGIN_MAX];
	struct sdp local, remote;
};
/* 0, or -EINVAL: nothing of ours. Pure. */
static inline int sip_note_read(const void *bytes, size_t n, struct sip_note *ret_note)
{
	struct sip_note note;

	if (n != sizeof(note))
		return -EINVAL;
	memcpy(&note, bytes, sizeof(note));
	if (note.bytes != sizeof(note) || !note.leg || !memchr(note.origin, 0, sizeof(note.origin)) ||
		!memchr(note.target, 0, sizeof(note.target)))
		return -EINVAL;
	*ret_note = note;
	return 0;
}

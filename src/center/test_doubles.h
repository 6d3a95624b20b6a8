/* The functions of sip/, media/ and speech/ that the centre calls, as the bed of test_parts.h has them: what
 * is sent is kept in the world, and answered at once as those rooms would. */
#pragma once
#include "center/test_parts.h"

/* What a telephone offers and answers: G.711 and telephone-event. */
struct sdp double_phone_sdp(void);
/* sip/ tells the centre something of a leg; is_remote: the telephone did it, not we. */
void double_sip_says(struct world *w, enum sip_event_kind kind, uint64_t leg, int code, bool is_remote);
/* media/ does; e is filled by the caller but for kind and leg. */
/* Frees what the media process has. */
void double_media_forgets(struct world *w);
void double_media_says(struct world *w, struct media_event *e, enum media_event_kind kind, uint64_t leg);
/* The recording of this number ends, or (0) all of this leg. */
void double_record_ends(struct world *w, uint64_t ref, uint64_t leg);
/* Events appended from here on are kept in w->log; NULL: in none. */
void double_store_tells(struct world *w);

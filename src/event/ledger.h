/* What is open: the fold of the log that a start needs. Contacts not yet ended, with their place in a queue
 * or the agent who has them; recordings and wrap-ups under way; what each agent is doing. PURE.
 *
 * The ledger is what the events say and nothing else: folding the same events gives the same ledger, byte for
 * byte when saved, whether at once or with saves and loads between. So a saved ledger and the events after it
 * are as good as all events ever: a start takes as long as the traffic since the last save, not as long as
 * the log is old.
 *
 * It is as large as what is open, never as what ever happened: whoever goes offline, ends or is done leaves
 * it. Memory: about 300 bytes a contact and its texts. */
#pragma once
#include "base/map.h"
#include "base/vec.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_TEXT_MAX 256  /* bytes kept of a from, to, name or path, with its NUL */
#define LEDGER_OFFERS_MAX 64 /* of one contact at once; more ring unseen here */

struct ledger_offer {
	uint64_t agent;
	int64_t made_ms;
};
struct ledger_contact {
	uint64_t interaction, tenant, segment, queue, agent; /* segment 0: in no queue, and with it all below
								of it is 0; agent: who answered */
	int64_t started_ms, queued_ms, answered_ms, held_ms, hold_ms; /* wall; held_ms 0: not on hold */
	int64_t holds, messages;				      /* messages: written so far */
	uint64_t key; /* of the request that opened it: the last one said by INTERACTION_STARTED or
			 SEGMENT_QUEUED */
	bool is_answered, is_near_target; /* near: EVENT_SEGMENT_NEAR_TARGET was said, and is said once */
	char channel[16];
	char *from, *to, *name; /* owned; NULL: not said */
	char *entry;		/* as SEGMENT_QUEUED said: what routing was told. Owned; NULL: nothing */
	VEC(struct ledger_offer) offers; /* ringing now */
};
struct ledger_recording {
	uint64_t id, interaction;
	char path[LEDGER_TEXT_MAX];
	bool is_voicemail;
	/* Of a voicemail only: whom it is for, as EVENT_RECORDING_STARTED says, and what was said of it. */
	uint64_t queue, owner, deliver_to;
	bool is_left, is_delivered;
};
struct ledger_wrap_up {
	uint64_t interaction, segment, queue, agent;
	int64_t started_ms;
};
struct ledger_party { /* of a call, beside the customer and the agent a queue connected */
	uint64_t id, interaction, agent;
	int64_t joined_ms;
	bool is_supervising; /* EVENT_SUPERVISION_CHANGED said so, and not yet that it ended */
};
struct ledger_parked {
	uint64_t interaction;
	int64_t parked_ms;
	char slot[16];
};
struct ledger_agent { /* who is not offline */
	uint64_t agent, break_reason;
	char state[16];
	int64_t at_ms;
};
struct ledger {
	uint64_t seq;	 /* of the last event folded; 0: none */
	int64_t last_ms; /* wall time of the newest that only a running centre writes */
	struct map contacts, recordings, wrap_ups, agents; /* by interaction; recording; segment; agent */
	struct map parties, parked;			   /* by party; interaction */
};

/* Empty; never fails. */
void ledger_init(struct ledger *l);
void ledger_free(struct ledger *l);
/* Folds the next event. 0; -ENOMEM (the ledger is then good for nothing but ledger_free). */
int ledger_apply(struct ledger *l, const struct event *e);
/* The ledger as bytes (versioned, with a checksum), owned by the caller (alloc_free). 0 or -ENOMEM. */
int ledger_save(const struct ledger *l, uint8_t **ret_data, size_t *ret_n);
/* The inverse, into an initialised, empty ledger. 0; -EINVAL (damaged or of another version: fold the log
 * instead); -ENOMEM. On failure the ledger is good for nothing but ledger_free. Fuzzed. */
int ledger_load(struct ledger *l, const uint8_t *data, size_t n);

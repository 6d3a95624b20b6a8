/* Contacts as a centre would write them into the log: event after event, from one seed. Several are open at a
 * time, some for ever. Pure. */
#pragma once
#include "event/event.h"

#include <stdint.h>

#define CONTACTS_OPEN 12
#define CONTACT_TEXT_MAX 4096

struct contact {
	uint64_t id, segment, queue, agent, recording;
	int kind, step; /* kind 0: answered, 1: abandoned, 2: overflowed to voicemail, 3: left in the flow */
	bool is_held;
	char number[24];
};
struct contacts {
	uint64_t state, first_id, made;
	int64_t base_ms;
	int text_bytes;	  /* notes of about so many bytes */
	uint64_t written; /* events so far; the n-th happened n milliseconds after base_ms, so that its time
			     names it */
	struct contact open[CONTACTS_OPEN];
	char text[CONTACT_TEXT_MAX];
	char ended[24]; /* the number of the contact that the last event ended, else empty */
};

/* round: no two rounds share ids or times. */
void contacts_begin(struct contacts *c, uint64_t seed, int round, int64_t base_ms, int text_bytes);
/* The next event; its texts are valid until the next call. */
void contacts_next(struct contacts *c, struct event *ret_event);
/* Random, below n. */
uint64_t contacts_random(struct contacts *c, uint64_t n);
/* What this event says, in words of its own: no code of the product's encoding. The caller owns it. */
json_t *contacts_said(const struct event *e);

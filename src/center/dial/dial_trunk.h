/* Calls over trunks, whoever makes them (agents, transfers, flows, faxes): which trunk, how the number is
 * written there, and the next one when it fails. What came of each call is counted for its trunk.
 *
 * Invariants: every INVITE to a trunk goes through dial_send; a leg asks each trunk once; nothing is tried
 * again after somebody heard the other line or the called side decided. An emergency call is written as it
 * was dialled, shows a number, and is held back by nothing.
 *
 * Centre thread only. */
#pragma once
#include "center/call/leg.h"
#include "center/dial/dial.h"

struct dial_way { /* of an outgoing leg over trunks: leg->way */
	uint64_t tried[DIAL_TRUNKS_MAX];
	int n_tried;
	bool is_by_rules; /* the number shown is the rules' (dial_route), not a caller's that is passed on */
	bool is_alone;	  /* a test of this trunk: no other is tried */
	bool has_rung, has_media, is_answered;
	int64_t answered_mono;
};

/* leg->call over its trunk, written as the trunk wants it; leg->call is kept for the next one. */
void dial_send(struct leg *leg);
/* The other side said something before it answers. */
void dial_rang(struct leg *leg, const struct sip_event *e);
void dial_was_answered(struct leg *leg);
/* The leg's call ended. True: the next trunk was asked, the leg goes on as if nothing had been. */
bool dial_again(struct leg *leg, const struct sip_event *e);
/* A call came in over a trunk, and is over. */
void dial_came_in(struct leg *leg, uint64_t trunk);
void dial_trunk_left(struct leg *leg);
/* The line's quality over the whole call, in hundredths of MOS. */
void dial_sounded(const struct leg *leg, int mos_x100);
/* Numbers of a call that came in, as the trunk's rules make them ours. */
void dial_normalise(struct center *c, struct sip_event *e);
/* The trunk a judged number goes over next, beside those of d that were tried; chosen: only where this number
 * may be shown, NULL: anywhere. NULL: none. */
const struct trunk *dial_best_trunk(
	struct center *c, const struct place *to, const struct dial *d, const struct caller_id *chosen);
/* An own number may be shown on a trunk. */
bool dial_shows(const struct caller_id *n, uint64_t trunk);

/* --- trunk_ask.c: what screens and programs ask of a trunk */

struct trunk_view;
struct trunk_wish;
/* {"code"} (not_found, trunk_off, invalid_number, busy), or what is known now. */
void trunk_wished(struct center *c, struct trunk_wish *wish);
/* SIP_TRUNK_TESTED */
void trunk_tested(struct center *c, const struct sip_event *e);
/* What the live view and GET say of a trunk. */
json_t *trunk_json(struct center *c, const struct trunk_view *t);

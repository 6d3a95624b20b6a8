/* INVITE with Replaces (RFC 3891): another dialog takes the place of one of ours. The leg stays what it is,
 * with its id and our media; only its peer is another one from then on. SIP thread. */
#pragma once
#include "sip/lib.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct branch;
struct room;

#define REPLACES_TEXT_MAX 512

struct replaces {
	char text[REPLACES_TEXT_MAX]; /* what the others point into */
	struct pl call_id, to_tag, from_tag;
	bool is_early_only;
};
struct replacer { /* who asks */
	uint64_t trunk, user;
	bool is_phone;
};

/* Reads the value of a Replaces header, or, with is_escaped, of a URI's Replaces parameter. False: malformed.
 */
bool replaces_parse(const struct pl *value, bool is_escaped, struct replaces *ret_replaces);
/* The branch whose dialog is meant, live or dying; NULL. */
struct branch *replaces_find(struct room *room, const struct replaces *replaces);
/* An INVITE with Replaces of somebody known: answered. Told as SIP_REINVITED with the new peer's number and
 * name, or as SIP_ANSWERED when the leg still rang. */
void replaces_invited(struct room *room, const struct sip_msg *msg, const struct replacer *who);

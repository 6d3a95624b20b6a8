/* How much of the network's attention one source may have: buckets of packets and of requests, filled by the
 * second, for each address and for each network (the /24 of IPv4, the /48 of IPv6; of IPv6 an address is its
 * /64). Pure mechanism in fixed memory, so cheap that it is asked before anything is parsed: two hashes a
 * packet. Time comes as a parameter. */
#pragma once
#include "sip/throttle.h"

#include <stdbool.h>
#include <stdint.h>

#define FLOOD_BURST_S 2 /* a full bucket holds so many seconds' worth */

enum flood_kind { FLOOD_PACKETS, FLOOD_REQUESTS, FLOOD_KINDS };
struct flood_limits {		  /* a second; 0: none */
	int address[FLOOD_KINDS]; /* of a stranger */
	int network[FLOOD_KINDS]; /* of all strangers of a network together */
	int known_times;	  /* a source we know may so many times as much; it counts in no network */
};
struct flood;

/* NULL when memory is out. */
struct flood *sip_flood_new(void);
void sip_flood_free(struct flood *f);
/* Takes one out of the source's buckets. False: it is more than the source may, and is to be dropped. */
bool sip_flood_is_fine(struct flood *f, const struct flood_limits *limits, enum flood_kind kind,
	const struct throttle_address *source, bool is_known, int64_t now_ms);

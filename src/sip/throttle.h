/* What strangers may cost: a score per source for messages that were refused, and failed logins. Pure
 * mechanism: time comes as a parameter. A fixed table (no allocation after sip_throttle_new); the source seen
 * longest ago gives up its place. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_SCORE_MAX 200		 /* refused messages in hand before packets are dropped unread */
#define THROTTLE_DECAY_PER_S 100	 /* how fast they are forgiven */
#define THROTTLE_FAILURES_MAX 10	 /* failed logins... */
#define THROTTLE_FAILURE_WINDOW_MS 60000 /* ...within this */
#define THROTTLE_BLOCK_MS 60000		 /* and logins of the source are refused unchecked for so long */

struct throttle;
struct throttle_address { /* IPv4 as ::ffff:a.b.c.d; of IPv6 only the /64 counts */
	uint8_t at[16];
};

/* NULL when memory is out. */
struct throttle *sip_throttle_new(void);
void sip_throttle_free(struct throttle *t);
/* A message of the source was refused. */
void sip_throttle_add(struct throttle *t, const struct throttle_address *source, int64_t now_ms);
/* Whether messages of the source are to be dropped unread. */
bool sip_throttle_is_exceeded(
	const struct throttle *t, const struct throttle_address *source, int64_t now_ms);
void sip_throttle_login_failed(struct throttle *t, const struct throttle_address *source, int64_t now_ms);
/* A good login forgets the failures before it, but ends no block. */
void sip_throttle_login_succeeded(struct throttle *t, const struct throttle_address *source, int64_t now_ms);
/* A good login within the last THROTTLE_KNOWN_MS. */
#define THROTTLE_KNOWN_MS (60 * 60 * 1000)
bool sip_throttle_is_known(const struct throttle *t, const struct throttle_address *source, int64_t now_ms);
/* One more proven wrong login, also while they are blocked: whether that makes wrong_max (0: never) within
 * THROTTLE_WRONG_MS without a good one between, and the count begins anew. */
#define THROTTLE_WRONG_MS (60 * 60 * 1000)
bool sip_throttle_is_over(
	struct throttle *t, const struct throttle_address *source, int wrong_max, int64_t now_ms);
bool sip_throttle_login_is_blocked(
	const struct throttle *t, const struct throttle_address *source, int64_t now_ms);

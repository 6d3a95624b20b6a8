/* Which trunk a source address belongs to: exact address and port before exact address, before the longest
 * prefix. Pure. Looking up costs a binary search per prefix length in use, however many trunks there are. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct match_rule {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d, bits beyond the prefix zero */
	uint8_t bits;	     /* 0..128 */
	uint16_t port;	     /* 0: any */
	void *value;
};
struct match {
	struct match_rule *rules; /* sorted: longest prefix first, then address, then port */
	size_t len, room;
};

/* Reads "192.0.2.7", "192.0.2.7:5062", "192.0.2.0/24", "2001:db8::1", "[2001:db8::1]:5062" or
 * "2001:db8::/32". 0 or -EINVAL. value is left NULL. */
int sip_match_parse(const char *text, struct match_rule *ret_rule);
/* 0 or -ENOMEM. Of two equal rules the one added first wins. Call sip_match_seal after the last. */
int sip_match_add(struct match *m, const struct match_rule *rule);
void sip_match_seal(struct match *m);
/* The value of the best rule, or NULL. */
void *sip_match_find(const struct match *m, const uint8_t address[16], uint16_t port);
/* Whether any rule covers the address, whatever the port. */
bool sip_match_has_address(const struct match *m, const uint8_t address[16]);
void sip_match_free(struct match *m);

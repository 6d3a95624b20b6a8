/* Who is not heard at all for a while: addresses and networks, each until a time. Pure mechanism in fixed
 * memory: asked for every packet (one hash for each length of network in use). Time comes as a parameter. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define BANS_MAX 4096 /* beyond it the one that ends first gives up its place */

struct bans;

/* NULL when memory is out. */
struct bans *sip_bans_new(void);
void sip_bans_free(struct bans *b);
/* Bans address/bits (sip_match_parse) until until_ms; an earlier ban of the same is replaced. */
void sip_bans_put(struct bans *b, const uint8_t address[16], int bits, int64_t until_ms, int64_t now_ms);
/* False: there was none. */
bool sip_bans_lift(struct bans *b, const uint8_t address[16], int bits);
bool sip_bans_has(const struct bans *b, const uint8_t address[16], int64_t now_ms);

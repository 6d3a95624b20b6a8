/* G.711 (ITU-T G.711 tables): law bytes to linear samples and back, and one law to the other by table.
 * Pure after law_init, which media_start calls; all others are safe on any thread. */
#pragma once
#include "media/sdp/sdp.h"

#include <stddef.h>
#include <stdint.h>

#define LAW_RATE_HZ 8000

/* law_linear[law_index(codec)][byte]: 16-bit linear. law_other[...][byte]: the same sound in the other law.
 */
extern int16_t law_linear[2][256];
extern uint8_t law_other[2][256];
extern const uint8_t law_silence[2];

/* Fills the tables; any number of times, any thread. */
void law_init(void);
/* 0 for mu-law, 1 for A-law. codec is SDP_PCMU or SDP_PCMA. */
static inline int law_index(enum sdp_codec codec)
{
	return codec == SDP_PCMA;
}
/* One sample to a law byte. */
uint8_t law_encode(int law, int16_t linear);
void law_encode_n(int law, const int16_t *linear, uint8_t *ret_bytes, size_t n);
void law_decode_n(int law, const uint8_t *bytes, int16_t *ret_linear, size_t n);
/* Copies n bytes, changing the law when from and to differ. The areas may be the same. */
void law_convert(int from, int to, const uint8_t *in, uint8_t *ret_out, size_t n);

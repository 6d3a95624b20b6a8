/* G.711 by tables. The encoder's table is indexed by the 14 upper bits: 16 KB a law, exact for both laws. */
#include "media/codec/law.h"

#include <pthread.h>
#include <string.h>

int16_t law_linear[2][256];
uint8_t law_other[2][256];
const uint8_t law_silence[2] = {0xff, 0xd5};

#define ENCODE_SHIFT 2
static uint8_t encode_table[2][65536 >> ENCODE_SHIFT];

static int16_t decode_u(uint8_t byte)
{
	int u = ~byte & 0xff;
	int t = (((u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4);

	return (int16_t)((u & 0x80) ? 0x84 - t : t - 0x84);
}

static int16_t decode_a(uint8_t byte)
{
	int a = byte ^ 0x55, segment = (a & 0x70) >> 4, t = (a & 0x0f) << 4;

	if (segment == 0)
		t += 8;
	else
		t = (t + 0x108) << (segment - 1);
	return (int16_t)((a & 0x80) ? t : -t);
}

static int segment_of(int magnitude, int first)
{
	int segment = 0;

	while (segment < 8 && magnitude >= first << segment)
		segment++;
	return segment;
}

static uint8_t encode_u(int linear)
{
	int mask = linear < 0 ? 0x7f : 0xff;
	int magnitude = (linear < 0 ? -linear : linear) + 0x84;
	if (magnitude > 32767)
		magnitude = 32767;
	int segment = segment_of(magnitude, 0x100);

	return (uint8_t)(((segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) ^ mask);
}

static uint8_t encode_a(int linear)
{
	int mask = linear < 0 ? 0x55 : 0xd5;
	int magnitude = linear < 0 ? -linear - 1 : linear;
	if (magnitude > 32767)
		magnitude = 32767;
	int segment = segment_of(magnitude, 0x100);
	int low = segment < 2 ? magnitude >> 4 : magnitude >> (segment + 3);

	return (uint8_t)(((segment << 4) | (low & 0x0f)) ^ mask);
}

static void fill(void)
{
	for (int i = 0; i < 256; i++) {
		law_linear[0][i] = decode_u((uint8_t)i);
		law_linear[1][i] = decode_a((uint8_t)i);
	}
	for (int i = 0; i < 65536 >> ENCODE_SHIFT; i++) {
		int linear = (int16_t)(i << ENCODE_SHIFT);
		encode_table[0][i] = encode_u(linear);
		encode_table[1][i] = encode_a(linear);
	}
	for (int i = 0; i < 256; i++) {
		law_other[0][i] = encode_a(law_linear[0][i]);
		law_other[1][i] = encode_u(law_linear[1][i]);
	}
}

void law_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fill);
}

uint8_t law_encode(int law, int16_t linear)
{
	return encode_table[law][(uint16_t)linear >> ENCODE_SHIFT];
}

void law_encode_n(int law, const int16_t *linear, uint8_t *ret_bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret_bytes[i] = encode_table[law][(uint16_t)linear[i] >> ENCODE_SHIFT];
}

void law_decode_n(int law, const uint8_t *bytes, int16_t *ret_linear, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret_linear[i] = law_linear[law][bytes[i]];
}

void law_convert(int from, int to, const uint8_t *in, uint8_t *ret_out, size_t n)
{
	if (from == to) {
		memmove(ret_out, in, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		ret_out[i] = law_other[from][in[i]];
}

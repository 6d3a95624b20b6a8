/* A jitter buffer: packets of one source in, in any order; out at the tick, in theirs.
 *
 * The delay finds itself: it starts at one packet, grows by a tick each time the buffer runs dry (nothing is
 * skipped then, the gap is concealed), and shrinks when for some seconds there was always more than needed.
 * So a peer whose clock runs fast or slow is followed, and the buffer never grows without bound.
 *
 * Invariants: what was played is never played again; a packet older than that is late and dropped; bytes of
 * at most JITTER_BYTES are kept. Pure: no clock, no allocation after jitter_start. Must not know: legs,
 * codecs. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JITTER_PACKETS 32 /* a power of two */
#define JITTER_BYTES 8192
#define JITTER_DELAY_MS_MAX 200

struct jitter_packet {
	bool is_full;
	uint8_t kind; /* the caller's: which codec */
	uint16_t seq, n;
	uint32_t ts;
	uint64_t at; /* of its bytes in the arena, counted from the beginning of time */
};
struct jitter {
	bool is_started;
	uint16_t next_seq; /* to be played */
	uint32_t next_ts;
	uint32_t ssrc;
	int clock_khz, frame_ms; /* frame_ms: how long the last packet was */
	int n_packets;
	int debt_ms; /* concealed while dry: skipped when it turns out to have been lost */
	uint64_t head;
	uint64_t late, doubled, lost;
	struct jitter_packet packets[JITTER_PACKETS];
	uint8_t arena[JITTER_BYTES];
};

/* One packet as it comes from the network. */
struct jitter_in {
	uint32_t ssrc, ts;
	uint16_t seq;
	uint8_t kind;
	int clock_khz; /* of its timestamps: 8 or 48 */
	const uint8_t *bytes;
	size_t n;
};
void jitter_start(struct jitter *j);
/* A stream that jumps (another source, a number far off) starts anew. */
void jitter_push(struct jitter *j, const struct jitter_in *in);

enum jitter_result {
	JITTER_NOTHING, /* dry */
	JITTER_PACKET,
	JITTER_PAUSE, /* the sender said nothing for gap_ms: no packet is missing */
	JITTER_LOST,  /* conceal gap_ms; bytes, when not NULL: the packet right behind the gap */
};
struct jitter_out {
	enum jitter_result result;
	uint8_t kind;
	const uint8_t *bytes; /* valid until the next push */
	size_t n;
	int gap_ms; /* at most JITTER_DELAY_MS_MAX */
};
/* The packet in the i-th place (from 0) of those to be played, with its kind, ts, seq and bytes, which stays
 * where it is. False: none there. */
bool jitter_peek(const struct jitter *j, int i, struct jitter_in *ret_packet);
struct jitter_out jitter_pop(struct jitter *j);
/* The packet just popped lasted so long. */
void jitter_played(struct jitter *j, int ms);
/* A tick of ms passed with nothing from here. */
void jitter_dry(struct jitter *j, int ms);
/* Milliseconds waiting. */
int jitter_waiting_ms(const struct jitter *j);

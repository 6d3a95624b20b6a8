/* UDPTL, what carries T.38 over UDP (ITU-T T.38 section 9.1): a number, one internet fax packet (IFP), and
 * earlier ones once more, so that a lost datagram costs nothing. Pure.
 *
 * Redundancy is written and read. Parity (forward error correction) is read past: the packet's own content is
 * used, and we never ask for it in SDP. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDPTL_IFP_MAX 1024    /* bytes of one IFP; fax data comes in far smaller pieces */
#define UDPTL_PACKET_MAX 1400 /* of a datagram */
#define UDPTL_REPEATS 3	      /* earlier IFPs in each datagram we write */
#define UDPTL_REPEATS_READ_MAX 32

struct udptl_out {
	struct {
		uint8_t bytes[UDPTL_IFP_MAX];
		uint16_t n;
	} last[UDPTL_REPEATS];
	int n_last, at;	       /* at: where the next one goes */
	uint16_t seq;	       /* of the next datagram */
	uint16_t datagram_max; /* what the peer takes; 0: UDPTL_PACKET_MAX */
	bool is_redundant;
};

/* Wraps one IFP of n bytes (1..UDPTL_IFP_MAX) into a datagram. Its length, or -E2BIG when it is larger than
 * allowed (nothing changed). Fewer repeats are written when they do not fit. */
int udptl_write(
	struct udptl_out *out, const uint8_t *ifp, size_t n, uint8_t ret_packet[static UDPTL_PACKET_MAX]);

struct udptl_in {
	uint16_t next; /* the number expected */
	bool is_started;
	uint64_t lost, repaired; /* IFPs that never came; that came only as repeats */
};
/* One IFP, in the order of their numbers, each number once. */
typedef void udptl_handler(const uint8_t *ifp, size_t n, uint16_t seq, void *arg);

/* Reads a stranger's datagram: hands over the IFPs that were missing before it, then its own. 0, or -EBADMSG
 * (no datagram: nothing handed over). */
int udptl_read(struct udptl_in *in, const uint8_t *packet, size_t n, udptl_handler *on_ifp, void *arg);

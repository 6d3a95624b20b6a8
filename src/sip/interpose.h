/* Four more library functions taken over by symbol interposition (see timer.c for the idea), each for one
 * reason: udp_listen, to see packets before they cost anything; sip_transp_laddr, because a listener on
 * 0.0.0.0 would write that into Via and Contact; re_fprintf, because the library tells standard error about
 * every bad message; tls_start_tcp, because it does not say whose TLS connection a message came over. */
#pragma once
#include "sip/lib.h"

struct udp_tap {
	/* Before parsing: false drops the packet. */
	bool (*is_wanted)(const struct sa *source, void *arg);
	/* The packet could not be parsed. */
	void (*on_malformed)(const struct sa *source, void *arg);
	void *arg;
	/* Filled in by the tap: */
	struct udp_sock *sock;
	udp_recv_h *recv_handler;
	void *recv_arg;
};
/* Until called with false, what this thread listens on becomes the wildcard address of the same family and
 * port. */
void interpose_wildcard(bool is_wanted);
typedef void local_address_handler(struct sa *local, enum sip_transp tp, const struct sa *remote, void *arg);

/* Until called with NULL, the next UDP socket this thread opens is tapped. *tap outlives the socket. */
void interpose_udp(struct udp_tap *tap);
/* on_local corrects the local address the library of this thread is about to write. */
void interpose_local_address(local_address_handler *on_local, void *arg);
/* Whose TLS connection is being begun by this thread right now, as either side. False: none. */
bool interpose_tls_peer(struct sa *ret_peer);
/* The message being handled came as SIP/x.y with another version than 2.0. */
bool interpose_has_foreign_version(void);
/* The tap and the address are interposed in this very process: what a test asks. */
bool interpose_is_in_force(void);
/* The next dialog of this thread begins with this CSeq; 0: with a random one, as always. */
void interpose_next_cseq(uint16_t cseq);

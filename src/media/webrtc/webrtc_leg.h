/* A browser's leg from inside: shared by webrtc.c (ICE, DTLS, SRTP of one leg) and webrtc_io.c (the socket).
 */
#pragma once
#include "media/webrtc/dtls.h"
#include "media/webrtc/stun.h"
#include "media/webrtc/webrtc.h"

struct webrtc {
	char ufrag[16], password[40]; /* ours */
	char peer_ufrag[64];	      /* the browser's */
	struct endpoint peer;	      /* vouched for by STUN; len 0: none yet */
	uint64_t peer_key;	      /* in by_address; 0: none */
};

/* webrtc_io.c: queues a datagram for the end of this pass; copies it. */
void webrtc_port_send(struct audio_thread *t, const struct endpoint *to, const uint8_t *bytes, size_t n);
/* Names a leg by its ufrag and by its address. 0 or -ENOMEM. */
int webrtc_port_add(struct leg *leg);
void webrtc_port_remove(struct leg *leg);
int webrtc_port_move(struct leg *leg, const struct endpoint *to);
uint16_t webrtc_port_number(const struct audio_thread *t);

/* webrtc.c: what the socket found to be for a leg. */
void webrtc_on_stun(
	struct leg *leg, uint8_t *packet, const struct stun_request *request, const struct endpoint *from);
void webrtc_on_media(struct leg *leg, uint8_t *packet, size_t n);

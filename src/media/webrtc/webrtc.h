/* Browsers: one UDP port per audio thread carries STUN (ICE-lite, RFC 8445), DTLS and SRTP of all of them
 * (RFC 7983).
 *
 * Invariant: nothing from the network changes a leg's state before it is authenticated: STUN by its
 * MESSAGE-INTEGRITY, DTLS only from an address STUN vouched for and by the certificate's fingerprint, SRTP by
 * its tag. */
#pragma once
#include "media/engine.h"

/* Our certificate and the DTLS settings shared by all threads. Loads path, or makes it (mode 0600). 0;
 * -errno; -EINVAL when the file holds no usable certificate and key. An empty path keeps the certificate in
 * memory only. */
int webrtc_identity_load(struct webrtc_identity **ret_identity, const char *path);
void webrtc_identity_free(struct webrtc_identity *identity);

/* The shared socket of a thread. 0 or -errno (-EADDRINUSE). */
int webrtc_port_open(struct audio_thread *t);
int webrtc_port_fd(const struct audio_thread *t);
void webrtc_port_readable(struct audio_thread *t);
/* Sends what this pass collected. */
void webrtc_port_flush(struct audio_thread *t);
void webrtc_port_close(struct audio_thread *t);

/* A browser's leg. webrtc_leg_new: 0, -ENOMEM, -ENOTSUP when there is no WebRTC port. */
int webrtc_leg_new(struct leg *leg);
void webrtc_leg_free(struct leg *leg);
/* What our SDP needs. */
void webrtc_leg_describe(const struct leg *leg, struct media_event *ret_event);
/* What the browser's SDP said. 0 or -EINVAL (no fingerprint, ufrag or password). */
int webrtc_leg_remote(struct leg *leg, const struct media_command *c);
/* Ciphers and queues an RTP packet; in place, with room behind it. */
void webrtc_leg_send(struct leg *leg, uint8_t *packet, size_t n);
/* Queues a datagram as it is (DTLS). */
void webrtc_leg_send_raw(struct leg *leg, const uint8_t *bytes, size_t n);

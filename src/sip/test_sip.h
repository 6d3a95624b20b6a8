/* What the tests of this room share: a started sip whose events can be waited for, and a scripted peer on a
 * real socket. Waiting is always for something to happen, with a generous limit; nothing sleeps and hopes. */
#pragma once
#include "sip/sip.h"
#include "harness/test.h"

#include <stdbool.h>
#include <stdint.h>

#define WAIT_MS 10000
#define MESSAGE_MAX 8192

struct bed { /* a sip under test */
	struct sip *sip;
	struct mailbox *events;
	uint16_t udp, tcp;
	bool is_full; /* events are refused while set */
};
struct peer { /* a telephone made of a socket and sprintf */
	int fd;
	bool is_tcp;
	uint16_t port, to_port;
	char in[MESSAGE_MAX]; /* the last message received */
	char rest[MESSAGE_MAX];
	size_t n_rest;
};

/* Starts with a UDP and a TCP listener on loopback and legs_max legs. False (test failed) when it cannot. */
bool bed_start(struct bed *bed, int legs_max);
/* As bed_start, on another address. */
bool bed_start_at(struct bed *bed, const char *address, int legs_max);
/* As bed_start, with what config says beside its listeners (the address of the first is taken) and realm. */
bool bed_start_with(struct bed *bed, const struct sip_config *config);
void bed_stop(struct bed *bed);
/* Waits for the next event of kind for WAIT_MS; others are dropped. False when none came. */
bool bed_wait(struct bed *bed, enum sip_event_kind kind, struct sip_event *ret_event);
/* As bed_wait, for so long. */
bool bed_wait_ms(struct bed *bed, enum sip_event_kind kind, struct sip_event *ret_event, int ms);
/* Whether an event of kind comes within ms. */
bool bed_has(struct bed *bed, enum sip_event_kind kind, int ms);
/* Puts a directory in force: trunk 7 accepts 127.0.0.1:trunk_port (0: none) with calls_max, proxy at the same
 * port, and account "1001" (user 42) with password "secret". */
void bed_configure(struct bed *bed, uint16_t trunk_port, int calls_max);
/* Returns when every command sent so far has been carried out. Events up to then are dropped. */
void bed_settle(struct bed *bed);
/* Sends a command about leg. */
void bed_command(struct bed *bed, enum sip_command_kind kind, uint64_t leg, int code);
/* An SDP as the media room would fill it in. */
struct sdp bed_sdp(uint16_t port);

bool sip_peer_open(struct peer *peer, uint16_t to_port, bool is_tcp);
void sip_peer_close(struct peer *peer);
void peer_send(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void peer_send_n(struct peer *peer, const void *data, size_t n);
/* The next message into peer->in; false when none comes within ms. */
bool peer_receive(struct peer *peer, int ms);
/* Waits for a message that starts with this ("SIP/2.0 200", "INVITE "); others are dropped. */
bool peer_expect(struct peer *peer, const char *start);
/* As peer_expect, and the CSeq header ends in method. */
bool peer_expect_for(struct peer *peer, const char *start, const char *method);
/* The value of header name in the last message ("" when absent), in a buffer good until the next call but
 * seven. */
const char *peer_header(const struct peer *peer, const char *name);
/* Sends a request of this peer as a caller. id makes Call-ID, tag and branch; cseq its number; to_tag ""
 * outside a dialog; more: further header lines, each with \r\n; body with its type, or NULL. */
void peer_request(struct peer *peer, const char *method, const char *id, int cseq, const char *to_tag,
	const char *more, const char *type, const char *body);
/* Answers the last message (a request). more as above. */
void peer_answer(struct peer *peer, int code, const char *reason, const char *more, const char *type,
	const char *body);
/* The tag of the last message's To. */
const char *peer_to_tag(const struct peer *peer);
/* An SDP body with PCMU at the port. */
const char *peer_sdp(int port, const char *direction);
/* An Authorization line that answers the challenge in the peer's last message. */
const char *bed_authorize(
	const struct peer *peer, const char *login, const char *password, const char *method);

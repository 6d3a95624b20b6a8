/* What the files of this room share: the state of one SIP thread. Everything here belongs to that thread.
 *
 * sip.c      the public face, any thread          thread.c   starts and stops the thread
 * room.c     the thread's inside: commands in, events out
 * transport.c listeners, buffers, TLS, local addresses, floods               request.c  every request that
 * comes in leg.c      a leg's life and end          connect.c  outgoing INVITE        accept.c   incoming
 * INVITE modify.c   re-INVITE, both ways          dialog.c   BYE, INFO, OPTIONS ping, REFER/NOTIFY inside a
 * dialog directory.c trunks and accounts          trunk.c    qualify, registration outwards registrar.c
 * REGISTER          login.c    digest          contact.c  where phones are          qualify.c  whether they
 * are registrations.c contacts kept on disk          messages.c message waiting          timer.c, interpose.c
 * what is taken over from libre */
#pragma once
#include "sip/digest.h"
#include "sip/guard.h"
#include "sip/interpose.h"
#include "sip/lib.h"
#include "sip/match.h"
#include "sip/throttle.h"
#include "sip/types.h"
#include "base/map.h"
#include "loop/mailbox.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#define LISTEN_MAX 8
#define RESTORE_MS 5000	      /* so long what comes for unknown dialogs may wait for theirs */
#define INBOX_MAX 16384	      /* commands waiting */
#define COMMANDS_PER_TURN 256 /* then the network gets its turn */
#define CALL_ID_MAX 128	      /* told and kept */
#define CALL_ID_READ_MAX 256  /* accepted from peers */
#define RETRY_AFTER_S 5
#define LOCAL_CACHE 64
#define ALLOW "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REFER, NOTIFY, REGISTER, UPDATE, PRACK\r\n"
#define SUPPORTED "Supported: timer, 100rel, replaces\r\n"
#define NO_BODY "Content-Length: 0\r\n\r\n"

struct askers;
struct cert_live;
struct directory;
struct srv_cache;
struct leg;
struct registrations;

struct local_entry { /* which of our addresses reaches remote; see transport.c */
	struct sa remote, local;
	int64_t until_ms;
};

struct room {
	struct sip_config config;
	sip_event_handler *on_event;
	void *arg;
	struct mailbox *inbox;
	struct tmr tmr_inbox; /* commands left over from the last turn */
	pthread_t thread;

	/* libre */
	struct sip *stack;
	struct dnsc *dnsc;
	struct tls *tls;
	struct udp_tap taps[LISTEN_MAX];
	uint16_t ports[LISTEN_MAX];
	struct local_entry locals[LOCAL_CACHE];
	struct cert_live *certificate;
	struct hash *tls_peers; /* see tls.c */

	/* calls */
	struct hash *dialogs; /* struct branch by Call-ID */
	struct map legs;      /* live struct leg by id */
	struct list all_legs; /* live and dying */
	struct directory *directory;
	struct registrations *registrations; /* kept on disk; NULL: not */

	struct list tests; /* of trunks; see trunk_test.c */
	struct srv_cache *srv;

	/* lamps of telephones; see messages.c */
	struct sipevent_sock *events;
	struct list subscriptions; /* the oldest first */
	int n_subscriptions;
	struct map messages; /* user -> what waits */

	/* strangers */
	struct digest_key key;
	struct askers *askers; /* see login.c; NULL: nobody was challenged yet */
	struct throttle *throttle;
	struct guard guard;
	int n_malformed;
	struct tmr tmr_malformed;
	char malformed_source[64];

	bool is_stopping, has_overload_logged;
	int64_t stop_until_ms;
	struct tmr tmr_stop;
	int stop_timeout_ms;

	int64_t restore_until_ms;
	sem_t ready; /* posted once start has succeeded or failed */
	int start_error;
};

/* room.c */

/* The thread. arg: struct room. */
void *room_main(void *arg);
/* Hands an event to the owner. False when it was not taken. */
bool room_tell(struct room *room, const struct sip_event *event);
/* Counts an attempt that becomes no leg: tells SIP_REFUSED and charges the source. msg may be NULL. */
void room_refuse(struct room *room, const struct sip_msg *msg, enum sip_refusal why, int code, uint64_t trunk,
	const char *reason);
/* A message that could not be read at all: summed up, told once a second at most. */
void room_malformed(struct room *room, const struct sa *source);
/* How a command to stop travels through the inbox: as SIP_CONFIGURE's kind, beyond the public ones. */
#define ROOM_STOP 1000

/* transport.c */

/* Opens every listener. 0 or -errno, logged. */
int transport_start(struct room *room);
/* Whether a peer speaks IPv6; an IPv4 one on a socket of both families does not. */
bool transport_is_v6(const struct sa *sa);
/* The 16 bytes of an address that throttle, match and nonces use; with is_network only the /64 of IPv6. */
void transport_address(const struct sa *sa, uint8_t ret_address[16]);
struct throttle_address transport_source(const struct sa *sa);
/* "<sip:address:port;transport=x>" for Contact, as the peer at remote must see us. local: NULL, or what the
 * request came to. */
void transport_contact(struct room *room, enum sip_transp tp, const struct sa *local, const struct sa *remote,
	char *ret_contact, size_t size);
/* "address:port" */
void transport_text(const struct sa *sa, char *ret_text, size_t size);

/* messages.c */

/* SUBSCRIBE to message-summary: libre's notifier takes it. */
bool messages_is_subscription(const struct sip_msg *msg);
/* libre's handler of subscriptions outside a dialog: the login is asked for, then it is taken. */
bool messages_subscribed(const struct sip_msg *msg, void *room);
/* What the lamps of the user's telephones show from now on. */
void messages_waiting(struct room *room, uint64_t user, int unheard, int heard);
void messages_close(struct room *room);

/* request.c: libre's listeners for requests and for responses that match no transaction. */
bool request_received(const struct sip_msg *msg, void *arg);
bool response_received(const struct sip_msg *msg, void *arg);

/* What a centre and its media process say to each other: messages on a Unix socket of kind SOCK_SEQPACKET, so
 * one send is one message. Each is a remote_head and a body: the plain structs of media.h as they lie in
 * memory, without the zeros at their end. Both sides are the same program on one machine; a stranger version
 * (another layout) is refused at the greeting and nothing of it is ever read.
 *
 * Whatever comes is checked before it is used: a reader gives a struct whose texts end, whose numbers count
 * what is there and whose enums and bools are some, or -EBADMSG. Pure; knows nothing of sockets. */
#pragma once
#include "media/media.h"

#include <stddef.h>

#define REMOTE_VERSION 1
#define REMOTE_TEXT_MAX 240

enum remote_kind {
	REMOTE_HELLO = 1, /* struct remote_hello: the centre greets */
	REMOTE_REFUSED,	  /* a text: why not; the socket is closed */
	REMOTE_WELCOME,	  /* struct remote_welcome; as many FOUND follow */
	REMOTE_FOUND,	  /* struct remote_found, then its notes */
	REMOTE_CLAIM,	  /* uint64_t: the centre goes on with this leg */
	REMOTE_RESUME,	  /* all claims are made: what is left is to be closed */
	REMOTE_RESUMED,	  /* that is done; events come from now on, those that were kept first */
	REMOTE_COMMAND,	  /* struct media_command */
	REMOTE_KEEP,	  /* struct remote_keep, then the note */
	REMOTE_EVENT,	  /* struct media_event */
	REMOTE_TOTALS,	  /* struct media_totals, each second */
	REMOTE_BYE,	  /* the centre stops for good: everything is to be closed */
	REMOTE_DONE,	  /* that is done */
	REMOTE_KINDS,
};
struct remote_head {
	uint32_t kind, version;
};
struct remote_hello {
	uint32_t version, command_bytes, event_bytes, found_bytes;
	char program[32]; /* MARKAZ_VERSION: for the sentence alone */
};
struct remote_welcome {
	uint32_t n_found;
};
struct remote_keep {
	uint64_t leg;
	uint32_t note, bytes;
};
struct remote_found {
	uint64_t group, leg;
	uint8_t is_webrtc, is_ready, is_lost, n_recordings;
	uint64_t plays[MEDIA_LAYERS];
	struct media_found_recording recordings[MEDIA_LEG_RECORDINGS_MAX];
	uint32_t n_notes[MEDIA_NOTES];
};
#define REMOTE_BODY_MAX (sizeof(struct remote_found) + MEDIA_NOTES * MEDIA_NOTE_MAX)
#define REMOTE_MESSAGE_MAX (sizeof(struct remote_head) + REMOTE_BODY_MAX)

/* Writes a message of this body into ret_message (REMOTE_MESSAGE_MAX bytes): its length. n at most
 * REMOTE_BODY_MAX. */
size_t remote_write(enum remote_kind kind, const void *body, size_t n, uint8_t *ret_message);
/* The kind of a message and where its body is. 0, or -EBADMSG. */
int remote_read(const uint8_t *message, size_t n, enum remote_kind *ret_kind, const uint8_t **ret_body,
	size_t *ret_n);
/* n without the zeros at the end of these bytes. */
size_t remote_trimmed(const void *bytes, size_t n);
/* A body of at most size bytes, the rest zero: 0, or -EBADMSG when it is longer. */
int remote_take(void *ret_struct, size_t size, const uint8_t *body, size_t n);

/* What this program says of itself. */
struct remote_hello remote_hello(void);
/* "" when the two understand each other; else the sentence for the one who is refused. */
void remote_agrees(const struct remote_hello *theirs, char *ret_why, size_t size);

/* The structs of media.h from bytes of anybody: 0 or -EBADMSG, ret_* untouched then. */
int remote_command_read(const uint8_t *body, size_t n, struct media_command *ret_command);
int remote_event_read(const uint8_t *body, size_t n, struct media_event *ret_event);
/* Notes point into body. */
int remote_found_read(const uint8_t *body, size_t n, struct media_found *ret_found);
/* The note of this leg; *ret_bytes points into body. */
int remote_keep_read(const uint8_t *body, size_t n, struct remote_keep *ret_keep, const uint8_t **ret_bytes);

/* What the files of the server share. All of it belongs to its thread, but for the mailbox. */
#pragma once
#include "base/vec.h"
#include "loop/mailbox.h"
#include "media/remote/roll.h"
#include "media/remote/server.h"
#include "media/remote/wire.h"

#include <pthread.h>
#include <stdatomic.h>

#define REMOTE_EVENTS_MAX 65536 /* from the engine's threads, on their way to ours */
#define REMOTE_KEPT_MAX 16384	/* told to nobody yet; beyond it only ends are kept */
#define REMOTE_ORPHANS_S 600

enum remote_stage {
	REMOTE_ALONE,	 /* nobody is there */
	REMOTE_GREETING, /* somebody is; HELLO is awaited */
	REMOTE_CLAIMING, /* it was told what there is; RESUME is awaited */
	REMOTE_RESUMING, /* what it did not claim is being closed */
	REMOTE_STEADY,
	REMOTE_LEAVING, /* everything is being closed for it */
};
struct remote_server {
	struct media *media;
	struct mailbox *events;
	struct roll roll;
	char path[MEDIA_PROCESS_PATH_MAX + 1];
	int listen_fd, fd; /* fd: the centre's; -1: none */
	pthread_t thread;
	bool has_thread;
	_Atomic bool is_stopping;
	enum remote_stage stage;
	int64_t since_ms; /* of this stage, monotonic */
	int64_t second_ms, orphans_ms;
	VEC(struct media_event) out; /* from first on, in order */
	size_t first;
	uint64_t n_lost;	   /* events nobody was there for and that were too many to keep */
	struct media_command held; /* the engine was too far behind; nothing else is read until it goes */
	bool has_held;
	uint8_t *message; /* REMOTE_MESSAGE_MAX */
};

/* --- server_events.c */

/* Called on the engine's threads. */
void remote_server_on_event(const struct media_event *e, void *arg);
/* Takes what the engine told into the roll and the queue. */
void remote_server_take(struct remote_server *s);
/* Tells the centre as much as it takes; false: it is gone. */
bool remote_server_flush(struct remote_server *s);
/* Only events of legs the new centre claimed are for it. */
void remote_server_keep_claimed(struct remote_server *s);
/* Nobody will ask for them. */
void remote_server_forget(struct remote_server *s);
/* Sends one message, waiting so long for room. False: it is gone. */
bool remote_server_say(
	struct remote_server *s, enum remote_kind kind, const void *body, size_t n, int wait_ms);

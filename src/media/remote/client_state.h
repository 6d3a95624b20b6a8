/* What the files of the client share. */
#pragma once
#include "base/vec.h"
#include "media/remote/client.h"
#include "media/remote/roll.h"
#include "media/remote/wire.h"

#include <pthread.h>
#include <stdatomic.h>

struct remote_client {
	char path[MEDIA_PROCESS_PATH_MAX + 1];
	media_event_handler *on_event;
	void *arg;
	VEC(struct media_found) found; /* until resumed; their notes are ours */
	uint8_t *received;	       /* REMOTE_MESSAGE_MAX + 1; of whoever reads the socket */
	pthread_t thread;
	bool has_thread;
	_Atomic bool is_stopping;
	int wake_fd;
	/* what follows is under the mutex: any thread sends */
	pthread_mutex_t mutex;
	int fd; /* -1: there is no media process */
	struct roll roll;
	uint8_t *message;    /* REMOTE_MESSAGE_MAX */
	VEC(uint8_t) spill;  /* what the socket did not take yet: length and message, again and again */
	size_t spilled_from; /* sent up to here */
	struct media_totals totals;
};

/* client_lost.c: the media process is gone: what it carried has ended. The client's thread. */
void remote_client_lost(struct remote_client *c);
/* What is asked of a leg that is gone with its media process, or while there is none, is answered at once. */
void remote_client_answer(struct remote_client *c, const struct media_command *command);

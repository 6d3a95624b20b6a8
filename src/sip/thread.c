/* See thread.h. */
#include "sip/thread.h"
#include "sip/directory.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>

#define STOP_SEND_TRIES 1000

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int init_error;

static void init(void)
{
	init_error = sodium_init() < 0 ? -EIO : -libre_init();
	dbg_init(DBG_EMERG, DBG_NONE); /* its warnings are about peers' messages: counted here, not printed */
}

static void room_free(struct room *room)
{
	struct sip_command c;

	while (room->inbox && mailbox_take(room->inbox, &c))
		if (c.kind == SIP_CONFIGURE)
			sip_directory_free(c.directory);
		else if (c.kind == SIP_CALL || c.kind == SIP_REINVITE)
			siprec_free(c.siprec);
		else if (c.kind == SIP_RESTORE)
			alloc_free(c.restore.note);
	mailbox_free(room->inbox);
	sip_throttle_free(room->throttle);
	guard_stop(room);
	alloc_free(room->directory);
	alloc_free(room->askers);
	sem_destroy(&room->ready);
	alloc_free(room);
}

int room_start(
	struct room **ret_room, const struct sip_config *config, sip_event_handler *on_event, void *arg)
{
	struct room *room;
	int err;

	pthread_once(&once, init);
	if (init_error)
		return init_error;
	if (config->n_listen < 1 || config->n_listen > LISTEN_MAX || config->legs_max < 1)
		return -EINVAL;
	room = alloc_zero(sizeof(*room));
	if (!room)
		return -ENOMEM;
	room->config = *config;
	room->on_event = on_event;
	room->arg = arg;
	room->restore_until_ms = clock_mono_ms() + RESTORE_MS;
	digest_key_make(&room->key);
	sem_init(&room->ready, 0, 0);
	room->throttle = sip_throttle_new();
	room->directory = alloc_zero(sizeof(*room->directory));
	err = room->throttle && room->directory && guard_start(room) == 0
		      ? mailbox_new(&room->inbox, sizeof(struct sip_command), INBOX_MAX)
		      : -ENOMEM;
	if (!err)
		err = -pthread_create(&room->thread, NULL, room_main, room);
	if (err) {
		room_free(room);
		return err;
	}
	while (sem_wait(&room->ready) < 0)
		;
	if (room->start_error) {
		err = room->start_error;
		pthread_join(room->thread, NULL);
		room_free(room);
		return err;
	}
	*ret_room = room;
	return 0;
}

int room_send(struct room *room, const struct sip_command *command)
{
	return mailbox_send(room->inbox, command);
}

void room_stop(struct room *room, int timeout_ms)
{
	struct sip_command c = {.kind = (enum sip_command_kind)ROOM_STOP, .code = timeout_ms};
	struct timespec wait = {.tv_nsec = 1000000};

	for (int i = 0; i < STOP_SEND_TRIES && mailbox_send(room->inbox, &c) < 0; i++)
		nanosleep(&wait, NULL);
	pthread_join(room->thread, NULL);
	room_free(room);
}

uint16_t room_port(const struct room *room, int i)
{
	return i >= 0 && i < room->config.n_listen ? room->ports[i] : 0;
}

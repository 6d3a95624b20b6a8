/* Between the public face and the inside: starting, reaching and stopping the SIP thread. Knows nothing of
 * libre. */
#pragma once
#include "sip/types.h"

struct room;

/* Starts the thread and waits until its listeners are open. 0 or -errno. */
int room_start(
	struct room **ret_room, const struct sip_config *config, sip_event_handler *on_event, void *arg);
/* Any thread. 0 or -ENOBUFS. */
int room_send(struct room *room, const struct sip_command *command);
/* Stops, joins and frees. */
void room_stop(struct room *room, int timeout_ms);
uint16_t room_port(const struct room *room, int i);

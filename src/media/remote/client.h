/* The centre's side of a media process: what media.h promises, over its socket (wire.h).
 *
 * When the media process dies, everything it carried is told to have ended: recordings (their files made
 * whole first), faxes, plays, and each leg as LEG_LOST with -EPIPE; what is asked of such a leg later is
 * answered here. Then the next media process is waited for, for ever. */
#pragma once
#include "media/media.h"

struct remote_client;

/* Connects and greets; see media_start. */
int remote_client_start(
	struct remote_client **ret_client, const char *path, media_event_handler *on_event, void *arg);
const struct media_found *remote_client_found(const struct remote_client *c, size_t i);
void remote_client_claim(struct remote_client *c, uint64_t leg);
void remote_client_resume(struct remote_client *c);
/* As media_send, media_keep and media_totals. Any thread. */
int remote_client_send(struct remote_client *c, const struct media_command *command);
int remote_client_keep(
	struct remote_client *c, uint64_t leg, enum media_note note, const void *bytes, size_t n);
void remote_client_totals(struct remote_client *c, struct media_totals *ret_totals);
/* Has everything closed, and waits some seconds for it. NULL is fine. */
void remote_client_stop(struct remote_client *c);

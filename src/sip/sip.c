/* The public face: what other threads may call. Must not include libre's headers, which know another
 * sip_send. */
#include "sip/sip.h"
#include "sip/thread.h"
#include "base/alloc.h"

#include <errno.h>

struct sip {
	struct room *room;
};

int sip_start(struct sip **ret_sip, const struct sip_config *config, sip_event_handler *on_event, void *arg)
{
	struct sip *sip = alloc_zero(sizeof(*sip));
	int err;

	if (!sip)
		return -ENOMEM;
	err = room_start(&sip->room, config, on_event, arg);
	if (err < 0) {
		alloc_free(sip);
		return err;
	}
	*ret_sip = sip;
	return 0;
}

int sip_send(struct sip *sip, const struct sip_command *command)
{
	return room_send(sip->room, command);
}

void sip_stop(struct sip *sip, int timeout_ms)
{
	if (!sip)
		return;
	room_stop(sip->room, timeout_ms);
	alloc_free(sip);
}

uint16_t sip_listen_port(const struct sip *sip, int i)
{
	return room_port(sip->room, i);
}

struct sip_directory *sip_directory_new(int n_trunks, int n_accounts)
{
	struct sip_directory *d = alloc_zero(sizeof(*d));

	if (!d)
		return NULL;
	d->n_trunks = n_trunks;
	d->n_accounts = n_accounts;
	d->trunks = alloc_array((size_t)n_trunks, sizeof(*d->trunks));
	d->accounts = alloc_array((size_t)n_accounts, sizeof(*d->accounts));
	if (!d->trunks || !d->accounts) {
		sip_directory_free(d);
		return NULL;
	}
	return d;
}

void sip_directory_free(struct sip_directory *d)
{
	if (!d)
		return;
	alloc_free(d->trunks);
	alloc_free(d->accounts);
	alloc_free(d);
}

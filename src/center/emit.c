/* One event into the log and, by the same fold that makes every report, into today's figures. */
#include "base/log.h"
#include "center/recover/outlive.h"
#include "center/state.h"

#include <errno.h>

void emit(struct center *c, struct event *e)
{
	int err;

	e->tenant = TENANT;
	e->at_ms = center_wall(c);
	err = store_append(c->parts.store, e, &e->seq);
	if (err == 0)
		c->last_seq = e->seq;
	else
		log_error("center", e->interaction, "event %s could not be kept: error %d",
			event_name(e->type), err);
	if (kpi_apply(c->fold, e) < 0)
		log_error("center", e->interaction,
			"memory is out: today's live figures miss an event (reports do not)");
	if (e->queue)
		live_queue_changed(c, e->queue);
	c->is_all_dirty = true;
	outlive_changed(c, e->interaction);
}

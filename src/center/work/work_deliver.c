/* Contacts that came by telephone and are worked off without one: voicemail and faxes. Opened by the centre
 * itself, not by another system; from then on contacts like any other. */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/work/work_state.h"
#include "resource/descriptors.h"

static const char *const kinds[WORK_KINDS] = {
	[WORK_PLAIN] = "", [WORK_VOICEMAIL] = "voicemail", [WORK_FAX] = "fax"};

enum work_kind work_kind_of(const char *channel)
{
	for (enum work_kind k = WORK_VOICEMAIL; k < WORK_KINDS; k++)
		if (str_equal(kinds[k], channel))
			return k;
	return WORK_PLAIN;
}

const char *work_channel_name(const struct work *w)
{
	return w->kind != WORK_PLAIN ? kinds[w->kind] : channel_names[w->channel];
}

static const char *refusal(const struct center *c, const struct work_delivery *d)
{
	const struct queue *q = snapshot_queue(c->snapshot, d->queue);

	if (!q)
		return "not_found";
	if (q->rule.channel != ROUTE_MESSAGE)
		return "wrong_channel";
	return c->work->by_id.len >= WORK_MAX ? "too_many" : NULL;
}

const char *work_deliver(struct center *c, const struct work_delivery *d, uint64_t *ret_interaction)
{
	/* A place that is kept is never turned away: neither by opening hours nor by a full queue. */
	struct entry e = {.since_ms = center_wall(c) - 1, .attached = d->attached};
	struct center_work ask = {.queue = d->queue,
		.customer = (json_t *)d->customer,
		.past = (json_t *)d->past,
		.last_agent = d->last_agent,
		.priority = d->priority};
	const char *why = refusal(c, d), *known = jsonx_text(d->customer, "name", NULL);

	if (why)
		return why;
	struct work *w = work_new(c, id_new(), d->from ? d->from : "",
		known	  ? known
		: d->name ? d->name
			  : "",
		d->to ? d->to : "");
	if (!w)
		return "no_memory";
	e.amount = d->amount < 0 ? 0 : d->amount > ENTRY_AMOUNT_MAX ? ENTRY_AMOUNT_MAX : d->amount;
	w->channel = ROUTE_MESSAGE;
	w->kind = (uint8_t)d->kind;
	w->queue = d->queue;
	*ret_interaction = w->id;
	work_emit(c, &(struct event){.type = EVENT_INTERACTION_STARTED,
			     .interaction = w->id,
			     .from = *work_from(w) ? work_from(w) : NULL,
			     .to = *work_to(w) ? work_to(w) : NULL,
			     .name = *work_name(w) ? work_name(w) : NULL,
			     .reason = "inbound",
			     .text = work_channel_name(w)});
	c->work->opened++;
	work_enter(w, &ask, &e);
	return NULL;
}

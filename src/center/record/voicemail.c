/* What becomes of a message a caller left: a contact in a queue of messages, routed to an agent like any
 * other; or somebody's own, who is told and finds it in the list.
 *
 * Invariants: a message is an EVENT_VOICEMAIL_LEFT first, whatever becomes of it: it is with the recordings.
 * Both are said before its EVENT_RECORDING_ENDED: a recording that has ended in the log is with whom it is
 * for, and what a crash cut off in between is still open there, so that the next start goes on with it.
 */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/record/mailbox.h"
#include "center/request.h"
#include "center/work/work_state.h"

/* The queue it is worked off in; 0: none. */
static uint64_t queue_of(const struct center *c, const struct voicemail *v)
{
	if (v->deliver_to)
		return v->deliver_to;
	return v->owner ? 0 : c->snapshot->dialling.voicemail_queue;
}

/* The contact that brings it, if a start before this one opened it and was cut off then; NULL: none. */
static struct work *brought_by(const struct center *c, uint64_t recording)
{
	struct work *w;

	for (size_t i = 0; (w = map_next(&c->work->by_id, &i));)
		if (w->kind == WORK_VOICEMAIL && mailbox_brings(w, recording))
			return w;
	return NULL;
}

/* Its contact; 0: its queue does not take it. */
static uint64_t open_contact(struct center *c, const struct voicemail *v, uint64_t queue)
{
	struct work_delivery d = {.kind = WORK_VOICEMAIL,
		.attached = v->recording,
		.amount = v->duration_ms,
		.queue = queue,
		.from = v->from,
		.name = v->name,
		.to = v->to,
		.customer = v->customer,
		.past = v->past,
		.last_agent = v->last_agent};
	const struct work *before = brought_by(c, v->recording);
	uint64_t id = before ? before->id : 0;
	const char *why = before ? NULL : work_deliver(c, &d, &id);

	if (why)
		log_error("center", v->interaction,
			"a voicemail stays with the recordings, its queue does not take it: %s", why);
	return why ? 0 : id;
}

static bool to_queue(struct center *c, const struct voicemail *v)
{
	uint64_t queue = queue_of(c, v), id;

	if (!queue || !(id = open_contact(c, v, queue)))
		return false;
	emit(c, &(struct event){.type = EVENT_VOICEMAIL_DELIVERED,
			.interaction = v->interaction,
			.queue = queue,
			.ref = v->recording,
			.number = (int64_t)id,
			.reason = "queue"});
	return true;
}

/* The person who reads what is left for the owner. */
static uint64_t reader_of(const struct center *c, uint64_t owner)
{
	const struct extension *e = snapshot_extension(c->snapshot, owner);

	return e ? e->user : owner;
}

void voicemail_deliver(struct center *c, const struct voicemail *v)
{
	if (to_queue(c, v) || !v->owner)
		return;
	emit(c, &(struct event){.type = EVENT_VOICEMAIL_DELIVERED,
			.interaction = v->interaction,
			.agent = v->owner,
			.ref = v->recording,
			.reason = "person"});
	mailbox_changed(c, v->owner);
	push_person(c, reader_of(c, v->owner),
		json_pack("{s:s,s:o,s:o,s:I,s:s,s:s}", "on", "voicemail", "recording", json_id(v->recording),
			"interaction", json_id(v->interaction), "duration_ms", (json_int_t)v->duration_ms,
			"from", v->from, "name", v->name));
}

void voicemail_left(struct interaction *ix, uint64_t recording, int64_t duration_ms)
{
	const struct recording *r = &ix->recording;
	struct voicemail v = {.interaction = ix->id,
		.recording = recording,
		.queue = r->queue,
		.owner = r->owner,
		.deliver_to = r->deliver_to,
		.duration_ms = duration_ms,
		.from = ix->from,
		.name = ix->from_name,
		.to = ix->to,
		.customer = ix->customer_row,
		.past = ix->past,
		.last_agent = ix->last_agent};

	emit(ix->center, &(struct event){.type = EVENT_VOICEMAIL_LEFT,
				 .interaction = v.interaction,
				 .queue = v.queue,
				 .ref = v.recording,
				 .duration_ms = v.duration_ms});
	voicemail_deliver(ix->center, &v);
}

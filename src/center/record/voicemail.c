/* What becomes of a message a caller left: a contact in a queue of messages, routed to an agent like any
 * other; or somebody's own, who is told and finds it in the list.
 *
 * Invariant: a message is an EVENT_VOICEMAIL_LEFT first, whatever becomes of it: it is with the recordings.
 */
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/record/mailbox.h"
#include "center/request.h"
#include "center/work/work.h"

/* The queue it is worked off in; 0: none. */
static uint64_t queue_of(const struct interaction *ix)
{
	const struct recording *r = &ix->recording;

	if (r->deliver_to)
		return r->deliver_to;
	return r->owner ? 0 : ix->center->snapshot->dialling.voicemail_queue;
}

static bool to_queue(struct interaction *ix, uint64_t recording, int64_t duration_ms)
{
	struct center *c = ix->center;
	uint64_t id = 0, queue = queue_of(ix);
	struct work_delivery d = {.kind = WORK_VOICEMAIL,
		.attached = recording,
		.amount = duration_ms,
		.queue = queue,
		.from = ix->from,
		.name = ix->from_name,
		.to = ix->to,
		.customer = ix->customer_row,
		.past = ix->past,
		.last_agent = ix->last_agent};

	if (!queue)
		return false;
	const char *why = work_deliver(c, &d, &id);
	if (why) {
		log_error("center", ix->id,
			"a voicemail stays with the recordings, its queue does not take it: %s", why);
		return false;
	}
	emit(c, &(struct event){.type = EVENT_VOICEMAIL_DELIVERED,
			.interaction = ix->id,
			.queue = queue,
			.ref = recording,
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

void voicemail_left(struct interaction *ix, uint64_t recording, int64_t duration_ms)
{
	struct center *c = ix->center;
	const struct recording *r = &ix->recording;

	emit(c, &(struct event){.type = EVENT_VOICEMAIL_LEFT,
			.interaction = ix->id,
			.queue = r->queue,
			.ref = recording,
			.duration_ms = duration_ms});
	if (to_queue(ix, recording, duration_ms) || !r->owner)
		return;
	emit(c, &(struct event){.type = EVENT_VOICEMAIL_DELIVERED,
			.interaction = ix->id,
			.agent = r->owner,
			.ref = recording,
			.reason = "person"});
	mailbox_changed(c, r->owner);
	push_person(c, reader_of(c, r->owner),
		json_pack("{s:s,s:o,s:o,s:I,s:s,s:s}", "on", "voicemail", "recording", json_id(recording),
			"interaction", json_id(ix->id), "duration_ms", (json_int_t)duration_ms, "from",
			ix->from, "name", ix->from_name));
}

/* After a start: what is open and today's figures come from the last snapshot and the log behind it
 * (recall.h). Calls that a crash cut off are closed with reason system_restart; contacts without a telephone
 * go on where they were (work.h). What is open is read from the events, so nothing is missing and nothing
 * doubled: the closing events are ordinary events, appended once, and a start that is itself cut off leaves a
 * log the next one reads in the same way. */
#include "base/file_hash.h"
#include "base/arena.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "center/recover/alive.h"
#include "center/recover/outlive.h"
#include "center/recover/recall.h"
#include "center/state.h"
#include "center/work/work.h"
#include "event/pack.h"

#include <errno.h>
#include <sys/stat.h>
#include <limits.h>
#include <stdlib.h>

/* --- closing
 * ---------------------------------------------------------------------------------------------------------
 */

static int64_t since(int64_t at, int64_t now)
{
	return at && at < now ? now - at : 0;
}

static void close_offers(struct center *c, const struct ledger_contact *o, int64_t now)
{
	VEC_EACH(&o->offers, i)
	emit(c, &(struct event){.type = EVENT_OFFER_ENDED,
			.interaction = o->interaction,
			.segment = o->segment,
			.queue = o->queue,
			.agent = o->offers.at[i].agent,
			.ring_ms = since(o->offers.at[i].made_ms, now),
			.reason = "system_restart"});
}

static void close_segment(struct center *c, const struct ledger_contact *o, int64_t now)
{
	struct event e = {.interaction = o->interaction,
		.segment = o->segment,
		.queue = o->queue,
		.reason = "system_restart"};
	int64_t held = since(o->held_ms, now), hold_ms = o->hold_ms + held;

	close_offers(c, o, now);
	if (!o->is_answered) {
		e.type = EVENT_SEGMENT_OVERFLOWED;
		e.wait_ms = since(o->queued_ms, now);
		emit(c, &e);
		return;
	}
	e.agent = o->agent;
	if (o->held_ms)
		emit(c, &(struct event){.type = EVENT_SEGMENT_RESUMED,
				.interaction = o->interaction,
				.segment = o->segment,
				.queue = o->queue,
				.agent = o->agent,
				.hold_ms = held});
	e.type = EVENT_SEGMENT_ENDED;
	e.hold_ms = hold_ms;
	e.number = o->holds;
	e.talk_ms = since(o->answered_ms, now) - hold_ms;
	if (e.talk_ms < 0)
		e.talk_ms = 0;
	emit(c, &e);
}

/* What is there now is what the log vouches for. */
static void seal_recording(struct center *c, uint64_t interaction, uint64_t recording, const char *path)
{
	uint8_t hash[FILE_HASH_BYTES];
	char text[FILE_HASH_TEXT_SIZE];
	struct stat st;

	if (stat(path, &st) < 0 || file_hash_read(path, 0, hash) < 0)
		return;
	file_hash_text(hash, text);
	emit(c, &(struct event){.type = EVENT_RECORDING_SEALED,
			.interaction = interaction,
			.ref = recording,
			.number = st.st_size,
			.name = "wav",
			.text = text});
}

/* relative: below recordings/; NULL: nothing can be vouched for. */
static void end_recording(
	struct center *c, uint64_t interaction, uint64_t recording, const char *relative, int64_t duration_ms)
{
	char path[PATH_MAX];

	emit(c, &(struct event){.type = EVENT_RECORDING_ENDED,
			.interaction = interaction,
			.ref = recording,
			.duration_ms = duration_ms,
			.reason = "system_restart"});
	if (relative &&
		str_printf(path, sizeof(path), "%s/recordings/%s", c->parts.data_directory, relative) == 0)
		seal_recording(c, interaction, recording, path);
}

/* It is given to whom it is for once the configuration is in force: recover_voicemails. */
static int keep_voicemail(
	struct center *c, const struct recall *p, const struct ledger_recording *o, int64_t duration_ms)
{
	const struct ledger_contact *call = map_get(&p->ledger.contacts, o->interaction);
	struct cut_voicemail *v = alloc_zero(sizeof(*v));

	if (!v || VEC_PUSH(&c->cut_voicemails, v) < 0) {
		alloc_free(v);
		return -ENOMEM;
	}
	v->is_left = o->is_left;
	v->is_delivered = o->is_delivered;
	str_put(v->path, sizeof(v->path), o->path);
	str_put(v->from, sizeof(v->from), call ? call->from : NULL);
	str_put(v->name, sizeof(v->name), call ? call->name : NULL);
	str_put(v->to, sizeof(v->to), call ? call->to : NULL);
	v->mail = (struct voicemail){.interaction = o->interaction,
		.recording = o->id,
		.queue = o->queue,
		.owner = o->owner,
		.deliver_to = o->deliver_to,
		.duration_ms = duration_ms,
		.from = v->from,
		.name = v->name,
		.to = v->to};
	return 0;
}

static int close_recording(struct center *c, const struct recall *p, const struct ledger_recording *o)
{
	char path[PATH_MAX];
	int64_t duration_ms = 0;
	int err;

	str_printf(path, sizeof(path), "%s/recordings/%s", c->parts.data_directory, o->path);
	err = media_recording_repair(path, &duration_ms);
	if (err < 0)
		log_error("center", o->interaction, "recording %s cannot be made whole: error %d", path, err);
	if (err == 0 && o->is_voicemail && duration_ms >= VOICEMAIL_SHORT_MS)
		return keep_voicemail(c, p, o, duration_ms);
	end_recording(c, o->interaction, o->id, err == 0 ? o->path : NULL, duration_ms);
	return 0;
}

void recover_voicemails(struct center *c)
{
	VEC_EACH(&c->cut_voicemails, i)
	{
		struct cut_voicemail *v = c->cut_voicemails.at[i];
		const struct voicemail *m = &v->mail;
		if (!v->is_left)
			emit(c, &(struct event){.type = EVENT_VOICEMAIL_LEFT,
					.interaction = m->interaction,
					.queue = m->queue,
					.ref = m->recording,
					.duration_ms = m->duration_ms});
		if (!v->is_delivered)
			voicemail_deliver(c, m);
		end_recording(c, m->interaction, m->recording, v->path, m->duration_ms);
	}
	recover_voicemails_free(c);
}

void recover_voicemails_free(struct center *c)
{
	VEC_EACH(&c->cut_voicemails, i)
	alloc_free(c->cut_voicemails.at[i]);
	VEC_FREE(&c->cut_voicemails);
}

/* When the process died: not before its last event, nor before its last sign of life. */
static int64_t died_at(const struct center *c, const struct recall *p, int64_t now)
{
	int64_t sign = alive_last(c->parts.data_directory), last = p->ledger.last_ms,
		died = sign > last ? sign : last;

	return died > 0 && died < now ? died : now;
}

static int close_wrap_ups(struct center *c, const struct recall *p, int64_t now)
{
	_cleanup_alloc_ uint64_t *keys = NULL;
	size_t n;
	int err = pack_keys(&p->ledger.wrap_ups, &keys, &n);

	for (size_t i = 0; err == 0 && i < n; i++) {
		const struct ledger_wrap_up *w = map_get(&p->ledger.wrap_ups, keys[i]);
		emit(c, &(struct event){.type = EVENT_WRAP_UP_ENDED,
				.interaction = w->interaction,
				.segment = w->segment,
				.queue = w->queue,
				.agent = w->agent,
				.acw_ms = since(w->started_ms, now),
				.reason = "system_restart"});
	}
	return err;
}

static int close_recordings(struct center *c, const struct recall *p)
{
	_cleanup_alloc_ uint64_t *keys = NULL;
	size_t n;
	int err = pack_keys(&p->ledger.recordings, &keys, &n);

	for (size_t i = 0; err == 0 && i < n; i++)
		if (!map_get(&c->recordings, keys[i])) /* else it is being written: its call goes on */
			err = close_recording(c, p, map_get(&p->ledger.recordings, keys[i]));
	return err;
}

static void close_party(struct center *c, const struct ledger_party *o, int64_t now)
{
	if (o->is_supervising)
		emit(c, &(struct event){.type = EVENT_SUPERVISION_CHANGED,
				.interaction = o->interaction,
				.ref = o->agent,
				.reason = "ended"});
	emit(c, &(struct event){.type = EVENT_PARTY_LEFT,
			.interaction = o->interaction,
			.agent = o->agent,
			.ref = o->id,
			.duration_ms = since(o->joined_ms, now),
			.reason = "system_restart"});
}

/* Who was in a call, and which calls were parked. */
static int close_parties(struct center *c, const struct recall *p, int64_t now)
{
	_cleanup_alloc_ uint64_t *keys = NULL, *slots = NULL;
	size_t n = 0, n_slots = 0;
	int err = pack_keys(&p->ledger.parties, &keys, &n);

	if (err == 0)
		err = pack_keys(&p->ledger.parked, &slots, &n_slots);
	for (size_t i = 0; err == 0 && i < n; i++)
		close_party(c, map_get(&p->ledger.parties, keys[i]), now);
	for (size_t i = 0; err == 0 && i < n_slots; i++) {
		const struct ledger_parked *o = map_get(&p->ledger.parked, slots[i]);
		emit(c, &(struct event){.type = EVENT_CALL_RETRIEVED,
				.interaction = o->interaction,
				.name = o->slot,
				.duration_ms = since(o->parked_ms, now),
				.reason = "system_restart"});
	}
	return err;
}

static void close_interaction(struct center *c, uint64_t id, int64_t started_ms, int64_t now)
{
	emit(c, &(struct event){.type = EVENT_INTERACTION_ENDED,
			.interaction = id,
			.duration_ms = since(started_ms, now),
			.reason = "system_restart"});
}

/* It outlived the last stop (outlive.h). */
static bool goes_on(const struct center *c, uint64_t interaction)
{
	return map_get(&c->interactions, interaction) != NULL;
}

static bool is_call(const struct ledger_contact *o)
{
	return str_equal(o->channel, "voice");
}

/* What was open lasted until the process died; it is closed now. Calls close in order of their ids. */
static int close_calls(struct center *c, const struct recall *p, int64_t now)
{
	_cleanup_alloc_ uint64_t *ids = NULL;
	const struct ledger_contact *o;
	size_t n = 0, closed = p->strays.len;
	int err = pack_keys(&p->ledger.contacts, &ids, &n);

	if (err == 0)
		err = close_parties(c, p, now);
	for (size_t i = 0; err == 0 && i < n; i++)
		if (is_call(o = map_get(&p->ledger.contacts, ids[i])) && o->segment) {
			if (goes_on(c, o->interaction))
				close_offers(c, o, now);
			else
				close_segment(c, o, now);
		}
	if (err == 0)
		err = close_recordings(c, p);
	for (size_t i = 0; err == 0 && i < n; i++)
		if (is_call(o = map_get(&p->ledger.contacts, ids[i])) && !goes_on(c, o->interaction)) {
			close_interaction(c, o->interaction, o->started_ms, now);
			closed++;
		}
	VEC_EACH(&p->strays, i)
	if (!goes_on(c, p->strays.at[i].id))
		close_interaction(c, p->strays.at[i].id, p->strays.at[i].started_ms, now);
	if (closed)
		log_warn("center", 0, "%zu contacts were cut off by the last stop: ended with system_restart",
			closed);
	return err;
}

/* --- going on
 * -------------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct ledger_contact *x = *(const struct ledger_contact *const *)a,
				    *y = *(const struct ledger_contact *const *)b;

	if (x->queued_ms != y->queued_ms)
		return x->queued_ms < y->queued_ms ? -1 : 1;
	return (x->segment > y->segment) - (x->segment < y->segment);
}

/* Rings and holds of a contact that goes on end here. */
static void settle(struct center *c, const struct ledger_contact *o, int64_t now)
{
	struct event e = {.interaction = o->interaction, .segment = o->segment, .queue = o->queue};

	close_offers(c, o, now);
	if (!o->held_ms)
		return;
	e.type = EVENT_SEGMENT_RESUMED;
	e.agent = o->agent;
	e.hold_ms = since(o->held_ms, now);
	emit(c, &e);
}

static int restore_one(struct center *c, const struct ledger_contact *o, int64_t now)
{
	int err = work_restore(c, o);

	if (err == 0) {
		settle(c, o, now);
		return 1;
	}
	if (err == -ENOMEM)
		return err;
	log_warn("center", o->interaction, "this contact cannot go on after the restart (error %d): ended",
		err);
	if (o->segment)
		close_segment(c, o, now);
	close_interaction(c, o->interaction, o->started_ms, now);
	return 0;
}

/* In the order in which they wait. */
static int restore_works(struct center *c, const struct recall *p, int64_t now)
{
	VEC(const struct ledger_contact *) list = {0};
	const struct ledger_contact *o;
	size_t restored = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (o = map_next(&p->ledger.contacts, &i));)
		if (!is_call(o))
			rc = VEC_PUSH(&list, o);
	if (rc == 0 && list.len)
		qsort(list.at, list.len, sizeof(*list.at), by_place);
	for (size_t i = 0; rc >= 0 && i < list.len; i++) {
		rc = restore_one(c, list.at[i], now);
		restored += rc == 1;
	}
	VEC_FREE(&list);
	if (restored)
		log_info("center", 0, "%zu contacts go on where they were", restored);
	return rc < 0 ? rc : 0;
}

/* down_ms: for how long nobody was there; their time in a state does not run meanwhile. */
static int remember_agents(struct center *c, const struct recall *p, int64_t down_ms)
{
	const struct ledger_agent *from;

	for (size_t i = 0; (from = map_next(&p->ledger.agents, &i));) {
		struct restored *a = alloc_zero(sizeof(*a));
		if (!a || map_put(&c->restored, from->agent, a) < 0) {
			alloc_free(a);
			return -ENOMEM;
		}
		*a = (struct restored){.agent = from->agent,
			.break_reason = from->break_reason,
			.at_ms = from->at_ms + down_ms};
		str_put(a->state, sizeof(a->state), from->state);
	}
	return 0;
}

static int go_on(struct center *c, struct recall *p)
{
	int64_t now = center_wall(c), died = died_at(c, p, now);
	/* 0: nothing was there before; a clock that was set back makes it look as if nobody was away */
	int64_t down_ms = p->ledger.last_ms == 0 ? 0 : now > died ? now - died : 1;
	int err = p->has_newer ? store_snapshots_forget_after(c->parts.store, p->ledger.seq) : 0;

	if (err < 0) /* they do not fit, so they are not used; this start needs no room on the disk */
		log_warn("center", 0, "snapshots of another log could not be removed: error %d", err);
	kpi_free(c->fold);
	c->fold = TAKE_PTR(p->fold);
	emit(c, &(struct event){
			.type = EVENT_SYSTEM_STARTED, .text = MARKAZ_VERSION, .duration_ms = down_ms});
	err = remember_agents(c, p, down_ms);
	if (err == 0)
		err = outlive_claim(c, &p->ledger);
	if (err == 0)
		err = close_wrap_ups(c, p, died);
	if (err == 0)
		err = close_calls(c, p, died);
	return err < 0 ? err : restore_works(c, p, died);
}

int recover(struct center *c)
{
	struct store_reader *reader;
	struct recall p = {0};
	int err = store_reader_open(&reader, c->parts.data_directory);

	if (err < 0)
		return err;
	err = recall_read(&p, reader, center_wall(c));
	store_reader_close(reader);
	if (err == 0)
		err = go_on(c, &p);
	recall_free(&p);
	return err;
}

/* See ledger.h. A field that nobody needs any more is set to 0 when its time is over: two ledgers that mean
 * the same are the same bytes. */
#include "event/ledger.h"
#include "base/id.h"
#include "base/str.h"
#include "event/pack.h"

#include <errno.h>
#include <string.h>

#define LEDGER_NAME "MKLG"
#define LEDGER_VERSION 3
enum { SAVED_ANSWERED = 1, SAVED_NEAR_TARGET = 2 };
enum { SAVED_VOICEMAIL = 1, SAVED_LEFT = 2, SAVED_DELIVERED = 4 };

void ledger_init(struct ledger *l)
{
	*l = (struct ledger){0};
}

static void contact_free(struct ledger_contact *o)
{
	if (!o)
		return;
	alloc_free(o->from);
	alloc_free(o->to);
	alloc_free(o->name);
	alloc_free(o->entry);
	VEC_FREE(&o->offers);
	alloc_free(o);
}

static void free_values(struct map *m)
{
	void *p;

	for (size_t i = 0; (p = map_next(m, &i));)
		alloc_free(p);
	map_free(m);
}

void ledger_free(struct ledger *l)
{
	struct ledger_contact *o;

	for (size_t i = 0; (o = map_next(&l->contacts, &i));)
		contact_free(o);
	map_free(&l->contacts);
	free_values(&l->recordings);
	free_values(&l->wrap_ups);
	free_values(&l->agents);
	free_values(&l->parties);
	free_values(&l->parked);
	*l = (struct ledger){0};
}

/* A new value under key, in place of what was there. NULL: memory is out. */
static void *put_new(struct map *m, uint64_t key, size_t size)
{
	void *p = alloc_zero(size);

	if (!p)
		return NULL;
	alloc_free(map_remove(m, key));
	if (map_put(m, key, p) == 0)
		return p;
	alloc_free(p);
	return NULL;
}

/* *to becomes a copy of what is said, at most max - 1 bytes; nothing said: unchanged. 0 or -ENOMEM. */
static int keep_text(char **to, const char *s, size_t max)
{
	if (!s)
		return 0;
	size_t n = strnlen(s, max - 1) + 1;
	char *copy = alloc_zero(n);
	if (!copy)
		return -ENOMEM;
	str_put(copy, n, s);
	alloc_free(*to);
	*to = copy;
	return 0;
}

/* --- what events say
 * ------------------------------------------------------------------------------------------------- */

static int contact_begins(struct ledger *l, const struct event *e)
{
	if (!e->interaction)
		return 0;
	contact_free(map_remove(&l->contacts, e->interaction));
	struct ledger_contact *o = put_new(&l->contacts, e->interaction, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->interaction = e->interaction;
	o->tenant = e->tenant;
	o->started_ms = e->at_ms;
	str_put(o->channel, sizeof(o->channel), e->text ? e->text : "voice");
	if (!str_equal(o->channel, "voice"))
		o->key = e->ref;
	int err = keep_text(&o->from, e->from, LEDGER_TEXT_MAX);
	if (err == 0)
		err = keep_text(&o->to, e->to, LEDGER_TEXT_MAX);
	return err < 0 ? err : keep_text(&o->name, e->name, LEDGER_TEXT_MAX);
}

static void segment_ends(struct ledger_contact *o)
{
	VEC_FREE(&o->offers);
	alloc_free(TAKE_PTR(o->entry));
	o->segment = o->queue = o->agent = 0;
	o->queued_ms = o->answered_ms = o->held_ms = o->hold_ms = o->holds = 0;
	o->is_answered = o->is_near_target = false;
}

static int segment_begins(struct ledger_contact *o, const struct event *e)
{
	segment_ends(o);
	o->segment = e->segment;
	o->queue = e->queue;
	o->queued_ms = e->at_ms;
	if (e->ref)
		o->key = e->ref;
	int err = keep_text(&o->name, e->name, LEDGER_TEXT_MAX);
	return err < 0 ? err : keep_text(&o->entry, e->text, EVENT_TEXT_MAX + 1);
}

static void offer_ends(struct ledger_contact *o, uint64_t agent)
{
	VEC_EACH(&o->offers, i)
	if (o->offers.at[i].agent == agent) {
		VEC_REMOVE(&o->offers, i);
		return;
	}
}

static int offer_begins(struct ledger_contact *o, const struct event *e)
{
	offer_ends(o, e->agent);
	if (o->offers.len == LEDGER_OFFERS_MAX)
		return 0;
	return VEC_PUSH(&o->offers, ((struct ledger_offer){e->agent, e->at_ms}));
}

static void segment_answered(struct ledger_contact *o, const struct event *e)
{
	o->is_answered = true;
	o->agent = e->agent;
	o->answered_ms = e->at_ms;
}

static int segment_event(struct ledger_contact *o, const struct event *e)
{
	switch (e->type) {
	case EVENT_SEGMENT_QUEUED:
		return segment_begins(o, e);
	case EVENT_OFFER_MADE:
		return offer_begins(o, e);
	case EVENT_OFFER_ENDED:
		offer_ends(o, e->agent);
		break;
	case EVENT_SEGMENT_ANSWERED:
		segment_answered(o, e);
		break;
	case EVENT_SEGMENT_HELD:
		o->held_ms = e->at_ms;
		o->holds++;
		break;
	case EVENT_SEGMENT_RESUMED:
		o->held_ms = 0;
		o->hold_ms += e->hold_ms;
		break;
	case EVENT_SEGMENT_NEAR_TARGET:
		o->is_near_target = true;
		break;
	case EVENT_SEGMENT_ABANDONED:
	case EVENT_SEGMENT_OVERFLOWED:
	case EVENT_SEGMENT_ENDED:
		segment_ends(o);
		break;
	default:
		break;
	}
	return 0;
}

static int recording_begins(struct ledger *l, const struct event *e)
{
	struct ledger_recording *o = e->ref ? put_new(&l->recordings, e->ref, sizeof(*o)) : NULL;

	if (!o)
		return e->ref ? -ENOMEM : 0;
	o->id = e->ref;
	o->interaction = e->interaction;
	o->is_voicemail = str_equal(e->reason, "voicemail");
	str_put(o->path, sizeof(o->path), e->text);
	if (o->is_voicemail) {
		o->queue = e->queue;
		o->owner = e->agent;
		(void)(e->name && id_parse(e->name, &o->deliver_to)); /* else as the settings say */
	}
	return 0;
}

static void voicemail_goes_on(struct ledger *l, const struct event *e)
{
	struct ledger_recording *o = map_get(&l->recordings, e->ref);

	if (!o || !o->is_voicemail)
		return;
	o->is_left = o->is_left || e->type == EVENT_VOICEMAIL_LEFT;
	o->is_delivered = o->is_delivered || e->type == EVENT_VOICEMAIL_DELIVERED;
}

static int wrap_up_begins(struct ledger *l, const struct event *e)
{
	struct ledger_wrap_up *o = e->segment ? put_new(&l->wrap_ups, e->segment, sizeof(*o)) : NULL;

	if (!o)
		return e->segment ? -ENOMEM : 0;
	*o = (struct ledger_wrap_up){e->interaction, e->segment, e->queue, e->agent, e->at_ms};
	return 0;
}

static int party_joins(struct ledger *l, const struct event *e)
{
	struct ledger_party *o = e->ref ? put_new(&l->parties, e->ref, sizeof(*o)) : NULL;

	if (!o)
		return e->ref ? -ENOMEM : 0;
	*o = (struct ledger_party){e->ref, e->interaction, e->agent, e->at_ms, false};
	return 0;
}

static void supervision_changes(struct ledger *l, const struct event *e)
{
	struct ledger_party *o;

	for (size_t i = 0; (o = map_next(&l->parties, &i));)
		if (o->interaction == e->interaction && o->agent == e->ref)
			o->is_supervising =
				!str_equal(e->reason, "ended") && !str_equal(e->reason, "take_over");
}

static int call_is_parked(struct ledger *l, const struct event *e)
{
	struct ledger_parked *o = e->interaction ? put_new(&l->parked, e->interaction, sizeof(*o)) : NULL;

	if (!o)
		return e->interaction ? -ENOMEM : 0;
	o->interaction = e->interaction;
	o->parked_ms = e->at_ms;
	str_put(o->slot, sizeof(o->slot), e->name);
	return 0;
}

static int agent_changes(struct ledger *l, const struct event *e)
{
	if (!e->agent || !e->reason || str_equal(e->reason, "offline")) {
		alloc_free(map_remove(&l->agents, e->agent));
		return 0;
	}
	struct ledger_agent *a = map_get(&l->agents, e->agent);
	if (!a)
		a = put_new(&l->agents, e->agent, sizeof(*a));
	if (!a)
		return -ENOMEM;
	*a = (struct ledger_agent){.agent = e->agent, .break_reason = e->ref, .at_ms = e->at_ms};
	str_put(a->state, sizeof(a->state), e->reason);
	return 0;
}

static void message_written(struct ledger *l, const struct event *e)
{
	struct ledger_contact *o = map_get(&l->contacts, e->interaction);

	if (o && e->number > o->messages)
		o->messages = e->number;
}

static int contact_event(struct ledger *l, const struct event *e)
{
	struct ledger_contact *o = e->segment ? map_get(&l->contacts, e->interaction) : NULL;

	if (!o || (e->type != EVENT_SEGMENT_QUEUED && e->segment != o->segment))
		return 0;
	return segment_event(o, e);
}

/* People go on in their states; the time the system was down is none of it. */
static void system_starts(struct ledger *l, const struct event *e)
{
	struct ledger_agent *a;

	for (size_t i = 0; e->duration_ms > 0 && (a = map_next(&l->agents, &i));)
		a->at_ms = a->at_ms + e->duration_ms < e->at_ms ? a->at_ms + e->duration_ms : e->at_ms;
}

/* "markaz apply", "markaz person" and the demo's seed write these while nobody is there. */
static bool is_written_offline(const struct event *e)
{
	return e->type == EVENT_CONFIG_CHANGED || e->type == EVENT_PERSON_ERASED;
}

static int call_event(struct ledger *l, const struct event *e)
{
	switch (e->type) {
	case EVENT_PARTY_JOINED:
		return party_joins(l, e);
	case EVENT_PARTY_LEFT:
		alloc_free(map_remove(&l->parties, e->ref));
		return 0;
	case EVENT_SUPERVISION_CHANGED:
		supervision_changes(l, e);
		return 0;
	case EVENT_CALL_PARKED:
		return call_is_parked(l, e);
	case EVENT_CALL_RETRIEVED:
		alloc_free(map_remove(&l->parked, e->interaction));
		return 0;
	default:
		return contact_event(l, e);
	}
}

static int fold(struct ledger *l, const struct event *e)
{
	switch (e->type) {
	case EVENT_SYSTEM_STARTED:
		system_starts(l, e);
		return 0;
	case EVENT_AGENT_STATE:
		return agent_changes(l, e);
	case EVENT_INTERACTION_STARTED:
		return contact_begins(l, e);
	case EVENT_INTERACTION_ENDED:
		contact_free(map_remove(&l->contacts, e->interaction));
		return 0;
	case EVENT_RECORDING_STARTED:
		return recording_begins(l, e);
	case EVENT_RECORDING_ENDED:
		alloc_free(map_remove(&l->recordings, e->ref));
		return 0;
	case EVENT_VOICEMAIL_LEFT:
	case EVENT_VOICEMAIL_DELIVERED:
		voicemail_goes_on(l, e);
		return 0;
	case EVENT_WRAP_UP_STARTED:
		return wrap_up_begins(l, e);
	case EVENT_WRAP_UP_ENDED:
		alloc_free(map_remove(&l->wrap_ups, e->segment));
		return 0;
	case EVENT_MESSAGE_WRITTEN:
		message_written(l, e);
		return 0;
	default:
		return call_event(l, e);
	}
}

int ledger_apply(struct ledger *l, const struct event *e)
{
	int err = fold(l, e);

	if (err < 0)
		return err;
	l->seq = e->seq;
	if (!is_written_offline(e))
		l->last_ms = e->at_ms;
	return 0;
}

/* --- saving
 * ----------------------------------------------------------------------------------------------------------
 */

static void save_contact(struct pack *p, const void *value)
{
	const struct ledger_contact *o = value;

	pack_uint(p, o->tenant);
	pack_int(p, o->started_ms);
	pack_int(p, o->messages);
	pack_uint(p, o->key);
	pack_text(p, o->channel);
	pack_text(p, o->from);
	pack_text(p, o->to);
	pack_text(p, o->name);
	pack_uint(p, o->segment);
	if (!o->segment)
		return;
	pack_uint(p, o->queue);
	pack_int(p, o->queued_ms);
	pack_text(p, o->entry);
	pack_uint(p, o->offers.len);
	VEC_EACH(&o->offers, i)
	{
		pack_uint(p, o->offers.at[i].agent);
		pack_int(p, o->offers.at[i].made_ms);
	}
	pack_int(p, o->held_ms);
	pack_int(p, o->hold_ms);
	pack_int(p, o->holds);
	pack_uint(p, (o->is_answered ? SAVED_ANSWERED : 0) | (o->is_near_target ? SAVED_NEAR_TARGET : 0));
	if (!o->is_answered)
		return;
	pack_uint(p, o->agent);
	pack_int(p, o->answered_ms);
}

static void save_recording(struct pack *p, const void *value)
{
	const struct ledger_recording *o = value;

	pack_uint(p, o->interaction);
	pack_uint(p, (o->is_voicemail ? SAVED_VOICEMAIL : 0) | (o->is_left ? SAVED_LEFT : 0) |
			     (o->is_delivered ? SAVED_DELIVERED : 0));
	pack_text(p, o->path);
	if (!o->is_voicemail)
		return;
	pack_uint(p, o->queue);
	pack_uint(p, o->owner);
	pack_uint(p, o->deliver_to);
}

static void save_wrap_up(struct pack *p, const void *value)
{
	const struct ledger_wrap_up *o = value;

	pack_uint(p, o->interaction);
	pack_uint(p, o->queue);
	pack_uint(p, o->agent);
	pack_int(p, o->started_ms);
}

static void save_agent(struct pack *p, const void *value)
{
	const struct ledger_agent *a = value;

	pack_uint(p, a->break_reason);
	pack_text(p, a->state);
	pack_int(p, a->at_ms);
}

static void save_party(struct pack *p, const void *value)
{
	const struct ledger_party *o = value;

	pack_uint(p, o->interaction);
	pack_uint(p, o->agent);
	pack_int(p, o->joined_ms);
	pack_uint(p, o->is_supervising);
}

static void save_parked(struct pack *p, const void *value)
{
	const struct ledger_parked *o = value;

	pack_int(p, o->parked_ms);
	pack_text(p, o->slot);
}

int ledger_save(const struct ledger *l, uint8_t **ret_data, size_t *ret_n)
{
	struct pack p = {0};

	pack_begin(&p, LEDGER_NAME, LEDGER_VERSION);
	pack_uint(&p, l->seq);
	pack_int(&p, l->last_ms);
	pack_map(&p, &l->contacts, save_contact);
	pack_map(&p, &l->recordings, save_recording);
	pack_map(&p, &l->wrap_ups, save_wrap_up);
	pack_map(&p, &l->agents, save_agent);
	pack_map(&p, &l->parties, save_party);
	pack_map(&p, &l->parked, save_parked);
	return pack_end(&p, ret_data, ret_n);
}

/* --- loading
 * ---------------------------------------------------------------------------------------------------------
 */

/* A text into a buffer; too long, or absent: failed. */
static int load_into(struct unpack *u, char *buffer, size_t size)
{
	_cleanup_alloc_ char *s = NULL;
	int err = unpack_text(u, size - 1, &s);

	if (err == 0 && !s)
		u->failed = true;
	if (err == 0 && s)
		memcpy(buffer, s, strlen(s) + 1);
	return err;
}

static int load_offers(struct unpack *u, struct ledger_contact *o)
{
	size_t n = unpack_count(u);

	if (n > LEDGER_OFFERS_MAX)
		u->failed = true;
	for (size_t i = 0; i < n && !u->failed; i++) {
		struct ledger_offer offer = {.agent = unpack_uint(u)};
		offer.made_ms = unpack_int(u);
		if (VEC_PUSH(&o->offers, offer) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int load_segment(struct unpack *u, struct ledger_contact *o)
{
	o->queue = unpack_uint(u);
	o->queued_ms = unpack_int(u);
	int err = unpack_text(u, EVENT_TEXT_MAX, &o->entry);
	if (err == 0)
		err = load_offers(u, o);
	o->held_ms = unpack_int(u);
	o->hold_ms = unpack_int(u);
	o->holds = unpack_int(u);
	uint64_t flags = unpack_uint(u);
	u->failed = u->failed || flags > (SAVED_ANSWERED | SAVED_NEAR_TARGET);
	o->is_answered = flags & SAVED_ANSWERED;
	o->is_near_target = flags & SAVED_NEAR_TARGET;
	if (!o->is_answered)
		return err;
	o->agent = unpack_uint(u);
	o->answered_ms = unpack_int(u);
	return err;
}

static int load_contact(struct unpack *u, void *map, uint64_t id)
{
	struct ledger_contact *o = put_new(map, id, sizeof(*o));
	int err = o ? 0 : -ENOMEM;

	if (err < 0)
		return err;
	o->interaction = id;
	o->tenant = unpack_uint(u);
	o->started_ms = unpack_int(u);
	o->messages = unpack_int(u);
	o->key = unpack_uint(u);
	err = load_into(u, o->channel, sizeof(o->channel));
	if (err == 0)
		err = unpack_text(u, LEDGER_TEXT_MAX - 1, &o->from);
	if (err == 0)
		err = unpack_text(u, LEDGER_TEXT_MAX - 1, &o->to);
	if (err == 0)
		err = unpack_text(u, LEDGER_TEXT_MAX - 1, &o->name);
	o->segment = unpack_uint(u);
	return err == 0 && o->segment ? load_segment(u, o) : err;
}

static int load_recording(struct unpack *u, void *map, uint64_t id)
{
	struct ledger_recording *o = put_new(map, id, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->id = id;
	o->interaction = unpack_uint(u);
	uint64_t flags = unpack_uint(u);
	u->failed = u->failed || flags > (SAVED_VOICEMAIL | SAVED_LEFT | SAVED_DELIVERED) ||
		    (flags && !(flags & SAVED_VOICEMAIL));
	o->is_voicemail = flags & SAVED_VOICEMAIL;
	o->is_left = flags & SAVED_LEFT;
	o->is_delivered = flags & SAVED_DELIVERED;
	int err = load_into(u, o->path, sizeof(o->path));
	if (err < 0 || !o->is_voicemail)
		return err;
	o->queue = unpack_uint(u);
	o->owner = unpack_uint(u);
	o->deliver_to = unpack_uint(u);
	return 0;
}

static int load_wrap_up(struct unpack *u, void *map, uint64_t id)
{
	struct ledger_wrap_up *o = put_new(map, id, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->segment = id;
	o->interaction = unpack_uint(u);
	o->queue = unpack_uint(u);
	o->agent = unpack_uint(u);
	o->started_ms = unpack_int(u);
	return 0;
}

static int load_agent(struct unpack *u, void *map, uint64_t id)
{
	struct ledger_agent *a = put_new(map, id, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->agent = id;
	a->break_reason = unpack_uint(u);
	int err = load_into(u, a->state, sizeof(a->state));
	a->at_ms = unpack_int(u);
	return err;
}

static int load_party(struct unpack *u, void *map, uint64_t id)
{
	struct ledger_party *o = put_new(map, id, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->id = id;
	o->interaction = unpack_uint(u);
	o->agent = unpack_uint(u);
	o->joined_ms = unpack_int(u);
	uint64_t is_supervising = unpack_uint(u);
	u->failed = u->failed || is_supervising > 1;
	o->is_supervising = is_supervising == 1;
	return 0;
}

static int load_parked(struct unpack *u, void *map, uint64_t id)
{
	struct ledger_parked *o = put_new(map, id, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->interaction = id;
	o->parked_ms = unpack_int(u);
	return load_into(u, o->slot, sizeof(o->slot));
}

int ledger_load(struct ledger *l, const uint8_t *data, size_t n)
{
	struct unpack u;
	int err = unpack_begin(&u, data, n, LEDGER_NAME, LEDGER_VERSION);

	if (err < 0)
		return err;
	l->seq = unpack_uint(&u);
	l->last_ms = unpack_int(&u);
	err = unpack_map(&u, &l->contacts, load_contact);
	if (err == 0)
		err = unpack_map(&u, &l->recordings, load_recording);
	if (err == 0)
		err = unpack_map(&u, &l->wrap_ups, load_wrap_up);
	if (err == 0)
		err = unpack_map(&u, &l->agents, load_agent);
	if (err == 0)
		err = unpack_map(&u, &l->parties, load_party);
	if (err == 0)
		err = unpack_map(&u, &l->parked, load_parked);
	return err < 0 ? err : unpack_end(&u);
}

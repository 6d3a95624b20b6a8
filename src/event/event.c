/* Names, compact encoding and CloudEvents form of events; see event.h.
 *
 * Invariants: what event_encode writes is well-formed JSON in well-formed UTF-8, whatever bytes a peer put
 * into a name; a decoded event equals the encoded one, except for texts cut at EVENT_TEXT_MAX and bytes that
 * were no UTF-8. Must not know who stores or shows events. */
#include "event/event.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Compact keys. A letter once given keeps its meaning for ever. */
struct number_key {
	const char *key, *name;
	size_t offset;
	bool is_id;
};
#define NUMBER(key, member, is_id)                                                                           \
	{                                                                                                    \
		key, #member, offsetof(struct event, member), is_id                                          \
	}
static const struct number_key number_keys[] = {
	NUMBER("t", tenant, true),
	NUMBER("i", interaction, true),
	NUMBER("s", segment, true),
	NUMBER("q", queue, true),
	NUMBER("a", agent, true),
	NUMBER("r", ref, true),
	NUMBER("w", wait_ms, false),
	NUMBER("g", ring_ms, false),
	NUMBER("k", talk_ms, false),
	NUMBER("h", hold_ms, false),
	NUMBER("c", acw_ms, false),
	NUMBER("d", duration_ms, false),
	NUMBER("v", number, false),
	NUMBER("p", person, true),
	NUMBER("l", consults, false),
	NUMBER("e", consult_ms, false),
	NUMBER("j", conferences, false),
};
struct text_key {
	const char *key, *name;
	size_t offset;
};
static const struct text_key text_keys[] = {
	{"y", "reason", offsetof(struct event, reason)},
	{"f", "from", offsetof(struct event, from)},
	{"o", "to", offsetof(struct event, to)},
	{"m", "name", offsetof(struct event, name)},
	{"x", "text", offsetof(struct event, text)},
};
#define N_NUMBERS (sizeof(number_keys) / sizeof(number_keys[0]))
#define N_TEXTS (sizeof(text_keys) / sizeof(text_keys[0]))
#define SEALED_KEY "z"
#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_"

/* What the general fields of a type are called outside; NULL: by their own name. */
struct type_names {
	enum event_type type;
	const char *name, *ref, *number, *duration, *reason, *called, *text;
};
static const struct type_names types[] = {
	{EVENT_SYSTEM_STARTED, "system.started", .text = "version", .duration = "down_ms"},
	{EVENT_SYSTEM_STOPPED, "system.stopped"},
	{EVENT_CONFIG_CHANGED, "config.changed", .ref = "row", .called = "resource", .reason = "change",
		.number = "audit", .text = "audit_hash"},
	{EVENT_CONTACT_BLOCKED, "contact.blocked", .ref = "trunk", .number = "sip_code"},
	{EVENT_INTERACTION_STARTED, "interaction.started", .ref = "trunk", .reason = "direction",
		.text = "channel"},
	{EVENT_FLOW_ENTERED, "flow.entered", .ref = "flow", .number = "version"},
	{EVENT_FLOW_STEPPED, "flow.stepped", .called = "node", .text = "node_type"},
	{EVENT_FLOW_CHOSE, "flow.chosen", .called = "node", .text = "label", .reason = "digits"},
	{EVENT_INTERACTION_TRANSFERRED, "interaction.transferred", .ref = "target", .reason = "target_kind"},
	{EVENT_INTERACTION_ENDED, "interaction.ended", .number = "sip_code"},
	{EVENT_VOICEMAIL_LEFT, "voicemail.left", .ref = "recording"},
	{EVENT_RECORDING_STARTED, "recording.started", .ref = "recording", .called = "work_queue",
		.text = "path"},
	{EVENT_RECORDING_ENDED, "recording.ended", .ref = "recording", .number = "bytes"},
	{EVENT_RECORDING_PAUSED, "recording.paused", .ref = "recording"},
	{EVENT_RECORDING_RESUMED, "recording.resumed", .ref = "recording", .duration = "paused_ms"},
	{EVENT_RECORDING_SEALED, "recording.sealed", .ref = "recording", .number = "bytes",
		.duration = "lost_ms", .called = "format", .text = "hash"},
	{EVENT_RECORDING_DELETED, "recording.deleted", .ref = "recording"},
	{EVENT_SEGMENT_QUEUED, "segment.queued", .ref = "key", .number = "priority"},
	{EVENT_ANNOUNCED, "segment.announced", .number = "position", .duration = "estimate_ms"},
	{EVENT_OFFER_MADE, "offer.made", .number = "decision"},
	{EVENT_OFFER_ENDED, "offer.ended"},
	{EVENT_SEGMENT_ANSWERED, "segment.answered"},
	{EVENT_SEGMENT_ABANDONED, "segment.abandoned"},
	{EVENT_SEGMENT_OVERFLOWED, "segment.overflowed"},
	{EVENT_SEGMENT_HELD, "segment.held"},
	{EVENT_SEGMENT_RESUMED, "segment.resumed"},
	{EVENT_SEGMENT_ENDED, "segment.ended", .number = "holds", .called = "transfer"},
	{EVENT_WRAP_UP_STARTED, "wrap_up.started", .duration = "limit_ms"},
	{EVENT_WRAP_UP_ENDED, "wrap_up.ended", .ref = "disposition", .text = "notes"},
	{EVENT_SEGMENT_NEAR_TARGET, "segment.near_target", .duration = "left_ms"},
	{EVENT_SEGMENT_ASSIGNED, "segment.assigned", .ref = "by"},
	{EVENT_AGENT_STATE, "agent.state_changed", .ref = "break_reason", .reason = "state",
		.called = "previous_state", .duration = "previous_state_ms"},
	{EVENT_AGENT_DEVICE, "agent.device_changed", .reason = "device", .text = "contact", .called = "why",
		.number = "reachable"},
	{EVENT_TRUNK_STATE, "trunk.state_changed", .ref = "trunk", .number = "up"},
	{EVENT_NOTE_WRITTEN, "note.written", .ref = "disposition", .text = "notes"},
	{EVENT_CALL_DETECTED, "call.detected", .ref = "leg", .reason = "what", .number = "percent",
		.duration = "after_ms"},
	{EVENT_FORK_STARTED, "fork.started", .ref = "leg", .called = "recorder"},
	{EVENT_FORK_ENDED, "fork.ended", .ref = "leg", .called = "recorder"},
	{EVENT_FAX_ENDED, "fax.ended", .ref = "document", .number = "pages", .called = "direction",
		.duration = "next_try_ms", .text = "details"},
	{EVENT_FAX_QUEUED, "fax.queued", .ref = "document", .number = "pages"},
	{EVENT_LEG_ENDED, "leg.ended", .ref = "leg", .reason = "role", .number = "mos_x100",
		.text = "figures"},
	{EVENT_RULE_FAILED, "rule.failed", .ref = "rule", .number = "line", .called = "rule_name",
		.text = "message"},
	{EVENT_RULE_APPLIED, "rule.applied", .ref = "wanted_queue", .number = "count", .text = "rules"},
	{EVENT_MESSAGE_WRITTEN, "message.written", .ref = "key", .number = "message"},
	{EVENT_SEGMENT_RESTORED, "segment.restored"},
	{EVENT_PERSON_ERASED, "person.erased", .ref = "person", .number = "interactions"},
	{EVENT_CALL_DIALLED, "call.dialled", .ref = "trunk"},
	{EVENT_CALL_ANSWERED, "call.answered", .ref = "answered_by"},
	{EVENT_VOICEMAIL_DELIVERED, "voicemail.delivered", .ref = "recording"},
	{EVENT_PARTY_JOINED, "party.joined", .ref = "party"},
	{EVENT_PARTY_LEFT, "party.left", .ref = "party", .called = "joined_as"},
	{EVENT_CALL_PARKED, "call.parked", .called = "slot"},
	{EVENT_CALL_RETRIEVED, "call.retrieved", .called = "slot"},
	{EVENT_SUPERVISION_CHANGED, "supervision.changed", .ref = "supervisor", .reason = "mode"},
	{EVENT_CALL_MOVED, "call.moved", .reason = "device"},
};

static const struct type_names *find_type(enum event_type type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

const char *event_name(enum event_type type)
{
	const struct type_names *t = find_type(type);

	return t ? t->name : NULL;
}

int event_type_of_name(const char *name, size_t n, enum event_type *ret_type)
{
	static const char prefix[] = "markaz.";
	const size_t skip = sizeof(prefix) - 1;

	if (n > skip && memcmp(name, prefix, skip) == 0) {
		name += skip;
		n -= skip;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].name) == n && memcmp(types[i].name, name, n) == 0) {
			*ret_type = types[i].type;
			return 0;
		}
	return -ENOENT;
}

int event_types_parse(const char *list, uint64_t *ret_types, char *ret_unknown, size_t unknown_size)
{
	uint64_t chosen = 0;

	if (str_is_blank(list)) {
		*ret_types = EVENT_TYPES_ALL;
		return 0;
	}
	for (const char *p = list;;) {
		enum event_type type;
		p += strspn(p, " ");
		size_t n = strcspn(p, ",");
		if (event_type_of_name(p, n, &type) < 0) {
			str_put_n(ret_unknown, unknown_size, p, n);
			return -ENOENT;
		}
		chosen |= UINT64_C(1) << type;
		if (!p[n])
			break;
		p += n + 1;
	}
	*ret_types = chosen;
	return 0;
}

static int64_t number_of(const struct event *e, const struct number_key *k)
{
	int64_t v;

	/* int64_t and uint64_t have one representation for every id (63 bits). */
	memcpy(&v, (const char *)e + k->offset, sizeof(v));
	return v;
}

static const char *text_of(const struct event *e, const struct text_key *k)
{
	const char *s;

	memcpy(&s, (const char *)e + k->offset, sizeof(s));
	return s;
}

/* Length of the well-formed letter at s (n bytes left), or 0. */
static size_t letter_length(const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];
	size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return len <= n && str_is_utf8(s, len) ? len : 0;
}

static void add_json_text(struct text *out, const char *s)
{
	size_t n = strnlen(s, EVENT_TEXT_MAX + 1), left = n > EVENT_TEXT_MAX ? EVENT_TEXT_MAX : n;

	text_add_n(out, "\"", 1);
	while (left > 0) {
		size_t plain = 0;
		while (plain < left && (unsigned char)s[plain] >= 0x20 && (unsigned char)s[plain] < 0x7f &&
			s[plain] != '"' && s[plain] != '\\')
			plain++;
		text_add_n(out, s, plain);
		s += plain;
		left -= plain;
		if (left == 0)
			break;
		size_t len = letter_length(s, left);
		if (len > 1)
			text_add_n(out, s, len);
		else if (len == 1)
			text_printf(out, "\\u%04x", (unsigned char)*s);
		else if (n <= EVENT_TEXT_MAX || left > 3) /* not the letter the cut went through */
			text_add(out, "\\ufffd");
		len = len ? len : 1;
		s += len;
		left -= len;
	}
	text_add_n(out, "\"", 1);
}

/* Every event of the log passes here, so no printf. */
static void add_key(struct text *out, const char *key)
{
	char before[] = {',', '"', key[0], '"', ':'};
	size_t skip = out->len > 1 ? 0 : 1; /* the first one stands behind the brace */

	text_add_n(out, before + skip, sizeof(before) - skip);
}

static void add_number(struct text *out, int64_t v)
{
	char digits[20], *p = digits + sizeof(digits);
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (v < 0)
		*--p = '-';
	text_add_n(out, p, (size_t)(digits + sizeof(digits) - p));
}

char *event_encode(const struct event *e)
{
	struct text out = {0};

	text_add_n(&out, "{", 1);
	for (size_t i = 0; i < N_NUMBERS; i++) {
		int64_t v = number_of(e, &number_keys[i]);
		if (v == 0)
			continue;
		add_key(&out, number_keys[i].key);
		add_number(&out, v);
	}
	for (size_t i = 0; i < N_TEXTS; i++) {
		const char *s = text_of(e, &text_keys[i]);
		if (!s)
			continue;
		add_key(&out, text_keys[i].key);
		add_json_text(&out, s);
	}
	if (e->sealed) { /* base64: nothing to escape */
		add_key(&out, SEALED_KEY);
		text_add_n(&out, "\"", 1);
		text_add(&out, e->sealed);
		text_add_n(&out, "\"", 1);
	}
	text_add_n(&out, "}", 1);
	if (out.failed) {
		text_free(&out);
		return NULL;
	}
	return out.data;
}

static int decode_number(const json_t *obj, const struct number_key *k, struct event *e)
{
	const json_t *v = json_object_get(obj, k->key);

	if (!v)
		return 0;
	if (!json_is_integer(v))
		return -EINVAL;
	int64_t n = json_integer_value(v);
	if (k->is_id && n < 0)
		return -EINVAL;
	memcpy((char *)e + k->offset, &n, sizeof(n));
	return 0;
}

static int decode_text(
	const json_t *obj, const char *key, struct arena *arena, struct event *e, size_t offset)
{
	const json_t *v = json_object_get(obj, key);

	if (!v)
		return 0;
	if (!json_is_string(v))
		return -EINVAL;
	const char *s = arena_strdup(arena, json_string_value(v));
	if (!s)
		return -ENOMEM;
	memcpy((char *)e + offset, &s, sizeof(s));
	return 0;
}

/* What event_encode writes is scanned here without a JSON tree: logs of millions of events are folded through
 * this. Whatever is written in another way than ours (escapes, blanks, keys nobody knows) is left to the JSON
 * reader, so the two never differ in what they take; a test holds them together. */
struct scan {
	const char *at, *end;
	struct event *e;
	struct arena *arena;
	uint32_t seen; /* keys so far: a second one is not ours */
};
enum scanned { SCANNED, SCAN_OTHER, SCAN_NO_MEMORY };

static enum scanned scan_number(struct scan *s, const struct number_key *k)
{
	bool is_negative = s->at < s->end && *s->at == '-';
	const char *first = s->at += is_negative;
	uint64_t v = 0;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9' && s->at - first < 19)
		v = v * 10 + (uint64_t)(*s->at++ - '0');
	/* 18 digits always fit; more, none, or a leading zero are rare enough for the other reader. */
	if (s->at == first || s->at - first > 18 || (*first == '0' && s->at - first > 1) ||
		(is_negative && (k->is_id || v == 0)))
		return SCAN_OTHER;
	int64_t n = is_negative ? -(int64_t)v : (int64_t)v;
	memcpy((char *)s->e + k->offset, &n, sizeof(n));
	return SCANNED;
}

static enum scanned scan_text(struct scan *s, size_t offset)
{
	const char *first = s->at + 1;
	bool is_plain = true;

	if (s->at == s->end || *s->at != '"')
		return SCAN_OTHER;
	for (s->at = first; s->at < s->end && *s->at != '"'; s->at++) {
		if (*s->at == '\\' || (unsigned char)*s->at < 0x20)
			return SCAN_OTHER;
		is_plain &= (unsigned char)*s->at < 0x80;
	}
	if (s->at == s->end || (!is_plain && !str_is_utf8(first, (size_t)(s->at - first))))
		return SCAN_OTHER;
	size_t n = (size_t)(s->at++ - first);
	char *text = arena_alloc(s->arena, n + 1);
	if (!text)
		return SCAN_NO_MEMORY;
	memcpy(text, first, n);
	memcpy((char *)s->e + offset, &text, sizeof(text));
	return SCANNED;
}

static enum scanned scan_value(struct scan *s, char key)
{
	for (size_t i = 0; i < N_NUMBERS; i++)
		if (number_keys[i].key[0] == key)
			return scan_number(s, &number_keys[i]);
	for (size_t i = 0; i < N_TEXTS; i++)
		if (text_keys[i].key[0] == key)
			return scan_text(s, text_keys[i].offset);
	return key == SEALED_KEY[0] ? scan_text(s, offsetof(struct event, sealed)) : SCAN_OTHER;
}

/* {"k":value,"k":value} of n bytes, into *e, whose fields are empty. */
static enum scanned scan(const char *data, size_t n, struct arena *arena, struct event *e)
{
	struct scan s = {.at = data, .end = data + n, .e = e, .arena = arena};

	if (n == 2 && memcmp(data, "{}", 2) == 0)
		return SCANNED;
	if (n == 0 || *s.at++ != '{')
		return SCAN_OTHER;
	for (;;) {
		if (s.end - s.at < 5 || s.at[0] != '"' || s.at[1] < 'a' || s.at[1] > 'z' || s.at[2] != '"' ||
			s.at[3] != ':' || s.seen >> (s.at[1] - 'a') & 1)
			return SCAN_OTHER;
		char key = s.at[1];
		s.seen |= UINT32_C(1) << (key - 'a');
		s.at += 4;
		enum scanned rc = scan_value(&s, key);
		if (rc != SCANNED)
			return rc;
		if (s.at == s.end || (*s.at != ',' && *s.at != '}'))
			return SCAN_OTHER;
		if (*s.at++ == '}')
			return s.at == s.end ? SCANNED : SCAN_OTHER;
	}
}

static int decode_json(const char *data, size_t n, struct arena *arena, struct event *e)
{
	json_error_t error;
	int err = 0;
	_cleanup_json_ json_t *obj = json_loadb(data, n, JSON_REJECT_DUPLICATES, &error);

	if (!obj)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EINVAL;
	if (!json_is_object(obj))
		return -EINVAL;
	for (size_t i = 0; i < N_NUMBERS && err == 0; i++)
		err = decode_number(obj, &number_keys[i], e);
	for (size_t i = 0; i < N_TEXTS && err == 0; i++)
		err = decode_text(obj, text_keys[i].key, arena, e, text_keys[i].offset);
	return err < 0 ? err : decode_text(obj, SEALED_KEY, arena, e, offsetof(struct event, sealed));
}

int event_decode(const char *data, size_t n, struct arena *arena, struct event *ret_event)
{
	const struct event empty = {
		.seq = ret_event->seq, .at_ms = ret_event->at_ms, .type = ret_event->type};
	struct event e = empty;

	if (n > EVENT_DATA_MAX)
		return -EINVAL;
	enum scanned rc = scan(data, n, arena, &e);
	if (rc == SCAN_NO_MEMORY)
		return -ENOMEM;
	if (rc == SCAN_OTHER) {
		e = empty;
		int err = decode_json(data, n, arena, &e);
		if (err < 0)
			return err;
	}
	if (e.sealed && e.sealed[strspn(e.sealed, BASE64)])
		return -EINVAL;
	*ret_event = e;
	return 0;
}

unsigned event_personal_texts(enum event_type type)
{
	switch ((int)type) {
	case EVENT_CONTACT_BLOCKED:
		return EVENT_HAS_FROM | EVENT_HAS_TO;
	case EVENT_INTERACTION_STARTED:
		return EVENT_HAS_FROM | EVENT_HAS_TO | EVENT_HAS_NAME;
	case EVENT_FLOW_CHOSE: /* the digits; the label is the flow's own word */
		return EVENT_HAS_REASON;
	case EVENT_INTERACTION_TRANSFERRED:
	case EVENT_CALL_DIALLED: /* from is a number of ours */
		return EVENT_HAS_TO;
	case EVENT_PARTY_JOINED: /* of ours only the id is said */
		return EVENT_HAS_TO | EVENT_HAS_NAME;
	case EVENT_SEGMENT_QUEUED: /* its text holds ids only */
		return EVENT_HAS_NAME;
	case EVENT_FAX_QUEUED:
		return EVENT_HAS_FROM | EVENT_HAS_TO | EVENT_HAS_NAME;
	case EVENT_FAX_ENDED: /* the station in its text is a number, too */
		return EVENT_HAS_FROM | EVENT_HAS_TO | EVENT_HAS_TEXT;
	case EVENT_WRAP_UP_ENDED:
	case EVENT_NOTE_WRITTEN:
	case EVENT_MESSAGE_WRITTEN:
	case EVENT_RULE_FAILED:	 /* what a rule was told may be in its complaint */
	case EVENT_RULE_APPLIED: /* a rule's note may hold what it was told of the customer */
		return EVENT_HAS_TEXT;
	default:
		return 0;
	}
}

unsigned event_split(
	const struct event *e, unsigned texts, struct event *ret_rest, struct event *ret_personal)
{
	unsigned found = 0;

	*ret_rest = *e;
	*ret_personal = (struct event){0};
	for (size_t i = 0; i < N_TEXTS; i++) { /* the bits are in the order of text_keys */
		const char *s = text_of(e, &text_keys[i]);
		if (!(texts >> i & 1) || !s)
			continue;
		*(const char **)((char *)ret_personal + text_keys[i].offset) = s;
		*(const char **)((char *)ret_rest + text_keys[i].offset) = NULL;
		found |= 1U << i;
	}
	return found;
}

void event_join(struct event *e, const struct event *personal)
{
	for (size_t i = 0; i < N_TEXTS; i++) {
		const char *s = text_of(personal, &text_keys[i]);
		if (s)
			*(const char **)((char *)e + text_keys[i].offset) = s;
	}
}

/* RFC 3339 from days since 1970 (H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
 * Here and not from base/clock.h because this room must not see a clock. */
static void time_text(int64_t ms, char *ret_text, size_t size)
{
	int64_t day = ms / 86400000, rest = ms % 86400000;

	if (rest < 0) {
		rest += 86400000;
		day--;
	}
	int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);

	snprintf(ret_text, size, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%03dZ", year, (int)month,
		(int)(doy - (153 * mp + 2) / 5 + 1), (int)(rest / 3600000), (int)(rest / 60000 % 60),
		(int)(rest / 1000 % 60), (int)(rest % 1000));
}

static const char *outside_name(const struct type_names *t, const char *name)
{
	const char *other = NULL;

	if (strcmp(name, "ref") == 0)
		other = t->ref;
	else if (strcmp(name, "number") == 0)
		other = t->number;
	else if (strcmp(name, "duration_ms") == 0)
		other = t->duration;
	else if (strcmp(name, "reason") == 0)
		other = t->reason;
	else if (strcmp(name, "name") == 0)
		other = t->called;
	else if (strcmp(name, "text") == 0)
		other = t->text;
	return other ? other : name;
}

json_t *event_data_to_json(const struct event *e)
{
	/* What is no call comes over no trunk: its ref is the key of the request. */
	static const struct type_names plain = {0},
				       written = {.ref = "key", .reason = "direction", .text = "channel"};
	const struct type_names *t = find_type(e->type);
	json_t *data = json_object();
	int err = data ? 0 : -ENOMEM;

	t = t ? t : &plain;
	if (e->type == EVENT_INTERACTION_STARTED && e->text && strcmp(e->text, "voice") != 0)
		t = &written;
	for (size_t i = 0; i < N_NUMBERS && err == 0; i++) {
		const char *name = outside_name(t, number_keys[i].name);
		int64_t v = number_of(e, &number_keys[i]);
		/* A renamed number belongs to the type, and there 0 says something ("up": 0). */
		if (v == 0 && (number_keys[i].is_id || name == number_keys[i].name))
			continue;
		err = number_keys[i].is_id ? jsonx_set_id(data, name, (uint64_t)v)
					   : jsonx_set_int(data, name, v);
	}
	for (size_t i = 0; i < N_TEXTS && err == 0; i++) {
		const char *s = text_of(e, &text_keys[i]);
		if (s && str_is_utf8(s, strlen(s)))
			err = jsonx_set_text(data, outside_name(t, text_keys[i].name), s);
	}
	if (err == 0 && e->is_erased)
		err = jsonx_set_bool(data, "erased", true);
	if (err < 0) {
		json_decref(data);
		return NULL;
	}
	return data;
}

json_t *event_to_cloudevent(const struct event *e)
{
	char id[24], sequence[24], time[32], type[64];
	const char *name = event_name(e->type);
	_cleanup_json_ json_t *data = event_data_to_json(e);

	snprintf(id, sizeof(id), "%" PRIu64, e->seq);
	snprintf(sequence, sizeof(sequence), "%019" PRIu64, e->seq);
	snprintf(type, sizeof(type), "markaz.%s", name ? name : "unknown");
	time_text(e->at_ms, time, sizeof(time));
	json_t *whole = !data ? NULL
			      : json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:O}", "specversion", "1.0",
					"id", id, "source", "/markaz", "type", type, "time", time, "sequence",
					sequence, "datacontenttype", "application/json", "data", data);
	if (whole && e->interaction && jsonx_set_id(whole, "subject", e->interaction) < 0) {
		json_decref(whole);
		return NULL;
	}
	return whole;
}

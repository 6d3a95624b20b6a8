/* One contact as a vCon: who took part, each segment as a dialog, its recording by address and hash, wrap-up
 * and notes and the events as attachments. draft-ietf-vcon-vcon-core (syntax 0.4.0), with role and
 * interaction_id of draft-ietf-vcon-cc-extension.
 *
 * Invariants: party 0 is the customer; a url stands only beside the hash of what it gives; the same contact
 * gives the same document until something happens to it. */
#include "api/handlers.h"
#include "api/history.h"
#include "api/problem.h"
#include "api/recordings.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/id.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CUSTOMER 0
#define UUID_TEXT_SIZE 37
#define HASH_BYTES_MAX (INT64_C(512) << 20) /* of recordings read for one vCon; later ones get no url */
#define READ_BYTES 65536
#define HASH_TEXT_SIZE 128
#define RECORDING_EARLY_MS 2000 /* a recording may begin a little before its segment counts as answered */

struct vcon {
	struct exchange *x;
	const json_t *contact;
	json_t *parties, *dialog, *attachments;
	json_t *agents; /* their ids: party i + 1 is agents[i] */
	int64_t hash_left;
	bool has_failed;
};

/* Appends, and remembers when memory was out. The index in the array. */
static int put(struct vcon *v, json_t *array, json_t *item)
{
	if (json_array_append_new(array, item) < 0)
		v->has_failed = true;
	return (int)json_array_size(array) - 1;
}

static void set(struct vcon *v, json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new(o, key, value) < 0)
		v->has_failed = true;
}

static json_t *time_json(int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	return json_string(clock_text(ms, text));
}

static json_t *seconds_json(int64_t ms)
{
	return json_real((double)(ms > 0 ? ms : 0) / 1000.0);
}

/* A version 8 UUID (RFC 9562): the id's own time, then a digest of what it is. The same id gives the same. */
static json_t *uuid_json(const char *kind, uint64_t id)
{
	unsigned char u[16], digest[16];
	char source[64], at[ID_TEXT_SIZE], text[UUID_TEXT_SIZE];
	int64_t ms = id_wall_ms(id);

	str_printf(source, sizeof(source), "markaz %s %s", kind, id_text(id, at));
	crypto_generichash(digest, sizeof(digest), (const unsigned char *)source, strlen(source), NULL, 0);
	memcpy(u, digest, sizeof(u));
	for (int i = 0; i < 6; i++)
		u[i] = (unsigned char)(ms >> (40 - 8 * i));
	u[6] = 0x80 | (u[6] & 0x0f);
	u[8] = 0x80 | (u[8] & 0x3f);
	str_printf(text, sizeof(text), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
		u[15]);
	return json_string(text);
}

/* The name of a row, as it is called today; a new reference, NULL: it is gone. */
static json_t *name_of(const struct vcon *v, const char *resource, uint64_t id)
{
	_cleanup_json_ json_t *row = NULL;

	if (!id ||
		store_get(v->x->reader, resource_by_name(resource), v->x->who.tenant, id, false, &row) != 0)
		return NULL;
	return json_incref(json_object_get(row, "name"));
}

static bool is_outbound(const struct vcon *v)
{
	return str_equal(jsonx_text(v->contact, "direction", NULL), "outbound");
}

/* A contact without a telephone: its dialogs are what was written. */
static bool is_written(const struct vcon *v)
{
	return !str_equal(jsonx_text(v->contact, "channel", "voice"), "voice");
}

static void add_customer(struct vcon *v)
{
	const char *number = jsonx_text(v->contact, is_outbound(v) ? "to" : "from", NULL);
	const char *name = jsonx_text(v->contact, "name", NULL);
	json_t *party = json_pack("{s:s}", "role", "customer");

	if (!str_is_blank(number) && !number[strspn(number, "+0123456789*#-. ()")])
		set(v, party, "tel", json_string(number));
	else if (!str_is_blank(number) && strchr(number, '@'))
		set(v, party, is_written(v) ? "mailto" : "sip", json_string(number));
	else if (str_is_blank(name))
		name = number; /* "anonymous" */
	if (!str_is_blank(name)) {
		set(v, party, "name", json_string(name));
		set(v, party, "validation", json_string("none"));
	}
	put(v, v->parties, party);
}

/* The party of an agent; they become one when they are met first. */
static int party_of(struct vcon *v, uint64_t agent)
{
	char id[ID_TEXT_SIZE];
	size_t i;
	json_t *known;

	id_text(agent, id);
	json_array_foreach(v->agents, i, known)
	{
		if (str_equal(json_string_value(known), id))
			return (int)i + 1;
	}
	json_t *party = json_pack("{s:s, s:o}", "role", "agent", "uuid", uuid_json("user", agent));
	json_t *name = name_of(v, "user", agent);
	if (name) {
		set(v, party, "name", name);
		set(v, party, "validation", json_string("none"));
	}
	put(v, v->agents, json_string(id));
	return put(v, v->parties, party);
}

/* --- recordings
 * -------------------------------------------------------------------------------------------------------- */
/* "sha512-..." of a recording as it is given out (JWS base64url). False: not there, or more than is left to
 * read. */
static bool hash_file(
	struct vcon *v, const char *path, char ret_hash[static HASH_TEXT_SIZE], bool *ret_is_opus)
{
	static const char prefix[] = "sha512-";
	unsigned char digest[crypto_hash_sha512_BYTES];
	_cleanup_alloc_ unsigned char *buffer = alloc_zero(READ_BYTES);
	crypto_hash_sha512_state state;
	struct playback *playback = NULL;
	struct playback_info info;
	ssize_t n = -1;

	if (!buffer || recording_play(v->x, path, &playback) < 0)
		return false;
	playback_look(playback, &info);
	*ret_is_opus = info.is_opus;
	if (info.bytes <= v->hash_left) {
		v->hash_left -= info.bytes;
		crypto_hash_sha512_init(&state);
		for (int64_t at = 0; (n = playback_bytes(playback, at, buffer, READ_BYTES)) > 0; at += n)
			crypto_hash_sha512_update(&state, buffer, (unsigned long long)n);
		crypto_hash_sha512_final(&state, digest);
	}
	playback_free(playback);
	str_put(ret_hash, HASH_TEXT_SIZE, prefix);
	return n == 0 && sodium_bin2base64(ret_hash + sizeof(prefix) - 1, HASH_TEXT_SIZE - sizeof(prefix) + 1,
				 digest, sizeof(digest), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Address and hash of a finished recording whose file is there. */
static void add_content(struct vcon *v, json_t *dialog, const json_t *recording)
{
	const struct request *rq = &v->x->request;
	char path[RECORDING_PATH_MAX], hash[HASH_TEXT_SIZE], url[512], id[ID_TEXT_SIZE];
	bool is_opus = false;

	if (!json_is_integer(json_object_get(recording, "duration_ms")) ||
		!recording_file(v->x, recording, path) || !hash_file(v, path, hash, &is_opus))
		return;
	const char *scheme = !rq->host[0] ? "" : rq->is_secure ? "https://" : "http://";
	str_printf(url, sizeof(url), "%s%s/api/v1/recordings/%s/audio%s", scheme, rq->host,
		id_text(jsonx_id(recording, "id"), id), is_opus ? "?format=opus" : "");
	set(v, dialog, "mediatype", json_string(is_opus ? "audio/ogg" : "audio/x-wav"));
	set(v, dialog, "url", json_string(url));
	set(v, dialog, "content_hash", json_string(hash));
}

/* The segment that was being talked in when a recording of the call began; NULL: none. */
static const json_t *segment_of(const struct vcon *v, const json_t *recording)
{
	int64_t at = jsonx_int(recording, "started_at", 0);
	const json_t *found = NULL;
	size_t i;
	json_t *s;

	if (!str_equal(jsonx_text(recording, "kind", NULL), "call"))
		return NULL;
	json_array_foreach(json_object_get(v->contact, "segments"), i, s)
	{
		int64_t answered = jsonx_int(s, "answered_at", 0);
		if (answered && answered - RECORDING_EARLY_MS <= at)
			found = s;
	}
	return found;
}

/* --- dialogs
 * -----------------------------------------------------------------------------------------------------------
 */
static json_t *dialog_new(
	struct vcon *v, const char *type, int64_t at_ms, int64_t duration_ms, json_t *parties)
{
	char id[ID_TEXT_SIZE];

	return json_pack("{s:s, s:o, s:o, s:o, s:s}", "type", type, "start", time_json(at_ms), "duration",
		seconds_json(duration_ms), "parties", parties, "interaction_id",
		id_text(jsonx_id(v->contact, "id"), id));
}

static void add_moment(struct vcon *v, json_t *history, int party, const char *event, int64_t at_ms)
{
	put(v, history,
		json_pack("{s:i, s:s, s:o}", "party", party, "event", event, "time", time_json(at_ms)));
}

/* Who came, was held and left, in order. */
static json_t *party_history(struct vcon *v, const json_t *segment, int agent)
{
	json_t *history = json_array(), *e;
	size_t i;

	add_moment(v, history, agent, "join", jsonx_int(segment, "answered_at", 0));
	json_array_foreach(json_object_get(v->contact, "events"), i, e)
	{
		const char *type = jsonx_text(e, "type", "");
		bool is_hold = str_equal(type, "segment.held");
		if ((is_hold || str_equal(type, "segment.resumed")) &&
			jsonx_id(json_object_get(e, "data"), "segment") == jsonx_id(segment, "id"))
			add_moment(v, history, CUSTOMER, is_hold ? "hold" : "unhold", jsonx_int(e, "at", 0));
	}
	if (jsonx_int(segment, "ended_at", 0))
		add_moment(v, history, agent, "drop", jsonx_int(segment, "ended_at", 0));
	return history;
}

/* An answered segment: one dialog, or one for each recording of it. The index of the first. */
static int add_talk(struct vcon *v, const json_t *segment)
{
	int agent = party_of(v, jsonx_id(segment, "agent")), first = -1;
	int64_t talk_ms = jsonx_int(segment, "talk_ms", 0) + jsonx_int(segment, "hold_ms", 0);
	size_t i;
	json_t *r, *d;

	json_array_foreach(json_object_get(v->contact, "recordings"), i, r)
	{
		if (segment_of(v, r) != segment)
			continue;
		/* Stereo: the customer left, the agent right. */
		d = dialog_new(v, "recording", jsonx_int(r, "started_at", 0), jsonx_int(r, "duration_ms", 0),
			json_pack("[i, i]", CUSTOMER, agent));
		add_content(v, d, r);
		int index = put(v, v->dialog, d);
		first = first < 0 ? index : first;
	}
	if (first < 0)
		first = put(v, v->dialog,
			dialog_new(v, "recording", jsonx_int(segment, "answered_at", 0), talk_ms,
				json_pack("[i, i]", CUSTOMER, agent)));
	d = json_array_get(v->dialog, (size_t)first);
	set(v, d, "party_history", party_history(v, segment, agent));
	if (is_outbound(v))
		set(v, d, "originator", json_integer(agent));
	return first;
}

/* A segment that nobody answered. */
static int add_unanswered(struct vcon *v, const json_t *segment)
{
	const char *result = jsonx_text(segment, "result", "");
	json_t *d = dialog_new(v, "incomplete", jsonx_int(segment, "queued_at", 0),
		jsonx_int(segment, "wait_ms", 0), json_pack("[i]", CUSTOMER));

	set(v, d, "disposition",
		json_string(str_equal(result, "abandoned")    ? "hung-up"
			    : str_equal(result, "overflowed") ? "no-answer"
							      : "failed"));
	return put(v, v->dialog, d);
}

/* Each message is a dialog of its own (type text), from whoever wrote it. */
static void add_messages(struct vcon *v)
{
	size_t i;
	json_t *m;

	json_array_foreach(json_object_get(v->contact, "messages"), i, m)
	{
		uint64_t agent = jsonx_id(m, "agent");
		int party = agent ? party_of(v, agent) : CUSTOMER;
		json_t *d = dialog_new(v, "text", jsonx_int(m, "at", 0), 0, json_pack("[i]", party));
		set(v, d, "originator", json_integer(party));
		set(v, d, "mediatype", json_string("text/plain"));
		set(v, d, "encoding", json_string("none"));
		set(v, d, "body", json_string(jsonx_text(m, "text", "")));
		put(v, v->dialog, d);
	}
}

/* --- attachments
 * -------------------------------------------------------------------------------------------------------
 */
/* Takes body. dialog, party < 0: none. */
static void attach(struct vcon *v, const char *purpose, const char *mediatype, int64_t at_ms, int party,
	int dialog, json_t *body)
{
	char *text = body ? jsonx_dump(body) : NULL;
	json_t *a = json_pack("{s:s, s:o, s:s, s:s, s:s*}", "purpose", purpose, "start", time_json(at_ms),
		"mediatype", mediatype, "encoding", "json", "body", text);

	json_decref(body);
	v->has_failed = v->has_failed || !text;
	free(text);
	if (party >= 0)
		set(v, a, "party", json_integer(party));
	if (dialog >= 0)
		set(v, a, "dialog", json_integer(dialog));
	put(v, v->attachments, a);
}

/* Disposition and notes of a segment or of a note, if there are any. */
static void attach_words(
	struct vcon *v, const char *purpose, const json_t *row, const char *notes, int64_t at_ms, int dialog)
{
	uint64_t agent = jsonx_id(row, "agent"), disposition = jsonx_id(row, "disposition");
	char id[ID_TEXT_SIZE];

	if (!disposition && str_is_blank(notes))
		return;
	json_t *body = json_object(), *name = name_of(v, "disposition", disposition);
	if (disposition)
		set(v, body, "disposition", json_string(id_text(disposition, id)));
	if (name)
		set(v, body, "disposition_name", name);
	if (!str_is_blank(notes))
		set(v, body, "notes", json_string(notes));
	attach(v, purpose, "application/json", at_ms, agent ? party_of(v, agent) : -1, dialog, body);
}

static void attach_events(struct vcon *v)
{
	json_t *list = json_array(), *e;
	size_t i;

	json_array_foreach(json_object_get(v->contact, "events"), i, e)
	{
		char type[96], id[24];
		str_printf(type, sizeof(type), "markaz.%s", jsonx_text(e, "type", "unknown"));
		str_printf(id, sizeof(id), "%lld", (long long)jsonx_int(e, "seq", 0));
		put(v, list,
			json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:O}", "specversion", "1.0", "id", id,
				"source", "/markaz", "type", type, "time", time_json(jsonx_int(e, "at", 0)),
				"datacontenttype", "application/json", "data", json_object_get(e, "data")));
	}
	attach(v, "events", "application/cloudevents-batch+json", jsonx_int(v->contact, "started_at", 0), -1,
		-1, list);
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------------------
 */
static void add_segments(struct vcon *v)
{
	size_t i;
	json_t *s, *r;

	json_array_foreach(json_object_get(v->contact, "segments"), i, s)
	{
		bool is_answered = jsonx_int(s, "answered_at", 0) && jsonx_id(s, "agent");
		if (!is_answered && str_equal(jsonx_text(s, "result", "waiting"), "waiting"))
			continue;
		int dialog = !is_answered ? add_unanswered(v, s) : is_written(v) ? -1 : add_talk(v, s);
		attach_words(v, "wrap-up", s, jsonx_text(s, "notes", NULL),
			jsonx_int(s, "ended_at", jsonx_int(s, "queued_at", 0)), dialog);
	}
	/* A message left, or anything recorded outside a segment: the customer alone. */
	json_array_foreach(json_object_get(v->contact, "recordings"), i, r)
	{
		if (segment_of(v, r))
			continue;
		json_t *d = dialog_new(v, "recording", jsonx_int(r, "started_at", 0),
			jsonx_int(r, "duration_ms", 0), json_integer(CUSTOMER));
		add_content(v, d, r);
		put(v, v->dialog, d);
	}
}

static void add_notes(struct vcon *v)
{
	size_t i;
	json_t *note;

	json_array_foreach(json_object_get(v->contact, "notes"), i, note)
		attach_words(v, "note", note, jsonx_text(note, "text", NULL), jsonx_int(note, "at", 0), -1);
}

static int64_t last_moment(const json_t *contact)
{
	const json_t *events = json_object_get(contact, "events");
	size_t n = json_array_size(events);

	return n > 0 ? jsonx_int(json_array_get(events, n - 1), "at", 0)
		     : jsonx_int(contact, "started_at", 0);
}

void vcon_get(struct exchange *x)
{
	_cleanup_json_ json_t *contact = history_contact(x);
	struct vcon v = {.x = x, .contact = contact, .hash_left = HASH_BYTES_MAX};

	if (!contact)
		return;
	v.parties = json_array();
	v.dialog = json_array();
	v.attachments = json_array();
	v.agents = json_array();
	add_customer(&v);
	add_segments(&v);
	if (is_written(&v))
		add_messages(&v);
	add_notes(&v);
	attach_events(&v);
	json_t *whole = json_pack("{s:s, s:o, s:[s], s:o, s:o, s:O, s:O, s:O, s:[]}", "vcon", "0.4.0", "uuid",
		uuid_json("interaction", jsonx_id(contact, "id")), "extensions", "CC", "created_at",
		time_json(jsonx_int(contact, "started_at", 0)), "updated_at", time_json(last_moment(contact)),
		"parties", v.parties, "dialog", v.dialog, "attachments", v.attachments, "analysis");
	if (v.has_failed) {
		json_decref(whole);
		whole = NULL;
	}
	json_decref(v.parties);
	json_decref(v.dialog);
	json_decref(v.attachments);
	json_decref(v.agents);
	reply_json(x, 200, whole);
	if (x->response.body)
		x->response.content_type = "application/vcon+json";
}

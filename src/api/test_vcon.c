/* A contact as a vCon, over the real server and store: parties, dialogs, hash, attachments, rights. */
#include "api/test_support.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "media/record/wav.h"
#include "store/store.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t sound[WAV_HEADER_BYTES + 1600];

#define AT INT64_C(1795334400000) /* 2026-11-22T08:00:00Z */

static struct bench bench;
static struct answer answer;
static char super[320], agent[320];
static uint64_t contact, talked, lost;

static int ask(const char *who, const char *path)
{
	answer_free(&answer);
	return http_ask(&bench, "GET", path, who, NULL, &answer) ? answer.status : -1;
}

static bool append_all(const struct event *events, size_t n)
{
	uint64_t seq = 0;

	for (size_t i = 0; i < n; i++) {
		struct event e = events[i];
		e.tenant = 1;
		e.interaction = contact;
		if (store_append(bench.store, &e, &seq) < 0)
			return false;
	}
	for (int i = 0; i < 500 && store_durable_seq(bench.store) < seq; i++)
		usleep(10000);
	return store_durable_seq(bench.store) >= seq;
}

/* A caller who gave up once, then talked with the agent, was held, and left a recording and notes. */
static bool write_contact(void)
{
	uint64_t recording = id_new(), missing = id_new();
	contact = id_new();
	talked = id_new();
	lost = id_new();
	const struct event events[] = {
		{.at_ms = AT,
			.type = EVENT_INTERACTION_STARTED,
			.from = "+989120000001",
			.to = "100",
			.name = "\u0633\u0627\u0631\u0627",
			.reason = "inbound",
			.text = "voice"},
		{.at_ms = AT + 1000, .type = EVENT_SEGMENT_QUEUED, .segment = lost, .queue = 5},
		{.at_ms = AT + 9000,
			.type = EVENT_SEGMENT_OVERFLOWED,
			.segment = lost,
			.queue = 5,
			.wait_ms = 8000},
		{.at_ms = AT + 9000, .type = EVENT_SEGMENT_QUEUED, .segment = talked, .queue = 6},
		{.at_ms = AT + 12000,
			.type = EVENT_SEGMENT_ANSWERED,
			.segment = talked,
			.queue = 6,
			.agent = bench.agent,
			.wait_ms = 3000},
		{.at_ms = AT + 12100, .type = EVENT_RECORDING_STARTED, .ref = recording, .text = "a.wav"},
		{.at_ms = AT + 20000,
			.type = EVENT_SEGMENT_HELD,
			.segment = talked,
			.queue = 6,
			.agent = bench.agent},
		{.at_ms = AT + 25000,
			.type = EVENT_SEGMENT_RESUMED,
			.segment = talked,
			.queue = 6,
			.agent = bench.agent,
			.hold_ms = 5000},
		{.at_ms = AT + 30000,
			.type = EVENT_RECORDING_ENDED,
			.ref = recording,
			.duration_ms = 17900,
			.number = 5},
		{.at_ms = AT + 30000, .type = EVENT_RECORDING_STARTED, .ref = missing, .text = "gone.wav"},
		{.at_ms = AT + 30500,
			.type = EVENT_RECORDING_ENDED,
			.ref = missing,
			.duration_ms = 500,
			.number = 5},
		{.at_ms = AT + 31000,
			.type = EVENT_SEGMENT_ENDED,
			.segment = talked,
			.queue = 6,
			.agent = bench.agent,
			.talk_ms = 14000,
			.hold_ms = 5000,
			.reason = "customer"},
		{.at_ms = AT + 31000,
			.type = EVENT_INTERACTION_ENDED,
			.duration_ms = 31000,
			.reason = "customer_hung_up"},
		{.at_ms = AT + 40000,
			.type = EVENT_WRAP_UP_ENDED,
			.segment = talked,
			.queue = 6,
			.agent = bench.agent,
			.acw_ms = 9000,
			.text = "wants \"a call\"",
			.reason = "done"},
		{.at_ms = AT + 50000,
			.type = EVENT_NOTE_WRITTEN,
			.agent = bench.supervisor,
			.text = "checked"},
	};
	return append_all(events, sizeof(events) / sizeof(events[0]));
}

static bool write_recording(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/recordings", bench.folder);
	mkdir(path, 0755);
	str_put(path + strlen(path), sizeof(path) - strlen(path), "/a.wav");
	FILE *f = fopen(path, "w");
	wav_header(sound, 1, 8000, sizeof(sound) - WAV_HEADER_BYTES);
	return f && fwrite(sound, sizeof(sound), 1, f) == 1 && fclose(f) == 0;
}

static json_t *at(const char *list, size_t i)
{
	return json_array_get(json_object_get(answer.json, list), i);
}

static void check_parties_and_dialogs(void)
{
	unsigned char digest[crypto_hash_sha512_BYTES];
	char hash[128] = "sha512-", url[256];

	CHECK_INT(json_array_size(json_object_get(answer.json, "parties")), 3);
	CHECK_STR(jsonx_text(at("parties", 0), "tel", ""), "+989120000001");
	CHECK_STR(jsonx_text(at("parties", 0), "name", ""), "\u0633\u0627\u0631\u0627");
	CHECK_STR(jsonx_text(at("parties", 1), "role", ""), "agent");
	CHECK_STR(jsonx_text(at("parties", 1), "name", ""), "agent");
	CHECK_INT(strlen(jsonx_text(at("parties", 1), "uuid", "")), 36);
	CHECK_STR(jsonx_text(at("parties", 2), "name", ""), "super");
	CHECK_INT(json_array_size(json_object_get(answer.json, "dialog")), 3);
	CHECK_STR(jsonx_text(at("dialog", 0), "type", ""), "incomplete");
	CHECK_STR(jsonx_text(at("dialog", 0), "disposition", ""), "no-answer");
	CHECK_STR(jsonx_text(at("dialog", 0), "start", ""), "2026-11-22T08:00:01.000Z");
	CHECK(json_real_value(json_object_get(at("dialog", 0), "duration")) == 8.0);
	CHECK_STR(jsonx_text(at("dialog", 1), "type", ""), "recording");
	CHECK(json_real_value(json_object_get(at("dialog", 1), "duration")) == 17.9);
	CHECK_INT(json_integer_value(json_array_get(json_object_get(at("dialog", 1), "parties"), 1)), 1);
	CHECK_INT(json_array_size(json_object_get(at("dialog", 1), "party_history")), 4);
	crypto_hash_sha512(digest, sound, sizeof(sound));
	sodium_bin2base64(
		hash + 7, sizeof(hash) - 7, digest, sizeof(digest), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	CHECK_STR(jsonx_text(at("dialog", 1), "content_hash", ""), hash);
	str_put(url, sizeof(url), jsonx_text(at("dialog", 1), "url", ""));
	CHECK(str_starts_with(url, "http://markaz.test/api/v1/recordings/"));
	/* The file of the other one is not there: neither address nor hash. */
	CHECK(!json_object_get(at("dialog", 2), "url") && !json_object_get(at("dialog", 2), "content_hash"));
	CHECK_INT(ask(super, url + strlen("http://markaz.test")), 200);
	CHECK(answer.body_len == sizeof(sound) && memcmp(answer.body, sound, sizeof(sound)) == 0);
}

static void check_attachments(void)
{
	_cleanup_json_ json_t *words = NULL, *events = NULL;

	CHECK_INT(json_array_size(json_object_get(answer.json, "attachments")), 3);
	CHECK_STR(jsonx_text(at("attachments", 0), "purpose", ""), "wrap-up");
	CHECK_INT(jsonx_int(at("attachments", 0), "dialog", -1), 1);
	CHECK_INT(jsonx_int(at("attachments", 0), "party", -1), 1);
	words = json_loads(jsonx_text(at("attachments", 0), "body", ""), 0, NULL);
	CHECK_STR(jsonx_text(words, "notes", ""), "wants \"a call\"");
	CHECK_STR(jsonx_text(at("attachments", 1), "purpose", ""), "note");
	CHECK_INT(jsonx_int(at("attachments", 1), "party", -1), 2);
	CHECK_STR(jsonx_text(at("attachments", 2), "purpose", ""), "events");
	events = json_loads(jsonx_text(at("attachments", 2), "body", ""), 0, NULL);
	CHECK_INT(json_array_size(events), 15);
	CHECK_STR(jsonx_text(json_array_get(events, 0), "type", ""), "markaz.interaction.started");
	CHECK_STR(jsonx_text(json_array_get(events, 0), "time", ""), "2026-11-22T08:00:00.000Z");
}

TEST(a_contact_is_one_vcon)
{
	char path[96], id[ID_TEXT_SIZE], type[64], uuid[40];

	CHECK(bench_start(&bench, 0, NULL, false));
	CHECK(sign_in(&bench, "super", super, sizeof(super)) &&
		sign_in(&bench, "agent", agent, sizeof(agent)));
	CHECK(write_contact() && write_recording());
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/vcon", id_text(contact, id));
	CHECK_INT(ask(super, path), 200);
	CHECK(answer_header(&answer, "Content-Type", type, sizeof(type)));
	CHECK_STR(type, "application/vcon+json");
	CHECK_STR(jsonx_text(answer.json, "vcon", ""), "0.4.0");
	str_put(uuid, sizeof(uuid), jsonx_text(answer.json, "uuid", ""));
	CHECK(strlen(uuid) == 36 && uuid[14] == '8' && strchr("89ab", uuid[19]));
	CHECK_STR(jsonx_text(answer.json, "created_at", ""), "2026-11-22T08:00:00.000Z");
	CHECK_STR(jsonx_text(answer.json, "updated_at", ""), "2026-11-22T08:00:50.000Z");
	check_attachments();
	check_parties_and_dialogs();
	/* Who took part may read it, and it is the same; others learn nothing. */
	CHECK_INT(ask(agent, path), 200);
	CHECK_STR(jsonx_text(answer.json, "uuid", ""), uuid);
	contact = id_new();
	const struct event other = {
		.at_ms = AT, .type = EVENT_INTERACTION_STARTED, .from = "anonymous", .reason = "inbound"};
	CHECK(append_all(&other, 1));
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/vcon", id_text(contact, id));
	CHECK_INT(ask(agent, path), 404);
	CHECK_INT(ask(super, path), 200);
	CHECK_STR(jsonx_text(at("parties", 0), "name", ""), "anonymous");
	CHECK_INT(json_array_size(json_object_get(answer.json, "dialog")), 0);
	CHECK_INT(ask(NULL, path), 401);
	answer_free(&answer);
	bench_stop(&bench);
}

TEST(what_was_written_is_dialogs_of_text)
{
	uint64_t segment = id_new();
	char path[96], id[ID_TEXT_SIZE];

	CHECK(bench_start(&bench, 0, NULL, false));
	CHECK(sign_in(&bench, "super", super, sizeof(super)));
	const struct event events[] = {
		{.at_ms = AT,
			.type = EVENT_INTERACTION_STARTED,
			.from = "sara@example.org",
			.reason = "inbound",
			.text = "email"},
		{.at_ms = AT, .type = EVENT_MESSAGE_WRITTEN, .number = 1, .text = "Where is it?"},
		{.at_ms = AT, .type = EVENT_SEGMENT_QUEUED, .segment = segment, .queue = 5},
		{.at_ms = AT + 5000,
			.type = EVENT_SEGMENT_ANSWERED,
			.segment = segment,
			.queue = 5,
			.agent = bench.agent},
		{.at_ms = AT + 9000,
			.type = EVENT_MESSAGE_WRITTEN,
			.number = 2,
			.agent = bench.agent,
			.text = "Here."},
		{.at_ms = AT + 9500,
			.type = EVENT_SEGMENT_ENDED,
			.segment = segment,
			.queue = 5,
			.agent = bench.agent},
	};

	contact = id_new();
	CHECK(append_all(events, sizeof(events) / sizeof(events[0])));
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/vcon", id_text(contact, id));
	CHECK_INT(ask(super, path), 200);
	CHECK_STR(jsonx_text(json_array_get(json_object_get(answer.json, "parties"), 0), "mailto", ""),
		"sara@example.org");
	const json_t *dialog = json_object_get(answer.json, "dialog");
	CHECK_INT(json_array_size(dialog), 2);
	const json_t *last = json_array_get(dialog, 1);
	CHECK_STR(jsonx_text(last, "type", ""), "text");
	CHECK_STR(jsonx_text(last, "body", ""), "Here.");
	CHECK_STR(jsonx_text(last, "mediatype", ""), "text/plain");
	CHECK_INT(jsonx_int(last, "originator", -1), 1);
	CHECK_INT(jsonx_int(json_array_get(dialog, 0), "originator", -1), 0);
	answer_free(&answer);
	bench_stop(&bench);
}

/* What calls leave behind beside themselves: line quality, voicemail, recordings, faxes; and the rows calls
 * of ours are made with. Written and read on both databases. */
#include "store/store_fixture.h"
#include "base/id.h"
#include "base/str.h"

#include <stdio.h>

#define T0 INT64_C(1764406800000)
#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return

static bool append_all(struct fixture *f, const struct event *events, size_t n)
{
	uint64_t seq = 0;

	for (size_t i = 0; i < n; i++)
		seq = fixture_append(f, &events[i]);
	return fixture_wait(f, seq);
}
#define APPEND(f, ...)                                                                                       \
	({                                                                                                   \
		const struct event _events[] = {__VA_ARGS__};                                                \
		append_all(f, _events, sizeof(_events) / sizeof(_events[0]));                                \
	})

static struct event started(uint64_t id)
{
	return (struct event){.type = EVENT_INTERACTION_STARTED,
		.at_ms = T0,
		.tenant = 1,
		.interaction = id,
		.from = "+982112345678",
		.to = "100",
		.reason = "inbound",
		.text = "voice"};
}

/* A row of a list, or NULL. */
static const json_t *row_at(const json_t *whole, const char *list, size_t i)
{
	return json_array_get(json_object_get(whole, list), i);
}

TEST(what_a_leg_sounded_like)
{
	WITH_STORE(f);
	_cleanup_json_ json_t *whole = NULL;

	CHECK(APPEND(&f, started(7),
		{.type = EVENT_LEG_ENDED,
			.at_ms = T0 + 9000,
			.interaction = 7,
			.ref = 70,
			.reason = "customer",
			.number = 431,
			.duration_ms = 8000,
			.text = "{\"codec\":\"PCMA\",\"lost_permille\":12,\"jitter_us\":5400,\"rtt_us\":"
				"21000}"},
		{.type = EVENT_LEG_ENDED,
			.at_ms = T0 + 9001,
			.interaction = 7,
			.ref = 71,
			.agent = 5,
			.reason = "agent",
			.text = "{\"codec\":\"opus\"}"}));
	CHECK_INT(store_interaction(f.reader, 1, 7, &whole), 0);
	CHECK_INT(json_array_size(json_object_get(whole, "quality")), 2);
	const json_t *q = row_at(whole, "quality", 0);
	CHECK_STR(jsonx_text(q, "role", NULL), "customer");
	CHECK_STR(jsonx_text(q, "codec", NULL), "PCMA");
	CHECK(json_real_value(json_object_get(q, "mos")) > 4.30 &&
		json_real_value(json_object_get(q, "mos")) < 4.32);
	CHECK_INT(jsonx_int(q, "lost_permille", -1), 12);
	CHECK_INT(jsonx_int(q, "jitter_ms", -1), 5);
	CHECK_INT(jsonx_int(q, "rtt_ms", -1), 21);
	CHECK_INT(jsonx_int(q, "duration_ms", -1), 8000);
	CHECK(json_is_null(json_object_get(row_at(whole, "quality", 1), "mos")));
}

TEST(a_voicemail_has_an_owner_who_hears_it)
{
	WITH_STORE(f);
	_cleanup_json_ json_t *whole = NULL, *recording = NULL;

	CHECK(APPEND(&f, started(7),
		{.type = EVENT_RECORDING_STARTED,
			.at_ms = T0 + 1,
			.interaction = 7,
			.ref = 90,
			.text = "2025/11/29/v.wav"},
		{.type = EVENT_RECORDING_ENDED,
			.at_ms = T0 + 4000,
			.interaction = 7,
			.ref = 90,
			.duration_ms = 3900,
			.number = 62444,
			.reason = "ended"},
		{.type = EVENT_RECORDING_SEALED,
			.at_ms = T0 + 4001,
			.interaction = 7,
			.ref = 90,
			.text = "ab12",
			.number = 62444,
			.name = "wav"},
		{.type = EVENT_VOICEMAIL_LEFT,
			.at_ms = T0 + 4002,
			.interaction = 7,
			.ref = 90,
			.duration_ms = 3900},
		{.type = EVENT_VOICEMAIL_DELIVERED,
			.at_ms = T0 + 4003,
			.interaction = 7,
			.ref = 90,
			.agent = 33,
			.reason = "person"}));
	CHECK_INT(fixture_int(&f, "SELECT owner FROM recording WHERE id = 90"), 33);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM recording WHERE heard_ms IS NOT NULL"), 0);
	CHECK(APPEND(&f, {.type = EVENT_VOICEMAIL_DELIVERED,
				 .at_ms = T0 + 9000,
				 .interaction = 7,
				 .ref = 90,
				 .reason = "heard"}));
	CHECK_INT(fixture_int(&f, "SELECT owner FROM recording WHERE id = 90"), 33);
	CHECK_INT(fixture_int(&f, "SELECT heard_ms FROM recording WHERE id = 90"), T0 + 9000);
	CHECK_INT(store_interaction(f.reader, 1, 7, &whole), 0);
	CHECK_STR(jsonx_text(whole, "result", NULL), "voicemail");
	CHECK_STR(jsonx_text(row_at(whole, "recordings", 0), "kind", NULL), "voicemail");
	CHECK_INT(jsonx_int(row_at(whole, "recordings", 0), "duration_ms", 0), 3900);
	CHECK_INT(store_recording(f.reader, 1, 90, &recording), 0);
	CHECK_STR(jsonx_text(recording, "path", NULL), "2025/11/29/v.wav");
}

TEST(a_recording_that_becomes_opus_leaves_its_first_file_to_be_removed)
{
	WITH_STORE(f);
	_cleanup_json_ json_t *recording = NULL;
	static const struct event sealed = {.type = EVENT_RECORDING_SEALED,
		.at_ms = T0 + 5,
		.interaction = 7,
		.ref = 90,
		.text = "ab12",
		.number = 1000,
		.name = "wav"};
	struct event opus = sealed, unsaved = sealed;

	opus.name = unsaved.name = "opus";
	opus.number = 100;
	opus.text = "cd34";
	unsaved.reason = "not_saved";
	CHECK(APPEND(&f, started(7),
		{.type = EVENT_RECORDING_STARTED,
			.at_ms = T0 + 1,
			.interaction = 7,
			.ref = 90,
			.text = "2025/11/29/a.wav"},
		sealed, unsaved));
	CHECK_INT(
		fixture_int(&f, "SELECT count(*) FROM recording WHERE format = 'wav' AND hash = 'ab12'"), 1);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM file_removal"), 0);
	CHECK(APPEND(&f, opus));
	CHECK_INT(
		fixture_int(&f, "SELECT bytes FROM recording WHERE format = 'opus' AND hash = 'cd34'"), 100);
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM file_removal WHERE is_replaced = 1 AND path = "
				  "'2025/11/29/a.wav'"),
		1);
	CHECK_INT(store_recording(f.reader, 1, 90, &recording), 0);
	CHECK_STR(jsonx_text(recording, "path", NULL), "2025/11/29/a.opus");
}

static struct event fax(uint64_t document, const char *direction, const char *reason, int64_t pages)
{
	return (struct event){.type = EVENT_FAX_ENDED,
		.at_ms = T0 + 1000,
		.tenant = 1,
		.interaction = 7,
		.ref = document,
		.queue = 9,
		.name = direction,
		.reason = reason,
		.number = pages,
		.from = "+982112345678",
		.to = "100",
		.text = "{\"bit_rate\":14400,\"result\":\"ok\",\"station\":\"ACME\"}"};
}

TEST(faxes_that_came_and_went)
{
	WITH_STORE(f);
	struct event again = fax(51, "outbound", "busy", 0);
	_cleanup_json_ json_t *in = NULL, *waiting = NULL, *sent = NULL, *all = NULL, *mine = NULL;

	again.duration_ms = 60000;
	CHECK(APPEND(&f, started(7), fax(50, "inbound", "partial", 2),
		{.type = EVENT_FAX_QUEUED,
			.at_ms = T0 + 10,
			.tenant = 1,
			.ref = 51,
			.number = 3,
			.agent = 33,
			.from = "100",
			.to = "+4930123",
			.name = "Frau Wei\u00df"},
		again));
	CHECK_INT(store_document(f.reader, 1, 50, &in), 0);
	CHECK_STR(jsonx_text(in, "state", NULL), "partial");
	CHECK_INT(jsonx_int(in, "pages_done", 0), 2);
	CHECK_INT(jsonx_int(in, "bit_rate", 0), 14400);
	CHECK_STR(jsonx_text(in, "station", NULL), "ACME");
	CHECK(json_is_true(json_object_get(in, "has_file")));
	CHECK(jsonx_id(in, "interaction") == 7 && jsonx_id(in, "queue") == 9);
	CHECK_INT(store_document(f.reader, 1, 51, &waiting), 0);
	CHECK_STR(jsonx_text(waiting, "state", NULL), "queued");
	CHECK_STR(jsonx_text(waiting, "name", NULL), "Frau Wei\u00df");
	CHECK_INT(jsonx_int(waiting, "next_try_at", 0), T0 + 61000);
	CHECK(json_is_null(json_object_get(waiting, "ended_at")));
	CHECK(APPEND(&f, fax(51, "outbound", "ok", 3)));
	CHECK_INT(store_document(f.reader, 1, 51, &sent), 0);
	CHECK_STR(jsonx_text(sent, "state", NULL), "sent");
	CHECK_INT(jsonx_int(sent, "tries", 0), 2);
	CHECK_INT(jsonx_int(sent, "ended_at", 0), T0 + 1000);
	CHECK(json_is_null(json_object_get(sent, "next_try_at")));
	CHECK_INT(store_documents(f.reader, &(struct store_documents_query){.limit = 10}, &all), 0);
	CHECK_INT(json_array_size(all), 2);
	CHECK(jsonx_id(json_array_get(all, 0), "id") == 51);
	CHECK_INT(store_documents(f.reader,
			  &(struct store_documents_query){
				  .limit = 10, .user = 33, .state = "sent", .direction = "outbound"},
			  &mine),
		0);
	CHECK_INT(json_array_size(mine), 1);
	_cleanup_json_ json_t *none = NULL;
	CHECK_INT(store_document(f.reader, 1, 52, &none), STORE_NOT_FOUND);
}

/* Creates it and reads it back: every field as it was given. The id. */
static uint64_t there_and_back(struct fixture *f, const char *resource, const char *text)
{
	_cleanup_json_ json_t *given = json_loads(text, 0, NULL), *row = NULL;
	uint64_t id = fixture_create(f, resource, text, NULL);
	const char *key;
	json_t *value;

	if (!id || store_get(f->reader, resource_by_name(resource), 1, id, false, &row) != 0) {
		test_fail(__FILE__, __LINE__, "%s: not made, or not found", resource);
		return 0;
	}
	json_object_foreach(given, key, value)
	{
		if (!json_equal(json_object_get(row, key), value))
			test_fail(__FILE__, __LINE__, "%s: %s came back otherwise", resource, key);
	}
	return id;
}

TEST(rows_that_calls_of_ours_are_made_with)
{
	WITH_STORE(f);
	char text[512], q[ID_TEXT_SIZE], e[ID_TEXT_SIZE];
	uint64_t queue = fixture_create(&f, "queue", "{\"name\":\"Sales\"}", NULL);

	CHECK(queue);
	CHECK(there_and_back(&f, "caller_id", "{\"number\":\"+4930123456\",\"name\":\"B\u00fcro\"}"));
	uint64_t extension = there_and_back(&f, "extension",
		"{\"number\":\"201\",\"name\":\"\u0627\u0646\u0628\u0627\u0631\",\"sip_login\":\"store201\","
		"\"ring_"
		"timeout_s\":"
		"30,\"forward_to\":\"+4930123\",\"has_voicemail\":true,\"may_dial_out\":true}");
	CHECK(extension);
	snprintf(text, sizeof(text),
		"{\"number\":\"300\",\"name\":\"Door\",\"extensions\":[\"%s\"],\"numbers\":[\"+4930123\"],"
		"\"strategy\":\"ring_all\",\"then\":\"queue\",\"then_queue\":\"%s\"}",
		id_text(extension, e), id_text(queue, q));
	CHECK(there_and_back(&f, "ring_group", text));
	snprintf(text, sizeof(text),
		"{\"name\":\"Vault\",\"uri\":\"sip:rec@192.0.2.1:5070\",\"queues\":[\"%s\"],\"percent\":25,"
		"\"is_enabled\":false}",
		id_text(queue, q));
	CHECK(there_and_back(&f, "recorder", text));
}

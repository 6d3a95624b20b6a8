/* Names, encoding and CloudEvents form of events. */
#include "harness/test.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/str.h"
#include "event/event.h"

#include <errno.h>
#include <stddef.h>

TEST(every_type_has_a_name_in_the_past_tense)
{
	CHECK_STR(event_name(EVENT_INTERACTION_STARTED), "interaction.started");
	CHECK_STR(event_name(EVENT_AGENT_STATE), "agent.state_changed");
	CHECK_STR(event_name(EVENT_NOTE_WRITTEN), "note.written");
	CHECK(event_name(0) == NULL);
	CHECK(event_name(5) == NULL);
}

TEST_OOM(an_event_survives_encoding)
{
	struct arena arena = {0};
	struct event e = {.type = EVENT_WRAP_UP_ENDED,
		.tenant = 1,
		.interaction = UINT64_C(0x7fffffffffffffff),
		.segment = 3,
		.queue = 4,
		.agent = 5,
		.ref = 6,
		.wait_ms = 7,
		.ring_ms = 8,
		.talk_ms = 9,
		.hold_ms = 10,
		.acw_ms = 11,
		.duration_ms = -1,
		.number = INT64_MIN,
		.reason = "done",
		.from = "+982112345678",
		.to = "",
		.name = "\u0632\u0647\u0631\u0627 \"\\",
		.text = "line\n\ttab\x01"};
	struct event back = {.seq = 9, .at_ms = 10, .type = EVENT_WRAP_UP_ENDED};
	_cleanup_alloc_ char *data = event_encode(&e);

	if (!data)
		return;
	int err = event_decode(data, strlen(data), &arena, &back);
	if (err == -ENOMEM) {
		arena_free(&arena);
		return;
	}
	CHECK_INT(err, 0);
	CHECK_INT(back.seq, 9);
	CHECK(back.interaction == e.interaction && back.segment == 3 && back.queue == 4 && back.agent == 5);
	CHECK(back.ref == 6 && back.wait_ms == 7 && back.ring_ms == 8 && back.talk_ms == 9 &&
		back.hold_ms == 10);
	CHECK(back.acw_ms == 11 && back.duration_ms == -1 && back.number == INT64_MIN && back.tenant == 1);
	CHECK_STR(back.name, e.name);
	CHECK_STR(back.text, e.text);
	CHECK_STR(back.to, "");
	CHECK_STR(back.reason, "done");
	arena_free(&arena);
}

TEST(an_empty_event_is_two_bytes)
{
	struct event e = {.seq = 5, .type = EVENT_SYSTEM_STOPPED};
	_cleanup_alloc_ char *data = event_encode(&e);

	CHECK_STR(data, "{}");
}

TEST(bytes_that_are_no_utf8_do_not_spoil_the_log)
{
	struct arena arena = {0};
	struct event e = {.name = "a\xff\xe2\x82 \xed\xa0\x80z"}, back = {0};
	_cleanup_alloc_ char *data = event_encode(&e);

	CHECK_INT(event_decode(data, strlen(data), &arena, &back), 0);
	CHECK_STR(back.name, "a\ufffd\ufffd\ufffd \ufffd\ufffd\ufffdz");
	arena_free(&arena);
}

TEST(long_texts_are_cut_between_letters)
{
	struct arena arena = {0};
	struct event e = {0}, back = {0};
	struct text t = {0};

	text_add(&t, "a"); /* so that the limit falls inside a two-byte letter */
	for (int i = 0; i < 3000; i++)
		text_add(&t, "\u0645");
	e.text = t.data;
	_cleanup_alloc_ char *data = event_encode(&e);
	CHECK_INT(event_decode(data, strlen(data), &arena, &back), 0);
	CHECK_INT(strlen(back.text), EVENT_TEXT_MAX - 1);
	CHECK(str_is_utf8(back.text, strlen(back.text)));
	arena_free(&arena);
	text_free(&t);
}

TEST(readers_ignore_unknown_fields_and_refuse_wrong_ones)
{
	struct arena arena = {0};
	struct event e = {.queue = 77};
	static const char *const bad[] = {"", "[]", "{", "{\"q\":\"x\"}", "{\"q\":-1}", "{\"m\":1}",
		"{\"q\":1,\"q\":2}", "{\"m\":\"\\u0000\"}", "{} x", "{\"w\":1.5}",
		"{\"w\":99999999999999999999}"};

	CHECK_INT(event_decode("{\"zz\":[1],\"q\":5}", 16, &arena, &e), 0);
	CHECK_INT(e.queue, 5);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(event_decode(bad[i], strlen(bad[i]), &arena, &e), -EINVAL);
		CHECK_INT(e.queue, 5);
	}
	arena_free(&arena);
}

TEST(outside_an_event_is_a_cloudevent)
{
	struct event e = {.seq = 42,
		.at_ms = INT64_C(1764403200007),
		.type = EVENT_SEGMENT_QUEUED,
		.tenant = 1,
		.queue = 33,
		.number = 0};
	_cleanup_json_ json_t *j = event_to_cloudevent(&e);
	const json_t *data = json_object_get(j, "data");

	CHECK_STR(jsonx_text(j, "specversion", NULL), "1.0");
	CHECK_STR(jsonx_text(j, "id", NULL), "42");
	CHECK_STR(jsonx_text(j, "type", NULL), "markaz.segment.queued");
	CHECK_STR(jsonx_text(j, "source", NULL), "/markaz");
	CHECK_STR(jsonx_text(j, "time", NULL), "2025-11-29T08:00:00.007Z");
	CHECK_STR(jsonx_text(data, "queue", NULL), "0000000000011");
	CHECK_INT(jsonx_int(data, "priority", -1), 0);
	CHECK(json_object_get(data, "agent") == NULL);
	CHECK_STR(jsonx_text(j, "sequence", NULL), "0000000000000000042");
	CHECK(json_object_get(j, "subject") == NULL);
	e.interaction = 33;
	_cleanup_json_ json_t *of_contact = event_to_cloudevent(&e);
	CHECK_STR(jsonx_text(of_contact, "subject", NULL), "0000000000011");
}

TEST(types_are_chosen_by_name)
{
	char unknown[16] = "";
	uint64_t chosen = 0;
	int n = 0;

	for (int t = 0; t < 1000; t++) {
		const char *name = event_name((enum event_type)t);
		enum event_type back;
		if (!name)
			continue;
		CHECK(t < EVENT_TYPES_MAX);
		CHECK_INT(event_type_of_name(name, strlen(name), &back), 0);
		CHECK_INT(back, t);
		n++;
	}
	CHECK(n > 30);
	CHECK_INT(event_types_parse(NULL, &chosen, unknown, sizeof(unknown)), 0);
	CHECK(chosen == EVENT_TYPES_ALL);
	CHECK_INT(
		event_types_parse("segment.answered, markaz.note.written", &chosen, unknown, sizeof(unknown)),
		0);
	CHECK(event_is_chosen(chosen, EVENT_SEGMENT_ANSWERED) && event_is_chosen(chosen, EVENT_NOTE_WRITTEN));
	CHECK(!event_is_chosen(chosen, EVENT_SEGMENT_ENDED));
	chosen = 7;
	CHECK_INT(event_types_parse("segment.answered,segment", &chosen, unknown, sizeof(unknown)), -ENOENT);
	CHECK_STR(unknown, "segment");
	CHECK_INT(event_types_parse("segment.answered,", &chosen, unknown, sizeof(unknown)), -ENOENT);
	CHECK_INT(event_types_parse("a.name.that.is.too.long", &chosen, unknown, sizeof(unknown)), -ENOENT);
	CHECK_STR(unknown, "a.name.that.is.");
	CHECK_INT(event_types_parse("markaz.", &chosen, unknown, sizeof(unknown)), -ENOENT);
	CHECK_INT(chosen, 7);
}

/* --- two readers
 * ------------------------------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Read as it is, and behind a blank, which only the JSON reader takes: both say the same. */
static void check_both(const char *data)
{
	struct arena arena = {0};
	struct event a = {.type = EVENT_NOTE_WRITTEN}, b = a;
	_cleanup_text_ struct text spaced = {0};

	text_add(&spaced, " ");
	text_add(&spaced, data);
	int x = event_decode(data, strlen(data), &arena, &a);
	int y = event_decode(spaced.data, spaced.len, &arena, &b);
	bool is_same = x == y && memcmp(&a, &b, offsetof(struct event, reason)) == 0 &&
		       same_text(a.reason, b.reason) && same_text(a.from, b.from) && same_text(a.to, b.to) &&
		       same_text(a.name, b.name) && same_text(a.text, b.text) &&
		       same_text(a.sealed, b.sealed);
	arena_free(&arena);
	if (!is_same)
		test_fail(__FILE__, __LINE__, "%s is read in two ways: %d and %d", data, x, y);
}

TEST(both_readers_say_the_same)
{
	static const char *const texts[] = {"{}", "{\"i\":5}", "{\"i\":5,\"i\":6}", "{\"i\":-5}",
		"{\"w\":-5}", "{\"w\":-0}", "{\"w\":007}", "{\"w\":0}", "{\"w\":1.5}", "{\"w\":1e3}",
		"{\"w\":true}", "{\"w\":\"5\"}", "{\"w\":999999999999999999}", "{\"w\":9223372036854775807}",
		"{\"w\":-9223372036854775808}", "{\"w\":9223372036854775808}",
		"{\"w\":99999999999999999999999}", "{\"y\":\"ready\"}", "{\"y\":5}", "{\"y\":null}",
		"{\"y\":\"a\\u00e9b\"}", "{\"y\":\"a\\\"b\"}", "{\"y\":\"\\u0000\"}",
		"{\"x\":\"\xd8\xb2\xd9\x87\"}", "{\"x\":\"\xd8\"}", "{\"x\":\"\xc0\xaf\"}",
		"{\"x\":\"\xed\xa0\x80\"}", "{\"x\":\"tab\there\"}", "{\"x\":\"\x7f\"}", "{\"x\":\"\"}",
		"{\"x\":\"open}", "{\"x\":\"a\",}", "{,}", "{\"b\":5}", "{\"bb\":5}", "{\"i\":5",
		"{\"i\":5}x", "{\"i\":5,\"x\":\"y\",\"z\":\"c2VhbA==\"}", "[]", "", "{\"i\":}", "{\"i\"}",
		"{\"i\":5,}", "{\"A\":1}", "{\"x\":{\"y\":1},\"i\":5}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_both(texts[i]);
}

/* Whatever bytes are written, read back and damaged. */
TEST(both_readers_say_the_same_of_random_texts)
{
	uint64_t state = 7;

	for (int round = 0; round < 20000; round++) {
		static const char alphabet[] = "{}\":,-0123456789iqwyxzt\\ab e\xd8\xb2\x01";
		char data[64];
		size_t n = 0;
		struct event e = {.interaction = (state >> 20) % 1000,
			.wait_ms = (int64_t)state >> 40,
			.reason = "ready"};
		char *made = event_encode(&e);
		if (!made)
			return;
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		n = strnlen(made, sizeof(data) - 1);
		memcpy(data, made, n);
		data[n] = '\0';
		alloc_free(made);
		for (uint64_t k = state >> 60; k > 8 && n; k--) {
			state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			data[(state >> 33) % n] = alphabet[(state >> 45) % (sizeof(alphabet) - 1)];
		}
		check_both(data);
	}
}

TEST(sealed_texts_are_base64_and_nothing_else)
{
	struct arena arena = {0};
	struct event e = {.type = EVENT_NOTE_WRITTEN}, rest, personal;
	static const char good[] = "{\"i\":5,\"p\":9,\"z\":\"AbZ-_09\"}",
			  bad[] = "{\"p\":9,\"z\":\"a\\\"b\"}";

	CHECK_INT(event_decode(good, strlen(good), &arena, &e), 0);
	CHECK_STR(e.sealed, "AbZ-_09");
	CHECK(e.person == 9 && !e.is_erased);
	_cleanup_alloc_ char *data = event_encode(&e);
	CHECK_STR(data, good);
	CHECK_INT(
		event_decode(bad, strlen(bad), &arena, &e), -EINVAL); /* it would be written back as it is */
	arena_free(&arena);
	CHECK_INT(event_personal_texts(EVENT_RULE_FAILED), EVENT_HAS_TEXT);
	/* Splitting and joining. */
	e = (struct event){.type = EVENT_INTERACTION_STARTED,
		.from = "1",
		.name = "n",
		.reason = "inbound",
		.text = "voice"};
	CHECK_INT(event_split(&e, event_personal_texts(e.type), &rest, &personal),
		EVENT_HAS_FROM | EVENT_HAS_NAME);
	CHECK(!rest.from && !rest.name && rest.reason && rest.text && personal.from && !personal.reason &&
		!personal.type);
	event_join(&rest, &personal);
	CHECK_STR(rest.from, "1");
	CHECK_STR(rest.name, "n");
	rest.is_erased = true;
	json_t *json = event_data_to_json(&rest);
	CHECK(json_is_true(json_object_get(json, "erased")) && !json_object_get(json, "sealed"));
	json_decref(json);
}

/* Contacts opened by other systems, over HTTP with a double of the centre: rights, what is refused and how,
 * the key that makes a request count once. */
#include "api/test_support.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct bench bench;
static struct answer answer;
static char admin[320], agent[320];

#define BENCH_TEST(ident)                                                                                    \
	static void run_##ident(void);                                                                       \
	TEST(ident)                                                                                          \
	{                                                                                                    \
		CHECK(bench_start(&bench, 0, NULL, false));                                                  \
		CHECK(sign_in(&bench, "admin", admin, sizeof(admin)));                                       \
		CHECK(sign_in(&bench, "agent", agent, sizeof(agent)));                                       \
		memset(&fake, 0, sizeof(fake));                                                              \
		run_##ident();                                                                               \
		answer_free(&answer);                                                                        \
		bench_stop(&bench);                                                                          \
	}                                                                                                    \
	static void run_##ident(void)

static int post(const char *who, const char *path, const char *key, const char *body)
{
	char head[600];

	snprintf(head, sizeof(head), "%s%s%s%s", who, key ? "Idempotency-Key: " : "", key ? key : "",
		key ? "\r\n" : "");
	answer_free(&answer);
	return http_ask(&bench, "POST", path, head, body, &answer) ? answer.status : -1;
}

static const char *code(void)
{
	return jsonx_text(answer.json, "code", "");
}

#define OPEN "/api/v1/interactions"
#define QUEUE "\"channel\":\"chat\",\"queue\":\"0000000000001\""
#define FROM ",\"from\":\"sara@example.org\""

BENCH_TEST(a_contact_is_opened_by_whoever_may)
{
	char value[128];

	CHECK_INT(post(agent, OPEN, NULL, "{" QUEUE FROM "}"), 403);
	CHECK_INT(fake.works, 0);
	CHECK_INT(post(admin, OPEN, "k1",
			  "{" QUEUE FROM
			  ",\"name\":\"Sara\",\"text\":\"hello\",\"priority\":-3,\"to\":\"shop\"}"),
		201);
	CHECK_STR(jsonx_text(answer.json, "id", ""), "0000000000005");
	CHECK_INT(jsonx_int(answer.json, "seq", 0), 9);
	CHECK(answer_header(&answer, "Location", value, sizeof(value)));
	CHECK_STR(value, "/api/v1/interactions/0000000000005");
	CHECK_INT(fake.last_work.channel, 1);
	CHECK_INT(fake.last_work.queue, 1);
	CHECK_INT(fake.last_work.priority, -3);
	CHECK_STR(fake.last_work.name, "Sara");
	CHECK_STR(fake.last_work.to, "shop");
	CHECK_STR(fake.last_text, "hello");
	CHECK_INT(fake.last_work.user, bench.admin);
	CHECK(fake.last_work.key);
	uint64_t key = fake.last_work.key;
	uint32_t body = fake.last_work.body;
	CHECK_INT(post(admin, OPEN, "k1", "{" QUEUE FROM "}"), 201);
	CHECK(fake.last_work.key == key && fake.last_work.body != body);
	CHECK_INT(post(admin, OPEN, "k2", "{" QUEUE FROM "}"), 201);
	CHECK(fake.last_work.key != key);
	CHECK_INT(post(admin, OPEN, NULL, "{" QUEUE FROM "}"), 201);
	CHECK_INT(fake.last_work.key, 0);
}

BENCH_TEST(what_is_wrong_is_said)
{
	char text[5000], body[5400];
	static const struct {
		const char *body;
		int status;
		const char *pointer;
	} wrong[] = {
		{"{", 422, NULL},
		{"[]", 422, NULL},
		{"{\"queue\":\"0000000000001\"" FROM "}", 422, "/channel"},
		{"{\"channel\":\"voice\",\"queue\":\"0000000000001\"" FROM "}", 422, "/channel"},
		{"{\"channel\":\"chat\"" FROM "}", 422, "/queue"},
		{"{\"channel\":\"chat\",\"queue\":7" FROM "}", 422, "/queue"},
		{"{" QUEUE "}", 422, "/from"},
		{"{" QUEUE ",\"from\":\"\"}", 422, "/from"},
		{"{" QUEUE ",\"from\":\"a\\nb\"}", 422, "/from"},
		{"{" QUEUE FROM ",\"priority\":101}", 422, "/priority"},
		{"{" QUEUE FROM ",\"priority\":\"1\"}", 422, "/priority"},
		{"{" QUEUE FROM ",\"colour\":1}", 422, "/colour"},
		{"{" QUEUE FROM ",\"customer\":\"0000000000009\"}", 422, "/customer"},
		{"{" QUEUE FROM ",\"text\":7}", 422, NULL},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK_INT(post(admin, OPEN, NULL, wrong[i].body), wrong[i].status);
		const json_t *first = json_array_get(json_object_get(answer.json, "errors"), 0);
		if (wrong[i].pointer)
			CHECK_STR(jsonx_text(first, "pointer", ""), wrong[i].pointer);
		CHECK(strlen(jsonx_text(answer.json, "detail", "")) > 10);
	}
	memset(text, 'a', sizeof(text));
	text[4001] = '\0';
	snprintf(body, sizeof(body), "{" QUEUE FROM ",\"text\":\"%s\"}", text);
	CHECK_INT(post(admin, OPEN, NULL, body), 413);
	text[300] = '\0';
	snprintf(body, sizeof(body), "{" QUEUE ",\"from\":\"%s\"}", text);
	CHECK_INT(post(admin, OPEN, NULL, body), 422);
	CHECK_INT(post(admin, OPEN, text, "{" QUEUE FROM "}"), 400);
	CHECK_INT(post(admin, OPEN, "two words", "{" QUEUE FROM "}"), 400);
	CHECK_INT(fake.works, 0);
}

BENCH_TEST(what_the_centre_refuses_has_a_code_of_its_own)
{
	static const struct {
		const char *code, *said;
		int status;
	} all[] = {{"not_found", "not_found", 404}, {"wrong_channel", "invalid", 422},
		{"queue_closed", "queue_closed", 409}, {"queue_full", "queue_full", 503},
		{"too_many", "unavailable", 503}, {"key_reused", "key_reused", 409},
		{"rate_limited", "rate_limited", 429}, {"draining", "unavailable", 503},
		{"store_overloaded", "unavailable", 503}, {"no_memory", "unavailable", 503},
		{"something_new", "unavailable", 503}};
	char body[256], value[16];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(body, sizeof(body), "{" QUEUE ",\"from\":\"x@refused.%s\"}", all[i].code);
		CHECK_INT(post(admin, OPEN, NULL, body), all[i].status);
		CHECK_STR(code(), all[i].said);
		if (all[i].status == 429 || all[i].status == 503)
			CHECK(answer_header(&answer, "Retry-After", value, sizeof(value)));
	}
	fake_set_full(true);
	CHECK_INT(post(admin, OPEN, NULL, "{" QUEUE FROM "}"), 503);
	fake_set_full(false);
}

static void append(struct event e)
{
	uint64_t seq = 0;

	e.at_ms = clock_wall_ms();
	e.tenant = 1;
	CHECK_INT(store_append(bench.store, &e, &seq), 0);
	for (int i = 0; i < 5000 && store_durable_seq(bench.store) < seq; i++)
		usleep(1000);
}

BENCH_TEST(messages_are_written_read_and_the_end_is_the_end)
{
	char path[128], id[ID_TEXT_SIZE];
	uint64_t contact = id_new(), call = id_new();

	append((struct event){.type = EVENT_INTERACTION_STARTED,
		.interaction = contact,
		.from = "a@b.c",
		.reason = "inbound",
		.text = "chat",
		.ref = 77});
	for (int i = 1; i <= 60; i++)
		append((struct event){.type = EVENT_MESSAGE_WRITTEN,
			.interaction = contact,
			.number = i,
			.agent = i % 2 ? 0 : 5,
			.text = "\u0633\u0644\u0627\u0645"});
	append((struct event){.type = EVENT_INTERACTION_STARTED,
		.interaction = call,
		.from = "100",
		.reason = "inbound",
		.text = "voice"});
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/messages", id_text(contact, id));
	CHECK_INT(post(admin, path, NULL, "{\"text\":\"hello\"}"), 201);
	CHECK_STR(fake.last_text, "hello");
	CHECK_INT(post(admin, path, NULL, "{\"text\":\"\"}"), 422);
	CHECK_INT(post(admin, path, NULL, "{}"), 422);
	CHECK_INT(post(agent, path, NULL, "{\"text\":\"hello\"}"), 403);
	answer_free(&answer);
	CHECK(http_ask(&bench, "GET", path, admin, NULL, &answer) && answer.status == 200);
	const json_t *items = json_object_get(answer.json, "items");
	CHECK_INT(json_array_size(items), 50);
	CHECK_INT(jsonx_int(json_array_get(items, 0), "number", 0), 11);
	CHECK_STR(jsonx_text(json_array_get(items, 0), "text", ""), "\u0633\u0644\u0627\u0645");
	CHECK_INT(jsonx_id(json_array_get(items, 1), "agent"), 5);
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/messages?before=11", id);
	answer_free(&answer);
	CHECK(http_ask(&bench, "GET", path, admin, NULL, &answer) && answer.status == 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 10);
	snprintf(path, sizeof(path), "/api/v1/interactions/%s", id);
	answer_free(&answer);
	CHECK(http_ask(&bench, "GET", path, admin, NULL, &answer) && answer.status == 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "messages")), 60);
	CHECK(json_is_null(json_object_get(answer.json, "trunk")));
	const json_t *began = json_array_get(json_object_get(answer.json, "events"), 0);
	CHECK_INT(jsonx_id(json_object_get(began, "data"), "key"), 77);
	CHECK(!json_object_get(json_object_get(began, "data"), "trunk"));
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/end", id);
	CHECK_INT(post(admin, path, NULL, "{\"reason\":\"system\"}"), 200);
	CHECK(!fake.last_work.is_customer && fake.last_work.kind == CENTER_WORK_END);
	CHECK_INT(post(admin, path, NULL, "{\"reason\":\"bored\"}"), 422);
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/end", id_text(4711, id));
	CHECK_INT(post(admin, path, NULL, "{}"), 404);
}

/* What the log knows of a key is answered without the centre. */
BENCH_TEST(a_key_counts_once_even_after_a_restart)
{
	char path[128], id[ID_TEXT_SIZE];

	CHECK_INT(post(admin, OPEN, "k9", "{" QUEUE FROM "}"), 201);
	uint64_t key = fake.last_work.key;
	append((struct event){.type = EVENT_INTERACTION_STARTED,
		.interaction = 33,
		.from = "a@b.c",
		.reason = "inbound",
		.text = "chat",
		.ref = key});
	CHECK_INT(post(admin, OPEN, "k9", "{" QUEUE FROM "}"), 201); /* cut off there it is opened again */
	CHECK_INT(fake.works, 2);
	append((struct event){
		.type = EVENT_SEGMENT_QUEUED, .interaction = 33, .segment = 34, .number = 7, .ref = key});
	fake.works = 0;
	CHECK_INT(post(admin, OPEN, "k9", "{" QUEUE FROM "}"), 201);
	CHECK_STR(jsonx_text(answer.json, "id", ""), id_text(33, id));
	CHECK_INT(fake.works, 0);
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/messages", id);
	CHECK_INT(post(admin, path, "k9", "{\"text\":\"x\"}"), 201); /* of another request */
	CHECK_INT(fake.works, 1);
	append((struct event){.type = EVENT_MESSAGE_WRITTEN,
		.interaction = 33,
		.number = 4,
		.text = "x",
		.ref = fake.last_work.key});
	CHECK_INT(post(admin, path, "k9", "{\"text\":\"x\"}"), 201);
	CHECK_INT(jsonx_int(answer.json, "number", 0), 4);
	CHECK_INT(fake.works, 1);
	CHECK_INT(post(agent, OPEN, "k9", "{" QUEUE FROM "}"), 403);
}

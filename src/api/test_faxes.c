/* Faxes over HTTP with a double of the centre: what is refused and how, the key that makes a request count
 * once, the list, and the pages as PDF, TIFF and report. */
#include "api/test_support.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/store.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct bench bench;
static struct answer answer;
static char admin[320], agent[320];

#define FAXES "/api/v1/faxes"
#define PDF                                                                                                  \
	"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 "       \
	"R]>>endobj\n"                                                                                       \
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj\n"                    \
	"4 0 obj<</Length 24>>stream\n100 100 300 300 re f    \nendstream endobj\ntrailer<</Root 1 0 "       \
	"R>>\n%%EOF\n"

static int ask(const char *who, const char *method, const char *path, const char *key, const char *body)
{
	char head[600];

	snprintf(head, sizeof(head), "%s%s%s%s", who, key ? "Idempotency-Key: " : "", key ? key : "",
		key ? "\r\n" : "");
	answer_free(&answer);
	return http_ask(&bench, method, path, head, body, &answer) ? answer.status : -1;
}

static const char *body_with_file(const char *to, const char *file)
{
	static char body[4096], base64[2048];

	sodium_bin2base64(base64, sizeof(base64), (const unsigned char *)file, strlen(file),
		sodium_base64_VARIANT_ORIGINAL);
	snprintf(body, sizeof(body), "{\"to\":\"%s\",\"file\":\"%s\"}", to, base64);
	return body;
}

static bool tell(struct event *e)
{
	uint64_t seq;
	int64_t until = 500;

	if (store_append(bench.store, e, &seq) < 0)
		return false;
	while (store_durable_seq(bench.store) < seq && until-- > 0)
		usleep(10000);
	return until > 0;
}

static void wrong(void)
{
	static const char *const bodies[] = {"{}", "{\"to\":\"12x\"}", "{\"to\":\"+4\"}",
		"{\"to\":\"123\",\"file\":\"!\"}", "{\"to\":\"123\",\"file\":\"aGVsbG8=\"}",
		"{\"to\":\"123\",\"file\":7}", "{\"to\":\"123\",\"cover\":{\"language\":\"xx\"}}",
		"{\"to\":\"123\",\"cover\":7}", "{\"to\":\"123\",\"nonsense\":1,\"cover\":{}}",
		"{\"to\":[],\"cover\":{}}", "{\"to\":\"123\",\"from\":\"sip:x\",\"cover\":{}}",
		"{\"to\":\"123\",\"cover\":{\"text\":5}}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		CHECK_INT(ask(agent, "POST", FAXES, NULL, bodies[i]), 422);
	CHECK_INT(ask(agent, "POST", FAXES, NULL, body_with_file("123", "%PDF-1.4 and then nothing")), 422);
	CHECK_STR(jsonx_text(answer.json, "code", ""), "invalid");
	CHECK_INT(ask(agent, "POST", FAXES, "a b", body_with_file("123", PDF)), 400);
	CHECK_INT(ask("", "POST", FAXES, NULL, body_with_file("123", PDF)), 401);
	CHECK_INT(ask(agent, "POST", FAXES, NULL, body_with_file("666", PDF)), 409);
	CHECK_INT(fake.faxes, 1);
}

static uint64_t right(void)
{
	char id[ID_TEXT_SIZE], path[256];

	if (ask(agent, "POST", FAXES, "k1", body_with_file("+98215550000", PDF)) != 201)
		return 0;
	uint64_t first = jsonx_id(answer.json, "id");
	if (ask(agent, "POST", FAXES, "k1", body_with_file("+98215550000", PDF)) != 201 ||
		jsonx_id(answer.json, "id") != first || fake.faxes != 2)
		return 0;
	if (ask(agent, "POST", FAXES, "k1", body_with_file("+98215550001", PDF)) != 409)
		return 0;
	if (fake.last_fax.pages != 1 || strcmp(fake.last_fax.to, "+98215550000") != 0)
		return 0;
	/* Pages and job are on disk. */
	snprintf(path, sizeof(path), "%s/documents/outbox/%s.json", bench.folder, id_text(first, id));
	return access(path, R_OK) == 0 ? first : 0;
}

static void looked_at(uint64_t id)
{
	char path[128], text[ID_TEXT_SIZE];
	struct event queued = {.type = EVENT_FAX_QUEUED,
		.ref = id,
		.agent = fake.last_fax.user,
		.number = 1,
		.to = "+98215550000",
		.at_ms = 1000};
	struct event ended = {.type = EVENT_FAX_ENDED,
		.ref = id,
		.agent = fake.last_fax.user,
		.number = 1,
		.reason = "ok",
		.name = "outbound",
		.to = "+98215550000",
		.at_ms = 61000,
		.text = "{\"result\":\"OK\",\"bit_rate\":14400,\"station\":\"+98 21\"}"};

	CHECK(tell(&queued));
	CHECK_INT(ask(agent, "GET", FAXES "?state=queued", NULL, NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 1);
	CHECK(tell(&ended));
	snprintf(path, sizeof(path), FAXES "/%s", id_text(id, text));
	CHECK_INT(ask(agent, "GET", path, NULL, NULL), 200);
	CHECK_STR(jsonx_text(answer.json, "state", ""), "sent");
	CHECK_STR(jsonx_text(answer.json, "result", ""), "OK");
	CHECK_INT(jsonx_int(answer.json, "bit_rate", 0), 14400);
	CHECK_INT(jsonx_int(answer.json, "tries", 0), 1);
	CHECK_INT(ask(agent, "GET", FAXES "?state=nonsense", NULL, NULL), 422);
	CHECK_INT(ask(admin, "GET", FAXES "?direction=inbound", NULL, NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 0);
}

static void printed(uint64_t id)
{
	char path[128], text[ID_TEXT_SIZE];

	snprintf(path, sizeof(path), FAXES "/%s/pdf", id_text(id, text));
	CHECK_INT(ask(agent, "GET", path, NULL, NULL), 200);
	CHECK(answer.body_len > 100 && memcmp(answer.body, "%PDF-", 5) == 0);
	CHECK_INT(ask(agent, "GET", path, NULL, NULL), 200); /* the one kept */
	snprintf(path, sizeof(path), FAXES "/%s/tiff", text);
	CHECK_INT(ask(agent, "GET", path, NULL, NULL), 200);
	CHECK(answer.body_len > 100 && memcmp(answer.body, "II*", 3) == 0);
	snprintf(path, sizeof(path), FAXES "/%s/report", text);
	CHECK_INT(ask(agent, "GET", path, NULL, NULL), 200);
	CHECK(answer.body_len > 100 && memcmp(answer.body, "%PDF-", 5) == 0);
	CHECK_INT(ask(admin, "DELETE", FAXES "/0000000000009", NULL, NULL), 404);
	snprintf(path, sizeof(path), FAXES "/%s", text);
	CHECK_INT(ask(agent, "DELETE", path, NULL, NULL), 204);
}

TEST(a_fax_from_the_request_to_the_report)
{
	CHECK(bench_start(&bench, 0, NULL, false));
	CHECK(sign_in(&bench, "admin", admin, sizeof(admin)));
	CHECK(sign_in(&bench, "agent", agent, sizeof(agent)));
	memset(&fake, 0, sizeof(fake));
	wrong();
	uint64_t id = right();
	CHECK(id != 0);
	looked_at(id);
	printed(id);
	answer_free(&answer);
	bench_stop(&bench);
}

TEST(others_faxes_are_not_for_agents)
{
	struct event queued = {.type = EVENT_FAX_QUEUED,
		.ref = id_new(),
		.agent = 4711,
		.number = 1,
		.to = "1",
		.at_ms = 1000};
	struct event in = {.type = EVENT_FAX_ENDED,
		.ref = id_new(),
		.interaction = id_new(),
		.number = 2,
		.reason = "partial",
		.name = "inbound",
		.from = "100",
		.to = "1",
		.at_ms = 2000};
	char path[128], text[ID_TEXT_SIZE];

	CHECK(bench_start(&bench, 0, NULL, false));
	CHECK(sign_in(&bench, "admin", admin, sizeof(admin)));
	CHECK(sign_in(&bench, "agent", agent, sizeof(agent)));
	memset(&fake, 0, sizeof(fake));
	CHECK(tell(&queued) && tell(&in));
	snprintf(path, sizeof(path), FAXES "/%s", id_text(queued.ref, text));
	CHECK_INT(ask(agent, "GET", path, NULL, NULL), 404);
	CHECK_INT(ask(admin, "GET", path, NULL, NULL), 200);
	CHECK_INT(ask(agent, "GET", FAXES, NULL, NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 0);
	CHECK_INT(ask(admin, "GET", FAXES, NULL, NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 2);
	snprintf(path, sizeof(path), FAXES "/%s", id_text(in.ref, text));
	CHECK_INT(ask(agent, "GET", path, NULL, NULL),
		404); /* it was never offered to them, nor is it their queue's */
	CHECK_INT(fake.last_mail.recording, in.ref);
	fake.may_hear = true;
	CHECK_INT(ask(agent, "GET", path, NULL, NULL), 200);
	CHECK_STR(jsonx_text(answer.json, "state", ""), "partial");
	snprintf(path, sizeof(path), FAXES "/%s/pdf", text);
	CHECK_INT(ask(agent, "GET", path, NULL, NULL), 404); /* its file is gone */
	answer_free(&answer);
	bench_stop(&bench);
}

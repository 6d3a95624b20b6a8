/* People's data over HTTP: who may, what is found, exported and erased, and how refusals read. */
#include "api/test_support.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER "+989121234567"
#define NOTE "asks for the green carpet"

static struct bench bench;
static struct answer answer;
static char admin[320], super[320];
static char interaction[ID_TEXT_SIZE], customer[ID_TEXT_SIZE];

static int ask(const char *who, const char *method, const char *path, const char *body)
{
	answer_free(&answer);
	return http_ask(&bench, method, path, who, body, &answer) ? answer.status : -1;
}

static bool write_call(void)
{
	uint64_t ix = id_new(), seq = 0;
	const struct event events[] = {
		{.type = EVENT_INTERACTION_STARTED,
			.from = NUMBER,
			.name = "Sara",
			.reason = "inbound",
			.text = "voice"},
		{.type = EVENT_NOTE_WRITTEN, .text = NOTE},
		{.type = EVENT_INTERACTION_ENDED, .duration_ms = 1000, .reason = "customer_hung_up"},
	};

	id_text(ix, interaction);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct event e = events[i];
		e.interaction = ix;
		e.at_ms = INT64_C(1763800000000) + (int64_t)i * 1000;
		if (store_append(bench.store, &e, &seq) < 0)
			return false;
	}
	for (int i = 0; i < 500 && store_durable_seq(bench.store) < seq; i++)
		usleep(10000);
	return store_durable_seq(bench.store) >= seq;
}

static void look(void)
{
	CHECK_INT(ask(super, "GET", "/api/v1/people?address=09121234567", NULL), 403);
	CHECK_INT(ask(admin, "GET", "/api/v1/people", NULL), 422);
	CHECK_INT(ask(admin, "GET", "/api/v1/people?address=anonymous", NULL), 404);
	CHECK_INT(ask(admin, "GET", "/api/v1/people?address=09121234567", NULL), 200);
	CHECK_INT(jsonx_int(answer.json, "contacts", -1), 1);
	CHECK_INT(jsonx_int(answer.json, "persons", -1), 1);
	CHECK_INT(json_array_size(json_object_get(answer.json, "customers")), 1);
	CHECK_INT(ask(super, "GET", "/api/v1/people/export?address=09121234567", NULL), 403);
	CHECK_INT(ask(admin, "GET", "/api/v1/people/export?address=07777777777", NULL), 404);
	CHECK_INT(ask(admin, "GET", "/api/v1/people/export?address=09121234567", NULL), 200);
	CHECK_STR(jsonx_text(answer.json, "format", ""), "markaz.person");
	CHECK_INT(json_array_size(json_object_get(answer.json, "contacts")), 1);
	CHECK(strstr(answer.body, NOTE));
	CHECK_INT(ask(admin, "GET", "/api/v1/audit?limit=1", NULL), 200);
	CHECK(strstr(answer.body, "\"exported\""));
}

static void keep(void)
{
	char path[96];

	snprintf(path, sizeof(path), "/api/v1/interactions/%s/keep", interaction);
	CHECK_INT(ask(super, "PUT", path, "{\"is_kept\":true}"), 403);
	CHECK_INT(ask(admin, "PUT", path, "{\"is_kept\":1}"), 422);
	CHECK_INT(ask(admin, "PUT", path, "{\"is_kept\":true}"), 204);
	CHECK_INT(ask(admin, "POST", "/api/v1/people/erase",
			  "{\"address\":\"" NUMBER "\",\"confirm\":\"Sara\"}"),
		409);
	CHECK(strstr(answer.body, "legal hold"));
	CHECK_INT(ask(admin, "PUT", path, "{\"is_kept\":false}"), 204);
}

static void erase(void)
{
	char body[160], path[96];

	snprintf(body, sizeof(body), "{\"customer\":\"%s\",\"confirm\":\"Sarah\"}", customer);
	CHECK_INT(ask(super, "POST", "/api/v1/people/erase", body), 403);
	CHECK_INT(ask(admin, "POST", "/api/v1/people/erase", "{\"confirm\":\"Sara\"}"), 422);
	CHECK_INT(
		ask(admin, "POST", "/api/v1/people/erase", "{\"customer\":\"x\",\"confirm\":\"Sara\"}"), 422);
	CHECK_INT(ask(admin, "POST", "/api/v1/people/erase", body), 422); /* another name */
	snprintf(body, sizeof(body), "{\"customer\":\"%s\",\"confirm\":\"Sara\"}", customer);
	CHECK_INT(ask(admin, "POST", "/api/v1/people/erase", body), 200);
	CHECK_INT(jsonx_int(answer.json, "contacts", -1), 1);
	CHECK_INT(ask(admin, "POST", "/api/v1/people/erase", body), 404);
	snprintf(path, sizeof(path), "/api/v1/interactions/%s", interaction);
	CHECK_INT(ask(super, "GET", path, NULL), 200);
	CHECK(!strstr(answer.body, NOTE) && !strstr(answer.body, "9121234567") &&
		!strstr(answer.body, "Sara"));
	CHECK(jsonx_bool(answer.json, "is_erased", false));
	CHECK_INT(ask(super, "GET", "/api/v1/events?types=note.written,person.erased", NULL), 200);
	CHECK_INT(json_array_size(answer.json), 2);
	CHECK(strstr(answer.body, "\"erased\":true"));
	CHECK_INT(ask(super, "GET", "/api/v1/interactions?search=9121234567", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 0);
}

TEST(a_person_is_found_exported_kept_and_erased)
{
	CHECK(bench_start(&bench, 0, NULL, false));
	CHECK(sign_in(&bench, "admin", admin, sizeof(admin)) &&
		sign_in(&bench, "super", super, sizeof(super)));
	CHECK(write_call());
	CHECK_INT(ask(admin, "POST", "/api/v1/customers", "{\"name\":\"Sara\",\"numbers\":[\"" NUMBER "\"]}"),
		201);
	str_put(customer, sizeof(customer), jsonx_text(answer.json, "id", ""));
	look();
	keep();
	erase();
	answer_free(&answer);
	bench_stop(&bench);
}

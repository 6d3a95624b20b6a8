/* Bans and stops over HTTP: who may, what is listed, blocked by hand and lifted, and that it is audited. */
#include "api/test_support.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/rows/blocks.h"

#include <stdio.h>
#include <string.h>

static struct bench bench;
static struct answer answer;
static char admin[320], super[320], agent[320];

static int ask(const char *who, const char *method, const char *path, const char *body)
{
	answer_free(&answer);
	return http_ask(&bench, method, path, who, body, &answer) ? answer.status : -1;
}

static size_t listed(const char *state)
{
	char path[64];

	snprintf(path, sizeof(path), "/api/v1/blocks?state=%s", state);
	if (ask(admin, "GET", path, NULL) != 200)
		return 99;
	return json_array_size(json_object_get(answer.json, "items"));
}

static void by_hand(void)
{
	char path[80];

	CHECK_INT(ask(admin, "POST", "/api/v1/blocks",
			  "{\"kind\":\"address\",\"subject\":\"203.0.113.0/24\",\"minutes\":60}"),
		201);
	CHECK_STR(jsonx_text(answer.json, "reason", ""), "by_hand");
	CHECK(jsonx_int(answer.json, "until", 0) - jsonx_int(answer.json, "since", 0) == 3600000);
	snprintf(path, sizeof(path), "/api/v1/blocks/%s", jsonx_text(answer.json, "id", ""));
	CHECK_INT((int64_t)listed("active"), 1);
	CHECK_INT(ask(super, "DELETE", path, NULL), 403);
	CHECK_INT(ask(admin, "DELETE", path, NULL), 204);
	CHECK_INT(ask(admin, "DELETE", path, NULL), 404); /* it is over */
	CHECK_INT((int64_t)listed("active"), 0);
	CHECK_INT((int64_t)listed("all"), 1);
	CHECK_INT(ask(admin, "GET", "/api/v1/audit?limit=2", NULL), 200);
	CHECK_STR(
		jsonx_text(json_array_get(json_object_get(answer.json, "items"), 0), "action", ""), "lifted");
	CHECK_STR(jsonx_text(json_array_get(json_object_get(answer.json, "items"), 0), "resource", ""),
		"block");
}

static void refused(void)
{
	static const char *const bad[] = {"{}", "{\"kind\":\"address\",\"subject\":\"nobody\"}",
		"{\"kind\":\"address\",\"subject\":\"192.0.2.7:5060\"}",
		"{\"kind\":\"calls\",\"subject\":\"nobody\"}",
		"{\"kind\":\"address\",\"subject\":\"192.0.2.7\",\"minutes\":-1}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(ask(admin, "POST", "/api/v1/blocks", bad[i]), 422);
	CHECK_INT(ask(agent, "GET", "/api/v1/blocks", NULL), 403);
	CHECK_INT(ask(NULL, "GET", "/api/v1/blocks", NULL), 401);
	CHECK_INT(ask(super, "POST", "/api/v1/blocks", "{}"), 403);
	CHECK_INT(ask(admin, "GET", "/api/v1/blocks?state=loud", NULL), 422);
	CHECK_INT(ask(admin, "POST", "/api/v1/blocks", "{\"kind\":\"calls\",\"subject\":\"house\"}"), 201);
	CHECK(json_is_null(json_object_get(answer.json, "until")));
}

TEST(blocks_are_listed_made_and_lifted)
{
	CHECK(bench_start(&bench, 0, NULL, false));
	CHECK(sign_in(&bench, "admin", admin, sizeof(admin)) &&
		sign_in(&bench, "super", super, sizeof(super)) &&
		sign_in(&bench, "agent", agent, sizeof(agent)));
	by_hand();
	refused();
	answer_free(&answer);
	bench_stop(&bench);
}

/* The REST API against the real store: signing in, rights, rows, problems, pages, files, the description. */
#include "api/routes.h"
#include "api/test_support.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "media/record/wav.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct bench bench;
static struct answer answer;
static char admin[320], supervisor[320], agent[320];

/* Each test has a bench of its own; the harness compares live allocations before and after. */
#define BENCH_TEST(ident)                                                                                    \
	static void run_##ident(void);                                                                       \
	TEST(ident)                                                                                          \
	{                                                                                                    \
		CHECK(bench_start(&bench, 0, NULL, false));                                                  \
		memset(&fake, 0, sizeof(fake));                                                              \
		CHECK(sign_in(&bench, "admin", admin, sizeof(admin)));                                       \
		run_##ident();                                                                               \
		answer_free(&answer);                                                                        \
		bench_stop(&bench);                                                                          \
	}                                                                                                    \
	static void run_##ident(void)

/* Asks and keeps the answer in `answer`. */
static int ask(const char *who, const char *method, const char *path, const char *body)
{
	answer_free(&answer);
	return http_ask(&bench, method, path, who, body, &answer) ? answer.status : -1;
}

static const char *code(void)
{
	return jsonx_text(answer.json, "code", "(none)");
}

static bool signed_in_all(void)
{
	return sign_in(&bench, "super", supervisor, sizeof(supervisor)) &&
	       sign_in(&bench, "agent", agent, sizeof(agent));
}

BENCH_TEST(sessions_open_and_close_with_a_safe_cookie)
{
	char cookie[256], value[64];

	CHECK_INT(ask("X-Markaz: 1\r\n", "POST", "/api/v1/session",
			  "{\"login\":\"admin\",\"password\":\"" PASSWORD "\"}"),
		200);
	CHECK(answer_header(&answer, "Set-Cookie", cookie, sizeof(cookie)));
	CHECK(strstr(cookie, "markaz_session=") && strstr(cookie, "HttpOnly") &&
		strstr(cookie, "SameSite=Strict"));
	CHECK(strstr(cookie, "Path=/") && !strstr(cookie, "Secure"));
	CHECK_STR(jsonx_text(json_object_get(answer.json, "user"), "login", ""), "admin");
	CHECK(!json_object_get(json_object_get(answer.json, "user"), "password"));
	CHECK(json_array_size(json_object_get(answer.json, "permissions")) > 5);
	CHECK(answer_header(&answer, "Cache-Control", value, sizeof(value)) &&
		strcmp(value, "no-store") == 0);
	CHECK_INT(ask(admin, "GET", "/api/v1/session", NULL), 200);
	CHECK_INT(ask(admin, "DELETE", "/api/v1/session", NULL), 204);
	CHECK_INT(ask(admin, "GET", "/api/v1/session", NULL), 401);
	CHECK_STR(code(), "unauthenticated");
	CHECK_INT(ask(NULL, "GET", "/api/v1/session", NULL), 401);
}

BENCH_TEST(wrong_sign_ins_say_the_same_and_are_limited)
{
	char first[1024], value[32];
	const char *wrong = "{\"login\":\"admin\",\"password\":\"wrong wrong wrong\"}";

	CHECK_INT(ask("X-Markaz: 1\r\n", "POST", "/api/v1/session", wrong), 401);
	str_put(first, sizeof(first), jsonx_text(answer.json, "detail", ""));
	CHECK_INT(ask("X-Markaz: 1\r\n", "POST", "/api/v1/session",
			  "{\"login\":\"nobody\",\"password\":\"wrong wrong wrong\"}"),
		401);
	CHECK_STR(jsonx_text(answer.json, "detail", ""), first);
	CHECK_INT(ask("X-Markaz: 1\r\n", "POST", "/api/v1/session", "{\"login\":5}"), 422);
	int status = 401, tries = 0;
	for (; status == 401 && tries < 20; tries++)
		status = ask("X-Markaz: 1\r\n", "POST", "/api/v1/session", wrong);
	CHECK_INT(status, 429);
	CHECK_INT(tries, 10);
	CHECK(answer_header(&answer, "Retry-After", value, sizeof(value)) && atoi(value) >= 1 &&
		atoi(value) <= 60);
	CHECK_STR(code(), "rate_limited");
	/* Others are not shut out. */
	CHECK(sign_in(&bench, "agent", agent, sizeof(agent)));
}

BENCH_TEST(writing_needs_the_header_that_other_origins_cannot_send)
{
	char cookie_only[320];

	str_put(cookie_only, sizeof(cookie_only), admin);
	*strstr(cookie_only, "X-Markaz") = '\0';
	CHECK_INT(ask(cookie_only, "GET", "/api/v1/skills", NULL), 200);
	CHECK_INT(ask(cookie_only, "POST", "/api/v1/skills", "{\"name\":\"x\"}"), 403);
	CHECK_INT(ask(NULL, "POST", "/api/v1/session", "{\"login\":\"admin\",\"password\":\"" PASSWORD "\"}"),
		403);
}

/* What every role gets from every route, by the table itself. */
static int expected(const struct route *r, unsigned permissions)
{
	if (r->access == ACCESS_PERMITTED && !(r->permissions & permissions))
		return 403;
	return 0;
}

BENCH_TEST(every_route_refuses_strangers_and_roles_without_the_right)
{
	static struct routes table;
	const struct {
		const char *headers, *role;
	} people[] = {{admin, "administrator"}, {supervisor, "supervisor"}, {agent, "agent"}};

	CHECK(signed_in_all());
	routes_fill(&table);
	CHECK(table.n > 60);
	for (int i = 0; i < table.n; i++) {
		const struct route *r = &table.at[i];
		char path[128], id[ID_TEXT_SIZE];
		const char *methods[] = {[METHOD_GET] = "GET",
			[METHOD_POST] = "POST",
			[METHOD_PUT] = "PUT",
			[METHOD_PATCH] = "PATCH",
			[METHOD_DELETE] = "DELETE"};
		const char *brace = strchr(r->path, '{'), *body = r->body_max ? "{}" : NULL;

		str_put(path, sizeof(path), r->path);
		if (brace)
			str_printf(path, sizeof(path), "%.*s%s%s", (int)(brace - r->path), r->path,
				id_text(1234567890123, id), strchr(brace, '}') + 1);
		if (r->access != ACCESS_PUBLIC && r->access != ACCESS_OWN) {
			int status = ask("X-Markaz: 1\r\n", methods[r->method], path, body);
			if (status != 401)
				printf("# %s %s: %d to a stranger\n", methods[r->method], path, status);
			CHECK_INT(status, 401);
			status = ask("X-Markaz: 1\r\nAuthorization: Bearer nonsense\r\n", methods[r->method],
				path, body);
			CHECK_INT(status, 401);
		}
		/* Signing out would end the test's own session. */
		for (int p = 0; p < 3 && !(r->method == METHOD_DELETE && strstr(path, "session")); p++) {
			int status = ask(people[p].headers, methods[r->method], path, body);
			int want = expected(r, role_permissions(people[p].role));
			if ((want && status != want) ||
				(!want && (status == 401 || status == 403 || status == 405 || status >= 500)))
				if (!(status == 503 && strstr(path, "prompts")))
					printf("# %s %s: %d to %s, wanted %d\n%s\n", methods[r->method], path,
						status, people[p].role, want, answer.body);
			CHECK(want ? status == want
				   : status != 401 && status != 403 && status != 405 && status != 500);
		}
	}
}

BENCH_TEST(rows_are_made_read_changed_listed_and_deleted)
{
	char path[128], etag[32], location[96], if_match[400];

	CHECK_INT(ask(admin, "POST", "/api/v1/skills", "{\"name\":\"\\u0641\\u0627\\u0631\\u0633\\u06cc\"}"),
		201);
	CHECK(answer_header(&answer, "Location", location, sizeof(location)));
	CHECK(answer_header(&answer, "ETag", etag, sizeof(etag)));
	CHECK(strncmp(location, "/api/v1/skills/", 15) == 0);
	str_put(path, sizeof(path), location);
	CHECK_INT(ask(admin, "GET", path, NULL), 200);
	CHECK_STR(jsonx_text(answer.json, "name", ""), "\u0641\u0627\u0631\u0633\u06cc");
	CHECK_INT(jsonx_int(answer.json, "version", 0), 1);
	snprintf(if_match, sizeof(if_match), "%sIf-None-Match: %s\r\n", admin, etag);
	CHECK_INT(ask(if_match, "GET", path, NULL), 304);
	CHECK_INT(ask(admin, "HEAD", path, NULL), 200);
	snprintf(if_match, sizeof(if_match), "%sIf-Match: %s\r\n", admin, etag);
	CHECK_INT(ask(if_match, "PATCH", path, "{\"description\":\"one\"}"), 200);
	CHECK_STR(jsonx_text(answer.json, "description", ""), "one");
	CHECK_INT(ask(if_match, "PATCH", path, "{\"description\":\"two\"}"), 409);
	CHECK_STR(code(), "conflict");
	CHECK_INT(ask(if_match, "DELETE", path, NULL), 409);
	snprintf(if_match, sizeof(if_match), "%sIf-Match: \"x\"\r\n", admin);
	CHECK_INT(ask(if_match, "PATCH", path, "{\"description\":\"two\"}"), 409);
	CHECK_INT(ask(admin, "DELETE", path, NULL), 204);
	CHECK_INT(ask(admin, "GET", path, NULL), 404);
	CHECK(fake_reaches(&fake.config_changes, 3));
}

BENCH_TEST(what_is_wrong_is_said_field_by_field)
{
	CHECK_INT(ask(admin, "POST", "/api/v1/queues", "{\"ring_timeout_s\":\"soon\",\"colour\":1}"), 422);
	CHECK_STR(code(), "invalid");
	CHECK(json_array_size(json_object_get(answer.json, "errors")) >= 2);
	json_t *first = json_array_get(json_object_get(answer.json, "errors"), 0);
	CHECK(jsonx_text(first, "pointer", NULL) && jsonx_text(first, "code", NULL) &&
		jsonx_text(first, "message", NULL));
	CHECK(strstr(answer.head, "application/problem+json"));
	CHECK_INT(ask(admin, "POST", "/api/v1/queues", "{nonsense"), 422);
	CHECK_INT(ask(admin, "POST", "/api/v1/queues", "[1]"), 422);
	CHECK_INT(ask(admin, "POST", "/api/v1/skills", "{\"name\":\"a\"}"), 201);
	CHECK_INT(ask(admin, "POST", "/api/v1/skills", "{\"name\":\"a\"}"), 409);
	CHECK_STR(code(), "conflict");
	CHECK_INT(ask(admin, "POST", "/api/v1/queues", "{\"name\":\"q\",\"music\":\"0000000000001\"}"), 422);
	CHECK_INT(ask(admin, "GET", "/api/v1/skills?limit=0", NULL), 422);
	CHECK_INT(ask(admin, "GET", "/api/v1/skills?cursor=zzz", NULL), 422);
	CHECK_INT(ask(admin, "GET", "/api/v1/nothing", NULL), 404);
	CHECK_INT(ask(admin, "PUT", "/api/v1/skills", "{}"), 405);
	char allow[64];
	CHECK(answer_header(&answer, "Allow", allow, sizeof(allow)));
	CHECK_STR(allow, "GET, HEAD, POST");
}

BENCH_TEST(lists_come_in_pages_and_can_be_searched)
{
	char body[64], path[128];
	int seen = 0, pages = 0;

	for (int i = 0; i < 25; i++) {
		snprintf(body, sizeof(body), "{\"name\":\"skill %d%s\"}", i, i == 7 ? " 50%" : "");
		CHECK_INT(ask(admin, "POST", "/api/v1/skills", body), 201);
	}
	str_put(path, sizeof(path), "/api/v1/skills?limit=10");
	for (; pages < 5; pages++) {
		CHECK_INT(ask(admin, "GET", path, NULL), 200);
		seen += (int)json_array_size(json_object_get(answer.json, "items"));
		const char *next = jsonx_text(answer.json, "next_cursor", NULL);
		if (!next)
			break;
		snprintf(path, sizeof(path), "/api/v1/skills?limit=10&cursor=%s", next);
	}
	CHECK_INT(seen, 25);
	CHECK_INT(pages, 2);
	CHECK_INT(ask(admin, "GET", "/api/v1/skills?search=50%25", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 1);
	CHECK_INT(ask(admin, "GET", "/api/v1/skills?search=skill+7", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 1);
}

BENCH_TEST(flows_and_hours_are_checked_before_they_are_saved)
{
	CHECK_INT(ask(admin, "POST", "/api/v1/flows/check", "{\"document\":{}}"), 200);
	CHECK(json_array_size(json_object_get(answer.json, "issues")) > 0);
	CHECK_INT(ask(admin, "POST", "/api/v1/flows", "{\"name\":\"f\",\"document\":{}}"), 422);
	CHECK(json_array_size(json_object_get(answer.json, "errors")) > 0);
	CHECK_INT(
		ask(admin, "POST", "/api/v1/hours", "{\"name\":\"h\",\"time_zone\":\"Mars/Olympus\"}"), 422);
	CHECK_INT(ask(admin, "POST", "/api/v1/hours",
			  "{\"name\":\"h\",\"time_zone\":\"Asia/"
			  "Tehran\",\"spans\":[{\"days\":[\"sat\"],\"from\":\"08:00\",\"to\":"
			  "\"12:30\"}]}"),
		201);
	char path[96];
	CHECK(answer_header(&answer, "Location", path, sizeof(path)));
	CHECK_INT(ask(admin, "PATCH", path, "{\"time_zone\":\"Nowhere/At-all\"}"), 422);
	CHECK_INT(ask(admin, "PATCH", path, "{\"name\":\"hours\"}"), 200);
}

BENCH_TEST(rules_are_checked_before_they_are_saved)
{
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules/check", "{\"text\":\"\\nif x then\"}"), 200);
	CHECK_INT(jsonx_int(json_array_get(json_object_get(answer.json, "issues"), 0), "line", 0), 2);
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules",
			  "{\"name\":\"r\",\"text\":\"priority(1)\\nqueue 'Night'\"}"),
		422);
	const json_t *error = json_array_get(json_object_get(answer.json, "errors"), 0);
	CHECK_STR(jsonx_text(error, "pointer", ""), "/text");
	CHECK_STR(jsonx_text(error, "message", ""), "line 2: there is no queue called \"Night\"");
	CHECK_INT(ask(admin, "POST", "/api/v1/queues", "{\"name\":\"Night\"}"), 201);
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules",
			  "{\"name\":\"r\",\"text\":\"priority(1)\\nqueue 'Night'\"}"),
		201);
	char path[96];
	CHECK(answer_header(&answer, "Location", path, sizeof(path)));
	CHECK_INT(ask(admin, "PATCH", path, "{\"text\":\"while true do end\"}"), 422);
	CHECK_INT(ask(admin, "PATCH", path, "{\"position\":5}"), 200);
}

BENCH_TEST(failures_of_rules_are_shown)
{
	CHECK_INT(ask(admin, "GET", "/api/v1/business-rules/failures", NULL), 200);
	const json_t *one = json_array_get(json_object_get(answer.json, "items"), 0);
	CHECK_INT(jsonx_int(one, "times", 0), 3);
}

BENCH_TEST(rules_are_tried)
{
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules/try",
			  "{\"text\":\"if customer.is_vip then priority(7) note 'vip' end\",\"facts\":{"
			  "\"customer\":{\"is_vip\":true}}}"),
		200);
	CHECK_INT(jsonx_int(answer.json, "priority", 0), 7);
	CHECK_STR(jsonx_text(json_array_get(json_object_get(answer.json, "applied"), 0), "note", ""), "vip");
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules/try", "{\"text\":\"x\"}"), 422);
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules/try", "{\"text\":7}"), 422);
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules",
			  "{\"name\":\"two\",\"position\":2,\"text\":\"priority(1) stop()\"}"),
		201);
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules",
			  "{\"name\":\"one\",\"position\":1,\"text\":\"target(9)\\ncaller()\"}"),
		422);
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules",
			  "{\"name\":\"one\",\"position\":1,\"text\":\"target(9)\"}"),
		201);
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules",
			  "{\"name\":\"three\",\"text\":\"priority(100)\"}"),
		201);
	CHECK_INT(ask(admin, "POST", "/api/v1/business-rules/try", "{}"), 200);
	CHECK_INT(jsonx_int(answer.json, "priority", 0), 1);
	CHECK_INT(jsonx_int(answer.json, "target_s", 0), 9);
	CHECK_INT(json_array_size(json_object_get(answer.json, "failed")), 0);
	CHECK(json_is_true(json_object_get(answer.json, "is_stopped")));
	CHECK_INT(json_array_size(json_object_get(answer.json, "applied")), 2);
	CHECK_STR(jsonx_text(json_array_get(json_object_get(answer.json, "applied"), 0), "name", ""), "one");
}

BENCH_TEST(the_last_administrator_cannot_be_lost)
{
	char path[96], id[ID_TEXT_SIZE];

	snprintf(path, sizeof(path), "/api/v1/users/%s", id_text(bench.admin, id));
	CHECK_INT(ask(admin, "PATCH", path, "{\"roles\":[\"agent\"]}"), 422);
	CHECK_INT(ask(admin, "PATCH", path, "{\"is_active\":false}"), 422);
	CHECK_INT(ask(admin, "DELETE", path, NULL), 422);
	CHECK_INT(ask(admin, "PATCH", path, "{\"roles\":[\"agent\",\"administrator\"]}"), 200);
	snprintf(path, sizeof(path), "/api/v1/users/%s", id_text(bench.supervisor, id));
	CHECK_INT(ask(admin, "PATCH", path, "{\"roles\":[\"administrator\"]}"), 200);
	CHECK_INT(ask(admin, "PATCH", path, "{\"roles\":[\"supervisor\"]}"), 200);
	CHECK(sign_in(&bench, "super", supervisor, sizeof(supervisor)));
	CHECK_INT(ask(supervisor, "PATCH", path, "{\"roles\":[\"administrator\"]}"), 403);
}

BENCH_TEST(people_change_their_own_preferences_and_password)
{
	char other[320];

	CHECK(sign_in(&bench, "agent", agent, sizeof(agent)) &&
		sign_in(&bench, "agent", other, sizeof(other)));
	CHECK_INT(ask(agent, "PATCH", "/api/v1/me", "{\"theme\":\"dark\",\"language\":\"fa\"}"), 200);
	CHECK_STR(jsonx_text(answer.json, "theme", ""), "dark");
	CHECK_INT(ask(agent, "PATCH", "/api/v1/me", "{\"roles\":[\"administrator\"]}"), 422);
	CHECK_INT(ask(agent, "PATCH", "/api/v1/me", "{\"password\":\"a new long password\"}"), 422);
	CHECK_INT(ask(agent, "PATCH", "/api/v1/me",
			  "{\"password\":\"a new long password\",\"current_password\":\"" PASSWORD "\"}"),
		200);
	CHECK(!json_object_get(answer.json, "password"));
	/* This browser gets a new session, all others end. */
	char cookie[256];
	CHECK(answer_header(&answer, "Set-Cookie", cookie, sizeof(cookie)));
	CHECK_INT(ask(agent, "GET", "/api/v1/session", NULL), 401);
	snprintf(agent, sizeof(agent), "Cookie: %.*s\r\n", (int)strcspn(cookie, ";"), cookie);
	CHECK_INT(ask(agent, "GET", "/api/v1/session", NULL), 200);
	CHECK_INT(ask(other, "GET", "/api/v1/session", NULL), 401);
	CHECK_INT(ask("X-Markaz: 1\r\n", "POST", "/api/v1/session",
			  "{\"login\":\"agent\",\"password\":\"a new long password\"}"),
		200);
}

BENCH_TEST(programs_use_tokens_shown_once)
{
	char bearer[200], path[96];

	CHECK_INT(ask(admin, "POST", "/api/v1/tokens", "{\"name\":\"report\"}"), 201);
	snprintf(
		bearer, sizeof(bearer), "Authorization: Bearer %s\r\n", jsonx_text(answer.json, "token", ""));
	CHECK(answer_header(&answer, "Location", path, sizeof(path)));
	CHECK_INT(ask(bearer, "POST", "/api/v1/skills", "{\"name\":\"by program\"}"), 201);
	CHECK_INT(ask(bearer, "GET", "/api/v1/tokens", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 1);
	CHECK(!strstr(answer.body, "Bearer") &&
		!json_object_get(json_array_get(json_object_get(answer.json, "items"), 0), "token"));
	CHECK(sign_in(&bench, "agent", agent, sizeof(agent)));
	CHECK_INT(ask(agent, "DELETE", path, NULL), 404);
	CHECK_INT(ask(admin, "DELETE", path, NULL), 204);
	CHECK_INT(ask(bearer, "GET", "/api/v1/tokens", NULL), 401);
	CHECK_INT(ask(admin, "POST", "/api/v1/tokens", "{\"name\":\"\"}"), 422);
	CHECK_INT(ask(admin, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"expires_at\":5}"), 422);
}

/* A second of silence with a click, 8 kHz mono. */
static size_t make_wav(char *ret, size_t samples)
{
	wav_header((uint8_t *)ret, 1, 8000, samples * 2);
	memset(ret + 44, 0, samples * 2);
	ret[44 + 101] = 0x7f;
	return 44 + samples * 2;
}

static int put_audio(const char *path, const char *data, size_t n)
{
	char head[700];
	int fd = tcp_open(&bench);

	snprintf(head, sizeof(head), "PUT %s HTTP/1.1\r\nHost: markaz.test\r\n%sContent-Length: %zu\r\n\r\n",
		path, admin, n);
	answer_free(&answer);
	/* A refusal may come before all is sent. */
	bool is_answered = tcp_send(fd, head, strlen(head)) && (tcp_send(fd, data, n) || true) &&
			   http_read(fd, false, &answer);
	close(fd);
	return is_answered ? answer.status : -1;
}

BENCH_TEST(prompts_take_wav_files_and_give_parts_of_them)
{
	static char wav[20 * 1024 * 1024 + 100];
	char path[128], range[400], value[64];
	size_t n = make_wav(wav, 8000);

	CHECK_INT(ask(admin, "POST", "/api/v1/prompts", "{\"name\":\"p\",\"kind\":\"file\"}"), 201);
	snprintf(path, sizeof(path), "/api/v1/prompts/%s/audio", jsonx_text(answer.json, "id", ""));
	CHECK_INT(ask(admin, "GET", path, NULL), 404);
	CHECK_INT(put_audio(path, "not a wav", 9), 422);
	CHECK_INT(put_audio(path, wav, n), 204);
	CHECK_INT(ask(admin, "GET", path, NULL), 200);
	CHECK(answer.body_len == n && memcmp(answer.body, wav, n) == 0);
	snprintf(range, sizeof(range), "%sRange: bytes=40-47\r\n", admin);
	CHECK_INT(ask(range, "GET", path, NULL), 206);
	CHECK(answer.body_len == 8 && memcmp(answer.body, wav + 40, 8) == 0);
	CHECK(answer_header(&answer, "Content-Range", value, sizeof(value)));
	CHECK_STR(value, "bytes 40-47/16044");
	snprintf(range, sizeof(range), "%sRange: bytes=99999-\r\n", admin);
	CHECK_INT(ask(range, "GET", path, NULL), 416);
	CHECK_INT(put_audio(path, wav, sizeof(wav)), 413);
	CHECK_STR(code(), "too_large");
	path[strlen(path) - 6] = '\0';
	CHECK_INT(ask(admin, "GET", path, NULL), 200);
	CHECK_INT(jsonx_int(answer.json, "audio_ms", 0), 1000);
}

BENCH_TEST(recordings_play_in_parts_and_show_their_waveform)
{
	static char wav[44 + 16000 * 2];
	char folder[128], file[160], path[128], range[400], id[ID_TEXT_SIZE];
	uint64_t interaction = id_new(), recording = id_new(), seq;
	size_t n = make_wav(wav, 16000);

	snprintf(folder, sizeof(folder), "%s/recordings", bench.folder);
	snprintf(file, sizeof(file), "%s/a.wav", folder);
	mkdir(folder, 0755);
	FILE *f = fopen(file, "w");
	CHECK(f && fwrite(wav, 1, n, f) == n && fclose(f) == 0);
	const struct event events[] = {
		{.at_ms = 1700000000000,
			.type = EVENT_INTERACTION_STARTED,
			.tenant = 1,
			.interaction = interaction,
			.from = "+98",
			.to = "1",
			.reason = "inbound",
			.text = "voice"},
		{.at_ms = 1700000001000,
			.type = EVENT_RECORDING_STARTED,
			.tenant = 1,
			.interaction = interaction,
			.ref = recording,
			.text = "a.wav"},
		{.at_ms = 1700000003000,
			.type = EVENT_RECORDING_ENDED,
			.tenant = 1,
			.interaction = interaction,
			.ref = recording,
			.duration_ms = 2000,
			.number = (int64_t)n},
		{.at_ms = 1700000003000,
			.type = EVENT_INTERACTION_ENDED,
			.tenant = 1,
			.interaction = interaction,
			.duration_ms = 3000,
			.reason = "customer_hung_up"},
	};
	for (size_t i = 0; i < 4; i++)
		CHECK_INT(store_append(bench.store, &events[i], &seq), 0);
	for (int i = 0; i < 500 && store_durable_seq(bench.store) < seq; i++)
		usleep(10000);
	snprintf(path, sizeof(path), "/api/v1/recordings/%s/audio", id_text(recording, id));
	CHECK_INT(ask(admin, "GET", path, NULL), 200);
	CHECK_INT(answer.body_len, n);
	snprintf(range, sizeof(range), "%sRange: bytes=-4\r\n", admin);
	CHECK_INT(ask(range, "GET", path, NULL), 206);
	CHECK_INT(answer.body_len, 4);
	CHECK(sign_in(&bench, "agent", agent, sizeof(agent)));
	CHECK_INT(ask(agent, "GET", path, NULL), 404);
	snprintf(path, sizeof(path), "/api/v1/recordings/%s/waveform", id);
	CHECK_INT(ask(admin, "GET", path, NULL), 200);
	CHECK_INT(jsonx_int(answer.json, "duration_ms", 0), 2000);
	json_t *peaks = json_array_get(json_object_get(answer.json, "peaks"), 0);
	CHECK_INT(json_array_size(peaks), 1000);
	CHECK_INT(json_integer_value(json_array_get(peaks, 3)), 99);
	CHECK_INT(json_integer_value(json_array_get(peaks, 500)), 0);
	CHECK_INT(ask(admin, "GET", "/api/v1/interactions?from_at=1600000000000", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 1);
	CHECK_INT(ask(admin, "GET", "/api/v1/interactions?result=nonsense", NULL), 422);
	CHECK_INT(ask(admin, "GET", "/api/v1/interactions?direction=outbound", NULL), 200);
	CHECK_INT(ask(admin, "GET", "/api/v1/interactions?direction=sideways", NULL), 422);
	snprintf(path, sizeof(path), "/api/v1/interactions/%s", id_text(interaction, id));
	CHECK_INT(ask(admin, "GET", path, NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "recordings")), 1);
	CHECK_INT(ask(agent, "GET", path, NULL), 404);
	CHECK_INT(ask(agent, "GET", "/api/v1/interactions", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 0);
}

BENCH_TEST(decisions_of_a_contact_are_explained_while_they_are_kept)
{
	char path[128], id[ID_TEXT_SIZE];
	uint64_t interaction = id_new(), segment = id_new(), old = id_new(), seq;
	const struct event events[] = {
		{.type = EVENT_INTERACTION_STARTED,
			.interaction = interaction,
			.reason = "inbound",
			.text = "voice"},
		{.type = EVENT_RULE_APPLIED,
			.interaction = interaction,
			.segment = segment,
			.text = "[{\"rule\":\"01jd3s8k2m4qa\",\"name\":\"VIP\",\"version\":2,\"note\":"
				"\"gold\"}]"},
		{.type = EVENT_OFFER_MADE, .interaction = interaction, .segment = segment, .number = 7},
		{.type = EVENT_OFFER_MADE, .interaction = interaction, .segment = segment, .number = 7},
		{.type = EVENT_OFFER_MADE, .interaction = interaction, .segment = segment, .number = 8},
		{.type = EVENT_OFFER_MADE, .interaction = interaction, .segment = segment, .number = 500},
		{.type = EVENT_OFFER_MADE, .interaction = interaction, .segment = segment, .number = 300},
		{.type = EVENT_INTERACTION_STARTED, .interaction = old, .reason = "inbound", .text = "voice"},
		{.type = EVENT_OFFER_MADE, .interaction = old, .segment = old, .number = 501},
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct event e = events[i];
		e.tenant = 1;
		e.at_ms = 1700000000000 + (int64_t)i;
		CHECK_INT(store_append(bench.store, &e, &seq), 0);
	}
	for (int i = 0; i < 500 && store_durable_seq(bench.store) < seq; i++)
		usleep(10000);
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/decisions", id_text(interaction, id));
	CHECK_INT(ask(admin, "GET", path, NULL), 200);
	const json_t *list = json_object_get(answer.json, "decisions");
	CHECK_INT(json_array_size(list), 3); /* ring all offers by one decision; one is derived anew */
	CHECK_INT(jsonx_int(answer.json, "n_not_kept", -1), 1);
	CHECK_INT(jsonx_int(json_array_get(list, 0), "decision", 0), 300);
	CHECK_INT(jsonx_int(json_array_get(list, 2), "decision", 0), 8);
	const json_t *rule = json_array_get(json_object_get(json_array_get(list, 0), "rules"), 0);
	CHECK_STR(jsonx_text(rule, "name", ""), "VIP");
	CHECK(sign_in(&bench, "agent", agent, sizeof(agent)));
	CHECK_INT(ask(agent, "GET", path, NULL), 403);
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/decisions", id_text(old, id));
	CHECK_INT(ask(admin, "GET", path, NULL), 404);
	CHECK_STR(jsonx_text(answer.json, "code", ""), "decision_not_kept");
	snprintf(path, sizeof(path), "/api/v1/interactions/%s/decisions", id_text(segment, id));
	CHECK_INT(ask(admin, "GET", path, NULL), 404);
	CHECK_STR(jsonx_text(answer.json, "code", ""), "not_found");
}

BENCH_TEST(an_agent_may_be_made_to_call)
{
	CHECK(signed_in_all());
	CHECK_INT(ask(agent, "POST", "/api/v1/calls", "{\"to\":\"+98211234567\"}"), 201);
	CHECK_STR(jsonx_text(answer.json, "interaction", ""), "0am0f0fn0a2z3");
	CHECK_STR(fake.last_dial.to, "+98211234567");
	CHECK(fake.last_dial.agent != 0 && fake.last_dial.key == 0);
	CHECK_INT(ask(agent, "POST", "/api/v1/calls", "{\"to\":\"1\",\"agent\":\"0000000000001\"}"), 403);
	CHECK_INT(ask(agent, "POST", "/api/v1/calls", "{}"), 422);
	CHECK_INT(ask(agent, "POST", "/api/v1/calls", "{\"to\":\"110110\"}"), 409);
	CHECK(strstr(answer.body, "number_not_allowed"));
	CHECK_INT(ask(supervisor, "POST", "/api/v1/calls", "{\"to\":\"1\"}"), 403);
	CHECK_INT(ask(NULL, "POST", "/api/v1/calls", "{\"to\":\"1\"}"), 401);
}

BENCH_TEST(a_trunks_state_and_test)
{
	static const struct {
		const char *code;
		int status;
	} noes[] = {{"not_found", 404}, {"trunk_off", 409}, {"busy", 409}, {"invalid_number", 422},
		{"draining", 503}};
	const char *state = "/api/v1/trunks/0000000000007/state", *test = "/api/v1/trunks/0000000000007/test";

	CHECK(signed_in_all());
	CHECK_INT(ask(supervisor, "GET", state, NULL), 200);
	CHECK(fake.last_trunk.trunk == 7 && fake.last_trunk.act == CENTER_TRUNK_STATE);
	CHECK_INT(ask(agent, "GET", state, NULL), 403);
	CHECK_INT(ask(supervisor, "POST", test, "{}"), 403);
	CHECK_INT(ask(admin, "POST", test, "{}"), 202);
	CHECK_INT(fake.last_trunk.act, CENTER_TRUNK_OPTIONS);
	CHECK_INT(ask(admin, "POST", test, "{\"kind\":\"call\",\"number\":\"+44123\"}"), 202);
	CHECK(fake.last_trunk.act == CENTER_TRUNK_CALL && str_equal(fake.last_trunk.number, "+44123"));
	CHECK_INT(ask(admin, "POST", test, "{\"kind\":\"prayer\"}"), 422);
	CHECK_INT(ask(admin, "POST", test, "[]"), 422);
	for (size_t i = 0; i < sizeof(noes) / sizeof(noes[0]); i++) {
		fake.trunk_code = noes[i].code;
		CHECK_INT(ask(admin, "POST", test, "{}"), noes[i].status);
	}
	fake.trunk_code = NULL;
}

/* The centre of this test knows no keys, as after a restart: what the log says of one is in the database. */
BENCH_TEST(a_call_asked_for_before_a_restart_is_named_again)
{
	char text[ID_TEXT_SIZE], head[400];
	uint64_t seq, made = id_new();
	CHECK(signed_in_all());
	CHECK((size_t)snprintf(head, sizeof(head), "Idempotency-Key: k1\r\n%s", agent) < sizeof(head));
	CHECK_INT(ask(head, "POST", "/api/v1/calls", "{\"to\":\"+98211234567\"}"), 201);
	CHECK(fake.last_dial.key != 0 && fake.last_dial.body != 0);
	struct event started = {.type = EVENT_INTERACTION_STARTED,
		.tenant = 1,
		.at_ms = id_wall_ms(made),
		.interaction = made,
		.number = (int64_t)fake.last_dial.key,
		.reason = "outbound",
		.text = "voice"};
	CHECK_INT(store_append(bench.store, &started, &seq), 0);
	for (int i = 0; i < 1000 && store_visible_seq(bench.store) < seq; i++)
		usleep(10000);
	CHECK_INT(ask(head, "POST", "/api/v1/calls", "{\"to\":\"+98211234567\"}"), 201);
	CHECK_STR(jsonx_text(answer.json, "interaction", ""), id_text(made, text));
}

static uint64_t appended;

static void append(struct event e)
{
	e.tenant = 1;
	e.at_ms = 1700000000000;
	CHECK_INT(store_append(bench.store, &e, &appended), 0);
}

static void appended_all(void)
{
	for (int i = 0; i < 1000 && store_visible_seq(bench.store) < appended; i++)
		usleep(10000);
}

/* A message of `owner` (0: the queue's). */
static uint64_t message_left(uint64_t owner, uint64_t queue)
{
	uint64_t interaction = id_new(), recording = id_new();

	append((struct event){.type = EVENT_INTERACTION_STARTED,
		.interaction = interaction,
		.from = "0211234567",
		.reason = "inbound",
		.text = "voice"});
	append((struct event){.type = EVENT_RECORDING_STARTED,
		.interaction = interaction,
		.ref = recording,
		.text = "2026/01/01/none.wav"});
	append((struct event){.type = EVENT_RECORDING_ENDED,
		.interaction = interaction,
		.ref = recording,
		.duration_ms = 4000,
		.reason = "stopped"});
	append((struct event){.type = EVENT_VOICEMAIL_LEFT,
		.interaction = interaction,
		.ref = recording,
		.queue = queue,
		.duration_ms = 4000});
	append((struct event){.type = EVENT_VOICEMAIL_DELIVERED,
		.interaction = interaction,
		.ref = recording,
		.agent = owner,
		.queue = owner ? 0 : queue + 1,
		.reason = owner ? "person" : "queue"});
	appended_all();
	return recording;
}

BENCH_TEST(people_have_their_own_messages)
{
	char path[96], id[ID_TEXT_SIZE];
	CHECK(signed_in_all());
	CHECK_INT(ask(agent, "GET", "/api/v1/voicemails", NULL), 200);
	uint64_t me = fake.last_mail.user, mine = message_left(me, 0), hers = message_left(me + 1, 0);
	CHECK_INT(ask(agent, "GET", "/api/v1/voicemails?state=unheard", NULL), 200);
	const json_t *items = json_object_get(answer.json, "items");
	CHECK_INT(json_array_size(items), 1);
	CHECK_INT(jsonx_id(json_array_get(items, 0), "id"), mine);
	CHECK_STR(jsonx_text(json_array_get(items, 0), "from", ""), "0211234567");
	CHECK(!json_object_get(json_array_get(items, 0), "path"));
	CHECK_INT(ask(agent, "GET", "/api/v1/voicemails?state=heard", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 0);
	CHECK_INT(ask(agent, "GET", "/api/v1/voicemails?state=loud", NULL), 422);
	CHECK_INT(ask(NULL, "GET", "/api/v1/voicemails", NULL), 401);
	snprintf(path, sizeof(path), "/api/v1/voicemails/%s", id_text(mine, id));
	CHECK_INT(ask(agent, "PATCH", path, "{\"is_heard\":true}"), 204);
	CHECK(fake.last_mail.act == CENTER_MAIL_HEARD && fake.last_mail.recording == mine);
	CHECK(fake.last_mail.owner == me && fake.last_mail.interaction != 0);
	CHECK_INT(ask(agent, "PATCH", path, "{\"is_heard\":1}"), 422);
	CHECK_INT(ask(agent, "DELETE", path, NULL), 204);
	CHECK(fake.last_mail.act == CENTER_MAIL_REMOVE);
	snprintf(path, sizeof(path), "/api/v1/voicemails/%s/forward", id);
	CHECK_INT(ask(agent, "POST", path, "{}"), 422);
	CHECK_INT(ask(agent, "POST", path, "{\"to\":\"0000000000005\"}"), 204);
	CHECK_INT(fake.last_mail.to, 5);
	fake.mail_code = "not_found"; /* as the centre says of others' messages */
	snprintf(path, sizeof(path), "/api/v1/voicemails/%s", id_text(hers, id));
	CHECK_INT(ask(agent, "PATCH", path, "{\"is_heard\":true}"), 404);
	CHECK_INT(ask(agent, "DELETE", path, NULL), 404);
	append((struct event){
		.type = EVENT_VOICEMAIL_DELIVERED, .ref = mine, .agent = me, .reason = "removed"});
	appended_all();
	CHECK_INT(ask(agent, "GET", "/api/v1/voicemails", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 0);
}

BENCH_TEST(a_stranger_hears_no_message)
{
	char path[96], id[ID_TEXT_SIZE];
	CHECK(signed_in_all());
	uint64_t queues = message_left(0, 77), hers = message_left(5, 0);
	snprintf(path, sizeof(path), "/api/v1/recordings/%s", id_text(queues, id));
	CHECK_INT(ask(agent, "GET", path, NULL), 404);
	CHECK(fake.last_mail.act == CENTER_MAIL_MAY_HEAR && fake.last_mail.owner == 0);
	CHECK_INT(fake.last_mail.queue, 78); /* where it is worked off */
	CHECK_INT(ask(supervisor, "GET", path, NULL), 200);
	fake.may_hear = true;
	CHECK_INT(ask(agent, "GET", path, NULL), 200);
	fake.may_hear = false;
	snprintf(path, sizeof(path), "/api/v1/voicemails/%s/audio", id_text(hers, id));
	CHECK_INT(ask(agent, "GET", path, NULL), 404);
	CHECK_INT(fake.last_mail.owner, 5);
}

BENCH_TEST(figures_probes_and_numbers_answer)
{
	CHECK_INT(ask(admin, "GET", "/api/v1/kpis", NULL), 200);
	CHECK(json_object_get(answer.json, "from_at") && !json_object_get(answer.json, "from"));
	CHECK_INT(ask(admin, "GET", "/api/v1/kpis?from_at=1000&to_at=2000", NULL), 200);
	CHECK(json_is_object(json_object_get(answer.json, "all")));
	CHECK_INT(json_array_size(json_object_get(answer.json, "agents")), 1);
	CHECK_INT(ask(admin, "GET", "/api/v1/kpis?from_at=2000&to_at=1000", NULL), 422);
	CHECK_INT(ask(admin, "GET", "/api/v1/kpis/definitions", NULL), 200);
	CHECK(json_object_get(answer.json, "asa") != NULL);
	CHECK_INT(ask(admin, "GET", "/api/v1/audit?limit=2", NULL), 200);
	CHECK_INT(json_array_size(json_object_get(answer.json, "items")), 2);
	char path[96];
	snprintf(path, sizeof(path), "/api/v1/audit?limit=2&cursor=%s",
		jsonx_text(answer.json, "next_cursor", "?"));
	CHECK_INT(ask(admin, "GET", path, NULL), 200);
	CHECK(json_array_size(json_object_get(answer.json, "items")) >= 1);
	CHECK_INT(ask(NULL, "GET", "/healthz", NULL), 200);
	CHECK_INT(ask(NULL, "GET", "/readyz", NULL), 200);
	CHECK_INT(ask(NULL, "GET", "/metrics", NULL), 200);
	CHECK(strstr(answer.body, "markaz_calls_total 42") &&
		strstr(answer.body, "markaz_http_seconds_bucket{le=\"+Inf\"}"));
	CHECK_INT(ask("X-Forwarded-For: 192.0.2.1\r\n", "GET", "/metrics", NULL), 401);
}

BENCH_TEST(screens_are_served_with_care)
{
	char value[400];

	CHECK_INT(ask(NULL, "GET", "/", NULL), 200);
	CHECK(strstr(answer.body, "Markaz"));
	CHECK(answer_header(&answer, "Content-Security-Policy", value, sizeof(value)));
	CHECK(strstr(value, "script-src 'self';") && strstr(value, "frame-ancestors 'none'") &&
		strstr(value, "frame-src 'self' blob:"));
	CHECK(answer_header(&answer, "Cache-Control", value, sizeof(value)) &&
		strcmp(value, "no-cache") == 0);
	CHECK(answer_header(&answer, "X-Content-Type-Options", value, sizeof(value)));
	CHECK(answer_header(&answer, "Permissions-Policy", value, sizeof(value)) &&
		strstr(value, "microphone=(self)"));
	CHECK(!answer_header(&answer, "Strict-Transport-Security", value, sizeof(value)));
	CHECK(answer_header(&answer, "X-Request-Id", value, sizeof(value)));
	CHECK(!answer_header(&answer, "Server", value, sizeof(value)));
	CHECK_INT(ask(NULL, "GET", "/queues/abc", NULL), 200);
	CHECK(strstr(answer.body, "Markaz"));
	CHECK_INT(ask(NULL, "GET", "/assets/app-1234.js", NULL), 200);
	CHECK_STR(answer.body, "console.log(1)\n");
	CHECK(answer_header(&answer, "Cache-Control", value, sizeof(value)) && strstr(value, "immutable"));
	CHECK_INT(ask("Accept-Encoding: br, gzip\r\n", "GET", "/assets/app-1234.js", NULL), 200);
	CHECK_STR(answer.body, "zipped");
	CHECK(answer_header(&answer, "Content-Encoding", value, sizeof(value)) && strcmp(value, "gzip") == 0);
	CHECK(answer_header(&answer, "ETag", value, sizeof(value)));
	char again[500];
	snprintf(again, sizeof(again), "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", value);
	CHECK_INT(ask(again, "GET", "/assets/app-1234.js", NULL), 304);
	CHECK_INT(ask(NULL, "GET", "/assets/gone.js", NULL), 404);
	CHECK_INT(ask(NULL, "GET", "/../secret.txt", NULL), 404);
	CHECK_INT(ask(NULL, "GET", "/%2e%2e/secret.txt", NULL), 404);
	CHECK_INT(ask(NULL, "GET", "/assets/..%2f..%2fsecret.txt", NULL), 404);
	CHECK_INT(ask(NULL, "POST", "/", "{}"), 405);
}

/* Every $ref leads somewhere. */
static bool refs_exist(const json_t *document, const json_t *node)
{
	const char *ref = jsonx_text(node, "$ref", NULL), *key;
	json_t *part;
	size_t i;

	if (ref) {
		const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
		if (strncmp(ref, "#/components/schemas/", 21) != 0 || !json_object_get(schemas, ref + 21)) {
			printf("# %s leads nowhere\n", ref);
			return false;
		}
	}
	json_object_foreach((json_t *)node, key, part) if (!refs_exist(document, part)) return false;
	json_array_foreach(node, i, part) if (!refs_exist(document, part)) return false;
	return true;
}

BENCH_TEST(the_description_holds_every_route)
{
	static struct routes table;

	CHECK_INT(ask(NULL, "GET", "/api/v1/openapi.json", NULL), 200);
	CHECK_STR(jsonx_text(answer.json, "openapi", ""), "3.1.0");
	routes_fill(&table);
	for (int i = 0; i < table.n; i++) {
		const char *names[] = {[METHOD_GET] = "get",
			[METHOD_POST] = "post",
			[METHOD_PUT] = "put",
			[METHOD_PATCH] = "patch",
			[METHOD_DELETE] = "delete"};
		json_t *path = json_object_get(json_object_get(answer.json, "paths"), table.at[i].path);
		json_t *operation = json_object_get(path, names[table.at[i].method]);
		if (!operation)
			printf("# %s is missing\n", table.at[i].path);
		CHECK(json_object_get(operation, "responses") && jsonx_text(operation, "operationId", NULL));
	}
	CHECK(refs_exist(answer.json, answer.json));
	const char *keep = getenv("TEST_KEEP_OPENAPI");
	if (keep)
		json_dump_file(answer.json, keep, JSON_INDENT(1));
}

/* --- TLS
 * ---------------------------------------------------------------------------------------------------------------
 */
/* One request over TLS; the whole answer in ret_text. */
static bool ask_tls(const char *request, char *ret_text, size_t size)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	int fd = tcp_open(&bench), n;
	size_t used = 0;

	SSL_set_fd(ssl, fd);
	bool is_ok = SSL_connect(ssl) == 1 && SSL_write(ssl, request, (int)strlen(request)) > 0;
	while (is_ok && used + 1 < size && (n = SSL_read(ssl, ret_text + used, (int)(size - used - 1))) > 0)
		used += (size_t)n;
	ret_text[used] = '\0';
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	return is_ok && used > 0;
}

TEST(https_marks_its_cookies_and_insists_on_itself)
{
	static char text[65536];
	const char *body = "{\"login\":\"admin\",\"password\":\"" PASSWORD "\"}";
	char request[512];

	CHECK(bench_start(&bench, 0, NULL, true));
	snprintf(request, sizeof(request),
		"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Markaz: "
		"1\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(body), body);
	CHECK(ask_tls(request, text, sizeof(text)));
	CHECK(strstr(text, " 200 ") && strstr(text, "; Secure"));
	CHECK(strcasestr(text, "strict-transport-security: max-age="));
	bench_stop(&bench);
}

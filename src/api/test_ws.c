/* WebSocket clients against the double of the centre: letting in, asking, pushing, slowness, ends of
 * sessions. */
#include "api/test_support.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct bench bench;
static struct answer answer;
static char admin[320], agent[320];

#define BENCH_TEST(ident)                                                                                    \
	static void run_##ident(void);                                                                       \
	TEST(ident)                                                                                          \
	{                                                                                                    \
		CHECK(bench_start(&bench, 0, NULL, false));                                                  \
		CHECK(sign_in(&bench, "admin", admin, sizeof(admin)) &&                                      \
			sign_in(&bench, "agent", agent, sizeof(agent)));                                     \
		run_##ident();                                                                               \
		answer_free(&answer);                                                                        \
		bench_stop(&bench);                                                                          \
	}                                                                                                    \
	static void run_##ident(void)

static int open_as(const char *headers)
{
	int status, fd = ws_open(&bench, headers, &status);
	json_t *hello = fd < 0 ? NULL : ws_await(fd, "hello");

	if (!hello)
		printf("# upgrade: %d\n", status);
	json_decref(hello);
	return fd;
}

/* Awaits a frame holding part; true when it came. */
static bool hears(int fd, const char *part)
{
	json_t *json = ws_await(fd, part);
	bool is_there = json != NULL;

	json_decref(json);
	return is_there;
}

BENCH_TEST(only_those_signed_in_from_our_pages_are_let_in)
{
	char headers[500];
	int status;

	CHECK_INT(ws_open(&bench, NULL, &status), -1);
	CHECK_INT(status, 401);
	CHECK_INT(ws_open(&bench, "Cookie: markaz_session=nonsense\r\n", &status), -1);
	CHECK_INT(status, 401);
	snprintf(headers, sizeof(headers), "%sOrigin: https://evil.example\r\n", agent);
	CHECK_INT(ws_open(&bench, headers, &status), -1);
	CHECK_INT(status, 403);
	snprintf(headers, sizeof(headers), "%sOrigin: http://markaz.test\r\n", agent);
	int fd = ws_open(&bench, headers, &status);
	CHECK_INT(status, 101);
	CHECK(hears(fd, "hello"));
	CHECK(fake_reaches(&fake.opened, 1));
	close(fd);
	CHECK(fake_reaches(&fake.closed, 1));
}

BENCH_TEST(visitors_enter_without_an_account_and_may_do_nothing_else)
{
	int status;

	CHECK_INT(ws_open_at(&bench, "/api/v1/visit", "", &status), -1);
	CHECK_INT(status, 422);
	CHECK_INT(ws_open_at(&bench, "/api/v1/visit?number=support", "Origin: https://evil.example\r\n",
			  &status),
		-1);
	CHECK_INT(status, 403);
	int fd = ws_open_at(&bench, "/api/v1/visit?number=support", "", &status), staff = open_as(admin);
	CHECK_INT(status, 101);
	CHECK(hears(fd, "hello"));
	CHECK(ws_say(fd, "{\"id\":1,\"do\":\"agent.ready\"}") && hears(fd, "\"forbidden\""));
	CHECK(ws_say(fd, "{\"id\":2,\"do\":\"live.subscribe\"}") && hears(fd, "\"forbidden\""));
	CHECK(ws_say(fd, "{\"id\":3,\"do\":\"events\",\"after_seq\":0}") && hears(fd, "\"forbidden\""));
	CHECK(ws_say(fd, "{\"id\":4,\"do\":\"visit.start\"}") && hears(fd, "\"re\":4"));
	CHECK(ws_say(staff, "{\"id\":5,\"do\":\"visit.start\"}") && hears(staff, "\"forbidden\""));
	close(staff);
	close(fd);
	CHECK(fake_reaches(&fake.closed, 2));
}

BENCH_TEST(one_address_cannot_bring_visitors_without_end)
{
	int status = 101, n = 0;

	while (status == 101 && n < 100) {
		int fd = ws_open_at(&bench, "/api/v1/visit?number=support", "", &status);
		n += status == 101;
		if (fd >= 0)
			close(fd);
	}
	CHECK_INT(status, 429);
	CHECK(n > 3 && n <= 20);
}

BENCH_TEST(requests_reach_the_centre_and_come_back)
{
	static char big[60000];
	int fd = open_as(agent);

	CHECK(fd >= 0);
	CHECK(ws_say(fd, "{\"id\":7,\"do\":\"agent.ready\"}"));
	CHECK(hears(fd, "\"re\":7"));
	CHECK(ws_send(fd, 1, "{\"id\":8,", 8, false) && ws_send(fd, 0, "\"do\":\"agent.ready\"}", 19, true));
	CHECK(hears(fd, "\"re\":8"));
	snprintf(big, sizeof(big), "{\"id\":9,\"do\":\"agent.x\",\"p\":\"%059000d\"}", 0);
	CHECK(ws_say(fd, big));
	CHECK(hears(fd, "\"re\":9"));
	CHECK(ws_say(fd, "nonsense"));
	CHECK(hears(fd, "\"invalid\""));
	CHECK(ws_say(fd, "{\"do\":\"agent.ready\"}"));
	CHECK(hears(fd, "\"invalid\""));
	CHECK(ws_say(fd, "{\"id\":1,\"do\":\"live.subscribe\"}"));
	CHECK(hears(fd, "\"forbidden\""));
	CHECK(ws_say(fd, "{\"id\":1,\"do\":\"agent.set\"}"));
	CHECK(hears(fd, "\"forbidden\""));
	CHECK(ws_say(fd, "{\"id\":1,\"do\":\"supervise.start\"}"));
	CHECK(hears(fd, "\"forbidden\""));
	close(fd);
}

BENCH_TEST(a_supervisor_may_be_in_calls_and_have_them_but_takes_none_of_the_queues)
{
	char super[320];
	CHECK(sign_in(&bench, "super", super, sizeof(super)));
	int fd = open_as(super);

	CHECK(fd >= 0);
	CHECK(ws_say(fd, "{\"id\":21,\"do\":\"supervise.start\"}"));
	CHECK(hears(fd, "\"re\":21,\"ok\":true"));
	CHECK(ws_say(fd, "{\"id\":22,\"do\":\"call.hang_up\"}"));
	CHECK(hears(fd, "\"re\":22,\"ok\":true"));
	CHECK(ws_say(fd, "{\"id\":23,\"do\":\"agent.ready\"}"));
	CHECK(hears(fd, "\"forbidden\""));
	close(fd);
}

BENCH_TEST(a_full_centre_is_said_and_heard_of_later)
{
	int fd = open_as(agent);

	CHECK(fd >= 0);
	fake_set_full(true);
	CHECK(ws_say(fd, "{\"id\":1,\"do\":\"agent.ready\"}"));
	CHECK(hears(fd, "\"overloaded\""));
	close(fd);
	/* Whether the server noticed the end before or after this: the centre hears of it. */
	usleep(100000);
	fake_set_full(false);
	int other = open_as(agent);
	CHECK(fake_reaches(&fake.closed, 1));
	close(other);
}

BENCH_TEST(pushes_find_their_audience)
{
	int a = open_as(admin), b = open_as(agent), c = open_as(agent);

	CHECK(a >= 0 && b >= 0 && c >= 0);
	CHECK(ws_say(a, "{\"id\":1,\"do\":\"live.subscribe\"}") && hears(a, "\"re\":1"));
	CHECK(ws_say(b, "{\"id\":2,\"do\":\"agent.live\"}") && hears(b, "\"re\":2"));
	CHECK(hears(a, "\"on\":\"live\""));
	CHECK(ws_say(b, "{\"id\":3,\"do\":\"agent.user\"}"));
	CHECK(hears(b, "mine") && hears(c, "mine"));
	/* A change by REST reaches everybody. */
	CHECK(http_ask(&bench, "POST", "/api/v1/skills", admin, "{\"name\":\"s\"}", &answer));
	CHECK_INT(answer.status, 201);
	json_t *config = ws_await(c, "config");
	CHECK_STR(jsonx_text(config, "resource", ""), "skills");
	CHECK_STR(jsonx_text(config, "id", ""), jsonx_text(answer.json, "id", "?"));
	json_decref(config);
	CHECK(hears(a, "config"));
	close(a);
	close(b);
	close(c);
}

BENCH_TEST(who_does_not_read_is_closed_while_others_go_on)
{
	int small = 4096, slow = open_as(agent), good = open_as(agent);

	CHECK(slow >= 0 && good >= 0);
	setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	/* 12 MB for it: more than the backlog and any socket buffer. */
	CHECK(ws_say(slow, "{\"id\":1,\"do\":\"agent.flood\"}"));
	CHECK(fake_reaches(&fake.closed, 1));
	for (int i = 0; i < 20; i++) {
		char text[64];
		snprintf(text, sizeof(text), "{\"id\":%d,\"do\":\"agent.ready\"}", 100 + i);
		CHECK(ws_say(good, text));
		snprintf(text, sizeof(text), "\"re\":%d", 100 + i);
		CHECK(hears(good, text));
	}
	close(slow);
	close(good);
}

BENCH_TEST(who_asks_too_much_is_slowed_then_closed)
{
	int fd = open_as(agent);
	bool is_slowed = false;

	CHECK(fd >= 0);
	for (int i = 0; i < 150; i++)
		CHECK(ws_say(fd, "{\"id\":1,\"do\":\"agent.ready\"}"));
	is_slowed = hears(fd, "rate_limited");
	CHECK(is_slowed);
	for (int i = 0; i < 1000; i++)
		ws_say(fd, "{\"id\":1,\"do\":\"agent.ready\"}");
	/* With our frames still unread, the reset may overtake the close frame. */
	int code = ws_close_code(fd);
	CHECK(code == 1008 || code == -1);
	CHECK(fake_reaches(&fake.closed, 1));
	close(fd);
}

BENCH_TEST(bad_frames_end_the_connection_with_a_reason)
{
	static char big[70000];
	int fd = open_as(agent);

	CHECK(ws_send(fd, 2, "x", 1, true));
	CHECK_INT(ws_close_code(fd), 1003);
	close(fd);
	memset(big, 'x', sizeof(big));
	fd = open_as(agent);
	CHECK(ws_send(fd, 1, big, sizeof(big), true));
	CHECK_INT(ws_close_code(fd), 1009);
	close(fd);
	fd = open_as(agent);
	CHECK(tcp_send(fd, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16));
	ws_close_code(fd);
	close(fd);
	CHECK(fake_reaches(&fake.closed, 3));
}

BENCH_TEST(the_end_of_a_session_ends_its_sockets)
{
	char path[96], id[ID_TEXT_SIZE], other[320];
	int fd = open_as(agent), stays;

	CHECK(sign_in(&bench, "agent", other, sizeof(other)));
	stays = open_as(other);
	CHECK(fd >= 0 && stays >= 0);
	CHECK(http_ask(&bench, "DELETE", "/api/v1/session", agent, NULL, &answer));
	CHECK_INT(answer.status, 204);
	CHECK_INT(ws_close_code(fd), 4401);
	CHECK(ws_say(stays, "{\"id\":1,\"do\":\"agent.ready\"}") && hears(stays, "\"re\":1"));
	/* Disabled by an administrator. */
	snprintf(path, sizeof(path), "/api/v1/users/%s", id_text(bench.agent, id));
	answer_free(&answer);
	CHECK(http_ask(&bench, "PATCH", path, admin, "{\"is_active\":false}", &answer));
	CHECK_INT(answer.status, 200);
	CHECK_INT(ws_close_code(stays), 4401);
	int status;
	CHECK_INT(ws_open(&bench, other, &status), -1);
	CHECK_INT(status, 401);
	close(fd);
	close(stays);
}

BENCH_TEST(the_centre_can_expel_and_a_stop_says_goodbye)
{
	int fd = open_as(agent), other = open_as(admin);

	CHECK(fd >= 0 && other >= 0);
	CHECK(ws_say(fd, "{\"id\":1,\"do\":\"agent.expel\"}"));
	CHECK_INT(ws_close_code(fd), 4403);
	api_stop(bench.api, 3000);
	CHECK_INT(ws_close_code(other), 1001);
	CHECK(fake_reaches(&fake.closed, 2));
	close(fd);
	close(other);
}

/* The port against people who mean no good: nonsense, floods, slowness, too many connections. After each, a
 * good request must be answered at once. */
#include "api/test_support.h"
#include "base/str.h"
#include "harness/test.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct bench bench;
static struct answer answer;

static bool is_well(void)
{
	bool is_ok = http_ask(&bench, "GET", "/healthz", NULL, NULL, &answer) && answer.status == 200;

	answer_free(&answer);
	return is_ok;
}

/* Sends text, returns the status of the answer; 0: closed without one. */
static int status_of(const char *text, size_t n)
{
	int fd = tcp_open(&bench), status = 0;

	if (fd >= 0 && tcp_send(fd, text, n) && http_read(fd, false, &answer))
		status = answer.status;
	answer_free(&answer);
	if (fd >= 0)
		close(fd);
	return status;
}

static int status_of_text(const char *text)
{
	return status_of(text, strlen(text));
}

/* Whether a request's answer becomes this within 5 s. */
static bool becomes(int status)
{
	for (int i = 0; i < 100; i++) {
		if (status_of_text("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") == status)
			return true;
		usleep(50000);
	}
	return false;
}

TEST(heads_that_make_no_sense_are_refused)
{
	static const char *const heads[] = {
		"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nContent-Length: -5\r\n\r\n{}",
		("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nContent-Length: "
		 "5\r\nContent-Length: 6\r\n\r\n{}"),
		("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nContent-Length: "
		 "99999999999999999999\r\n\r\n{}"),
		"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nContent-Length: 0x10\r\n\r\n{}",
		("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nTransfer-Encoding: "
		 "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
		("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nContent-Length: "
		 "100000000\r\n\r\n{}"),
		"BREW /api/v1/session HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /api/v1/session HTTP/9.9\r\nHost: a\r\n\r\n",
		"GET\r\n\r\n",
		"\r\n\r\n\r\n",
#if LWS_LIBRARY_VERSION_NUMBER < 4003000
		/* The newer library drops a zero byte at the very end of an argument before anybody sees it:
		 * this reads as "a=" there, which hides nothing. With anything behind it it must be refused.
		 */
		"GET /healthz?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n",
#endif
		"GET /healthz?a=%00b HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /healthz?a%00=b HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /healthz%00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /api/v1/skills?a=%ff HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /%ff%fe HTTP/1.1\r\nHost: a\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		/* Heads of which another program might think that they end, or go on, elsewhere. */
		("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nContent-Length: "
		 "2\r\nTransfer-Encoding: chunked\r\n\r\n{}"),
		"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length\t: 5\r\n\r\nhello",
		"GET /healthz HTTP/1.1\r\nHost: a\r\n Content-Length: 5\r\n\r\nhello",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n\r\nhello",
#if LWS_LIBRARY_VERSION_NUMBER >= 4003000
		/* The older library does not show such names. */
		"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Other : 5\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nNothing\r\nContent-Length: 5\r\n\r\nhello",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nX-\rContent-Length: 5\r\n\r\nhello",
#endif
	};

	CHECK(bench_start(&bench, 0, NULL, false));
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		int status = status_of_text(heads[i]);
		if (status && (status < 400 || status >= 500))
			printf("# head %zu: %d\n", i, status);
		CHECK(!status || (status >= 400 && status < 500));
		CHECK(is_well());
	}
	bench_stop(&bench);
}

TEST(huge_and_random_bytes_harm_nobody)
{
	static char big[1048576];
	size_t n = sizeof(big);

	CHECK(bench_start(&bench, 0, NULL, false));
	memset(big, 'a', n);
	memcpy(big, "GET / HTTP/1.1\r\nX-Long: ", 24);
	int status = status_of(big, n);
	CHECK(!status || status >= 400);
	CHECK(is_well());
	memcpy(big, "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 30);
	status = status_of(big, n);
	CHECK(!status || status >= 400);
	CHECK(is_well());
	srand(1);
	for (int round = 0; round < 40; round++) {
		for (size_t i = 0; i < 4096; i++)
			big[i] = (char)rand();
		int fd = tcp_open(&bench);
		tcp_send(fd, big, 4096);
		shutdown(fd, SHUT_WR);
		while (recv(fd, big, 4096, 0) > 0)
			;
		close(fd);
	}
	CHECK(is_well());
	bench_stop(&bench);
}

TEST(one_connection_serves_many_requests)
{
	int fd;

	CHECK(bench_start(&bench, 0, NULL, false));
	fd = tcp_open(&bench);
	for (int i = 0; i < 50; i++) {
		const char *text = i % 3 == 0	? "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
				   : i % 3 == 1 ? "GET /api/v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n"
						: "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
		CHECK(tcp_send(fd, text, strlen(text)));
		CHECK(http_read(fd, i % 3 == 0, &answer));
		CHECK_INT(answer.status, i % 3 == 1 ? 404 : 200);
		answer_free(&answer);
	}
	close(fd);
	CHECK(is_well());
	bench_stop(&bench);
}

#define GET_HEALTH "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST_SESSION                                                                                         \
	"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nContent-Length: 32\r\n\r\n"              \
	"{\"login\":\"admin\",\"password\":\"x\"}"

/* Two requests in one packet: the first is answered, the second is not read (the library would misread it)
 * and the client is told so. */
TEST(what_comes_along_with_a_request_is_not_taken_for_another)
{
	static const struct {
		const char *text;
		int status;
	} pairs[] = {
		{GET_HEALTH "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n", 200},
		{GET_HEALTH POST_SESSION, 200},
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n" POST_SESSION, 200},
		{"GET /api/v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n" POST_SESSION, 404},
		{"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: 1\r\nContent-Length: "
		 "0\r\n\r\n" GET_HEALTH,
			422},
		{POST_SESSION GET_HEALTH, 401},
		{POST_SESSION POST_SESSION POST_SESSION, 401},
		{POST_SESSION "nonsense", 401},
		{GET_HEALTH "\r\n", 200},
	};
	char value[32], c;

	CHECK(bench_start(&bench, 0, NULL, false));
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		int fd = tcp_open(&bench);
		CHECK(tcp_send(fd, pairs[i].text, strlen(pairs[i].text)));
		CHECK(http_read(fd, false, &answer));
		CHECK_INT(answer.status, pairs[i].status);
		CHECK(answer_header(&answer, "Connection", value, sizeof(value)));
		CHECK_STR(value, "close");
		CHECK(recv(fd, &c, 1, 0) == 0);
		answer_free(&answer);
		close(fd);
		CHECK(is_well());
	}
	bench_stop(&bench);
}

TEST(a_request_sent_while_another_is_answered_waits_for_its_turn)
{
	char value[32];

	CHECK(bench_start(&bench, 0, NULL, false));
	for (int i = 0; i < 5; i++) {
		int fd = tcp_open(&bench);
		/* Looking at a password takes the server far longer than the second packet takes. */
		CHECK(tcp_send(fd, POST_SESSION, strlen(POST_SESSION)));
		usleep(5000);
		CHECK(tcp_send(fd, GET_HEALTH, strlen(GET_HEALTH)));
		CHECK(http_read(fd, false, &answer));
		CHECK(answer.status == 401 || answer.status == 429);
		bool is_last = answer_header(&answer, "Connection", value, sizeof(value));
		answer_free(&answer);
		/* Unless a slow machine read both at once. */
		if (!is_last) {
			CHECK(http_read(fd, false, &answer));
			CHECK_INT(answer.status, 200);
			answer_free(&answer);
		}
		close(fd);
	}
	CHECK(is_well());
	bench_stop(&bench);
}

TEST(a_client_that_says_nothing_more_still_gets_its_answer)
{
	static const char *const requests[] = {GET_HEALTH, POST_SESSION, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"};

	CHECK(bench_start(&bench, 0, NULL, false));
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = tcp_open(&bench);
		CHECK(tcp_send(fd, requests[i], strlen(requests[i])));
		shutdown(fd, SHUT_WR);
		CHECK(http_read(fd, false, &answer));
		answer_free(&answer);
		close(fd);
	}
	CHECK(is_well());
	bench_stop(&bench);
}

TEST(people_who_leave_in_the_middle_are_forgotten)
{
	CHECK(bench_start(&bench, 0, NULL, false));
	for (int i = 0; i < 30; i++) {
		int fd = tcp_open(&bench);
		const char *text = "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nX-Markaz: "
				   "1\r\nContent-Length: 60\r\n\r\n"
				   "{\"login\":\"admin\",\"password\":\"wrong wrong wrong wrong wrong\"}";
		tcp_send(fd, text, i % 2 ? strlen(text) : strlen(text) - 10);
		close(fd);
	}
	CHECK(is_well());
	bench_stop(&bench);
}

TEST(over_the_limit_connections_are_told_or_cut_and_room_returns)
{
	int fds[200], n = 0;

	CHECK(bench_start(&bench, 16, NULL, false));
	for (; n < 60; n++)
		fds[n] = tcp_open(&bench);
	CHECK(becomes(503));
	while (n > 0)
		close(fds[--n]);
	CHECK(becomes(200));
	bench_stop(&bench);
}

TEST(a_request_sent_letter_by_letter_is_cut_while_others_go_on)
{
	const char *text = "GET /healthz HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n";
	bool is_cut = false;
	char c;

	CHECK(bench_start(&bench, 0, NULL, false));
	int fd = tcp_open(&bench);
	/* The head may take 10 s; this one would take 45. */
	for (int i = 0; text[i] && !is_cut; i++) {
		is_cut = send(fd, text + i, 1, MSG_NOSIGNAL) < 0 || recv(fd, &c, 1, MSG_DONTWAIT) == 0;
		if (i % 10 == 0)
			CHECK(is_well());
		usleep(600000);
	}
	CHECK(is_cut);
	close(fd);
	bench_stop(&bench);
}

TEST(proxies_are_believed_only_when_listed)
{
	char value[300];

	CHECK(bench_start(&bench, 0, "127.0.0.1", false));
	CHECK(http_ask(&bench, "GET", "/", "X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.9\r\n", NULL,
		&answer));
	CHECK(answer_header(&answer, "Strict-Transport-Security", value, sizeof(value)));
	answer_free(&answer);
	CHECK(http_ask(&bench, "POST", "/api/v1/session", "X-Forwarded-Proto: https\r\nX-Markaz: 1\r\n",
		"{\"login\":\"admin\",\"password\":\"" PASSWORD "\"}", &answer));
	CHECK(answer_header(&answer, "Set-Cookie", value, sizeof(value)) && strstr(value, "; Secure"));
	answer_free(&answer);
	bench_stop(&bench);
	CHECK(bench_start(&bench, 0, NULL, false));
	CHECK(http_ask(&bench, "GET", "/", "X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.9\r\n", NULL,
		&answer));
	CHECK(!answer_header(&answer, "Strict-Transport-Security", value, sizeof(value)));
	answer_free(&answer);
	bench_stop(&bench);
}

/* The greeting of one's own voicemail, sent as a file. */
#include "api/test_support.h"
#include "base/id.h"
#include "harness/test.h"
#include "media/record/wav.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH "/api/v1/voicemails/greeting"

static struct bench bench;
static struct answer answer;
static char admin[300], agent[300];
static char wav[WAV_HEADER_BYTES + 13 * 1024 * 1024];

static int ask(const char *who, const char *method, const char *path)
{
	answer_free(&answer);
	return http_ask(&bench, method, path, who, NULL, &answer) ? answer.status : -1;
}

static int put(const char *who, size_t n)
{
	char head[700];
	int fd = tcp_open(&bench);

	snprintf(head, sizeof(head),
		"PUT " PATH " HTTP/1.1\r\nHost: markaz.test\r\n%sContent-Length: %zu\r\n\r\n", who, n);
	answer_free(&answer);
	/* A refusal may come before all is sent. */
	bool is_answered = tcp_send(fd, head, strlen(head)) && (tcp_send(fd, wav, n) || true) &&
			   http_read(fd, false, &answer);
	close(fd);
	return is_answered ? answer.status : -1;
}

static size_t make(int channels, int rate_hz, int ms)
{
	size_t n = (size_t)rate_hz * (size_t)channels * 2 * (size_t)ms / 1000;

	wav_header((uint8_t *)wav, channels, rate_hz, n);
	return WAV_HEADER_BYTES + n;
}

static bool is_audited(const char *action)
{
	return ask(admin, "GET", "/api/v1/audit?limit=5") == 200 && strstr(answer.body, action);
}

TEST(a_greeting_is_sent_heard_and_taken_away)
{
	char file[200], id[ID_TEXT_SIZE];

	CHECK(bench_start(&bench, 0, NULL, false));
	CHECK(sign_in(&bench, "admin", admin, sizeof(admin)) &&
		sign_in(&bench, "agent", agent, sizeof(agent)));
	CHECK_INT(ask(agent, "GET", PATH), 404);
	CHECK_INT(ask(agent, "DELETE", PATH), 204); /* there was none */
	CHECK(!is_audited("greeting_"));
	CHECK_INT(put("X-Markaz: 1\r\n", make(1, 8000, 2000)), 401);
	size_t n = make(1, 16000, 2000);
	CHECK_INT(put(agent, n), 204);
	CHECK(is_audited("greeting_changed"));
	snprintf(file, sizeof(file), "%s/greetings/%s.wav", bench.folder, id_text(bench.agent, id));
	CHECK(access(file, R_OK) == 0); /* where the centre looks for it */
	CHECK_INT(ask(agent, "GET", PATH), 200);
	CHECK_INT(answer.body_len, n);
	CHECK_INT(ask(admin, "GET", PATH), 404); /* one's own alone */
	/* what is refused leaves what was there */
	CHECK_INT(put(agent, make(1, 16000, 400)), 422);
	CHECK_INT(put(agent, make(1, 8000, 61000)), 422);
	CHECK_INT(put(agent, make(3, 8000, 2000)), 422);
	CHECK_INT(put(agent, make(1, 96000, 2000)), 422);
	CHECK_INT(put(agent, WAV_HEADER_BYTES), 422);
	CHECK_INT(put(agent, make(2, 48000, 60000) + 1024 * 1024 * 3 / 2), 413);
	memset(wav, 'x', WAV_HEADER_BYTES);
	CHECK_INT(put(agent, n), 422);
	CHECK_INT(ask(agent, "GET", PATH), 200);
	CHECK_INT(answer.body_len, n);
	CHECK_INT(put(agent, make(2, 48000, 60000)), 204); /* the largest there is */
	CHECK_INT(ask(agent, "DELETE", PATH), 204);
	CHECK(is_audited("greeting_removed"));
	CHECK_INT(ask(agent, "GET", PATH), 404);
	answer_free(&answer);
	bench_stop(&bench);
}

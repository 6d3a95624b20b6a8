/* The event log over the WebSocket, with the real server and store: order, resuming, rights, readers that are
 * slow, many, or leave all the time. */
#include "api/test_support.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS 256

static struct bench bench;
static char super[320], agent[320];

#define BENCH_TEST(ident)                                                                                    \
	static void run_##ident(void);                                                                       \
	TEST(ident)                                                                                          \
	{                                                                                                    \
		CHECK(bench_start(&bench, 600, NULL, false));                                                \
		CHECK(sign_in(&bench, "super", super, sizeof(super)) &&                                      \
			sign_in(&bench, "agent", agent, sizeof(agent)));                                     \
		run_##ident();                                                                               \
		bench_stop(&bench);                                                                          \
	}                                                                                                    \
	static void run_##ident(void)

static int open_as(const char *headers)
{
	int status, fd = ws_open(&bench, headers, &status);

	if (fd < 0)
		printf("# upgrade: %d\n", status);
	return fd;
}

static bool hears(int fd, const char *part)
{
	json_t *json = ws_await(fd, part);
	bool is_there = json != NULL;

	json_decref(json);
	return is_there;
}

static uint64_t append_text(enum event_type type, const char *text)
{
	struct event e = {
		.at_ms = clock_wall_ms(), .type = type, .tenant = 1, .interaction = 77, .text = text};
	uint64_t seq = 0;

	if (store_append(bench.store, &e, &seq) < 0)
		printf("# the store took nothing\n");
	return seq;
}

static bool make_durable(uint64_t seq)
{
	for (int i = 0; i < 10000 && store_durable_seq(bench.store) < seq; i++)
		usleep(1000);
	return store_durable_seq(bench.store) >= seq;
}

static uint64_t id_at(const json_t *list, size_t i)
{
	return strtoull(jsonx_text(json_array_get(list, i), "id", "0"), NULL, 10);
}

static bool ask(int fd, uint64_t after, const char *more)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"id\":1,\"do\":\"events\",\"after_seq\":%llu%s}",
		(unsigned long long)after, more);
	return ws_say(fd, text) && hears(fd, "\"re\":1");
}

/* The next batch must follow *seen without a gap; *seen is then its end. False: it does not, or none came. */
static bool next_batch(int fd, uint64_t *seen)
{
	_cleanup_json_ json_t *push = ws_await(fd, "\"on\":\"events");
	const json_t *list = json_object_get(push, "events");

	if (!json_is_array(list) || json_array_size(list) == 0)
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (id_at(list, i) != *seen + i + 1) {
			printf("# event %llu came where %llu was due\n", (unsigned long long)id_at(list, i),
				(unsigned long long)(*seen + i + 1));
			return false;
		}
	*seen += json_array_size(list);
	return (uint64_t)jsonx_int(push, "next_after_seq", 0) == *seen;
}

BENCH_TEST(what_was_and_what_comes_arrives_in_order)
{
	uint64_t seen = 0, last = 0;
	int fd = open_as(super);

	for (int i = 0; i < 450; i++)
		last = append_text(EVENT_NOTE_WRITTEN, "one");
	CHECK(make_durable(last));
	CHECK(fd >= 0 && ask(fd, 0, ""));
	while (seen < last)
		CHECK(next_batch(fd, &seen));
	CHECK_INT(seen, last);
	for (int i = 0; i < 30; i++) {
		last = append_text(EVENT_NOTE_WRITTEN, "two");
		usleep(i % 3 ? 0 : 15000);
	}
	while (seen < last)
		CHECK(next_batch(fd, &seen));
	CHECK_INT(seen, last);
	close(fd);
}

BENCH_TEST(a_quiet_reader_hears_at_once)
{
	int fd = open_as(super);
	uint64_t seen = store_durable_seq(bench.store);

	CHECK(fd >= 0 && ask(fd, seen, ""));
	usleep(250000);
	int64_t began = clock_mono_ms();
	append_text(EVENT_NOTE_WRITTEN, "now");
	CHECK(next_batch(fd, &seen));
	printf("# heard after %lld ms\n", (long long)(clock_mono_ms() - began));
	CHECK(clock_mono_ms() - began < 2000);
	close(fd);
}

BENCH_TEST(types_are_chosen_and_the_place_covers_the_rest)
{
	int fd = open_as(super);
	uint64_t last = 0;

	append_text(EVENT_SEGMENT_QUEUED, NULL);
	uint64_t hit = append_text(EVENT_NOTE_WRITTEN, "this");
	for (int i = 0; i < 5; i++)
		last = append_text(EVENT_SEGMENT_QUEUED, NULL);
	CHECK(make_durable(last));
	CHECK(fd >= 0 && ask(fd, 0, ",\"types\":\"note.written\""));
	_cleanup_json_ json_t *push = ws_await(fd, "\"on\":\"events");
	CHECK_INT(json_array_size(json_object_get(push, "events")), 1);
	CHECK_INT(id_at(json_object_get(push, "events"), 0), hit);
	CHECK_INT(jsonx_int(push, "next_after_seq", 0), last);
	close(fd);
}

BENCH_TEST(wrong_questions_are_refused_with_what_to_do)
{
	static const char *const wrong[] = {"{\"id\":2,\"do\":\"events\",\"after_seq\":-1}",
		"{\"id\":2,\"do\":\"events\",\"after_seq\":\"x\"}",
		"{\"id\":2,\"do\":\"events\",\"after_seq\":[]}", "{\"id\":2,\"do\":\"events\",\"limit\":0}",
		"{\"id\":2,\"do\":\"events\",\"limit\":1001}",
		"{\"id\":2,\"do\":\"events\",\"types\":\"segment.forgotten\"}",
		"{\"id\":2,\"do\":\"events.ack\",\"after_seq\":1}"};
	int fd = open_as(super), other = open_as(agent);

	CHECK(fd >= 0 && other >= 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(ws_say(fd, wrong[i]) && hears(fd, "\"invalid\""));
	CHECK(ask(fd, 0, ""));
	CHECK(ws_say(fd, "{\"id\":3,\"do\":\"events\"}") && hears(fd, "\"busy\""));
	CHECK(ws_say(fd, "{\"id\":4,\"do\":\"events.stop\"}") && hears(fd, "\"re\":4"));
	CHECK(ws_say(fd, "{\"id\":5,\"do\":\"events\",\"after_seq\":\"1\"}") && hears(fd, "\"ok\":true"));
	CHECK(ws_say(other, "{\"id\":1,\"do\":\"events\"}") && hears(other, "\"forbidden\""));
	close(fd);
	close(other);
}

BENCH_TEST(with_ack_the_next_batch_waits_for_it)
{
	char text[128];
	int fd = open_as(super);
	uint64_t seen = 0, last = 0;

	for (int i = 0; i < 40; i++)
		last = append_text(EVENT_NOTE_WRITTEN, "ack");
	CHECK(make_durable(last));
	CHECK(fd >= 0 && ask(fd, 0, ",\"ack\":true,\"limit\":10"));
	CHECK(next_batch(fd, &seen));
	CHECK_INT(seen, 10);
	/* Nothing more comes: the answer to another request overtakes any second batch. */
	CHECK(ws_say(fd, "{\"id\":8,\"do\":\"events.ack\",\"after_seq\":9}"));
	json_t *re = ws_await(fd, "{");
	CHECK_INT(jsonx_int(re, "re", 0), 8);
	json_decref(re);
	while (seen < last) {
		snprintf(text, sizeof(text), "{\"id\":9,\"do\":\"events.ack\",\"after_seq\":%llu}",
			(unsigned long long)seen);
		CHECK(ws_say(fd, text) && hears(fd, "\"re\":9") && next_batch(fd, &seen));
	}
	close(fd);
}

BENCH_TEST(a_slow_reader_gets_all_and_costs_one_batch)
{
	static char big[3900];
	int small = 65536, fd = open_as(super), quick = open_as(super);
	uint64_t seen = 0, fast = 0, last = 0;

	memset(big, 'x', sizeof(big) - 1);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	/* 12 MB: far more than a client's backlog, so that without back-pressure it would be closed. */
	for (int i = 0; i < 3000; i++)
		last = append_text(EVENT_NOTE_WRITTEN, big);
	CHECK(make_durable(last));
	CHECK(fd >= 0 && quick >= 0 && ask(fd, 0, ",\"limit\":1000"));
	usleep(500000);
	CHECK(ask(quick, 0, ",\"limit\":1000"));
	while (fast < last)
		CHECK(next_batch(quick, &fast));
	while (seen < last)
		CHECK(next_batch(fd, &seen));
	CHECK_INT(seen, last);
	close(fd);
	close(quick);
}

BENCH_TEST(a_reader_that_reconnects_fifty_times_misses_nothing)
{
	uint64_t seen = 0, last = 0;

	for (int turn = 0; turn < 50; turn++) {
		for (int i = 0; i < 20; i++)
			last = append_text(EVENT_NOTE_WRITTEN, "again");
		int fd = open_as(super);
		CHECK(fd >= 0 && ask(fd, seen, ",\"limit\":7"));
		for (int i = 0; i <= turn % 3; i++)
			CHECK(next_batch(fd, &seen));
		close(fd); /* with batches still on their way */
	}
	int fd = open_as(super);
	CHECK(fd >= 0 && ask(fd, seen, ""));
	while (seen < last)
		CHECK(next_batch(fd, &seen));
	CHECK_INT(seen, last);
	close(fd);
}

BENCH_TEST(two_hundred_and_fifty_six_read_and_one_more_is_told)
{
	static int fds[READERS];
	static uint64_t seen[READERS];
	uint64_t last = 0;

	for (int i = 0; i < READERS; i++) {
		fds[i] = open_as(super);
		seen[i] = store_durable_seq(bench.store);
		CHECK(fds[i] >= 0 && ask(fds[i], seen[i], ""));
	}
	int more = open_as(super);
	CHECK(more >= 0 && ws_say(more, "{\"id\":2,\"do\":\"events\"}") && hears(more, "\"overloaded\""));
	for (int i = 0; i < 100; i++)
		last = append_text(EVENT_NOTE_WRITTEN, "all");
	CHECK(make_durable(last));
	for (int i = 0; i < READERS; i++)
		while (seen[i] < last)
			CHECK(next_batch(fds[i], &seen[i]));
	for (int i = 0; i < READERS; i++)
		close(fds[i]);
	/* Those that left do not count. */
	bool is_in = false;
	for (int i = 0; i < 100 && !is_in; i++) {
		CHECK(ws_say(more, "{\"id\":3,\"do\":\"events\"}"));
		is_in = hears(more, "\"ok\":true");
		usleep(is_in ? 0 : 50000);
	}
	CHECK(is_in);
	close(more);
}

/* What a retention does: the oldest part of the log is not there any more. */
static bool forget_before(const char *seq)
{
	char command[256];
	int status = -1;

	snprintf(command, sizeof(command),
		"import sqlite3, sys; c = sqlite3.connect('%s/markaz.db'); "
		"c.execute('DELETE FROM event WHERE seq < ?', (int(sys.argv[1]),)); c.commit()",
		bench.folder);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		execlp("python3", "python3", "-c", command, seq, NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

BENCH_TEST(what_is_not_kept_any_more_ends_the_reading)
{
	uint64_t last = 0, seen = 19;

	for (int i = 0; i < 40; i++)
		last = append_text(EVENT_NOTE_WRITTEN, "old");
	CHECK(make_durable(last));
	bench_close(&bench);
	CHECK(forget_before("20"));
	CHECK(bench_reopen(&bench, 0));
	int fd = open_as(super);
	CHECK(fd >= 0 && ask(fd, 5, ""));
	_cleanup_json_ json_t *push = ws_await(fd, "events_ended");
	CHECK_STR(jsonx_text(json_object_get(push, "error"), "code", ""), "log_gone");
	CHECK_INT(jsonx_int(push, "first_seq", 0), 20);
	CHECK(ask(fd, 0, "") && hears(fd, "log_gone"));
	/* Going on where it begins, and without a place: whatever there is. */
	CHECK(ask(fd, 19, "") && next_batch(fd, &seen));
	CHECK(ws_say(fd, "{\"id\":4,\"do\":\"events.stop\"}") && hears(fd, "\"re\":4"));
	seen = 19;
	CHECK(ws_say(fd, "{\"id\":6,\"do\":\"events\"}") && hears(fd, "\"re\":6") && next_batch(fd, &seen));
	CHECK_INT(seen, last);
	close(fd);
}

BENCH_TEST(a_stop_says_goodbye_to_readers)
{
	int fd = open_as(super);

	CHECK(fd >= 0 && ask(fd, 0, ""));
	api_stop(bench.api, 3000);
	int code = ws_close_code(fd);
	CHECK(code == 1001);
	close(fd);
}

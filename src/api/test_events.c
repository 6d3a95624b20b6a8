/* The event log over HTTP, with the real server and store: order, resuming, waiting, rights, and that a
 * reader misses nothing and gets nothing twice over kill -9. */
#include "api/test_support.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "harness/test.h"
#include "store/store.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS 200

static struct bench bench;
static struct answer answer;
static char super[320], agent[320];

#define BENCH_TEST(ident)                                                                                    \
	static void run_##ident(void);                                                                       \
	TEST(ident)                                                                                          \
	{                                                                                                    \
		CHECK(bench_start(&bench, 600, NULL, false));                                                \
		CHECK(sign_in(&bench, "super", super, sizeof(super)));                                       \
		run_##ident();                                                                               \
		answer_free(&answer);                                                                        \
		bench_stop(&bench);                                                                          \
	}                                                                                                    \
	static void run_##ident(void)

static int ask(const char *who, const char *path)
{
	answer_free(&answer);
	return http_ask(&bench, "GET", path, who, NULL, &answer) ? answer.status : -1;
}

static uint64_t header_number(const char *name)
{
	char value[32] = "";

	return answer.head && answer_header(&answer, name, value, sizeof(value)) ? strtoull(value, NULL, 10)
										 : 0;
}

static uint64_t next_seq(void)
{
	return header_number("Markaz-Next-After-Seq");
}

/* Appends without waiting for the disk. */
static uint64_t append(enum event_type type, int64_t number)
{
	struct event e = {.at_ms = clock_wall_ms(),
		.type = type,
		.tenant = 1,
		.interaction = 77,
		.number = number,
		.reason = "test"};
	uint64_t seq = 0;

	if (store_append(bench.store, &e, &seq) < 0)
		printf("# the store took nothing\n");
	return seq; /* 0 fails the checks that follow */
}

static void make_durable(uint64_t seq)
{
	for (int i = 0; i < 5000 && store_durable_seq(bench.store) < seq; i++)
		usleep(1000);
	CHECK(store_durable_seq(bench.store) >= seq);
}

static uint64_t seq_of(size_t i)
{
	return strtoull(jsonx_text(json_array_get(answer.json, i), "id", "0"), NULL, 10);
}

BENCH_TEST(events_come_in_order_and_resume_without_a_gap)
{
	char path[128], value[512];
	uint64_t last = 0, expected = 1;

	for (int i = 0; i < 250; i++)
		last = append(EVENT_SEGMENT_ANSWERED, i);
	make_durable(last);
	CHECK_INT(ask(super, "/api/v1/events?limit=100"), 200);
	CHECK(answer_header(&answer, "Content-Type", value, sizeof(value)));
	CHECK_STR(value, "application/cloudevents-batch+json");
	CHECK(answer_header(&answer, "Link", value, sizeof(value)));
	CHECK_STR(value, "</api/v1/events?after_seq=100&limit=100&wait_s=0>; rel=\"next\"");
	CHECK_STR(jsonx_text(json_array_get(answer.json, 0), "specversion", ""), "1.0");
	/* One small page after the other, to the end and once beyond it. */
	for (uint64_t after = 0; after < last;) {
		snprintf(path, sizeof(path), "/api/v1/events?after_seq=%llu&limit=7",
			(unsigned long long)after);
		CHECK_INT(ask(super, path), 200);
		for (size_t i = 0; i < json_array_size(answer.json); i++)
			CHECK_INT(seq_of(i), expected++);
		CHECK_INT(next_seq(), expected - 1);
		if (next_seq() <= after)
			break;
		after = next_seq();
	}
	CHECK_INT(expected, last + 1);
	snprintf(path, sizeof(path), "/api/v1/events?after_seq=%llu", (unsigned long long)last + 1000);
	CHECK_INT(ask(super, path), 200);
	CHECK_INT(json_array_size(answer.json), 0);
	CHECK_INT(next_seq(), last + 1000);
}

BENCH_TEST(types_are_chosen_and_what_was_not_is_passed_over)
{
	char path[160], value[512];
	uint64_t first = append(EVENT_SEGMENT_QUEUED, 1), hit = append(EVENT_SEGMENT_ANSWERED, 2),
		 last = append(EVENT_SEGMENT_ENDED, 3);

	make_durable(last);
	snprintf(path, sizeof(path), "/api/v1/events?after_seq=%llu&types=segment.answered,note.written",
		(unsigned long long)first - 1);
	CHECK_INT(ask(super, path), 200);
	CHECK_INT(json_array_size(answer.json), 1);
	CHECK_INT(seq_of(0), hit);
	CHECK_STR(jsonx_text(json_array_get(answer.json, 0), "subject", ""), "000000000002d");
	CHECK_INT(next_seq(), last);
	CHECK(answer_header(&answer, "Link", value, sizeof(value)));
	CHECK(strstr(value, "&types=segment.answered,note.written>"));
}

BENCH_TEST(wrong_questions_are_answered_with_what_to_do)
{
	static const char *const wrong[] = {"types=segment.forgotten", "types=segment.answered,", "limit=0",
		"limit=1001", "wait_s=61", "wait_s=-1", "after_seq=-1", "after_seq=x",
		"after_seq=99999999999999999999"};
	char path[128];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(path, sizeof(path), "/api/v1/events?%s", wrong[i]);
		CHECK_INT(ask(super, path), 422);
		CHECK_STR(jsonx_text(answer.json, "code", ""), "invalid");
	}
	CHECK(sign_in(&bench, "agent", agent, sizeof(agent)));
	CHECK_INT(ask(agent, "/api/v1/events"), 403);
	CHECK_INT(ask(agent, "/api/v1/events?wait_s=60"), 403);
	CHECK_INT(ask(NULL, "/api/v1/events"), 401);
	CHECK_INT(ask("Authorization: Bearer nonsense\r\n", "/api/v1/events"), 401);
}

static int start_reader(const char *arguments)
{
	struct text t = {0};
	int fd = tcp_open(&bench);

	text_printf(&t, "GET /api/v1/events?%s HTTP/1.1\r\nHost: markaz.test\r\n%s\r\n", arguments, super);
	if (fd < 0 || !tcp_send(fd, t.data, t.len))
		printf("# a reader could not ask\n");
	text_free(&t);
	return fd;
}

/* Milliseconds until fd has an answer; -1: none within max_ms. */
static int64_t answered_after(int fd, int max_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t began = clock_mono_ms();

	return poll(&p, 1, max_ms) == 1 ? clock_mono_ms() - began : -1;
}

static int read_answer(int fd)
{
	answer_free(&answer);
	return http_read(fd, false, &answer) ? answer.status : -1;
}

static uint64_t present_end(void)
{
	return store_durable_seq(bench.store);
}

BENCH_TEST(a_waiting_reader_is_answered_with_the_commit)
{
	char arguments[128];

	snprintf(arguments, sizeof(arguments), "after_seq=%llu&wait_s=30", (unsigned long long)present_end());
	int64_t best = 5000; /* the best of five: a busy machine may delay some of them */
	int fd = start_reader(arguments);
	for (int i = 0; i < 5; i++) { /* on one connection, each going on where the last ended */
		CHECK_INT(answered_after(fd, 300), -1);
		uint64_t seq = append(EVENT_SEGMENT_ANSWERED, i);
		make_durable(seq);
		int64_t took = answered_after(fd, 5000);
		CHECK(took >= 0);
		best = took < best ? took : best;
		CHECK_INT(read_answer(fd), 200);
		CHECK_INT(json_array_size(answer.json), 1);
		CHECK_INT(seq_of(0), seq);
		CHECK_INT(next_seq(), seq);
		struct text t = {0};
		text_printf(&t, "GET /api/v1/events?after_seq=%llu&wait_s=30 HTTP/1.1\r\nHost: x\r\n%s\r\n",
			(unsigned long long)seq, super);
		CHECK(tcp_send(fd, t.data, t.len));
		text_free(&t);
	}
	printf("# answered %lld ms after the commit\n", (long long)best);
	CHECK(best <= 200);
	close(fd);
}

BENCH_TEST(a_choosy_reader_is_woken_for_its_types_only)
{
	char arguments[128];

	snprintf(arguments, sizeof(arguments), "after_seq=%llu&wait_s=30&types=note.written",
		(unsigned long long)present_end());
	int fd = start_reader(arguments);
	for (int i = 0; i < 20; i++) {
		append(EVENT_SEGMENT_QUEUED, i);
		usleep(20000);
	}
	CHECK_INT(answered_after(fd, 100), -1);
	uint64_t seq = append(EVENT_NOTE_WRITTEN, 1);
	make_durable(seq);
	int64_t took = answered_after(fd, 5000);
	CHECK(took >= 0);
	CHECK_INT(read_answer(fd), 200);
	CHECK_INT(json_array_size(answer.json), 1);
	CHECK_INT(seq_of(0), seq);
	close(fd);
}

BENCH_TEST(a_wait_for_nothing_ends_empty)
{
	char path[128];
	int64_t began = clock_mono_ms();

	snprintf(path, sizeof(path), "/api/v1/events?after_seq=%llu&wait_s=1",
		(unsigned long long)present_end() + 5);
	CHECK_INT(ask(super, path), 200);
	CHECK(clock_mono_ms() - began >= 990);
	CHECK_INT(json_array_size(answer.json), 0);
	CHECK_INT(next_seq(), present_end() + 5);
}

/* Waits until the server says that n readers wait. */
static bool are_waiting(int n)
{
	char line[64];

	snprintf(line, sizeof(line), "\nmarkaz_event_readers_waiting %d\n", n);
	for (int i = 0; i < 500; i++) {
		if (ask(NULL, "/metrics") == 200 && strstr(answer.body, line))
			return true;
		usleep(20000);
	}
	printf("# %s", answer.body ? strstr(answer.body, "markaz_event_readers_waiting") : "no answer\n");
	return false;
}

BENCH_TEST(two_hundred_wait_and_nobody_else_does)
{
	char arguments[128];
	int fds[READERS];
	int64_t began;

	snprintf(arguments, sizeof(arguments), "after_seq=%llu&wait_s=60", (unsigned long long)present_end());
	for (int i = 0; i < READERS; i++)
		fds[i] = start_reader(arguments);
	CHECK(are_waiting(READERS));
	began = clock_mono_ms();
	CHECK_INT(ask(super, "/api/v1/skills"), 200);
	CHECK(clock_mono_ms() - began < 20000); /* not behind a minute of waiting */
	uint64_t seq = append(EVENT_SEGMENT_ANSWERED, 1);
	make_durable(seq);
	began = clock_mono_ms();
	for (int i = 0; i < READERS; i++) {
		CHECK_INT(read_answer(fds[i]), 200);
		CHECK_INT(json_array_size(answer.json), 1);
		CHECK_INT(seq_of(0), seq);
		close(fds[i]);
	}
	printf("# %d readers answered within %lld ms\n", READERS, (long long)(clock_mono_ms() - began));
}

BENCH_TEST(too_many_readers_are_told_and_those_that_left_do_not_count)
{
	char arguments[128];
	static int fds[300];
	int refused = 0;

	snprintf(arguments, sizeof(arguments), "after_seq=%llu&wait_s=60", (unsigned long long)present_end());
	for (int i = 0; i < 300; i++)
		fds[i] = start_reader(arguments);
	CHECK(are_waiting(256));
	for (int i = 0; i < 300; i++) /* the other requests may still be on their way */
		refused += answered_after(fds[i], i < 256 ? 0 : 5000) >= 0;
	CHECK_INT(refused, 300 - 256);
	CHECK_INT(read_answer(fds[299]), 503);
	for (int i = 0; i < 300; i++)
		close(fds[i]);
	CHECK(are_waiting(0)); /* the server looks every two seconds whether they are still there */
	int fd = start_reader(arguments);
	CHECK(are_waiting(1));
	close(fd);
}

BENCH_TEST(stopping_answers_those_that_wait)
{
	char arguments[128];
	int fds[20];

	snprintf(arguments, sizeof(arguments), "after_seq=%llu&wait_s=60", (unsigned long long)present_end());
	for (int i = 0; i < 20; i++)
		fds[i] = start_reader(arguments);
	CHECK(are_waiting(20));
	int64_t began = clock_mono_ms();
	api_stop(bench.api, 40000);
	CHECK(clock_mono_ms() - began < 20000);
	for (int i = 0; i < 20; i++) {
		CHECK_INT(read_answer(fds[i]), 200);
		CHECK_INT(json_array_size(answer.json), 0);
		CHECK_INT(next_seq(), present_end());
		close(fds[i]);
	}
}

BENCH_TEST(a_reader_whose_session_ends_gets_no_more)
{
	char arguments[128];

	snprintf(arguments, sizeof(arguments), "after_seq=%llu&wait_s=30", (unsigned long long)present_end());
	int fd = start_reader(arguments);
	CHECK(are_waiting(1));
	answer_free(&answer);
	CHECK(http_ask(&bench, "DELETE", "/api/v1/session", super, NULL, &answer));
	CHECK_INT(answer.status, 204);
	append(EVENT_SEGMENT_ANSWERED, 1);
	CHECK_INT(read_answer(fd), 401);
	close(fd);
}

/* What a later retention will do: the oldest part of the log is not there any more. */
static bool forget_before(uint64_t seq)
{
	char command[256], text[32];
	int status = -1;

	snprintf(command, sizeof(command),
		"import sqlite3, sys; c = sqlite3.connect('%s/markaz.db'); "
		"c.execute('DELETE FROM event WHERE seq < ?', (int(sys.argv[1]),)); c.commit()",
		bench.folder);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)seq);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		execlp("python3", "python3", "-c", command, text, NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

BENCH_TEST(what_is_not_kept_any_more_is_said_with_the_first_that_is)
{
	uint64_t last = 0;

	for (int i = 0; i < 40; i++)
		last = append(EVENT_SEGMENT_ANSWERED, i);
	make_durable(last);
	bench_close(&bench);
	CHECK(forget_before(20));
	CHECK(bench_reopen(&bench, 0));
	CHECK_INT(ask(super, "/api/v1/events?after_seq=0"), 410);
	CHECK_STR(jsonx_text(answer.json, "code", ""), "log_gone");
	CHECK_INT(header_number("Markaz-First-Seq"), 20);
	CHECK_INT(ask(super, "/api/v1/events?after_seq=18&wait_s=60"), 410);
	CHECK_INT(ask(super, "/api/v1/events?after_seq=19"), 200);
	CHECK_INT(seq_of(0), 20);
	CHECK_INT(ask(super, "/api/v1/events"), 200); /* without: whatever there is */
	CHECK_INT(seq_of(0), 20);
	CHECK_INT(next_seq(), last);
}

/* --- kill -9: server and store are a process of their own, killed in the middle of writing
 * ---------------------------------------------------------------------------------------------------- */
#define LIVES 3
#define ACKNOWLEDGED_MAX 20000

struct ack { /* from the child: an event it was told is durable */
	uint64_t seq;
	int64_t number;
};
static int64_t acknowledged[ACKNOWLEDGED_MAX]; /* by seq: number + 1; 0: not acknowledged */

/* The child: serves, appends events in small bursts and reports what is durable, until it is killed. */
static void live(int life, int out)
{
	struct ack acks[16];
	uint64_t port;

	if (!(life == 0 ? bench_start(&bench, 0, NULL, false) : bench_reopen(&bench, 0)))
		_exit(1);
	port = bench.port;
	if (write(out, &port, sizeof(port)) != sizeof(port) ||
		write(out, bench.folder, sizeof(bench.folder)) != sizeof(bench.folder))
		_exit(1);
	for (int64_t number = (int64_t)life * 1000000;; number += 16) {
		for (int i = 0; i < 16; i++) {
			acks[i].number = number + i;
			acks[i].seq = append(EVENT_SEGMENT_ANSWERED, number + i);
		}
		while (store_durable_seq(bench.store) < acks[15].seq)
			usleep(200);
		if (write(out, acks, sizeof(acks)) != sizeof(acks))
			_exit(1);
	}
}

/* Notes what the child said so far; false: it is gone. */
static bool note_acks(int from)
{
	struct pollfd p = {.fd = from, .events = POLLIN};
	struct ack a;

	while (poll(&p, 1, 0) == 1) {
		if (read(from, &a, sizeof(a)) != sizeof(a))
			return false;
		if (a.seq < ACKNOWLEDGED_MAX)
			acknowledged[a.seq] = a.number + 1;
	}
	return true;
}

/* Reads on from *after, each answer on a connection of its own; false: no answer, or not what must follow. */
static bool read_on(uint64_t *after)
{
	char path[96];

	snprintf(path, sizeof(path), "/api/v1/events?after_seq=%llu&limit=50&wait_s=2",
		(unsigned long long)*after);
	if (ask(super, path) != 200)
		return false;
	for (size_t i = 0; i < json_array_size(answer.json); i++) {
		const json_t *data = json_object_get(json_array_get(answer.json, i), "data");
		uint64_t seq = seq_of(i);
		if (seq != *after + 1) {
			printf("# after %llu came %llu\n", (unsigned long long)*after,
				(unsigned long long)seq);
			return false;
		}
		*after = seq;
		if (seq < ACKNOWLEDGED_MAX && acknowledged[seq] &&
			jsonx_int(data, "number", 0) != acknowledged[seq] - 1) {
			printf("# %llu is not what was acknowledged\n", (unsigned long long)seq);
			return false;
		}
	}
	return next_seq() == *after;
}

TEST(a_reader_misses_nothing_and_sees_nothing_twice_over_kill_9)
{
	uint64_t after = 0;

	memset(acknowledged, 0, sizeof(acknowledged));
	memset(&bench, 0, sizeof(bench));
	for (int life = 0; life < LIVES; life++) {
		int pipes[2];
		uint64_t port = 0, began = after;
		CHECK(pipe(pipes) == 0);
		fflush(stdout);
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0)
			live(life, pipes[1]);
		close(pipes[1]);
		bool is_good = read(pipes[0], &port, sizeof(port)) == sizeof(port) &&
			       read(pipes[0], bench.folder, sizeof(bench.folder)) == sizeof(bench.folder);
		bench.port = (uint16_t)port;
		is_good = is_good && (life > 0 || sign_in(&bench, "super", super, sizeof(super)));
		while (is_good && after < began + 300)
			is_good = note_acks(pipes[0]) && read_on(&after);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		note_acks(pipes[0]);
		close(pipes[0]);
		CHECK(is_good);
	}
	/* Once more, without writing: to the end. */
	CHECK(bench_reopen(&bench, 0));
	uint64_t end = store_durable_seq(bench.store);
	while (after < end)
		CHECK(read_on(&after));
	for (uint64_t seq = end + 1; seq < ACKNOWLEDGED_MAX; seq++)
		CHECK(!acknowledged[seq]);
	printf("# %llu events over %d lives\n", (unsigned long long)end, LIVES);
	answer_free(&answer);
	bench_stop(&bench);
}

/* The routing log's table: order, whole rows, kill -9, what is removed and what never is. */
#include "base/alloc.h"
#include "base/clock.h"
#include "store/store_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)
#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return

struct seen {
	uint64_t first_id, rows, records, runs, starts, next; /* next: expected counter */
	uint64_t last_run;
	bool is_whole;
	size_t bytes, row_max;
	int limit;
};

/* Parts of these tests are 64-bit counters, one a record. */
static bool look(const struct store_log_row *row, void *arg)
{
	struct seen *s = arg;

	s->first_id = s->first_id ? s->first_id : row->id;
	s->rows++;
	s->records += row->records;
	s->starts += row->is_start;
	s->runs += row->run != s->last_run;
	s->last_run = row->run;
	s->bytes += row->n;
	s->row_max = row->n > s->row_max ? row->n : s->row_max;
	if (row->n != row->records * sizeof(uint64_t))
		s->is_whole = false;
	for (size_t i = 0; i + 8 <= row->n; i += 8) {
		uint64_t v;
		memcpy(&v, row->data + i, 8);
		if (row->is_start && i == 0)
			s->next = v;
		if (v != s->next++)
			s->is_whole = false;
	}
	return s->limit == 0 || --s->limit > 0;
}

static struct seen read_log(struct fixture *f, uint64_t from)
{
	struct seen s = {.is_whole = true};

	if (store_route_log(f->reader, from, look, &s) < 0)
		s.is_whole = false;
	return s;
}

static int append(struct fixture *f, uint64_t run, int64_t at_ms, bool is_start, uint64_t first, uint32_t n)
{
	uint64_t counters[512];

	for (uint32_t i = 0; i < n; i++)
		counters[i] = first + i;
	return store_route_log_append(f->store, run, at_ms, is_start, n, counters, n * sizeof(uint64_t));
}

TEST(parts_become_whole_rows_in_order)
{
	WITH_STORE(f);
	uint64_t v = 0, id = 0;
	int64_t base = clock_wall_ms() - 10000; /* too young to be removed */

	CHECK_INT(store_route_log_start(f.reader, 5, &id), STORE_NOT_FOUND);
	CHECK_INT(append(&f, 1, base + 1000, true, v, 4), 0);
	v += 4;
	for (int i = 0; i < 1000; i++, v += 50)
		CHECK_INT(append(&f, 1, base + 1001 + i, false, v, 50), 0);
	for (uint64_t run = 2; run < 5; run++)
		CHECK_INT(append(&f, run, base + 5000, true, 100 * run, 10), 0);
	fixture_shut(&f);
	CHECK(fixture_reopen(&f));
	struct seen s = read_log(&f, 0);
	CHECK(s.is_whole);
	CHECK_INT(s.records, 4 + 50000 + 30);
	CHECK_INT(s.runs, 4);
	CHECK_INT(s.starts, 4);
	CHECK(s.rows < 1000 && s.row_max <= STORE_LOG_ROW_BYTES);
	CHECK_INT(store_route_log_start(f.reader, base + 6000, &id), 0);
	s = read_log(&f, id);
	CHECK_INT(s.last_run, 4);
	CHECK_INT(s.rows, 1);
	CHECK_INT(store_route_log_start(f.reader, base + 4999, &id), 0);
	CHECK_INT(id, 1);
	CHECK_INT(store_route_log_start(f.reader, 1, &id), 0); /* before everything: the first */
	CHECK_INT(id, 1);
	s = (struct seen){.is_whole = true, .limit = 1};
	CHECK_INT(store_route_log(f.reader, 0, look, &s), 0);
	CHECK_INT(s.rows, 1);
}

static int64_t day(int ago)
{
	return (clock_wall_ms() / DAY_MS - ago) * DAY_MS + 1000;
}

TEST(old_days_go_but_not_what_a_kept_day_needs)
{
	WITH_STORE(f);

	CHECK_INT(append(&f, 1, day(60), true, 0, 10), 0); /* not needed */
	CHECK_INT(append(&f, 1, day(59), false, 10, 10), 0);
	CHECK_INT(append(&f, 2, day(50), true, 0, 10), 0); /* still running on a kept day */
	CHECK_INT(append(&f, 2, day(3), false, 10, 10), 0);
	CHECK_INT(append(&f, 3, day(1), true, 0, 10), 0);
	fixture_shut(&f);
	CHECK(fixture_reopen(&f));
	CHECK_INT(append(&f, 3, day(0), false, 10, 10), 0);
	fixture_shut(&f); /* what is removed is removed after a commit */
	CHECK(fixture_reopen(&f));
	struct seen s = read_log(&f, 0);
	CHECK(s.is_whole);
	CHECK_INT(s.runs, 2);
	CHECK_INT(s.starts, 2);
	CHECK_INT(s.records, 40);
	store_route_log_keep(f.store, 0);
	CHECK_INT(append(&f, 3, day(0), false, 20, 10), 0);
	fixture_shut(&f);
	CHECK(fixture_reopen(&f));
	s = read_log(&f, 0);
	CHECK_INT(s.runs, 1);
	CHECK_INT(s.records, 30);
}

TEST(too_much_is_refused)
{
	WITH_STORE(f);
	char *large = alloc_zero(STORE_LOG_BACKLOG_MAX + 1);

	CHECK(large);
	int err = store_route_log_append(f.store, 1, 1, true, 1, large, STORE_LOG_BACKLOG_MAX + 1);
	alloc_free(large);
	CHECK_INT(err, -E2BIG);
	alloc_fail_at(0);
	err = append(&f, 1, 1, true, 0, 1);
	alloc_fail_at(-1);
	CHECK_INT(err, -ENOMEM);
}

/* The child writes until it is killed; each part follows an event. */
static void run_child(const char *directory, uint64_t run, int fd)
{
	struct fixture f = {0};

	if (store_open(&f.store, directory, NULL, NULL) < 0)
		_exit(1);
	for (uint64_t v = 0;; v += 37) {
		struct event e = {.type = EVENT_SYSTEM_STARTED, .at_ms = clock_wall_ms()};
		uint64_t seq;
		while (store_append(f.store, &e, &seq) < 0)
			usleep(100);
		while (append(&f, run, clock_wall_ms(), v == 0, v, 37) < 0)
			usleep(100);
		while (seq > store_durable_seq(f.store) + 50)
			usleep(100);
		if (write(fd, &seq, sizeof(seq)) != (ssize_t)sizeof(seq))
			_exit(2);
	}
}

TEST(kill_9_leaves_whole_rows_only)
{
	WITH_STORE(f);
	char buffer[8];

	fixture_shut(&f);
	for (uint64_t run = 1; run <= 8; run++) {
		int pipes[2], status;
		CHECK(pipe(pipes) == 0);
		pid_t child = fork();
		if (child == 0)
			run_child(f.directory, run, pipes[1]);
		close(pipes[1]);
		for (uint64_t i = 0; i < 100 + run * 13; i++)
			CHECK(read(pipes[0], buffer, sizeof(buffer)) == (ssize_t)sizeof(buffer));
		kill(child, SIGKILL);
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
		close(pipes[0]);
		CHECK(fixture_reopen(&f));
		struct seen s = read_log(&f, 0);
		CHECK(s.is_whole);
		CHECK_INT(s.runs, run);
		CHECK_INT(s.starts, run);
		CHECK(s.records >= 37 * 50);
		fixture_shut(&f);
	}
}

/* The write-ahead log: bounded under load, moved without the writer, whole after kill -9 in the middle of it.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "store/store_fixture.h"
#include "store/write/writer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK 60000
#define BLOCKS_OF_A_LOG (CHECKPOINT_LOG_PAGES * 4096 / BLOCK)
#define AHEAD_MAX 200 /* events not yet durable while loading */
#define KILL_ROUNDS 6
#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return

static int64_t wal_bytes(const struct fixture *f)
{
	char path[300];
	struct stat st;

	str_printf(path, sizeof(path), "%s/markaz.db-wal", f->directory);
	return stat(path, &st) < 0 ? 0 : st.st_size;
}

/* n blocks for the database, each with an event. The last event's number, 0 when refused. */
static uint64_t load(struct store *s, int n)
{
	static unsigned char block[BLOCK];
	struct event e = {.type = EVENT_SYSTEM_STARTED};
	uint64_t seq = 0;

	for (int i = 0; i < n; i++) {
		e.at_ms = clock_wall_ms();
		int err = store_append(s, &e, &seq);
		if (err == 0)
			err = store_route_log_append(s, 1, e.at_ms, i == 0, 1, block, sizeof(block));
		if (err < 0)
			return 0;
		while (seq > store_durable_seq(s) + AHEAD_MAX)
			usleep(200);
	}
	return seq;
}

static bool wait_for_moves(struct fixture *f, uint64_t enough)
{
	struct checkpoint_figures figures = {0};

	for (int i = 0; i < 20000 && figures.moves < enough; i++) {
		checkpointer_figures(f->store->checkpointer, &figures);
		usleep(1000);
	}
	return figures.moves >= enough && figures.error == 0;
}

static int64_t whole_and_gap_free(struct fixture *f)
{
	int64_t rest = -1;
	struct db_statement *st;

	if (db_prepare(&f->reader->db, "PRAGMA integrity_check(1)", &st) < 0 ||
		db_step(&f->reader->db, st) != 1 || !str_equal(db_text(st, 0), "ok"))
		return -1;
	db_reset(st);
	db_read_int(&f->reader->db, &rest, "SELECT max(seq) - count(*) FROM event", 0);
	return rest;
}

TEST(little_is_moved_after_a_while)
{
	WITH_STORE(f);

	CHECK(fixture_wait(&f, load(f.store, 1)));
	CHECK(wait_for_moves(&f, 1));
}

TEST(the_log_stays_bounded_under_load)
{
	WITH_STORE(f);
	int64_t longest = 0;
	uint64_t seq = 0;

	for (int i = 0; i < 40; i++) {
		seq = load(f.store, BLOCKS_OF_A_LOG / 8);
		CHECK(seq > 0);
		if (wal_bytes(&f) > longest)
			longest = wal_bytes(&f);
	}
	CHECK(fixture_wait(&f, seq));
	CHECK(longest > 0);
	CHECK(longest <= CHECKPOINT_LOG_PAGES_MAX * INT64_C(4150) + 16 * BLOCK * INT64_C(200));
	CHECK(wait_for_moves(&f, 3));
	CHECK_INT(whole_and_gap_free(&f), 0);
}

/* A reader that keeps an old picture (a long report, a backup) keeps the log; it holds up nobody. */
TEST(a_slow_reader_keeps_the_log_but_not_the_writer)
{
	WITH_STORE(f);
	struct checkpoint_figures figures;
	int64_t n = -1;

	CHECK(fixture_wait(&f, load(f.store, 10)));
	CHECK_INT(db_exec(&f.reader->db, "BEGIN; SELECT count(*) FROM event"), 0);
	CHECK(fixture_wait(&f, load(f.store, BLOCKS_OF_A_LOG * 5 / 4)));
	CHECK(wal_bytes(&f) > CHECKPOINT_LOG_PAGES * INT64_C(4096));
	CHECK_INT(db_read_int(&f.reader->db, &n, "SELECT count(*) FROM event", 0), 1);
	CHECK_INT(n, 10);
	CHECK_INT(db_exec(&f.reader->db, "COMMIT"), 0);
	checkpointer_figures(f.store->checkpointer, &figures);
	CHECK_INT(figures.error, 0);
	/* Now it is begun anew: what is written next does not lengthen the file. */
	CHECK(fixture_wait(&f, load(f.store, 1)));
	CHECK(wait_for_moves(&f, figures.moves + 1));
	for (int i = 0; i < 20 && wal_bytes(&f) > CHECKPOINT_KEPT_BYTES; i++)
		CHECK(fixture_wait(&f, load(f.store, BLOCKS_OF_A_LOG / 8)));
	CHECK(wal_bytes(&f) <= CHECKPOINT_KEPT_BYTES + BLOCKS_OF_A_LOG / 8 * INT64_C(2) * BLOCK);
	CHECK_INT(whole_and_gap_free(&f), 0);
}

static void announce(uint64_t seq, void *arg)
{
	if (write(*(int *)arg, &seq, sizeof(seq)) != (ssize_t)sizeof(seq))
		_exit(3);
}

static void run_child(const char *directory, int fd)
{
	struct store *s;

	if (store_open(&s, directory, announce, &fd) < 0)
		_exit(1);
	for (;;)
		if (load(s, 100) == 0)
			_exit(2);
}

/* At a moment of its own each round, most of them while pages are moved. */
TEST(kill_9_in_the_middle_of_moving_loses_nothing)
{
	WITH_STORE(f);

	fixture_shut(&f);
	unsigned short chance[3] = {(unsigned short)getpid(), 1, 2};
	for (int round = 0; round < KILL_ROUNDS; round++) {
		int ends[2];
		uint64_t announced = 0, v;
		CHECK_INT(pipe(ends), 0);
		pid_t child = fork();
		if (child == 0)
			run_child(f.directory, ends[1]);
		close(ends[1]);
		CHECK(read(ends[0], &announced, sizeof(announced)) == (ssize_t)sizeof(announced));
		int64_t end = clock_mono_ms() + 50 + (int64_t)(nrand48(chance) % 400);
		while (clock_mono_ms() < end && read(ends[0], &v, sizeof(v)) == (ssize_t)sizeof(v))
			announced = v;
		kill(child, SIGKILL);
		while (read(ends[0], &v, sizeof(v)) == (ssize_t)sizeof(v))
			announced = v;
		close(ends[0]);
		int status;
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
		CHECK(fixture_reopen(&f));
		CHECK(store_durable_seq(f.store) >= announced);
		CHECK_INT(whole_and_gap_free(&f), 0);
		fixture_shut(&f);
	}
}

TEST(without_memory_it_does_not_start)
{
	WITH_STORE(f);
	struct checkpointer *c = NULL;
	char path[300];
	struct db db;

	fixture_shut(&f);
	str_printf(path, sizeof(path), "%s/markaz.db", f.directory);
	CHECK_INT(db_open(&db, path, DB_WRITE), 0);
	for (int n = 0; n < 2; n++) {
		alloc_fail_at(n);
		int err = checkpointer_start(&c, path, &db);
		alloc_fail_at(-1);
		CHECK_INT(err, -ENOMEM);
		CHECK(c == NULL);
	}
	CHECK_INT(checkpointer_start(&c, path, &db), 0);
	checkpointer_stop(c);
	db_close(&db);
}

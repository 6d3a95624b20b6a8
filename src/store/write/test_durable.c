/* What must hold when things break: kill -9, a full disk, damaged files, two servers, old schemas. */
#include "store/store_fixture.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "db/db.h"
#include "store/migrate.h"
#include "store/write/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_ROUNDS 20
#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return

/* --- kill -9
 * ----------------------------------------------------------------------------------------------------------
 */
static void announce(uint64_t seq, void *arg)
{
	if (write(*(int *)arg, &seq, sizeof(seq)) != (ssize_t)sizeof(seq))
		_exit(3);
}

struct churn {
	struct store *store;
	int rows_fd, round;
};

/* Makes teams for ever; each number written to the pipe is that of a team whose creation was confirmed. */
static void *make_rows(void *arg)
{
	const struct churn *c = arg;

	for (uint64_t n = 1;; n++) {
		char name[64];
		snprintf(name, sizeof(name), "round %d row %llu", c->round, (unsigned long long)n);
		_cleanup_json_ json_t *value = json_pack("{s:s}", "name", name), *row = NULL;
		if (store_create(c->store, resource_by_name("team"), value, NULL, &row, NULL) != 0 ||
			write(c->rows_fd, &n, sizeof(n)) != (ssize_t)sizeof(n))
			_exit(4);
	}
	return NULL;
}

/* The child: appends until it is killed. */
static void run_child(const char *directory, int round, int events_fd, int rows_fd)
{
	struct store *s;
	pthread_t thread;
	uint64_t seq;

	if (store_open(&s, directory, announce, &events_fd) < 0)
		_exit(1);
	struct churn c = {s, rows_fd, round};
	if (pthread_create(&thread, NULL, make_rows, &c) != 0)
		_exit(2);
	for (uint64_t n = 1;; n++) {
		struct event e = {.type = n % 2 ? EVENT_INTERACTION_STARTED : EVENT_INTERACTION_ENDED,
			.at_ms = clock_wall_ms(),
			.interaction = (uint64_t)round * 10000000 + (n + 1) / 2,
			.from = "+989120000000"};
		while (store_append(s, &e, &seq) < 0)
			usleep(100);
		while (seq > store_durable_seq(s) + 300)
			usleep(100);
	}
}

/* Reads what the child confirmed until `enough` confirmations came; then kills it and reads the rest. */
static uint64_t last_of(int fd, int enough)
{
	uint64_t last = 0, v;

	while (enough-- > 0 && read(fd, &v, sizeof(v)) == (ssize_t)sizeof(v))
		last = v;
	return last;
}

TEST(what_was_confirmed_survives_kill_9)
{
	WITH_STORE(f);
	uint64_t before = 0;

	fixture_shut(&f);
	for (int round = 1; round <= KILL_ROUNDS; round++) {
		int events[2], rows[2];
		CHECK(pipe(events) == 0 && pipe(rows) == 0);
		pid_t child = fork();
		if (child == 0)
			run_child(f.directory, round, events[1], rows[1]);
		close(events[1]);
		close(rows[1]);
		uint64_t announced = last_of(events[0], 3 + round * 2);
		kill(child, SIGKILL);
		uint64_t more = last_of(events[0], 1000000), row = last_of(rows[0], 1000000);
		announced = more ? more : announced;
		close(events[0]);
		close(rows[0]);
		int status;
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
			WTERMSIG(status) == SIGKILL);
		CHECK(fixture_reopen(&f));
		CHECK(announced > before && store_durable_seq(f.store) >= announced);
		CHECK_INT(fixture_int(&f, "SELECT max(seq) - count(*) FROM event"), 0);
		char sql[160];
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM team WHERE name LIKE 'round %d row %%'",
			round);
		CHECK(fixture_int(&f, sql) >= (int64_t)row);
		CHECK_INT(fixture_int(&f, "SELECT (SELECT count(*) FROM team) - (SELECT count(*) FROM event "
					  "WHERE type = 3)"),
			0);
		CHECK_INT(fixture_int(&f, "SELECT (SELECT count(*) FROM interaction) - (SELECT count(*) FROM "
					  "event WHERE type = 10)"),
			0);
		struct event e = {.type = EVENT_SYSTEM_STARTED, .at_ms = clock_wall_ms()};
		before = store_durable_seq(f.store);
		CHECK_INT(fixture_append(&f, &e), before + 1);
		fixture_shut(&f);
	}
}

/* --- a full disk
 * ------------------------------------------------------------------------------------------------------ */
static bool fill_disk(const char *directory)
{
	char path[300], block[4096] = {0};

	snprintf(path, sizeof(path), "%s/filler", directory);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (fd >= 0 && write(fd, block, sizeof(block)) > 0)
		;
	bool is_full = fd >= 0 && errno == ENOSPC;
	if (fd >= 0)
		close(fd);
	return is_full;
}

static void fill_until_it_refuses(struct fixture *f, uint64_t *ret_seq)
{
	struct store_health h = {.is_writing = true};

	for (int i = 0; i < 100000 && h.is_writing; i++) {
		struct event e = {.type = EVENT_SYSTEM_STARTED,
			.at_ms = clock_wall_ms(),
			.text = "some text that takes room on the disk"};
		*ret_seq = fixture_append(f, &e);
		if (i % 100 == 99)
			usleep(2000);
		store_health(f->store, &h);
	}
}

static bool checkpoints_become(struct fixture *f, int error)
{
	struct checkpoint_figures figures = {.error = 1};

	for (int i = 0; i < 20000 && figures.error != error; i++) {
		usleep(1000);
		checkpointer_figures(f->store->checkpointer, &figures);
	}
	return figures.error == error;
}

static void with_a_full_disk(struct fixture *f)
{
	struct store_health h;
	struct issues issues = {0};
	uint64_t seq = 0;
	char filler[300];

	CHECK(fixture_wait(f, fixture_append(f, &(struct event){.type = EVENT_SYSTEM_STARTED})));
	CHECK(fill_disk(f->directory));
	fill_until_it_refuses(f, &seq);
	store_health(f->store, &h);
	CHECK(!h.is_writing && h.error == -ENOSPC && h.backlog > 0);
	/* Who waits for an answer gets one, and it is no. */
	int64_t start = clock_mono_ms();
	CHECK(!fixture_create(f, "team", "{\"name\":\"never\"}", &issues));
	CHECK_INT(store_fact_set(f->store, "never", "x"), -ENOSPC);
	CHECK(clock_mono_ms() - start < 10000);
	CHECK(checkpoints_become(f, -ENOSPC));
	/* Events are still taken, and written in order once there is room. */
	struct event e = {.type = EVENT_SYSTEM_STOPPED, .at_ms = clock_wall_ms()};
	seq = fixture_append(f, &e);
	snprintf(filler, sizeof(filler), "%s/filler", f->directory);
	CHECK_INT(unlink(filler), 0);
	CHECK(fixture_wait(f, seq));
	store_health(f->store, &h);
	CHECK(h.is_writing && h.error == 0);
	CHECK(checkpoints_become(f, 0));
	CHECK_INT(fixture_int(f, "SELECT max(seq) - count(*) FROM event"), 0);
	CHECK_INT(fixture_int(f, "SELECT count(*) FROM team"), 0);
	CHECK_INT(fixture_int(f, "SELECT count(*) FROM fact WHERE key = 'never'"), 0);
	CHECK_INT(fixture_int(f, "SELECT count(*) FROM event WHERE type = 3 AND data NOT LIKE '%not_saved%'"),
		0);
	CHECK(fixture_create(f, "team", "{\"name\":\"never\"}", NULL));
}

/* Past the limit new events are refused and take no number. */
static void with_a_full_backlog(struct fixture *f)
{
	struct event e = {.type = EVENT_SYSTEM_STARTED, .at_ms = clock_wall_ms()};
	struct store_health h;
	uint64_t seq = 0, last = 0;
	int err = 0;

	CHECK(fill_disk(f->directory));
	fill_until_it_refuses(f, &last);
	for (int i = 0; i <= STORE_BACKLOG_MAX && err == 0; i++) {
		err = store_append(f->store, &e, &seq);
		CHECK(err < 0 || seq == last + 1);
		last = seq;
	}
	CHECK_INT(err, -ENOBUFS);
	store_health(f->store, &h);
	CHECK_INT(h.backlog, STORE_BACKLOG_MAX);
	CHECK_INT(last - store_durable_seq(f->store), STORE_BACKLOG_MAX);
	CHECK_INT(store_append(f->store, &e, &seq), -ENOBUFS);
}

static void on_small_disk(void (*test)(struct fixture *f))
{
	struct fixture f = {.directory = "/tmp/markaz-full-XXXXXX"};

	CHECK(mkdtemp(f.directory));
	if (mount("tmpfs", f.directory, "tmpfs", 0, "size=1536k") < 0) {
		printf("# skipped: a small disk needs the right to mount (%s)\n", strerror(errno));
		rmdir(f.directory);
		return;
	}
	if (fixture_reopen(&f))
		test(&f);
	fixture_shut(&f);
	if (umount(f.directory) < 0)
		test_fail(__FILE__, __LINE__, "umount: %s", strerror(errno));
	rmdir(f.directory);
}

TEST(a_full_disk_delays_and_refuses_but_loses_nothing)
{
	on_small_disk(with_a_full_disk);
}

TEST(a_full_backlog_refuses_and_takes_no_number)
{
	on_small_disk(with_a_full_backlog);
}

TEST(without_memory_an_event_is_refused_and_takes_no_number)
{
	WITH_STORE(f);
	struct event e = {.type = EVENT_SYSTEM_STARTED, .at_ms = clock_wall_ms(), .text = "x"};
	uint64_t seq = 77;

	for (int n = 0; n < 2; n++) {
		alloc_fail_at(n);
		int err = store_append(f.store, &e, &seq);
		alloc_fail_at(-1);
		CHECK_INT(err, -ENOMEM);
		CHECK_INT(seq, 77);
	}
	CHECK_INT(fixture_append(&f, &e), 1);
	CHECK(fixture_wait(&f, 1));
}

/* --- files
 * ------------------------------------------------------------------------------------------------------------
 */
TEST(two_servers_do_not_share_a_directory)
{
	WITH_STORE(f);
	struct store *second = NULL;

	CHECK_INT(store_open(&second, f.directory, NULL, NULL), -EBUSY);
	CHECK(second == NULL);
}

static int open_error(struct fixture *f)
{
	struct store *s = NULL;
	int err = store_open(&s, f->directory, NULL, NULL);

	store_close(s);
	return err;
}

static bool overwrite(const struct fixture *f, const char *name, long offset, size_t n)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", f->directory, name);
	FILE *file = fopen(path, offset ? "r+" : "w");
	if (!file || fseek(file, offset, SEEK_SET) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		fputc((int)(i * 7 + 1) & 0xff, file);
	return fclose(file) == 0;
}

TEST(damaged_foreign_and_newer_files_are_refused)
{
	WITH_STORE(f);
	struct db db;

	for (int i = 0; i < 200; i++) {
		struct event e = {.type = EVENT_SYSTEM_STARTED,
			.at_ms = clock_wall_ms(),
			.text = "filling some pages of the file"};
		fixture_append(&f, &e);
	}
	fixture_shut(&f);
	CHECK_INT(open_error(&f), 0);
	CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "INSERT INTO schema_migration VALUES (999, 1)"), 0);
	db_close(&db);
	CHECK_INT(open_error(&f), -EUCLEAN);
	CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "DELETE FROM schema_migration WHERE number = 999"), 0);
	db_close(&db);
	CHECK_INT(open_error(&f), 0);
	if (!fixture_is_postgres()) {
		CHECK(overwrite(&f, "markaz.db", 8192, 20000)); /* tables in the middle */
		CHECK_INT(open_error(&f), -EUCLEAN);
		CHECK(overwrite(&f, "markaz.db", 0, 5000)); /* no database at all */
		CHECK_INT(open_error(&f), -EUCLEAN);
	}
	CHECK(fixture_empty(&f));
	CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "CREATE TABLE other (a BIGINT)"), 0);
	db_close(&db);
	CHECK_INT(open_error(&f), -EUCLEAN);
	CHECK(fixture_empty(&f));
	CHECK_INT(open_error(&f), 0);
	CHECK(overwrite(&f, "secret.key", 0, 7));
	CHECK_INT(open_error(&f), -EUCLEAN);
}

TEST(the_key_is_for_the_owner_only)
{
	WITH_STORE(f);
	struct stat st;
	char path[300];

	snprintf(path, sizeof(path), "%s/secret.key", f.directory);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_INT(st.st_size, 32);
}

/* From every earlier schema, with data in it, to the present one. */
TEST(every_earlier_schema_comes_forward_with_its_data)
{
	for (int from = 1; migrations[from - 1].number; from++) {
		WITH_STORE(f);
		struct db db;
		if (fixture_is_postgres() && !migrations[from - 1].postgres)
			continue; /* older than its first */
		fixture_shut(&f);
		CHECK(fixture_empty(&f));
		CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
		CHECK_INT(migrate(&db, db.where, from), 0);
		CHECK_INT(
			db_exec(&db,
				"INSERT INTO team (id, created_ms, updated_ms, name) VALUES (5, 1, 1, 'old');"
				"INSERT INTO queue (id, created_ms, updated_ms, name, channel, strategy, "
				"service_level_s, ring_timeout_s) "
				"VALUES (6, 1, 1, 'old', 'voice', 'longest_idle', 33, 21);"
				"INSERT INTO customer (id, created_ms, updated_ms, name, numbers) VALUES (8, "
				"1, "
				"1, 'old', '[\"+982112345678\"]');"
				"INSERT INTO event VALUES (1, 1000, 1, 0, '{}');"
				"INSERT INTO interaction (id, started_ms, from_number) VALUES (7, 1000, "
				"'1')"),
			0);
		db_close(&db);
		CHECK(fixture_reopen(&f));
		_cleanup_json_ json_t *team = NULL, *contact = NULL, *queue = NULL, *customer = NULL;
		CHECK_INT(store_get(f.reader, resource_by_name("team"), 1, 5, false, &team), 0);
		CHECK_STR(jsonx_text(team, "name", NULL), "old");
		/* A queue of before is routed as before, and can be changed. */
		CHECK_INT(store_get(f.reader, resource_by_name("queue"), 1, 6, false, &queue), 0);
		CHECK_INT(jsonx_int(queue, "service_level_s", 0), 33);
		CHECK_INT(jsonx_int(queue, "misses_max", 0), 1);
		CHECK_INT(jsonx_int(queue, "share_pct", -1), 0);
		CHECK_STR(jsonx_text(queue, "order", ""), "waiting");
		CHECK_STR(jsonx_text(queue, "preferred", ""), "none");
		CHECK(json_is_false(json_object_get(queue, "is_left_without_agents")));
		CHECK_INT(json_array_size(json_object_get(queue, "rings")), 0);
		CHECK_INT(fixture_update(
				  &f, "queue", 6, "{\"order\":\"due\",\"rings\":[{\"after_s\":9}]}", NULL),
			0);
		CHECK_INT(store_get(f.reader, resource_by_name("customer"), 1, 8, false, &customer), 0);
		CHECK_INT(jsonx_int(customer, "value", -1), 0);
		CHECK_INT(json_array_size(json_object_get(customer, "excluded_agents")), 0);
		json_decref(customer);
		customer = NULL;
		if (from < 7 && !fixture_is_postgres()) /* since then it is the program that keeps them */
			CHECK_INT(store_customer_of_number(f.reader, 1, "02112345678", &customer), 0);
		CHECK(fixture_create(&f, "capacity_profile", "{\"name\":\"usual\"}", NULL));
		CHECK(fixture_create(
			&f, "business_rule", "{\"name\":\"all\",\"text\":\"priority(1)\"}", NULL));
		CHECK_INT(store_interaction(f.reader, 1, 7, &contact), 0);
		CHECK_INT(store_durable_seq(f.store), 4); /* with the three changes here */
		CHECK_INT(store_seq_at(f.reader, 500), 1);
	}
}

/* --- many at once
 * ----------------------------------------------------------------------------------------------------- */
#define WRITERS 4
#define ROWS_EACH 25
static void *create_rows(void *arg)
{
	struct fixture *f = arg;

	for (int i = 0; i < ROWS_EACH; i++) {
		char text[64];
		snprintf(text, sizeof(text), "{\"name\":\"%d %lx\"}", i, (unsigned long)pthread_self());
		if (!fixture_create(f, "team", text, NULL))
			break;
	}
	return NULL;
}

TEST(rows_and_events_share_one_sequence)
{
	WITH_STORE(f);
	pthread_t threads[WRITERS];
	uint64_t last = 0;

	for (int i = 0; i < WRITERS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, create_rows, &f), 0);
	for (int i = 0; i < 2000; i++) {
		struct event e = {.type = EVENT_SYSTEM_STARTED, .at_ms = clock_wall_ms()};
		uint64_t seq = fixture_append(&f, &e);
		CHECK(seq > last);
		last = seq;
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	CHECK(fixture_wait(&f, 2000 + WRITERS * ROWS_EACH));
	CHECK_INT(fixture_int(&f, "SELECT count(*) FROM team"), WRITERS * ROWS_EACH);
	CHECK_INT(fixture_int(&f, "SELECT max(seq) - count(*) FROM event"), 0);
	struct store_health h;
	store_health(f.store, &h);
	CHECK_INT(h.backlog, 0);
	CHECK_INT(h.events, 2000 + WRITERS * ROWS_EACH);
}

/* The store under pressure: disks that are full, read-only, slow or failing, servers that are away. Whatever
 * happens: what was told to be durable is there, once, in order; what was refused is not there at all.
 *
 * Files fail here as the test says: write, sync and truncate of this program are ours, and SQLite's too. */
#include "base/clock.h"
#include "base/str.h"
#include "store/write/alarms.h"
#include "store/write/pressure_fixture.h"
#include "store/write/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- a disk that refuses
 * ----------------------------------------------------------------------------------------------------------
 */

TEST(a_full_disk_sends_events_to_the_spool_and_back)
{
	WITH_PRESSURE(f, 1);
	struct store_health h;
	uint64_t first = fixture_append(&f, &EVENT_OF(1));

	CHECK(fixture_wait(&f, first));
	fail_files("markaz.db", ENOSPC, ENOSPC);
	uint64_t last = append_some(&f, 2, 3000);
	CHECK(last > first && fixture_wait(&f, last)); /* durable, though the database has none of it */
	CHECK_INT(store_visible_seq(f.store), first);
	store_health(f.store, &h);
	CHECK_INT(h.state, STORE_SPOOLING);
	CHECK(!h.is_writing && h.is_accepting && h.error == -ENOSPC && h.error_since_ms > 0);
	CHECK(h.spool_events == last - first && h.spool_bytes > 0 && h.backlog == 0);
	CHECK(!fixture_create(&f, "team", "{\"name\":\"never\"}", &(struct issues){0}));
	CHECK_INT(store_fact_set(f.store, "never", "x"), -ENOSPC);
	fail_files(NULL, 0, 0);
	CHECK(wait_visible(&f, last));
	CHECK(wait_state(&f, STORE_WRITING));
	CHECK(log_is_whole(&f, last));
	CHECK(!spool_holds(&f, "customer")); /* nothing of it stays */
	CHECK_INT(read_int(&f, "SELECT count(*) FROM fact WHERE key = 'never'"), 0);
	CHECK(fixture_create(&f, "team", "{\"name\":\"now\"}", NULL));
}

TEST(each_way_of_refusing_is_outlived)
{
	static const int errors[] = {EROFS, EIO, EDQUOT, EFBIG};
	WITH_PRESSURE(f, 1);
	uint64_t last = 0;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		for (int at_sync = 0; at_sync < 2; at_sync++) {
			fail_files("markaz.db", at_sync ? 0 : errors[i], errors[i]);
			last = append_some(&f, 1, 300);
			CHECK(fixture_wait(&f, last));
			CHECK(store_visible_seq(f.store) < last);
			CHECK(wait_refused(&f));
			fail_files(NULL, 0, 0);
			CHECK(wait_visible(&f, last));
			CHECK(wait_state(&f, STORE_WRITING));
		}
	}
	CHECK(log_is_whole(&f, last));
	CHECK_INT(read_int(&f, "SELECT count(*) FROM fact WHERE key = 'refused'"), 0);
}

TEST(new_contacts_are_refused_only_when_nothing_is_safe)
{
	WITH_PRESSURE(f, 1);
	struct store_health h;
	uint64_t last = append_some(&f, 1, 10);

	CHECK(fixture_wait(&f, last));
	CHECK(store_is_accepting(f.store));
	fail_files("markaz.db", ENOSPC, ENOSPC);
	for (int i = 0; i < 200 && store_is_accepting(f.store); i++) {
		last = append_some(&f, 1, 100);
		wait_settled(&f, last);
	}
	CHECK(!store_is_accepting(f.store));
	store_health(f.store, &h);
	CHECK_INT(h.state, STORE_STUCK);
	CHECK(h.spool_bytes > h.spool_bytes_max - 1000 && h.backlog > 0 && h.room_s == 0);
	uint64_t durable = store_durable_seq(f.store);
	last = append_some(&f, 1, 500); /* of contacts under way: taken, not acknowledged */
	usleep(50000);
	CHECK(last > 0 && store_durable_seq(f.store) == durable);
	fail_files(NULL, 0, 0);
	CHECK(wait_visible(&f, last));
	CHECK(wait_state(&f, STORE_WRITING));
	CHECK(store_is_accepting(f.store));
	CHECK(log_is_whole(&f, last));
}

TEST(a_spool_that_fails_too_acknowledges_nothing)
{
	WITH_PRESSURE(f, 1);
	struct store_health h;
	uint64_t first = append_some(&f, 1, 10);

	CHECK(fixture_wait(&f, first));
	fail_files("/", EIO, EIO);
	uint64_t last = append_some(&f, 1, 100);
	for (int i = 0; i < 5000 && store_is_accepting(f.store); i++)
		usleep(1000);
	store_health(f.store, &h);
	CHECK_INT(h.state, STORE_STUCK);
	CHECK_INT(h.spool_error, -EIO);
	CHECK_INT(store_durable_seq(f.store), first);
	/* The spool first, the database later. */
	fail_files("markaz.db", EIO, EIO);
	CHECK(fixture_wait(&f, last));
	CHECK_INT(store_visible_seq(f.store), first);
	CHECK(wait_state(&f, STORE_SPOOLING));
	fail_files(NULL, 0, 0);
	CHECK(wait_visible(&f, last));
	CHECK(log_is_whole(&f, last));
}

/* The transaction's frames are in the log and its sync fails: whether it happened is asked of the database,
 * and told truly. */
TEST(a_commit_of_unknown_outcome_is_told_truly)
{
	WITH_PRESSURE(f, 1);
	char name[64], value[100], sql[160];

	for (int round = 0; round < 8; round++) {
		snprintf(name, sizeof(name), "unknown %d", round);
		snprintf(value, sizeof(value), "{\"name\":\"%s\"}", name);
		fail_files_once("markaz.db", EIO, round);
		uint64_t id = fixture_create(&f, "team", value, &(struct issues){0});
		fail_files(NULL, 0, 0);
		uint64_t last = append_some(&f, 1, 50);
		CHECK(wait_visible(&f, last));
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM team WHERE name = '%s'", name);
		CHECK_INT(read_int(&f, sql), id != 0);
		CHECK(log_is_whole(&f, last));
	}
	/* Each row has its event, and each that is none says so. */
	CHECK_INT(read_int(&f,
			  "SELECT (SELECT count(*) FROM team) - (SELECT count(*) FROM event WHERE type = 3 "
			  "AND data NOT LIKE '%not_saved%')"),
		0);
}

/* What on_commit saw while the writer told that the doubt was over. */
static struct {
	atomic_int commits;
	atomic_bool is_log_cut;
} heard;

static void look_at_files(uint64_t seq, void *arg)
{
	(void)seq, (void)arg;
	if (files_at_risk().is_log_cut)
		atomic_store(&heard.is_log_cut, true);
	atomic_fetch_add(&heard.commits, 1);
}

/* A power cut after the answer finds what was answered: the log that the failed sync left torn was written
 * again before anything was read from it, and does not come back once it was moved and cut. */
TEST(what_is_told_after_a_failed_sync_is_on_the_disk)
{
	static const int errors[] = {EIO, ENOSPC, EROFS};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		WITH_PRESSURE(f, 1);
		fixture_shut(&f);
		atomic_store(&heard.commits, 0);
		CHECK_INT(store_open(&f.store, f.directory, look_at_files, NULL), 0);
		CHECK_INT(store_fact_set(f.store, "before", "x"), 0);
		watch_files();
		fail_sync_once("markaz.db-wal", errors[i]);
		CHECK_INT(store_fact_set(f.store, "doubtful", "x"), 0); /* it did happen */
		for (int k = 0; k < 20000 && atomic_load(&heard.commits) == 0; k++)
			usleep(1000);
		CHECK(atomic_load(&heard.commits) > 0);
		CHECK(!atomic_load(&heard.is_log_cut));
		CHECK(!files_at_risk().was_log_moved);
		CHECK_INT(read_int(&f, "SELECT count(*) FROM fact WHERE key = 'doubtful'"), 1);
	}
}

static void *change(void *arg)
{
	struct fixture *f = arg;

	return (void *)(intptr_t)store_fact_set(f->store, "doubtful", "x");
}

/* The child: a change of a row whose commit is written, but does not reach the disk; then it ends. */
static void change_without_disk(const char *directory, int fd)
{
	struct fixture f = {0};
	struct store_health h = {0};
	pthread_t thread;
	void *result;

	str_put(f.directory, sizeof(f.directory), directory);
	if (store_open(&f.store, directory, NULL, NULL) < 0)
		_exit(1);
	fail_files("markaz.db", 0, ENOSPC);
	pthread_create(&thread, NULL, change, &f);
	for (int i = 0; i < 20000 && h.error == 0; i++, usleep(1000))
		store_health(f.store, &h);
	store_close(f.store);
	pthread_join(thread, &result);
	int told = (int)(intptr_t)result;
	if (write(fd, &told, sizeof(told)) != (ssize_t)sizeof(told))
		_exit(3);
	_exit(0);
}

/* The system's memory keeps it, and the next start finds it: nobody may have been told that it was refused,
 * and what the next start builds upon it is on the disk.
 */
TEST(a_change_that_did_not_reach_the_disk_is_not_called_refused)
{
	WITH_PRESSURE(f, 0);
	int ends[2], status, result = 1;

	fixture_shut(&f);
	CHECK_INT(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0)
		change_without_disk(f.directory, ends[1]);
	close(ends[1]);
	CHECK_INT(read(ends[0], &result, sizeof(result)), (int)sizeof(result));
	close(ends[0]);
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	watch_files();
	lose_log(f.directory);
	CHECK(fixture_reopen(&f));
	bool is_there = read_int(&f, "SELECT count(*) FROM fact WHERE key = 'doubtful'") == 1;
	CHECK(is_there);
	CHECK_INT(result, -EINPROGRESS);
	fixture_shut(&f); /* moves the log into the file */
	CHECK(!files_at_risk().was_log_moved);
}

struct told { /* by the child: how many rows were kept, and how the next one ended */
	int kept, result;
};

/* The child: the log is written and synced, but its index cannot grow, which is "disk full", too. As soon as
 * it is told, it is killed. */
static void grow_index(const char *directory, int fd)
{
	enum { BYTES = 800 * 1024, ROWS = 60 }; /* 200 pages each; the index grows at 4,062 of them */
	struct fixture f = {0};
	struct told told = {0};
	char *value = malloc(BYTES + 1), key[16];

	str_put(f.directory, sizeof(f.directory), directory);
	if (!value || store_open(&f.store, directory, NULL, NULL) < 0)
		_exit(1);
	memset(value, 'x', BYTES);
	value[BYTES] = '\0';
	fail_files("markaz.db-shm", ENOSPC, 0);
	while (told.kept < ROWS && told.result == 0) {
		(void)str_printf(key, sizeof(key), "large %d", told.kept);
		told.result = store_fact_set(f.store, key, value);
		told.kept += told.result == 0;
	}
	if (write(fd, &told, sizeof(told)) != (ssize_t)sizeof(told))
		_exit(3);
	_exit(0);
}

/* Which errno a commit ended with says nothing: after this one the next start would find it in the log. It is
 * called refused only once the database was opened anew, and does not hold it. */
TEST(a_commit_whose_index_cannot_grow_is_refused_only_when_it_is_not_there)
{
	WITH_PRESSURE(f, 0);
	struct told told = {0};
	int ends[2], status;

	fixture_shut(&f);
	CHECK_INT(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0)
		grow_index(f.directory, ends[1]);
	close(ends[1]);
	CHECK_INT(read(ends[0], &told, sizeof(told)), (int)sizeof(told));
	close(ends[0]);
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	CHECK(told.result != 0); /* the index did grow */
	CHECK(fixture_reopen(&f));
	int there = (int)read_int(&f, "SELECT count(*) FROM fact WHERE key LIKE 'large %'");
	if (told.result == -EINPROGRESS) /* nobody knew: either is the truth */
		CHECK(there == told.kept || there == told.kept + 1);
	else
		CHECK_INT(there, told.kept);
}

/* --- a disk that is slow
 * ----------------------------------------------------------------------------------------------------------
 */

TEST(a_slow_disk_stops_nobody_and_acknowledges_late)
{
	WITH_PRESSURE(f, 1);
	struct store_health h;
	uint64_t first = append_some(&f, 1, 10);

	CHECK(fixture_wait(&f, first));
	slow_files("markaz.db", 1300);
	int64_t start = clock_mono_ms();
	uint64_t last = 0;
	for (int i = 0; i < 20; i++) {
		last = append_some(&f, 1, 50);
		usleep(20000);
	}
	CHECK(clock_mono_ms() - start < 1200); /* nobody waited for the disk */
	usleep(800000);
	store_health(f.store, &h);
	CHECK(h.is_slow && h.is_accepting && h.error == 0);
	slow_files(NULL, 0);
	CHECK(wait_visible(&f, last));
	store_health(f.store, &h);
	CHECK(h.is_slow && h.commit_us_max > 1000000); /* for a while after */
	CHECK(h.commit_us[STORE_HISTOGRAM - 1] + h.commit_us[STORE_HISTOGRAM] > 0);
	CHECK(log_is_whole(&f, last));
}

/* --- kill -9
 * ----------------------------------------------------------------------------------------------------------
 */

static void announce(uint64_t seq, void *arg)
{
	if (write(*(int *)arg, &seq, sizeof(seq)) != (ssize_t)sizeof(seq))
		_exit(3);
}

/* The database refuses for a while, and takes for a while. */
static void breathe(int round)
{
	bool is_bad = clock_mono_ms() % 900 < 300;

	fail_files("markaz.db", is_bad ? ENOSPC : 0, !is_bad ? 0 : round % 2 ? EIO : ENOSPC);
}

/* The child: appends until it is killed. */
static void run_child(const char *directory, int round, int fd)
{
	struct fixture f = {0};

	str_put(f.directory, sizeof(f.directory), directory);
	if (store_open(&f.store, directory, announce, &fd) < 0)
		_exit(1);
	store_spool_keep(f.store, 1);
	for (int n = 1;; n++) {
		uint64_t seq = append_some(&f, n, 20);
		do {
			breathe(round);
			usleep(200);
		} while (seq > store_durable_seq(f.store) + 2000);
	}
}

TEST(what_was_acknowledged_survives_kill_9_while_spooling_and_draining)
{
	WITH_PRESSURE(f, 1);
	uint64_t before = 0;

	fixture_shut(&f);
	for (int round = 1; round <= 8; round++) {
		int ends[2];
		uint64_t seq, announced = 0;
		CHECK_INT(pipe(ends), 0);
		pid_t child = fork();
		if (child == 0)
			run_child(f.directory, round, ends[1]);
		close(ends[1]);
		for (int i = 0; i < 40 + round * 30 && read(ends[0], &seq, sizeof(seq)) == sizeof(seq); i++)
			announced = seq;
		kill(child, SIGKILL);
		while (read(ends[0], &seq, sizeof(seq)) == sizeof(seq))
			announced = seq;
		close(ends[0]);
		int status;
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
		CHECK(fixture_reopen(&f));
		CHECK(announced > before && store_visible_seq(f.store) >= announced);
		CHECK(log_is_whole(&f, store_visible_seq(f.store)));
		before = store_visible_seq(f.store);
		CHECK_INT(append_some(&f, 1, 1), before + 1);
		fixture_shut(&f);
	}
}

TEST(closing_under_pressure_leaves_everything_to_the_next_start)
{
	WITH_PRESSURE(f, 1);
	uint64_t first = append_some(&f, 1, 10);

	CHECK(fixture_wait(&f, first));
	fail_files("markaz.db", ENOSPC, ENOSPC);
	uint64_t last = append_some(&f, 1, 2000);
	fixture_shut(&f);
	struct store *s = NULL;
	CHECK(store_open(&s, f.directory, NULL, NULL) < 0); /* the spool cannot be emptied */
	fail_files(NULL, 0, 0);
	CHECK(fixture_reopen(&f));
	CHECK_INT(store_visible_seq(f.store), last);
	CHECK(log_is_whole(&f, last));
}

/* --- spools that do not belong
 * ------------------------------------------------------------------------------------------------------ */

static bool copy_file(const char *from, const char *to)
{
	static char data[8 << 20];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t n = in ? fread(data, 1, sizeof(data), in) : 0;
	bool is_done = n > 0 && n < sizeof(data) && out && fwrite(data, 1, n, out) == n;

	if (in)
		fclose(in);
	return out && fclose(out) == 0 && is_done;
}

TEST(a_spool_does_not_go_into_another_or_an_older_database)
{
	WITH_PRESSURE(f, 1);
	WITH_PRESSURE(other, 1);
	char path[300], old[300], spool[300];
	struct store *s = NULL;

	snprintf(path, sizeof(path), "%s/markaz.db", f.directory);
	snprintf(old, sizeof(old), "%s/old.db", f.directory);
	snprintf(spool, sizeof(spool), "%s/spool", f.directory);
	append_some(&f, 1, 10);
	fixture_shut(&f);
	CHECK(copy_file(path, old));
	CHECK(fixture_reopen(&f));
	CHECK(wait_visible(&f, append_some(&f, 1, 10)));
	fail_files("markaz.db", ENOSPC, ENOSPC);
	uint64_t last = append_some(&f, 1, 100);
	CHECK(fixture_wait(&f, last));
	fixture_shut(&f);
	fixture_shut(&other);
	fail_files(NULL, 0, 0);
	/* Into another installation's. */
	snprintf(path, sizeof(path), "%s/spool", other.directory);
	CHECK(copy_file(spool, path));
	CHECK_INT(store_open(&s, other.directory, NULL, NULL), -EXDEV);
	/* Into its own of before. */
	snprintf(path, sizeof(path), "%s/markaz.db", f.directory);
	char now[300];
	snprintf(now, sizeof(now), "%s/now.db", f.directory);
	char wal[320], now_wal[320];
	snprintf(wal, sizeof(wal), "%s-wal", path);
	snprintf(now_wal, sizeof(now_wal), "%s-wal", now);
	CHECK(rename(path, now) == 0 && (rename(wal, now_wal) == 0 || errno == ENOENT));
	CHECK_INT(rename(old, path), 0);
	CHECK_INT(store_open(&s, f.directory, NULL, NULL), -EUCLEAN);
	/* And into the right one. */
	unlink(wal);
	CHECK(rename(now, path) == 0 && (rename(now_wal, wal) == 0 || errno == ENOENT));
	CHECK(fixture_reopen(&f));
	CHECK_INT(store_visible_seq(f.store), last);
	CHECK(log_is_whole(&f, last));
}

/* --- holding
 * ----------------------------------------------------------------------------------------------------------
 */

TEST(a_held_store_spools_and_leaves_its_database_alone)
{
	WITH_PRESSURE(f, 1);
	struct store_health h;

	uint64_t first = append_some(&f, 1, 5000);
	CHECK_INT(store_hold(f.store), 0);
	CHECK_INT(store_visible_seq(f.store), first);
	CHECK_INT(store_hold(f.store), -EALREADY);
	uint64_t last = append_some(&f, 1, 500);
	CHECK(fixture_wait(&f, last));
	CHECK_INT(store_visible_seq(f.store), first);
	CHECK_INT(store_fact_set(f.store, "held", "x"), -EBUSY);
	store_health(f.store, &h);
	CHECK(h.is_held && h.is_accepting && h.state == STORE_SPOOLING && h.error == 0);
	CHECK_INT(store_release(f.store), 0);
	CHECK_INT(store_fact_set(f.store, "held", "y"), 0);
	CHECK_INT(store_release(f.store), -ENOENT);
	CHECK(wait_visible(&f, last));
	CHECK(log_is_whole(&f, last));
}

TEST(without_a_spool_nothing_is_held)
{
	WITH_PRESSURE(f, 0);

	CHECK_INT(store_hold(f.store), -ENOSPC);
}

/* Another server that wrote to the database is found out before anything is written over it. */
TEST(somebody_elses_writing_is_noticed)
{
	WITH_PRESSURE(f, 1);
	char path[300];
	struct db db;

	CHECK(wait_visible(&f, append_some(&f, 1, 10)));
	snprintf(path, sizeof(path), "%s/markaz.db", f.directory);
	CHECK_INT(db_open(&db, path, DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "UPDATE store_mark SET run = run + 1"), 0);
	uint64_t last = append_some(&f, 1, 10);
	CHECK(fixture_wait(&f, last));
	CHECK(wait_state(&f, STORE_SPOOLING));
	CHECK_INT(store_fact_set(f.store, "never", "x"), -ESTALE);
	CHECK_INT(db_exec(&db, "UPDATE store_mark SET run = run - 1"), 0);
	db_close(&db);
	CHECK(wait_visible(&f, last));
	CHECK(log_is_whole(&f, last));
}

/* --- a real disk
 * ----------------------------------------------------------------------------------------------------------
 */

TEST(a_small_real_disk_filled_to_the_brim)
{
	struct fixture f = {.directory = "/tmp/markaz-brim-XXXXXX"};
	char filler[300];

	CHECK(mkdtemp(f.directory));
	if (mount("tmpfs", f.directory, "tmpfs", 0, "size=6m") < 0) {
		printf("# not run: a small disk needs the right to mount (%s)\n", strerror(errno));
		rmdir(f.directory);
		return;
	}
	snprintf(filler, sizeof(filler), "%s/filler", f.directory);
	bool is_open = fixture_reopen(&f) && keep_spool(&f, 2);
	if (is_open && fixture_wait(&f, append_some(&f, 1, 10)) && fill_disk(filler)) {
		for (int i = 0; i < 200 && store_visible_seq(f.store) == store_durable_seq(f.store); i++)
			fixture_wait(&f, append_some(&f, 1, 200));
		uint64_t last = append_some(&f, 1, 500);
		if (!fixture_wait(&f, last) || store_visible_seq(f.store) >= last)
			test_fail(__FILE__, __LINE__, "the full disk was not noticed");
		unlink(filler);
		if (!wait_visible(&f, last) || !wait_state(&f, STORE_WRITING) || !log_is_whole(&f, last))
			test_fail(__FILE__, __LINE__, "what waited did not arrive");
	} else {
		test_fail(__FILE__, __LINE__, "the small disk could not be prepared");
	}
	fixture_shut(&f);
	if (umount(f.directory) < 0)
		test_fail(__FILE__, __LINE__, "umount: %s", strerror(errno));
	rmdir(f.directory);
}

/* --- alarms
 * ----------------------------------------------------------------------------------------------------------
 */

static bool is_on(const struct alarms *a, enum store_alarm alarm)
{
	return a->since_ms[alarm] != 0;
}

TEST(alarms_are_raised_once_and_end_well_below_their_limit)
{
	struct store_health h = {.spool_bytes_max = 1000};
	struct disk_room disk = {.bytes = 100 << 20, .free_bytes = 50 << 20};
	struct alarms a = {0};

	CHECK(!alarms_step(&a, &h, &disk, 1));
	h.error = -ENOSPC;
	h.spool_bytes = 501;
	CHECK(alarms_step(&a, &h, &disk, 2));
	CHECK(is_on(&a, STORE_ALARM_NOT_WRITING) && is_on(&a, STORE_ALARM_SPOOL_FILLING));
	h.spool_bytes = 400;
	CHECK(!alarms_step(&a, &h, &disk, 3));
	CHECK_INT(a.since_ms[STORE_ALARM_SPOOL_FILLING], 2);
	h.spool_bytes = 200;
	CHECK(alarms_step(&a, &h, &disk, 4));
	CHECK(!is_on(&a, STORE_ALARM_SPOOL_FILLING));
	h.error = 0;
	disk.free_bytes = (5 << 20) - 1;
	CHECK(alarms_step(&a, &h, &disk, 5));
	CHECK(is_on(&a, STORE_ALARM_DISK_LOW) && !is_on(&a, STORE_ALARM_NOT_WRITING));
	disk.free_bytes = (5 << 20) + 1;
	CHECK(!alarms_step(&a, &h, &disk, 6));
	disk.free_bytes = 7 << 20;
	CHECK(alarms_step(&a, &h, &disk, 7));
	/* On a large disk a share is too much: there it is 5 GB. */
	disk = (struct disk_room){.bytes = UINT64_C(4000) << 30, .free_bytes = UINT64_C(6) << 30};
	CHECK(!alarms_step(&a, &h, &disk, 8));
	disk = (struct disk_room){0}; /* not known */
	h.state = STORE_STUCK;
	h.is_slow = true;
	h.checkpoint_error = -EIO;
	CHECK(alarms_step(&a, &h, &disk, 9));
	CHECK(is_on(&a, STORE_ALARM_SPOOL_FULL) && is_on(&a, STORE_ALARM_SLOW) &&
		is_on(&a, STORE_ALARM_CHECKPOINT) && !is_on(&a, STORE_ALARM_DISK_LOW));
	for (int i = 0; i < STORE_ALARMS; i++)
		CHECK(store_alarm_name((enum store_alarm)i) != NULL);
}

static bool count_alarms(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return true;
}

static bool wait_alarm(struct fixture *f, enum store_alarm alarm, const char *reason, bool wants_on)
{
	struct store_alarm_view list[STORE_ALARMS];

	for (int i = 0; i < 10000; i++) {
		bool has = false;
		for (int k = store_alarms(f->store, list); k-- > 0;)
			has |= list[k].alarm == alarm && list[k].since_ms > 0 &&
			       str_equal(list[k].reason, reason);
		if (has == wants_on)
			return true;
		usleep(1000);
	}
	return false;
}

TEST(an_alarm_is_told_when_it_begins_and_when_it_is_over)
{
	WITH_PRESSURE(f, 1);
	atomic_int told = 0;

	CHECK_INT(store_watch(f.store, count_alarms, &told), 0);
	CHECK(wait_visible(&f, append_some(&f, 1, 10)));
	fail_files("markaz.db", EIO, EIO);
	append_some(&f, 1, 10);
	CHECK(wait_alarm(&f, STORE_ALARM_NOT_WRITING, "failing", true));
	for (int i = 0; i < 2000 && atomic_load(&told) == 0; i++)
		usleep(1000);
	CHECK(atomic_load(&told) > 0);
	fail_files(NULL, 0, 0);
	CHECK(wait_alarm(&f, STORE_ALARM_NOT_WRITING, "failing", false));
}

/* --- the clock
 * ----------------------------------------------------------------------------------------------------------
 */

#define MINUTE INT64_C(60000)
#define NOON INT64_C(1700000000000)

static void append_at(struct fixture *f, int64_t from_ms, int64_t to_ms, int64_t step_ms)
{
	for (int64_t at = from_ms; at < to_ms; at += step_ms)
		fixture_append(f, &(struct event){.type = EVENT_NOTE_WRITTEN, .at_ms = at, .interaction = 7});
}

static bool keep_time(const struct event *e, void *arg)
{
	int64_t *times = arg;

	times[e->seq] = e->at_ms;
	return true;
}

TEST(a_time_is_found_on_both_sides_of_a_clock_set_back)
{
	WITH_PRESSURE(f, 0);
	static int64_t times[4000];

	append_at(&f, NOON, NOON + 60 * MINUTE, 5000);		       /* an hour, */
	append_at(&f, NOON + 5 * MINUTE, NOON + 20 * MINUTE, 5000);    /* 55 minutes back, */
	append_at(&f, NOON + 300 * MINUTE, NOON + 310 * MINUTE, 5000); /* hours ahead, */
	append_at(&f, NOON + 20 * MINUTE, NOON + 90 * MINUTE, 5000);   /* and right again; */
	for (int i = 0; i < 100; i++) /* times that cross each other a little */
		append_at(&f, NOON + 90 * MINUTE + (int64_t)i * 400 - (int64_t)(i % 3) * 450,
			NOON + 90 * MINUTE + (int64_t)i * 400 - (int64_t)(i % 3) * 450 + 1, 1);
	uint64_t last = fixture_append(&f, &(struct event){.type = EVENT_NOTE_WRITTEN, .at_ms = NOON - 1});
	CHECK(wait_visible(&f, last) && last < 4000);
	for (int round = 0; round < 2; round++) {
		CHECK_INT(store_events(f.reader, 1, 4000, keep_time, times), 0);
		for (int64_t at = NOON - MINUTE; at < NOON + 320 * MINUTE; at += 7919) {
			uint64_t want = store_first_seq(f.reader);
			while (want <= last && times[want] < at)
				want++;
			CHECK_INT(store_seq_at(f.reader, at), want > last ? 0 : want);
		}
		/* The same with a log that begins later, after a restart. */
		struct db db;
		fixture_shut(&f);
		CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
		CHECK_INT(db_exec(&db, "DELETE FROM event WHERE seq < 500"), 0);
		db_close(&db);
		CHECK(fixture_reopen(&f));
	}
	CHECK(read_int(&f, "SELECT count(*) FROM clock_step") == 3);
}

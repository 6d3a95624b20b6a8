/* See pressure_fixture.h. */
#include "store/write/pressure_fixture.h"
#include "base/clock.h"
#include "base/str.h"
#include "db/db.h"
#include "store/where.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- files
 * ----------------------------------------------------------------------------------------------------------
 */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	char part[64];
	int at_write, at_sync, slow_ms, spare; /* spare: calls that work before */
	bool is_once;
} rule;

/* Of the database's files, as the calls below see them. */
static struct {
	bool is_on;
	off_t dirty_from, dirty_to; /* of the log, written and not synced */
	off_t lost_from, lost_to;   /* of the log, not brought to the disk by a sync that failed; */
	off_t again_to;		    /* but written again from lost_from up to here */
	struct files_at_risk risk;
} watched;

static void set_rule(const char *part, int at_write, int at_sync, int slow_ms, int spare, bool is_once)
{
	pthread_mutex_lock(&lock);
	str_put(rule.part, sizeof(rule.part), part);
	rule.at_write = at_write;
	rule.at_sync = at_sync;
	rule.slow_ms = slow_ms;
	rule.spare = spare;
	rule.is_once = is_once;
	pthread_mutex_unlock(&lock);
}

void fail_files(const char *part, int at_write, int at_sync)
{
	set_rule(part, at_write, at_sync, 0, 0, false);
}

void fail_files_once(const char *part, int error, int n)
{
	set_rule(part, error, error, 0, n, true);
}

void fail_sync_once(const char *part, int error)
{
	set_rule(part, 0, error, 0, 0, true);
}

void slow_files(const char *part, int ms)
{
	set_rule(part, 0, 0, ms, 0, false);
}

static bool path_of(int fd, char path[static PATH_MAX])
{
	char link[40];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, PATH_MAX - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return str_starts_with(path, "/tmp/markaz-");
}

static bool is_meant(int fd)
{
	char path[PATH_MAX];

	return rule.part[0] && path_of(fd, path) && strstr(path, rule.part);
}

/* --- what a power cut could take */

void watch_files(void)
{
	pthread_mutex_lock(&lock);
	memset(&watched, 0, sizeof(watched));
	watched.is_on = true;
	pthread_mutex_unlock(&lock);
}

struct files_at_risk files_at_risk(void)
{
	pthread_mutex_lock(&lock);
	struct files_at_risk risk = watched.risk;
	pthread_mutex_unlock(&lock);
	return risk;
}

void lose_log(const char *directory)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/markaz.db-wal", directory);
	pthread_mutex_lock(&lock);
	if (stat(path, &st) == 0)
		watched.lost_to = st.st_size;
	pthread_mutex_unlock(&lock);
}

static void log_written(off_t at, off_t end)
{
	if (watched.dirty_to == 0 || at < watched.dirty_from)
		watched.dirty_from = at;
	if (end > watched.dirty_to)
		watched.dirty_to = end;
	if (at <= watched.again_to && end > watched.again_to)
		watched.again_to = end;
}

static void log_synced(bool is_done)
{
	if (!is_done && watched.dirty_to > 0) {
		if (watched.lost_to == 0 || watched.dirty_from < watched.lost_from)
			watched.lost_from = watched.dirty_from;
		if (watched.dirty_to > watched.lost_to)
			watched.lost_to = watched.dirty_to;
	}
	if (!is_done || watched.again_to < watched.lost_to)
		watched.again_to = watched.lost_from;
	else
		watched.lost_from = watched.lost_to = watched.again_to = 0;
	watched.dirty_from = watched.dirty_to = 0;
	watched.risk.is_log_cut = watched.risk.is_log_cut && !is_done;
}

enum call { WRITE, SYNC, CUT };

/* end: of what was written, or the file's new size. */
static void note(int fd, enum call call, off_t at, off_t end, bool is_done)
{
	char path[PATH_MAX];

	pthread_mutex_lock(&lock);
	if (watched.is_on && path_of(fd, path)) {
		const char *name = strrchr(path, '/');
		bool is_log = str_equal(name, "/markaz.db-wal"), is_file = str_equal(name, "/markaz.db");
		if (is_log && call == WRITE && is_done)
			log_written(at, end);
		else if (is_log && call == SYNC)
			log_synced(is_done);
		else if (is_log && is_done)
			watched.risk.is_log_cut = true;
		if (is_log && call == CUT && is_done)
			watched.lost_from = watched.lost_to = watched.again_to = 0;
		if (is_file && call == WRITE && is_done && watched.lost_to > 0)
			watched.risk.was_log_moved = true;
	}
	pthread_mutex_unlock(&lock);
}

/* --- the calls */

/* The errno that the call has to fail with, or 0. */
static int verdict(int fd, bool is_sync, int *ret_slow_ms)
{
	int error = 0;

	*ret_slow_ms = 0;
	pthread_mutex_lock(&lock);
	if (is_meant(fd)) {
		error = is_sync ? rule.at_sync : rule.at_write;
		*ret_slow_ms = is_sync ? rule.slow_ms : 0;
		if (error && rule.spare > 0) {
			rule.spare--;
			error = 0;
		} else if (error && rule.is_once) {
			rule.part[0] = '\0';
		}
	}
	pthread_mutex_unlock(&lock);
	return error;
}

static bool may(int fd, bool is_sync)
{
	int slow_ms, error = verdict(fd, is_sync, &slow_ms);

	if (slow_ms)
		usleep((useconds_t)slow_ms * 1000);
	if (error)
		errno = error;
	return error == 0;
}

/* With 64-bit offsets these are pwrite64 and ftruncate64, as SQLite calls them. */
#define OURS __attribute__((visibility("default")))
OURS ssize_t pwrite(int fd, const void *data, size_t n, off_t at);
OURS int fdatasync(int fd);
OURS int fsync(int fd);
OURS int ftruncate(int fd, off_t size);

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
	ssize_t done = may(fd, false) ? syscall(SYS_pwrite64, fd, data, n, at) : -1;
	int saved = errno;

	note(fd, WRITE, at, at + done, done > 0);
	errno = saved;
	return done;
}

static int sync_file(int fd, long call)
{
	int done = may(fd, true) ? (int)syscall(call, fd) : -1, saved = errno;

	note(fd, SYNC, 0, 0, done == 0);
	errno = saved;
	return done;
}

int fdatasync(int fd)
{
	return sync_file(fd, SYS_fdatasync);
}

int fsync(int fd)
{
	return sync_file(fd, SYS_fsync);
}

int ftruncate(int fd, off_t size)
{
	int done = may(fd, false) ? (int)syscall(SYS_ftruncate, fd, size) : -1, saved = errno;

	note(fd, CUT, 0, size, done == 0);
	errno = saved;
	return done;
}

/* --- stores
 * ----------------------------------------------------------------------------------------------------------
 */

bool keep_spool(struct fixture *f, int megabytes)
{
	struct store_health h = {0};

	store_spool_keep(f->store, megabytes);
	for (int i = 0; i < 20000 && h.spool_bytes_max == 0; i++) {
		usleep(1000);
		store_health(f->store, &h);
	}
	if (h.spool_bytes_max == 0)
		test_fail(__FILE__, __LINE__, "no spool after 20 s: %s", strerror(-h.spool_error));
	return h.spool_bytes_max > 0;
}

bool pressure_open(struct fixture *f, int spool_mb)
{
	fail_files(NULL, 0, 0);
	return fixture_open(f) && (spool_mb == 0 || keep_spool(f, spool_mb));
}

void pressure_close(struct fixture *f)
{
	fail_files(NULL, 0, 0);
	fixture_remove(f);
}

uint64_t append_some(struct fixture *f, int from, int n)
{
	uint64_t seq = 0;

	for (int i = 0; i < n; i++)
		if ((seq = fixture_append(f, &EVENT_OF(from + i))) == 0)
			return 0;
	return seq;
}

bool wait_visible(struct fixture *f, uint64_t seq)
{
	for (int i = 0; i < 20000; i++) {
		if (store_visible_seq(f->store) >= seq)
			return true;
		usleep(1000);
	}
	test_fail(__FILE__, __LINE__, "event %llu is not in the database after 20 s, but %llu are",
		(unsigned long long)seq, (unsigned long long)store_visible_seq(f->store));
	return false;
}

bool wait_state(struct fixture *f, enum store_state state)
{
	struct store_health h = {0};

	for (int i = 0; i < 20000; i++) {
		store_health(f->store, &h);
		if (h.state == state)
			return true;
		usleep(1000);
	}
	test_fail(__FILE__, __LINE__, "the store is %s, not %s, after 20 s", store_state_name(h.state),
		store_state_name(state));
	return false;
}

bool wait_refused(struct fixture *f)
{
	for (int i = 0; i < 1000; i++) {
		if (store_fact_set(f->store, "refused", "x") < 0)
			return true;
		usleep(1000);
	}
	test_fail(__FILE__, __LINE__, "rows are still taken");
	return false;
}

void wait_settled(struct fixture *f, uint64_t seq)
{
	for (int i = 0; i < 5000 && store_durable_seq(f->store) < seq && store_is_accepting(f->store); i++)
		usleep(1000);
}

int64_t read_int(const struct fixture *f, const char *sql)
{
	char where[STORE_WHERE_MAX];
	struct db db;
	int64_t v = -1;

	if (store_where(f->directory, where) == 0 && db_open(&db, where, DB_READ) == 0) {
		db_read_int(&db, &v, sql, 0);
		db_close(&db);
	}
	return v;
}

bool log_is_whole(struct fixture *f, uint64_t last)
{
	int64_t n = read_int(f, "SELECT count(*) FROM event"),
		max = read_int(f, "SELECT max(seq) FROM event");
	int64_t notes = read_int(f, "SELECT count(*) FROM event WHERE type = 43");
	int64_t folded = read_int(f, "SELECT count(*) FROM note");

	if (n == max && max >= (int64_t)last && notes == folded)
		return true;
	test_fail(__FILE__, __LINE__, "%lld events up to %lld, wanted %llu; %lld notes, folded %lld",
		(long long)n, (long long)max, (unsigned long long)last, (long long)notes, (long long)folded);
	return false;
}

bool spool_holds(const struct fixture *f, const char *text)
{
	char path[300];
	static char data[4 << 20];

	snprintf(path, sizeof(path), "%s/spool", f->directory);
	/* It is cleaned when there is time. */
	for (int i = 0; i < 5000; i++) {
		FILE *file = fopen(path, "r");
		size_t n = file ? fread(data, 1, sizeof(data), file) : 0;
		if (file)
			fclose(file);
		if (n > 0 && !memmem(data, n, text, strlen(text)))
			return false;
		usleep(1000);
	}
	return true;
}

bool fill_disk(const char *path)
{
	static const char block[4096];
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	while (fd >= 0 && write(fd, block, sizeof(block)) > 0)
		;
	bool is_full = fd >= 0 && errno == ENOSPC;
	if (fd >= 0)
		close(fd);
	return is_full;
}

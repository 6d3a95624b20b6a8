/* The doctor's look at what lies in the data directory besides the rows. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "store/doctor/doctor_parts.h"
#include "store/write/mark.h"
#include "store/write/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PATH_SIZE (DB_PATH_MAX + 80)
#define FREE_BYTES_MIN ((uint64_t)2 << 30)
#define FREE_PERCENT_MIN 5
#define LOG_BYTES_MAX ((int64_t)512 << 20) /* of markaz.db-wal, before it is strange */
#define SYNCS 10
#define SYNC_BUDGET_MS 700
#define SYNC_SLOW_US 15000
#define SPOOL_BLOCK (2 * (SPOOL_DATA_MAX + SPOOL_RECORD_BYTES))

static bool path_of(const struct doctor *d, const char *name, char ret_path[static PATH_SIZE])
{
	return str_printf(ret_path, PATH_SIZE, "%s/%s", d->directory, name) == 0;
}

/* --- modes and owners
 * ----------------------------------------------------------------------------------------------------
 */
/* Bits nobody but the owner (and, for some, the group) may have. */
static mode_t forbidden(const char *name)
{
	static const char *const secrets[] = {"secret.key", "database", "spool", "secret.key.new"};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (str_equal(name, secrets[i]))
			return 0077;
	return 0007;
}

static void look_at_file(struct doctor *d, const char *name, const struct stat *folder)
{
	char path[PATH_SIZE], todo[PATH_SIZE + 40];
	struct stat st;

	if (!path_of(d, name, path) || lstat(path, &st) < 0)
		return;
	if (st.st_uid != folder->st_uid) {
		str_printf(todo, sizeof(todo), "chown --reference=%s %s", d->directory, path);
		doctor_say(d, DOCTOR_WARNING, todo,
			"%s belongs to user %u, the data directory to user %u: the server may not be able to "
			"use "
			"it",
			name, (unsigned)st.st_uid, (unsigned)folder->st_uid);
	}
	if (S_ISLNK(st.st_mode) || !(st.st_mode & forbidden(name)))
		return;
	str_printf(todo, sizeof(todo), "chmod %s %s", forbidden(name) == 0077 ? "go-rwx" : "o-rwx", path);
	doctor_say(d, DOCTOR_WARNING, todo,
		"%s can be read or changed by other users of this machine (mode %03o)", name,
		(unsigned)st.st_mode & 0777);
}

/* flock: held as long as a server lives, however it ends. */
static bool is_in_use(const struct doctor *d)
{
	char path[PATH_SIZE];
	int fd = path_of(d, "markaz.lock", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return false;
	bool is_held = flock(fd, LOCK_SH | LOCK_NB) < 0;
	close(fd);
	return is_held;
}

void doctor_directory(struct doctor *d)
{
	struct stat st;
	DIR *dir = opendir(d->directory);

	if (!dir || fstat(dirfd(dir), &st) < 0) {
		doctor_say(d, DOCTOR_DAMAGE, "name the right configuration (--config) or data directory",
			"%s cannot be opened: %s", d->directory, strerror(errno));
		d->is_nowhere = true;
		if (dir)
			closedir(dir);
		return;
	}
	if (st.st_mode & 0007)
		doctor_say(d, DOCTOR_WARNING, "chmod o-rwx on it",
			"%s is open to other users of this machine (mode %03o)", d->directory,
			(unsigned)st.st_mode & 0777);
	for (struct dirent *e; (e = readdir(dir));)
		if (!str_equal(e->d_name, ".") && !str_equal(e->d_name, ".."))
			look_at_file(d, e->d_name, &st);
	closedir(dir);
	d->is_running = is_in_use(d);
	doctor_say(d, DOCTOR_FINE, NULL, "%s: %s", d->directory,
		d->is_running ? "a server runs on it" : "no server runs on it");
}

void doctor_key(struct doctor *d)
{
	int err = secret_key_load(d->directory, false, d->key);

	d->has_key = err == 0;
	if (err == -ENOENT)
		doctor_say(d, DOCTOR_DAMAGE,
			"put secret.key back from a backup (every backup has it). Do not start a server "
			"before: it "
			"would make a new one",
			"secret.key is missing: passwords of trunks and texts of people cannot be read "
			"without it");
	else if (err < 0)
		doctor_say(d, DOCTOR_DAMAGE,
			err == -EUCLEAN ? "put secret.key back from a backup"
					: "run this as the server's user, or root",
			"secret.key %s",
			err == -EUCLEAN ? "is damaged: it has not 32 bytes" : strerror(-err));
	else
		doctor_say(d, DOCTOR_FINE, NULL, "secret.key is there");
}

/* --- disk
 * -----------------------------------------------------------------------------------------------------------
 */
static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Times of single fsyncs, in microseconds, sorted. Their number, or -errno. */
static int measure_syncs(const struct doctor *d, int64_t ret_us[static SYNCS])
{
	char path[PATH_SIZE], block[4096] = {0};
	int64_t end = clock_mono_ms() + SYNC_BUDGET_MS;
	int n = 0, err = 0;

	if (!path_of(d, ".doctor-XXXXXX", path))
		return -ENAMETOOLONG;
	int fd = mkstemp(path);
	if (fd < 0)
		return -errno;
	unlink(path);
	while (n < SYNCS && err == 0 && clock_mono_ms() < end) {
		int64_t start = clock_mono_ns();
		if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block) || fsync(fd) < 0)
			err = errno ? -errno : -EIO;
		else
			ret_us[n++] = (clock_mono_ns() - start) / 1000;
	}
	close(fd);
	qsort(ret_us, (size_t)n, sizeof(*ret_us), compare_times);
	return err < 0 ? err : n;
}

static void look_at_speed(struct doctor *d)
{
	int64_t us[SYNCS];
	int n = measure_syncs(d, us);

	if (n <= 0) {
		doctor_say(d, n == -EACCES || n == -EROFS ? DOCTOR_FINE : DOCTOR_WARNING, NULL,
			"how fast the disk writes was not measured: %s",
			n ? strerror(-n) : "it takes too long");
		return;
	}
	int64_t middle = us[n / 2] ? us[n / 2] : 1;
	doctor_say(d, middle > SYNC_SLOW_US ? DOCTOR_WARNING : DOCTOR_FINE,
		middle > SYNC_SLOW_US
			? "put the data directory on a faster disk (SSD with power-loss protection)"
			: NULL,
		"one fsync takes %lld.%02lld ms (middle of %d; slowest %lld.%02lld ms), about %lld a second",
		(long long)middle / 1000, (long long)middle % 1000 / 10, n, (long long)us[n - 1] / 1000,
		(long long)us[n - 1] % 1000 / 10, (long long)(1000000 / middle));
}

static void look_at_log(struct doctor *d)
{
	char path[PATH_SIZE];
	struct stat st;

	if (d->is_server || !path_of(d, "markaz.db-wal", path) || stat(path, &st) < 0 ||
		st.st_size < LOG_BYTES_MAX)
		return;
	doctor_say(d, DOCTOR_WARNING,
		"end long readers (a backup, a report) that still run, and look for 'checkpoint failed' in "
		"the "
		"server's log",
		"markaz.db-wal has grown to %lld MB: it is not moved into the database",
		(long long)st.st_size / 1000000);
}

void doctor_disk(struct doctor *d)
{
	struct statvfs fs;

	if (statvfs(d->directory, &fs) < 0) {
		doctor_say(d, DOCTOR_WARNING, NULL, "free space is unknown: %s", strerror(errno));
		return;
	}
	uint64_t left = (uint64_t)fs.f_bavail * fs.f_frsize, all = (uint64_t)fs.f_blocks * fs.f_frsize;
	bool is_low = left < FREE_BYTES_MIN || left < all / 100 * FREE_PERCENT_MIN;
	doctor_say(d, is_low ? DOCTOR_WARNING : DOCTOR_FINE,
		is_low ? "free space on this disk, or move old recordings and archives away" : NULL,
		"%llu MB of %llu MB are free", (unsigned long long)left / 1000000,
		(unsigned long long)all / 1000000);
	if (fs.f_flag & ST_RDONLY)
		doctor_say(d, DOCTOR_DAMAGE,
			"look into the kernel's log (dmesg) why, and mount it for writing",
			"the disk is mounted read-only");
	look_at_log(d);
	look_at_speed(d);
}

/* --- the spool
 * -------------------------------------------------------------------------------------------------------
 */
struct spool_look {
	struct spool_header header;
	uint64_t events, first, last, bytes;
	uint64_t torn_at; /* 0: nowhere */
	bool has_hole;	  /* numbers that do not follow each other */
};

static int read_records(int fd, struct spool_look *l)
{
	_cleanup_alloc_ uint8_t *block = alloc_zero(SPOOL_BLOCK);
	uint64_t at = SPOOL_HEADER_BYTES;
	struct spool_record r;
	size_t size = 0;

	if (!block)
		return -ENOMEM;
	for (;;) {
		ssize_t n = pread(fd, block, SPOOL_BLOCK, (off_t)at);
		if (n < 0)
			return -errno;
		enum spool_found found =
			n == 0 ? SPOOL_FOUND_END
			       : spool_record_read(&l->header, block, (size_t)n, n < SPOOL_BLOCK, &r, &size);
		if (found != SPOOL_FOUND_RECORD) {
			l->torn_at = found == SPOOL_FOUND_TORN ? at : 0;
			return 0;
		}
		l->has_hole = l->has_hole || (l->events && r.seq != l->last + 1);
		l->first = l->events ? l->first : r.seq;
		l->last = r.seq;
		l->events++;
		at += size;
	}
}

static int read_spool(const char *path, struct spool_look *l)
{
	uint8_t head[SPOOL_HEADER_BYTES];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = fstat(fd, &st) < 0 ? -errno : 0;
	ssize_t n = err == 0 ? pread(fd, head, sizeof(head), 0) : 0;
	if (n < 0)
		err = -errno;
	if (err == 0 && (n < (ssize_t)sizeof(head) || spool_header_read(head, (size_t)n, &l->header) < 0))
		err = -EUCLEAN;
	l->bytes = (uint64_t)st.st_size;
	if (err == 0 && l->header.is_dirty)
		err = read_records(fd, l);
	close(fd);
	return err;
}

static void judge_spool(struct doctor *d, const struct spool_look *l)
{
	struct mark mark;

	if (d->rd && mark_read(&d->rd->db, &mark) == 0 &&
		memcmp(mark.owner, l->header.owner, sizeof(mark.owner)) != 0) {
		doctor_say(d, l->events ? DOCTOR_DAMAGE : DOCTOR_WARNING,
			"put it beside its own database, or move it away to start without its events",
			"the spool holds %llu events of another installation", (unsigned long long)l->events);
		return;
	}
	if (l->torn_at && !d->is_running)
		doctor_say(d, DOCTOR_WARNING, NULL,
			"the spool ends in a torn record at byte %llu: it was being written when the server "
			"ended, "
			"and was never acknowledged",
			(unsigned long long)l->torn_at);
	if (l->has_hole || (d->has_sequence && l->events && l->first > d->sequence.last + 1))
		doctor_say(d, DOCTOR_DAMAGE,
			"the database is an older copy than the spool: restore a newer one, or move the "
			"spool away to "
			"start without its events",
			"the spool holds events %llu to %llu, but the database ends with %llu",
			(unsigned long long)l->first, (unsigned long long)l->last,
			(unsigned long long)d->sequence.last);
	else if (l->events && d->has_sequence && l->last <= d->sequence.last)
		doctor_say(d, DOCTOR_FINE, NULL, "what lies in the spool is in the database already");
	else if (l->events)
		doctor_say(d, DOCTOR_WARNING,
			d->is_running
				? "the database cannot be written just now: see what the server's log says"
				: "start the server: it brings them into the database",
			"%llu events wait in the spool (%llu to %llu)", (unsigned long long)l->events,
			(unsigned long long)l->first, (unsigned long long)l->last);
	else
		doctor_say(d, DOCTOR_FINE, NULL, "the spool is empty, %llu MB are kept ready",
			(unsigned long long)l->bytes >> 20);
}

void doctor_spool(struct doctor *d)
{
	struct spool_look look = {0};
	char path[PATH_SIZE];
	int err = path_of(d, SPOOL_FILE, path) ? read_spool(path, &look) : -ENAMETOOLONG;

	if (err == -ENOENT)
		doctor_say(d, DOCTOR_FINE, NULL, "there is no spool (a server makes it)");
	else if (err == -EUCLEAN)
		doctor_say(d, DOCTOR_DAMAGE, "move it away; events that waited in it are lost",
			"the spool is damaged: its head cannot be read");
	else if (err < 0)
		doctor_say(d, DOCTOR_DAMAGE, NULL, "the spool cannot be read: %s", strerror(-err));
	else
		judge_spool(d, &look);
}

/* A library for LD_PRELOAD that ends a process, as kill -9 or as a power cut, at one exact call that changes
 * a file, or lets such calls fail or take long. Everything follows from the environment:
 *
 *   CUT_DIR      only files below this folder count (it must exist)
 *   CUT_AT       the number of the call to end at, from 1 (absent: only count)
 *   CUT_KIND     write, size, sync, rename, unlink or create: CUT_AT counts only these
 *   CUT_PART     only calls on paths that hold this are counted by CUT_AT
 *   CUT_HOW      before, middle (a torn prefix of a write), after
 *   CUT_POWER    1: a power cut: what was not brought to the disk is taken back in part (disk.h)
 *   CUT_SEED     of everything random here
 *   CUT_SIDE     with CUT_POWER: an empty folder outside CUT_DIR, on the same file system
 *   CUT_SWALLOW  1: fsync says yes and does nothing: a disk that lies (to show that the proof sees it)
 *   CUT_REPORT   a file that gets one JSON object: calls, and what was cut
 *   CUT_FAIL     rules KINDS:WHAT[:FROM-TO[:PART]] separated by spaces: calls of these kinds (write, size,
 * sync, rename, unlink, create, separated by commas, or all), numbers FROM..TO (empty: any), on paths that
 * hold PART, fail with the errno WHAT (ENOSPC, EIO, EROFS) or first wait WHAT milliseconds CUT_CONTROL  a
 * file that holds further rules while the process runs; read at each call
 *
 * Calls that change files below CUT_DIR are made one after another, under one lock, so that a number names
 * one call and nothing goes on behind a cut. Memory mapped to a file is not seen: SQLite's -shm, which is
 * made anew after a crash, is filled with noise instead. */
/* Both names of each call are ours: neither may become the other's. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE /* its inline copies of open would be in the way */
#include "disk.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define RULES_MAX 16
#define IOV_BYTES_MAX (64 << 20)

enum kind { WRITE, SIZE, SYNC, RENAME, UNLINK, CREATE, KINDS };
static const char *const kind_names[KINDS] = {"write", "size", "sync", "rename", "unlink", "create"};
enum how { BEFORE, MIDDLE, AFTER };

struct rule {
	unsigned kinds;
	int error, wait_ms;
	unsigned long from, to;
	char part[128];
};
static struct {
	char dir[PATH_MAX];
	size_t dir_length;
	unsigned long at, calls, counted, by_kind[KINDS];
	unsigned kinds; /* that `at` counts */
	enum how how;
	bool is_on, is_power, is_lying;
	struct rule rules[RULES_MAX];
	int n_rules;
	const char *control, *report, *part;
	char what[PATH_MAX + 128];
} cut;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static __thread bool is_cutting; /* this thread's own calls are none of the program's */

#define REAL(name)                                                                                           \
	({                                                                                                   \
		static __typeof__(name) *_real;                                                              \
		if (!_real)                                                                                  \
			_real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                                 \
		_real;                                                                                       \
	})

static unsigned kinds_of(const char *list)
{
	unsigned kinds = strncmp(list, "all", 3) == 0 ? (1u << KINDS) - 1 : 0;

	for (int i = 0; i < KINDS; i++)
		if (strstr(list, kind_names[i]))
			kinds |= 1u << i;
	return kinds;
}

static int errno_of(const char *name)
{
	return strcmp(name, "ENOSPC") == 0  ? ENOSPC
	       : strcmp(name, "EROFS") == 0 ? EROFS
	       : strcmp(name, "EIO") == 0   ? EIO
					    : 0;
}

/* KINDS:WHAT[:FROM-TO[:PART]] */
static bool parse_rule(char *text, struct rule *r)
{
	char *fields[4] = {NULL};

	for (int i = 0; i < 4 && text; i++)
		fields[i] = strsep(&text, ":");
	if (!fields[1])
		return false;
	*r = (struct rule){.kinds = kinds_of(fields[0]), .error = errno_of(fields[1]), .to = ULONG_MAX};
	if (!r->error)
		r->wait_ms = atoi(fields[1]);
	if (fields[2] && *fields[2])
		sscanf(fields[2], "%lu-%lu", &r->from, &r->to);
	if (fields[3])
		snprintf(r->part, sizeof(r->part), "%s", fields[3]);
	return true;
}

static int parse_rules(const char *text, struct rule *rules)
{
	char copy[1024], *rest = copy, *one;
	int n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((one = strsep(&rest, " \n")) && n < RULES_MAX)
		if (*one && parse_rule(one, &rules[n]))
			n++;
	return n;
}

__attribute__((constructor)) static void begin(void)
{
	const char *dir = getenv("CUT_DIR"), *how = getenv("CUT_HOW"), *fail = getenv("CUT_FAIL");

	if (!dir || !realpath(dir, cut.dir))
		return;
	cut.dir_length = strlen(cut.dir);
	cut.at = getenv("CUT_AT") ? strtoul(getenv("CUT_AT"), NULL, 10) : 0;
	cut.kinds = kinds_of(getenv("CUT_KIND") ? getenv("CUT_KIND") : "all");
	cut.how = !how || strcmp(how, "before") == 0 ? BEFORE : strcmp(how, "middle") == 0 ? MIDDLE : AFTER;
	cut.is_lying = getenv("CUT_SWALLOW") != NULL;
	cut.report = getenv("CUT_REPORT");
	cut.part = getenv("CUT_PART");
	cut.control = getenv("CUT_CONTROL");
	cut.n_rules = fail ? parse_rules(fail, cut.rules) : 0;
	cut.is_power = getenv("CUT_POWER") && getenv("CUT_SIDE");
	disk_seed(getenv("CUT_SEED") ? strtoull(getenv("CUT_SEED"), NULL, 10) : 1);
	if (cut.is_power)
		disk_begin(getenv("CUT_SIDE"));
	cut.is_on = true;
}

static void report(size_t kept, size_t lost)
{
	char line[PATH_MAX + 512];
	int n = snprintf(line, sizeof(line), "{\"calls\":%lu,\"cut\":\"%s\",\"kept\":%zu,\"lost\":%zu",
		cut.calls, cut.what, kept, lost);

	for (int i = 0; i < KINDS; i++)
		n += snprintf(
			line + n, sizeof(line) - (size_t)n, ",\"%s\":%lu", kind_names[i], cut.by_kind[i]);
	n += snprintf(line + n, sizeof(line) - (size_t)n, "}\n");
	int fd = cut.report ? REAL(open)(cut.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (fd >= 0 && REAL(write)(fd, line, (size_t)n) != n)
		abort();
	if (fd >= 0)
		close(fd);
}

__attribute__((destructor)) static void end(void)
{
	if (cut.is_on)
		report(0, 0);
}

/* Noise instead of the index of the write-ahead log: nobody may trust it after a crash. */
static void scribble(void)
{
	char path[PATH_MAX + 32], noise[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/markaz.db-shm", cut.dir);
	if (stat(path, &st) < 0 || disk_random(2))
		return;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)disk_random(256);
	int fd = REAL(open)(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && REAL(pwrite)(fd, noise, sizeof(noise), 0) < 0)
		abort();
}

static void die(void)
{
	size_t kept = 0, lost = 0;

	is_cutting = true;
	if (cut.is_power) {
		disk_cut(&kept, &lost);
		scribble();
	}
	report(kept, lost);
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static bool is_ours(const char *path)
{
	return strncmp(path, cut.dir, cut.dir_length) == 0 &&
	       (path[cut.dir_length] == '/' || !path[cut.dir_length]);
}

/* The path fd was opened by, if it lies below the folder. */
static bool path_of(int fd, char path[static PATH_MAX])
{
	char link[64];

	if (!cut.is_on || is_cutting)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, PATH_MAX - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return is_ours(path) && !strstr(path, " (deleted)");
}

/* The same for a name, whose last part need not exist. */
static bool whole_path(const char *name, char path[static PATH_MAX])
{
	char folder[PATH_MAX], whole[PATH_MAX], bare[PATH_MAX];
	size_t n = strnlen(name, PATH_MAX - 1);

	if (!cut.is_on || is_cutting)
		return false;
	while (n > 1 && name[n - 1] == '/')
		n--;
	memcpy(bare, name, n);
	bare[n] = '\0';
	name = bare;
	const char *slash = strrchr(name, '/');
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - name) : 1, slash ? name : ".");
	if (!realpath(*folder ? folder : "/", whole))
		return false;
	if (snprintf(path, PATH_MAX, "%s/%s", whole, slash ? slash + 1 : name) >= PATH_MAX)
		return false;
	return is_ours(path);
}

/* A name as the *at calls take it: relative to the folder behind a descriptor. False: none of ours. */
static bool path_at(int folder, const char *name, char path[static PATH_MAX])
{
	char base[PATH_MAX], whole[2 * PATH_MAX];

	if (folder == AT_FDCWD || *name == '/')
		return whole_path(name, path);
	if (!path_of(folder, base))
		return false;
	snprintf(whole, sizeof(whole), "%s/%s", base, name);
	return whole_path(whole, path);
}

static int read_control(struct rule *rules)
{
	char text[1024];
	int fd = cut.control ? REAL(open)(cut.control, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return parse_rules(text, rules);
}

static int obey(const struct rule *rules, int n, enum kind kind, const char *path)
{
	for (int i = 0; i < n; i++) {
		const struct rule *r = &rules[i];
		if (!(r->kinds & 1u << kind) || cut.calls < r->from || cut.calls > r->to ||
			(*r->part && !strstr(path, r->part)))
			continue;
		if (r->error)
			return r->error;
		nanosleep(&(struct timespec){r->wait_ms / 1000, r->wait_ms % 1000 * 1000000L}, NULL);
	}
	return 0;
}

/* A call arrives; the lock is held from here on. 0, or the errno it shall fail with (the lock is free again).
 * *ret_is_it: this is the one. */
static int arrive(enum kind kind, const char *path, const char *name, size_t n, bool *ret_is_it)
{
	struct rule more[RULES_MAX];

	pthread_mutex_lock(&lock);
	cut.calls++;
	cut.by_kind[kind]++;
	bool is_counted = cut.kinds & 1u << kind && (!cut.part || strstr(path, cut.part));
	*ret_is_it = is_counted && ++cut.counted == cut.at;
	int err = obey(cut.rules, cut.n_rules, kind, path);
	if (err == 0 && cut.control)
		err = obey(more, read_control(more), kind, path);
	if (*ret_is_it)
		snprintf(cut.what, sizeof(cut.what), "%s %s%s %.200s %zu",
			cut.how == BEFORE   ? "before"
			: cut.how == MIDDLE ? "middle of"
					    : "after",
			name, err ? " (failing)" : "", path + cut.dir_length, n);
	if (*ret_is_it && (cut.how == BEFORE || err))
		die();
	if (err)
		pthread_mutex_unlock(&lock);
	return err;
}

static void leave(bool is_it)
{
	if (is_it)
		die();
	pthread_mutex_unlock(&lock);
}

/* A prefix of what was to be written, whole sectors more often than not. */
static size_t torn(size_t n)
{
	size_t part = disk_random(n + 1);

	return disk_random(3) ? part / 512 * 512 : part;
}

static off_t place_of(int fd, off_t at)
{
	struct stat st;

	if (at >= 0)
		return at;
	if (fcntl(fd, F_GETFL) & O_APPEND)
		return fstat(fd, &st) == 0 ? st.st_size : 0;
	return lseek(fd, 0, SEEK_CUR);
}

static ssize_t do_write(int fd, const void *data, size_t n, off_t at, const char *name)
{
	char path[PATH_MAX];
	bool is_it = false;

	if (!path_of(fd, path))
		return at < 0 ? REAL(write)(fd, data, n) : REAL(pwrite64)(fd, data, n, at);
	int err = arrive(WRITE, path, name, n, &is_it);
	if (err) {
		errno = err;
		return -1;
	}
	if (is_it && cut.how == MIDDLE)
		n = torn(n);
	struct disk_change *c = cut.is_power && !strstr(path, "-shm")
					? disk_before_write(fd, path, place_of(fd, at), n)
					: NULL;
	ssize_t done = at < 0 ? REAL(write)(fd, data, n) : REAL(pwrite64)(fd, data, n, at);
	int saved = errno;
	disk_after_write(c, data, done);
	leave(is_it);
	errno = saved;
	return done;
}

EXPORT ssize_t write(int fd, const void *data, size_t n)
{
	return do_write(fd, data, n, -1, "write");
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
	return do_write(fd, data, n, at, "pwrite");
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	return do_write(fd, data, n, at, "pwrite");
}

static ssize_t do_writev(int fd, const struct iovec *v, int count, off_t at)
{
	size_t total = 0;

	for (int i = 0; i < count; i++)
		total += v[i].iov_len;
	char *all = total <= IOV_BYTES_MAX ? malloc(total + 1) : NULL;
	if (!all) {
		errno = ENOMEM;
		return -1;
	}
	total = 0;
	for (int i = 0; i < count; i++) {
		memcpy(all + total, v[i].iov_base, v[i].iov_len);
		total += v[i].iov_len;
	}
	ssize_t done = do_write(fd, all, total, at, "writev");
	int saved = errno;
	free(all);
	errno = saved;
	return done;
}

EXPORT ssize_t writev(int fd, const struct iovec *v, int count)
{
	return cut.is_on ? do_writev(fd, v, count, -1) : REAL(writev)(fd, v, count);
}

EXPORT ssize_t pwritev(int fd, const struct iovec *v, int count, off_t at)
{
	return do_writev(fd, v, count, at);
}

EXPORT ssize_t pwritev64(int fd, const struct iovec *v, int count, off64_t at)
{
	return do_writev(fd, v, count, at);
}

/* ftruncate, and fallocate where it makes the file longer (mode 0). */
static int do_resize(int fd, off_t size, bool is_allocation, off_t from)
{
	char path[PATH_MAX];
	struct stat st;
	bool is_it = false, is_known = path_of(fd, path);

	if (is_known) {
		int err = arrive(SIZE, path, is_allocation ? "fallocate" : "ftruncate", (size_t)size, &is_it);
		if (err) {
			errno = err;
			return -1;
		}
		bool is_longer = fstat(fd, &st) == 0 && size > st.st_size;
		if (cut.is_power && !strstr(path, "-shm") && (is_longer || !is_allocation))
			disk_resized(fd, path, size);
	}
	int done = is_allocation ? REAL(fallocate64)(fd, 0, from, size - from) : REAL(ftruncate64)(fd, size);
	int saved = errno;
	if (is_known)
		leave(is_it);
	errno = saved;
	return done;
}

EXPORT int ftruncate(int fd, off_t size)
{
	return do_resize(fd, size, false, 0);
}

EXPORT int ftruncate64(int fd, off64_t size)
{
	return do_resize(fd, size, false, 0);
}

EXPORT int fallocate(int fd, int mode, off_t from, off_t n)
{
	return mode ? REAL(fallocate64)(fd, mode, from, n) : do_resize(fd, from + n, true, from);
}

EXPORT int fallocate64(int fd, int mode, off64_t from, off64_t n)
{
	return fallocate(fd, mode, from, n);
}

EXPORT int posix_fallocate(int fd, off_t from, off_t n)
{
	return do_resize(fd, from + n, true, from) < 0 ? errno : 0;
}

EXPORT int posix_fallocate64(int fd, off64_t from, off64_t n)
{
	return posix_fallocate(fd, from, n);
}

/* arrive has let the lock go when a call is to fail. */
static void forget_nothing(int fd)
{
	pthread_mutex_lock(&lock);
	disk_sync_failed(fd);
	pthread_mutex_unlock(&lock);
}

static int do_sync(int fd, const char *name)
{
	char path[PATH_MAX];
	struct stat st;
	bool is_it = false;

	if (!path_of(fd, path))
		return REAL(fsync)(fd);
	int err = arrive(SYNC, path, name, 0, &is_it);
	if (err) {
		if (cut.is_power)
			forget_nothing(fd);
		errno = err;
		return -1;
	}
	if (is_it && cut.how == MIDDLE)
		die();
	/* The model does not need the real disk, and the pages stay in memory after SIGKILL. */
	if (cut.is_power && !cut.is_lying && fstat(fd, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			disk_folder_synced(path);
		else
			disk_synced(fd);
	}
	leave(is_it);
	return 0;
}

EXPORT int fsync(int fd)
{
	return do_sync(fd, "fsync");
}

EXPORT int fdatasync(int fd)
{
	return do_sync(fd, "fdatasync");
}

/* Before and after a change of a name; false with errno when it shall fail. */
static bool enter_name(enum kind kind, const char *path, const char *name, bool *ret_is_it)
{
	int err = arrive(kind, path, name, 0, ret_is_it);

	if (err)
		errno = err;
	else if (*ret_is_it && cut.how == MIDDLE)
		die();
	return err == 0;
}

EXPORT int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	char a[PATH_MAX], b[PATH_MAX];
	bool is_it = false;

	if (!path_at(from_folder, from, a) || !path_at(to_folder, to, b))
		return REAL(renameat)(from_folder, from, to_folder, to);
	if (!enter_name(RENAME, b, "rename", &is_it))
		return -1;
	struct stat st;
	if (cut.is_power && stat(a, &st) == 0)
		disk_renamed(a, b);
	int done = REAL(renameat)(from_folder, from, to_folder, to), saved = errno;
	leave(is_it);
	errno = saved;
	return done;
}

EXPORT int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int unlinkat(int folder, const char *name, int flags)
{
	char path[PATH_MAX];
	struct stat st;
	bool is_it = false;

	if (flags || !path_at(folder, name, path) || lstat(path, &st) < 0)
		return REAL(unlinkat)(folder, name, flags);
	if (!enter_name(UNLINK, path, "unlink", &is_it))
		return -1;
	if (cut.is_power && S_ISREG(st.st_mode))
		disk_unlinked(path);
	int done = REAL(unlinkat)(folder, name, 0), saved = errno;
	leave(is_it);
	errno = saved;
	return done;
}

EXPORT int unlink(const char *name)
{
	return unlinkat(AT_FDCWD, name, 0);
}

EXPORT int remove(const char *name)
{
	struct stat st;

	return cut.is_on && lstat(name, &st) == 0 && !S_ISDIR(st.st_mode) ? unlink(name) : REAL(remove)(name);
}

/* Opening matters when it makes a file. */
static int do_open(int folder, const char *name, int flags, mode_t mode)
{
	char path[PATH_MAX];
	struct stat st;
	bool is_it = false;

	if (!(flags & (O_CREAT | O_TRUNC)) || !path_at(folder, name, path))
		return REAL(openat64)(folder, name, flags, mode);
	if (lstat(path, &st) == 0 || !(flags & O_CREAT)) {
		int old = REAL(openat64)(folder, name, flags & ~O_TRUNC, mode);
		if (old >= 0 && flags & O_TRUNC && ftruncate(old, 0) < 0) {
			close(old);
			return -1;
		}
		return old;
	}
	if (!enter_name(CREATE, path, "open", &is_it))
		return -1;
	int fd = REAL(openat64)(folder, name, flags, mode), saved = errno;
	if (fd >= 0 && cut.is_power && !strstr(path, "-shm"))
		disk_created(path);
	leave(is_it);
	errno = saved;
	return fd;
}

EXPORT int mkdir(const char *name, mode_t mode)
{
	char path[PATH_MAX];
	struct stat st;
	bool is_it = false;

	if (!whole_path(name, path) || lstat(path, &st) == 0)
		return REAL(mkdir)(name, mode);
	if (!enter_name(CREATE, path, "mkdir", &is_it))
		return -1;
	int done = REAL(mkdir)(name, mode), saved = errno;
	if (done == 0 && cut.is_power)
		disk_created(path);
	leave(is_it);
	errno = saved;
	return done;
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

EXPORT int open(const char *name, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return do_open(AT_FDCWD, name, flags, mode);
}

EXPORT int open64(const char *name, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return do_open(AT_FDCWD, name, flags, mode);
}

EXPORT int openat(int folder, const char *name, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return do_open(folder, name, flags, mode);
}

EXPORT int openat64(int folder, const char *name, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	return do_open(folder, name, flags, mode);
}

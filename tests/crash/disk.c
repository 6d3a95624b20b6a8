/* See disk.h. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512

enum change { WRITTEN, RESIZED, CREATED, RENAMED, UNLINKED };
enum policy { KEEP_ALL, LOSE_ALL, KEEP_SOME, KEEP_SOME_SECTORS, POLICIES };

struct disk_file {
	dev_t dev;
	ino_t ino;
	char path[PATH_MAX]; /* as it is now */
	struct disk_file *next;
};
struct disk_change {
	enum change what;
	bool is_doomed;		 /* a sync failed: no later one helps, */
	bool *saved;		 /* except for the bytes written again since, and synced then; doomed only */
	struct disk_file *file;	 /* WRITTEN, RESIZED */
	off_t at, before, after; /* sizes of the file */
	size_t n, n_old;
	char *old, *new;	 /* bytes */
	char *path, *to, *aside; /* names */
	struct disk_change *next, *previous;
};

static struct disk_file *files;
static struct disk_change *first, *last;
static char side[PATH_MAX];
static uint64_t state, n_aside;

void disk_seed(uint64_t seed)
{
	state = seed;
}

uint64_t disk_random(uint64_t n)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return n ? z % n : 0;
}

void disk_begin(const char *folder)
{
	snprintf(side, sizeof(side), "%s", folder);
}

static void *grab(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		abort();
	return p;
}

static struct disk_change *append(enum change what)
{
	struct disk_change *c = grab(sizeof(*c));

	c->what = what;
	c->previous = last;
	if (last)
		last->next = c;
	else
		first = c;
	last = c;
	return c;
}

static void forget(struct disk_change *c)
{
	*(c->previous ? &c->previous->next : &first) = c->next;
	*(c->next ? &c->next->previous : &last) = c->previous;
	free(c->old);
	free(c->new);
	free(c->saved);
	free(c->path);
	free(c->to);
	free(c->aside);
	free(c);
}

static struct disk_file *find_file(const struct stat *st)
{
	for (struct disk_file *f = files; f; f = f->next)
		if (f->dev == st->st_dev && f->ino == st->st_ino)
			return f;
	return NULL;
}

static struct disk_file *file_of(const struct stat *st, const char *path)
{
	struct disk_file *f = find_file(st);

	if (!f) {
		f = grab(sizeof(*f));
		f->dev = st->st_dev;
		f->ino = st->st_ino;
		snprintf(f->path, sizeof(f->path), "%s", path);
		f->next = files;
		files = f;
	}
	return f;
}

/* Reads n bytes; through a new descriptor when this one cannot read (then it is none of SQLite's). */
static bool read_old(int fd, off_t at, char *to, size_t n)
{
	char link[64];
	ssize_t got = pread(fd, to, n, at);

	if (got < 0 && errno == EBADF) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		int other = open(link, O_RDONLY | O_CLOEXEC);
		got = other < 0 ? -1 : pread(other, to, n, at);
		if (other >= 0)
			close(other);
	}
	return got == (ssize_t)n;
}

/* A change of what is in the file, with the bytes of [at, at + n) that are there. */
static struct disk_change *change_of(int fd, const char *path, enum change what, off_t at, size_t n)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	struct disk_change *c = append(what);
	c->file = file_of(&st, path);
	c->at = at;
	c->before = st.st_size;
	c->n_old = at >= st.st_size ? 0 : (off_t)n > st.st_size - at ? (size_t)(st.st_size - at) : n;
	c->old = grab(c->n_old);
	if (!read_old(fd, at, c->old, c->n_old)) {
		forget(c);
		return NULL;
	}
	return c;
}

struct disk_change *disk_before_write(int fd, const char *path, off_t at, size_t n)
{
	return change_of(fd, path, WRITTEN, at, n);
}

void disk_after_write(struct disk_change *c, const void *data, ssize_t done)
{
	if (!c)
		return;
	if (done <= 0) {
		forget(c);
		return;
	}
	c->n = (size_t)done;
	c->n_old = c->n_old < c->n ? c->n_old : c->n;
	c->new = grab(c->n);
	memcpy(c->new, data, c->n);
	c->after = c->at + done > c->before ? c->at + done : c->before;
}

void disk_resized(int fd, const char *path, off_t size)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size == size)
		return;
	size_t cut = size < st.st_size ? (size_t)(st.st_size - size) : 0;
	struct disk_change *c = change_of(fd, path, RESIZED, size, cut);
	if (c)
		c->after = size;
}

void disk_sync_failed(int fd)
{
	struct stat st;
	struct disk_file *f = fstat(fd, &st) == 0 ? find_file(&st) : NULL;

	for (struct disk_change *c = f ? first : NULL; c; c = c->next)
		if (c->file == f)
			c->is_doomed = true;
}

/* What c wrote is on the disk: the doomed writes before it are, where it wrote over them. */
static void save(const struct disk_change *c)
{
	for (struct disk_change *d = c->previous; d; d = d->previous) {
		off_t from = c->at > d->at ? c->at : d->at;
		off_t to =
			c->at + (off_t)c->n < d->at + (off_t)d->n ? c->at + (off_t)c->n : d->at + (off_t)d->n;
		if (!d->is_doomed || d->what != WRITTEN || d->file != c->file || from >= to)
			continue;
		if (!d->saved)
			d->saved = grab(d->n * sizeof(*d->saved));
		memset(d->saved + (from - d->at), true, (size_t)(to - from));
	}
}

void disk_synced(int fd)
{
	struct stat st;
	struct disk_change *next;

	if (fstat(fd, &st) < 0)
		return;
	struct disk_file *f = find_file(&st);
	for (struct disk_change *c = f ? first : NULL; c; c = next) {
		next = c->next;
		if (c->file != f || c->is_doomed)
			continue;
		if (c->what == WRITTEN)
			save(c);
		forget(c);
	}
}

static bool is_in(const char *folder, const char *path)
{
	size_t n = strlen(folder);

	return path && strncmp(path, folder, n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/');
}

void disk_folder_synced(const char *folder)
{
	struct disk_change *next;

	for (struct disk_change *c = first; c; c = next) {
		next = c->next;
		if (!c->file && (is_in(folder, c->path) || is_in(folder, c->to)))
			forget(c);
	}
}

static struct disk_change *name_change(enum change what, const char *path, const char *to)
{
	struct disk_change *c = append(what);

	c->path = strdup(path);
	c->to = to ? strdup(to) : NULL;
	return c;
}

void disk_created(const char *path)
{
	name_change(CREATED, path, NULL);
}

static void has_moved(const char *path, const char *to)
{
	struct stat st;
	struct disk_file *f = stat(path, &st) == 0 ? find_file(&st) : NULL;

	if (f)
		snprintf(f->path, sizeof(f->path), "%s", to);
}

/* Keeps the file at path under another name, so that it can come back. */
static void put_aside(struct disk_change *c, const char *path)
{
	char name[PATH_MAX + 32];

	snprintf(name, sizeof(name), "%s/%llu", side, (unsigned long long)++n_aside);
	if (link(path, name) < 0)
		return;
	c->aside = strdup(name);
	has_moved(path, name);
}

void disk_renamed(const char *from, const char *to)
{
	put_aside(name_change(RENAMED, from, to), to);
	has_moved(from, to);
}

void disk_unlinked(const char *path)
{
	put_aside(name_change(UNLINKED, path, NULL), path);
}

/* --- the cut */

static void put(int fd, const char *data, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, data, n, at);
		if (done <= 0)
			abort();
		data += done;
		at += done;
		n -= (size_t)done;
	}
}

static int open_again(const struct disk_change *c)
{
	return open(c->file->path, O_WRONLY | O_CLOEXEC);
}

/* Disks take whole sectors: one saved byte, one saved sector. */
static bool is_saved(const struct disk_change *c, size_t at, size_t n)
{
	return c->saved && memchr(c->saved + at, true, n);
}

/* A doomed write is gone only where nobody wrote over it since, in what a later sync did bring to the disk.
 */
static void undo_doomed(const struct disk_change *c)
{
	char there[SECTOR];
	struct stat st;
	int fd = open(c->file->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t at = 0, n; at < c->n; at += n) {
		n = c->n - at < SECTOR ? c->n - at : SECTOR;
		if (is_saved(c, at, n) || pread(fd, there, n, c->at + (off_t)at) != (ssize_t)n ||
			memcmp(there, c->new + at, n) != 0)
			continue;
		size_t old = at >= c->n_old ? 0 : c->n_old - at < n ? c->n_old - at : n;
		memset(there, 0, n);
		memcpy(there, c->old + at, old);
		put(fd, there, n, c->at + (off_t)at);
	}
	if (!is_saved(c, c->n - 1, 1) && fstat(fd, &st) == 0 && st.st_size == c->after &&
		c->after > c->before && ftruncate(fd, c->before) < 0)
		abort();
	close(fd);
}

static void undo_content(const struct disk_change *c)
{
	int fd = c->is_doomed ? -1 : open_again(c);

	if (c->is_doomed && c->what == WRITTEN && disk_random(2))
		undo_doomed(c);
	if (fd < 0)
		return;
	put(fd, c->old, c->n_old, c->at);
	if (ftruncate(fd, c->before) < 0)
		abort();
	close(fd);
}

static void redo_write(int fd, const struct disk_change *c, enum policy policy)
{
	for (size_t at = 0; at < c->n;) {
		size_t n = SECTOR - (size_t)((c->at + (off_t)at) % SECTOR);
		n = n < c->n - at ? n : c->n - at;
		if (policy != KEEP_SOME_SECTORS || disk_random(2))
			put(fd, c->new + at, n, c->at + (off_t)at);
		at += n;
	}
	/* The size may have arrived without what was written there: zeroes. */
	if (policy == KEEP_SOME_SECTORS && c->after > c->before && disk_random(2)) {
		struct stat st;
		if (fstat(fd, &st) == 0 && st.st_size < c->after && ftruncate(fd, c->after) < 0)
			abort();
	}
}

static void redo_content(const struct disk_change *c, enum policy policy)
{
	int fd = open_again(c);

	if (fd < 0)
		return;
	if (c->what == WRITTEN)
		redo_write(fd, c, policy);
	else if (ftruncate(fd, c->after) < 0)
		abort();
	close(fd);
}

/* With everything in it. */
static void lose_folder(const char *path)
{
	char name[PATH_MAX + 32];

	snprintf(name, sizeof(name), "%s/%llu", side, (unsigned long long)++n_aside);
	if (rename(path, name) < 0)
		abort();
}

static void undo_name(const struct disk_change *c)
{
	if (c->what == CREATED && unlink(c->path) < 0 && errno == EISDIR)
		lose_folder(c->path);
	if (c->what == RENAMED && rename(c->to, c->path) < 0)
		return;
	if (c->aside && link(c->aside, c->what == RENAMED ? c->to : c->path) < 0)
		return;
}

void disk_cut(size_t *ret_kept, size_t *ret_lost)
{
	enum policy policy = disk_random(POLICIES);
	size_t n_names = 0, kept = 0, lost = 0;

	for (struct disk_change *c = last; c; c = c->previous) {
		if (c->file)
			undo_content(c);
		else
			n_names++;
	}
	for (struct disk_change *c = first; c; c = c->next) {
		bool is_kept = policy != LOSE_ALL && (policy == KEEP_ALL || disk_random(2));
		if (c->file && c->is_doomed)
			continue; /* decided above */
		if (c->file && is_kept)
			redo_content(c, policy);
		if (c->file)
			*(is_kept ? &kept : &lost) += 1;
	}
	size_t names_kept = policy == KEEP_ALL ? n_names : policy == LOSE_ALL ? 0 : disk_random(n_names + 1);
	for (struct disk_change *c = last; c && n_names > names_kept; c = c->previous) {
		if (c->file)
			continue;
		undo_name(c);
		n_names--;
		lost++;
	}
	*ret_kept = kept + n_names;
	*ret_lost = lost;
}

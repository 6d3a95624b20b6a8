/* Invariants: what the state says is in the file is on the disk before the state is; the state is replaced
 * whole. What lies in the file behind the state's length was never promised. Must not know: what the lines
 * mean. */
#include "app/files.h"
#include "app/queue_log.h"
#include "base/jsonx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT 1
#define ENTRIES_MAX 100000 /* of the folder, looked through for a renamed file */

static int open_file(struct queue_log_file *f)
{
	struct stat st;
	int fd = open(f->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	f->fd = fd;
	f->length = st.st_size;
	return 0;
}

void queue_log_file_close(struct queue_log_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* Cuts what was written and not promised. */
static int cut(int fd, int64_t length)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > length && (ftruncate(fd, length) < 0 || fdatasync(fd) < 0))
		return -errno;
	return 0;
}

/* The file was renamed since: it is looked for beside its old name, by its number, and cut there. */
static void cut_renamed(const struct queue_log_file *f, uint64_t inode, int64_t length)
{
	char copy[256], path[600];
	struct dirent *d;

	str_put(copy, sizeof(copy), f->path);
	const char *folder = dirname(copy);
	DIR *dir = opendir(folder);
	for (int i = 0; dir && i < ENTRIES_MAX && (d = readdir(dir)); i++) {
		if (d->d_ino != inode || str_printf(path, sizeof(path), "%s/%s", folder, d->d_name) < 0)
			continue;
		int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0) {
			cut(fd, length);
			close(fd);
		}
		break;
	}
	if (dir)
		closedir(dir);
}

static int save_state(const struct queue_log_file *f)
{
	char draft[280], folder[256];
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return -errno;
	_cleanup_json_ json_t *doc = json_pack("{s:i, s:s, s:I, s:I, s:I, s:I}", "format", FORMAT, "path",
		f->path, "file", (json_int_t)st.st_ino, "length", (json_int_t)f->length, "seq",
		(json_int_t)f->seq, "from", (json_int_t)f->from);
	char *text = doc ? jsonx_dump(doc) : NULL;
	if (!text)
		return -ENOMEM;
	str_printf(draft, sizeof(draft), "%s.new", f->state);
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), err = fd < 0 ? -errno : 0;
	if (err == 0 && (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fsync(fd) < 0))
		err = errno ? -errno : -EIO;
	if (fd >= 0)
		close(fd);
	free(text);
	if (err == 0 && rename(draft, f->state) < 0)
		err = -errno;
	str_put(folder, sizeof(folder), f->state);
	return err == 0 ? files_sync_folder(dirname(folder)) : err;
}

/* Makes the file as the state says it is. Nothing known: the file stays as it is. */
static int apply_state(struct queue_log_file *f, const json_t *doc, bool *ret_is_new)
{
	uint64_t inode = (uint64_t)jsonx_int(doc, "file", 0);
	int64_t length = jsonx_int(doc, "length", 0);
	struct stat st;

	*ret_is_new =
		jsonx_int(doc, "format", 0) != FORMAT || !str_equal(jsonx_text(doc, "path", NULL), f->path);
	if (*ret_is_new)
		return 0;
	f->seq = (uint64_t)jsonx_int(doc, "seq", 0);
	f->from = (uint64_t)jsonx_int(doc, "from", 0);
	if (fstat(f->fd, &st) < 0)
		return -errno;
	if (st.st_ino != inode) {
		cut_renamed(f, inode, length);
		return 0;
	}
	int err = cut(f->fd, length);
	if (err == 0 && fstat(f->fd, &st) == 0)
		f->length = st.st_size;
	return err;
}

int queue_log_file_open(struct queue_log_file *f, const char *path, const char *directory, bool *ret_is_new)
{
	*f = (struct queue_log_file){.fd = -1};
	if (str_put(f->path, sizeof(f->path), path) < 0 ||
		str_printf(f->state, sizeof(f->state), "%s/queue_log.state", directory) < 0)
		return -ENAMETOOLONG;
	_cleanup_json_ json_t *doc = json_load_file(f->state, 0, NULL);
	int err = open_file(f);
	if (err == 0)
		err = apply_state(f, doc, ret_is_new);
	if (err < 0)
		queue_log_file_close(f);
	return err;
}

int queue_log_file_reopen(struct queue_log_file *f)
{
	struct stat here, ours;

	if (f->fd >= 0 && fstat(f->fd, &ours) == 0 && stat(f->path, &here) == 0 &&
		here.st_ino == ours.st_ino && here.st_dev == ours.st_dev) {
		/* Emptied in place: appending goes on at its new end. */
		if (ours.st_size < f->length)
			f->length = ours.st_size;
		return 0;
	}
	queue_log_file_close(f);
	return open_file(f);
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		p += done;
		n -= (size_t)done;
	}
	return fdatasync(fd) < 0 ? -errno : 0;
}

int queue_log_file_add(struct queue_log_file *f, const char *lines, size_t n, uint64_t seq, uint64_t from)
{
	struct queue_log_file before;
	int err = queue_log_file_reopen(f);

	if (err < 0)
		return err;
	before = *f;
	err = n ? write_all(f->fd, lines, n) : 0;
	if (err == 0) {
		f->length += (int64_t)n;
		f->seq = seq;
		f->from = from;
		err = save_state(f);
	}
	if (err < 0) {
		f->length = before.length;
		f->seq = before.seq;
		f->from = before.from;
		cut(f->fd, f->length);
	}
	return err;
}

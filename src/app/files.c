/* See files.h. */
#include "app/files.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 65536
#define PATH_SIZE 4096

int files_make_empty(const char *folder)
{
	int n = 0;

	if (mkdir(folder, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	DIR *d = opendir(folder);
	if (!d)
		return -errno;
	for (struct dirent *e; (e = readdir(d));)
		n += !str_equal(e->d_name, ".") && !str_equal(e->d_name, "..");
	closedir(d);
	return n ? -ENOTEMPTY : 0;
}

static int copy_bytes(int in, int out)
{
	char block[BLOCK];
	ssize_t n;

	while ((n = read(in, block, sizeof(block))) > 0)
		for (ssize_t done = 0, w; done < n; done += w)
			if ((w = write(out, block + done, (size_t)(n - done))) < 0)
				return -errno;
	return n < 0 || fsync(out) < 0 ? -errno : 0;
}

int files_copy(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (in < 0)
		return -errno;
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int err = out < 0 ? -errno : copy_bytes(in, out);
	if (out >= 0)
		close(out);
	close(in);
	if (err < 0 && out >= 0)
		unlink(to);
	return err;
}

int files_sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int copy_entry(const FTSENT *e, const char *to, uint64_t *ret_files)
{
	int err;

	switch (e->fts_info) {
	case FTS_D:
		return mkdir(to, 0750) < 0 && errno != EEXIST ? -errno : 0;
	case FTS_DP:
		return files_sync_folder(to);
	case FTS_F:
		err = files_copy(e->fts_path, to, 0640);
		*ret_files += err == 0;
		return err == -ENOENT ? 0 : err;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return e->fts_errno == ENOENT ? 0 : -e->fts_errno;
	default:
		return 0;
	}
}

int files_copy_tree(const char *from, const char *to, uint64_t *ret_files)
{
	char root[PATH_SIZE], path[PATH_SIZE];
	char *roots[] = {root, NULL};
	int err = str_put(root, sizeof(root), from) < 0 ? -ENAMETOOLONG : 0;

	if (err < 0)
		return err;
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!tree)
		return -errno;
	for (FTSENT *e; err == 0 && (e = fts_read(tree));)
		err = str_printf(path, sizeof(path), "%s%s", to, e->fts_path + strlen(from)) < 0
			      ? -ENAMETOOLONG
			      : copy_entry(e, path, ret_files);
	fts_close(tree);
	return err;
}

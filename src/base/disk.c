/* See disk.h. */
#include "base/disk.h"
#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)1 << 20)

int disk_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* One piece; short at the end of the file. The bytes done, or -errno. */
static int64_t again(int fd, uint8_t *piece, size_t n, uint64_t at)
{
	ssize_t got, put = 0;

	do
		got = pread(fd, piece, n, (off_t)at);
	while (got < 0 && errno == EINTR);
	for (ssize_t done = 0; done < got; done += put) {
		put = pwrite(fd, piece + done, (size_t)(got - done), (off_t)at + done);
		if (put < 0 && errno == EINTR)
			put = 0;
		else if (put <= 0)
			return put < 0 ? -errno : -EIO;
	}
	return got < 0 ? -errno : got;
}

int disk_write_again(const char *path, uint64_t n)
{
	_cleanup_alloc_ uint8_t *piece = alloc_zero(PIECE_BYTES);
	int fd = piece ? open(path, O_RDWR | O_CLOEXEC) : -1;
	int64_t done = 1;

	if (fd < 0)
		return piece ? -errno : -ENOMEM;
	for (uint64_t at = 0; at < n && done > 0; at += (uint64_t)done)
		done = again(fd, piece, n - at < PIECE_BYTES ? (size_t)(n - at) : PIECE_BYTES, at);
	int err = done < 0 ? (int)done : 0;
	if (err == 0 && fdatasync(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}

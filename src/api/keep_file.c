/* See keep_file.h. */
#include "api/keep_file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const unsigned char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int keep_file(const char *path, const unsigned char *data, size_t n)
{
	char beside[KEEP_PATH_MAX + 32], folder[KEEP_PATH_MAX];
	static _Atomic unsigned serial;

	str_put(folder, sizeof(folder), path);
	*strrchr(folder, '/') = '\0';
	if (mkdir(folder, 0750) < 0 && errno != EEXIST)
		return -errno;
	snprintf(beside, sizeof(beside), "%s.new%u", path, serial++);
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	int err = write_all(fd, data, n);
	close(fd);
	if (err == 0 && rename(beside, path) < 0)
		err = -errno;
	if (err < 0)
		unlink(beside);
	return err;
}

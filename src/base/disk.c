/* See disk.h. */
#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int disk_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return err;
}

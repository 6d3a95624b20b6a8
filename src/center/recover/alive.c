/* See alive.h. */
#include "center/recover/alive.h"
#include "base/log.h"
#include "base/str.h"
#include "center/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIVE_EVERY_MS 5000

static void path_of(char *path, size_t size, const char *data_directory)
{
	str_printf(path, size, "%s/alive", data_directory);
}

static void give_sign(struct center *c)
{
	int64_t now = center_wall(c);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {now / 1000, now % 1000 * 1000000}};
	char path[PATH_MAX];

	path_of(path, sizeof(path), c->parts.data_directory);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	bool is_given = fd >= 0 && futimens(fd, times) == 0;
	if (!is_given && !c->is_silent) /* once is enough */
		log_warn("center", 0,
			"%s cannot be written (error %d): contacts cut off by a crash would end with the "
			"last event",
			path, errno);
	c->is_silent = !is_given;
	if (fd >= 0)
		close(fd);
}

static void seconds_over(struct timer *t, int64_t now_ms)
{
	(void)now_ms;
	alive_start((struct center *)((char *)t - offsetof(struct center, alive_timer)));
}

void alive_start(struct center *c)
{
	give_sign(c);
	timer_set(&c->timers, &c->alive_timer, c->now_ms + ALIVE_EVERY_MS, seconds_over);
}

int64_t alive_last(const char *data_directory)
{
	char path[PATH_MAX];
	struct stat st;

	path_of(path, sizeof(path), data_directory);
	return stat(path, &st) == 0 ? st.st_mtim.tv_sec * 1000LL + st.st_mtim.tv_nsec / 1000000 : 0;
}

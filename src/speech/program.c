/* One child at a time per calling thread. The child gets its own process group, so that a wrapper script dies
 * together with what it started; input comes from memory, so nothing can block or raise SIGPIPE on our side.
 */
#include "speech/program.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES 16384
#define LINGER_US 1000
#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

static int input_fd(const char *input)
{
	int fd = memfd_create("speech", MFD_CLOEXEC);
	size_t n = strlen(input);

	if (fd < 0)
		return -errno;
	if (write(fd, input, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setpgroup(attributes, 0);
	return -posix_spawnattr_setflags(
		attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

static int set_files(posix_spawn_file_actions_t *files, int in, int out)
{
	int err = posix_spawn_file_actions_adddup2(files, in, 0);

	if (!err)
		err = posix_spawn_file_actions_adddup2(files, out, 1);
	if (!err)
		err = posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(files, 3);
	return -err;
}

static int spawn(const char *const argv[], int in, int out, pid_t *ret_pid)
{
	/* Nothing of our own environment: it may hold secrets. */
	char path[1024];
	const char *own = getenv("PATH");
	char *environment[] = {path, (char *)"LC_ALL=C.UTF-8", NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;

	if (str_printf(path, sizeof(path), "PATH=%s", own && *own ? own : PATH_DEFAULT) < 0)
		str_put(path, sizeof(path), "PATH=" PATH_DEFAULT);
	if (posix_spawn_file_actions_init(&files))
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes)) {
		posix_spawn_file_actions_destroy(&files);
		return -ENOMEM;
	}
	int err = set_attributes(&attributes);
	if (err == 0)
		err = set_files(&files, in, out);
	if (err == 0)
		err = -posix_spawnp(ret_pid, argv[0], &files, &attributes, (char *const *)argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return err;
}

/* 1: more may come, 0: end, or an error. */
static int read_some(int fd, const struct program_limits *limits, struct text *output)
{
	char buffer[READ_BYTES];
	ssize_t n = read(fd, buffer, sizeof(buffer));

	if (n == 0)
		return 0;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	if (output->len + (size_t)n > limits->output_max)
		return -E2BIG;
	text_add_n(output, buffer, (size_t)n);
	return output->failed ? -ENOMEM : 1;
}

static int read_all(int fd, const struct program_limits *limits, int64_t deadline_ms, struct text *output)
{
	int err = 1;

	while (err > 0) {
		struct pollfd fds[] = {
			{.fd = fd, .events = POLLIN}, {.fd = limits->stop_fd, .events = POLLIN}};
		int64_t left = deadline_ms - clock_mono_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(fds, 2, (int)left) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			return -ECANCELED;
		if (fds[0].revents)
			err = read_some(fd, limits, output);
	}
	return err;
}

/* Output closed is not yet gone: a program may linger. It gets until the deadline. */
static int reap(pid_t pid, int err, int64_t deadline_ms)
{
	int status = 0;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);
		if (got == pid)
			break;
		if (got < 0 && errno != EINTR)
			return err < 0 ? err : -EIO;
		if (err < 0 || clock_mono_ms() >= deadline_ms) {
			err = err < 0 ? err : -ETIMEDOUT;
			kill(-pid, SIGKILL);
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				;
			break;
		}
		usleep(LINGER_US);
	}
	if (err == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		err = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -EIO;
	return err;
}

int program_run(const char *const argv[], const char *input, const struct program_limits *limits,
	struct text *ret_output)
{
	int64_t deadline = clock_mono_ms() + limits->timeout_ms;
	int pipes[2], in = input_fd(input);
	pid_t pid = -1;

	if (in < 0)
		return in;
	if (pipe2(pipes, O_CLOEXEC) < 0) {
		int err = -errno;
		close(in);
		return err;
	}
	int err = spawn(argv, in, pipes[1], &pid);
	close(in);
	close(pipes[1]);
	if (err == 0)
		err = reap(pid, read_all(pipes[0], limits, deadline, ret_output), deadline);
	close(pipes[0]);
	return err;
}

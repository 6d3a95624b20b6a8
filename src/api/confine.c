/* See confine.h. Between fork and exec only calls that are safe there: everything is prepared before. */
#include "api/confine.h"
#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"
#define LOOK_US 2000
#define FILES_MAX 64
#define NOT_FOUND 127

/* No socket of any kind: neither the network nor a daemon of this machine. */
static struct sock_filter no_sockets[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

struct child {
	const char *const *argv;
	const char *folder;
	const struct confine_limits *limits;
	char path[1024], home[1024], tmp[1024];
	char *environment[6];
};

static bool limit(int what, rlim_t max)
{
	struct rlimit r = {max, max};

	return setrlimit(what, &r) == 0;
}

static void become(const struct child *c)
{
	struct sock_fprog filter = {sizeof(no_sockets) / sizeof(no_sockets[0]), no_sockets};
	const struct confine_limits *l = c->limits;
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || setpgid(0, 0) < 0 ||
		chdir(c->folder) < 0)
		_exit(1);
	(void)syscall(SYS_close_range, 3u, ~0u, 0u);
	if (!limit(RLIMIT_AS, l->memory_bytes) || !limit(RLIMIT_FSIZE, l->file_bytes) ||
		!limit(RLIMIT_CPU, (rlim_t)l->timeout_ms / 2000 + 1) || !limit(RLIMIT_NOFILE, FILES_MAX) ||
		!limit(RLIMIT_CORE, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)!nice(10); /* calls come first */
	execvpe(c->argv[0], (char *const *)(uintptr_t)c->argv, c->environment);
	_exit(errno == ENOENT ? NOT_FOUND : 1);
}

static int outcome(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0 ? 0 : WEXITSTATUS(status) == NOT_FOUND ? -ENOENT : -EBADMSG;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
		return -EFBIG;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? -ETIMEDOUT : -EBADMSG;
}

static int await(pid_t pid, int timeout_ms)
{
	int64_t deadline_ms = clock_mono_ms() + timeout_ms;
	int status = 0;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);
		if (got == pid)
			return outcome(status);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (clock_mono_ms() >= deadline_ms)
			break;
		usleep(LOOK_US);
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL); /* it may not have its group yet */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return -ETIMEDOUT;
}

int confine_run(const char *const argv[], const char *folder, const struct confine_limits *limits)
{
	struct child c = {.argv = argv, .folder = folder, .limits = limits};
	const char *own = getenv("PATH");

	if (str_printf(c.path, sizeof(c.path), "PATH=%s", own && *own ? own : PATH_DEFAULT) < 0)
		str_put(c.path, sizeof(c.path), "PATH=" PATH_DEFAULT);
	if (str_printf(c.home, sizeof(c.home), "HOME=%s", folder) < 0 ||
		str_printf(c.tmp, sizeof(c.tmp), "TMPDIR=%s", folder) < 0)
		return -ENAMETOOLONG;
	c.environment[0] = c.path;
	c.environment[1] = c.home;
	c.environment[2] = c.tmp;
	c.environment[3] = (char *)(uintptr_t) "LC_ALL=C.UTF-8";
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(&c);
	return await(pid, limits->timeout_ms);
}

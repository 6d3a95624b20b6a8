/* See bench_calls.h. */
#include "app/bench_calls.h"
#include "app/bench_peers.h"
#include "app/centre_files.h"
#include "app/config.h"
#include "base/jsonx.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGENTS 100
#define TALK_S "1-1"
#define READY_TRIES 200
#define END_TRIES 100

struct ports {
	int sip, callers, agents, http;
};

/* A port nobody has at this moment; 0 when there is none. */
static int free_port(int type)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), port = 0;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
		getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		port = ntohs(a.sin_port);
	close(fd);
	return port;
}

static bool write_file(const char *folder, const char *name, const char *text)
{
	char path[400];

	str_printf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "we");
	if (!f)
		return false;
	bool is_written = fputs(text, f) >= 0;
	return fclose(f) == 0 && is_written;
}

static bool write_centre(const char *folder, const struct ports *p)
{
	char trunks[300], users[400];

	str_printf(trunks, sizeof(trunks),
		"[{\"name\":\"load\",\"transport\":\"udp\",\"is_accepted_by_address\":true,\"addresses\":["
		"\"127.0.0.1:%d\"],"
		"\"qualify_interval_s\":0}]",
		p->callers);
	str_printf(users, sizeof(users),
		"[{\"repeat\":\"%d\",\"as\":\"i\",\"login\":\"agent${i}\",\"name\":\"Agent "
		"${i}\",\"roles\":[\"agent\"],"
		"\"device\":\"uri\",\"device_uri\":\"sip:a${i}@127.0.0.1:%d\",\"is_always_ready\":true}]",
		AGENTS, p->agents);
	return write_file(folder, "trunks.json", trunks) && write_file(folder, "users.json", users) &&
	       write_file(folder, "queues.json",
		       "[{\"name\":\"support\",\"ring_timeout_s\":20,\"wrap_up_s\":0,\"wrap_up_extend_s\":0,"
		       "\"announce_first_s\":0,\"announce_every_s\":0,\"recording\":\"never\"}]") &&
	       write_file(folder, "numbers.json",
		       "[{\"number\":\"support\",\"name\":\"Load\",\"queue\":\"@support\"}]");
}

static bool write_config(const char *folder, const struct ports *p)
{
	char text[800];

	str_printf(text, sizeof(text),
		"data_directory = %s/data\nhttp_address = 127.0.0.1\nhttp_port = %d\nhttps_port = 0\n"
		"sip_listen = udp:127.0.0.1:%d\nmedia_address = 127.0.0.1\nrtp_ports = "
		"20000-24998\nwebrtc_port = 0\n"
		"legs_max = 4000\nlog_level = error\n",
		folder, p->http, p->sip);
	return write_file(folder, "markaz.conf", text);
}

/* This program again; out: its standard output, -1 for none. */
static pid_t spawn(char *const argv[], int out)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int null = open("/dev/null", O_WRONLY);
	dup2(out >= 0 ? out : null, 1);
	dup2(null, 2);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static int wait_end(pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	for (int i = 0; i < END_TRIES; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		bench_rest_ms(50);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool is_listening(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_up = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	close(fd);
	return is_up;
}

/* CPU time of a process, in seconds (proc(5), fields 14 and 15). */
static double cpu_of(pid_t pid)
{
	char path[40], text[1024];
	unsigned long user = 0, system = 0;

	str_printf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = '\0';
	const char *p = strrchr(text, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* The caller program's own summary, the last line it prints. */
static void read_summary(FILE *f, struct calls_result *r)
{
	char line[4096];

	while (fgets(line, sizeof(line), f)) {
		_cleanup_json_ json_t *j = json_loads(line, 0, NULL);
		if (!str_equal(jsonx_text(j, "event", ""), "call_ended"))
			continue;
		if (jsonx_bool(j, "answered", false))
			r->answered++;
		else
			r->failed++;
	}
}

static void run_callers(const struct ports *p, int count, int rate, struct calls_result *r)
{
	char to[80], listen[40], counts[16], rates[16];
	int out[2];
	char *const argv[] = {"markaz", "callers", "--to", to, "--listen", listen, "--from", "+1555######",
		"--count", counts, "--rate", rates, "--talk-s", TALK_S, "--patience-s", "30-30", "--audio",
		"silence", "--rtp-ports", "25000-28998", "--json", NULL};

	str_printf(to, sizeof(to), "sip:support@127.0.0.1:%d", p->sip);
	str_printf(listen, sizeof(listen), "127.0.0.1:%d", p->callers);
	str_printf(counts, sizeof(counts), "%d", count);
	str_printf(rates, sizeof(rates), "%d", rate);
	if (pipe2(out, O_CLOEXEC) < 0)
		return;
	pid_t callers = spawn(argv, out[1]);
	close(out[1]);
	FILE *f = fdopen(out[0], "r");
	if (f) {
		read_summary(f, r);
		fclose(f);
	}
	wait_end(callers);
}

static void measure_with(pid_t server, const struct ports *p, int count, int rate, struct calls_result *r)
{
	char listen[40], agents[16];
	char *const argv[] = {"markaz", "callers", "--agents", agents, "--listen", listen, "--talk-s", "0",
		"--audio", "silence", "--rtp-ports", "40000-44998", NULL};

	str_printf(listen, sizeof(listen), "127.0.0.1:%d", p->agents);
	str_printf(agents, sizeof(agents), "%d", AGENTS);
	for (int i = 0; i < READY_TRIES && !is_listening(p->http); i++)
		bench_rest_ms(50);
	if (!is_listening(p->http)) {
		str_put(r->why_not, sizeof(r->why_not),
			"the server did not start: try markaz serve to see why");
		return;
	}
	pid_t people = spawn(argv, -1);
	bench_rest_ms(500);
	double before = cpu_of(server);
	run_callers(p, count, rate, r);
	double used = cpu_of(server) - before;
	end(people);
	r->is_done = r->answered > 0;
	r->cpu_s_per_1000 = r->is_done ? 1000 * used / r->answered : 0;
	if (!r->is_done)
		str_put(r->why_not, sizeof(r->why_not), "no call was answered");
}

void calls_measure(const char *folder, int count, int rate, struct calls_result *ret_result)
{
	struct ports p = {
		free_port(SOCK_DGRAM), free_port(SOCK_DGRAM), free_port(SOCK_DGRAM), free_port(SOCK_STREAM)};
	struct calls_result r = {0};
	char centre[300], config[300];
	char *const apply[] = {"markaz", "apply", centre, "--config", config, NULL};
	char *const serve[] = {"markaz", "serve", "--config", config, NULL};

	str_printf(centre, sizeof(centre), "%s/centre", folder);
	str_printf(config, sizeof(config), "%s/markaz.conf", folder);
	mkdir(centre, 0700);
	if (!p.sip || !p.callers || !p.agents || !p.http || !write_centre(centre, &p) ||
		!write_config(folder, &p) || wait_end(spawn(apply, -1)) != 0) {
		str_put(r.why_not, sizeof(r.why_not), "the centre for it could not be made");
		*ret_result = r;
		return;
	}
	pid_t server = spawn(serve, -1);
	measure_with(server, &p, count, rate, &r);
	end(server);
	*ret_result = r;
}

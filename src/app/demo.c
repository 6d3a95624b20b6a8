/* `markaz demo`: a seeded centre with people calling it, ready to be looked at. The server runs in this
 * process; callers and the colleagues who answer by themselves are processes of their own (`markaz callers`),
 * real SIP peers with real audio. */
#include "app/centre_files.h"
#include "app/commands.h"
#include "app/server.h"
#include "base/log.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COLLEAGUES 3
#define PORTS_TRIED 100

struct demo {
	struct app_config config;
	char program[300], share[300];
	char agents_address[64];
	int sip_port, agents_port;
	bool has_callers;
	pid_t callers, colleagues;
};

static const char help[] =
	"markaz demo [--data DIR] [--http-port N] [--sip-port N] [--no-callers]\n\n"
	"Starts a demo centre: three queues, seven people, callers in four languages. Everything stays on "
	"this machine\n"
	"(127.0.0.1); a port that is taken is replaced by the next free one. DIR keeps its data (a folder in "
	"the temporary directory by default); with MARKAZ_DATABASE_URL=postgres://... the rows are on that "
	"server. "
	"Ctrl-C ends it.\n";

static int bad(const char *what)
{
	fprintf(stderr, "markaz demo: %s\n\n%s", what, help);
	return -EINVAL;
}

static int read_options(struct demo *d, int argc, char **argv)
{
	int64_t n;

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		if (str_equal(argv[i], "--no-callers")) {
			d->has_callers = false;
			continue;
		}
		if (str_equal(argv[i], "--data") && *value &&
			strlen(value) < sizeof(d->config.data_directory))
			str_put(d->config.data_directory, sizeof(d->config.data_directory), value);
		else if (str_equal(argv[i], "--http-port") && str_to_int(value, 1, 65535, &n) == 0)
			d->config.api.http_port = (uint16_t)n;
		else if (str_equal(argv[i], "--sip-port") && str_to_int(value, 1, 65000, &n) == 0)
			d->sip_port = (int)n;
		else
			return bad(argv[i]);
		i++;
	}
	return 0;
}

/* Where examples and screens lie: beside an installed program (PREFIX/share/markaz) or in the source tree it
 * was built in. */
static int find_share(struct demo *d)
{
	static const char *const places[] = {"/../share/markaz", "/../../.."};
	char folder[300], probe[400];
	ssize_t n = readlink("/proc/self/exe", d->program, sizeof(d->program) - 1);

	if (n <= 0)
		return -errno;
	d->program[n] = '\0';
	str_put(folder, sizeof(folder), d->program);
	*strrchr(folder, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (str_printf(d->share, sizeof(d->share), "%s%s", folder, places[i]) < 0 ||
			str_printf(probe, sizeof(probe), "%s/examples/demo-centre/users.json", d->share) < 0)
			continue;
		if (access(probe, R_OK) == 0)
			return 0;
	}
	fprintf(stderr, "markaz demo: the example centre is not beside this program: run ./run demo, or "
			"install with meson install\n");
	return -ENOENT;
}

static void fill_config(struct demo *d)
{
	struct app_config *c = &d->config;
	const char *temporary = getenv("TMPDIR");
	const char *database = getenv("MARKAZ_DATABASE_URL");
	char probe[400];

	config_defaults(c);
	str_put(c->database_url, sizeof(c->database_url), database);
	str_printf(c->data_directory, sizeof(c->data_directory), "%s/markaz-demo-%u",
		temporary ? temporary : "/tmp", (unsigned)getuid());
	str_put(c->media.bind_address, sizeof(c->media.bind_address), "127.0.0.1");
	c->media.webrtc_port = 3478;
	str_put(c->log_level, sizeof(c->log_level), "warn");
	str_printf(probe, sizeof(probe), "%s/web/dist/index.html", d->share);
	str_printf(c->api.web_directory, sizeof(c->api.web_directory), "%s/%s", d->share,
		access(probe, R_OK) == 0 ? "web/dist" : "web");
	d->sip_port = 5060;
	d->has_callers = true;
}

/* Whether nobody has the port on the loopback address. */
static bool is_free(int type, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	bool is_ours = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return is_ours;
}

/* The wanted port, or the next free one: another server on this machine must not spoil the demo. */
static int free_port(int wanted, bool is_tcp, bool is_udp)
{
	for (int port = wanted; port < wanted + PORTS_TRIED && port < 65536; port++)
		if ((!is_tcp || is_free(SOCK_STREAM, port)) && (!is_udp || is_free(SOCK_DGRAM, port)))
			return port;
	return wanted; /* its refusal will be said by the part that needs it */
}

static void set_ports(struct demo *d)
{
	static const enum sip_transport transports[] = {SIP_UDP, SIP_TCP};
	struct sip_config *sip = &d->config.sip;

	d->sip_port = free_port(d->sip_port, true, true);
	d->agents_port = free_port(d->sip_port + 10, false, true);
	d->config.api.http_port = (uint16_t)free_port(d->config.api.http_port, true, false);
	d->config.media.webrtc_port = (uint16_t)free_port(d->config.media.webrtc_port, false, true);
	sip->n_listen = 2;
	for (int i = 0; i < 2; i++)
		sip->listen[i] = (struct sip_listen){"127.0.0.1", (uint16_t)d->sip_port, transports[i]};
	str_printf(d->agents_address, sizeof(d->agents_address), "127.0.0.1:%d", d->agents_port);
}

static int seed(struct demo *d)
{
	struct centre_variables variables = {.at = {{"agents_address", d->agents_address}}, .n = 1};
	struct centre_counts counts;
	struct rows_target *target;
	char folder[400];
	int err;

	if (mkdir(d->config.data_directory, 0700) < 0 && errno != EEXIST)
		return fprintf(stderr, "markaz demo: %s: %s\n", d->config.data_directory, strerror(errno)),
		       -errno;
	if ((err = store_where_agree(d->config.data_directory, d->config.database_url)) < 0)
		return fprintf(stderr, "markaz demo: MARKAZ_DATABASE_URL: %s\n", strerror(-err)), err;
	if ((err = rows_target_open(&target, d->config.data_directory)) < 0)
		return fprintf(stderr, "markaz demo: %s: %s\n", d->config.data_directory,
			       err == -EBUSY ? "a demo is running there already" : strerror(-err)),
		       err;
	str_printf(folder, sizeof(folder), "%s/examples/demo-centre", d->share);
	err = centre_apply(target, folder, &variables, &counts);
	rows_target_close(target);
	return err;
}

/* A child that ends with us even when we are killed. */
static pid_t spawn(struct demo *d, char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		setpgid(0, 0); /* Ctrl-C reaches us first; we then end them in order */
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execv(d->program, argv);
		_exit(127);
	}
	return pid;
}

static void start_people(struct demo *d)
{
	char to[80], cache[256], colleagues[8];
	char *const answering[] = {d->program, "callers", "--agents", colleagues, "--listen",
		d->agents_address, "--audio", "speech", "--talk-s", "20-70", "--answer-s", "1-4",
		"--rtp-ports", "31000-31999", "--cache", cache, NULL};
	char *const calling[] = {d->program, "callers", "--to", to, "--count", "0", "--rate", "0.2",
		"--at-once", "9", "--talk-s", "25-90", "--patience-s", "45-150", "--digits", "1|1|2|L,1|2",
		"--audio", "speech", "--from", "people", "--rtp-ports", "30000-30999", "--cache", cache,
		NULL};

	str_printf(to, sizeof(to), "sip:1000@127.0.0.1:%d", d->sip_port);
	str_printf(cache, sizeof(cache), "%s/speech-callers", d->config.data_directory);
	str_printf(colleagues, sizeof(colleagues), "%d", COLLEAGUES);
	d->colleagues = spawn(d, answering);
	d->callers = spawn(d, calling);
}

static void end_people(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	for (int i = 0; i < 50 && waitpid(pid, NULL, WNOHANG) == 0; i++)
		usleep(100000);
	if (kill(pid, 0) == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

static void welcome(const struct demo *d, const char *password)
{
	printf("\nMarkaz is open:  http://localhost:%d\n\n", d->config.api.http_port);
	printf("  as an agent          alice  / markaz-demo   (also sara, omar, mei: Persian, Arabic, "
	       "Chinese screens)\n");
	printf("  as a supervisor      nadia  / markaz-demo\n");
	if (*password)
		printf("  as an administrator  admin  / %s\n", password);
	else
		printf("  as an administrator  admin  / the password printed when this demo first started "
		       "(%s)\n",
			d->config.data_directory);
	if (d->has_callers)
		printf("\nPeople are calling already. Sign in as alice, allow the microphone, press Ready, "
		       "and answer.\n");
	printf("Your own phone: call sip:1000@127.0.0.1:%d.  Ctrl-C ends the demo.\n\n", d->sip_port);
	fflush(stdout);
}

int demo_main(int argc, char **argv)
{
	struct demo d = {0};
	struct server *server;
	char password[32], why[400];

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (find_share(&d) < 0)
		return 1;
	fill_config(&d);
	if (config_environment(&d.config, why, sizeof(why)) < 0) {
		fprintf(stderr, "markaz demo: %s\n", why);
		return 2;
	}
	if (read_options(&d, argc, argv) < 0)
		return 2;
	set_ports(&d);
	if (seed(&d) < 0 || server_start(&server, &d.config, password) < 0)
		return 1;
	if (d.has_callers)
		start_people(&d);
	welcome(&d, password);
	server_wait(server);
	printf("\nClosing...\n");
	end_people(d.callers);
	end_people(d.colleagues);
	server_stop(server, 2);
	return 0;
}

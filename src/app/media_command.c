/* `markaz media`: the media engine as a process of its own. Calls go on in it while the centre is restarted.
 */
#include "app/commands.h"
#include "app/server.h"
#include "base/log.h"
#include "base/str.h"
#include "media/remote/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int usage(FILE *out)
{
	fprintf(out,
		"markaz media [--config FILE] [--socket PATH]\n\n"
		"Runs the media engine until SIGTERM. The centre of the same configuration, whose setting\n"
		"media_process names the same socket, controls it; when that centre ends or is killed, calls "
		"go on\n"
		"here, and the next centre takes them over. Both need the same user, program and data "
		"directory.\n");
	return out == stdout ? 0 : 2;
}

static int fail(int err, const char *what, const char *path)
{
	fprintf(stderr, "markaz media: %s%s%s: %s\n", what, path ? " " : "", path ? path : "",
		strerror(-err));
	return 1;
}

static int read_options(int argc, char **argv, struct app_config *c)
{
	for (int i = 1; i < argc; i++) {
		if (!str_equal(argv[i], "--socket") || i + 1 == argc) {
			fprintf(stderr, "markaz media: \"%s\" is not an option\n\n", argv[i]);
			return usage(stderr);
		}
		if (str_put(c->media.process, sizeof(c->media.process), argv[++i]) < 0)
			c->media.process[0] = '\0';
	}
	if (c->media.process[0])
		return 0;
	fprintf(stderr,
		"markaz media: say where its socket is: media_process in the configuration, or --socket "
		"PATH\n");
	return 2;
}

static void wait_for_the_end(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	do {
		sigwait(&set, &sig);
	} while (sig == SIGHUP);
	log_info("app", 0, "signal %d: the media process stops", sig);
}

int media_main(int argc, char **argv)
{
	struct app_config c;
	struct remote_server *server = NULL;
	enum log_level level = LOG_INFO;
	int err;

	if (argc > 1 && str_equal(argv[1], "--help"))
		return usage(stdout);
	if (command_config(&argc, argv, &c) < 0)
		return 2;
	err = read_options(argc, argv, &c);
	if (err)
		return err;
	log_level_parse(c.log_level, &level);
	log_level_set(level);
	signal(SIGPIPE, SIG_IGN);
	server_raise_file_limit(c.sip.legs_max);
	if (config_complete(&c) < 0)
		return fail(-ENAMETOOLONG, "data_directory", c.data_directory);
	if (mkdir(c.data_directory, 0750) < 0 && errno != EEXIST)
		return fail(-errno, "data_directory", c.data_directory);
	err = remote_server_start(&server, c.media.process, &c.media);
	if (err == -EADDRINUSE)
		return fail(err, "another media process serves this socket, or webrtc_port is taken:",
			c.media.process);
	if (err < 0)
		return fail(err, "does not start at", c.media.process);
	log_info("app", 0, "Markaz %s: the media process waits at %s", MARKAZ_VERSION, c.media.process);
	wait_for_the_end();
	remote_server_stop(server);
	return 0;
}

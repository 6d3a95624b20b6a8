/* `markaz serve`: the real thing. */
#include "app/commands.h"
#include "app/server.h"
#include "base/str.h"

#include <stdio.h>

int serve_main(int argc, char **argv)
{
	struct app_config config;
	struct server *server;
	char password[32];

	if (argc > 1 && str_equal(argv[1], "--help")) {
		printf("markaz serve [--config FILE]\n\n"
		       "Runs until SIGTERM or SIGINT, then lets contacts end for drain_s seconds. SIGHUP "
		       "reloads the\n"
		       "configuration from the database. Settings: packaging/markaz.conf; each can be "
		       "overridden by the\n"
		       "environment as MARKAZ_<NAME>.\n");
		return 0;
	}
	if (command_config(&argc, argv, &config) < 0)
		return 2;
	if (argc > 1) {
		fprintf(stderr, "markaz serve: \"%s\" is not an option: see markaz serve --help\n", argv[1]);
		return 2;
	}
	if (server_start(&server, &config, password) < 0)
		return 1;
	if (*password) {
		printf("administrator login: admin\nadministrator password: %s\n(shown once; change it after "
		       "signing in)\n",
			password);
		fflush(stdout);
	}
	server_wait(server);
	server_stop(server, config.drain_s);
	return 0;
}

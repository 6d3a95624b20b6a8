/* `markaz COMMAND ...`: the table of subcommands. */
#include "app/commands.h"
#include "base/str.h"
#include "caller/caller.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct command {
	const char *name, *what;
	int (*run)(int argc, char **argv);
	bool is_ended_by_signal; /* runs long and leaves nothing half done: Ctrl-C just ends it */
} commands[] = {
	{"serve", "run the contact centre: markaz serve --config FILE", serve_main},
	{"media", "run the media engine as a process that outlives the centre: markaz media --config FILE",
		media_main},
	{"demo", "run a demo centre with callers, ready to be looked at", demo_main},
	{"callers", "place (or answer) synthetic calls with real audio", caller_main, true},
	{"apply",
		"put a folder of configuration files in force: markaz apply DIR --config FILE [--set "
		"name=value]",
		apply_main},
	{"export", "write the configuration as files: markaz export DIR --config FILE", export_main},
	{"migrate", "move a running centre to PostgreSQL or back: markaz migrate --to URL --config FILE",
		migrate_main},
	{"backup", "copy a running centre: markaz backup DIR --config FILE", backup_main},
	{"restore", "put a copy into an empty data directory: markaz restore DIR --config FILE",
		restore_main},
	{"doctor",
		"look at a data directory, bring away what a damaged one still holds: markaz doctor --config "
		"FILE",
		doctor_main, true},
	{"user", "list users, set a password: markaz user list | password LOGIN", user_main},
	{"replay", "decide a recorded day again and compare: markaz replay --from yesterday --config FILE",
		replay_main, true},
	{"events", "the event log as JSON lines: markaz events --config FILE [--after N] [--follow]",
		events_main, true},
	{"archive", "months of the event log kept in files: markaz archive [--verify] --config FILE",
		archive_main, true},
	{"person", "find, export or erase all there is of a person: markaz person erase --address NUMBER",
		person_main},
	{"keys", "the keys recordings lie under: markaz keys list | verify | rotate", keys_main},
	{"flow", "check a flow document: markaz flow check FILE", flow_main},
	{"bench",
		"measure what calls cost here, and how many agents this machine carries: markaz bench voice",
		bench_main, true},
	{"sim", "simulate a centre over the real routing: markaz sim SCENARIO.json", sim_main, true},
};

static int help(FILE *out)
{
	fprintf(out, "Markaz " MARKAZ_VERSION ", a complete contact centre\n\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  markaz %-9s %s\n", commands[i].name, commands[i].what);
	fprintf(out,
		"\nEach command explains itself with --help. The file %s is read when --config is not "
		"given.\n",
		"/etc/markaz/markaz.conf");
	return out == stdout ? 0 : 2;
}

int command_config(int *argc, char **argv, struct app_config *ret_config)
{
	const char *path = getenv("MARKAZ_CONFIG");
	char why[400];
	int n = 0;

	for (int i = 0; i < *argc; i++) {
		if (!str_equal(argv[i], "--config")) {
			argv[n++] = argv[i];
			continue;
		}
		if (i + 1 == *argc) {
			fprintf(stderr, "markaz: --config wants a file\n");
			return -EINVAL;
		}
		path = argv[++i];
	}
	*argc = n;
	argv[n] = NULL;
	if (config_load(ret_config, path ? path : "/etc/markaz/markaz.conf", why, sizeof(why)) < 0) {
		fprintf(stderr, "markaz: %s\n", why);
		return -EINVAL;
	}
	return 0;
}

/* Signals that end or reload the program are waited for by one thread; all others must have them blocked from
 * the start. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	umask(0027); /* recordings, database and keys are nobody else's business */
	if (sodium_init() < 0) {
		fprintf(stderr, "markaz: libsodium does not start\n");
		return 1;
	}
	if (argc < 2)
		return help(stderr);
	if (str_equal(argv[1], "--version") || str_equal(argv[1], "version")) {
		printf("markaz " MARKAZ_VERSION "\n");
		return 0;
	}
	if (str_equal(argv[1], "--help") || str_equal(argv[1], "help"))
		return help(stdout);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!str_equal(argv[1], commands[i].name))
			continue;
		if (!commands[i].is_ended_by_signal)
			block_signals();
		return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "markaz: there is no command \"%s\"\n\n", argv[1]);
	return help(stderr);
}

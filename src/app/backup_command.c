/* `markaz backup DIR` and `markaz restore DIR`: their words. */
#include "app/backup.h"
#include "app/commands.h"
#include "base/str.h"
#include "store/where.h"

#include <stdio.h>

static const char backup_help[] =
	"markaz backup DIR [--with-recordings] --config FILE\n\n"
	"Copies the database, secret.key, prompts/, greetings/ and documents/ to DIR, which must be new or "
	"empty. The "
	"server may run meanwhile.\n"
	"The copy is checked. recordings.txt lists the recordings; they are copied with --with-recordings "
	"only.\n"
	"DIR holds the key of stored passwords: keep it as safe as the server.\n";
static const char restore_help[] =
	"markaz restore DIR [--to postgres://USER@HOST/DATABASE] --config FILE\n\n"
	"Checks the backup in DIR and puts it into the data directory of the configuration, which must be "
	"missing or\n"
	"empty; no server may run on it. The rows go to the empty PostgreSQL database of --to or\n"
	"database_url, else (or with --to sqlite) into a file. Start the "
	"server afterwards.\n";

int backup_main(int argc, char **argv)
{
	struct app_config config;
	const char *folder = NULL;
	bool with_recordings = false;

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", backup_help), 0;
	if (command_config(&argc, argv, &config) < 0)
		return 1;
	for (int i = 1; i < argc; i++) {
		if (str_equal(argv[i], "--with-recordings"))
			with_recordings = true;
		else if (!folder && argv[i][0] != '-')
			folder = argv[i];
		else
			return fprintf(stderr, "%s", backup_help), 2;
	}
	if (!folder)
		return fprintf(stderr, "%s", backup_help), 2;
	return backup_to_folder(config.data_directory, folder, with_recordings);
}

int restore_main(int argc, char **argv)
{
	struct app_config config;

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", restore_help), 0;
	if (command_config(&argc, argv, &config) < 0)
		return 1;
	const char *to = argc == 4 && str_equal(argv[2], "--to") ? argv[3] : NULL;
	if ((argc != 2 && !to) || argv[1][0] == '-')
		return fprintf(stderr, "%s", restore_help), 2;
	/* Where the server will look for them, unless said otherwise. */
	const char *url = to ? to : *config.database_url ? config.database_url : "sqlite";
	if (str_equal(url, "sqlite"))
		url = NULL;
	if (url && !store_where_is_server(url))
		return fprintf(stderr,
			       "markaz restore: --to wants postgres://USER@HOST/DATABASE, or sqlite\n"),
		       2;
	return restore_from_folder(argv[1], config.data_directory, url);
}

/* `markaz archive`: the months of the event log that lie in files, and whether they are what they were. */
#include "app/commands.h"
#include "base/clock.h"
#include "base/str.h"
#include "store/log/archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct listing {
	const char *directory;
	bool is_verified, is_json;
	int n, n_damaged, err;
};

static void print_one(const struct archive *a, const struct listing *l, const char *verdict)
{
	char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];

	clock_text(a->first_ms, from);
	clock_text(a->last_ms, to);
	if (l->is_json) {
		_cleanup_json_ json_t *row = json_pack("{s:s, s:I, s:I, s:I, s:s, s:s, s:I, s:s}", "name",
			a->name, "first_seq", (json_int_t)a->first_seq, "last_seq", (json_int_t)a->last_seq,
			"events", (json_int_t)a->events, "from", from, "to", to, "bytes",
			(json_int_t)a->bytes, "checksum", a->checksum);
		if (row && verdict)
			json_object_set_new(row, "verdict", json_string(verdict));
		if (row)
			json_dumpf(row, stdout, JSON_COMPACT);
		printf("\n");
		return;
	}
	printf("%-24s %12llu events  %llu to %llu  %.10s to %.10s  %lld MB%s%s\n", a->name,
		(unsigned long long)a->events, (unsigned long long)a->first_seq,
		(unsigned long long)a->last_seq, from, to, (long long)(a->bytes + 500000) / 1000000,
		verdict ? "  " : "", verdict ? verdict : "");
}

static bool on_archive(const struct archive *a, void *arg)
{
	struct listing *l = arg;
	char why[ARCHIVE_WHY_SIZE] = "whole";

	l->n++;
	if (l->is_verified) {
		int err = archive_verify(l->directory, a, why);
		l->n_damaged += err == -EUCLEAN;
		l->err = err == -EUCLEAN ? 0 : err;
	}
	if (l->err == 0)
		print_one(a, l, l->is_verified ? why : NULL);
	fflush(stdout);
	return l->err == 0;
}

int archive_main(int argc, char **argv)
{
	static const char help[] =
		"markaz archive [--verify] [--json] --config FILE\n\n"
		"Lists the months of the event log that lie in files of their own (archives/ in the data "
		"directory;\n"
		"archive_months in the configuration puts them there). --verify reads each through and "
		"compares it "
		"with\n"
		"its checksum: exit code 2 when one is damaged or missing. The server may run meanwhile.\n";
	struct app_config config;
	struct listing l = {0};
	struct store_reader *reader;

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (command_config(&argc, argv, &config) < 0)
		return 1;
	for (int i = 1; i < argc; i++) {
		if (str_equal(argv[i], "--verify"))
			l.is_verified = true;
		else if (str_equal(argv[i], "--json"))
			l.is_json = true;
		else
			return fprintf(stderr, "%s", help), 2;
	}
	l.directory = config.data_directory;
	int err = store_reader_open(&reader, config.data_directory);
	if (err == 0) {
		err = archive_each(reader, on_archive, &l);
		store_reader_close(reader);
	}
	err = err < 0 ? err : l.err;
	if (err < 0)
		return fprintf(stderr, "markaz archive: %s: %s\n", config.data_directory, strerror(-err)), 1;
	if (l.n == 0 && !l.is_json)
		printf("Everything is in the database: there are no archives.\n");
	if (l.n_damaged)
		fprintf(stderr,
			"markaz archive: %d of %d are not what they were: put the files back from a backup\n",
			l.n_damaged, l.n);
	return l.n_damaged ? 2 : 0;
}

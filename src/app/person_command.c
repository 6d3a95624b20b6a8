/* `markaz person find|export|erase`: what the screens do with people's data, from the command line. The
 * server may run: then it is the one who erases. */
#include "app/commands.h"
#include "app/control.h"
#include "app/files.h"
#include "app/person_audio.h"
#include "base/id.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TENANT 1
#define PATH_SIZE 700

static const char help[] =
	"markaz person find   (--address NUMBER | --customer ID) --config FILE\n"
	"markaz person export (--address NUMBER | --customer ID) --to FILE [--audio DIR] --config FILE\n"
	"markaz person erase  (--address NUMBER | --customer ID) [--confirm NAME] --config FILE\n\n"
	"find says what there is of a person. export writes everything (customer, contacts with their "
	"events, notes and\n"
	"messages) as one JSON document, and with --audio writes the recordings to DIR, which must be new or "
	"empty:\n"
	"decrypted, as WAV or Ogg/Opus. A recording that does not open is named, and the exit code is 1 "
	"then.\n"
	"erase takes it all away for good: names, numbers, notes, messages, recordings; the figures stay. It "
	"asks for the\n"
	"customer's name (without a customer: for the address); --confirm says it beforehand. NUMBER may be "
	"a mail address.\n"
	"Backups made before still hold what was erased: see docs/people.md.\n";

struct asked {
	struct store_person_query query;
	const char *to, *audio, *confirm;
	char data_directory[256];
};

static int usage(void)
{
	fprintf(stderr, "%s", help);
	return 2;
}

/* 0 or -EINVAL. */
static int parse(int argc, char **argv, struct asked *a)
{
	a->query.tenant = TENANT;
	for (int i = 2; i < argc; i += 2) {
		if (i + 1 == argc)
			return -EINVAL;
		if (str_equal(argv[i], "--address"))
			a->query.address = argv[i + 1];
		else if (str_equal(argv[i], "--customer") && id_parse(argv[i + 1], &a->query.customer) == 0)
			continue;
		else if (str_equal(argv[i], "--to"))
			a->to = argv[i + 1];
		else if (str_equal(argv[i], "--audio"))
			a->audio = argv[i + 1];
		else if (str_equal(argv[i], "--confirm"))
			a->confirm = argv[i + 1];
		else
			return -EINVAL;
	}
	return !a->query.address == !a->query.customer ? -EINVAL : 0;
}

static int failed(int result, const struct issues *issues)
{
	for (int i = 0; issues && i < issues->n; i++)
		fprintf(stderr, "markaz person: %s\n", issues->at[i].message);
	if (issues && issues->n)
		return 1;
	fprintf(stderr, "markaz person: %s\n",
		result == STORE_NOT_FOUND ? "nobody is known by this customer, number or address"
		: result == -EBUSY
			? "a server runs on this data and its control.sock does not answer: run this "
			  "as its user"
			: strerror(result < 0 ? -result : EIO));
	return 1;
}

static int find(struct store_reader *rd, const struct asked *a, json_t **ret_found)
{
	int result = store_person_find(rd, &a->query, ret_found);

	if (result == 0 && json_array_size(json_object_get(*ret_found, "customers")) == 0 &&
		jsonx_int(*ret_found, "persons", 0) == 0 && jsonx_bool(*ret_found, "is_complete", true)) {
		json_decref(*ret_found);
		*ret_found = NULL;
		result = STORE_NOT_FOUND;
	}
	return result;
}

static void print_found(const json_t *found)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(found, "customers"), i, row)
	{
		printf("customer %s: %s\n", jsonx_text(row, "id", ""), jsonx_text(row, "name", ""));
	}
	printf("%lld contacts, %lld recordings%s%s%s\n", (long long)jsonx_int(found, "contacts", 0),
		(long long)jsonx_int(found, "recordings", 0),
		jsonx_bool(found, "is_open", false) ? ", a contact is under way" : "",
		jsonx_bool(found, "is_kept", false) ? ", under a legal hold" : "",
		jsonx_bool(found, "is_shared", false) ? ", another customer has the same number" : "");
	if (!jsonx_bool(found, "is_complete", true))
		printf("older events are still being sealed: there may be more; erasing waits for them\n");
}

/* --- export
 * -----------------------------------------------------------------------------------------------------------
 */

struct writing {
	const struct asked *asked;
	struct store_reader *reader;
	FILE *out;
	uint64_t files, broken; /* recordings handed out whole; the others */
	int err;
};

static int write_recording(struct writing *w, const json_t *recording)
{
	const char *path = jsonx_text(recording, "path", "");
	char from[PATH_SIZE];

	if (!*path || *path == '/' || strstr(path, ".."))
		return 0;
	if (str_printf(from, sizeof(from), "%s/recordings/%s", w->asked->data_directory, path) < 0)
		return -ENAMETOOLONG;
	int err = person_audio_write(w->reader, from, w->asked->audio);
	w->files += err == 0;
	w->broken += err > 0;
	return err < 0 ? err : 0;
}

/* Each contact comes as a piece of its own. */
static bool on_piece(const char *text, size_t n, void *arg)
{
	struct writing *w = arg;
	_cleanup_json_ json_t *contact =
		w->asked->audio && *text == '{' ? json_loadb(text, n, 0, NULL) : NULL;
	json_t *recording;
	size_t i;

	if (fwrite(text, 1, n, w->out) != n)
		w->err = errno ? -errno : -EIO;
	json_array_foreach(json_object_get(contact, "recordings"), i, recording)
	{
		if (w->err == 0)
			w->err = write_recording(w, recording);
	}
	return w->err == 0;
}

static FILE *create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

/* The code; *ret_contacts stays as it was when no document was written. */
static int write_document(struct store_reader *rd, const struct asked *a, int64_t *ret_contacts)
{
	struct writing w = {.asked = a, .reader = rd, .out = create(a->to)};
	int64_t contacts = 0;

	if (!w.out) {
		fprintf(stderr, "markaz person: %s: %s\n", a->to, strerror(errno));
		return 1;
	}
	int err = a->audio ? files_make_empty(a->audio) : 0;
	if (err == 0)
		err = store_person_export(rd, &a->query, on_piece, &w, &contacts);
	if (fclose(w.out) == EOF && err == 0)
		err = -errno;
	if (err == 0) {
		*ret_contacts = contacts;
		printf("%s: %lld contacts%s", a->to, (long long)contacts, a->audio ? "" : "\n");
		if (a->audio)
			printf(", %llu recordings in %s\n", (unsigned long long)w.files, a->audio);
		if (w.broken)
			fprintf(stderr,
				"markaz person: %llu recordings were not handed out whole: see above\n",
				(unsigned long long)w.broken);
		return w.broken > 0;
	}
	unlink(a->to);
	return failed(w.err < 0 ? w.err : err, NULL);
}

static int export(struct store_reader *rd, struct rows_target *target, const struct asked *a)
{
	int64_t contacts = -1;
	int code = a->to ? write_document(rd, a, &contacts) : usage();

	if (contacts >= 0 && rows_target_exported(target, &a->query, contacts) < 0)
		fprintf(stderr, "markaz person: the audit log could not be told of this export\n");
	return code;
}

/* --- erase
 * -----------------------------------------------------------------------------------------------------------
 */

/* What has to be said to confirm. */
static const char *name_of(const struct asked *a, const json_t *found)
{
	const json_t *customer = json_array_get(json_object_get(found, "customers"), 0);

	return customer ? jsonx_text(customer, "name", "") : a->query.address;
}

static bool is_confirmed(const struct asked *a, const char *name)
{
	char line[512] = "";

	if (a->confirm)
		return str_equal(a->confirm, name);
	printf("This cannot be undone. Enter \"%s\" to erase: ", name);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return str_equal(line, name);
}

static int erase(struct rows_target *target, const struct asked *a, const json_t *found)
{
	_cleanup_json_ json_t *erased = NULL;
	struct issues issues = {0};

	print_found(found);
	if (!is_confirmed(a, name_of(a, found))) {
		fprintf(stderr, "markaz person: that is not the name: nothing was erased\n");
		return 1;
	}
	int result = rows_target_erase(target, &a->query, &erased, &issues);
	if (result != 0)
		return failed(result, &issues);
	printf("erased: %lld contacts, %lld recordings\n", (long long)jsonx_int(erased, "contacts", 0),
		(long long)jsonx_int(erased, "recordings", 0));
	if (jsonx_int(erased, "files_left", 0) > 0)
		printf("some files or old pages are still in use: the server takes them away within "
		       "minutes\n");
	return 0;
}

static int run(const char *verb, struct store_reader *rd, struct rows_target *target, const struct asked *a)
{
	_cleanup_json_ json_t *found = NULL;
	int result = find(rd, a, &found);

	if (result != 0)
		return failed(result, NULL);
	if (str_equal(verb, "export"))
		return export(rd, target, a);
	if (str_equal(verb, "erase"))
		return erase(target, a, found);
	print_found(found);
	return 0;
}

int person_main(int argc, char **argv)
{
	struct app_config config;
	struct asked a = {0};
	struct rows_target *target = NULL;
	struct store_reader *rd = NULL;

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (command_config(&argc, argv, &config) < 0)
		return 1;
	if (argc < 2 ||
		(!str_equal(argv[1], "find") && !str_equal(argv[1], "export") &&
			!str_equal(argv[1], "erase")) ||
		parse(argc, argv, &a) < 0)
		return usage();
	str_put(a.data_directory, sizeof(a.data_directory), config.data_directory);
	int err = str_equal(argv[1], "find") ? 0 : rows_target_open(&target, config.data_directory);
	if (err == 0)
		err = store_reader_open(&rd, config.data_directory);
	int code = err < 0 ? failed(err, NULL) : run(argv[1], rd, target, &a);
	store_reader_close(rd);
	rows_target_close(target);
	return code;
}

/* `markaz doctor`: what is fine, what is wrong, what to do. The looking is store/doctor/doctor.h's; here it
 * gets its words on paper. */
#include "store/doctor/doctor.h"
#include "app/commands.h"
#include "app/doctor_rescue.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "store/store.h"
#include "store/write/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"markaz doctor [--deep] [--json] [DIRECTORY | --config FILE]\n"
	"markaz doctor --rescue NEW_DIRECTORY [DIRECTORY | --config FILE]\n"
	"markaz doctor --audit-head [DIRECTORY | --config FILE]\n\n"
	"Looks at a data directory (that of the configuration, or the one named) and says what is fine, what "
	"is\n"
	"wrong and what to do. The server may run meanwhile; nothing is changed.\n\n"
	"  --deep               reads everything: all events, all history, all archives, all recordings\n"
	"  --json               one JSON object instead of lines for people\n"
	"  --rescue NEW         with the server stopped: everything that can still be read of a damaged "
	"database\n"
	"                       goes into the directory NEW (which is made, or empty); says what is missing, "
	"and\n"
	"                       writes it to NEW/rescue.json. The damaged directory stays as it is\n"
	"  --audit-head         the number and hash of the audit log's last entry, to be kept elsewhere\n"
	"  --audit-known ID:HASH   such an entry kept earlier: is it still the same?\n\n"
	"Exit code 0: fine; 1: warnings (or: rescued, with something missing); 2: damage, not possible, or "
	"wrong\n"
	"usage.\n";

struct asked {
	const char *directory, *rescue, *known;
	bool is_deep, is_json, is_head;
	struct audit_mark mark;
};

/* "17:0a1b..." False: it is none. */
static bool read_mark(const char *text, struct audit_mark *ret_mark)
{
	const char *colon = strchr(text, ':');
	char id[24];

	if (!colon || str_put_n(id, sizeof(id), text, (size_t)(colon - text)) < 0 ||
		str_to_int(id, 1, INT64_MAX, &ret_mark->id) < 0 || strlen(colon + 1) != AUDIT_HASH_SIZE - 1)
		return false;
	return str_put(ret_mark->hash, sizeof(ret_mark->hash), colon + 1) == 0;
}

/* NULL, or what is wrong. */
static const char *read_options(int argc, char **argv, struct asked *a)
{
	for (int i = 1; i < argc; i++) {
		const char **value = str_equal(argv[i], "--rescue")	   ? &a->rescue
				     : str_equal(argv[i], "--audit-known") ? &a->known
									   : NULL;
		if (str_equal(argv[i], "--deep"))
			a->is_deep = true;
		else if (str_equal(argv[i], "--json"))
			a->is_json = true;
		else if (str_equal(argv[i], "--audit-head"))
			a->is_head = true;
		else if (value && i + 1 == argc)
			return "an option lacks its value";
		else if (value)
			*value = argv[++i];
		else if (argv[i][0] == '-' || a->directory)
			return "there is no such option";
		else
			a->directory = argv[i];
	}
	if (a->known && !read_mark(a->known, &a->mark))
		return "--audit-known wants what --audit-head printed: NUMBER:HASH";
	if (a->rescue && (a->is_deep || a->is_head || a->known))
		return "--rescue goes alone";
	return NULL;
}

/* --- the look
 * -----------------------------------------------------------------------------------------------------------
 */
struct paper {
	bool is_json, has_step;
	json_t *findings; /* when is_json */
	int counts[3];
};
static const char *const level_names[] = {"fine", "warning", "damage"};

static void wipe_step(struct paper *p)
{
	if (p->has_step)
		fprintf(stderr, "\r%60s\r", "");
	p->has_step = false;
}

static void on_finding(const struct doctor_finding *f, void *arg)
{
	struct paper *p = arg;

	p->counts[f->level]++;
	wipe_step(p);
	if (p->is_json) {
		json_t *row = json_pack("{s:s, s:s, s:s, s:s?}", "check", f->check, "level",
			level_names[f->level], "what", f->what, "todo", f->todo);
		if (row)
			json_array_append_new(p->findings, row);
		return;
	}
	printf("%-8s %-10s %s\n", f->level == DOCTOR_DAMAGE ? "DAMAGE" : level_names[f->level], f->check,
		f->what);
	if (f->todo)
		printf("%20s-> %s\n", "", f->todo);
	fflush(stdout);
}

static void on_step(const char *what, uint64_t done, uint64_t all, void *arg)
{
	struct paper *p = arg;

	if (!isatty(STDERR_FILENO))
		return;
	p->has_step = true;
	if (all)
		fprintf(stderr, "\r  %s: %llu of %llu   ", what, (unsigned long long)done,
			(unsigned long long)all);
	else
		fprintf(stderr, "\r  %s: %llu   ", what, (unsigned long long)done);
}

static void conclude(const struct paper *p, enum doctor_level worst)
{
	if (p->is_json) {
		_cleanup_json_ json_t *doc =
			json_pack("{s:s, s:O}", "level", level_names[worst], "findings", p->findings);
		if (doc)
			json_dumpf(doc, stdout, JSON_INDENT(1));
		printf("\n");
	} else if (worst == DOCTOR_FINE)
		printf("\nNothing is wrong.\n");
	else
		printf("\n%d damaged, %d to be looked after.\n", p->counts[DOCTOR_DAMAGE],
			p->counts[DOCTOR_WARNING]);
}

static int look(const struct asked *a)
{
	_cleanup_json_ json_t *findings = json_array();
	struct paper p = {.is_json = a->is_json, .findings = findings};
	struct doctor_options o = {.is_deep = a->is_deep,
		.audit_known = a->known ? &a->mark : NULL,
		.on_finding = on_finding,
		.on_step = on_step,
		.arg = &p};
	enum doctor_level worst = doctor_run(a->directory, &o);

	wipe_step(&p);
	conclude(&p, worst);
	return (int)worst;
}

static int print_head(const struct asked *a)
{
	struct store_reader *rd = NULL;
	struct audit_verdict v = {0};
	int err = store_reader_open(&rd, a->directory);

	if (err == 0)
		err = audit_verify(&rd->db, &v);
	store_reader_close(rd);
	if (err < 0) {
		fprintf(stderr, "markaz doctor: the audit log in %s cannot be read: %s\n", a->directory,
			strerror(-err));
		return 2;
	}
	if (v.broken_id) {
		fprintf(stderr, "markaz doctor: the audit log's chain breaks at entry %lld: %s\n",
			(long long)v.broken_id, v.why);
		return 2;
	}
	if (v.head.id)
		printf("%lld:%s\n", (long long)v.head.id, v.head.hash);
	else
		fprintf(stderr, "markaz doctor: the audit log is empty\n");
	return 0;
}

int doctor_main(int argc, char **argv)
{
	static struct app_config config;
	struct asked a = {0};

	for (int i = 1; i < argc; i++)
		if (str_equal(argv[i], "--help"))
			return printf("%s", help), 0;
	/* A directory named needs no configuration. */
	bool has_config = false;
	for (int i = 1; i < argc; i++)
		has_config = has_config || str_equal(argv[i], "--config");
	const char *wrong = has_config ? NULL : read_options(argc, argv, &a);
	if (!wrong && !a.directory) {
		if (command_config(&argc, argv, &config) < 0)
			return 2;
		wrong = has_config ? read_options(argc, argv, &a) : NULL;
		if (!wrong && has_config && a.directory)
			wrong = "name a directory or a configuration, not both";
		a.directory = config.data_directory;
	}
	if (wrong) {
		fprintf(stderr, "markaz doctor: %s\n\n%s", wrong, help);
		return 2;
	}
	return a.rescue	   ? doctor_rescue(a.directory, a.rescue, a.is_json)
	       : a.is_head ? print_head(&a)
			   : look(&a);
}

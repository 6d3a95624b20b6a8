/* See doctor_rescue.h. The database gets its name last: a rescue that was cut off is no data directory. */
#include "app/doctor_rescue.h"
#include "app/files.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "store/doctor/rescue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096
#define SAID_MAX 30 /* lines of one kind; rescue.json has all */

struct moving {
	const char *data, *target;
	struct stat owner; /* of the data directory */
	uint64_t files, linked, lost;
	json_t *lost_files;
};

/* --- files
 * ---------------------------------------------------------------------------------------------------------
 */
/* What a server makes anew, or what the rescue itself makes. */
static bool is_left_behind(const char *name)
{
	static const char *const names[] = {".", "..", "markaz.db", "markaz.db-wal", "markaz.db-shm",
		"markaz.lock", "control.sock", "speech", "rescue.json", "database"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(name, names[i]))
			return true;
	return str_starts_with(name, ".doctor-");
}

static void take_over(const struct moving *m, const char *path)
{
	if (geteuid() == 0 && lchown(path, m->owner.st_uid, m->owner.st_gid) < 0)
		fprintf(stderr, "markaz doctor: %s: owner not set: %s\n", path, strerror(errno));
}

static void lose_file(struct moving *m, const char *path, int err)
{
	if (m->lost++ < SAID_MAX)
		fprintf(stderr, "markaz doctor: %s cannot be copied: %s\n", path, strerror(-err));
	json_array_append_new(m->lost_files, json_string(path + strlen(m->data) + 1));
}

/* Recordings and archives never change: a second name is enough where both lie on one disk. */
static void move_file(struct moving *m, const FTSENT *e, const char *to)
{
	const char *inside = e->fts_path + strlen(m->data) + 1;
	bool may_link = str_starts_with(inside, "recordings/") || str_starts_with(inside, "archives/");

	if (may_link && link(e->fts_path, to) == 0) {
		m->linked++;
		return;
	}
	int err = files_copy(e->fts_path, to, e->fts_statp->st_mode & 0777);
	if (err < 0) {
		lose_file(m, e->fts_path, err);
		return;
	}
	m->files++;
	take_over(m, to);
}

static int move_entry(struct moving *m, FTS *tree, FTSENT *e)
{
	char to[PATH_SIZE];

	if (e->fts_level == 0)
		return 0;
	if (e->fts_level == 1 && is_left_behind(e->fts_name)) {
		fts_set(tree, e, FTS_SKIP);
		return 0;
	}
	if (str_printf(to, sizeof(to), "%s%s", m->target, e->fts_path + strlen(m->data)) < 0)
		return -ENAMETOOLONG;
	switch (e->fts_info) {
	case FTS_D:
		if (mkdir(to, e->fts_statp->st_mode & 0777) < 0 && errno != EEXIST)
			return -errno;
		take_over(m, to);
		return 0;
	case FTS_DP:
		return files_sync_folder(to);
	case FTS_F:
		move_file(m, e, to);
		return 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		lose_file(m, e->fts_path, -e->fts_errno);
		return 0;
	default:
		return 0;
	}
}

static int move_files(struct moving *m)
{
	char *const roots[] = {(char *)m->data, NULL};
	int err = 0;
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	if (!tree)
		return -errno;
	for (FTSENT *e; err == 0 && (e = fts_read(tree));)
		err = move_entry(m, tree, e);
	fts_close(tree);
	return err;
}

/* --- what it found
 * -------------------------------------------------------------------------------------------------------
 */
static json_t *gaps_json(const struct rescue_report *r)
{
	json_t *list = json_array();

	VEC_EACH(&r->gaps, i)
	json_array_append_new(list, json_pack("{s:I, s:I}", "first", (json_int_t)r->gaps.at[i].first, "last",
					    (json_int_t)r->gaps.at[i].last));
	return list;
}

static json_t *tables_json(const struct rescue_report *r)
{
	json_t *list = json_array();

	VEC_EACH(&r->tables, i)
	json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I}", "table", r->tables.at[i].name, "rows",
					    (json_int_t)r->tables.at[i].rows, "pages_lost",
					    (json_int_t)r->tables.at[i].pages_lost, "rows_lost",
					    (json_int_t)r->tables.at[i].rows_lost));
	return list;
}

static json_t *pages_json(const struct rescue_report *r)
{
	json_t *list = json_array();

	VEC_EACH(&r->pages, i)
	json_array_append_new(list, json_pack("{s:I, s:s, s:s}", "page", (json_int_t)r->pages.at[i].page,
					    "of", r->pages.at[i].table, "why", r->pages.at[i].why));
	return list;
}

static json_t *report_json(const struct moving *m, const struct rescue_report *r)
{
	char at[CLOCK_TEXT_SIZE];

	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:o, s:o, s:o, s:O}", "from", m->data,
		"at", clock_text(clock_wall_ms(), at), "events", (json_int_t)r->events, "first_seq",
		(json_int_t)r->first_seq, "last_seq", (json_int_t)r->last_seq, "known_seq",
		(json_int_t)r->known_seq, "is_start_known", r->is_start_known, "contacts_folded_anew",
		(json_int_t)r->mended, "unclear_pages", (json_int_t)r->unclear_pages, "missing_events",
		gaps_json(r), "tables", tables_json(r), "damaged_pages", pages_json(r), "lost_files",
		m->lost_files);
}

static int write_report(const struct moving *m, const json_t *doc)
{
	char path[PATH_SIZE];

	if (str_printf(path, sizeof(path), "%s/rescue.json", m->target) < 0)
		return -ENAMETOOLONG;
	FILE *out = fopen(path, "wx");
	if (!out)
		return -errno;
	int err = json_dumpf(doc, out, JSON_INDENT(1)) < 0 || fflush(out) != 0 || fsync(fileno(out)) < 0
			  ? -EIO
			  : 0;
	fclose(out);
	take_over(m, path);
	return err;
}

static uint64_t count_missing(const struct rescue_report *r)
{
	uint64_t n = 0;

	VEC_EACH(&r->gaps, i)
	n += r->gaps.at[i].last - r->gaps.at[i].first + 1;
	return n;
}

static bool has_losses(const struct moving *m, const struct rescue_report *r)
{
	bool is_lost = r->gaps.len > 0 || m->lost > 0 || r->unclear_pages > 0 || !r->is_start_known;

	VEC_EACH(&r->tables, i)
	is_lost = is_lost || r->tables.at[i].pages_lost || r->tables.at[i].rows_lost;
	return is_lost;
}

static void print_missing(const struct rescue_report *r)
{
	if (r->gaps.len == 0)
		return;
	printf("missing: %llu events\n", (unsigned long long)count_missing(r));
	for (size_t i = 0; i < r->gaps.len && i < SAID_MAX; i++)
		printf("  %llu to %llu\n", (unsigned long long)r->gaps.at[i].first,
			(unsigned long long)r->gaps.at[i].last);
	if (r->gaps.len > SAID_MAX)
		printf("  and %zu more stretches: all are in rescue.json\n", r->gaps.len - SAID_MAX);
}

static void print_report(const struct moving *m, const struct rescue_report *r)
{
	printf("rescued to %s: %llu events, %llu to %llu\n", m->target, (unsigned long long)r->events,
		(unsigned long long)r->first_seq, (unsigned long long)r->last_seq);
	print_missing(r);
	if (!r->is_start_known)
		printf("the beginning of the log was damaged: it may have begun earlier than event %llu\n",
			(unsigned long long)r->first_seq);
	VEC_EACH(&r->tables, i)
	{
		const struct rescue_table *t = &r->tables.at[i];
		if (t->pages_lost || t->rows_lost)
			printf("table %s: %llu rows; %llu pages with rows on them and %llu single rows are "
			       "lost\n",
				t->name, (unsigned long long)t->rows, (unsigned long long)t->pages_lost,
				(unsigned long long)t->rows_lost);
	}
	if (r->archives_mended)
		printf("%llu archives were damaged: what can be read of them is in new ones\n",
			(unsigned long long)r->archives_mended);
	if (r->mended)
		printf("%llu contacts got their history anew from the log\n", (unsigned long long)r->mended);
	if (r->unclear_pages)
		printf("%llu pages hold rows of which it is not clear where they belong: left out\n",
			(unsigned long long)r->unclear_pages);
	printf("%llu files copied, %llu linked, %llu lost\n", (unsigned long long)m->files,
		(unsigned long long)m->linked, (unsigned long long)m->lost);
	printf("Look at it with: markaz doctor --deep %s\nThen let data_directory name it, or move it into "
	       "the "
	       "place of %s.\n",
		m->target, m->data);
}

/* --- the whole
 * --------------------------------------------------------------------------------------------------------
 */
static void on_step(const char *what, uint64_t done, uint64_t all, void *arg)
{
	(void)arg;
	if (!isatty(STDERR_FILENO))
		return;
	if (all)
		fprintf(stderr, "\r  %s: %llu of %llu          ", what, (unsigned long long)done,
			(unsigned long long)all);
	else
		fprintf(stderr, "\r  %s: %llu          ", what, (unsigned long long)done);
}

static bool is_in_use(const char *data)
{
	char path[PATH_SIZE];
	int fd = str_printf(path, sizeof(path), "%s/markaz.lock", data) == 0
			 ? open(path, O_RDONLY | O_CLOEXEC)
			 : -1;

	if (fd < 0)
		return false;
	bool is_held = flock(fd, LOCK_SH | LOCK_NB) < 0;
	close(fd);
	return is_held;
}

static int refuse(const char *what, const char *why)
{
	fprintf(stderr, "markaz doctor: %s%s%s\n", what, *why ? ": " : "", why);
	return 2;
}

/* Whether there is something to rescue, and a place for it. 0, or 2 after saying why not. */
static int check_places(struct moving *m)
{
	char path[PATH_SIZE];

	if (stat(m->data, &m->owner) < 0)
		return refuse(m->data, strerror(errno));
	if (is_in_use(m->data))
		return refuse(m->data, "a server runs on it: stop it first");
	if (str_printf(path, sizeof(path), "%s/database", m->data) < 0)
		return refuse(m->data, "the name is too long");
	if (access(path, F_OK) == 0)
		return refuse(m->data, "its rows are on a PostgreSQL server: use the server's own tools, or "
				       "restore a backup");
	if (str_printf(path, sizeof(path), "%s/", m->data) == 0 && str_starts_with(m->target, path))
		return refuse(m->target, "lies inside of the damaged directory: name another place");
	int err = files_make_empty(m->target);
	if (err == -ENOTEMPTY)
		return refuse(m->target, "is not empty: name a new directory");
	if (err < 0)
		return refuse(m->target, strerror(-err));
	take_over(m, m->target);
	return 0;
}

static int give_name(const struct moving *m, const char *draft)
{
	char path[PATH_SIZE];

	if (str_printf(path, sizeof(path), "%s/markaz.db", m->target) < 0)
		return -ENAMETOOLONG;
	take_over(m, draft);
	return rename(draft, path) < 0 ? -errno : files_sync_folder(m->target);
}

static int rescue(struct moving *m, struct rescue_report *report, char *why, size_t size)
{
	struct rescue_watch watch = {.on_step = on_step};
	char draft[PATH_SIZE];

	if (str_printf(draft, sizeof(draft), "%s/markaz.db.rescuing", m->target) < 0)
		return -ENAMETOOLONG;
	int err = rescue_database(m->data, draft, &watch, report, why);
	if (err < 0)
		return err;
	err = move_files(m);
	if (err == 0)
		err = give_name(m, draft);
	if (err < 0) {
		str_printf(why, size, "%s: %s", m->target, strerror(-err));
		return err;
	}
	err = rescue_archives(m->data, m->target, &watch, report, why);
	return err < 0 ? err : rescue_mend(m->target, &watch, report, why);
}

int doctor_rescue(const char *data, const char *target, bool is_json)
{
	_cleanup_json_ json_t *lost_files = json_array();
	struct moving m = {.data = data, .target = target, .lost_files = lost_files};
	struct rescue_report report = {0};
	char why[RESCUE_WHY_SIZE] = "";
	int code = check_places(&m);

	if (code)
		return code;
	int err = rescue(&m, &report, why, sizeof(why));
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%70s\r", "");
	if (err < 0) {
		rescue_report_free(&report);
		return refuse(why, "");
	}
	_cleanup_json_ json_t *doc = report_json(&m, &report);
	err = doc ? write_report(&m, doc) : -ENOMEM;
	if (err < 0)
		fprintf(stderr, "markaz doctor: %s/rescue.json cannot be written: %s\n", target,
			strerror(-err));
	if (!is_json)
		print_report(&m, &report);
	else if (doc)
		json_dumpf(doc, stdout, JSON_INDENT(1));
	code = has_losses(&m, &report);
	rescue_report_free(&report);
	return err < 0 ? 2 : code;
}

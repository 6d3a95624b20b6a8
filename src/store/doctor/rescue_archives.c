/* The rescue of archives: a damaged one is replaced by files with the stretches of events that can still be
 * read of it. See rescue.h. */
#include "store/log/archive_file.h"
#include "base/str.h"
#include "base/vec.h"
#include "store/doctor/rescue_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (DB_PATH_MAX + 16)
#define STRETCHES_MAX 2000 /* of one archive; more are given up (and listed) */

struct work {
	const char *data, *target;
	struct db db;		     /* the new database */
	VEC(struct rescue_gap) gaps; /* of archives */
	uint64_t mended;
};

/* --- archives that are not listed
 * -----------------------------------------------------------------------------------------
 */
static bool add_row(const struct log_row *row, void *arg)
{
	archive_sum_add(arg, row);
	return true;
}

/* Whether what the file holds overlaps what the database already has. 1, 0, -errno. */
static int overlaps(struct db *db, const struct archive *a)
{
	int64_t n = 0;
	int err = db_read_int(db, &n,
		"SELECT (SELECT count(*) FROM archive WHERE first_seq <= ?1 AND last_seq >= ?2) + (SELECT "
		"count(*) "
		"FROM event WHERE seq BETWEEN ?2 AND ?1)",
		2, (int64_t)a->last_seq, (int64_t)a->first_seq);

	return err < 0 ? err : n > 0;
}

static int list_one(struct db *db, const char *directory, const char *name)
{
	char path[DB_PATH_MAX];
	struct archive_sum sum;
	struct stat st;
	struct db file;
	int err = archive_path(directory, name, path);

	if (err == 0)
		err = stat(path, &st) < 0 ? -errno : db_open(&file, path, DB_READ);
	if (err < 0)
		return 0; /* it cannot be read: it stays a file that nobody names */
	archive_sum_begin(&sum);
	err = log_rows_in(&file, 0, INT64_MAX, add_row, &sum);
	archive_sum_end(&sum);
	db_close(&file);
	if (err < 0 || sum.has_gap || sum.archive.events == 0)
		return 0;
	str_put(sum.archive.name, sizeof(sum.archive.name), name);
	sum.archive.bytes = st.st_size;
	err = overlaps(db, &sum.archive);
	return err < 0 ? err : err ? 0 : archive_insert(db, &sum.archive);
}

int rescue_list_archives(struct db *db, const char *directory)
{
	char folder[DB_PATH_MAX];
	int err = archive_path(directory, "", folder);
	DIR *dir = err == 0 ? opendir(folder) : NULL;

	if (!dir)
		return err;
	for (struct dirent *e; err == 0 && (e = readdir(dir));) {
		size_t n = strlen(e->d_name);
		if (n > 3 && n < ARCHIVE_NAME_MAX && str_equal(e->d_name + n - 3, ".db"))
			err = list_one(db, directory, e->d_name);
	}
	closedir(dir);
	return err;
}

/* --- damaged archives
 * ----------------------------------------------------------------------------------------------------
 */
static int lose(struct work *w, uint64_t first, uint64_t last)
{
	return first > last ? 0 : VEC_PUSH(&w->gaps, (struct rescue_gap){first, last});
}

struct stretches {
	VEC(struct rescue_gap) at; /* here: events that are there, first and last */
	const struct archive *of;
	int err;
};

static bool add_to_stretch(const struct log_row *row, void *arg)
{
	struct stretches *s = arg;
	struct rescue_gap *last = s->at.len ? &s->at.at[s->at.len - 1] : NULL;

	if (row->seq < s->of->first_seq || row->seq > s->of->last_seq)
		return true;
	if (last && last->last + 1 == row->seq)
		last->last = row->seq;
	else
		s->err = VEC_PUSH(&s->at, (struct rescue_gap){row->seq, row->seq});
	return s->err == 0;
}

/* A stretch becomes an archive of its own. */
static int write_stretch(struct work *w, struct db *from, const struct archive *a, const struct rescue_gap *s)
{
	char name[ARCHIVE_NAME_MAX];
	struct archive made;

	if (str_printf(name, sizeof(name), "%.*s-%llu.db", (int)strlen(a->name) - 3, a->name,
		    (unsigned long long)s->first) < 0)
		return -ENAMETOOLONG;
	int err = archive_write(w->target, from, s->first, s->last, name, &made);
	return err < 0 ? err : archive_insert(&w->db, &made);
}

static int write_stretches(struct work *w, struct db *from, const struct archive *a)
{
	struct stretches s = {.of = a};
	uint64_t next = a->first_seq;
	int err = log_rows_in(from, 0, INT64_MAX, add_to_stretch, &s);

	if (err == 0)
		err = s.err;
	for (size_t i = 0; i < s.at.len && i < STRETCHES_MAX && err == 0; i++) {
		err = lose(w, next, s.at.at[i].first - 1);
		if (err == 0)
			err = write_stretch(w, from, a, &s.at.at[i]);
		next = s.at.at[i].last + 1;
	}
	if (err == 0)
		err = lose(w, next, a->last_seq);
	VEC_FREE(&s.at);
	return err;
}

static int replace(struct work *w, const struct archive *a)
{
	char path[DB_PATH_MAX], temp[PATH_SIZE];
	struct db from;
	int err = archive_path(w->target, a->name, path);

	if (err == 0 && str_printf(temp, sizeof(temp), "%s.salvaged", path) < 0)
		err = -ENAMETOOLONG;
	if (err < 0)
		return err;
	rescue_remove(temp);
	int found = archive_path(w->data, a->name, path);
	if (found == 0)
		found = rescue_events(path, temp);
	if (found == 0)
		found = db_open(&from, temp, DB_WRITE);
	err = db_begin(&w->db);
	if (err == 0)
		err = db_run_ints(
			&w->db, "DELETE FROM archive WHERE first_seq = ?", 1, (int64_t)a->first_seq);
	if (err == 0)
		err = found == 0 ? write_stretches(w, &from, a) : lose(w, a->first_seq, a->last_seq);
	if (err == 0)
		err = db_commit(&w->db);
	if (err < 0)
		db_rollback(&w->db);
	if (found == 0)
		db_close(&from);
	rescue_remove(temp);
	if (err == 0 && archive_path(w->target, a->name, path) == 0)
		unlink(path);
	w->mended += err == 0;
	return err;
}

static int replace_damaged(struct work *w, const struct rescue_watch *watch)
{
	char why[ARCHIVE_WHY_SIZE];
	struct archive a;
	uint64_t next = 0, n = 0;
	int found, err = 0;

	while (err == 0 && (found = archive_find(&w->db, next, &a)) == 1) {
		if (watch && watch->on_step)
			watch->on_step("archives", ++n, 0, watch->arg);
		if (archive_verify(w->target, &a, why) < 0)
			err = replace(w, &a);
		next = a.last_seq + 1;
	}
	return err < 0 ? err : found < 0 ? found : 0;
}

/* Those of archives come before those of the table. */
static int join_gaps(struct work *w, struct rescue_report *report)
{
	int err = 0;

	if (w->gaps.len == 0)
		return 0;
	for (size_t i = 0; i < report->gaps.len && err == 0; i++)
		err = VEC_PUSH(&w->gaps, report->gaps.at[i]);
	if (err < 0)
		return err;
	VEC_FREE(&report->gaps);
	report->gaps.at = w->gaps.at;
	report->gaps.len = w->gaps.len;
	report->gaps.room = w->gaps.room;
	w->gaps.at = NULL;
	err = db_begin(&w->db);
	if (err == 0)
		err = rescue_keep_gaps(&w->db, report);
	return err == 0 ? db_commit(&w->db) : err;
}

int rescue_archives(const char *directory, const char *target, const struct rescue_watch *watch,
	struct rescue_report *report, char ret_why[static RESCUE_WHY_SIZE])
{
	struct work w = {.data = directory, .target = target};
	char path[PATH_SIZE];
	int err = str_printf(path, sizeof(path), "%s/markaz.db", target) < 0 ? -ENAMETOOLONG : 0;

	if (err == 0)
		err = db_open(&w.db, path, DB_WRITE);
	if (err == 0)
		err = replace_damaged(&w, watch);
	if (err == 0)
		err = join_gaps(&w, report);
	if (err < 0)
		str_printf(ret_why, RESCUE_WHY_SIZE, "%s: archives cannot be rescued: %s", target,
			strerror(-err));
	if (w.db.backend)
		db_close(&w.db);
	VEC_FREE(&w.gaps);
	report->archives_mended = w.mended;
	return err;
}

/* See backup.h. From a file: SQLite's own online copy, in one step, a reader's picture of one moment, beside
 * which the writer goes on writing to its log. From a server: our copier (copy.h), in one snapshot, compared
 * row by row. */
#include "store/copy/backup.h"
#include "base/disk.h"
#include "base/str.h"
#include "db/sqlite.h"
#include "store/copy/copy.h"
#include "store/migrate.h"
#include "store/log/sequence.h"
#include "store/where.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 1296125515 /* as in migrate.c */

static int say(char *ret_why, int err, const char *path, const char *what)
{
	str_printf(ret_why, BACKUP_WHY_SIZE, "%s: %s", path, what);
	return err;
}

static int copy_file(const char *path, const char *target, char ret_why[static BACKUP_WHY_SIZE])
{
	struct db from;
	int err = db_open(&from, path, DB_READ);

	if (err < 0)
		return say(ret_why, err, path, strerror(-err));
	err = sqlite_copy(&from, target);
	db_close(&from);
	return err < 0 ? say(ret_why, err, target, strerror(-err)) : 0;
}

/* The file is to be whole by itself: without a write-ahead log beside it. */
static int copy_server(const char *url, const char *target, char ret_why[static BACKUP_WHY_SIZE])
{
	struct copy_totals totals;
	struct db db;
	int err = copy_snapshot(url, target, NULL, NULL, &totals, ret_why);

	if (err < 0)
		return err;
	err = db_open(&db, target, DB_WRITE);
	if (err == 0)
		err = db_exec(&db, "PRAGMA journal_mode = DELETE");
	db_close(&db);
	return err < 0 ? say(ret_why, err, target, strerror(-err)) : 0;
}
_Static_assert(BACKUP_WHY_SIZE >= COPY_WHY_SIZE, "the copier's sentences fit");

int backup_make(const char *directory, const char *target, struct backup_figures *ret_figures,
	char ret_why[static BACKUP_WHY_SIZE])
{
	char where[STORE_WHERE_MAX];
	int err = store_where(directory, where);

	if (err < 0)
		return say(ret_why, err, directory, strerror(-err));
	int fd = open(
		target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* nobody else's from the start */
	if (fd < 0)
		return say(ret_why, -errno, target, strerror(errno));
	close(fd);
	err = db_is_server(where) ? copy_server(where, target, ret_why) : copy_file(where, target, ret_why);
	if (err == 0 && (err = disk_sync(target)) < 0)
		say(ret_why, err, target, strerror(-err));
	if (err == 0)
		err = backup_check(target, ret_figures, ret_why);
	if (err < 0)
		unlink(target);
	return err;
}

int backup_put_on_server(const char *draft, const char *url, char ret_why[static BACKUP_WHY_SIZE])
{
	struct copy_totals totals;
	struct db db;
	int err = db_open(&db, draft, DB_WRITE);

	/* A backup may be of an earlier version; the draft is ours to change. */
	if (err == 0)
		err = migrate(&db, draft, 0);
	db_close(&db);
	if (err < 0)
		return say(ret_why, err, draft, "cannot be brought to this version's schema");
	return copy_snapshot(draft, url, NULL, NULL, &totals, ret_why);
}

/* The first line of PRAGMA integrity_check is "ok". */
static int check_pages(struct db *db, const char *path, char *ret_why)
{
	struct db_statement *st;
	int err = db_prepare(db, "PRAGMA integrity_check(1)", &st);

	if (err == 0)
		err = db_step(db, st);
	if (err == 1 && !str_equal(db_text(st, 0), "ok")) {
		str_printf(ret_why, BACKUP_WHY_SIZE, "%s is damaged (%s): take another backup", path,
			db_text(st, 0));
		db_reset(st);
		return -EUCLEAN;
	}
	if (err == 1)
		db_reset(st);
	return err < 0 ? say(ret_why, err, path, "cannot be read through: take another backup") : 0;
}

static int check_schema(struct db *db, const char *path, struct backup_figures *f, char *ret_why)
{
	int64_t id = 0, schema = 0;
	int known = 0;

	if (db_read_int(db, &id, "PRAGMA application_id", 0) != 1 || id != APPLICATION_ID ||
		db_read_int(db, &schema, "SELECT coalesce(max(number), 0) FROM schema_migration", 0) != 1)
		return say(ret_why, -EUCLEAN, path, "this is no database of Markaz, or it is damaged");
	while (migrations[known].number)
		known++;
	f->schema = (int)schema;
	if (schema <= known)
		return 0;
	str_printf(ret_why, BACKUP_WHY_SIZE,
		"%s was made by a newer version (schema %d, this one knows %d): install that version", path,
		f->schema, known);
	return -EUCLEAN;
}

static int check_sequence(struct db *db, const char *path, struct backup_figures *f, char *ret_why)
{
	int64_t recordings = 0;
	struct sequence q;
	int err = sequence_read(db, &q);

	if (err >= 0)
		err = db_read_int(
			db, &recordings, "SELECT count(*) FROM recording WHERE path IS NOT NULL", 0);
	if (err < 0)
		return say(ret_why, err, path, "cannot be read through: take another backup");
	if (q.missing) {
		str_printf(ret_why, BACKUP_WHY_SIZE,
			"%s: %llu events are missing, the first of them number %llu. Take another backup; "
			"markaz doctor says whether the centre itself lacks them",
			path, (unsigned long long)q.missing, (unsigned long long)q.missing_first);
		return -EUCLEAN;
	}
	f->last_seq = q.last;
	f->events = q.events;
	f->recordings = (uint64_t)recordings;
	return 0;
}

int backup_check(const char *path, struct backup_figures *ret_figures, char ret_why[static BACKUP_WHY_SIZE])
{
	struct backup_figures f = {0};
	struct stat st;
	struct db db;

	if (stat(path, &st) < 0)
		return say(ret_why, -errno, path, strerror(errno));
	f.bytes = st.st_size;
	int err = db_open(&db, path, DB_READ);
	if (err < 0)
		return say(ret_why, err, path,
			err == -EUCLEAN ? "this is no database, or it is damaged: take another backup"
					: strerror(-err));
	err = check_schema(&db, path, &f, ret_why);
	if (err == 0)
		err = check_pages(&db, path, ret_why);
	if (err == 0)
		err = check_sequence(&db, path, &f, ret_why);
	db_close(&db);
	if (err == 0)
		*ret_figures = f;
	return err;
}

int backup_recordings(const char *path, backup_recording_handler *on_recording, void *arg)
{
	struct db_statement *st;
	struct db db;
	int err = db_open(&db, path, DB_READ), told = 0;

	if (err < 0)
		return err;
	err = db_prepare(&db,
		"SELECT path, coalesce(bytes, -1) FROM recording WHERE path IS NOT NULL ORDER BY id", &st);
	while (err >= 0 && told >= 0 && (err = db_step(&db, st)) == 1)
		told = on_recording(db_text(st, 0), db_int(st, 1), arg);
	if (err == 1)
		db_reset(st);
	db_close(&db);
	return told < 0 ? told : err < 0 ? err : 0;
}

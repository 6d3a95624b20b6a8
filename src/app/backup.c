/* See backup.h. A backup is a folder: markaz.db (one moment), secret.key (without it passwords of trunks
 * cannot be read), prompts/, greetings/, documents/ (faxes), archives/ (earlier months of the log),
 * recordings.txt (what the database speaks of), with --with-recordings also recordings/, and backup.json,
 * written last: without it the backup is not whole. restore gives the database its name last: a restore that
 * was cut off is no data directory. */
#include "app/backup.h"
#include "app/files.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "store/copy/backup.h"
#include "store/where.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT 1 /* of backup.json */
#define PATH_SIZE 600

static int fail(const char *command, const char *what, int err)
{
	fprintf(stderr, "markaz %s: %s: %s\n", command, what, strerror(err < 0 ? -err : err));
	return 1;
}

static bool join(char ret_path[static PATH_SIZE], const char *folder, const char *name)
{
	return str_printf(ret_path, PATH_SIZE, "%s/%s", folder, name) >= 0;
}

/* --- backup
 * ----------------------------------------------------------------------------------------------------------
 */
static int list_one(const char *recording, int64_t bytes, void *arg)
{
	return fprintf(arg, "%s\t%lld\n", recording, (long long)bytes) < 0 ? -EIO : 0;
}

static int list_recordings(const char *folder)
{
	char list[PATH_SIZE], db[PATH_SIZE];

	if (!join(list, folder, "recordings.txt") || !join(db, folder, "markaz.db"))
		return -ENAMETOOLONG;
	FILE *f = fopen(list, "wx");
	if (!f)
		return -errno;
	int err = backup_recordings(db, list_one, f);
	if (err == 0 && (fflush(f) != 0 || fsync(fileno(f)) < 0))
		err = -errno;
	fclose(f);
	return err;
}

/* The last file: says that all others are there. */
static int write_summary(const char *folder, const struct backup_figures *f, bool has_recordings)
{
	char path[PATH_SIZE], at[CLOCK_TEXT_SIZE];
	_cleanup_json_ json_t *doc = json_pack("{s:i,s:s,s:s,s:i,s:I,s:I,s:b}", "format", FORMAT, "version",
		MARKAZ_VERSION, "at", clock_text(clock_wall_ms(), at), "schema", f->schema, "last_seq",
		(json_int_t)f->last_seq, "database_bytes", (json_int_t)f->bytes, "has_recordings",
		has_recordings);

	if (!doc)
		return -ENOMEM;
	if (!join(path, folder, "backup.json"))
		return -ENAMETOOLONG;
	FILE *out = fopen(path, "wx");
	if (!out)
		return -errno;
	int err = json_dumpf(doc, out, JSON_INDENT(2)) < 0 || fputc('\n', out) == EOF || fflush(out) != 0 ||
				  fsync(fileno(out)) < 0
			  ? -EIO
			  : 0;
	fclose(out);
	return err == 0 ? files_sync_folder(folder) : err;
}

static int copy_beside(const char *from, const char *to, bool with_recordings, uint64_t *ret_files)
{
	static const char *const folders[] = {"prompts", "greetings", "documents", "archives", "recordings"};
	size_t n = sizeof(folders) / sizeof(folders[0]) - !with_recordings;
	char a[PATH_SIZE], b[PATH_SIZE];
	int err = join(a, from, "secret.key") && join(b, to, "secret.key") ? files_copy(a, b, 0600)
									   : -ENAMETOOLONG;

	for (size_t i = 0; err == 0 && i < n; i++)
		err = join(a, from, folders[i]) && join(b, to, folders[i]) ? files_copy_tree(a, b, ret_files)
									   : -ENAMETOOLONG;
	return err;
}

int backup_to_folder(const char *data, const char *folder, bool with_recordings)
{
	struct backup_figures f;
	char why[BACKUP_WHY_SIZE], db[PATH_SIZE];
	uint64_t files = 0;
	int err = files_make_empty(folder);

	if (err == -ENOTEMPTY)
		return fprintf(stderr, "markaz backup: %s is not empty: name a new folder\n", folder), 1;
	if (err < 0)
		return fail("backup", folder, err);
	if (!join(db, folder, "markaz.db"))
		return fail("backup", folder, ENAMETOOLONG);
	if (backup_make(data, db, &f, why) < 0)
		return fprintf(stderr, "markaz backup: %s\n", why), 1;
	/* After the database: every prompt and recording it speaks of was there by then. */
	err = copy_beside(data, folder, with_recordings, &files);
	if (err == 0)
		err = list_recordings(folder);
	if (err == 0)
		err = write_summary(folder, &f, with_recordings);
	if (err < 0)
		return fail("backup", folder, err);
	printf("backed up to %s: %lld bytes of database up to event %llu, secret.key, %llu audio files\n",
		folder, (long long)f.bytes, (unsigned long long)f.last_seq, (unsigned long long)files);
	if (!with_recordings && f.recordings)
		printf("%llu recordings are listed in recordings.txt and not copied (--with-recordings "
		       "copies them)\n",
			(unsigned long long)f.recordings);
	return 0;
}

/* --- restore
 * ---------------------------------------------------------------------------------------------------------
 */
static bool is_in_use(const char *data)
{
	char path[PATH_SIZE];
	int fd = join(path, data, "markaz.lock") ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return false;
	bool is_held = flock(fd, LOCK_EX | LOCK_NB) < 0;
	close(fd);
	return is_held;
}

/* What backup.json says against what is there. */
static int check_summary(const char *folder, const struct backup_figures *f)
{
	char path[PATH_SIZE];
	_cleanup_json_ json_t *doc = join(path, folder, "backup.json") ? json_load_file(path, 0, NULL) : NULL;

	if (!doc || jsonx_int(doc, "format", 0) < 1) {
		fprintf(stderr,
			"markaz restore: %s has no readable backup.json: it is no backup, or one that was "
			"cut off. Take another\n",
			folder);
		return -EUCLEAN;
	}
	if (jsonx_int(doc, "format", 0) > FORMAT) {
		fprintf(stderr, "markaz restore: %s was made by version %s: install that version\n", folder,
			jsonx_text(doc, "version", "?"));
		return -EUCLEAN;
	}
	if (f && jsonx_int(doc, "last_seq", -1) != (int64_t)f->last_seq) {
		fprintf(stderr,
			"markaz restore: %s: backup.json speaks of event %lld, the database ends with %llu: "
			"files of two backups are mixed\n",
			folder, (long long)jsonx_int(doc, "last_seq", -1), (unsigned long long)f->last_seq);
		return -EUCLEAN;
	}
	return 0;
}

/* The draft's rows go to the server; that the directory speaks of it comes last. */
static int put_on_server(const char *draft, const char *data, const char *url)
{
	char why[BACKUP_WHY_SIZE] = "";
	int err = backup_put_on_server(draft, url, why);

	if (err == 0 && (err = store_where_set(data, url)) < 0)
		str_printf(why, sizeof(why), "%s/database cannot be written: %s", data, strerror(-err));
	unlink(draft);
	if (err < 0)
		fprintf(stderr, "markaz restore: %s. Remove %s before you try again\n", why, data);
	return err < 0 ? -ECANCELED : 0;
}

/* url: NULL, or where the rows go instead of a file. */
static int put_back(const char *folder, const char *data, const char *url, uint64_t *ret_files)
{
	char from[PATH_SIZE], draft[PATH_SIZE], db[PATH_SIZE];

	if (!join(from, folder, "markaz.db") || !join(draft, data, "markaz.db.restoring") ||
		!join(db, data, "markaz.db"))
		return -ENAMETOOLONG;
	int err = files_copy(from, draft, 0600);
	if (err == 0)
		err = copy_beside(folder, data, true, ret_files);
	if (err == 0 && url)
		err = put_on_server(draft, data, url);
	else if (err == 0 && rename(draft, db) < 0)
		err = -errno;
	if (err < 0)
		unlink(draft);
	return err == 0 ? files_sync_folder(data) : err;
}

int restore_from_folder(const char *folder, const char *data, const char *url)
{
	struct backup_figures f;
	char why[BACKUP_WHY_SIZE], db[PATH_SIZE];
	uint64_t files = 0;

	if (is_in_use(data))
		return fprintf(stderr, "markaz restore: a server runs on %s: stop it first\n", data), 1;
	if (check_summary(folder, NULL) < 0)
		return 1;
	if (!join(db, folder, "markaz.db"))
		return fail("restore", folder, ENAMETOOLONG);
	if (backup_check(db, &f, why) < 0)
		return fprintf(stderr, "markaz restore: %s\n", why), 1;
	if (check_summary(folder, &f) < 0)
		return 1;
	int err = files_make_empty(data);
	if (err == -ENOTEMPTY)
		return fprintf(stderr,
			       "markaz restore: %s is not empty. Move what is in it away first; nothing was "
			       "changed\n",
			       data),
		       1;
	if (err == 0)
		err = put_back(folder, data, url, &files);
	if (err == -ECANCELED)
		return 1; /* said already */
	if (err < 0)
		return fail("restore", data, err);
	printf("restored to %s: everything up to event %llu, secret.key, %llu audio files\n", data,
		(unsigned long long)f.last_seq, (unsigned long long)files);
	return 0;
}

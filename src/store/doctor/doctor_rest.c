/* The doctor's look at what the database names and others hold: archives, snapshots, recordings. */
#include "base/clock.h"
#include "base/file_hash.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/str.h"
#include "store/log/archive.h"
#include "store/doctor/doctor_parts.h"
#include "store/log/snapshots.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define PATH_SIZE (DB_PATH_MAX + 300)
#define HASH_BUDGET_MS 3000    /* for reading recordings, unless everything is to be read */
#define RECORDINGS_MAX 2000000 /* names kept in memory to find files that nobody lists */
#define YOUNG_S 3600	       /* a file younger than this may be a call that goes on */

/* --- archives
 * --------------------------------------------------------------------------------------------------------
 */
struct archive_look {
	struct doctor *d;
	struct strmap names;
	int n, err;
};

static bool on_archive(const struct archive *a, void *arg)
{
	struct archive_look *l = arg;
	struct doctor *d = l->d;
	char path[PATH_SIZE], why[ARCHIVE_WHY_SIZE] = "";
	struct stat st;
	int err = 0;

	l->n++;
	doctor_step(d, "archives", (uint64_t)l->n, 0);
	if (strmap_put(&l->names, a->name, l) < 0) {
		l->err = -ENOMEM;
		return false;
	}
	str_printf(path, sizeof(path), "%s/archives/%s", d->directory, a->name);
	if (stat(path, &st) < 0) {
		err = -EUCLEAN;
		str_printf(why, sizeof(why), "%s", errno == ENOENT ? "is not there" : strerror(errno));
	} else if (st.st_size != a->bytes) {
		err = -EUCLEAN;
		str_printf(why, sizeof(why), "has %lld bytes instead of %lld", (long long)st.st_size,
			(long long)a->bytes);
	} else if (d->o->is_deep)
		err = archive_verify(d->directory, a, why);
	if (err < 0)
		doctor_say(d, DOCTOR_DAMAGE,
			"put this file back from a backup (archives never change once made)",
			"archives/%s (events %llu to %llu): %s", a->name, (unsigned long long)a->first_seq,
			(unsigned long long)a->last_seq, *why ? why : strerror(-err));
	return true;
}

/* A file that nobody names: of an archive that was cut off, or of another database. */
static void look_for_strangers(struct doctor *d, const struct strmap *names)
{
	char path[PATH_SIZE];

	str_printf(path, sizeof(path), "%s/archives", d->directory);
	DIR *dir = opendir(path);
	if (!dir)
		return;
	for (struct dirent *e; (e = readdir(dir));) {
		size_t n = strlen(e->d_name);
		if (n > 3 && str_equal(e->d_name + n - 3, ".db") && !strmap_get(names, e->d_name))
			doctor_say(d, DOCTOR_WARNING,
				d->is_running ? "look again later: it may be one that is being made"
					      : "nothing reads it: move it away",
				"archives/%s is not one of this database", e->d_name);
	}
	closedir(dir);
}

void doctor_archives(struct doctor *d)
{
	struct archive_look l = {.d = d};
	int err = archive_each(d->rd, on_archive, &l);

	if (err < 0 || l.err < 0)
		doctor_unreadable(d, err < 0 ? err : l.err, "the list of archives");
	else
		look_for_strangers(d, &l.names);
	strmap_free(&l.names);
	if (d->said)
		return;
	if (l.n == 0)
		doctor_say(d, DOCTOR_FINE, NULL, "there are no archives");
	else
		doctor_say(d, DOCTOR_FINE, NULL, "%d archives are there%s", l.n,
			d->o->is_deep ? " and are what they were" : " (--deep reads them)");
}

/* --- snapshots
 * -------------------------------------------------------------------------------------------------------
 */
void doctor_snapshots(struct doctor *d)
{
	struct store_snapshot heads[SNAPSHOTS_KEPT];
	int n = store_snapshots(d->rd, heads), good = 0;

	if (n < 0) {
		doctor_unreadable(d, n, "the list of snapshots");
		return;
	}
	for (int i = 0; i < n; i++) {
		uint8_t *data = NULL;
		int err = store_snapshot_read(d->rd, &heads[i], &data);
		int fits = err == 0 ? store_snapshot_fits(d->rd, &heads[i]) : 0;
		alloc_free(data);
		good += fits == 1;
		if (fits != 1)
			doctor_say(d, DOCTOR_WARNING,
				"nothing: a start uses an older one or the log; a new one is made soon",
				"the snapshot of event %llu %s", (unsigned long long)heads[i].seq,
				err == 0 ? "is of another log" : "cannot be read");
	}
	if (!d->said)
		doctor_say(d, DOCTOR_FINE, NULL, "%d snapshots are whole and of this log", good);
}

/* --- recordings
 * -----------------------------------------------------------------------------------------------------
 */
struct recording_look {
	struct doctor *d;
	struct strmap names;
	uint64_t n;
	bool has_all;	   /* names are those of all recordings */
	int64_t until_ms;  /* how long files are read, monotonic; 0: to the end */
	uint64_t n_hashed; /* read and found as the log vouches for */
};

/* Whether the file is what the log vouches for, while there is time. */
static void look_inside(struct recording_look *l, const char *path, const char *name, const char *sealed)
{
	uint8_t hash[FILE_HASH_BYTES];
	char text[FILE_HASH_TEXT_SIZE];

	if (!sealed || (l->until_ms && clock_mono_ms() > l->until_ms) ||
		file_hash_read(path, l->until_ms, hash) < 0)
		return;
	file_hash_text(hash, text);
	l->n_hashed++;
	if (!str_equal(text, sealed))
		doctor_say(l->d, DOCTOR_DAMAGE, "put it back from a backup, and find out who changed it",
			"recordings/%s is not what was recorded: its hash is another one", name);
}

static void look_at_recording(struct recording_look *l, const char *name, int64_t bytes, const char *sealed)
{
	struct doctor *d = l->d;
	char path[PATH_SIZE];
	struct stat st;

	if (str_printf(path, sizeof(path), "%s/recordings/%s", d->directory, name) < 0)
		return;
	if (stat(path, &st) < 0)
		doctor_say(d, DOCTOR_DAMAGE, "put it back from a backup (recordings.txt there lists them)",
			"recordings/%s %s", name, errno == ENOENT ? "is not there" : strerror(errno));
	else if (bytes >= 0 && st.st_size != bytes)
		doctor_say(d, DOCTOR_DAMAGE, "put it back from a backup",
			"recordings/%s has %lld bytes instead of %lld", name, (long long)st.st_size,
			(long long)bytes);
	else
		look_inside(l, path, name, sealed);
}

static int look_at_listed(struct recording_look *l)
{
	struct db *db = &l->d->rd->db;
	struct db_statement *st;
	int kept = 0, err = db_prepare(db,
			      "SELECT path, coalesce(bytes, -1), hash FROM recording WHERE path IS NOT NULL "
			      "ORDER BY id "
			      "DESC LIMIT ?",
			      &st);

	if (err < 0)
		return err;
	l->has_all = l->d->o->is_deep;
	l->until_ms = l->d->o->is_deep ? 0 : clock_mono_ms() + HASH_BUDGET_MS;
	db_bind_int(st, 1, l->d->o->is_deep ? INT64_MAX : DOCTOR_RECORDINGS);
	while ((err = db_step(db, st)) == 1 && kept == 0) {
		look_at_recording(l, db_text(st, 0), db_int(st, 1), db_text(st, 2));
		if (++l->n > RECORDINGS_MAX)
			l->has_all = false;
		if (l->has_all)
			kept = strmap_put(&l->names, db_text(st, 0), l);
		if (l->n % 1000 == 0)
			doctor_step(l->d, "recordings", l->n, 0);
	}
	if (err == 1)
		db_reset(st);
	return kept < 0 ? kept : err < 0 ? err : 0;
}

static bool is_recording(const FTSENT *e)
{
	return e->fts_info == FTS_F && e->fts_namelen > 4 &&
	       (str_equal(e->fts_name + e->fts_namelen - 4, ".wav") ||
		       str_equal(e->fts_name + e->fts_namelen - 4, ".mkz"));
}

/* Files that no row names: of erased or removed contacts, or put there by hand. */
static void look_for_unlisted(struct recording_look *l)
{
	char root[PATH_SIZE];
	char *const roots[] = {root, NULL};
	time_t now = time(NULL);

	if (str_printf(root, sizeof(root), "%s/recordings", l->d->directory) < 0)
		return;
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!walk)
		return;
	for (FTSENT *e; (e = fts_read(walk));)
		if (is_recording(e) && !strmap_get(&l->names, e->fts_path + strlen(root) + 1) &&
			now - e->fts_statp->st_mtime > YOUNG_S)
			doctor_say(l->d, DOCTOR_WARNING,
				"listen to it and keep it elsewhere, or delete it: retention and erasure do "
				"not reach it",
				"%s belongs to no contact", e->fts_path + strlen(l->d->directory) + 1);
	fts_close(walk);
}

void doctor_recordings(struct doctor *d)
{
	struct recording_look l = {.d = d};
	int err = look_at_listed(&l);

	if (err < 0)
		doctor_unreadable(d, err, "the list of recordings");
	else if (l.has_all)
		look_for_unlisted(&l);
	strmap_free(&l.names);
	if (!d->said)
		doctor_say(d, DOCTOR_FINE, NULL, "%llu recordings are there with the size they had%s",
			(unsigned long long)l.n, d->o->is_deep ? "" : " (the newest; --deep looks for all)");
}

/* Files and pages that outlive their rows; see erase.h. A file's row in file_removal is written in the
 * transaction that forgets the recording, and deleted once the file is gone: whatever stops us in between,
 * the next start goes on. Everything here can be repeated. */
#include "store/people/erase.h"
#include "base/disk.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/str.h"
#include "db/sqlite.h"
#include "store/where.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH 100
#define ZEROS 65536
#define PATH_SIZE (DB_PATH_MAX + 600)
#define LOG_BUSY_MS 200 /* the writer waits so long at most, for readers of an old state */
#define LOG_ATTEMPTS 5
#define LOG_PAUSE_US 100000
#define SPEECH_AGE_S 60
#define OLD_PAGES "erased_pages" /* the fact that the log still has pages from before an erasure */

/* Zeros over a file's bytes. Worth little on disks that write elsewhere, and costs little. */
static int overwrite(int fd)
{
	static const unsigned char zeros[ZEROS];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	for (off_t at = 0; at < st.st_size;) {
		size_t n = st.st_size - at < ZEROS ? (size_t)(st.st_size - at) : ZEROS;
		ssize_t written = pwrite(fd, zeros, n, at);
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		at += written;
	}
	return fdatasync(fd) < 0 ? -errno : 0;
}

/* 0 also when it is not there any more. is_replaced: what is in it lives on elsewhere, and somebody may be
 * reading it. */
static int remove_file(const char *path, bool is_replaced)
{
	if (is_replaced)
		return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	int err = overwrite(fd);
	close(fd);
	if (err < 0 && err != -ENOSPC && err != -EIO) /* what cannot be overwritten is at least unlinked */
		return err;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* The unlinking itself has to last, too. */
static int sync_folder(const char *path)
{
	char folder[PATH_SIZE];
	const char *slash = strrchr(path, '/');

	if (!slash)
		return 0;
	str_put_n(folder, sizeof(folder), path, (size_t)(slash - path));
	int err = disk_sync(folder);

	return err == -ENOENT ? 0 : err;
}

/* A recording and what the screens keep beside it. */
static int remove_recording(const struct store *s, const char *name, bool is_replaced)
{
	char path[PATH_SIZE], beside[PATH_SIZE + 16];
	bool is_document = str_starts_with(name, "documents/");

	if (name[0] == '/' || strstr(name, "..") ||
		str_printf(path, sizeof(path), "%s/%s%s", s->directory, is_document ? "" : "recordings/",
			name) < 0)
		return 0; /* none of ours: nothing is ever removed outside */
	str_printf(beside, sizeof(beside), "%s%s", path, is_document ? ".pdf" : ".peaks.json");
	int err = remove_file(beside, is_replaced);
	if (err == 0)
		err = remove_file(path, is_replaced);
	if (err == 0)
		err = sync_folder(path);
	if (err < 0)
		log_error("store", 0,
			"%s cannot be removed: %s. It is tried again; remove it by hand if that lasts", path,
			strerror(-err));
	return err;
}

/* rq->row: [[id, path, is_replaced], ...] of the next ones after rq->id. */
static int run_list(struct store *s, struct store_request *rq)
{
	struct db_statement *st;
	int err = db_prepare(&s->db,
		"SELECT id, path, coalesce(is_replaced, 0) FROM file_removal WHERE id > ? ORDER BY id LIMIT "
		"?",
		&st);

	if (err < 0)
		return err;
	rq->row = json_array();
	db_bind_int(st, 1, (int64_t)rq->id);
	db_bind_int(st, 2, BATCH);
	while ((err = db_step(&s->db, st)) == 1)
		json_array_append_new(rq->row,
			json_pack("[I,s,b]", (json_int_t)db_int(st, 0), db_text(st, 1), (int)db_int(st, 2)));
	return err;
}

/* Forgets those of rq->value whose file is gone (their path is null by then). */
static int run_forget(struct store *s, struct store_request *rq)
{
	size_t i;
	json_t *one;
	int err = 0;

	json_array_foreach((json_t *)rq->value, i, one)
	{
		if (err == 0 && json_is_null(json_array_get(one, 1)))
			err = db_run_ints(&s->db, "DELETE FROM file_removal WHERE id = ?", 1,
				(int64_t)json_integer_value(json_array_get(one, 0)));
	}
	return err;
}

static int run_count(struct store *s, struct store_request *rq)
{
	int err = db_read_int(&s->db, &rq->if_version, "SELECT count(*) FROM file_removal", 0);

	return err < 0 ? err : 0;
}

/* The next files after *id. 1: there may be more, 0: that was all, -errno. Those that cannot be removed are
 * left. */
static int remove_some(struct store *s, uint64_t *id, int *ret_failure)
{
	struct store_request list = {.run = run_list, .id = *id};
	size_t i, n;
	json_t *one;
	int err = writer_ask(s, &list);
	_cleanup_json_ json_t *rows = list.row;

	n = json_array_size(rows);
	if (err < 0 || n == 0)
		return err;
	json_array_foreach(rows, i, one)
	{
		int bad = remove_recording(
			s, json_string_value(json_array_get(one, 1)), json_is_true(json_array_get(one, 2)));
		*id = (uint64_t)json_integer_value(json_array_get(one, 0));
		if (bad == 0)
			json_array_set_new(one, 1, json_null());
		else
			*ret_failure = bad;
	}
	struct store_request gone = {.run = run_forget, .value = rows};
	err = writer_ask(s, &gone);
	return err < 0 ? err : n == BATCH;
}

int removal_run(struct store *s, int max, int64_t *ret_left)
{
	struct store_request count = {.run = run_count};
	uint64_t id = 0;
	int failure = 0, err = 1;

	for (int n = 0; n < max && err == 1; n += BATCH)
		err = remove_some(s, &id, &failure);
	if (err >= 0)
		err = writer_ask(s, &count);
	if (err < 0)
		return err;
	*ret_left = count.if_version;
	return failure;
}

/* 0, -EBUSY, -errno. */
static int truncate_log(const char *where)
{
	struct db db;
	int64_t busy = 0;
	int err = db_open(&db, where, DB_WRITE);

	if (err < 0)
		return err;
	sqlite3_busy_timeout(sqlite_handle(&db), LOG_BUSY_MS);
	err = db_read_int(&db, &busy, "PRAGMA wal_checkpoint(TRUNCATE)", 0);
	db_close(&db);
	return err < 0 ? err : busy ? -EBUSY : 0;
}

int removal_old_pages(struct db *db, bool are_there)
{
	return db_exec(db, are_there ? "INSERT INTO fact (key, value) VALUES ('" OLD_PAGES
				       "', '1') ON CONFLICT DO NOTHING"
				     : "DELETE FROM fact WHERE key = '" OLD_PAGES "'");
}

static int run_old_pages(struct store *s, struct store_request *rq)
{
	return removal_old_pages(&s->db, rq->if_version);
}

int removal_note_old_pages(struct store *s)
{
	struct store_request rq = {.run = run_old_pages, .if_version = true};

	return writer_ask(s, &rq);
}

int removal_empty_log(struct store *s)
{
	struct store_request done = {.run = run_old_pages, .if_version = false};
	char where[STORE_WHERE_MAX];
	int err = store_where(s->directory, where);

	if (err < 0)
		return err;
	if (!db_is_server(where)) {
		err = truncate_log(where);
		for (int i = 1; i < LOG_ATTEMPTS && err == -EBUSY; i++) {
			usleep(LOG_PAUSE_US);
			err = truncate_log(where);
		}
	}
	return err < 0 ? err : writer_ask(s, &done);
}

int removal_are_old_pages(struct db *db)
{
	int64_t one = 0;

	return db_read_int(db, &one, "SELECT 1 FROM fact WHERE key = '" OLD_PAGES "'", 0);
}

void removal_forget_speech(const struct store *s)
{
	char folder[PATH_SIZE], path[PATH_SIZE + 300];
	struct dirent *entry;
	struct stat st;

	str_printf(folder, sizeof(folder), "%s/speech", s->directory);
	DIR *d = opendir(folder);
	while (d && (entry = readdir(d)))
		if (str_printf(path, sizeof(path), "%s/%s", folder, entry->d_name) == 0 &&
			lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
			time(NULL) - st.st_mtime >= SPEECH_AGE_S)
			unlink(path); /* spoken anew when it is wanted again */
	if (d)
		closedir(d);
}

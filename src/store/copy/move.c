/* See move.h. The order of names on the disk is the whole point here. */
#include "store/copy/move.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "store/copy/copy.h"
#include "store/where.h"
#include "store/write/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE (DB_PATH_MAX + 64)
#define FOLD_TRIES 4 /* of DB_BUSY_MS each */

static int sync_folder(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* "markaz.db.moved-20261122-081500", or with a number behind it: a name that is free. */
static int moved_name(const char *directory, char *ret_name, size_t size)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	char stamp[32], path[PATH_SIZE];
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", gmtime_r(&now, &tm));
	for (int i = 0; i < 100; i++) {
		str_printf(ret_name, size, i ? "markaz.db.moved-%s.%d" : "markaz.db.moved-%s", stamp, i);
		if (str_printf(path, sizeof(path), "%s/%s", directory, ret_name) < 0)
			return -ENAMETOOLONG;
		if (access(path, F_OK) < 0)
			return 0;
	}
	return -EEXIST;
}

/* Moves directory/markaz.db out of the way. Its log is empty by now. */
static int rename_old(const char *directory, const char *name)
{
	static const char *const parts[] = {"-wal", "-shm"};
	char from[PATH_SIZE], to[PATH_SIZE];

	str_printf(from, sizeof(from), "%s/markaz.db", directory);
	str_printf(to, sizeof(to), "%s/%s", directory, name);
	if (rename(from, to) < 0)
		return -errno;
	for (size_t i = 0; i < 2; i++) {
		str_printf(from, sizeof(from), "%s/markaz.db%s", directory, parts[i]);
		if (unlink(from) < 0 && errno != ENOENT)
			return -errno;
	}
	return sync_folder(directory);
}

/* What its log holds goes into the file, so that the file is whole by itself. */
static int fold_log(const char *path)
{
	struct db db;
	int64_t is_busy = 1;
	int err = db_open(&db, path, DB_WRITE);

	/* A reader that is at a long page ends some time. */
	for (int i = 0; i < FOLD_TRIES && err == 0 && is_busy; i++) {
		err = db_read_int(&db, &is_busy, "PRAGMA wal_checkpoint(TRUNCATE)", 0);
		err = err < 0 ? err : 0;
	}
	db_close(&db);
	return err < 0 ? err : is_busy ? -EBUSY : 0;
}

int move_forget(const char *directory)
{
	char where[STORE_WHERE_MAX];
	struct db db;

	if (store_where(directory, where) < 0 || db_open(&db, where, DB_READ) < 0)
		return 0;
	db_close(&db);
	return copy_forget(where);
}

int move_tidy(const char *directory, char *ret_name, size_t size)
{
	char path[PATH_SIZE], name[64];

	*ret_name = '\0';
	str_printf(path, sizeof(path), "%s/markaz.db", directory);
	if (access(path, F_OK) < 0)
		return 0;
	int err = fold_log(path);
	if (err == 0)
		err = moved_name(directory, name, sizeof(name));
	if (err == 0)
		err = rename_old(directory, name);
	return err == 0 ? str_put(ret_name, size, name) : err;
}

/* The rows come back into a file: it gets its name first; as long as the address is there, that is the truth.
 */
static int switch_to_file(const char *directory)
{
	char from[PATH_SIZE], to[PATH_SIZE], address[PATH_SIZE], old[64];
	int err = move_tidy(directory, old, sizeof(old));

	str_printf(from, sizeof(from), "%s/" MOVE_FILE, directory);
	str_printf(to, sizeof(to), "%s/markaz.db", directory);
	str_printf(address, sizeof(address), "%s/database", directory);
	if (err == 0)
		err = fold_log(from);
	if (err == 0 && rename(from, to) < 0)
		err = -errno;
	if (err == 0)
		err = sync_folder(directory);
	if (err == 0 && unlink(address) < 0)
		err = -errno;
	return err == 0 ? sync_folder(directory) : err;
}

int move_switch(const char *directory, const char *to)
{
	return db_is_server(to) ? store_where_set(directory, to) : switch_to_file(directory);
}

/* --- with a server
 * --------------------------------------------------------------------------------------------------------
 */
int store_move_hold(struct store *s)
{
	/* From before it is held: the writer counts from later on, so it lets go later than we think. */
	int64_t now = clock_mono_ms();
	int err = store_hold(s);

	if (err == 0)
		s->move_held_ms = now;
	return err;
}

int store_move_release(struct store *s)
{
	if (!s->move_held_ms)
		return -ENOENT;
	s->move_held_ms = 0;
	int err = store_release(s);
	return err == -ENOENT ? 0 : err; /* it let go by itself, of the same place */
}

int store_move_switch(struct store *s, const char *to, bool *ret_is_moved)
{
	*ret_is_moved = false;
	if (!s->move_held_ms)
		return -ENOENT;
	/* Long before the writer lets go by itself, or it would write to the old place after the switch. */
	if (clock_mono_ms() - s->move_held_ms > MOVE_HOLD_S * 1000)
		return -ETIMEDOUT;
	int err = move_switch(s->directory, to);
	if (err < 0)
		return err;
	*ret_is_moved = true;
	s->move_held_ms = 0;
	err = store_release(s);
	store_where_moved(); /* readers follow the writer, so that they never see less than before */
	return err;
}
_Static_assert(STORE_HOLD_MAX_MS >= MOVE_HOLD_S * 1000 + 20000, "time to write an address to the disk");

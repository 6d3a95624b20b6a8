/* See where.h. */
#include "store/where.h"
#include "base/disk.h"
#include "base/log.h"
#include "base/str.h"
#include "db/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "database"

bool store_where_is_server(const char *where)
{
	return db_is_server(where);
}

static int path_of(const char *directory, const char *name, char ret_path[static STORE_WHERE_MAX])
{
	return str_printf(ret_path, STORE_WHERE_MAX, "%s/%s", directory, name) < 0 ? -ENAMETOOLONG : 0;
}

/* The line of the file: 0, -ENOENT, -EUCLEAN, -errno. */
static int read_line(const char *path, char ret_line[static STORE_WHERE_MAX])
{
	char text[STORE_WHERE_MAX + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text));
	int err = n < 0 ? -errno : 0;
	close(fd);
	if (err < 0)
		return err;
	if ((size_t)n == sizeof(text))
		return -EUCLEAN;
	text[n] = '\0';
	size_t end = strcspn(text, "\r\n");
	if (strspn(text + end, "\r\n") != strlen(text + end) || strlen(text) != (size_t)n)
		return -EUCLEAN;
	text[end] = '\0';
	return db_is_server(text) ? str_put(ret_line, STORE_WHERE_MAX, text) : -EUCLEAN;
}

int store_where(const char *directory, char ret_where[static STORE_WHERE_MAX])
{
	char path[STORE_WHERE_MAX], line[STORE_WHERE_MAX];
	int err = path_of(directory, NAME, path);

	if (err == 0)
		err = read_line(path, line);
	if (err == -ENOENT)
		return path_of(directory, "markaz.db", ret_where);
	if (err == -EUCLEAN || err == -E2BIG) {
		log_error("store", 0,
			"%s must hold one line with the address of the database, postgres://USER@HOST/NAME: "
			"correct "
			"it, or take it from a backup",
			path);
		return -EUCLEAN;
	}
	if (err == 0)
		str_put(ret_where, STORE_WHERE_MAX, line);
	return err;
}

int store_where_set(const char *directory, const char *url)
{
	char path[STORE_WHERE_MAX], made[STORE_WHERE_MAX], line[STORE_WHERE_MAX];

	if (!db_is_server(url) || strpbrk(url, "\r\n") || str_printf(line, sizeof(line) - 1, "%s\n", url) < 0)
		return -EINVAL;
	int err = path_of(directory, NAME, path);
	if (err == 0)
		err = path_of(directory, NAME ".new", made);
	if (err < 0)
		return err;
	int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, line, strlen(line));
	err = n < 0				      ? -errno
	      : (size_t)n < strlen(line)	      ? -ENOSPC
	      : fchmod(fd, 0600) < 0 || fsync(fd) < 0 ? -errno
						      : 0;
	close(fd);
	if (err == 0 && rename(made, path) < 0)
		err = -errno;
	if (err < 0)
		unlink(made);
	return err < 0 ? err : disk_sync(directory);
}

static int exists(const char *directory, const char *name)
{
	char path[STORE_WHERE_MAX];
	int err = path_of(directory, name, path);

	if (err < 0)
		return err;
	return access(path, F_OK) == 0 ? 1 : errno == ENOENT ? 0 : -errno;
}

int store_where_agree(const char *directory, const char *url)
{
	char now[STORE_WHERE_MAX];

	if (!url || !*url)
		return 0;
	if (!db_is_server(url))
		return -EINVAL;
	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return -errno;
	int file = exists(directory, "markaz.db"), server = exists(directory, NAME);
	if (file < 0 || server < 0)
		return file < 0 ? file : server;
	if (!file && !server)
		return store_where_set(directory, url);
	int err = server ? store_where(directory, now) : 0;
	if (err < 0)
		return err;
	if (server && str_equal(now, url))
		return 0;
	log_error("store", 0,
		"database_url names another database than %s uses (%s): `markaz migrate --to ADDRESS` moves "
		"a centre; "
		"else take database_url out of the configuration",
		directory, server ? "its file `" NAME "` says which" : "its file markaz.db");
	return -EEXIST;
}

static atomic_uint moves;

unsigned store_where_moves(void)
{
	return atomic_load(&moves);
}

void store_where_moved(void)
{
	atomic_fetch_add(&moves, 1);
}

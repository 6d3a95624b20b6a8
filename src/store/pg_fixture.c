/* See pg_fixture.h. */
#include "store/pg_fixture.h"
#include "base/clock.h"
#include "base/str.h"
#include "db/db.h"
#include "harness/test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 30000
#define PACKAGE "install the package postgresql (apt-get install postgresql)"

static struct {
	char directory[64], data[96], log[96], programs[128];
	int port;
	pid_t server, owner;
	uid_t user;
	gid_t group;
	int databases;
} pg;

static bool has_program(const char *directory)
{
	char path[200];

	str_printf(path, sizeof(path), "%s/postgres", directory);
	if (access(path, X_OK) < 0)
		return false;
	str_put(pg.programs, sizeof(pg.programs), directory);
	return true;
}

/* The newest of Debian's versions, or what is on PATH. */
static bool find_programs(void)
{
	glob_t found = {0};
	bool is_found = false;

	if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0)
		for (size_t i = found.gl_pathc; i-- > 0 && !is_found;)
			is_found = has_program(found.gl_pathv[i]);
	globfree(&found);
	char path[4096], *rest = path;
	str_put(path, sizeof(path), getenv("PATH"));
	for (char *p; !is_found && (p = strtok_r(rest, ":", &rest));)
		is_found = has_program(p);
	return is_found;
}

static bool find_user(void)
{
	pg.user = getuid();
	pg.group = getgid();
	if (pg.user != 0)
		return true;
	const struct passwd *pw = getpwnam("postgres");
	if (!pw)
		pw = getpwnam("nobody");
	if (!pw)
		return false;
	pg.user = pw->pw_uid;
	pg.group = pw->pw_gid;
	return true;
}

static int free_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0), port = 0;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 &&
		getsockname(fd, (struct sockaddr *)&at, &n) == 0)
		port = ntohs(at.sin_port);
	if (fd >= 0)
		close(fd);
	return port;
}

/* A program of PostgreSQL as its user, its words in the log. arguments[0] becomes its whole path: the
 * programs look for each other beside it. */
static pid_t spawn(const char *name, char **arguments)
{
	char path[200];
	pid_t parent = getpid();

	str_printf(path, sizeof(path), "%s/%s", pg.programs, name);
	arguments[0] = path;
	pid_t child = fork();
	if (child != 0)
		return child;
	int fd = open(pg.log, O_WRONLY | O_CREAT | O_APPEND, 0666);
	dup2(fd, 1);
	dup2(fd, 2);
	int null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	if (getuid() == 0 && (setgroups(0, NULL) < 0 || setgid(pg.group) < 0 || setuid(pg.user) < 0))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGQUIT); /* it ends with the test, even when that is killed */
	if (getppid() != parent || chdir("/tmp") < 0)
		_exit(126);
	execv(path, arguments);
	_exit(127);
}

static void show_log(void)
{
	char line[400];
	FILE *f = fopen(pg.log, "r");

	while (f && fgets(line, sizeof(line), f))
		printf("# %s", line);
	if (f)
		fclose(f);
}

static bool make_cluster(void)
{
	char *arguments[] = {"initdb", "-D", pg.data, "-U", "markaz", "--auth=trust", "--encoding=UTF8",
		"--locale=C.UTF-8", "--no-sync", "--no-instructions", NULL};
	int status = -1;

	pid_t child = spawn("initdb", arguments);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void url_of(const char *name, char ret_url[static PG_FIXTURE_URL_MAX])
{
	str_printf(ret_url, PG_FIXTURE_URL_MAX, "postgres://markaz@/%s?host=%s&port=%d", name, pg.directory,
		pg.port);
}

static bool is_up(void)
{
	char url[PG_FIXTURE_URL_MAX];
	struct db db;

	url_of("postgres", url);
	bool is_open = db_open(&db, url, DB_READ) == 0;
	if (is_open)
		db_close(&db);
	return is_open;
}

bool pg_fixture_start(void)
{
	char port[16];
	int64_t until = clock_mono_ms() + START_MS;
	int status;

	str_printf(port, sizeof(port), "%d", pg.port);
	char *arguments[] = {"postgres", "-D", pg.data, "-p", port, "-k", pg.directory, "-c",
		"listen_addresses=127.0.0.1", "-c", "shared_buffers=64MB", "-c", "max_connections=60", "-c",
		"autovacuum_naptime=600", "-c", "max_wal_size=512MB", "-c", "log_min_messages=fatal", NULL};
	pg.server = spawn("postgres", arguments);
	while (pg.server > 0 && clock_mono_ms() < until) {
		if (is_up())
			return true;
		if (waitpid(pg.server, &status, WNOHANG) == pg.server)
			break;
		usleep(20000);
	}
	show_log();
	test_fail(__FILE__, __LINE__, "the PostgreSQL server in %s does not start", pg.directory);
	return false;
}

void pg_fixture_stop(int signal)
{
	int status;

	if (pg.server <= 0)
		return;
	kill(pg.server, signal);
	waitpid(pg.server, &status, 0);
	pg.server = 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static void end(void)
{
	if (getpid() != pg.owner)
		return;
	pg_fixture_freeze(false);
	pg_fixture_stop(SIGQUIT);
	nftw(pg.directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool begin(void)
{
	if (pg.owner)
		return pg.server > 0;
	pg.owner = getpid();
	if (!find_programs() || !find_user()) {
		test_fail(__FILE__, __LINE__, "there is no PostgreSQL server program: " PACKAGE);
		return false;
	}
	str_put(pg.directory, sizeof(pg.directory), "/tmp/markaz-pg-XXXXXX");
	if (!mkdtemp(pg.directory) || chown(pg.directory, pg.user, pg.group) < 0) {
		test_fail(__FILE__, __LINE__, "%s: %s", pg.directory, strerror(errno));
		return false;
	}
	atexit(end);
	str_printf(pg.data, sizeof(pg.data), "%s/data", pg.directory);
	str_printf(pg.log, sizeof(pg.log), "%s/log", pg.directory);
	pg.port = free_port();
	if (make_cluster())
		return pg_fixture_start();
	show_log();
	test_fail(__FILE__, __LINE__, "initdb failed in %s", pg.directory);
	return false;
}

bool pg_fixture_sql(const char *sql)
{
	char url[PG_FIXTURE_URL_MAX];
	struct db db;

	if (!begin())
		return false;
	url_of("postgres", url);
	int err = db_open(&db, url, DB_WRITE);
	if (err == 0) {
		err = db_exec(&db, sql);
		db_close(&db);
	}
	if (err < 0)
		test_fail(__FILE__, __LINE__, "%s: %s", sql, db.message);
	return err == 0;
}

bool pg_fixture_database(char ret_url[static PG_FIXTURE_URL_MAX])
{
	char sql[128], name[32];

	str_printf(name, sizeof(name), "t%d", ++pg.databases);
	str_printf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE template0 STRATEGY file_copy", name);
	if (!pg_fixture_sql(sql))
		return false;
	url_of(name, ret_url);
	return true;
}

void pg_fixture_tcp(const char *url, char ret_url[static PG_FIXTURE_URL_MAX])
{
	const char *name = strstr(url, "@/") + 2;

	str_printf(ret_url, PG_FIXTURE_URL_MAX, "postgres://markaz@127.0.0.1:%d/%.*s", pg.port,
		(int)strcspn(name, "?"), name);
}

/* The server and its children, which is how Linux lists them. */
void pg_fixture_freeze(bool is_frozen)
{
	char path[64], line[16];

	if (pg.server <= 0)
		return;
	str_printf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pg.server, (int)pg.server);
	FILE *f = fopen(path, "r");
	kill(pg.server, is_frozen ? SIGSTOP : SIGCONT);
	while (f && fscanf(f, "%15s", line) == 1)
		kill((pid_t)strtol(line, NULL, 10), is_frozen ? SIGSTOP : SIGCONT);
	if (f)
		fclose(f);
}

const char *pg_fixture_directory(void)
{
	return pg.directory;
}

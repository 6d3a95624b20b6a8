/* `markaz migrate --to URL`: moves the rows of a centre, which may be at work, to another database
 * (docs/migrate.md).
 *
 * Invariants: until the server (or, without one, we) wrote the new place down, nothing has changed and the
 * old database is the truth; after that the new one is. Whatever fails says which of the two it is. */
#include "app/commands.h"
#include "app/control.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "store/copy/copy.h"
#include "store/copy/move.h"
#include "store/where.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROUNDS_MAX 50 /* of catching up, before the last step is tried in any case */
#define FEW_ROWS 2000 /* that changed since the last round: little enough for the last step */
#define PROGRESS_MS 2000

static const char help[] = "markaz migrate --to postgres://USER@HOST/DATABASE --config FILE\n"
			   "markaz migrate --to sqlite --config FILE\n\n"
			   "Moves the rows of the centre to an empty PostgreSQL database, or back into a "
			   "file. The server may run: calls go\n"
			   "on, changes by people are refused for some seconds at the end. Both sides are "
			   "counted and compared before the\n"
			   "change. What fails leaves everything as it was; run it again to go on. A "
			   "password is better kept in ~/.pgpass\n"
			   "(libpq) than in the address. docs/migrate.md tells more.\n";

struct moving {
	const char *directory;
	char from[STORE_WHERE_MAX], to[STORE_WHERE_MAX]; /* as db_open wants them */
	const char *place;				 /* as move_switch wants it */
	FILE *server;					 /* its control socket; NULL: none runs */
	int only;					 /* its lock against others of us; -1 */
	int lock;					 /* without a server: the directory's; -1 */
	struct copy *copy;
	int64_t told_ms;
	char line[4096];
};

static int fail(const char *why)
{
	fprintf(stderr, "markaz migrate: %s\n", why);
	return 1;
}

static int fail_unchanged(const char *what, const char *why)
{
	fprintf(stderr,
		"markaz migrate: %s: %s. Nothing was changed: the centre stays on its present database\n",
		what, why);
	return 1;
}

static void on_progress(const char *phase, const char *table, uint64_t rows, void *arg)
{
	struct moving *m = arg;
	int64_t now = clock_mono_ms();

	if (now - m->told_ms < PROGRESS_MS)
		return;
	m->told_ms = now;
	printf("%s %s: %llu rows\n", str_equal(phase, "copy") ? "copying" : "comparing", table,
		(unsigned long long)rows);
	fflush(stdout);
}

/* --- the running server
 * ------------------------------------------------------------------------------------------------------
 */
static FILE *connect_server(const char *directory)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f = NULL;

	if (fd < 0)
		return NULL;
	if (str_printf(address.sun_path, CONTROL_PATH_MAX, "%s/control.sock", directory) == 0 &&
		connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		f = fdopen(fd, "r+");
	if (!f)
		close(fd);
	return f;
}

/* The server's answer; -EPIPE when there is none. */
static int ask(struct moving *m, const char *op, bool *ret_is_moved)
{
	_cleanup_json_ json_t *request = json_pack("{s:s, s:s}", "op", op, "to", m->place);
	char *text = request ? jsonx_dump(request) : NULL;
	_cleanup_json_ json_t *reply = NULL;

	if (text && fprintf(m->server, "%s\n", text) > 0 && fflush(m->server) == 0 &&
		fgets(m->line, sizeof(m->line), m->server))
		reply = json_loads(m->line, 0, NULL);
	free(text);
	if (ret_is_moved)
		*ret_is_moved = json_is_true(json_object_get(reply, "is_moved"));
	return reply ? (int)jsonx_int(reply, "result", -EIO) : -EPIPE;
}

/* One migration at a time: a second one would take the first one's notes of changes away. The lock goes with
 * the process. 0 or -errno. */
static int be_the_only_one(struct moving *m)
{
	char path[STORE_WHERE_MAX];

	if (str_printf(path, sizeof(path), "%s/migrate.lock", m->directory) < 0)
		return -ENAMETOOLONG;
	m->only = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (m->only < 0)
		return -errno;
	return flock(m->only, LOCK_EX | LOCK_NB) == 0 ? 0 : -EALREADY;
}

/* Whether a server runs; otherwise the directory is ours until the end. */
static int find_server(struct moving *m)
{
	char path[STORE_WHERE_MAX];

	m->server = connect_server(m->directory);
	if (m->server) {
		/* Asked again at the end: it has one door for all. */
		fclose(m->server);
		m->server = NULL;
		return 1;
	}
	if (str_printf(path, sizeof(path), "%s/markaz.lock", m->directory) < 0)
		return -ENAMETOOLONG;
	m->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (m->lock < 0)
		return -errno;
	return flock(m->lock, LOCK_EX | LOCK_NB) == 0 ? 0 : -EBUSY;
}

/* A store that is opened and closed has the newest schema and nothing left in its spool. */
static int settle(const char *directory)
{
	struct store *s = NULL;
	int err = store_open(&s, directory, NULL, NULL);

	store_close(s);
	return err;
}

/* --- phases
 * ---------------------------------------------------------------------------------------------------------------
 */
static int copy_most(struct moving *m, bool is_live)
{
	uint64_t rows = FEW_ROWS;
	int err = is_live ? copy_watch(m->copy) : 0;

	if (err == 0)
		err = copy_rows(m->copy);
	for (int i = 0; is_live && i < ROUNDS_MAX && rows >= FEW_ROWS && err == 0; i++)
		err = copy_catch_up(m->copy, &rows);
	if (err == 0) {
		printf("copied; both sides are compared now\n");
		fflush(stdout);
		err = copy_prove(m->copy);
	}
	for (rows = FEW_ROWS; is_live && rows >= FEW_ROWS && err == 0;)
		err = copy_catch_up(m->copy, &rows);
	return err;
}

static void tell_totals(const struct copy_totals *t)
{
	char sum[2 * COPY_TOTAL_BYTES + 1];

	for (size_t i = 0; i < COPY_TOTAL_BYTES; i++)
		snprintf(sum + 2 * i, 3, "%02x", t->sum[i]);
	printf("equal on both sides: %llu tables, %llu rows, checksum %s; then %llu rows more, each "
	       "compared\n",
		(unsigned long long)t->tables, (unsigned long long)t->rows, sum, (unsigned long long)t->late);
}

static const char *why_of(int err)
{
	return err == -ETIMEDOUT  ? "it took too long"
	       : err == -ENOSPC	  ? "the server has no spool that takes events meanwhile"
	       : err == -EALREADY ? "another migration is at work"
	       : err == -EPIPE	  ? "the server went away"
				  : strerror(-err);
}

/* The last rows while the writer waits; then the new place counts. */
static int finish_live(struct moving *m)
{
	struct copy_totals totals = {0};
	bool is_moved = false;
	int64_t began;
	int err;

	m->server = connect_server(m->directory);
	if (!m->server)
		return fail_unchanged("the server", "it stopped meanwhile; run this again");
	began = clock_mono_ms();
	if ((err = ask(m, "move.hold", NULL)) < 0)
		return fail_unchanged("the server does not let its writer wait", why_of(err));
	err = copy_finish(m->copy, &totals);
	if (err < 0)
		return fail_unchanged("the last rows", copy_why(m->copy));
	copy_close(m->copy); /* the server writes there now */
	m->copy = NULL;
	err = ask(m, "move.switch", &is_moved);
	if (!is_moved && err != -EPIPE)
		return fail_unchanged("the server does not change over", why_of(err));
	if (!is_moved)
		return fail("the server went away during the last step: the file `database` in the data "
			    "directory says "
			    "where the rows are");
	tell_totals(&totals);
	printf("changes by people waited for %lld ms; calls and events did not\n",
		(long long)(clock_mono_ms() - began));
	if (err < 0)
		printf("the server cannot open the new database yet (%s): it keeps trying, events wait in "
		       "its spool\n",
			strerror(-err));
	return 0;
}

static int finish_alone(struct moving *m)
{
	struct copy_totals totals = {0};
	int err = copy_finish(m->copy, &totals);

	if (err < 0)
		return fail_unchanged("the last rows", copy_why(m->copy));
	copy_close(m->copy);
	m->copy = NULL;
	err = move_switch(m->directory, m->place);
	if (err < 0)
		return fail_unchanged("the new place cannot be written down", strerror(-err));
	tell_totals(&totals);
	return 0;
}

/* What is left of the old place. */
static void tidy(struct moving *m)
{
	char name[64], where[STORE_WHERE_MAX];

	/* The mark of a copy goes; else the next start takes it away. */
	if (store_where(m->directory, where) == 0)
		copy_forget(where);
	if (!store_where_is_server(m->to)) {
		printf("the rows are in %s/markaz.db. The old database on the server was not touched: drop "
		       "it when you "
		       "need it no more\n",
			m->directory);
		return;
	}
	int err = move_tidy(m->directory, name, sizeof(name));
	if (err < 0)
		printf("the old file %s/markaz.db stays under its name (%s): it is not used any more\n",
			m->directory, strerror(-err));
	else
		printf("the rows are on the server. The old file was kept as %s\n", name);
}

/* --- beginning
 * --------------------------------------------------------------------------------------------------------------
 */
static int read_places(struct moving *m, const char *to)
{
	int err = store_where(m->directory, m->from);
	char path[STORE_WHERE_MAX];

	if (err < 0)
		return fail_unchanged("the data directory", strerror(-err));
	if (str_equal(to, "sqlite")) {
		str_printf(path, sizeof(path), "%s/" MOVE_FILE, m->directory);
		m->place = MOVE_FILE;
	} else if (store_where_is_server(to)) {
		str_put(path, sizeof(path), to);
		m->place = to;
	} else {
		return fail("--to wants postgres://USER@HOST/DATABASE, or sqlite");
	}
	str_put(m->to, sizeof(m->to), path);
	if (str_equal(m->to, m->from) || (!store_where_is_server(m->to) && !store_where_is_server(m->from)))
		return fail("the rows are there already");
	return 0;
}

static int begin(struct moving *m)
{
	char why[COPY_WHY_SIZE] = "";
	int running = be_the_only_one(m);

	if (running < 0)
		return fail_unchanged(m->directory, why_of(running));
	running = find_server(m);
	if (running < 0)
		return fail_unchanged(
			m->directory, running == -EBUSY ? "another program uses it" : strerror(-running));
	if (!running) {
		/* The store takes the lock itself. */
		flock(m->lock, LOCK_UN);
		int err = settle(m->directory);
		if (err < 0 || flock(m->lock, LOCK_EX | LOCK_NB) < 0)
			return fail_unchanged("the present database", strerror(err < 0 ? -err : EBUSY));
	}
	if (copy_open(&m->copy, m->from, m->to, on_progress, m, why) < 0)
		return fail_unchanged("the new database", why);
	if (copy_most(m, running) < 0)
		return fail_unchanged("copying", copy_why(m->copy));
	return running ? finish_live(m) : finish_alone(m);
}

int migrate_main(int argc, char **argv)
{
	static struct app_config config;
	static struct moving m = {.lock = -1, .only = -1};

	if (argc > 1 && str_equal(argv[1], "--help"))
		return printf("%s", help), 0;
	if (command_config(&argc, argv, &config) < 0)
		return 1;
	if (argc != 3 || !str_equal(argv[1], "--to"))
		return fprintf(stderr, "%s", help), 2;
	signal(SIGPIPE, SIG_IGN); /* a server that goes away is said in words */
	m.directory = config.data_directory;
	int code = read_places(&m, argv[2]);
	if (code == 0)
		code = begin(&m);
	copy_close(m.copy);
	if (m.server)
		fclose(m.server);
	if (code == 0)
		tidy(&m);
	if (m.lock >= 0)
		close(m.lock);
	return code;
}

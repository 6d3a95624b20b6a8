/* Copies made under load are one moment of the source, and what is not whole is refused. The comparison reads
 * both files with SQL of its own. */
#include "store/copy/backup.h"
#include "base/clock.h"
#include "base/str.h"
#include "db/db.h"
#include "store/store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define COPIES 4
#define ENOUGH 5000 /* events before the first copy */
#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return

static atomic_bool is_over;

static void *keep_writing(void *arg)
{
	struct fixture *f = arg;
	uint64_t seq;

	for (uint64_t n = 1; !atomic_load(&is_over); n++) {
		struct event e = {.type = n % 2 ? EVENT_INTERACTION_STARTED : EVENT_INTERACTION_ENDED,
			.at_ms = clock_wall_ms(),
			.interaction = 1000 + (n + 1) / 2,
			.from = "+989120000000"};
		if (store_append(f->store, &e, &seq) < 0)
			break;
		while (seq > store_durable_seq(f->store) + 1000)
			usleep(200);
	}
	return NULL;
}

static void *keep_changing(void *arg)
{
	char text[64];

	for (int n = 0; !atomic_load(&is_over); n++) {
		str_printf(text, sizeof(text), "{\"name\":\"team %d\"}", n);
		if (!fixture_create(arg, "team", text, NULL))
			break;
	}
	return NULL;
}

static void path_of(const struct fixture *f, const char *name, char ret_path[static 300])
{
	str_printf(ret_path, 300, "%s/%s", f->directory, name);
}

static int64_t ask(const char *path, const char *sql, uint64_t up_to)
{
	struct db db;
	int64_t v = -1;

	if (db_open(&db, path, DB_READ) == 0) {
		db_read_int(&db, &v, sql, 1, (int64_t)up_to);
		db_close(&db);
	}
	return v;
}

/* Everything up to the copy's last event is in it as in the source, and nothing else. */
static void compare(const struct fixture *f, const char *copy, const struct backup_figures *figures)
{
	static const char sum[] = "SELECT sum(seq * 31 + at_ms % 1000003 + type * 7 + interaction + "
				  "length(data)) FROM event WHERE seq <= ?";
	char source[300];
	uint64_t last = figures->last_seq;

	path_of(f, "markaz.db", source);
	CHECK(last >= ENOUGH);
	CHECK_INT(ask(copy, "SELECT count(*) FROM event WHERE seq <= ?", last), last);
	CHECK_INT(ask(copy, "SELECT count(*) FROM event WHERE seq > ?", last), 0);
	CHECK_INT(ask(copy, "SELECT count(DISTINCT seq) FROM event WHERE seq BETWEEN 1 AND ?", last), last);
	CHECK_INT(ask(copy, sum, last), ask(source, sum, last));
	CHECK_INT(ask(copy, "SELECT count(*) FROM team WHERE ? > 0", 1),
		ask(source, "SELECT count(*) FROM event WHERE type = 3 AND seq <= ?", last));
	CHECK_INT(ask(copy, "SELECT count(*) FROM interaction WHERE ? > 0", 1),
		ask(source, "SELECT count(*) FROM event WHERE type = 10 AND seq <= ?", last));
}

TEST(a_copy_under_load_is_one_moment)
{
	WITH_STORE(f);
	struct backup_figures figures[COPIES];
	char why[BACKUP_WHY_SIZE] = "", path[300], name[32];
	pthread_t writing, changing;
	int err = 0;

	atomic_store(&is_over, false);
	CHECK_INT(pthread_create(&writing, NULL, keep_writing, &f), 0);
	CHECK_INT(pthread_create(&changing, NULL, keep_changing, &f), 0);
	bool is_ready = fixture_wait(&f, ENOUGH);
	for (int i = 0; i < COPIES && is_ready && err == 0; i++) {
		str_printf(name, sizeof(name), "copy%d.db", i);
		path_of(&f, name, path);
		err = backup_make(f.directory, path, &figures[i], why);
		/* The next copy is to have something new. */
		is_ready = err == 0 && fixture_wait(&f, figures[i].last_seq + 50);
	}
	atomic_store(&is_over, true);
	pthread_join(writing, NULL);
	pthread_join(changing, NULL);
	CHECK_STR(why, "");
	CHECK(is_ready && err == 0);
	CHECK(fixture_wait(&f, figures[COPIES - 1].last_seq));
	for (int i = 0; i < COPIES; i++) {
		str_printf(name, sizeof(name), "copy%d.db", i);
		path_of(&f, name, path);
		compare(&f, path, &figures[i]);
		CHECK(i == 0 || figures[i].last_seq > figures[i - 1].last_seq);
	}
	CHECK_INT(backup_make(f.directory, path, &figures[0], why), -EEXIST); /* never over another */
}

static bool change(const char *path, const char *sql)
{
	struct db db;
	int err = db_open(&db, path, DB_WRITE);

	if (err == 0)
		err = db_exec(&db, sql);
	db_close(&db);
	return err == 0;
}

/* The copy, made anew and changed by sql, is refused with a sentence that holds word. */
static bool is_refused(const struct fixture *f, const char *sql, const char *word)
{
	struct backup_figures figures;
	char why[BACKUP_WHY_SIZE] = "", path[300];

	path_of(f, "copy.db", path);
	unlink(path);
	if (backup_make(f->directory, path, &figures, why) < 0 || !change(path, sql))
		return false;
	return backup_check(path, &figures, why) == -EUCLEAN && strstr(why, word);
}

TEST(what_is_not_whole_is_refused)
{
	WITH_STORE(f);
	struct backup_figures figures;
	char why[BACKUP_WHY_SIZE] = "", path[300], noise[9000];

	for (int i = 0; i < 400; i++)
		fixture_append(&f, &(struct event){.type = EVENT_SYSTEM_STARTED, .text = "to fill pages"});
	CHECK(fixture_wait(&f, 400));
	CHECK(is_refused(&f, "DELETE FROM event WHERE seq = 200",
		"1 events are missing, the first of them number 200"));
	CHECK(is_refused(&f, "INSERT INTO schema_migration VALUES (999, 1)", "newer version"));
	CHECK(is_refused(&f, "PRAGMA application_id = 5", "no database of Markaz"));
	path_of(&f, "copy.db", path);
	unlink(path);
	CHECK_INT(backup_make(f.directory, path, &figures, why), 0);
	CHECK_INT(figures.last_seq, 400);
	memset(noise, 0x5a, sizeof(noise));
	int fd = open(path, O_WRONLY);
	CHECK(fd >= 0 && pwrite(fd, noise, sizeof(noise), 8192) == (ssize_t)sizeof(noise));
	CHECK_INT(backup_check(path, &figures, why), -EUCLEAN);
	CHECK_INT(ftruncate(fd, 5000), 0);
	CHECK_INT(backup_check(path, &figures, why), -EUCLEAN);
	CHECK_INT(ftruncate(fd, 0), 0);
	close(fd);
	CHECK_INT(backup_check(path, &figures, why), -EUCLEAN);
	unlink(path);
	CHECK_INT(backup_check(path, &figures, why), -ENOENT);
	CHECK(access(path, F_OK) < 0); /* looking makes nothing */
}

static int count_one(const char *recording, int64_t bytes, void *arg)
{
	(void)bytes;
	*(int *)arg += str_equal(recording, "2026/11/22/a.wav");
	return 0;
}

TEST(recordings_are_listed)
{
	WITH_STORE(f);
	char path[300];
	int n = 0;

	path_of(&f, "markaz.db", path);
	fixture_shut(&f);
	CHECK(change(path, "INSERT INTO recording (id, interaction, path, started_ms) VALUES (1, 1, "
			   "'2026/11/22/a.wav', 1), (2, 1, NULL, 1)"));
	CHECK_INT(backup_recordings(path, count_one, &n), 0);
	CHECK_INT(n, 1);
}

/* Old months put away: readers see one log before, while and after; a file that is not what it was is named.
 */
#include "base/str.h"
#include "store/log/archive.h"
#include "store/log/log.h"
#include "store/store_fixture.h"
#include "store/write/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return
#define DAY INT64_C(86400000)
#define JULY INT64_C(1782864000000) /* 2026-07-01 */
#define NOVEMBER (JULY + 123 * DAY) /* 2026-11-01 */
#define INTERACTION(day) (uint64_t)(1000 + (day))

static const atomic_bool never = false;

/* An interaction of two events a day, and one that is spread over all days; from July on. */
static bool fill(struct fixture *f, int days)
{
	uint64_t seq = 0;

	for (int day = 0; day < days; day++) {
		struct event e = {.type = EVENT_INTERACTION_STARTED,
			.at_ms = JULY + day * DAY + 3600000,
			.interaction = INTERACTION(day),
			.from = "+15550001",
			.reason = "inbound",
			.text = "voice"};
		fixture_append(f, &e);
		e.type = EVENT_INTERACTION_ENDED;
		e.at_ms += 60000;
		fixture_append(f, &e);
		seq = fixture_append(
			f, &(struct event){.type = day ? EVENT_NOTE_WRITTEN : EVENT_INTERACTION_STARTED,
				   .at_ms = e.at_ms + 1,
				   .interaction = 7,
				   .text = "later"});
	}
	return fixture_wait(f, seq);
}

struct seen {
	uint64_t next, n;
	bool is_in_order;
};

static bool see(const struct event *e, void *arg)
{
	struct seen *s = arg;

	s->is_in_order = s->is_in_order && (!s->next || e->seq == s->next);
	s->next = e->seq + 1;
	s->n++;
	return true;
}

/* How many events follow each other from seq on; -1: out of order. */
static int64_t count_from(struct fixture *f, uint64_t seq, int page)
{
	struct seen s = {.is_in_order = true};
	uint64_t before;

	do {
		before = s.n;
		if (store_events(f->reader, s.next ? s.next : seq, page, see, &s) < 0)
			return -1;
	} while (s.n > before);
	return s.is_in_order ? (int64_t)s.n : -1;
}

static int64_t events_of(struct fixture *f, uint64_t interaction)
{
	_cleanup_json_ json_t *whole = NULL;

	return store_interaction(f->reader, 1, interaction, &whole) == 0
		       ? (int64_t)json_array_size(json_object_get(whole, "events"))
		       : -1;
}

static int put_all_away(struct fixture *f, int months, int64_t now_ms)
{
	int err;

	while ((err = archive_step(f->store, f->reader, months, now_ms, &never)) == 1)
		;
	return err;
}

static int64_t number(struct fixture *f, const char *sql)
{
	int64_t n = -1;

	return db_read_int(&f->reader->db, &n, sql, 0) == 1 ? n : -1;
}

TEST(readers_see_one_log_at_every_step)
{
	WITH_STORE(f);
	int err = 1;

	CHECK(fill(&f, 150));
	while (err == 1) {
		err = archive_step(f.store, f.reader, 1, NOVEMBER + 5 * DAY, &never);
		CHECK_INT(count_from(&f, 1, 7), 450);
		CHECK_INT(count_from(&f, 100, 1000), 351);
		CHECK_INT(events_of(&f, 7), 150);
		CHECK_INT(events_of(&f, INTERACTION(3)), 2);
		CHECK_INT(events_of(&f, INTERACTION(149)), 2);
		CHECK_INT(store_first_seq(f.reader), 1);
		CHECK_INT(store_seq_at(f.reader, JULY), 1);
		CHECK_INT(store_seq_at(f.reader, JULY + 40 * DAY), 121);
		CHECK_INT(store_seq_at(f.reader, JULY + 149 * DAY), 448);
	}
	CHECK_INT(err, 0);
	CHECK_INT(number(&f, "SELECT count(*) FROM archive"), 3); /* July, August, September */
	CHECK_INT(number(&f, "SELECT min(seq) FROM event"), 92 * 3 + 1);
	CHECK_INT(number(&f, "SELECT sum(events) FROM archive"), 92 * 3);
}

TEST(the_newest_event_stays_however_old)
{
	WITH_STORE(f);
	uint64_t seq;

	CHECK(fill(&f, 20));
	CHECK_INT(put_all_away(&f, 1, NOVEMBER), 0);
	CHECK_INT(number(&f, "SELECT count(*) FROM event"), 1);
	CHECK_INT(count_from(&f, 1, 1000), 60);
	fixture_shut(&f);
	CHECK(fixture_reopen(&f));
	seq = fixture_append(&f, &(struct event){.type = EVENT_SYSTEM_STARTED, .at_ms = NOVEMBER});
	CHECK_INT(seq, 61);
	CHECK(fixture_wait(&f, seq));
	CHECK_INT(count_from(&f, 1, 1000), 61);
}

TEST(a_month_that_comes_twice_gets_a_second_file)
{
	WITH_STORE(f);

	CHECK(fill(&f, 40));
	CHECK_INT(put_all_away(&f, 1, NOVEMBER), 0);
	CHECK(fill(&f, 40)); /* the clock was set back to July */
	CHECK_INT(put_all_away(&f, 1, NOVEMBER), 0);
	CHECK_INT(count_from(&f, 1, 50), 240);
	CHECK_INT(number(&f, "SELECT count(*) - count(DISTINCT name) FROM archive"), 0);
}

static void path_of(const struct fixture *f, const char *name, char *ret_path, size_t size)
{
	str_printf(ret_path, size, "%s/archives/%s", f->directory, name);
}

TEST(what_a_crash_left_is_begun_anew)
{
	WITH_STORE(f);
	char path[300];
	struct stat st;

	CHECK(fill(&f, 40));
	path_of(&f, "", path, sizeof(path));
	CHECK_INT(mkdir(path, 0700), 0);
	/* A part, and a whole file that the table does not name. */
	for (int i = 0; i < 2; i++) {
		path_of(&f, i ? "events-2026-07.db" : "events-2026-07.db.part", path, sizeof(path));
		int fd = open(path, O_WRONLY | O_CREAT, 0600);
		CHECK_INT(write(fd, "half", 4), 4);
		close(fd);
	}
	CHECK_INT(put_all_away(&f, 1, NOVEMBER), 0);
	CHECK_INT(count_from(&f, 1, 1000), 120);
	path_of(&f, "events-2026-07.db.part", path, sizeof(path));
	CHECK_INT(stat(path, &st), -1);
}

TEST(stopped_in_the_middle_nothing_is_half_done)
{
	WITH_STORE(f);
	atomic_bool stop = true;

	CHECK(fill(&f, 40));
	CHECK_INT(archive_step(f.store, f.reader, 1, NOVEMBER, &stop), 0);
	CHECK_INT(number(&f, "SELECT count(*) FROM archive"), 0);
	CHECK_INT(count_from(&f, 1, 1000), 120);
	CHECK_INT(put_all_away(&f, 1, NOVEMBER), 0);
	CHECK_INT(number(&f, "SELECT count(*) FROM archive"), 2);
}

TEST(the_oldest_can_be_dropped_and_the_log_begins_later)
{
	WITH_STORE(f);
	struct archive a;

	CHECK(fill(&f, 150));
	CHECK_INT(put_all_away(&f, 1, NOVEMBER), 0);
	CHECK_INT(archive_drop_oldest(f.store, f.reader, &a), 1);
	CHECK_STR(a.name, "events-2026-07.db");
	CHECK_INT(store_first_seq(f.reader), 94);
	CHECK_INT(count_from(&f, 1, 1000), 450 - 93);
	CHECK_INT(store_seq_at(f.reader, JULY), 94);
	CHECK_INT(events_of(&f, 7), 150 - 31);
	CHECK_INT(events_of(&f, INTERACTION(3)), 0);
}

TEST(a_damaged_or_missing_file_is_named)
{
	WITH_STORE(f);
	char path[300], why[ARCHIVE_WHY_SIZE] = "";
	struct archive a;

	CHECK(fill(&f, 150));
	CHECK_INT(put_all_away(&f, 1, NOVEMBER), 0);
	CHECK_INT(archive_find(&f.reader->db, 0, &a), 1);
	CHECK_INT(archive_verify(f.directory, &a, why), 0);
	path_of(&f, a.name, path, sizeof(path));
	struct db db;
	CHECK_INT(db_open(&db, path, DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "UPDATE event SET at_ms = at_ms + 1 WHERE seq = 20"), 0);
	db_close(&db);
	CHECK_INT(archive_verify(f.directory, &a, why), -EUCLEAN);
	CHECK_STR(why, "events-2026-07.db: events were changed");
	CHECK_INT(truncate(path, 5000), 0);
	CHECK_INT(archive_verify(f.directory, &a, why), -EUCLEAN);
	CHECK_INT(unlink(path), 0);
	CHECK_INT(archive_verify(f.directory, &a, why), -EUCLEAN);
	CHECK_STR(why, "events-2026-07.db: the file is missing or no database");
	CHECK_INT(count_from(&f, 1, 10), -1);
	CHECK_INT(count_from(&f, 94, 1000), 450 - 93);
}

/* A process that puts away and is killed at any moment, many times; then everything is still there once. */
TEST(kill_9_at_any_moment)
{
	WITH_STORE(f);

	CHECK(fill(&f, 150));
	fixture_shut(&f);
	for (int round = 0; round < 25; round++) {
		pid_t child = fork();
		if (child == 0) {
			if (!fixture_reopen(&f))
				_exit(1);
			put_all_away(&f, 1, NOVEMBER);
			fixture_shut(&f);
			_exit(0);
		}
		usleep(2000 + (useconds_t)round * 1500);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		CHECK(fixture_reopen(&f));
		CHECK_INT(count_from(&f, 1, 1000), 450);
		CHECK_INT(events_of(&f, 7), 150);
		fixture_shut(&f);
	}
	CHECK(fixture_reopen(&f));
	CHECK_INT(put_all_away(&f, 1, NOVEMBER), 0);
	CHECK_INT(number(&f, "SELECT count(*) FROM archive"), 3);
	CHECK_INT(count_from(&f, 1, 1000), 450);
}

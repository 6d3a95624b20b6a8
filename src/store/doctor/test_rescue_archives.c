/* Damaged archives in a rescue: the stretches that can be read stay archives, the rest is listed. */
#include "store/log/archive.h"
#include "store/log/archive_file.h"
#include "base/str.h"
#include "store/copy/backup.h"
#include "store/doctor/rescue.h"
#include "store/log/sequence.h"
#include "store/store_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY INT64_C(86400000)
#define JULY INT64_C(1782864000000) /* 2026-07-01 */
#define DAYS 100
#define A_DAY 30 /* events */
#define NOVEMBER (JULY + 123 * DAY)
#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f = {0};                                     \
	if (!fixture_open(&f))                                                                               \
	return

static const atomic_bool never = false;

/* July, August and September in archives, October in the table. */
static bool fill(struct fixture *f)
{
	uint64_t seq = 0;
	int err;

	for (int day = 0; day < DAYS; day++)
		for (int i = 0; i < A_DAY; i++)
			seq = fixture_append(f, &(struct event){.type = EVENT_SYSTEM_STARTED,
							.at_ms = JULY + day * DAY + i * 1000,
							.text = "a text that is long enough to fill the "
								"pages of an archive"});
	if (!fixture_wait(f, seq))
		return false;
	while ((err = archive_step(f->store, f->reader, 1, NOVEMBER, &never)) == 1)
		;
	return err == 0;
}

static bool copy(const char *from, const char *to, const char *name)
{
	char path[400], block[65536];
	ssize_t n;

	str_printf(path, sizeof(path), "%s/%s", from, name);
	int in = open(path, O_RDONLY);
	str_printf(path, sizeof(path), "%s/%s", to, name);
	int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = read(in, block, sizeof(block))) > 0)
		if (write(out, block, (size_t)n) != n)
			break;
	close(in);
	close(out);
	return in >= 0 && n == 0;
}

/* Zeroes over pages of an archive that hold rows; the numbers on them are lost. */
static bool damage(const struct fixture *f, const char *name, int pages)
{
	static char zeroes[4096];
	char path[400];

	str_printf(path, sizeof(path), "%s/archives/%s", f->directory, name);
	int fd = open(path, O_RDWR);
	bool is_ok = fd >= 0;
	for (int i = 0; i < pages && is_ok; i++)
		is_ok = pwrite(fd, zeroes, sizeof(zeroes), (off_t)(8 + 4 * i) * 4096) == 4096;
	close(fd);
	return is_ok;
}

struct counted {
	uint64_t n, last;
	bool is_rising;
};

static bool count(const struct event *e, void *arg)
{
	struct counted *c = arg;

	c->is_rising = c->is_rising && e->seq > c->last;
	c->last = e->seq;
	c->n++;
	return true;
}

static uint64_t missing_of(const struct rescue_report *r)
{
	uint64_t n = 0, next = 1;

	VEC_EACH(&r->gaps, i)
	{
		n += r->gaps.at[i].last - r->gaps.at[i].first + 1;
		if (r->gaps.at[i].first < next)
			return UINT64_MAX; /* not in order */
		next = r->gaps.at[i].last + 1;
	}
	return n;
}

/* The new directory: as the command makes it. */
static void rescue_it(struct fixture *f, const char *target, struct rescue_report *report)
{
	char why[RESCUE_WHY_SIZE] = "", path[400], archives[400];
	static const char *const names[] = {"events-2026-07.db", "events-2026-08.db", "events-2026-09.db"};

	CHECK_INT(mkdir(target, 0700), 0);
	str_printf(path, sizeof(path), "%s/markaz.db", target);
	CHECK_INT(rescue_database(f->directory, path, NULL, report, why), 0);
	str_printf(path, sizeof(path), "%s/archives", f->directory);
	str_printf(archives, sizeof(archives), "%s/archives", target);
	CHECK_INT(mkdir(archives, 0700), 0);
	for (int i = 0; i < 3; i++)
		CHECK(copy(path, archives, names[i]));
	CHECK(copy(f->directory, target, "secret.key"));
	int err = rescue_archives(f->directory, target, NULL, report, why);
	CHECK_STR(why, "");
	CHECK_INT(err, 0);
}

/* Readers of the new one see everything but what is listed, and the next start goes on. */
static void look_at(const char *target, const struct rescue_report *report, uint64_t all)
{
	struct counted c = {.is_rising = true};
	struct store_reader *rd = NULL;
	struct sequence q;
	struct db db;
	char path[400];

	str_printf(path, sizeof(path), "%s/markaz.db", target);
	CHECK_INT(db_open(&db, path, DB_READ), 0);
	int err = sequence_read(&db, &q);
	db_close(&db);
	CHECK_INT(err, 0);
	CHECK_INT(q.missing, 0);
	CHECK_INT(store_reader_open(&rd, target), 0);
	for (uint64_t before = 1; before != c.n;) {
		before = c.n;
		err = store_events(rd, c.last + 1, 500, count, &c);
		if (err < 0)
			break;
	}
	store_reader_close(rd);
	CHECK_INT(err, 0);
	CHECK(c.is_rising);
	CHECK_INT(c.n, all - missing_of(report));
}

TEST(what_can_be_read_of_a_damaged_archive_stays_one)
{
	WITH_STORE(f);
	struct rescue_report report = {0};
	char target[300];

	CHECK(fill(&f));
	fixture_shut(&f);
	CHECK(damage(&f, "events-2026-08.db", 3));
	str_printf(target, sizeof(target), "%s/new", f.directory);
	rescue_it(&f, target, &report);
	CHECK_INT(report.archives_mended, 1);
	CHECK(report.gaps.len >= 1 && report.gaps.len <= 3);
	CHECK(missing_of(&report) > 20 && missing_of(&report) < 300);
	look_at(target, &report, DAYS * A_DAY);
	rescue_report_free(&report);
}

TEST(an_archive_that_is_gone_is_listed_and_one_that_nobody_names_is_found)
{
	WITH_STORE(f);
	struct rescue_report report = {0};
	char target[300], path[400];
	struct db db;

	CHECK(fill(&f));
	fixture_shut(&f);
	/* July's file is noise from its first byte; September has lost its row. */
	str_printf(path, sizeof(path), "%s/archives/events-2026-07.db", f.directory);
	CHECK_INT(truncate(path, 0), 0);
	CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "DELETE FROM archive WHERE name = 'events-2026-09.db'"), 0);
	db_close(&db);
	str_printf(target, sizeof(target), "%s/new", f.directory);
	rescue_it(&f, target, &report);
	CHECK_INT(report.archives_mended, 1);
	CHECK_INT(report.gaps.len, 1);
	CHECK_INT(report.gaps.at[0].first, 1);
	CHECK_INT(report.gaps.at[0].last, 31 * A_DAY);
	look_at(target, &report, DAYS * A_DAY);
	rescue_report_free(&report);
}

TEST(sound_archives_stay_as_they_are)
{
	WITH_STORE(f);
	struct rescue_report report = {0};
	char target[300];

	CHECK(fill(&f));
	fixture_shut(&f);
	str_printf(target, sizeof(target), "%s/new", f.directory);
	rescue_it(&f, target, &report);
	CHECK_INT(report.archives_mended, 0);
	CHECK_INT(report.gaps.len, 0);
	look_at(target, &report, DAYS * A_DAY);
	rescue_report_free(&report);
}

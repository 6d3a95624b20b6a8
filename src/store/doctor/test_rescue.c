/* Damage of every kind, and what comes back. The same seeds make the same damage on every machine. What must
 * come back is found out another way than the rescue goes: SQLite's own table dbstat says which rows lie on
 * which page; for a damaged log, SQLite says what it still reads. */
#include "store/doctor/rescue.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "db/db.h"
#include "store/copy/backup.h"
#include "store/doctor/doctor.h"
#include "store/doctor/refold.h"
#include "store/store_fixture.h"
#include "store/doctor/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEEDS 200
#define CONTACTS 260
#define EVENTS_MAX 20000
#define PAGES_MAX 4096
#define PAGE 4096
#define BASE_MS INT64_C(1795334400000)

/* --- a centre with a past
 * ---------------------------------------------------------------------------------------------
 */
static bool append_contact(struct fixture *f, uint64_t n, char *long_text)
{
	uint64_t interaction = 100000 + n, segment = 500000 + n;
	int64_t at = BASE_MS + (int64_t)n * 1000;
	/* Every 19th note goes on over further pages. */
	long_text[n % 19 ? n % 60 : 3900] = '\0';
	struct event list[] = {{.type = EVENT_INTERACTION_STARTED,
				       .from = "+989121234567",
				       .to = "200",
				       .name = "Sara",
				       .reason = "inbound",
				       .text = "voice"},
		{.type = EVENT_SEGMENT_QUEUED, .segment = segment, .queue = 7, .number = 3},
		{.type = EVENT_SEGMENT_ANSWERED, .segment = segment, .queue = 7, .agent = 9, .wait_ms = 4000},
		{.type = EVENT_SEGMENT_ENDED,
			.segment = segment,
			.queue = 7,
			.agent = 9,
			.talk_ms = 60000,
			.reason = "customer"},
		{.type = EVENT_NOTE_WRITTEN, .agent = 9, .text = long_text},
		{.type = EVENT_INTERACTION_ENDED, .duration_ms = 64000, .reason = "customer_hung_up"}};
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		list[i].tenant = 1;
		list[i].interaction = interaction;
		list[i].at_ms = at + (int64_t)i * 100;
		if (!fixture_append(f, &list[i]))
			return false;
	}
	long_text[n % 19 ? n % 60 : 3900] = 'x';
	return true;
}

static bool fill(struct fixture *f, uint64_t from, uint64_t to)
{
	char long_text[4001];
	uint64_t seq = 0;

	memset(long_text, 'x', sizeof(long_text));
	for (uint64_t n = from; n < to; n++)
		if (!append_contact(f, n, long_text))
			return false;
	seq = fixture_append(f, &(struct event){.type = EVENT_SYSTEM_STARTED, .at_ms = BASE_MS, .text = "x"});
	return seq && fixture_wait(f, seq);
}

static bool make_rows(struct fixture *f)
{
	char text[200];

	for (int i = 0; i < 60; i++) {
		str_printf(
			text, sizeof(text), "{\"name\":\"customer %d\",\"numbers\":[\"+98912%07d\"]}", i, i);
		if (!fixture_create(f, "customer", text, NULL))
			return false;
		str_printf(text, sizeof(text), "{\"name\":\"team %d\"}", i);
		if (!fixture_create(f, "team", text, NULL))
			return false;
	}
	return true;
}

static bool copy_file(const char *from_folder, const char *to_folder, const char *name)
{
	char path[320], block[65536];
	ssize_t n;

	str_printf(path, sizeof(path), "%s/%s", from_folder, name);
	int in = open(path, O_RDONLY);
	if (in < 0)
		return false;
	str_printf(path, sizeof(path), "%s/%s", to_folder, name);
	int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = read(in, block, sizeof(block))) > 0)
		if (write(out, block, (size_t)n) != n)
			break;
	close(in);
	close(out);
	return n == 0;
}

/* --- the places of events: what SQLite itself says
 * --------------------------------------------------------------------
 */
struct known {
	uint64_t events; /* 1..events, without a gap */
	uint32_t sums[EVENTS_MAX];
	struct {
		uint32_t first, last;
	} pages[PAGES_MAX]; /* events on a page */
};
static struct known known;

static uint32_t sum_of(struct db_statement *st)
{
	const unsigned char *data = (const unsigned char *)db_text(st, 4);
	uint32_t h = 2166136261u;

	for (int i = 1; i < 4; i++)
		h = (h ^ (uint32_t)db_int(st, i) ^ (uint32_t)(db_int(st, i) >> 32)) * 16777619u;
	for (size_t n = db_bytes(st, 4), i = 0; i < n; i++)
		h = (h ^ data[i]) * 16777619u;
	return h | 1;
}

/* Sums of all events a database holds, 0 where there is none. Their number, -1 when it cannot be read. */
static int64_t read_events(const char *path, uint32_t *ret_sums)
{
	struct db_statement *st;
	struct db db;
	int64_t n = 0;

	memset(ret_sums, 0, EVENTS_MAX * sizeof(*ret_sums));
	int err = db_open(&db, path, DB_READ);
	if (err == 0)
		err = db_prepare(
			&db, "SELECT seq, at_ms, type, interaction, data FROM event ORDER BY seq", &st);
	while (err >= 0 && (err = db_step(&db, st)) == 1)
		if (db_int(st, 0) > 0 && db_int(st, 0) < EVENTS_MAX) {
			ret_sums[db_int(st, 0)] = sum_of(st);
			n++;
		}
	db_close(&db);
	return err < 0 ? -1 : n;
}

static bool read_places(const char *path)
{
	struct db_statement *st;
	struct db db;
	uint32_t next = 1, first = 1;

	if (db_open(&db, path, DB_READ) < 0 ||
		db_prepare(&db,
			"SELECT path, pageno, pagetype, ncell FROM dbstat WHERE name = 'event' ORDER BY path",
			&st) < 0)
		return false;
	while (db_step(&db, st) == 1) {
		const char *where = db_text(st, 0), *slash = strrchr(where, '/');
		int64_t page = db_int(st, 1);
		if (page >= PAGES_MAX)
			return false;
		if (str_equal(db_text(st, 2), "leaf")) {
			first = next;
			next += (uint32_t)db_int(st, 3);
			known.pages[page].first = first;
			known.pages[page].last = next - 1;
		} else if (strchr(where, '+')) {
			known.pages[page].first = first + (uint32_t)strtol(slash + 1, NULL, 16);
			known.pages[page].last = known.pages[page].first;
		}
	}
	db_close(&db);
	return next == known.events + 1;
}

/* --- damage
 * ---------------------------------------------------------------------------------------------------------
 */
struct damage {
	bool pages[PAGES_MAX]; /* of the database file */
	bool is_log;	       /* of the log instead */
};

static bool spoil(int fd, off_t at, size_t n, unsigned *seed)
{
	static uint8_t bytes[PAGE];
	bool is_zero = rand_r(seed) % 2;

	for (size_t i = 0; i < n; i++)
		bytes[i] = is_zero ? 0 : (uint8_t)(rand_r(seed) >> 4);
	return pwrite(fd, bytes, n, at) == (ssize_t)n;
}

/* As a disk does that writes a page to the wrong place. */
static bool misplace(int fd, uint32_t from, uint32_t to)
{
	static uint8_t bytes[PAGE];

	return pread(fd, bytes, PAGE, (off_t)(from - 1) * PAGE) == PAGE &&
	       pwrite(fd, bytes, PAGE, (off_t)(to - 1) * PAGE) == PAGE;
}

static bool damage_file(const char *path, unsigned seed, struct damage *d)
{
	int fd = open(path, O_RDWR), kind = (int)(seed % 5);
	off_t size = lseek(fd, 0, SEEK_END);
	uint32_t count = (uint32_t)(size / PAGE);
	bool is_ok = fd >= 0 && count < PAGES_MAX;

	for (int n = 1 + rand_r(&seed) % 12; n > 0 && is_ok && kind < 4; n--) {
		uint32_t page = 1 + (uint32_t)rand_r(&seed) % count,
			 other = 1 + (uint32_t)rand_r(&seed) % count;
		if (kind == 2)
			is_ok = spoil(fd, (off_t)(page - 1) * PAGE + rand_r(&seed) % 8 * 512, 512, &seed);
		else if (kind == 3)
			is_ok = misplace(fd, other, page);
		else
			is_ok = spoil(fd, (off_t)(page - 1) * PAGE, PAGE, &seed);
		d->pages[page] = true;
	}
	if (kind == 4) {
		off_t end = rand_r(&seed) % size;
		is_ok = is_ok && ftruncate(fd, end) == 0;
		for (uint32_t page = (uint32_t)(end / PAGE) + 1; page <= count; page++)
			d->pages[page] = true;
	}
	close(fd);
	return is_ok;
}

static bool damage_log(const char *path, unsigned seed, struct damage *d)
{
	char log[340];
	bool is_ok;

	str_printf(log, sizeof(log), "%s-wal", path);
	int fd = open(log, O_RDWR);
	off_t size = lseek(fd, 0, SEEK_END);
	off_t at = rand_r(&seed) % size;
	if (seed % 2)
		is_ok = ftruncate(fd, at) == 0;
	else
		is_ok = spoil(fd, at, size - at > 900 ? 900 : (size_t)(size - at), &seed);
	close(fd);
	d->is_log = true;
	return is_ok;
}

/* --- one case
 * -------------------------------------------------------------------------------------------------------
 */
struct place {
	char closed[300], open[300]; /* copies of a stopped and of a running centre */
	char work[300], copy[300], target[300];
};

static bool count_event(const struct event *e, void *arg)
{
	uint64_t *last = arg;

	*last = e->seq;
	return true;
}

/* A server starts, reads everything, stops; in a process of its own. 0, 1: it said that the file is damaged;
 * -1: anything else. */
static int start(const char *directory)
{
	int status = 0;

	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		struct store *s = NULL;
		struct store_reader *rd = NULL;
		uint64_t last = 0, before = 1;
		if (!freopen("/dev/null", "w", stderr))
			_exit(9);
		alarm(60);
		int err = store_open(&s, directory, NULL, NULL);
		if (err == 0)
			err = store_reader_open(&rd, directory);
		while (err == 0 && last != before) {
			before = last;
			err = store_events(rd, last + 1, 1000, count_event, &last);
		}
		store_reader_close(rd);
		store_close(s);
		_exit(err == 0 ? 0 : err == -EUCLEAN ? 1 : 2);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) < 2 ? WEXITSTATUS(status) : -1;
}

static uint32_t found[EVENTS_MAX], readable[EVENTS_MAX];
static const char *only_seed; /* RESCUE_SEED=N: this one, and what it found */
static int n_passed;	      /* checks that came to their end */
static uint64_t n_other;      /* events that came back as others than they were */

/* Every event whose page is whole is there, as it was. */
static void check_events(const struct damage *d, const struct rescue_report *report, const char *path)
{
	static bool is_lost[EVENTS_MAX];

	memset(is_lost, 0, sizeof(is_lost));
	for (uint32_t page = 0; page < PAGES_MAX && !d->is_log; page++)
		for (uint32_t seq = known.pages[page].first;
			d->pages[page] && seq && seq <= known.pages[page].last; seq++)
			is_lost[seq] = true;
	int64_t n = read_events(path, found);
	n_other = 0;
	CHECK_INT(report->events, n);
	for (uint64_t seq = 1; seq <= known.events; seq++) {
		bool is_due = d->is_log ? readable[seq] != 0 : !is_lost[seq];
		n_other += found[seq] && found[seq] != known.sums[seq];
		if (is_due && found[seq] != known.sums[seq]) {
			test_fail(__FILE__, __LINE__, "event %llu lies on a whole page and %s",
				(unsigned long long)seq,
				found[seq] ? "came back as another" : "did not come back");
			return;
		}
	}
	n_passed++;
}

/* The list of what is missing is exact, as far as the end is known. */
static void check_gaps(const struct rescue_report *report)
{
	uint64_t lost = 0, listed = 0, next = 1;

	VEC_EACH(&report->gaps, i)
	{
		const struct rescue_gap *g = &report->gaps.at[i];
		CHECK(g->first >= next && g->last >= g->first);
		next = g->last + 1;
		listed += g->last - g->first + 1;
		for (uint64_t seq = g->first; seq <= g->last; seq++)
			if (found[seq]) {
				test_fail(__FILE__, __LINE__,
					"gap %llu..%llu of %zu, event %llu is there, first %llu last %llu "
					"known %llu",
					(unsigned long long)g->first, (unsigned long long)g->last,
					report->gaps.len, (unsigned long long)seq,
					(unsigned long long)report->first_seq,
					(unsigned long long)report->last_seq,
					(unsigned long long)report->known_seq);
				return;
			}
	}
	for (uint64_t seq = 1; seq <= report->known_seq; seq++)
		lost += !found[seq];
	CHECK_INT(listed, lost);
	CHECK(report->known_seq >= report->last_seq && report->known_seq <= known.events);
	n_passed++;
}

static int64_t ask(const char *path, const char *sql)
{
	struct db db;
	int64_t v = -1;

	if (db_open(&db, path, DB_READ) == 0)
		db_read_int(&db, &v, sql, 0);
	db_close(&db);
	return v;
}

static struct {
	char words[DOCTOR_TEXT_MAX]; /* about personal texts */
} said;

static void on_finding(const struct doctor_finding *f, void *arg)
{
	bool *is_named = arg;

	if (str_starts_with(f->what, "the personal texts"))
		str_put(said.words, sizeof(said.words), f->what);

	if (f->level == DOCTOR_DAMAGE && !str_equal(f->check, "disk"))
		*is_named = true;
	if (only_seed && f->level != DOCTOR_FINE)
		printf("# doctor: %s: %s\n", f->check, f->what);
}

/* The doctor sees damage when there is any. It may look at a file like this, and leaves it as it is. */
static bool is_named(const char *directory)
{
	bool is_named = false;
	struct doctor_options o = {.on_finding = on_finding, .arg = &is_named};
	int err = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);

	dup2(nowhere, STDERR_FILENO); /* what the log says besides */
	doctor_run(directory, &o);
	dup2(err, STDERR_FILENO);
	close(nowhere);
	close(err);
	return is_named;
}

/* What came out is a centre: it starts, can be backed up, and its history is that of its log. */
static void check_target(struct place *p, struct rescue_report *report, bool has_all_events)
{
	char why[RESCUE_WHY_SIZE] = "", path[320];
	struct backup_figures figures;

	CHECK(copy_file(p->closed, p->target, "secret.key"));
	CHECK_INT(rescue_mend(p->target, NULL, report, why), 0);
	str_printf(path, sizeof(path), "%s/markaz.db", p->target);
	CHECK_INT(backup_check(path, &figures, why), 0);
	/* A part of a long text that lay on a page of its own, and has another's instead: the seal does not
	 * open. */
	if (n_other) {
		is_named(p->target);
		str_printf(why, sizeof(why), "the personal texts of %llu events do not open",
			(unsigned long long)n_other);
		CHECK_STR(said.words, why);
	}
	CHECK_INT(start(p->target), 0);
	if (has_all_events)
		CHECK_INT(
			ask(path, "SELECT count(*) FROM interaction WHERE result = 'answered' AND talk_ms = "
				  "60000 AND ended_ms > 0"),
			CONTACTS + 30);
	n_passed++;
}

static void empty(const char *folder)
{
	static const char *const names[] = {
		"markaz.db", "markaz.db-wal", "markaz.db-shm", "secret.key", "markaz.lock", "spool"};
	char path[340];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		str_printf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
}

struct tally {
	int refused, worked, nothing, named;
	uint64_t events, lost, mended;
};

static bool has_losses(const struct rescue_report *r)
{
	bool is_lost = r->gaps.len > 0 || r->is_log_damaged;

	VEC_EACH(&r->tables, i)
	is_lost = is_lost || r->tables.at[i].pages_lost || r->tables.at[i].rows_lost;
	return is_lost;
}

static void one_case(struct place *p, unsigned seed, struct tally *t)
{
	static struct damage d;
	struct rescue_report report = {0};
	char why[RESCUE_WHY_SIZE] = "", path[320], target[320];
	bool is_log = seed % 5 == 0;
	const char *from = is_log ? p->open : p->closed;

	d = (struct damage){0};
	n_passed = 0;
	empty(p->work);
	empty(p->copy);
	empty(p->target);
	str_printf(path, sizeof(path), "%s/markaz.db", p->work);
	str_printf(target, sizeof(target), "%s/markaz.db", p->target);
	CHECK(copy_file(from, p->work, "markaz.db") && copy_file(p->closed, p->work, "secret.key"));
	CHECK(!is_log || copy_file(from, p->work, "markaz.db-wal"));
	CHECK(is_log ? damage_log(path, seed / 5, &d) : damage_file(path, seed / 5 * 4 + seed % 5 - 1, &d));
	/* A server meets a copy: it may change what it opens. */
	CHECK(copy_file(p->work, p->copy, "markaz.db") && copy_file(p->work, p->copy, "secret.key"));
	CHECK(!is_log || copy_file(p->work, p->copy, "markaz.db-wal"));
	int started = start(p->copy);
	CHECK(started >= 0);
	t->refused += started == 1;
	t->worked += started == 0;
	if (is_log) {
		str_printf(why, sizeof(why), "%s/markaz.db", p->copy);
		CHECK(read_events(why, readable) >= 0);
		why[0] = '\0';
	}
	bool is_seen = is_named(p->work);
	int err = rescue_database(p->work, target, NULL, &report, why);
	if (err == -EUCLEAN) { /* cut within its first page */
		t->nothing++;
		n_passed = 3;
		return;
	}
	CHECK_STR(why, "");
	CHECK_INT(err, 0);
	CHECK(is_seen || (started == 0 && !has_losses(&report)));
	t->named += is_seen;
	for (size_t i = 0; only_seed && i < report.pages.len; i++)
		printf("# page %u (%s) %s\n", report.pages.at[i].page, report.pages.at[i].table,
			report.pages.at[i].why);
	for (size_t i = 0; only_seed && i < report.tables.len; i++)
		printf("# table %s: %llu rows, %llu pages and %llu rows lost\n", report.tables.at[i].name,
			(unsigned long long)report.tables.at[i].rows,
			(unsigned long long)report.tables.at[i].pages_lost,
			(unsigned long long)report.tables.at[i].rows_lost);
	check_events(&d, &report, target);
	check_gaps(&report);
	check_target(p, &report, report.gaps.len == 0 && report.last_seq == known.events);
	t->events += report.events;
	t->lost += known.events - report.events;
	t->mended += report.mended;
	rescue_report_free(&report);
}

static bool make_place(struct place *p, struct fixture *f)
{
	char *const names[] = {p->closed, p->open, p->work, p->copy, p->target};
	static const char *const ends[] = {"closed", "open", "work", "copy", "target"};
	char path[320];

	for (int i = 0; i < 5; i++) {
		str_printf(names[i], 300, "%s/%s", f->directory, ends[i]);
		if (mkdir(names[i], 0700) < 0)
			return false;
	}
	if (!make_rows(f) || !fill(f, 0, CONTACTS))
		return false;
	fixture_shut(f);
	if (!fixture_reopen(f) || !fill(f, CONTACTS, CONTACTS + 30))
		return false;
	if (!copy_file(f->directory, p->open, "markaz.db") ||
		!copy_file(f->directory, p->open, "markaz.db-wal"))
		return false;
	fixture_shut(f);
	str_printf(path, sizeof(path), "%s/markaz.db", f->directory);
	known.events = (uint64_t)read_events(path, known.sums);
	return copy_file(f->directory, p->closed, "markaz.db") &&
	       copy_file(f->directory, p->closed, "secret.key") && read_places(path);
}

TEST(every_event_whose_page_is_whole_comes_back)
{
	__attribute__((cleanup(fixture_remove))) struct fixture f;
	static struct place p;
	struct tally t = {0};

	only_seed = getenv("RESCUE_SEED");
	CHECK(fixture_open(&f));
	CHECK(make_place(&p, &f));
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		if (only_seed && (unsigned)atoi(only_seed) != seed)
			continue;
		one_case(&p, seed, &t);
		if (n_passed != 3) {
			test_fail(__FILE__, __LINE__, "seed %u", seed);
			return;
		}
	}
	printf("# %llu events; %d cases: %d servers said it, %d could work, the doctor named %d; %llu events "
	       "back, %llu lost, "
	       "%llu "
	       "contacts mended, %d files without a page\n",
		(unsigned long long)known.events, SEEDS, t.refused, t.worked, t.named,
		(unsigned long long)t.events, (unsigned long long)t.lost, (unsigned long long)t.mended,
		t.nothing);
}

/* Above what is read through at a start: a file that is cut off or has lost its head says so all the same,
 * and a page that nobody asks for harms nobody. */
TEST(a_large_file_that_is_damaged_starts_or_says_so)
{
	__attribute__((cleanup(fixture_remove))) struct fixture f = {0};
	static unsigned char block[60000];
	static char zeroes[PAGE];
	char path[320];
	uint64_t seq = 0;

	CHECK(fixture_open(&f));
	for (int i = 0; i < 640; i++) {
		seq = fixture_append(
			&f, &(struct event){.type = EVENT_SYSTEM_STARTED, .at_ms = clock_wall_ms()});
		CHECK_INT(
			store_route_log_append(f.store, 1, clock_wall_ms(), i == 0, 1, block, sizeof(block)),
			0);
		CHECK(i % 50 || fixture_wait(&f, seq));
	}
	CHECK(fixture_wait(&f, seq));
	fixture_shut(&f);
	str_printf(path, sizeof(path), "%s/markaz.db", f.directory);
	int fd = open(path, O_RDWR);
	off_t size = lseek(fd, 0, SEEK_END);
	CHECK(size > 8192 * PAGE);
	CHECK(pwrite(fd, zeroes, PAGE, size / PAGE / 2 * PAGE) == PAGE);
	CHECK_INT(start(f.directory), 0);
	CHECK(is_named(f.directory));
	CHECK_INT(ftruncate(fd, size / 4 * 3 / PAGE * PAGE), 0);
	CHECK_INT(start(f.directory), 1);
	CHECK(is_named(f.directory));
	CHECK(pwrite(fd, zeroes, PAGE, 0) == PAGE);
	CHECK(start(f.directory) == 1);
	close(fd);
}

/* Nothing is damaged but what people read: a rescue folds it anew. */
TEST(history_that_the_log_contradicts_is_mended)
{
	__attribute__((cleanup(fixture_remove))) struct fixture f = {0};
	struct rescue_report report = {0};
	char why[RESCUE_WHY_SIZE] = "", target[300], path[320];
	struct db db;

	CHECK(fixture_open(&f));
	CHECK(fill(&f, 0, 20));
	fixture_shut(&f);
	CHECK_INT(fixture_db(&f, &db, DB_WRITE), 0);
	CHECK_INT(db_exec(&db, "UPDATE segment SET talk_ms = 1 WHERE interaction = 100003; DELETE FROM note "
			       "WHERE interaction = 100004; DELETE FROM interaction WHERE id = 100005"),
		0);
	db_close(&db);
	str_printf(target, sizeof(target), "%s/new", f.directory);
	CHECK_INT(mkdir(target, 0700), 0);
	str_printf(path, sizeof(path), "%s/markaz.db", target);
	CHECK_INT(rescue_database(f.directory, path, NULL, &report, why), 0);
	CHECK(copy_file(f.directory, target, "secret.key"));
	CHECK_INT(rescue_mend(target, NULL, &report, why), 0);
	CHECK_INT(report.gaps.len, 0);
	CHECK_INT(report.mended, 3);
	CHECK_INT(ask(path, "SELECT count(*) FROM segment WHERE talk_ms = 60000"), 20);
	CHECK_INT(ask(path, "SELECT count(*) FROM interaction"), 20);
	CHECK_INT(ask(path, "SELECT count(*) FROM note"), 20);
	rescue_report_free(&report);
}

/* Nobody knows any more how far older events were sealed: all are looked through again. */
TEST(lost_facts_promise_nothing)
{
	__attribute__((cleanup(fixture_remove))) struct fixture f = {0};
	struct rescue_report report = {0};
	char why[RESCUE_WHY_SIZE] = "", path[320], target[320];
	static char zeroes[PAGE];

	CHECK(fixture_open(&f));
	CHECK(fill(&f, 0, 20));
	fixture_shut(&f);
	int64_t page = fixture_int(&f, "SELECT pageno FROM dbstat WHERE name = 'fact'");
	CHECK(page > 1);
	str_printf(path, sizeof(path), "%s/markaz.db", f.directory);
	str_printf(target, sizeof(target), "%s/new.db", f.directory);
	int fd = open(path, O_RDWR);
	CHECK(pwrite(fd, zeroes, PAGE, (page - 1) * PAGE) == PAGE);
	close(fd);
	CHECK_INT(rescue_database(f.directory, target, NULL, &report, why), 0);
	CHECK_INT(ask(target, "SELECT CAST(value AS BIGINT) FROM fact WHERE key = 'people_plain_seq'"), 121);
	rescue_report_free(&report);
}

TEST_OOM(a_survey_with_little_memory)
{
	static int file = -1;
	struct survey v;
	char path[64];

	if (file < 0) { /* a small database that needs no folder */
		__attribute__((cleanup(fixture_remove))) struct fixture f = {0};
		char from[320], block[PAGE];
		CHECK(fixture_open(&f));
		fixture_shut(&f);
		str_printf(from, sizeof(from), "%s/markaz.db", f.directory);
		int in = open(from, O_RDONLY);
		file = memfd_create("survey", MFD_CLOEXEC);
		for (ssize_t n; (n = read(in, block, sizeof(block))) > 0;)
			CHECK(write(file, block, (size_t)n) == n);
		close(in);
	}
	str_printf(path, sizeof(path), "/proc/self/fd/%d", file);
	int err = survey_open(&v, path);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	CHECK(v.is_schema_known && v.tables.len > 30);
	survey_close(&v);
}

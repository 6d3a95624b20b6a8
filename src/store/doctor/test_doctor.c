/* A whole centre is fine; each kind of damage is named, with what to do. On both databases. */
#include "store/doctor/doctor.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "store/log/snapshots.h"
#include "store/store_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#define CONTACTS 300
#define RECORDING_BYTES 1000
#define WITH_CENTRE(f)                                                                                       \
	__attribute__((cleanup(fixture_remove))) struct fixture f = {0};                                     \
	umask(0027);                                                                                         \
	if (!fixture_open(&f) || !live(&f))                                                                  \
	return

/* --- a centre
 * -------------------------------------------------------------------------------------------------------
 */
static uint64_t id_of(int n)
{
	return UINT64_C(0x600000000000000) + (uint64_t)n;
}

static bool live_contact(struct fixture *f, int n, int64_t at)
{
	struct event list[] = {{.type = EVENT_INTERACTION_STARTED,
				       .from = "+989121234567",
				       .to = "200",
				       .name = "Sara",
				       .reason = "inbound",
				       .text = "voice"},
		{.type = EVENT_SEGMENT_QUEUED, .segment = id_of(n) + 100000, .queue = 7},
		{.type = EVENT_SEGMENT_ANSWERED,
			.segment = id_of(n) + 100000,
			.queue = 7,
			.agent = 9,
			.wait_ms = 4000},
		{.type = EVENT_SEGMENT_ENDED,
			.segment = id_of(n) + 100000,
			.queue = 7,
			.agent = 9,
			.talk_ms = 60000,
			.reason = "customer"},
		{.type = EVENT_NOTE_WRITTEN, .agent = 9, .text = "wants to be called back"},
		{.type = EVENT_INTERACTION_ENDED, .duration_ms = 64000, .reason = "customer_hung_up"}};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		list[i].tenant = 1;
		list[i].interaction = id_of(n);
		list[i].at_ms = at + (int64_t)i;
		if (!fixture_append(f, &list[i]))
			return false;
	}
	return true;
}

static bool put(const struct fixture *f, const char *name, const char *bytes, size_t n, mode_t mode)
{
	char path[320];

	str_printf(path, sizeof(path), "%s/%s", f->directory, name);
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	bool is_ok = fd >= 0 && write(fd, bytes, n) == (ssize_t)n && fchmod(fd, mode) == 0;
	close(fd);
	return is_ok;
}

static bool record(struct fixture *f, int64_t at)
{
	static char sound[RECORDING_BYTES];
	struct event e = {.type = EVENT_RECORDING_STARTED,
		.tenant = 1,
		.interaction = id_of(1),
		.at_ms = at,
		.ref = 5,
		.text = "2026/a.wav"};
	char path[320];

	str_printf(path, sizeof(path), "%s/recordings", f->directory);
	if (mkdir(path, 0750) < 0 || !fixture_append(f, &e))
		return false;
	str_printf(path, sizeof(path), "%s/recordings/2026", f->directory);
	if (mkdir(path, 0750) < 0)
		return false;
	e.type = EVENT_RECORDING_ENDED;
	e.text = NULL;
	e.number = RECORDING_BYTES;
	e.duration_ms = 1000;
	uint64_t seq = fixture_append(f, &e);
	return seq && fixture_wait(f, seq) && put(f, "recordings/2026/a.wav", sound, sizeof(sound), 0640);
}

static bool live(struct fixture *f)
{
	int64_t now = clock_wall_ms() - 60000;
	char text[128];

	for (int n = 1; n <= CONTACTS; n++)
		if (!live_contact(f, n, now - (CONTACTS - n) * 100))
			return false;
	for (int i = 0; i < 20; i++) {
		str_printf(text, sizeof(text), "{\"name\":\"team %d\"}", i);
		if (!fixture_create(f, "team", text, NULL))
			return false;
	}
	return fixture_create(f, "trunk",
		       "{\"name\":\"t\",\"transport\":\"udp\",\"proxy\":\"sip:10.0.0.1\",\"login\":\"l\","
		       "\"password\":"
		       "\"secret words\",\"is_accepted_by_digest\":true}",
		       NULL) &&
	       record(f, now);
}

/* --- what the doctor said
 * -------------------------------------------------------------------------------------------------
 */
struct said {
	struct {
		enum doctor_level level;
		char check[16], what[DOCTOR_TEXT_MAX], todo[DOCTOR_TEXT_MAX];
	} at[200];
	int n;
	enum doctor_level worst;
};
static struct said said;

static void on_finding(const struct doctor_finding *f, void *arg)
{
	(void)arg;
	if (said.n == 200)
		return;
	said.at[said.n].level = f->level;
	str_put(said.at[said.n].check, sizeof(said.at[0].check), f->check);
	str_put(said.at[said.n].what, sizeof(said.at[0].what), f->what);
	str_put(said.at[said.n].todo, sizeof(said.at[0].todo), f->todo);
	said.n++;
}

/* The worst of all but "disk" (which is this machine's) and a server's settings. */
static enum doctor_level look(const struct fixture *f, bool is_deep, const struct audit_mark *known)
{
	struct doctor_options o = {.is_deep = is_deep, .audit_known = known, .on_finding = on_finding};
	enum doctor_level worst = DOCTOR_FINE;

	said = (struct said){0};
	said.worst = doctor_run(f->directory, &o);
	for (int i = 0; i < said.n; i++)
		if (!str_equal(said.at[i].check, "disk") && !strstr(said.at[i].what, "data_checksums") &&
			!strstr(said.at[i].what, "PostgreSQL: fsync") && said.at[i].level > worst)
			worst = said.at[i].level;
	return worst;
}

static bool has(enum doctor_level level, const char *check, const char *words)
{
	for (int i = 0; i < said.n; i++)
		if (said.at[i].level == level && str_equal(said.at[i].check, check) &&
			strstr(said.at[i].what, words))
			return true;
	printf("# not said by %s: %s\n", check, words);
	for (int i = 0; i < said.n; i++)
		if (str_equal(said.at[i].check, check) || said.at[i].level > DOCTOR_FINE)
			printf("#   %d %s: %s\n", (int)said.at[i].level, said.at[i].check, said.at[i].what);
	return false;
}
#define CHECK_SAID(level, check, words) CHECK(has(level, check, words))

/* As somebody past the program would: the store is shut meanwhile. */
static bool meddle(struct fixture *f, const char *sql)
{
	struct db db;

	fixture_shut(f);
	if (fixture_db(f, &db, DB_WRITE) < 0)
		return false;
	int err = db_exec(&db, sql);
	db_close(&db);
	return err == 0;
}

/* --- tests
 * ----------------------------------------------------------------------------------------------------------
 */
TEST(a_whole_centre_is_fine_running_or_not)
{
	WITH_CENTRE(f);

	CHECK_INT(look(&f, false, NULL), DOCTOR_FINE);
	CHECK_SAID(DOCTOR_FINE, "directory", "a server runs");
	CHECK_INT(look(&f, true, NULL), DOCTOR_FINE);
	CHECK_SAID(DOCTOR_FINE, "history", "300 contacts");
	CHECK_SAID(DOCTOR_FINE, "sequence", "without a gap");
	CHECK_SAID(DOCTOR_FINE, "events", "21 changes agree with the audit log");
	CHECK_SAID(DOCTOR_FINE, "key", "opens all 1 trunk passwords");
	CHECK_SAID(DOCTOR_FINE, "recordings", "1 recordings are there");
	fixture_shut(&f);
	CHECK_INT(look(&f, true, NULL), DOCTOR_FINE);
	CHECK_SAID(DOCTOR_FINE, "directory", "no server runs");
}

static bool get(const char *directory, const char *name, struct stat *ret_stat)
{
	char path[340];

	str_printf(path, sizeof(path), "%s/%s", directory, name);
	return stat(path, ret_stat) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool duplicate(const char *from, const char *to, const char *name)
{
	char path[340], block[65536];
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

/* A centre that was stopped, and one that was killed: its log is still to be moved, and not by us. */
TEST(looking_changes_nothing)
{
	WITH_CENTRE(f);
	struct stat before, after, log, log_after;
	struct fixture killed = {0};

	if (fixture_is_postgres())
		return;
	str_printf(killed.directory, sizeof(killed.directory), "%.200s/killed", f.directory);
	CHECK_INT(mkdir(killed.directory, 0700), 0);
	CHECK(duplicate(f.directory, killed.directory, "markaz.db") &&
		duplicate(f.directory, killed.directory, "markaz.db-wal") &&
		duplicate(f.directory, killed.directory, "secret.key"));
	fixture_shut(&f);
	CHECK(get(f.directory, "markaz.db", &before));
	look(&f, true, NULL);
	CHECK(get(f.directory, "markaz.db", &after) && is_same(&before, &after));
	CHECK(!get(f.directory, "markaz.db-wal", &after)); /* nothing is left behind */
	CHECK(get(killed.directory, "markaz.db", &before) && get(killed.directory, "markaz.db-wal", &log));
	CHECK(log.st_size > 0);
	look(&killed, true, NULL);
	CHECK_SAID(DOCTOR_FINE, "history", "300 contacts");
	CHECK(get(killed.directory, "markaz.db", &after) && is_same(&before, &after));
	CHECK(get(killed.directory, "markaz.db-wal", &log_after) && is_same(&log, &log_after));
}

TEST(the_key)
{
	WITH_CENTRE(f);
	char key[32] = "another key, of 32 bytes exactly";

	CHECK(put(&f, "secret.key", key, 32, 0600));
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "key", "not the one that 1 of 1 trunk passwords");
	CHECK_SAID(DOCTOR_DAMAGE, "events", "personal texts of 600 events do not open");
	CHECK(put(&f, "secret.key", key, 31, 0600));
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "key", "has not 32 bytes");
	CHECK(put(&f, "secret.key", key, 32, 0644));
	look(&f, false, NULL);
	CHECK_SAID(DOCTOR_WARNING, "directory", "secret.key can be read or changed by other users");
	str_printf(key, sizeof(key), "x");
	char path[320];
	str_printf(path, sizeof(path), "%s/secret.key", f.directory);
	unlink(path);
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "key", "secret.key is missing");
	CHECK(access(path, F_OK) < 0); /* it did not make one */
}

TEST(events_that_are_missing)
{
	WITH_CENTRE(f);

	CHECK(meddle(&f, "DELETE FROM event WHERE seq BETWEEN 500 AND 519"));
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "sequence", "20 of the events 1 to");
	CHECK_SAID(DOCTOR_DAMAGE, "sequence", "the first stretch is 500 to 519");
}

TEST(the_end_of_the_log_is_missing)
{
	WITH_CENTRE(f);

	CHECK(meddle(&f, "DELETE FROM event WHERE seq > 1800"));
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "sequence", "ends with event 1800, but it had 1823");
}

TEST(an_event_that_cannot_be_read)
{
	WITH_CENTRE(f);

	CHECK(meddle(&f, "UPDATE event SET data = '{\"n' WHERE seq = 77"));
	CHECK_INT(look(&f, true, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "events", "1 events cannot be read, the first is 77");
}

TEST(history_that_is_not_what_the_log_says)
{
	WITH_CENTRE(f);
	char sql[200];

	str_printf(sql, sizeof(sql), "UPDATE segment SET talk_ms = 5 WHERE interaction = %llu",
		(unsigned long long)id_of(3));
	CHECK(meddle(&f, sql));
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "history", "segment.talk_ms is 5, the log says 60000");
	CHECK_SAID(DOCTOR_DAMAGE, "history", "1 contacts are not what the log says");
	str_printf(sql, sizeof(sql), "DELETE FROM interaction WHERE id = %llu", (unsigned long long)id_of(4));
	CHECK(meddle(&f, sql));
	CHECK_INT(look(&f, true, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "history", "interaction has a row less than the log says");
	CHECK_SAID(DOCTOR_DAMAGE, "history", "2 contacts");
}

TEST(an_audit_log_that_was_changed)
{
	WITH_CENTRE(f);
	struct audit_mark known = {.id = 7, .hash = "00"};

	CHECK_INT(look(&f, false, &known), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "audit", "entry 7 is not the one that was written down");
	CHECK(meddle(&f, "UPDATE audit SET address = '10.9.9.9' WHERE id = 7"));
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "audit", "the audit log's chain breaks at entry 7");
	CHECK(meddle(&f, "UPDATE audit SET hash = before_hash"));
	look(&f, false, NULL);
	CHECK_SAID(DOCTOR_DAMAGE, "events", "speaks of entry 1 of the audit log");
}

TEST(what_the_database_names_and_nobody_has)
{
	WITH_CENTRE(f);
	char path[320];

	CHECK(put(&f, "recordings/2026/a.wav", "short", 5, 0640));
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "recordings", "recordings/2026/a.wav has 5 bytes instead of 1000");
	str_printf(path, sizeof(path), "%s/recordings/2026/a.wav", f.directory);
	unlink(path);
	CHECK(put(&f, "recordings/2026/b.wav", "x", 1, 0640));
	str_printf(path, sizeof(path), "%s/recordings/2026/b.wav", f.directory);
	CHECK_INT(utime(path, &(struct utimbuf){1000, 1000}), 0);
	look(&f, true, NULL);
	CHECK_SAID(DOCTOR_DAMAGE, "recordings", "recordings/2026/a.wav is not there");
	CHECK_SAID(DOCTOR_WARNING, "recordings", "recordings/2026/b.wav belongs to no contact");
	CHECK(meddle(&f,
		"INSERT INTO archive (first_seq, last_seq, first_ms, last_ms, events, bytes, name, checksum, "
		"created_ms) VALUES (1, 10, 1, 2, 10, 5, 'events-2026-01.db', 'x', 3);"
		"DELETE FROM event WHERE seq <= 10"));
	look(&f, false, NULL);
	CHECK_SAID(DOCTOR_DAMAGE, "archives", "archives/events-2026-01.db (events 1 to 10): is not there");
}

TEST(a_snapshot_that_is_damaged_costs_nothing)
{
	WITH_CENTRE(f);
	struct store_snapshot head = {.seq = 100, .bytes = 3000};
	_cleanup_alloc_ uint8_t *data = alloc_zero(3000);

	head.event_ms = fixture_int(&f, "SELECT at_ms FROM event WHERE seq = 100");
	CHECK(data && store_snapshot_write(f.store, &head, data) == 0);
	CHECK_INT(look(&f, false, NULL), DOCTOR_FINE);
	CHECK_SAID(DOCTOR_FINE, "snapshots", "1 snapshots are whole");
	CHECK(meddle(&f, "UPDATE snapshot SET seq = 101"));
	CHECK_INT(look(&f, false, NULL), DOCTOR_WARNING);
	CHECK_SAID(DOCTOR_WARNING, "snapshots", "the snapshot of event 101");
}

TEST(a_spool_that_is_none)
{
	WITH_CENTRE(f);
	char noise[5000];

	memset(noise, 0x5a, sizeof(noise));
	CHECK(put(&f, "spool", noise, sizeof(noise), 0600));
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "spool", "its head cannot be read");
}

TEST(no_database_no_directory)
{
	struct fixture f = {.directory = "/tmp/markaz-doctor-nowhere"};

	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "directory", "cannot be opened");
	CHECK_INT(said.n, 1);
	str_put(f.directory, sizeof(f.directory), "/tmp/markaz-doctor-XXXXXX");
	CHECK(mkdtemp(f.directory) != NULL);
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "database", "there is no database");
	CHECK_SAID(DOCTOR_DAMAGE, "database",
		"not looked at, because the database cannot be opened: key, sequence");
	rmdir(f.directory);
}

/* --- pages
 * ----------------------------------------------------------------------------------------------------------
 */
static int64_t event_page(struct fixture *f, int64_t *ret_first, int64_t *ret_last)
{
	struct db_statement *st;
	struct db db;
	int64_t page = 0, n = 0, next = 1;

	if (fixture_db(f, &db, DB_READ) < 0 || db_prepare(&db,
						       "SELECT pageno, ncell FROM dbstat WHERE name = "
						       "'event' AND pagetype = 'leaf' ORDER BY path",
						       &st) < 0)
		return 0;
	for (int i = 0; i < 3 && db_step(&db, st) == 1; i++) {
		page = db_int(st, 0);
		n = db_int(st, 1);
		*ret_first = next;
		*ret_last = next + n - 1;
		next += n;
	}
	db_reset(st);
	db_close(&db);
	return page;
}

TEST(damaged_pages_are_named_with_what_lay_there)
{
	WITH_CENTRE(f);
	static char noise[4096];
	char path[320], words[100];
	int64_t first = 0, last = 0;

	if (fixture_is_postgres())
		return;
	fixture_shut(&f);
	int64_t page = event_page(&f, &first, &last);
	CHECK(page > 1);
	str_printf(path, sizeof(path), "%s/markaz.db", f.directory);
	int fd = open(path, O_RDWR);
	CHECK(pwrite(fd, noise, sizeof(noise), (page - 1) * 4096) == 4096);
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	str_printf(words, sizeof(words), "page %lld of markaz.db is damaged: events %lld to %lld lie there",
		(long long)page, (long long)first, (long long)last);
	CHECK_SAID(DOCTOR_DAMAGE, "pages", words);
	CHECK(strstr(said.at[said.n - 1].check, "disk")); /* it went on to the end */
	/* Its first page, then its end. */
	CHECK(pwrite(fd, noise, sizeof(noise), 0) == 4096);
	CHECK_INT(look(&f, true, NULL), DOCTOR_DAMAGE);
	CHECK_SAID(DOCTOR_DAMAGE, "pages", "the head of markaz.db");
	CHECK_INT(ftruncate(fd, 10000), 0);
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	CHECK_INT(ftruncate(fd, 0), 0);
	CHECK_INT(look(&f, false, NULL), DOCTOR_DAMAGE);
	close(fd);
}

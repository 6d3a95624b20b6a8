/* Rows read without SQLite are those that SQLite reads; from damaged files come those whose pages are whole.
 * Which rows lie on which page is SQLite's own word (its table dbstat). */
#include "db/salvage.h"
#include "base/alloc.h"
#include "base/str.h"
#include "db/db.h"
#include "harness/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS 3000
#define SEEDS 60

static char path[64];

static void remove_files(void)
{
	char name[80];

	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = {"", "-wal", "-shm"};
		str_printf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

/* Rows of many sizes: every third one is longer than a page. */
static bool fill(struct db *db, int from, int to)
{
	struct db_statement *st;
	int err = db_begin(db);

	for (int i = from; i < to && err == 0; i++) {
		err = db_prepare(db,
			"INSERT INTO t (id, number, text, bytes) VALUES (?1, ?1 * 1000003 - 5, "
			"substr(hex(zeroblob(6000)), 1, 20 + ?1 % 97 + (?1 % 3 = 0) * 9000) || ?1, "
			"CASE ?1 % 2 WHEN 0 THEN NULL ELSE zeroblob(?1 % 40) END)",
			&st);
		if (err == 0) {
			db_bind_int(st, 1, i);
			err = db_run(db, st);
		}
	}
	return err == 0 && db_commit(db) == 0;
}

static bool make(struct db *db, const char *settings)
{
	str_put(path, sizeof(path), "/tmp/markaz-salvage-XXXXXX");
	int fd = mkstemp(path);

	if (fd < 0)
		return false;
	close(fd);
	return db_open(db, path, DB_WRITE) == 0 && db_exec(db, settings) == 0 &&
	       db_exec(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER, text TEXT, bytes BLOB);"
			   "CREATE TABLE w (a TEXT, b INTEGER, PRIMARY KEY (a)) WITHOUT ROWID") == 0 &&
	       fill(db, 1, ROWS + 1) &&
	       db_exec(db, "INSERT INTO w SELECT 'k' || id || hex(zeroblob(200)), id FROM t") == 0;
}

static uint32_t root_of(struct db *db, const char *name)
{
	struct db_statement *st;
	uint32_t root = 0;

	if (db_prepare(db, "SELECT rootpage FROM sqlite_master WHERE name = ?", &st) == 0) {
		db_bind_text(st, 1, name);
		if (db_step(db, st) == 1)
			root = (uint32_t)db_int(st, 0);
		db_reset(st);
	}
	return root;
}

struct found {
	bool has[ROWS * 2 + 1];
	int n, wrong;
	int64_t last;
};

/* The row is what fill wrote. */
static int on_row(const struct salvage_row *row, void *arg)
{
	struct found *f = arg;
	const struct salvage_value *v = row->values;
	char end[24];

	if (row->n != 4 || !row->has_key || row->key < 1 || row->key > ROWS * 2) {
		f->wrong++;
		return 0;
	}
	int64_t id = row->key;
	size_t digits = (size_t)snprintf(end, sizeof(end), "%lld", (long long)id);
	bool is_right = v[0].kind == SALVAGE_NULL && v[1].kind == SALVAGE_INT &&
			v[1].number == id * 1000003 - 5 && v[2].kind == SALVAGE_TEXT &&
			v[2].n == (size_t)(20 + id % 97 + (id % 3 == 0) * 9000) + digits &&
			memcmp(v[2].data + v[2].n - digits, end, digits) == 0 &&
			v[3].kind == (id % 2 ? SALVAGE_BLOB : SALVAGE_NULL) &&
			v[3].n == (size_t)(id % 2 ? id % 40 : 0);
	for (size_t i = 0; is_right && i + digits < v[2].n; i++)
		is_right = v[2].data[i] == '0';
	f->wrong += !is_right;
	f->n += is_right && !f->has[id];
	if (is_right)
		f->has[id] = true;
	f->last = id;
	return 0;
}

static int on_pair(const struct salvage_row *row, void *arg)
{
	struct found *f = arg;

	if (row->n != 2 || row->has_key || row->values[1].kind != SALVAGE_INT)
		f->wrong++;
	else
		f->n++;
	return 0;
}

static bool open_salvage(struct salvage *s)
{
	struct pages *p = NULL;

	return pages_open(&p, path) == 0 && salvage_open(s, p) == 0;
}

static void compare_whole(const char *settings, int more)
{
	static struct found f;
	struct salvage s = {0};
	struct db db;

	CHECK(make(&db, settings));
	f = (struct found){0};
	uint32_t t = root_of(&db, "t"), w = root_of(&db, "w");
	CHECK(open_salvage(&s));
	CHECK_INT(salvage_tree(&s, t, NULL, on_row, &f), 0);
	CHECK_INT(f.n, ROWS);
	CHECK_INT(f.wrong, 0);
	CHECK_INT(s.losses.len, 0);
	f = (struct found){0};
	CHECK_INT(salvage_tree(&s, w, NULL, on_pair, &f), 0);
	CHECK_INT(f.n, ROWS);
	CHECK_INT(f.wrong, 0);
	salvage_close(&s);
	/* What the log holds, and nothing that was not committed. */
	CHECK(fill(&db, ROWS + 1, ROWS + 1 + more));
	CHECK_INT(db_begin(&db), 0);
	CHECK_INT(db_exec(&db, "DELETE FROM t; PRAGMA cache_spill = 1"), 0);
	f = (struct found){0};
	CHECK(open_salvage(&s));
	CHECK_INT(salvage_tree(&s, t, NULL, on_row, &f), 0);
	CHECK_INT(f.n, ROWS + more);
	CHECK_INT(f.wrong, 0);
	salvage_close(&s);
	db_close(&db);
	remove_files();
}

TEST(a_whole_file_reads_as_sqlite_reads_it)
{
	compare_whole("PRAGMA wal_autocheckpoint = 0", 50);
	compare_whole("PRAGMA wal_autocheckpoint = 10", 500);
}

TEST(other_page_sizes)
{
	compare_whole(
		"PRAGMA journal_mode = DELETE; PRAGMA page_size = 1024; VACUUM; PRAGMA journal_mode = WAL",
		40);
	compare_whole(
		"PRAGMA journal_mode = DELETE; PRAGMA page_size = 65536; VACUUM; PRAGMA journal_mode = WAL",
		40);
}

/* --- damage
 * ---------------------------------------------------------------------------------------------------------
 */
struct place {		     /* what a page holds */
	int64_t first, last; /* rows; 0: none */
};
static VEC(struct place) places; /* by page number */

/* SQLite's own word: leaves in order, with how many cells each; overflow pages with their leaf's path. */
static bool ask_places(struct db *db)
{
	struct db_statement *st, *ids;
	char leaf[64] = "";
	int64_t first = 0, next = 0, page;

	VEC_FREE(&places);
	if (db_prepare(db, "SELECT path, pageno, pagetype, ncell FROM dbstat WHERE name = 't' ORDER BY path",
		    &st) < 0 ||
		db_prepare(db, "SELECT id FROM t ORDER BY id", &ids) < 0)
		return false;
	while (db_step(db, st) == 1) {
		const char *where = db_text(st, 0), *plus = strchr(where, '+');
		struct place p = {0};
		page = db_int(st, 1);
		if (str_equal(db_text(st, 2), "leaf")) {
			str_put(leaf, sizeof(leaf), where);
			for (int64_t i = 0; i < db_int(st, 3) && db_step(db, ids) == 1; i++) {
				next = db_int(ids, 0);
				p.first = i ? p.first : next;
			}
			first = p.first;
			p.last = next;
		} else if (plus) { /* ids have no gaps here: the cell's number is the row's distance */
			const char *slash = strrchr(where, '/');
			p.first = p.last = first + strtol(slash + 1, NULL, 16);
		}
		while (places.len <= (size_t)page)
			if (VEC_PUSH(&places, (struct place){0}) < 0)
				return false;
		places.at[page] = p;
	}
	db_reset(st);
	db_reset(ids);
	return true;
}

static bool damage(int fd, uint32_t page, uint32_t size, unsigned *seed)
{
	static uint8_t bytes[65536];
	bool is_zero = rand_r(seed) % 2;

	for (uint32_t i = 0; i < size; i++)
		bytes[i] = is_zero ? 0 : (uint8_t)rand_r(seed);
	return pwrite(fd, bytes, size, (off_t)(page - 1) * size) == (ssize_t)size;
}

/* Rows on no damaged page. An overflow page that became zero or noise is found by what is in the row. */
static void expect(const bool *is_damaged, bool *ret_has)
{
	for (int i = 1; i <= ROWS; i++)
		ret_has[i] = true;
	VEC_EACH(&places, page)
	if (is_damaged[page] && places.at[page].first)
		for (int64_t i = places.at[page].first; i <= places.at[page].last; i++)
			ret_has[i] = false;
}

static int left_row(const struct salvage_row *row, void *arg)
{
	return row->n == 4 ? on_row(row, arg) : 0;
}

static void one_seed(unsigned seed, uint32_t root)
{
	static struct found f, want;
	static bool is_damaged[65536];
	struct salvage s = {0};
	int fd = open(path, O_RDWR);
	uint32_t size = 4096, count = (uint32_t)(lseek(fd, 0, SEEK_END) / size);

	f = want = (struct found){0};
	memset(is_damaged, 0, sizeof(is_damaged));
	CHECK(count < 65536);
	for (int n = 1 + rand_r(&seed) % 20; n > 0; n--) {
		uint32_t page = 2 + (uint32_t)rand_r(&seed) % (count - 1);
		CHECK(damage(fd, page, size, &seed));
		is_damaged[page] = true;
	}
	if (rand_r(&seed) % 3 == 0) { /* and the end is cut off */
		uint32_t from = count / 2 + (uint32_t)rand_r(&seed) % (count / 2);
		CHECK(ftruncate(fd, (off_t)from * size) == 0);
		for (uint32_t page = from + 1; page <= count; page++)
			is_damaged[page] = true;
	}
	close(fd);
	CHECK(open_salvage(&s));
	CHECK_INT(salvage_tree(&s, root, NULL, on_row, &f), 0);
	for (uint32_t page = 2; page <= s.f.count; page++)
		if (salvage_is_left(&s, page))
			CHECK_INT(salvage_page(&s, page, true, left_row, &f), 0);
	expect(is_damaged, want.has);
	for (int i = 1; i <= ROWS; i++)
		if (want.has[i] != f.has[i]) {
			test_fail(__FILE__, __LINE__, "row %d: %s", i, f.has[i] ? "made up" : "lost");
			break;
		}
	salvage_close(&s);
}

static bool copy_file(const char *from, const char *to)
{
	char block[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	while ((n = read(in, block, sizeof(block))) > 0)
		if (write(out, block, (size_t)n) != n)
			break;
	close(in);
	close(out);
	return n == 0;
}

TEST(rows_of_whole_pages_come_back_from_damaged_files)
{
	char whole[80];
	struct db db;

	CHECK(make(&db, "PRAGMA wal_autocheckpoint = 1"));
	uint32_t root = root_of(&db, "t");
	CHECK(ask_places(&db));
	CHECK_INT(db_exec(&db, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
	db_close(&db);
	str_printf(whole, sizeof(whole), "%s.whole", path);
	CHECK(copy_file(path, whole));
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		CHECK(copy_file(whole, path));
		one_seed(seed, root);
	}
	unlink(whole);
	remove_files();
	VEC_FREE(&places);
}

/* Transactions of a row each; a frame in the middle of the log is spoilt. SQLite stops there, we do not. */
TEST(a_log_is_read_on_behind_a_damaged_frame)
{
	static struct found f;
	struct salvage s = {0};
	uint8_t noise[100];
	char log[80];
	struct db db;

	CHECK(make(&db, "PRAGMA wal_autocheckpoint = 0"));
	CHECK_INT(db_exec(&db, "PRAGMA wal_checkpoint(RESTART)"), 0);
	for (int i = 0; i < 200; i++)
		CHECK(fill(&db, ROWS + 1 + i, ROWS + 2 + i));
	uint32_t root = root_of(&db, "t");
	str_printf(log, sizeof(log), "%s-wal", path);
	int fd = open(log, O_RDWR);
	memset(noise, 0xa5, sizeof(noise));
	CHECK(pwrite(fd, noise, sizeof(noise), 32 + (24 + 4096) * 20 + 500) == sizeof(noise));
	close(fd);
	f = (struct found){0};
	CHECK(open_salvage(&s));
	CHECK_INT(s.f.frames_bad, 1);
	CHECK(s.f.frames > 200);
	CHECK_INT(salvage_tree(&s, root, NULL, on_row, &f), 0);
	CHECK_INT(salvage_earlier(&s, left_row, &f), 0);
	CHECK(f.has[ROWS + 200]);
	CHECK(f.n >= ROWS + 199);
	salvage_close(&s);
	db_close(&db);
	remove_files();
}

TEST_OOM(memory_may_be_short)
{
	static struct found f;
	struct pages *p = NULL;
	struct salvage s = {0};
	int file = memfd_create("t", 0);
	uint8_t page[1024] = "SQLite format 3";

	/* One leaf at page 2 with one row (NULL, 1). */
	f = (struct found){0};
	page[16] = 4;
	CHECK(pwrite(file, page, 1024, 0) == 1024);
	memset(page, 0, sizeof(page));
	memcpy(page, (uint8_t[]){13, 0, 0, 0, 1, 3, 250, 0, 3, 250}, 10);
	memcpy(page + 1018, (uint8_t[]){4, 1, 3, 0, 1, 1}, 6);
	CHECK(pwrite(file, page, 1024, 1024) == 1024);
	int err = pages_open_files(&p, file, -1);
	if (err == 0)
		err = salvage_open(&s, p);
	if (err == 0)
		err = salvage_tree(&s, 2, NULL, on_pair, &f);
	if (s.pages)
		salvage_close(&s);
	close(file);
	if (err == -ENOMEM)
		return;
	CHECK_INT(err, 0);
	CHECK_INT(f.wrong, 1); /* a row with a key is no pair: it was given */
}

/* Making archives, and taking away what they hold: see archive.h. A file grows under the name of the month
 * with
 * ".part" behind it; such a file is worthless and is begun anew after a crash. */
#include "base/clock.h"
#include "base/disk.h"
#include "base/log.h"
#include "base/str.h"
#include "store/log/archive_file.h"
#include "store/people/retention.h"
#include "store/log/partition.h"
#include "store/write/writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- months
 * ----------------------------------------------------------------------------------------------------------------
 */

static int month_of(int64_t at_ms)
{
	time_t s = (time_t)(at_ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	return (tm.tm_year + 1900) * 12 + tm.tm_mon;
}

static int64_t begin_of(int month)
{
	struct tm tm = {.tm_year = month / 12 - 1900, .tm_mon = month % 12, .tm_mday = 1};

	return (int64_t)timegm(&tm) * 1000;
}

/* --- deleting what an archive holds
 * ---------------------------------------------------------------------------------------- */

static int run_delete(struct store *s, struct store_request *rq)
{
	bool has_more;

	return partition_remove(&s->db, rq->id + 1, ARCHIVE_BATCH, &has_more);
}

/* Rows that are in an archive and still in the table: some of them go. 1 there may be more, 0 none, -errno.
 */
static int delete_some(struct store *s, struct store_reader *rd)
{
	int64_t last = 0, first = 0;
	int err = db_read_int(&rd->db, &last, "SELECT coalesce(max(last_seq), 0) FROM archive", 0);

	if (err == 1 && last > 0)
		err = db_read_int(&rd->db, &first, "SELECT min(seq) FROM event", 0);
	if (err < 0 || first == 0 || first > last)
		return err < 0 ? err : 0;
	struct store_request rq = {.run = run_delete, .id = (uint64_t)last};
	err = writer_ask(s, &rq);
	return err < 0 ? err : 1;
}

/* --- writing a month
 * ------------------------------------------------------------------------------------------------------- */

struct copying {
	struct db *to;
	struct archive_sum sum;
	const atomic_bool *should_stop;
	uint64_t last; /* to be copied */
	int err;
};

static bool copy_row(const struct log_row *row, void *arg)
{
	struct copying *c = arg;
	struct db_statement *st;

	if (row->seq > c->last || atomic_load(c->should_stop))
		return false;
	c->err = db_prepare(
		c->to, "INSERT INTO event (seq, at_ms, type, interaction, data) VALUES (?, ?, ?, ?, ?)", &st);
	if (c->err < 0)
		return false;
	db_bind_int(st, 1, (int64_t)row->seq);
	db_bind_int(st, 2, row->at_ms);
	db_bind_int(st, 3, row->type);
	db_bind_int(st, 4, (int64_t)row->interaction);
	db_bind_text_n(st, 5, row->data, row->n);
	c->err = db_run(c->to, st);
	archive_sum_add(&c->sum, row);
	return c->err == 0;
}

/* Rows first..last, a page at a time, so that no reading transaction lasts. */
static int copy_rows(struct db *from, struct copying *c, uint64_t first)
{
	for (uint64_t next = first; next <= c->last; next = c->sum.archive.last_seq + 1) {
		uint64_t before = c->sum.archive.events;
		int err = db_begin(c->to);
		if (err == 0)
			err = log_rows_in(from, next, ARCHIVE_BATCH, copy_row, c);
		if (err == 0)
			err = c->err;
		if (err == 0)
			err = db_commit(c->to);
		if (err < 0)
			return err;
		if (atomic_load(c->should_stop))
			return -ECANCELED;
		if (c->sum.archive.events == before) /* fewer rows than numbers */
			return -EUCLEAN;
	}
	return 0;
}

static int write_file(struct db *from, struct copying *c, const char *path, uint64_t first)
{
	struct db to;
	int err = db_open(&to, path, DB_WRITE);

	if (err < 0)
		return err;
	c->to = &to;
	archive_sum_begin(&c->sum);
	/* Worthless until it is whole: synchronised once, at the end. */
	err = db_exec(&to,
		"PRAGMA synchronous=OFF;"
		"CREATE TABLE event (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, type INTEGER NOT NULL, "
		"interaction INTEGER NOT NULL, data TEXT NOT NULL);"
		"CREATE INDEX event_of_interaction ON event (interaction) WHERE interaction <> 0;");
	if (err == 0)
		err = copy_rows(from, c, first);
	archive_sum_end(&c->sum);
	if (err == 0)
		err = archive_check(&to, &c->sum.archive, (char[ARCHIVE_WHY_SIZE]){0});
	if (err == 0)
		err = db_exec(&to, "PRAGMA journal_mode=DELETE");
	db_close(&to);
	return err;
}

static void remove_part(const char *part)
{
	char path[DB_PATH_MAX + 8];

	unlink(part);
	for (int i = 0; i < 3; i++) {
		str_printf(path, sizeof(path), "%s%s", part, (const char *[]){"-wal", "-shm", "-journal"}[i]);
		unlink(path);
	}
}

/* The whole file under its name, on the disk. */
static int make_file(
	const char *directory, struct db *from, struct copying *c, uint64_t first, const char *name)
{
	char folder[DB_PATH_MAX], path[DB_PATH_MAX], part[DB_PATH_MAX + 8];
	struct stat st;
	int err = archive_path(directory, "", folder);

	if (err == 0)
		err = archive_path(directory, name, path);
	if (err == 0 && mkdir(folder, 0700) < 0 && errno != EEXIST)
		err = -errno;
	if (err == 0) /* each time: a crash may have come right after the mkdir */
		err = disk_sync(directory);
	if (err < 0)
		return err;
	str_printf(part, sizeof(part), "%s.part", path);
	remove_part(part);
	err = write_file(from, c, part, first);
	if (err == 0)
		err = disk_sync(part);
	if (err == 0 && (chmod(part, 0600) < 0 || stat(part, &st) < 0 || rename(part, path) < 0))
		err = -errno;
	if (err == 0)
		err = disk_sync(folder);
	if (err < 0)
		remove_part(part);
	else
		c->sum.archive.bytes = st.st_size;
	return err;
}

int archive_write(const char *directory, struct db *from, uint64_t first, uint64_t last, const char *name,
	struct archive *ret_archive)
{
	static const atomic_bool never = false;
	struct copying c = {.last = last, .should_stop = &never};
	int err = make_file(directory, from, &c, first, name);

	if (err < 0)
		return err;
	str_put(c.sum.archive.name, sizeof(c.sum.archive.name), name);
	*ret_archive = c.sum.archive;
	return 0;
}

int archive_insert(struct db *db, const struct archive *a)
{
	struct db_statement *st;
	int err = db_prepare(db,
		"INSERT INTO archive (first_seq, last_seq, first_ms, last_ms, events, bytes, name, checksum, "
		"created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)a->first_seq);
	db_bind_int(st, 2, (int64_t)a->last_seq);
	db_bind_int(st, 3, a->first_ms);
	db_bind_int(st, 4, a->last_ms);
	db_bind_int(st, 5, (int64_t)a->events);
	db_bind_int(st, 6, a->bytes);
	db_bind_text(st, 7, a->name);
	db_bind_text(st, 8, a->checksum);
	db_bind_int(st, 9, clock_wall_ms());
	return db_run(db, st);
}

static int run_insert(struct store *s, struct store_request *rq)
{
	return archive_insert(&s->db, rq->arg);
}

/* A name no archive in the table has: after a step of the clock a month may come twice. */
static int name_for(struct db *db, int month, char ret_name[static ARCHIVE_NAME_MAX])
{
	for (int i = 1;; i++) {
		struct db_statement *st;
		char again[16] = "";
		if (i > 1)
			str_printf(again, sizeof(again), "-%d", i);
		str_printf(ret_name, ARCHIVE_NAME_MAX, "events-%04d-%02d%s.db", month / 12, month % 12 + 1,
			again);
		int err = db_prepare(db, "SELECT 1 FROM archive WHERE name = ?", &st);
		if (err == 0) {
			db_bind_text(st, 1, ret_name);
			err = db_step(db, st);
		}
		if (err <= 0)
			return err;
		db_reset(st);
	}
}

static int put_away(struct store *s, struct store_reader *rd, uint64_t first, uint64_t last,
	const atomic_bool *should_stop)
{
	struct copying c = {.last = last, .should_stop = should_stop};
	char name[ARCHIVE_NAME_MAX];
	int64_t at_ms = 0;
	int err = db_read_int(&rd->db, &at_ms, "SELECT at_ms FROM event WHERE seq = ?", 1, (int64_t)first);

	if (err == 1)
		err = name_for(&rd->db, month_of(at_ms), name);
	if (err == 0)
		err = make_file(s->directory, &rd->db, &c, first, name);
	if (err < 0)
		return err;
	str_put(c.sum.archive.name, sizeof(c.sum.archive.name), name);
	struct store_request rq = {.run = run_insert, .arg = &c.sum.archive};
	err = writer_ask(s, &rq);
	if (err == 0)
		log_info("store", 0, "%s: %llu events put away, numbers %llu to %llu", name,
			(unsigned long long)c.sum.archive.events, (unsigned long long)first,
			(unsigned long long)last);
	return err;
}

/* The last event of the month of the first one, when that month is over and old enough: 1, 0 (nothing to put
 * away), -errno. */
static int next_range(
	struct store_reader *rd, int months, int64_t now_ms, uint64_t *ret_first, uint64_t *ret_last)
{
	int64_t first = 0, newest = 0, at_ms = 0;
	int err = db_read_int(&rd->db, &first, "SELECT coalesce(min(seq), 0) FROM event", 0);

	if (err == 1)
		err = db_read_int(&rd->db, &newest, "SELECT coalesce(max(seq), 0) FROM event", 0);
	if (err < 0 || first == 0)
		return err < 0 ? err : 0;
	err = db_read_int(&rd->db, &at_ms, "SELECT at_ms FROM event WHERE seq = ?", 1, first);
	if (err != 1)
		return err;
	int64_t end_ms = begin_of(month_of(at_ms) + 1);
	/* An archive is never changed: what is to be sealed or taken out of events by age is so before. */
	int64_t limit_ms = retention_archive_limit(&rd->db, now_ms), sealed = person_sealed_up_to(&rd->db);
	if (limit_ms < 0 || sealed < 0)
		return (int)(limit_ms < 0 ? limit_ms : sealed);
	if (end_ms > begin_of(month_of(now_ms) - months) || end_ms > limit_ms)
		return 0;
	uint64_t next = store_seq_at(rd, end_ms);
	*ret_first = (uint64_t)first;
	*ret_last = next ? next - 1 : (uint64_t)newest - 1;
	return *ret_last >= *ret_first && *ret_last <= (uint64_t)sealed;
}

int archive_step(
	struct store *s, struct store_reader *rd, int months, int64_t now_ms, const atomic_bool *should_stop)
{
	uint64_t first = 0, last = 0;
	int err = delete_some(s, rd);

	if (err != 0)
		return err;
	err = next_range(rd, months, now_ms, &first, &last);
	if (err != 1)
		return err;
	err = put_away(s, rd, first, last, should_stop);
	return err == -ECANCELED ? 0 : err < 0 ? err : 1;
}

static int run_drop(struct store *s, struct store_request *rq)
{
	return db_run_ints(&s->db, "DELETE FROM archive WHERE first_seq = ?", 1, (int64_t)rq->id);
}

int archive_drop_oldest(struct store *s, struct store_reader *rd, struct archive *ret_archive)
{
	char path[DB_PATH_MAX];
	int64_t first = 0;
	int err = archive_find(&rd->db, 0, ret_archive);

	if (err != 1)
		return err;
	/* Not while its rows are still in the table: they would be read again. */
	err = db_read_int(&rd->db, &first, "SELECT coalesce(min(seq), 0) FROM event", 0);
	if (err < 0 || (uint64_t)first <= ret_archive->last_seq)
		return err < 0 ? err : 0;
	struct store_request rq = {.run = run_drop, .id = ret_archive->first_seq};
	err = writer_ask(s, &rq);
	if (err == 0)
		err = archive_path(s->directory, ret_archive->name, path);
	if (err == 0 && unlink(path) < 0 && errno != ENOENT)
		err = -errno;
	return err < 0 ? err : 1;
}

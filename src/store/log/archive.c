/* See archive.h: finding, opening and checking archives. They are made in archive_make.c. */
#include "store/log/archive.h"
#include "base/log.h"
#include "base/str.h"
#include "store/log/archive_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int archive_path(const char *directory, const char *name, char ret_path[static DB_PATH_MAX])
{
	return str_printf(ret_path, DB_PATH_MAX, "%s/" ARCHIVE_FOLDER "/%s", directory, name) < 0
		       ? -ENAMETOOLONG
		       : 0;
}

static crypto_generichash_state *state_of(struct archive_sum *sum)
{
	uintptr_t at = (uintptr_t)sum->state + ARCHIVE_STATE_ALIGN - 1;

	return (void *)(at & ~(uintptr_t)(ARCHIVE_STATE_ALIGN - 1));
}

void archive_sum_begin(struct archive_sum *sum)
{
	*sum = (struct archive_sum){0};
	crypto_generichash_init(state_of(sum), NULL, 0, crypto_generichash_BYTES);
}

static void add_number(struct archive_sum *sum, uint64_t n)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(n >> 8 * i);
	crypto_generichash_update(state_of(sum), bytes, sizeof(bytes));
}

void archive_sum_add(struct archive_sum *sum, const struct log_row *row)
{
	struct archive *a = &sum->archive;

	add_number(sum, row->seq);
	add_number(sum, (uint64_t)row->at_ms);
	add_number(sum, (uint64_t)row->type);
	add_number(sum, row->interaction);
	add_number(sum, row->n);
	crypto_generichash_update(state_of(sum), (const unsigned char *)row->data, row->n);
	if (!a->events || row->at_ms < a->first_ms)
		a->first_ms = row->at_ms;
	if (!a->events || row->at_ms > a->last_ms)
		a->last_ms = row->at_ms;
	if (!a->events)
		a->first_seq = row->seq;
	sum->has_gap = sum->has_gap || (a->events && row->seq != a->last_seq + 1);
	a->last_seq = row->seq;
	a->events++;
}

void archive_sum_end(struct archive_sum *sum)
{
	unsigned char bytes[crypto_generichash_BYTES];

	crypto_generichash_final(state_of(sum), bytes, sizeof(bytes));
	sodium_bin2hex(sum->archive.checksum, sizeof(sum->archive.checksum), bytes, sizeof(bytes));
}

int archive_find(struct db *db, uint64_t seq, struct archive *ret_archive)
{
	struct db_statement *st;
	int err = db_prepare(db,
		"SELECT first_seq, last_seq, first_ms, last_ms, events, bytes, name, checksum FROM archive "
		"WHERE last_seq >= ? ORDER BY first_seq LIMIT 1",
		&st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, seq > INT64_MAX ? INT64_MAX : (int64_t)seq);
	err = db_step(db, st);
	if (err != 1)
		return err;
	*ret_archive = (struct archive){.first_seq = (uint64_t)db_int(st, 0),
		.last_seq = (uint64_t)db_int(st, 1),
		.first_ms = db_int(st, 2),
		.last_ms = db_int(st, 3),
		.events = (uint64_t)db_int(st, 4),
		.bytes = db_int(st, 5)};
	str_put(ret_archive->name, sizeof(ret_archive->name), db_text(st, 6));
	str_put(ret_archive->checksum, sizeof(ret_archive->checksum), db_text(st, 7));
	db_reset(st);
	return 1;
}

int archive_each(struct store_reader *rd, archive_handler *on_archive, void *arg)
{
	struct archive a;
	int found;

	for (uint64_t next = 0; (found = archive_find(&rd->db, next, &a)) == 1; next = a.last_seq + 1)
		if (!on_archive(&a, arg))
			return 0;
	return found;
}

int archive_open(struct db *ret_db, const char *directory, const struct archive *a)
{
	char path[DB_PATH_MAX];
	struct db db;
	int err = archive_path(directory, a->name, path);

	if (err == 0)
		err = access(path, R_OK) < 0 ? -errno : db_open(&db, path, DB_READ);
	if (err == -ENOENT || err == -EUCLEAN) {
		log_error("store", 0,
			"%s is %s: events %llu to %llu cannot be read. Put the file back from a backup", path,
			err == -ENOENT ? "not there" : "damaged", (unsigned long long)a->first_seq,
			(unsigned long long)a->last_seq);
		return -EUCLEAN;
	}
	if (err == 0)
		*ret_db = db;
	return err;
}

static bool add_row(const struct log_row *row, void *arg)
{
	archive_sum_add(arg, row);
	return true;
}

static int sum_up(struct db *db, struct archive_sum *sum)
{
	archive_sum_begin(sum);
	int err = log_rows_in(db, 0, INT64_MAX, add_row, sum);
	archive_sum_end(sum);
	return err;
}

static int say(char *ret_why, const char *name, const char *what)
{
	str_printf(ret_why, ARCHIVE_WHY_SIZE, "%s: %s", name, what);
	return -EUCLEAN;
}

int archive_check(struct db *db, const struct archive *a, char ret_why[static ARCHIVE_WHY_SIZE])
{
	struct db_statement *st;
	struct archive_sum sum;
	int err = db_prepare(db, "PRAGMA integrity_check(1)", &st);

	if (err == 0)
		err = db_step(db, st);
	if (err == 1 && !str_equal(db_text(st, 0), "ok"))
		err = say(ret_why, a->name, db_text(st, 0));
	else if (err == 1)
		err = 0;
	if (err == 0) {
		db_reset(st);
		err = sum_up(db, &sum);
	}
	if (err == -EUCLEAN)
		return say(ret_why, a->name, "its pages are damaged");
	if (err < 0)
		return err;
	if (sum.has_gap || sum.archive.first_seq != a->first_seq || sum.archive.last_seq != a->last_seq ||
		sum.archive.events != a->events)
		return say(ret_why, a->name, "events are missing");
	return str_equal(sum.archive.checksum, a->checksum) ? 0
							    : say(ret_why, a->name, "events were changed");
}

int archive_verify(const char *directory, const struct archive *a, char ret_why[static ARCHIVE_WHY_SIZE])
{
	struct db db;
	int err = archive_open(&db, directory, a);

	if (err < 0)
		return err == -EUCLEAN ? say(ret_why, a->name, "the file is missing or no database") : err;
	err = archive_check(&db, a, ret_why);
	db_close(&db);
	return err;
}

/* See mark.h. */
#include "store/write/mark.h"
#include "base/id.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

int mark_read(struct db *db, struct mark *ret_mark)
{
	struct db_statement *st;
	struct mark mark = {0};
	size_t n = 0;
	int err = db_prepare(db,
		"SELECT run, number, last_seq, installation, max_ms, stretch_ms FROM store_mark WHERE one = "
		"1",
		&st);

	if (err == 0)
		err = db_step(db, st);
	if (err <= 0)
		return err < 0 ? err : -ENOENT;
	mark.run = (uint64_t)db_int(st, 0);
	mark.number = (uint64_t)db_int(st, 1);
	mark.last_seq = (uint64_t)db_int(st, 2);
	mark.clock = (struct mark_clock){db_int(st, 4), db_int(st, 5)};
	const char *owner = db_text(st, 3);
	bool is_good =
		owner &&
		sodium_hex2bin(mark.owner, sizeof(mark.owner), owner, strlen(owner), NULL, &n, NULL) == 0 &&
		n == sizeof(mark.owner);
	db_reset(st);
	if (!is_good)
		return -EUCLEAN;
	*ret_mark = mark;
	return 0;
}

static int insert(struct db *db, struct mark *mark)
{
	char text[MARK_OWNER_BYTES * 2 + 1];
	struct db_statement *st;
	int64_t at_ms = 0;
	/* A log from before there were marks: whatever its clock did, it begins as one stretch. */
	int err = db_read_int(db, &at_ms, "SELECT at_ms FROM event ORDER BY seq DESC LIMIT 1", 0);
	if (err >= 0)
		err = db_prepare(db,
			"INSERT INTO store_mark (one, run, number, last_seq, installation, max_ms, "
			"stretch_ms) VALUES (1, ?, 0, 0, ?, ?, ?)",
			&st);

	if (err < 0)
		return err;
	randombytes_buf(mark->owner, sizeof(mark->owner));
	sodium_bin2hex(text, sizeof(text), mark->owner, sizeof(mark->owner));
	db_bind_int(st, 1, (int64_t)mark->run);
	db_bind_text(st, 2, text);
	db_bind_int(st, 3, at_ms);
	db_bind_int(st, 4, at_ms);
	return db_run(db, st);
}

/* In a transaction. */
static int take(struct db *db, struct mark *mark)
{
	int64_t last = 0;
	int err = mark_read(db, mark);
	uint64_t run = id_new();

	if (err == -ENOENT) {
		mark->run = run;
		err = insert(db, mark);
	}
	if (err == 0)
		err = db_read_int(db, &last, "SELECT coalesce(max(seq), 0) FROM event", 0);
	if (err < 0)
		return err;
	if ((uint64_t)last > mark->last_seq)
		mark->last_seq = (uint64_t)last;
	mark->run = run;
	mark->number = 0;
	return db_run_ints(db, "UPDATE store_mark SET run = ?, number = 0, last_seq = ? WHERE one = 1", 2,
		(int64_t)run, (int64_t)mark->last_seq);
}

int mark_begin(struct db *db, struct mark *ret_mark)
{
	struct mark mark = {0};
	int err = db_begin(db);

	if (err == 0)
		err = take(db, &mark);
	if (err == 0)
		err = db_commit(db);
	if (err < 0) {
		db_rollback(db);
		return err;
	}
	*ret_mark = mark;
	return 0;
}

int mark_set(struct db *db, const struct mark *mark)
{
	int err = db_run_ints(db,
		"UPDATE store_mark SET number = ?, last_seq = ?, max_ms = ?, stretch_ms = ? WHERE one = 1 "
		"AND run = ?",
		5, (int64_t)mark->number, (int64_t)mark->last_seq, mark->clock.max_ms, mark->clock.stretch_ms,
		(int64_t)mark->run);

	if (err < 0)
		return err;
	return db_changes(db) == 1 ? 0 : -ESTALE;
}

int mark_time(struct db *db, struct mark_clock *clock, uint64_t seq, int64_t at_ms)
{
	if (seq > 1 && at_ms < clock->stretch_ms - MARK_JITTER_MS) {
		int err = db_run_ints(db, "INSERT INTO clock_step (seq, max_ms) VALUES (?, ?)", 2,
			(int64_t)seq, clock->max_ms);
		if (err < 0)
			return err;
		clock->stretch_ms = at_ms;
	}
	if (at_ms > clock->stretch_ms || seq == 1)
		clock->stretch_ms = at_ms;
	if (at_ms > clock->max_ms || seq == 1)
		clock->max_ms = at_ms;
	return 0;
}

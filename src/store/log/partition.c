/* See partition.h. */
#include "store/log/partition.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "store/write/writer.h"

#include <errno.h>
#include <string.h>

#define LOOK_AGAIN_MS 60000

/* 1 when the block's table is a part of event. */
static int has_block(struct db *db, int64_t block)
{
	int64_t n = 0;
	int err = db_read_int(db, &n,
		"SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass('event') AND inhrelid = "
		"to_regclass('event_' || CAST(CAST(? AS BIGINT) AS TEXT))",
		1, block);

	return err < 0 ? err : n > 0;
}

/* Numbers that came while the block was missing are moved into it from event_rest. Attaching takes less of a
 * lock than creating a partition in place. */
static int make_block(struct db *db, int64_t block)
{
	char sql[900];
	int64_t from = block * PARTITION_EVENTS, to = from + PARTITION_EVENTS;
	long long k = (long long)block;
	int err = db_begin(db);

	str_printf(sql, sizeof(sql),
		"SET LOCAL lock_timeout = %d;"
		"DROP TABLE IF EXISTS event_%lld;"
		"CREATE TABLE event_%lld (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS);"
		"LOCK TABLE event_rest IN ACCESS EXCLUSIVE MODE;"
		"WITH moved AS (DELETE FROM event_rest WHERE seq >= %lld AND seq < %lld RETURNING *) "
		"INSERT INTO event_%lld SELECT * FROM moved;"
		"ALTER TABLE event ATTACH PARTITION event_%lld FOR VALUES FROM (%lld) TO (%lld)",
		PARTITION_LOCK_MS, k, k, (long long)from, (long long)to, k, k, (long long)from,
		(long long)to);
	if (err == 0)
		err = db_exec(db, sql);
	if (err == 0)
		err = db_commit(db);
	if (err < 0)
		db_rollback(db);
	return err;
}

int partition_ahead(struct db *db, uint64_t seq)
{
	int64_t first = (int64_t)seq / PARTITION_EVENTS;
	int err = 1;

	if (!db_is_postgres(db))
		return 0;
	for (int64_t block = first; block < first + PARTITION_AHEAD && err >= 0; block++) {
		err = has_block(db, block);
		if (err == 0)
			err = make_block(db, block);
	}
	return err < 0 ? err : 0;
}

void partition_look(struct store *s)
{
	uint64_t seq = s->mark.last_seq;
	int64_t now_ms = clock_mono_ms();

	if (seq < s->blocks_until || now_ms < s->blocks_retry_ms)
		return;
	int err = partition_ahead(&s->db, seq + 1);
	if (err < 0) {
		s->blocks_retry_ms = now_ms + LOOK_AGAIN_MS;
		log_warn("store", 0,
			"the next block of the event log could not be made: %s (%s). Events go to the table "
			"event_rest "
			"meanwhile; tried again in a minute",
			strerror(-err), s->db.message);
		return;
	}
	s->blocks_until = ((seq + 1) / PARTITION_EVENTS + 1) * PARTITION_EVENTS - 1;
}

/* The lowest block there is that ends before seq: 1 and its number, 0, -errno. */
static int old_block(struct db *db, int64_t before_seq, int64_t *ret_block)
{
	int err = db_read_int(db, ret_block,
		"SELECT CAST(substr(relname, 7) AS BIGINT) FROM pg_inherits JOIN pg_class ON pg_class.oid = "
		"inhrelid "
		"WHERE inhparent = to_regclass('event') AND relname ~ '^event_[0-9]+$' AND "
		"CAST(substr(relname, 7) AS BIGINT) < ? ORDER BY 1 LIMIT 1",
		1, before_seq / PARTITION_EVENTS);

	return err;
}

int partition_remove(struct db *db, uint64_t before_seq, int64_t most, bool *ret_more)
{
	char sql[128];
	int64_t block = 0;
	int err = db_is_postgres(db) ? old_block(db, (int64_t)before_seq, &block) : 0;

	if (err == 1) { /* one at a time: each takes the lock for a moment only */
		str_printf(sql, sizeof(sql), "SET LOCAL lock_timeout = %d; DROP TABLE event_%lld",
			PARTITION_LOCK_MS, (long long)block);
		err = db_exec(db, sql);
		if (err == 0)
			*ret_more = true;
		return err;
	}
	if (err == 0)
		err = db_run_ints(db,
			"DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq < ? ORDER BY seq "
			"LIMIT ?)",
			2, (int64_t)before_seq, most);
	if (err == 0)
		*ret_more = db_changes(db) == most;
	return err;
}

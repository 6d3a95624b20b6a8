/* See sequence.h. */
#include "store/log/sequence.h"
#include "store/doctor/rescue.h"

static int read_number(struct db *db, const char *sql, uint64_t *ret_value)
{
	int64_t value = 0;
	int err = db_read_int(db, &value, sql, 0);

	if (err >= 0)
		*ret_value = value > 0 ? (uint64_t)value : 0;
	return err < 0 ? err : 0;
}

static int read_archives(struct db *db, struct sequence *q)
{
	int err = read_number(db, "SELECT coalesce(min(first_seq), 0) FROM archive", &q->archived_first);

	if (err == 0)
		err = read_number(db, "SELECT coalesce(max(last_seq), 0) FROM archive", &q->archived_last);
	if (err == 0)
		err = read_number(db, "SELECT CAST(coalesce(sum(events), 0) AS BIGINT) FROM archive",
			&q->archived_events);
	return err;
}

/* The first stretch within the table that is not there. */
static int find_gap(struct db *db, struct sequence *q)
{
	int64_t before = 0, behind = 0;
	int err = db_read_int(db, &before,
		"SELECT a.seq FROM event AS a WHERE a.seq < ? AND NOT EXISTS (SELECT 1 FROM event AS b WHERE "
		"b.seq = a.seq + 1) ORDER BY a.seq LIMIT 1",
		1, (int64_t)q->last);

	if (err == 1)
		err = db_read_int(
			db, &behind, "SELECT seq FROM event WHERE seq > ? ORDER BY seq LIMIT 1", 1, before);
	if (err == 1) {
		q->missing_first = (uint64_t)before + 1;
		q->missing_last = (uint64_t)behind - 1;
	}
	return err < 0 ? err : 0;
}

static int find_missing(struct db *db, struct sequence *q)
{
	uint64_t from = q->archived_first ? q->archived_first : q->first;
	uint64_t all = q->last + 1 - from, have = q->archived_events + q->events;
	int err = q->last < from ? 0 : rescue_known_losses(db, from, q->last, &q->lost);

	if (err < 0 || q->last < from)
		return err;
	q->missing = all > have + q->lost ? all - have - q->lost : 0;
	if (q->missing == 0)
		return 0;
	if (q->archived_last && q->archived_last + 1 < q->first) {
		q->missing_first = q->archived_last + 1;
		q->missing_last = q->first - 1;
		return 0;
	}
	return find_gap(db, q);
}

int sequence_read(struct db *db, struct sequence *ret_sequence)
{
	struct sequence q = {0};
	int err = read_number(db, "SELECT coalesce(max(seq), 0) FROM event", &q.last);

	if (err == 0)
		err = read_number(db, "SELECT coalesce(min(seq), 0) FROM event", &q.first);
	if (err == 0)
		err = read_number(db, "SELECT count(*) FROM event", &q.events);
	if (err == 0)
		err = read_archives(db, &q);
	if (q.events == 0) {
		q.last = q.archived_last;
		q.first = q.last + 1;
	}
	if (err == 0)
		err = find_missing(db, &q);
	if (err == 0)
		*ret_sequence = q;
	return err;
}

/* The writer's database: opened when the store is, and anew when it was lost.
 *
 * Invariants: nothing is written before the mark says that nobody else did; the spool is empty before
 * anything newer is accepted. */
#include "base/log.h"
#include "base/str.h"
#include "db/sqlite.h"
#include "store/rows/audit.h"
#include "store/write/mark.h"
#include "store/migrate.h"
#include "store/where.h"
#include "store/write/writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int open_spool(struct store *s, const struct mark *mark)
{
	uint64_t torn_at = 0;
	int err = spool_open(&s->spool, s->directory, mark->owner, &torn_at);

	if (err == -EXDEV)
		log_error("store", 0,
			"%s/%s holds events of another installation: they cannot go into this database. Put "
			"it "
			"beside its own database, or move it away to start without it",
			s->directory, SPOOL_FILE);
	else if (err == -EUCLEAN)
		log_error("store", 0,
			"%s/%s is damaged or no spool. Move it away to start without the events that may lie "
			"in "
			"it",
			s->directory, SPOOL_FILE);
	else if (err < 0)
		log_error("store", 0, "%s/%s cannot be opened: %s", s->directory, SPOOL_FILE, strerror(-err));
	else if (torn_at > 0)
		log_warn("store", 0,
			"%s/%s ends in a torn record at byte %llu: what was being written when the server "
			"stopped; it was never acknowledged",
			s->directory, SPOOL_FILE, (unsigned long long)torn_at);
	return err;
}

/* What an earlier process could not bring into the database. */
static int take_leftovers(struct store *s)
{
	struct spool_figures f;
	uint64_t before = atomic_load(&s->visible);

	spool_figures(s->spool, &f);
	if (f.events == 0)
		return 0;
	if (f.first_seq > before + 1) {
		log_error("store", 0,
			"%s/%s begins at event %llu, but the database ends at %llu: it is an older copy of "
			"it. "
			"Restore a newer one, or move the spool away to start without its %llu events",
			s->directory, SPOOL_FILE, (unsigned long long)f.first_seq, (unsigned long long)before,
			(unsigned long long)f.events);
		return -EUCLEAN;
	}
	int err = 0;
	for (struct spool_figures left = f; left.events > 0 && err == 0; spool_figures(s->spool, &left))
		err = batch_empty_spool(s);
	if (err < 0)
		return err;
	log_info("store", 0, "%llu events of the spool are in the database now",
		(unsigned long long)(atomic_load(&s->visible) - before));
	return 0;
}

static int start_checkpoints(struct store *s)
{
	int err = db_is_postgres(&s->db) ? 0 : checkpointer_start(&s->checkpointer, s->db.where, &s->db);

	if (err == 0)
		checkpointer_tell(s->checkpointer, &s->checkpoint_error);
	return err;
}

/* What the directory names now. A file that is not there is made when is_first, and never later: the disk it
 * was on may be gone for a while. Its log may have been left by a commit that never reached the disk, also by
 * that of an earlier process. */
static int open_database(struct store *s, bool is_first)
{
	char where[STORE_WHERE_MAX];
	int err = store_where(s->directory, where);

	if (err < 0)
		return err;
	if (!is_first && !db_is_server(where) && access(where, F_OK) < 0)
		return -errno;
	err = db_is_server(where) ? 0 : sqlite_log_again(where);
	if (err < 0) {
		str_put(s->db.where, sizeof(s->db.where), where);
		str_printf(s->db.message, sizeof(s->db.message), "its log cannot be written: %s",
			strerror(-err));
		return err;
	}
	return db_open(&s->db, where, DB_WRITE);
}

int connect_first(struct store *s)
{
	struct mark mark = {0};
	int err = open_database(s, true);

	if (err == -EUCLEAN)
		log_error("store", 0,
			"%s is damaged or no database. `markaz doctor` names what is damaged and brings away "
			"what can be "
			"read (--rescue); or restore a backup, or move it away to start empty",
			s->db.where);
	else if (err < 0)
		log_error("store", 0, "%s does not open: %s", s->db.where,
			*s->db.message ? s->db.message : strerror(-err));
	if (err == 0)
		err = migrate(&s->db, s->db.where, 0);
	if (err == 0)
		err = audit_chain_old(&s->db);
	if (err == 0)
		err = mark_begin(&s->db, &mark);
	if (err == 0)
		err = open_spool(s, &mark);
	if (err < 0)
		return err;
	s->mark = mark;
	partition_look(s);
	s->is_open = true;
	s->patience_ms = INT64_MAX;
	atomic_store(&s->visible, mark.last_seq);
	atomic_store(&s->durable, mark.last_seq);
	err = take_leftovers(s);
	if (err < 0)
		return err;
	s->next_seq = atomic_load(&s->visible) + 1;
	pressure_figures(s);
	return start_checkpoints(s);
}

/* Nobody else wrote, and everything that readers saw is there. */
static int check_mark(struct store *s, struct mark *ret_mark)
{
	struct mark mark;
	int err = mark_read(&s->db, &mark);

	if (err < 0)
		return err;
	if (mark.run != s->mark.run || mark.last_seq < atomic_load(&s->visible))
		return -ESTALE;
	*ret_mark = mark;
	return 0;
}

/* Before anybody hears whether a doubtful commit happened, either must be true after a power cut, too.
 *
 * What the log holds was written again before it was opened (open_database), so it can be moved into the
 * database's file at any pace. Then it is cut to nothing, and one more transaction shows that commits come
 * through; its sync brings the cut to the disk. Without that, the old log could come back with what was
 * overwritten in it since, and hide what is newer in the file. The transaction changes nothing in the end,
 * but not in one step: SQLite writes nothing for a row that is set to what it was. */
static int make_sure(struct store *s, const struct mark *mark)
{
	struct mark other = *mark;
	int64_t is_busy = 0;
	int err = 0;

	other.number++;
	if (!db_is_postgres(&s->db)) {
		err = db_read_int(&s->db, &is_busy, "PRAGMA wal_checkpoint(TRUNCATE)", 0);
		err = err < 0 ? err : is_busy ? -EBUSY : 0; /* a long reader: again later */
	}
	if (err == 0)
		err = db_begin(&s->db);
	if (err == 0)
		err = mark_set(&s->db, &other);
	if (err == 0)
		err = mark_set(&s->db, mark);
	if (err == 0)
		err = db_commit(&s->db);
	return err;
}

/* Without the checkpoint that SQLite makes at the last closing: after a sync that failed it could move pages
 * whose place in the log is not on the disk, and remove the log. */
static void close_database(struct store *s)
{
	if (s->db.handle && !db_is_postgres(&s->db))
		sqlite_keep_log(&s->db);
	db_close(&s->db);
}

int connect_again(struct store *s, struct mark *ret_mark)
{
	struct mark mark;

	checkpointer_stop(s->checkpointer);
	s->checkpointer = NULL;
	close_database(s);
	int err = open_database(s, false);
	s->blocks_until = 0; /* it may be another database */
	if (err == 0)
		err = check_mark(s, &mark);
	if (err == 0)
		err = make_sure(s, &mark);
	if (err == 0)
		err = start_checkpoints(s);
	if (err < 0)
		close_database(s);
	else
		*ret_mark = mark;
	return err;
}

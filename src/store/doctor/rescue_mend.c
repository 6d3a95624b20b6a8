/* The second step of a rescue: history that was lost, from the log. See rescue.h. */
#include "base/alloc.h"
#include "base/str.h"
#include "store/doctor/refold.h"
#include "store/doctor/rescue.h"
#include "store/write/writer.h"

#include <errno.h>
#include <string.h>

#define PAGE_CONTACTS 500

struct mending {
	struct refold refold;
	struct store_reader *rd;
	struct db db; /* for writing */
	bool has_gaps;
	uint64_t looked, mended;
};

/* Up to PAGE_CONTACTS contacts of the log behind `after`. Their number, or -errno. */
static int next_contacts(struct db *db, uint64_t after, uint64_t *ret_ids)
{
	struct db_statement *st;
	int n = 0,
	    err = db_prepare(db,
		    "SELECT DISTINCT interaction FROM event WHERE interaction <> 0 AND interaction > ? "
		    "ORDER BY interaction LIMIT ?",
		    &st);

	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)after);
	db_bind_int(st, 2, PAGE_CONTACTS);
	while ((err = db_step(db, st)) == 1)
		ret_ids[n++] = (uint64_t)db_int(st, 0);
	return err < 0 ? err : n;
}

static int mend_one(struct mending *m, uint64_t interaction)
{
	enum refold_result result = REFOLD_SAME;
	char why[REFOLD_WHY_SIZE];
	int err = refold_check(&m->refold, interaction, &result, why);

	m->looked++;
	if (err == -EUCLEAN) /* an event with an unreadable text: the rest stays as it is */
		return 0;
	if (err < 0 || (result != REFOLD_LESS && (result != REFOLD_DIFFERS || m->has_gaps)))
		return err;
	err = db_begin(&m->db);
	if (err == 0)
		err = refold_write(&m->refold, interaction, &m->db);
	if (err == 0)
		err = db_commit(&m->db);
	if (err < 0)
		db_rollback(&m->db);
	m->mended += err == 0;
	return err;
}

static int mend_all(struct mending *m, const struct rescue_watch *watch)
{
	uint64_t ids[PAGE_CONTACTS], after = 0;
	int n, err = 0;

	while ((n = next_contacts(&m->db, after, ids)) > 0 && err == 0) {
		for (int i = 0; i < n && err == 0; i++)
			err = mend_one(m, ids[i]);
		after = ids[n - 1];
		if (watch && watch->on_step)
			watch->on_step("history", m->looked, 0, watch->arg);
	}
	return err < 0 ? err : n < 0 ? n : 0;
}

int rescue_mend(const char *directory, const struct rescue_watch *watch, struct rescue_report *report,
	char ret_why[static RESCUE_WHY_SIZE])
{
	struct mending m = {.has_gaps = report->gaps.len > 0};
	char path[DB_PATH_MAX];

	int err = str_printf(path, sizeof(path), "%s/markaz.db", directory) < 0 ? -ENAMETOOLONG : 0;
	if (err == 0)
		err = store_reader_open(&m.rd, directory);
	if (err == 0)
		err = refold_open(&m.refold, m.rd);
	if (err == 0)
		err = db_open(&m.db, path, DB_WRITE);
	if (err == 0)
		err = mend_all(&m, watch);
	if (err < 0)
		str_printf(ret_why, RESCUE_WHY_SIZE, "%s: the history cannot be folded anew: %s", directory,
			strerror(-err));
	refold_close(&m.refold);
	store_reader_close(m.rd);
	if (m.db.backend)
		db_close(&m.db);
	report->mended = m.mended;
	return err;
}

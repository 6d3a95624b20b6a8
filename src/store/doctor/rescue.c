/* See rescue.h. Three sweeps: the tree of each table; then pages that no tree reaches, by what is on them;
 * and, when the log of the database is damaged, earlier contents of pages, for events only. What was found
 * first stays. */
#include "store/doctor/rescue.h"
#include "base/disk.h"
#include "base/alloc.h"
#include "base/jsonx.h"
#include "base/str.h"
#include "store/migrate.h"
#include "store/doctor/rescue_parts.h"
#include "store/doctor/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH_ROWS 20000
#define STEP_ROWS 5000 /* between two words to the watcher */
#define TABLES_MAX 128

struct rescue {
	const char *directory;
	struct survey survey;
	struct db db; /* the new one */
	struct rescue_report report;
	struct rescue_watch watch;
	int tables[TABLES_MAX]; /* of the survey -> of the report, -1: none yet */
	uint64_t in_batch, taken;
	bool is_event_index;
	bool has_event_tree; /* the table of events, walked from its root, had rows */
	int64_t index_seq;   /* the highest number the index of events speaks of */
};

static void tell(struct rescue *r, const char *what, uint64_t done, uint64_t all)
{
	if (r->watch.on_step)
		r->watch.on_step(what, done, all, r->watch.arg);
}

/* --- rows
 * -----------------------------------------------------------------------------------------------------------
 */
struct copying {
	struct rescue *r;
	size_t table; /* of the survey */
};

static struct rescue_table *figures_of(struct rescue *r, size_t table)
{
	struct rescue_table t = {0};

	if (r->tables[table] < 0) {
		str_put(t.name, sizeof(t.name), r->survey.tables.at[table].name);
		if (VEC_PUSH(&r->report.tables, t) < 0)
			return NULL;
		r->tables[table] = (int)r->report.tables.len - 1;
	}
	return &r->report.tables.at[r->tables[table]];
}

static int prepare_insert(struct rescue *r, const struct survey_table *t, int n, struct db_statement **ret_st)
{
	_cleanup_text_ struct text sql = {0};

	text_printf(&sql, "INSERT INTO \"%s\" (", t->name);
	for (int i = 0; i < n; i++)
		text_printf(&sql, "%s\"%s\"", i ? ", " : "", t->columns[i].name);
	text_add(&sql, ") VALUES (");
	for (int i = 0; i < n; i++)
		text_add(&sql, i ? ", ?" : "?");
	text_add(&sql, ") ON CONFLICT DO NOTHING");
	return sql.failed ? -ENOMEM : db_prepare(&r->db, sql.data, ret_st);
}

static void bind_value(struct db_statement *st, int index, const struct survey_column *c,
	const struct salvage_row *row, const struct salvage_value *v)
{
	if (c->is_key)
		db_bind_int(st, index, row->key);
	else if (v->kind == SALVAGE_INT)
		db_bind_int(st, index, v->number);
	else if (v->kind == SALVAGE_TEXT)
		db_bind_text_n(st, index, (const char *)v->data, v->n);
	else if (v->kind == SALVAGE_BLOB)
		db_bind_blob(st, index, v->data, v->n);
	else
		db_bind_int_null(st, index);
}

/* What a new database brings along makes room for what the old one had. */
static int clear_defaults(struct rescue *r, const char *table)
{
	_cleanup_text_ struct text sql = {0};

	text_printf(&sql, "DELETE FROM \"%s\"", table);
	return sql.failed ? -ENOMEM : db_exec(&r->db, sql.data);
}

static int copy_row(const struct salvage_row *row, void *arg)
{
	struct copying *c = arg;
	struct rescue *r = c->r;
	const struct survey_table *t = &r->survey.tables.at[c->table];
	struct rescue_table *figures = figures_of(r, c->table);
	struct db_statement *st;
	int err = figures ? 0 : -ENOMEM;

	if (err == 0 && !survey_fits(t, row)) {
		figures->rows_lost++;
		return 0;
	}
	if (err == 0 && figures->rows == 0)
		err = clear_defaults(r, t->name);
	if (err == 0)
		err = prepare_insert(r, t, row->n, &st);
	for (int i = 0; i < row->n && err == 0; i++)
		bind_value(st, i + 1, &t->columns[i], row, &row->values[i]);
	if (err == 0)
		err = db_run(&r->db, st);
	if (err == -EEXIST) { /* a NULL where none may be, or the like */
		figures->rows_lost++;
		return 0;
	}
	if (err < 0)
		return err;
	figures->rows += db_changes(&r->db) > 0;
	if (++r->taken % STEP_ROWS == 0)
		tell(r, t->name, figures->rows, 0);
	if (++r->in_batch < BATCH_ROWS)
		return 0;
	r->in_batch = 0;
	err = db_commit(&r->db);
	return err < 0 ? err : db_begin(&r->db);
}

static bool is_ours(const struct salvage_row *row, void *arg)
{
	const struct copying *c = arg;

	return survey_fits(&c->r->survey.tables.at[c->table], row);
}

/* --- the sweeps
 * --------------------------------------------------------------------------------------------------------
 */
static int copy_trees(struct rescue *r)
{
	struct survey *v = &r->survey;
	int err = 0;

	for (size_t i = 0; i < v->tables.len && err == 0; i++) {
		struct copying c = {r, i};
		size_t before = v->salvage.losses.len;
		if (!v->tables.at[i].root)
			continue;
		tell(r, v->tables.at[i].name, 0, 0);
		err = salvage_tree(&v->salvage, v->tables.at[i].root, is_ours, copy_row, &c);
		if (str_equal(v->tables.at[i].name, "event"))
			r->has_event_tree = r->tables[i] >= 0 && r->report.tables.at[r->tables[i]].rows > 0;
		struct rescue_table *figures = v->salvage.losses.len > before ? figures_of(r, i) : NULL;
		for (size_t k = before; figures && k < v->salvage.losses.len; k++) {
			figures->pages_lost += !v->salvage.losses.at[k].is_row;
			figures->rows_lost += v->salvage.losses.at[k].is_row;
		}
	}
	return err;
}

static int on_index_row(const struct salvage_row *row, void *arg)
{
	struct rescue *r = arg;
	const struct salvage_value *seq = &row->values[row->n - 1];

	if (r->is_event_index && row->n == 2 && seq->kind == SALVAGE_INT && seq->number > r->index_seq)
		r->index_seq = seq->number;
	return 0;
}

/* Indexes are made anew; they are walked so that their pages do not look left over, and for what they know.
 */
static int walk_indexes(struct rescue *r)
{
	struct survey *v = &r->survey;
	int err = 0;

	for (size_t i = 0; i < v->roots.len && err == 0; i++) {
		const struct survey_root *root = &v->roots.at[i];
		r->is_event_index = str_equal(root->name, "event_of_interaction");
		if (!survey_table(v, root->name) && !str_equal(root->name, "schema_migration"))
			err = salvage_tree(&v->salvage, root->root, NULL, on_index_row, r);
	}
	return err;
}

/* Whether rows with this key are missing in the table. hint: the loss found for the row before. */
static bool is_missing(const struct survey *v, const struct survey_table *t, int64_t key, size_t *hint)
{
	size_t n = v->salvage.losses.len;

	if (!t->root)
		return true;
	for (size_t i = 0; i < n; i++) {
		size_t k = (*hint + i) % n;
		const struct salvage_loss *l = &v->salvage.losses.at[k];
		if (l->root == t->root && (key > l->low || l->low == INT64_MIN) && key <= l->high) {
			*hint = k;
			return true;
		}
	}
	return false;
}

struct vote { /* which tables the rows of a page fit */
	const struct survey *survey;
	bool is_out[TABLES_MAX]; /* a row does not fit */
	int fitting[TABLES_MAX]; /* rows that do */
	size_t hint[TABLES_MAX];
};

static int on_vote(const struct salvage_row *row, void *arg)
{
	struct vote *vote = arg;

	for (size_t i = 0; i < vote->survey->tables.len; i++) {
		const struct survey_table *t = &vote->survey->tables.at[i];
		if (vote->is_out[i])
			continue;
		if (!t->is_keyed || !is_missing(vote->survey, t, row->key, &vote->hint[i]))
			vote->is_out[i] = true;
		else if (survey_fits(t, row))
			vote->fitting[i]++;
		else if (!row->is_split) /* of a split one, the part elsewhere may be damaged */
			vote->is_out[i] = true;
	}
	return 0;
}

/* A page that no tree reached: whose rows are they? */
static int copy_left_page(struct rescue *r, uint32_t page)
{
	struct vote vote = {.survey = &r->survey};
	struct copying c = {r, 0};
	int candidates = 0, err = salvage_page(&r->survey.salvage, page, false, on_vote, &vote);

	for (size_t i = 0; i < r->survey.tables.len && err == 0; i++)
		if (!vote.is_out[i] && vote.fitting[i]) {
			c.table = i;
			candidates++;
		}
	if (err < 0 || candidates == 0)
		return err;
	if (candidates > 1) {
		r->report.unclear_pages++;
		return 0;
	}
	return salvage_page(&r->survey.salvage, page, true, copy_row, &c);
}

static int find_copied_roots(struct rescue *r)
{
	uint32_t roots[TABLES_MAX];
	int n = 0;

	VEC_EACH(&r->survey.tables, i)
	if (r->survey.tables.at[i].root && n < TABLES_MAX)
		roots[n++] = r->survey.tables.at[i].root;
	return salvage_find_copies(&r->survey.salvage, roots, n);
}

static int copy_left(struct rescue *r)
{
	uint32_t count = r->survey.salvage.f.count;
	int err = find_copied_roots(r);

	for (uint32_t page = 2; page <= count && err == 0; page++) {
		if (page % STEP_ROWS == 0)
			tell(r, "pages left over", page, count);
		if (salvage_is_left(&r->survey.salvage, page))
			err = copy_left_page(r, page);
	}
	return err;
}

static int on_earlier_row(const struct salvage_row *row, void *arg)
{
	const struct copying *c = arg;

	return survey_fits(&c->r->survey.tables.at[c->table], row) ? copy_row(row, arg) : 0;
}

/* Events never change but by an erasure, so that an earlier content of a page is as good; of other rows it
 * would be an old state. */
static int copy_earlier(struct rescue *r)
{
	const struct survey_table *event = survey_table(&r->survey, "event");
	struct copying c = {r, (size_t)(event - r->survey.tables.at)};

	if (!event || r->survey.salvage.f.frames_bad == 0)
		return 0;
	return salvage_earlier(&r->survey.salvage, on_earlier_row, &c);
}

/* --- what is missing
 * ----------------------------------------------------------------------------------------------------
 */
static int add_gap(struct rescue *r, uint64_t first, uint64_t last)
{
	return first > last ? 0 : VEC_PUSH(&r->report.gaps, (struct rescue_gap){first, last});
}

/* The greatest number in a column of the new database, if it has such a table. */
static uint64_t greatest(struct rescue *r, const char *table, const char *column)
{
	char sql[128];
	int64_t value = 0;

	str_printf(sql, sizeof(sql), "SELECT max(%s) FROM %s", column, table);
	if (survey_table(&r->survey, table))
		db_read_int(&r->db, &value, sql, 0);
	return value > 0 ? (uint64_t)value : 0;
}

/* There were events up to here: the index of events knows, and so do the commit mark and notes. */
static uint64_t known_end(struct rescue *r)
{
	uint64_t ends[] = {r->index_seq > 0 ? (uint64_t)r->index_seq : 0,
		greatest(r, "store_mark", "last_seq"), greatest(r, "note", "seq")};

	for (int i = 1; i < 3; i++)
		ends[0] = ends[i] > ends[0] ? ends[i] : ends[0];
	return ends[0];
}

/* The first event there must be: behind the archives, else the first row if its page is the first of the
 * table, else 1. */
static uint64_t known_start(struct rescue *r, uint64_t archived_seq, uint64_t first)
{
	const struct survey_table *event = survey_table(&r->survey, "event");
	bool is_lost = !event || !event->root || !r->has_event_tree;

	if (event)
		VEC_EACH(&r->survey.salvage.losses, i)
		{
			const struct salvage_loss *l = &r->survey.salvage.losses.at[i];
			is_lost = is_lost || (l->root == event->root && l->low == INT64_MIN);
		}
	r->report.is_start_known = !is_lost || archived_seq > 0;
	return archived_seq ? archived_seq + 1 : is_lost ? 1 : first;
}

static int find_gaps(struct rescue *r, uint64_t archived_seq)
{
	struct db_statement *st;
	uint64_t next = 0;
	int bad = 0, err = db_prepare(&r->db, "SELECT seq FROM event ORDER BY seq", &st);

	while (err == 0 && (err = db_step(&r->db, st)) == 1) {
		uint64_t seq = (uint64_t)db_int(st, 0);
		if (!next) {
			r->report.first_seq = seq;
			next = known_start(r, archived_seq, seq);
		}
		bad = add_gap(r, next, seq - 1);
		if (bad < 0) {
			db_reset(st);
			return bad;
		}
		next = seq + 1;
		r->report.last_seq = seq;
		r->report.events++;
		err = 0;
	}
	if (err < 0)
		return err;
	if (!next)
		next = known_start(r, archived_seq, 1);
	uint64_t end = known_end(r);
	r->report.known_seq = end > r->report.last_seq ? end : r->report.last_seq;
	return add_gap(r, next, r->report.known_seq);
}

int rescue_keep_gaps(struct db *db, const struct rescue_report *report)
{
	_cleanup_text_ struct text list = {0};
	struct db_statement *st;

	if (report->gaps.len == 0)
		return 0;
	VEC_EACH(&report->gaps, i)
	text_printf(&list, "%s[%llu,%llu]", i ? "," : "[", (unsigned long long)report->gaps.at[i].first,
		(unsigned long long)report->gaps.at[i].last);
	text_add(&list, "]");
	int err = list.failed
			  ? -ENOMEM
			  : db_prepare(db,
				    "INSERT INTO fact (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE "
				    "SET value = excluded.value",
				    &st);
	if (err < 0)
		return err;
	db_bind_text(st, 1, RESCUE_FACT);
	db_bind_text(st, 2, list.data);
	return db_run(db, st);
}

static int list_pages(struct rescue *r)
{
	int err = 0;

	for (size_t i = 0; i < r->survey.salvage.losses.len && err == 0; i++) {
		const struct salvage_loss *l = &r->survey.salvage.losses.at[i];
		struct rescue_page page = {.page = l->page, .why = l->why};
		str_put(page.table, sizeof(page.table), survey_name(&r->survey, l->root));
		err = VEC_PUSH(&r->report.pages, page);
	}
	return err;
}

int rescue_known_losses(struct db *db, uint64_t first, uint64_t last, uint64_t *ret_lost)
{
	_cleanup_json_ json_t *list = NULL;
	struct db_statement *st;
	json_t *gap;
	size_t i;
	uint64_t lost = 0;
	int err = db_prepare(db, "SELECT value FROM fact WHERE key = ?", &st);

	if (err < 0)
		return err;
	db_bind_text(st, 1, RESCUE_FACT);
	err = db_step(db, st);
	if (err == 1) {
		list = json_loads(db_text(st, 0), 0, NULL);
		db_reset(st);
	}
	json_array_foreach(list, i, gap)
	{
		uint64_t from = (uint64_t)json_integer_value(json_array_get(gap, 0));
		uint64_t to = (uint64_t)json_integer_value(json_array_get(gap, 1));
		from = from < first ? first : from;
		to = to > last ? last : to;
		lost += to >= from ? to - from + 1 : 0;
	}
	if (err >= 0)
		*ret_lost = lost;
	return err < 0 ? err : 0;
}

/* --- the whole
 * --------------------------------------------------------------------------------------------------------
 */
static int copy_all(struct rescue *r)
{
	int err = db_begin(&r->db);

	if (err == 0)
		err = copy_trees(r);
	if (err == 0)
		err = walk_indexes(r);
	if (err == 0)
		err = copy_left(r);
	if (err == 0)
		err = copy_earlier(r);
	return err == 0 ? db_commit(&r->db) : err;
}

/* Facts that may be lost must not promise anything: all events are looked through again for texts in clear
 * (person_old.c). */
static int distrust_facts(struct rescue *r)
{
	const struct survey_table *fact = survey_table(&r->survey, "fact");
	bool is_lost = !fact || !fact->root;

	if (fact)
		VEC_EACH(&r->survey.salvage.losses, i)
	is_lost = is_lost || r->survey.salvage.losses.at[i].root == fact->root;
	if (!is_lost)
		return 0;
	return db_exec(&r->db,
		"DELETE FROM fact WHERE key IN ('people_plain_seq', 'people_sealed_seq');"
		"INSERT INTO fact (key, value) SELECT 'people_plain_seq', CAST(last AS TEXT) FROM "
		"(SELECT max(seq) AS last FROM event) AS t WHERE last > 0");
}

static int conclude(struct rescue *r, const char *target)
{
	int64_t archived = 0;
	int err = migrate(&r->db, target, 0); /* the fold writes the present tables */

	if (err == 0)
		err = db_begin(&r->db);
	if (err == 0)
		err = rescue_list_archives(&r->db, r->directory);
	if (err == 0)
		err = db_commit(&r->db);
	if (err == 0)
		err = db_read_int(&r->db, &archived, "SELECT coalesce(max(last_seq), 0) FROM archive", 0);
	if (err >= 0)
		err = find_gaps(r, (uint64_t)archived);
	if (err == 0)
		err = db_begin(&r->db);
	if (err == 0)
		err = rescue_keep_gaps(&r->db, &r->report);
	if (err == 0)
		err = distrust_facts(r);
	if (err == 0)
		err = db_commit(&r->db);
	if (err == 0)
		err = list_pages(r);
	return err;
}

static int rescue_into(struct rescue *r, const char *target)
{
	int err = db_open(&r->db, target, DB_WRITE);

	if (err == 0)
		err = migrate(&r->db, target, r->survey.schema);
	if (err == 0)
		err = copy_all(r);
	if (err == 0)
		err = conclude(r, target);
	return err;
}

void rescue_remove(const char *target)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char path[DB_PATH_MAX + 8];

	for (int i = 0; i < 3; i++)
		if (str_printf(path, sizeof(path), "%s%s", target, ends[i]) == 0)
			unlink(path);
}

int rescue_events(const char *path, const char *temp)
{
	struct rescue r = {.directory = ""};
	int err = survey_open(&r.survey, path);

	if (err < 0)
		return err;
	for (int i = 0; i < TABLES_MAX; i++)
		r.tables[i] = -1;
	err = r.survey.tables.len > TABLES_MAX ? -E2BIG : db_open(&r.db, temp, DB_WRITE);
	if (err == 0)
		err = db_exec(&r.db,
			"CREATE TABLE event (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, type "
			"INTEGER NOT NULL, interaction INTEGER NOT NULL, data TEXT NOT NULL)");
	if (err == 0)
		err = copy_all(&r);
	if (r.db.backend)
		db_close(&r.db);
	survey_close(&r.survey);
	rescue_report_free(&r.report);
	return err;
}

int rescue_database(const char *directory, const char *target, const struct rescue_watch *watch,
	struct rescue_report *ret_report, char ret_why[static RESCUE_WHY_SIZE])
{
	struct rescue r = {.directory = directory, .watch = watch ? *watch : (struct rescue_watch){0}};
	char path[DB_PATH_MAX];

	for (int i = 0; i < TABLES_MAX; i++)
		r.tables[i] = -1;
	if (str_printf(path, sizeof(path), "%s/markaz.db", directory) < 0) {
		str_printf(ret_why, RESCUE_WHY_SIZE, "%s: the name is too long", directory);
		return -ENAMETOOLONG;
	}
	int fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		str_printf(ret_why, RESCUE_WHY_SIZE, "%s: %s", target, strerror(errno));
		return -errno;
	}
	close(fd);
	int err = survey_open(&r.survey, path);
	if (err < 0) {
		str_printf(ret_why, RESCUE_WHY_SIZE, "%s: %s", path,
			err == -EUCLEAN ? "not a single page of it can be read" : strerror(-err));
		rescue_remove(target);
		return err;
	}
	err = r.survey.tables.len > TABLES_MAX ? -E2BIG : rescue_into(&r, target);
	if (err < 0)
		str_printf(ret_why, RESCUE_WHY_SIZE, "%s cannot be written: %s", target, strerror(-err));
	bool is_log_damaged = r.survey.salvage.f.frames_bad > 0;
	if (r.db.backend)
		db_close(&r.db);
	survey_close(&r.survey);
	if (err == 0)
		err = disk_sync(target);
	if (err < 0) {
		rescue_report_free(&r.report);
		rescue_remove(target);
		return err;
	}
	r.report.is_log_damaged = is_log_damaged;
	*ret_report = r.report;
	return 0;
}

void rescue_report_free(struct rescue_report *r)
{
	VEC_FREE(&r->gaps);
	VEC_FREE(&r->tables);
	VEC_FREE(&r->pages);
}

/* See refold.h. */
#include "store/doctor/refold.h"
#include "base/id.h"
#include "base/str.h"
#include "store/log/fold.h"
#include "store/log/log.h"
#include "store/migrate.h"

#include <errno.h>
#include <stdio.h>

/* What is compared. Columns from `personal` on may be blank where the fold has something. */
static const struct part {
	const char *table, *columns, *key, *order;
	int personal; /* how many columns come before */
} parts[] = {
	{"interaction",
		"id, tenant, channel, direction, trunk, started_ms, ended_ms, reason, duration_ms, sip_code, "
		"result, queue, agent, wait_ms, talk_ms, hold_ms, acw_ms, disposition, recordings, chosen, "
		"from_number, to_number, name, number_key, person",
		"id", "id", 19},
	{"segment",
		"id, tenant, interaction_started_ms, queue, agent, result, queued_ms, answered_ms, ended_ms, "
		"reason, wait_ms, ring_ms, talk_ms, hold_ms, acw_ms, holds, disposition, notes",
		"interaction", "id", 17},
	{"recording",
		"id, tenant, kind, started_ms, duration_ms, reason, queue, hash, format, lost_ms, bytes, "
		"path",
		"interaction", "id", 10},
	{"note", "seq, tenant, at_ms, agent, disposition, text", "interaction", "seq", 5},
};
#define ATTEMPTS 3
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

int refold_open(struct refold *r, struct store_reader *rd)
{
	*r = (struct refold){.rd = rd}; /* in its place: statements know where their database is */
	int err = db_open(&r->model, ":memory:", DB_WRITE);

	if (err == 0)
		err = migrate(&r->model, ":memory:", 0);
	if (err < 0)
		refold_close(r);
	return err;
}

void refold_close(struct refold *r)
{
	if (r->model.backend)
		db_close(&r->model);
	*r = (struct refold){0};
}

struct folding {
	struct refold *r;
	struct db *db;
	int err;
	uint64_t events;
	bool has_start;
};

static bool on_row(const struct log_row *row, void *arg)
{
	struct folding *f = arg;
	struct arena arena = {0};
	struct event e;

	f->err = log_decode(f->r->rd, row, &arena, &e);
	if (f->err == 0 && f->events++ == 0)
		f->has_start = e.type == EVENT_INTERACTION_STARTED;
	if (f->err == 0 && f->has_start)
		f->err = fold_event(f->db, &e);
	arena_free(&arena);
	return f->err == 0 && f->has_start;
}

static int fold_contact(struct refold *r, uint64_t interaction, struct db *db, bool *ret_has_start)
{
	struct folding f = {.r = r, .db = db};
	int64_t started_ms = id_wall_ms(interaction);
	int err = db_read_int(&r->rd->db, &started_ms, "SELECT started_ms FROM interaction WHERE id = ?", 1,
		(int64_t)interaction);

	if (err >= 0)
		err = log_rows_of(r->rd, interaction, started_ms, REFOLD_EVENTS_MAX, on_row, &f);
	*ret_has_start = f.has_start;
	return f.err < 0 ? f.err : err < 0 ? err : 0;
}

/* Removes what the tables say of the contact; interaction 0: of all. */
static int forget(struct db *db, uint64_t interaction)
{
	char sql[128];
	int err = 0;

	for (size_t i = 0; i < N_PARTS && err == 0; i++) {
		str_printf(sql, sizeof(sql), "DELETE FROM %s%s%s%s", parts[i].table,
			interaction ? " WHERE " : "", interaction ? parts[i].key : "",
			interaction ? " = ?" : "");
		err = db_run_ints(db, sql, interaction ? 1 : 0, (int64_t)interaction);
	}
	return err;
}

static int select_part(
	struct db *db, const struct part *p, uint64_t interaction, struct db_statement **ret_st)
{
	char sql[512];

	str_printf(sql, sizeof(sql), "SELECT %s FROM %s WHERE %s = ? ORDER BY %s", p->columns, p->table,
		p->key, p->order);
	int err = db_prepare(db, sql, ret_st);
	if (err == 0)
		db_bind_int(*ret_st, 1, (int64_t)interaction);
	return err;
}

static bool is_blank(const char *text)
{
	return !text || !*text || str_equal(text, "[]");
}

static int count_columns(const char *columns)
{
	int n = 1;

	for (; *columns; columns++)
		n += *columns == ',';
	return n;
}

/* The name of the i-th in "a, b, c". */
static void column_name(const char *columns, int i, char *ret_name, size_t size)
{
	for (; i > 0; i--)
		columns = strchr(columns, ',') + 2;
	str_put_n(ret_name, size, columns, strcspn(columns, ","));
}

static enum refold_result compare_row(
	const struct part *p, struct db_statement *is, struct db_statement *wanted, char *ret_why)
{
	char name[64];

	for (int i = 0; i < count_columns(p->columns); i++) {
		const char *a = db_text(is, i), *b = db_text(wanted, i);
		if (str_equal(a, b) || (i >= p->personal && is_blank(a)))
			continue;
		column_name(p->columns, i, name, sizeof(name));
		if (i < p->personal)
			str_printf(ret_why, REFOLD_WHY_SIZE, "%s.%s is %.60s, the log says %.60s", p->table,
				name, a ? a : "nothing", b ? b : "nothing");
		else /* what people said or wrote is not for a report */
			str_printf(
				ret_why, REFOLD_WHY_SIZE, "%s.%s is not what the log says", p->table, name);
		return !a && str_equal(name, "ended_ms") ? REFOLD_LESS : REFOLD_DIFFERS;
	}
	return REFOLD_SAME;
}

static int compare(struct refold *r, const struct part *p, uint64_t interaction,
	enum refold_result *ret_result, char *ret_why)
{
	enum refold_result result = REFOLD_SAME;
	struct db_statement *is, *wanted;
	int has = 0, wants = 0;
	int err = select_part(&r->rd->db, p, interaction, &is);

	if (err == 0)
		err = select_part(&r->model, p, interaction, &wanted);
	if (err < 0)
		return err;
	do {
		has = db_step(&r->rd->db, is);
		wants = has < 0 ? 0 : db_step(&r->model, wanted);
		if (has == 1 && wants == 1)
			result = compare_row(p, is, wanted, ret_why);
	} while (has == 1 && wants == 1 && result == REFOLD_SAME);
	if (has >= 0 && wants >= 0 && has != wants) {
		str_printf(ret_why, REFOLD_WHY_SIZE, "%s has a row %s", p->table,
			has ? "that is not in the log" : "less than the log says");
		result = has ? REFOLD_DIFFERS : REFOLD_LESS;
	}
	db_reset(is);
	db_reset(wanted);
	*ret_result = result;
	return has < 0 ? has : wants < 0 ? wants : 0;
}

static int check(struct refold *r, uint64_t interaction, enum refold_result *ret_result, char *ret_why)
{
	enum refold_result result = REFOLD_SAME;
	bool has_start = false;
	int err = forget(&r->model, 0);

	if (err == 0)
		err = fold_contact(r, interaction, &r->model, &has_start);
	for (size_t i = 0; i < N_PARTS && err == 0 && has_start && result == REFOLD_SAME; i++)
		err = compare(r, &parts[i], interaction, &result, ret_why);
	if (err == 0)
		*ret_result = has_start ? result : REFOLD_UNKNOWN;
	return err;
}

int refold_check(struct refold *r, uint64_t interaction, enum refold_result *ret_result,
	char ret_why[static REFOLD_WHY_SIZE])
{
	enum refold_result result = REFOLD_SAME;
	int err = 0;

	/* Events and rows are read one after the other: what a server wrote in between is no difference. */
	for (int i = 0; i < ATTEMPTS && err == 0; i++) {
		err = check(r, interaction, &result, ret_why);
		if (result == REFOLD_SAME || result == REFOLD_UNKNOWN)
			break;
	}
	if (err == 0)
		*ret_result = result;
	return err;
}

int refold_write(struct refold *r, uint64_t interaction, struct db *db)
{
	bool has_start;
	int err = forget(db, interaction);

	return err < 0 ? err : fold_contact(r, interaction, db, &has_start);
}

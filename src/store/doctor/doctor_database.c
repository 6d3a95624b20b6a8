/* The doctor's look at the database as such: can it be opened, is it whole page by page, how is the server
 * set, does the key fit. */
#include "base/alloc.h"
#include "base/str.h"
#include "db/sqlite.h"
#include "store/doctor/doctor_parts.h"
#include "store/migrate.h"
#include "store/doctor/survey.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define LINES_MAX 20 /* of SQLite's own words */

/* --- opening
 * --------------------------------------------------------------------------------------------------------
 */
static void look_at_schema(struct doctor *d)
{
	int64_t last = 0;
	int known = 0;
	int err = db_read_int(&d->rd->db, &last, "SELECT coalesce(max(number), 0) FROM schema_migration", 0);

	while (migrations[known].number)
		known++;
	if (err < 0)
		doctor_unreadable(d, err, "the version of the schema");
	else if (last > known)
		doctor_say(d, DOCTOR_DAMAGE, "install that version again",
			"the database was made by a newer version (schema %lld, this one knows %d)",
			(long long)last, known);
	else
		doctor_say(d, DOCTOR_FINE, NULL, "%s opens, schema %lld%s", d->rd->db.where, (long long)last,
			last < known ? " (the server brings it forward at its next start)" : "");
	if (err < 0 || last != known) { /* what follows asks for the present tables */
		store_reader_close(d->rd);
		d->rd = NULL;
	}
}

/* Whether something lies in the log beside the file, which closing it would move. */
static bool has_log(const char *path)
{
	char log[STORE_WHERE_MAX + 8];
	struct stat st;

	return str_printf(log, sizeof(log), "%s-wal", path) == 0 && stat(log, &st) == 0 && st.st_size > 0;
}

void doctor_database(struct doctor *d)
{
	struct stat st;
	int err = store_where(d->directory, d->where);

	d->is_server = err == 0 && db_is_server(d->where);
	if (err == 0 && !d->is_server && stat(d->where, &st) < 0) {
		doctor_say(d, DOCTOR_DAMAGE,
			"name the right data directory, or restore a backup into a new one",
			"there is no database in %s", d->directory);
		return;
	}
	bool has_rows_in_log = err == 0 && !d->is_server && has_log(d->where);
	if (err == 0)
		err = store_reader_open(&d->rd, d->directory);
	if (err < 0) {
		d->is_damaged = err == -EUCLEAN && !d->is_server;
		doctor_say(d, DOCTOR_DAMAGE,
			!d->has_key	   ? "secret.key first, see above"
			: d->is_damaged	   ? DOCTOR_RESTORE
			: err == -ENOTCONN ? "see that the database server runs and can be reached"
			: err == -EACCES
				? "see that address, user and password in the file `database` are right"
				: NULL,
			"the database cannot be opened: %s",
			err == -EUCLEAN ? "it is damaged, or no database of Markaz" : strerror(-err));
		return;
	}
	if (has_rows_in_log)
		sqlite_keep_log(&d->rd->db); /* looking changes nothing */
	look_at_schema(d);
}

/* --- pages of a file
 * ------------------------------------------------------------------------------------------------
 */
static void name_event_page(struct doctor *d, const struct salvage_loss *l)
{
	char from[32] = "the first one kept", to[32] = "the last one";

	if (l->low != INT64_MIN)
		str_printf(from, sizeof(from), "%lld", (long long)l->low + 1);
	if (l->high != INT64_MAX)
		str_printf(to, sizeof(to), "%lld", (long long)l->high);
	if (l->is_row)
		doctor_say(d, DOCTOR_DAMAGE, d->said ? NULL : DOCTOR_RESTORE,
			"page %u of markaz.db: %s: event %s", l->page, l->why, to);
	else
		doctor_say(d, DOCTOR_DAMAGE, d->said ? NULL : DOCTOR_RESTORE,
			"page %u of markaz.db %s: events %s to %s lie there", l->page, l->why, from, to);
}

struct rows {				  /* of a tree that is walked */
	const struct survey_table *table; /* NULL: an index */
	uint64_t strange;
};

static int judge_row(const struct salvage_row *row, void *arg)
{
	struct rows *rows = arg;

	rows->strange += rows->table && !survey_fits(rows->table, row);
	return 0;
}

static bool is_row_of(const struct salvage_row *row, void *arg)
{
	const struct rows *rows = arg;

	return !rows->table || survey_fits(rows->table, row);
}

/* Walks every tree by itself and names what is missing. Whether anything was named. */
static bool name_damage(struct doctor *d)
{
	struct survey v;
	struct rows rows = {0};
	int err = survey_open(&v, d->where);

	if (err < 0)
		return false;
	/* Tables first: they can tell their own pages. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < v.roots.len && err == 0; i++) {
			rows.table = survey_table(&v, v.roots.at[i].name);
			if ((rows.table == NULL) == (pass == 1) &&
				!str_equal(v.roots.at[i].name, "schema_migration"))
				err = salvage_tree(
					&v.salvage, v.roots.at[i].root, is_row_of, judge_row, &rows);
		}
	if (!v.salvage.f.is_header_good)
		doctor_say(d, DOCTOR_DAMAGE, DOCTOR_RESTORE,
			"the head of markaz.db (its first page) is damaged");
	if (v.salvage.f.in_header > v.salvage.f.count)
		doctor_say(d, DOCTOR_DAMAGE, d->said ? NULL : DOCTOR_RESTORE,
			"markaz.db is cut off: it has %u pages of %u", v.salvage.f.count,
			v.salvage.f.in_header);
	if (v.salvage.f.frames_bad)
		doctor_say(d, DOCTOR_DAMAGE, d->said ? NULL : DOCTOR_RESTORE,
			"markaz.db-wal has %u damaged frames among %u: what was written last is not seen any "
			"more",
			v.salvage.f.frames_bad, v.salvage.f.frames + v.salvage.f.frames_bad);
	VEC_EACH(&v.salvage.losses, i)
	{
		const struct salvage_loss *l = &v.salvage.losses.at[i];
		const char *name = survey_name(&v, l->root);
		if (str_equal(name, "event"))
			name_event_page(d, l);
		else
			doctor_say(d, DOCTOR_DAMAGE, d->said ? NULL : DOCTOR_RESTORE,
				"page %u of markaz.db (%s %s) %s", l->page,
				survey_table(&v, name) ? "table" : "index", name, l->why);
	}
	if (rows.strange)
		doctor_say(d, DOCTOR_DAMAGE, d->said ? NULL : DOCTOR_RESTORE,
			"%llu rows of markaz.db are not what their table holds",
			(unsigned long long)rows.strange);
	survey_close(&v);
	return d->said > 0;
}

/* SQLite's own check. 1 whole, 0 not, -errno; its words go to lines. */
static int ask_sqlite(struct doctor *d, struct text *lines)
{
	struct db_statement *st;
	int n = 0, err = db_prepare(&d->rd->db,
			   d->o->is_deep ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)", &st);

	while (err >= 0 && (err = db_step(&d->rd->db, st)) == 1) {
		const char *line = db_text(st, 0);
		if (n++ == 0 && str_equal(line, "ok")) {
			db_reset(st);
			return 1;
		}
		if (n <= LINES_MAX)
			text_printf(lines, "%s%s", lines->len ? "; " : "", line);
	}
	return err < 0 ? err : n == 0;
}

/* SQLite ends its reading of the log at the first damaged frame, and says nothing: what was committed behind
 * it is not seen. */
static void look_at_frames(struct doctor *d)
{
	struct pages_figures f;
	struct pages *p = NULL;

	if (pages_open(&p, d->where) < 0)
		return;
	pages_figures(p, &f);
	pages_close(p);
	if (f.frames_bad)
		doctor_say(d, DOCTOR_DAMAGE, DOCTOR_RESTORE,
			"markaz.db-wal has %u damaged frames among %u: what was written behind them is not "
			"seen any "
			"more",
			f.frames_bad, f.frames + f.frames_bad);
}

static void look_at_pages(struct doctor *d)
{
	_cleanup_text_ struct text lines = {0};
	int64_t pages = 0;
	int err = d->rd ? db_read_int(&d->rd->db, &pages, "PRAGMA page_count", 0) : -EUCLEAN;

	if (err >= 0 && pages > DOCTOR_PAGES_AT_ONCE && !d->o->is_deep) {
		doctor_say(
			d, DOCTOR_FINE, NULL, "not read through (%lld pages): --deep does", (long long)pages);
		return;
	}
	doctor_step(d, "pages", 0, (uint64_t)pages);
	if (err >= 0)
		err = ask_sqlite(d, &lines);
	if (err == 1 && !d->is_running)
		look_at_frames(d);
	if (err == 1 && d->said)
		return;
	if (err == 1) {
		doctor_say(d, DOCTOR_FINE, NULL, "all %lld pages of markaz.db are whole%s", (long long)pages,
			d->o->is_deep ? ", tables and indexes agree" : "");
		return;
	}
	d->is_damaged = true;
	/* A server that writes meanwhile would make a raw look see ghosts. */
	if (!d->is_running && name_damage(d))
		return;
	doctor_say(d, DOCTOR_DAMAGE, DOCTOR_RESTORE, "markaz.db is damaged: %.400s",
		lines.len ? lines.data : "its first pages cannot be read");
}

/* --- a server
 * -------------------------------------------------------------------------------------------------------
 */
static void look_at_setting(
	struct doctor *d, const char *name, const char *wanted, const char *todo, const char *what)
{
	struct db_statement *st;
	int err = db_prepare(&d->rd->db, "SELECT setting FROM pg_settings WHERE name = ?", &st);

	if (err < 0)
		return;
	db_bind_text(st, 1, name);
	if (db_step(&d->rd->db, st) == 1 && !str_equal(db_text(st, 0), wanted))
		doctor_say(d, DOCTOR_WARNING, todo, "PostgreSQL: %s is %s: %s", name, db_text(st, 0), what);
	db_reset(st);
}

/* Every index against its table, when the server can (extension amcheck). */
static void look_at_indexes(struct doctor *d)
{
	struct db *db = &d->rd->db;
	int64_t n = 0;
	int err = db_read_int(db, &n, "SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'", 0);

	if (err >= 0 && n == 0) {
		doctor_say(d, DOCTOR_FINE, NULL,
			"indexes are not compared with their tables: CREATE EXTENSION amcheck in this "
			"database "
			"lets the doctor do it");
		return;
	}
	doctor_step(d, "indexes", 0, 0);
	if (err >= 0)
		err = db_read_int(db, &n,
			"SELECT count(bt_index_check(i.indexrelid, true)::text) FROM pg_index AS i JOIN "
			"pg_class AS c "
			"ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam WHERE a.amname = 'btree' "
			"AND "
			"c.relkind = 'i' AND i.indisvalid AND c.relnamespace = "
			"current_schema()::regnamespace",
			0);
	if (err < 0)
		doctor_say(d, DOCTOR_DAMAGE,
			"REINDEX the index it names; when that does not help, restore the newest backup",
			"PostgreSQL: %s", *db->message ? db->message : strerror(-err));
	else
		doctor_say(d, DOCTOR_FINE, NULL, "all indexes agree with their tables");
}

static void look_at_server(struct doctor *d)
{
	if (!d->rd)
		return;
	look_at_setting(d, "fsync", "on", "set fsync = on in postgresql.conf",
		"a power cut can destroy the whole database");
	look_at_setting(d, "full_page_writes", "on", "set full_page_writes = on in postgresql.conf",
		"a power cut can leave half-written pages");
	look_at_setting(d, "data_checksums", "on", "stop it and run pg_checksums --enable",
		"pages that the disk spoils are not noticed");
	if (d->o->is_deep)
		look_at_indexes(d);
	if (!d->said)
		doctor_say(d, DOCTOR_FINE, NULL, "the server is set to lose nothing");
}

void doctor_pages(struct doctor *d)
{
	if (d->is_server)
		look_at_server(d);
	else if (*d->where && (d->rd || d->is_damaged))
		look_at_pages(d);
	else
		doctor_say(d, DOCTOR_FINE, NULL, "not looked at");
}

/* --- the key
 * -------------------------------------------------------------------------------------------------------
 */
void doctor_key_fits(struct doctor *d)
{
	struct db_statement *st;
	int64_t n = 0, foreign = 0;
	int err = db_prepare(
		&d->rd->db, "SELECT password FROM trunk WHERE password IS NOT NULL ORDER BY id", &st);

	while (err >= 0 && (err = db_step(&d->rd->db, st)) == 1) {
		char *clear = secret_decrypt(d->key, db_text(st, 0));
		foreign += !clear;
		n++;
		if (clear)
			sodium_memzero(clear, strlen(clear));
		alloc_free(clear);
	}
	if (err < 0)
		doctor_unreadable(d, err, "the trunks");
	else if (foreign)
		doctor_say(d, DOCTOR_DAMAGE,
			"put back the secret.key this database was used with (backups have it), or enter "
			"these "
			"passwords again",
			"secret.key is not the one that %lld of %lld trunk passwords were stored with",
			(long long)foreign, (long long)n);
	else if (n)
		doctor_say(d, DOCTOR_FINE, NULL, "secret.key opens all %lld trunk passwords", (long long)n);
	else
		doctor_say(d, DOCTOR_FINE, NULL, "there is no trunk password to try secret.key with");
}

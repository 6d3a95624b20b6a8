/* The chain of the audit log: made with every change, by old rows too, and broken by whatever is done past
 * the program. */
#include "base/str.h"
#include "store/rows/audit.h"
#include "store/store_fixture.h"
#include "store/write/writer.h"

#include <stdio.h>

#define WITH_STORE(f)                                                                                        \
	__attribute__((cleanup(fixture_remove))) struct fixture f;                                           \
	if (!fixture_open(&f))                                                                               \
	return

#define FORGET "DELETE FROM fact WHERE key = 'audit_chained';"

static bool make_rows(struct fixture *f, int n)
{
	char text[80];

	for (int i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "{\"name\": \"Team %d\"}", i);
		if (!fixture_create(f, "team", text, NULL))
			return false;
	}
	return true;
}

/* The first row that does not fit, -1 when it cannot be looked at. */
static int64_t broken(struct fixture *f)
{
	struct audit_verdict v;

	return audit_verify(&f->reader->db, &v) < 0 ? -1 : v.broken_id;
}

/* Past the program, as somebody with the database's password would. */
static int tamper(struct fixture *f, const char *sql)
{
	fixture_shut(f);
	return fixture_exec(f, sql) == 0 && fixture_reopen(f) ? 0 : -1;
}

TEST(changes_are_chained_and_the_log_knows_the_head)
{
	WITH_STORE(f);
	struct audit_verdict v;

	CHECK(make_rows(&f, 5));
	CHECK_INT(audit_verify(&f.reader->db, &v), 0);
	CHECK_INT(v.broken_id, 0);
	CHECK_INT(v.rows, 5);
	CHECK_INT(v.head.id, 5);
	CHECK_INT(audit_fits(&f.reader->db, &v.head), 1);
	v.head.hash[3] ^= 1;
	CHECK_INT(audit_fits(&f.reader->db, &v.head), 0);
}

static bool see_mark(const struct event *e, void *arg)
{
	struct audit_mark *last = arg;

	if (e->type == EVENT_CONFIG_CHANGED) {
		last->id = e->number;
		str_put(last->hash, sizeof(last->hash), e->text);
	}
	return true;
}

TEST(config_changed_says_number_and_hash_of_its_entry)
{
	WITH_STORE(f);
	struct audit_mark last = {0};

	CHECK(make_rows(&f, 3));
	CHECK_INT(store_events(f.reader, 1, 1000, see_mark, &last), 0);
	CHECK_INT(last.id, 3);
	CHECK_INT(audit_fits(&f.reader->db, &last), 1);
}

TEST(whatever_is_done_past_the_program_shows)
{
	static const struct {
		const char *sql;
		int64_t broken;
	} cases[] = {
		{"UPDATE audit SET action = 'deleted' WHERE id = 4", 4},
		{"UPDATE audit SET after = replace(after, 'Team 2', 'Team 9') WHERE id = 3", 3},
		{"UPDATE audit SET \"user\" = 99 WHERE id = 2", 2},
		{"UPDATE audit SET at_ms = at_ms + 1 WHERE id = 6", 6},
		{"DELETE FROM audit WHERE id = 5", 6},
		{"DELETE FROM audit WHERE id = 1", 2},
		{"UPDATE audit SET hash = before_hash WHERE id = 6", 6},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		WITH_STORE(f);
		CHECK(make_rows(&f, 6));
		CHECK_INT(broken(&f), 0);
		CHECK_INT(tamper(&f, cases[i].sql), 0);
		CHECK_INT(broken(&f), cases[i].broken);
	}
}

TEST(a_row_put_in_without_a_hash_is_seen)
{
	WITH_STORE(f);

	CHECK(make_rows(&f, 2));
	CHECK_INT(db_exec(&f.store->db,
			  "INSERT INTO audit (id, tenant, at_ms, resource, \"row\", action, hash) "
			  "VALUES (3, 1, 5, 'team', 7, 'created', 'abc')"),
		0);
	CHECK_INT(broken(&f), 3);
	CHECK_INT(tamper(&f, "UPDATE audit SET hash = NULL WHERE id = 3"), 0);
	CHECK_INT(broken(&f), 3);
}

TEST(a_changed_chain_does_not_fit_the_log)
{
	WITH_STORE(f);
	struct audit_mark last = {0};

	CHECK(make_rows(&f, 4));
	/* A clever hand: changes a row and has the whole chain made anew by the program itself. */
	CHECK_INT(
		tamper(&f,
			"UPDATE audit SET \"user\" = 99 WHERE id = 4; UPDATE audit SET hash = NULL;" FORGET),
		0);
	CHECK_INT(broken(&f), 0);
	CHECK_INT(store_events(f.reader, 1, 1000, see_mark, &last), 0);
	CHECK_INT(last.id, 4);
	CHECK_INT(audit_fits(&f.reader->db, &last), 0);
}

TEST(old_rows_are_chained_at_a_start)
{
	WITH_STORE(f);
	struct audit_verdict v;

	CHECK(make_rows(&f, 2));
	CHECK_INT(tamper(&f, FORGET
			  "UPDATE audit SET hash = NULL, before_hash = NULL, after_hash = NULL;"
			  "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) "
			  "INSERT INTO audit (id, tenant, at_ms, resource, \"row\", action, after) "
			  "SELECT i, 1, i, 'team', i, 'created', '{}' FROM n"),
		0);
	CHECK(make_rows(&f, 0));
	CHECK_INT(audit_verify(&f.reader->db, &v), 0);
	CHECK_INT(v.broken_id, 0);
	CHECK_INT(v.rows, 12000);
}

TEST(blanked_and_forgotten_rows_leave_the_chain_whole)
{
	WITH_STORE(f);
	struct audit_verdict v;

	CHECK(make_rows(&f, 8));
	CHECK_INT(audit_blank(&f.store->db, 5), 0);
	CHECK_INT(audit_verify(&f.reader->db, &v), 0);
	CHECK_INT(v.broken_id, 0);
	CHECK_INT(v.blanked, 1);
	CHECK_INT(audit_forget(&f.store->db, 6), 0);
	CHECK_INT(audit_verify(&f.reader->db, &v), 0);
	CHECK_INT(v.broken_id, 0);
	CHECK_INT(v.first_id, 7);
	CHECK_INT(v.rows, 2);
	CHECK_INT(audit_forget(&f.store->db, 100), 0);
	CHECK_INT(audit_verify(&f.reader->db, &v), 0);
	CHECK_INT(v.head.id, 8);
	CHECK(fixture_create(&f, "team", "{\"name\": \"After\"}", NULL));
	CHECK_INT(audit_verify(&f.reader->db, &v), 0);
	CHECK_INT(v.broken_id, 0);
	CHECK_INT(v.head.id, 9);
}

TEST(notes_are_entries_too)
{
	WITH_STORE(f);
	struct store_actor actor = {.tenant = 1, .user = 7, .address = "127.0.0.1", .agent = "test"};
	_cleanup_json_ json_t *details = json_pack("{s:s}", "login", "sara"), *rows = NULL;

	CHECK_INT(store_note_audit(f.store, &actor, "signed_in", "session", 7, details), 0);
	CHECK_INT(store_audit(f.reader, 1, 0, 10, &rows), 0);
	CHECK_INT((int64_t)json_array_size(rows), 1);
	CHECK_STR(jsonx_text(json_array_get(rows, 0), "action", ""), "signed_in");
	CHECK_INT(broken(&f), 0);
}

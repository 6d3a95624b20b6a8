/* Event rows into the log, and what follows from them into the tables people read: the only place that does.
 *
 * Invariant: called inside a transaction of the writer, with events in the order of their numbers. */
#include "base/alloc.h"
#include "base/str.h"
#include "store/log/fold.h"
#include "store/people/person.h"
#include "store/write/writer.h"

#include <errno.h>

#define COLUMNS 5

/* Event rows go to a server many in one statement: of so many, the most that there are. */
static const size_t sizes[] = {64, 16, 4, 1};

static size_t size_for(const struct store *s, size_t left)
{
	size_t i = 0;

	while (sizes[i] > left)
		i++;
	return db_is_postgres(&s->db) ? sizes[i] : 1;
}

static int prepare_rows(struct store *s, size_t n, struct db_statement **ret_statement)
{
	_cleanup_text_ struct text sql = {0};

	text_add(&sql, "INSERT INTO event (seq, at_ms, type, interaction, data) VALUES (?, ?, ?, ?, ?)");
	for (size_t i = 1; i < n; i++)
		text_add(&sql, ", (?, ?, ?, ?, ?)");
	return sql.failed ? -ENOMEM : db_prepare(&s->db, sql.data, ret_statement);
}

/* Row k of the statement, and what follows from the event. */
static int append_one(struct store *s, struct db_statement *st, size_t k, struct pending *p)
{
	_cleanup_alloc_ char *sealed = NULL;
	int at = (int)k * COLUMNS, err = person_seal_event(s, p, &sealed);

	if (err < 0)
		return err;
	db_bind_int(st, at + 1, (int64_t)p->e.seq);
	db_bind_int(st, at + 2, p->e.at_ms);
	db_bind_int(st, at + 3, (int)p->e.type);
	db_bind_int(st, at + 4, (int64_t)p->e.interaction);
	db_bind_text(st, at + 5, sealed ? sealed : p->data);
	return fold_event(&s->db, &p->e);
}

int append_events(struct store *s, struct pending *const *list, size_t n, struct mark_clock *clock)
{
	struct db_statement *st = NULL;
	size_t k = 0, size = 0;
	int err = person_expect(s, list, n);

	for (size_t i = 0; i < n && err == 0; i++) {
		if (k == 0) {
			size = size_for(s, n - i);
			err = prepare_rows(s, size, &st);
		}
		if (err == 0)
			err = mark_time(&s->db, clock, list[i]->e.seq, list[i]->e.at_ms);
		if (err == 0)
			err = append_one(s, st, k, list[i]);
		if (err == 0 && ++k == size) {
			err = db_run_later(&s->db, st);
			k = 0;
		}
	}
	return err;
}

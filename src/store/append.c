/* Event rows into the log, and what follows from them into the tables people read: the only place that does.
 *
 * Invariant: called inside a transaction of the writer, with events in the order of their numbers. */
#include "base/alloc.h"
#include "store/fold.h"
#include "store/person.h"
#include "store/writer.h"

static int append_one(struct store *s, struct pending *p)
{
	_cleanup_alloc_ char *sealed = NULL;
	struct db_statement *st;
	int err = person_seal_event(s, p, &sealed);

	if (err == 0)
		err = db_prepare(&s->db,
			"INSERT INTO event (seq, at_ms, type, interaction, data) VALUES (?, ?, ?, ?, ?)",
			&st);
	if (err < 0)
		return err;
	db_bind_int(st, 1, (int64_t)p->e.seq);
	db_bind_int(st, 2, p->e.at_ms);
	db_bind_int(st, 3, (int)p->e.type);
	db_bind_int(st, 4, (int64_t)p->e.interaction);
	db_bind_text(st, 5, sealed ? sealed : p->data);
	err = db_run(&s->db, st);
	return err < 0 ? err : fold_event(&s->db, &p->e);
}

int append_events(struct store *s, struct pending *const *list, size_t n, struct mark_clock *clock)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		err = mark_time(&s->db, clock, list[i]->e.seq, list[i]->e.at_ms);
		if (err == 0)
			err = append_one(s, list[i]);
	}
	return err;
}

/* One transaction of the writer: of what waits (rows, events, the routing log), or of what lies in the spool.
 *
 * Invariants: a transaction has all of its events or none, and the commit mark with them; numbers in the
 * database are without a gap; after a failure the accepted events are still there, in order, and a number
 * given to a changed row's event says "not_saved". */
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "store/write/mark.h"
#include "store/people/person.h"
#include "store/write/writer.h"

#include <errno.h>
#include <string.h>

/* What one transaction holds. */
struct batch {
	size_t requests, events, parts;
	uint64_t last_seq; /* of the log, once it is committed */
	struct mark mark;  /* the same */
};

/* One request inside a savepoint. 0, or -errno when the whole transaction is lost. */
static int run_request(struct store *s, struct store_request *rq)
{
	int err = db_exec(&s->db, "SAVEPOINT request");

	if (err < 0)
		return err;
	rq->result = rq->run(s, rq);
	if (!db_in_transaction(&s->db))
		return rq->result < 0 ? rq->result : -EIO;
	if (rq->result == 0)
		return db_exec(&s->db, "RELEASE request");
	writer_drop_events(rq);
	person_forget(s);
	return db_exec(&s->db, "ROLLBACK TO request; RELEASE request");
}

/* Room is there, order is held. */
static void number_event(struct store *s, struct pending *p)
{
	p->e.seq = s->next_seq++;
	p->is_of_request = true;
	s->waiting.at[s->waiting.len++] = p;
	atomic_fetch_add(&s->backlog, 1);
}

/* Gives the changed rows' events their numbers, after everything that already has one. */
static int number_events(struct store *s, size_t n_requests)
{
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; i < n_requests; i++) {
		n += s->asked.at[i]->event != NULL;
		for (const struct pending *p = s->asked.at[i]->more; p; p = p->next)
			n++;
	}
	if (n == 0)
		return 0;
	pthread_mutex_lock(&s->order);
	if (!writer_drain(s) || !VEC_RESERVE(&s->waiting, s->waiting.len + n))
		err = -ENOMEM;
	for (size_t i = 0; i < n_requests && err == 0; i++) {
		struct store_request *rq = s->asked.at[i];
		if (rq->event)
			number_event(s, TAKE_PTR(rq->event));
		while (rq->more) {
			struct pending *p = rq->more;
			rq->more = TAKE_PTR(p->next);
			number_event(s, p);
		}
	}
	pthread_mutex_unlock(&s->order);
	return err;
}

/* The mark and the commit. */
static int finish(struct store *s, struct batch *b)
{
	b->mark.number++;
	b->mark.last_seq = b->last_seq;
	int err = mark_set(&s->db, &b->mark);

	if (err < 0)
		return err;
	err = db_commit(&s->db);
	/* Whether a commit that ended like this happened is asked of the database, once it is open again. */
	s->is_unknown = db_is_in_doubt(&s->db, err);
	return err;
}

/* The whole batch up to the commit. 0 with what is in it, or -errno. */
static int carry_out(struct store *s, struct batch *b)
{
	size_t before = s->waiting.len, n_requests = b->requests;
	int err = db_begin(&s->db);

	for (size_t i = 0; i < n_requests && err == 0; i++)
		err = run_request(s, s->asked.at[i]);
	if (err == 0)
		err = number_events(s, n_requests);
	if (err < 0)
		return err;
	/* With a row's event in the batch everything before it belongs into the same transaction. */
	size_t n = s->waiting.len;
	if (n == before && n > STORE_BATCH_EVENTS)
		n = STORE_BATCH_EVENTS;
	b->events = n;
	b->last_seq = n ? s->waiting.at[n - 1]->e.seq : atomic_load(&s->visible);
	err = append_events(s, s->waiting.at, n, &b->mark.clock);
	if (err == 0)
		err = route_log_write(s, b->last_seq, &b->parts);
	return err < 0 ? err : finish(s, b);
}

/* The changes of rows in waiting[from..] did not happen: their numbers are used to say so. */
static void mark_not_saved(struct store *s, size_t from)
{
	for (size_t i = from; i < s->waiting.len; i++) {
		struct pending *p = s->waiting.at[i];
		if (!p->is_of_request)
			continue;
		p->e.reason = "not_saved";
		char *data = event_encode(&p->e);
		if (!data) /* an honest blank beats a false "created" */
			data = alloc_strdup("{}");
		if (data) {
			alloc_free(p->data);
			p->data = data;
		} else {
			str_put(p->data, strlen(p->data) + 1, "{}");
		}
	}
}

static void count_commit(struct store *s, int64_t took_us)
{
	int i = 0;

	atomic_fetch_add(&s->commits, 1);
	atomic_fetch_add(&s->commit_us_sum, (uint64_t)took_us);
	while (i < STORE_HISTOGRAM && took_us > store_commit_us[i])
		i++;
	atomic_fetch_add(&s->commit_us[i], 1);
	if ((uint64_t)took_us > atomic_load(&s->commit_us_max))
		atomic_store(&s->commit_us_max, (uint64_t)took_us);
	if (took_us > STORE_SLOW_US)
		atomic_store(&s->slow_until_ms, clock_mono_ms() + STORE_SLOW_MS);
}

void batch_visible(struct store *s, uint64_t last)
{
	uint64_t before = atomic_load(&s->visible);

	if (last <= before)
		return;
	atomic_fetch_add(&s->events, last - before);
	atomic_store(&s->visible, last);
	if (last > atomic_load(&s->durable))
		atomic_store(&s->durable, last);
}

static void failed(struct store *s, int err, size_t first_new, const struct batch *b)
{
	size_t n_requests = b->requests;

	if (!db_in_transaction(&s->db) || db_rollback(&s->db) < 0)
		s->is_lost = s->is_lost || s->is_unknown;
	person_forget(s);
	mark_not_saved(s, first_new);
	for (size_t i = 0; i < n_requests; i++)
		writer_drop_events(s->asked.at[i]);
	if (s->is_unknown)
		pressure_doubt(s, n_requests, b->parts, err);
	for (size_t i = 0; i < n_requests && !s->is_unknown; i++) {
		struct store_request *rq = s->asked.at[i];
		json_decref(rq->row);
		rq->row = NULL;
		writer_answer(rq, rq->result > 0 ? rq->result : err);
	}
	writer_forget(s, 0, n_requests);
	pressure_begin(s, err);
}

static void committed(struct store *s, const struct batch *b)
{
	/* durable last: who has seen it finds the other figures up to date. */
	atomic_fetch_sub(&s->backlog, b->events);
	pressure_end(s);
	batch_visible(s, b->last_seq);
	for (size_t i = 0; i < b->requests; i++)
		writer_answer(s->asked.at[i], s->asked.at[i]->result);
	for (size_t i = 0; i < b->events; i++)
		pending_free(s->waiting.at[i]);
	writer_forget(s, b->events, b->requests);
	route_log_written(s, b->parts);
	if (b->events && s->on_commit)
		s->on_commit(atomic_load(&s->durable), s->arg);
}

int batch_write(struct store *s)
{
	struct batch b = {
		.requests = s->asked.len < STORE_BATCH_REQUESTS ? s->asked.len : STORE_BATCH_REQUESTS,
		.mark = s->mark};
	size_t first_new = s->waiting.len;
	int64_t start = clock_mono_ns();

	s->is_unknown = false;
	atomic_store(&s->commit_begun_ms, start / 1000000);
	int err = carry_out(s, &b);
	atomic_store(&s->commit_begun_ms, 0);
	if (err < 0) {
		failed(s, err, first_new, &b);
		return err;
	}
	s->mark = b.mark;
	count_commit(s, (clock_mono_ns() - start) / 1000);
	committed(s, &b);
	return 0;
}

/* --- the spool
 * ------------------------------------------------------------------------------------------------------------
 */

/* A record as an event that waits. */
static int pending_of(const struct spool_record *r, struct pending **ret_pending)
{
	struct arena arena = {0};
	struct event e = {.seq = r->seq, .at_ms = r->at_ms, .type = (enum event_type)r->type};
	int err = event_decode(r->data, r->n, &arena, &e);

	*ret_pending = err == 0 ? pending_new(&e) : NULL;
	if (err == 0 && !*ret_pending)
		err = -ENOMEM;
	arena_free(&arena);
	return err;
}

/* The next of them, those that the database has already left out. 0 or -errno. */
static int fetch(struct store *s)
{
	struct spool_record r;
	struct pending *p;
	int err = 0;

	while (s->from_spool.len < STORE_BATCH_EVENTS && (err = spool_next(s->spool, &r)) == 1) {
		if (r.seq <= atomic_load(&s->visible))
			continue;
		err = pending_of(&r, &p);
		if (err == 0 && VEC_PUSH(&s->from_spool, p) < 0) {
			pending_free(p);
			err = -ENOMEM;
		}
		if (err < 0)
			return err;
	}
	return err < 0 ? err : 0;
}

static int carry_out_spooled(struct store *s, struct batch *b)
{
	int err = fetch(s);

	b->events = s->from_spool.len;
	if (err < 0 || b->events == 0)
		return err;
	b->last_seq = s->from_spool.at[b->events - 1]->e.seq;
	err = db_begin(&s->db);
	if (err == 0)
		err = append_events(s, s->from_spool.at, b->events, &b->mark.clock);
	if (err == 0)
		err = route_log_write(s, b->last_seq, &b->parts);
	return err < 0 ? err : finish(s, b);
}

int batch_empty_spool(struct store *s)
{
	struct batch b = {.mark = s->mark};
	int64_t start = clock_mono_ns();

	s->is_unknown = false;
	atomic_store(&s->commit_begun_ms, start / 1000000);
	int err = carry_out_spooled(s, &b);
	atomic_store(&s->commit_begun_ms, 0);
	VEC_EACH(&s->from_spool, i)
	pending_free(s->from_spool.at[i]);
	s->from_spool.len = 0;
	if (err < 0) {
		spool_rewind(s->spool);
		failed(s, err, s->waiting.len, &b);
		return err;
	}
	/* A header that cannot be written now is written later (spool_tend); the records are known as taken.
	 */
	(void)spool_taken(s->spool);
	pressure_figures(s);
	if (b.events == 0)
		return 0;
	s->mark = b.mark;
	count_commit(s, (clock_mono_ns() - start) / 1000);
	pressure_end(s);
	batch_visible(s, b.last_seq);
	route_log_written(s, b.parts);
	if (s->on_commit)
		s->on_commit(atomic_load(&s->durable), s->arg);
	return 0;
}

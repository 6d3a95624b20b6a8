/* The one writer: takes what waits, carries it out in one transaction, commits, then tells. A lone write
 * commits at once; while a commit is on its way to the disk, the next batch gathers by itself.
 *
 * Invariants:
 *  - numbers in the file are 1..durable without a gap, at every moment and after any crash
 *  - a caller hears of success only after the commit
 *  - when a commit fails, accepted events stay in memory in order; waiting callers get the error and nothing
 * of theirs is applied later. A number already given to a row's config.changed is then used for one that says
 * "not_saved". */
#include "store/writer.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "store/fold.h"
#include "store/person.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define N_TEXTS 5

static const char **text_at(struct event *e, int i)
{
	const char **texts[N_TEXTS] = {&e->reason, &e->from, &e->to, &e->name, &e->text};

	return texts[i];
}

struct pending *pending_new(const struct event *e)
{
	struct event copy = *e;
	size_t sizes[N_TEXTS] = {0}, total = sizeof(struct pending);

	for (int i = 0; i < N_TEXTS; i++) {
		const char *s = *text_at(&copy, i);
		sizes[i] = s ? strnlen(s, EVENT_TEXT_MAX) + 1 : 0;
		total += sizes[i];
	}
	struct pending *p = alloc_zero(total);
	if (!p)
		return NULL;
	p->e = copy;
	p->data = event_encode(e);
	if (!p->data) {
		alloc_free(p);
		return NULL;
	}
	char *to = (char *)(p + 1);
	for (int i = 0; i < N_TEXTS; i++) {
		if (!sizes[i])
			continue;
		str_put_n(to, sizes[i], *text_at(&copy, i), sizes[i] - 1);
		*text_at(&p->e, i) = to;
		to += sizes[i];
	}
	return p;
}

void pending_free(struct pending *p)
{
	if (!p)
		return;
	alloc_free(p->data);
	alloc_free(p);
}

int writer_ask(struct store *s, struct store_request *rq)
{
	struct message m = {.request = rq};

	sem_init(&rq->done, 0, 0);
	int err = mailbox_send(s->mailbox, &m);
	if (err == 0) {
		while (sem_wait(&rq->done) < 0 && errno == EINTR)
			;
		err = rq->result;
	}
	sem_destroy(&rq->done);
	return err;
}

static void answer(struct store_request *rq, int result)
{
	rq->result = result;
	sem_post(&rq->done); /* rq is gone from here on */
}

/* Everything in the mailbox into our lists. False when memory is short: the rest stays in the mailbox. */
static bool drain(struct store *s)
{
	struct message m;

	for (;;) {
		if (!VEC_RESERVE(&s->waiting, s->waiting.len + 1) ||
			!VEC_RESERVE(&s->asked, s->asked.len + 1) || !VEC_RESERVE(&s->log, s->log.len + 1))
			return false;
		if (!mailbox_take(s->mailbox, &m))
			return true;
		if (m.event)
			s->waiting.at[s->waiting.len++] = m.event;
		else if (m.request)
			s->asked.at[s->asked.len++] = m.request;
		else if (m.part)
			s->log.at[s->log.len++] = m.part;
		else
			s->is_closing = true;
	}
}

/* The events a request made go with it. */
static void drop_events(struct store_request *rq)
{
	pending_free(rq->event);
	rq->event = NULL;
	while (rq->more) {
		struct pending *p = rq->more;
		rq->more = p->next;
		pending_free(p);
	}
}

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
	drop_events(rq);
	person_forget(s);
	return db_exec(&s->db, "ROLLBACK TO request; RELEASE request");
}

/* Room is there, order is held. */
static void number_event(struct store *s, struct pending *p)
{
	p->e.seq = s->next_seq++;
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
		for (struct pending *p = s->asked.at[i]->more; p; p = p->next)
			n++;
	}
	if (n == 0)
		return 0;
	pthread_mutex_lock(&s->order);
	if (!drain(s) || !VEC_RESERVE(&s->waiting, s->waiting.len + n))
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

static int write_event(struct store *s, struct pending *p)
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

/* What one transaction holds. */
struct batch {
	size_t requests, events, parts;
};

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
	for (size_t i = 0; i < n && err == 0; i++)
		err = write_event(s, s->waiting.at[i]);
	if (err == 0)
		err = route_log_write(
			s, n ? s->waiting.at[n - 1]->e.seq : atomic_load(&s->durable), &b->parts);
	if (err == 0)
		err = db_commit(&s->db);
	b->events = n;
	return err;
}

/* The changes of rows in waiting[from..] did not happen: their numbers are used to say so. */
static void mark_not_saved(struct store *s, size_t from)
{
	for (size_t i = from; i < s->waiting.len; i++) {
		struct pending *p = s->waiting.at[i];
		if (p->e.type != EVENT_CONFIG_CHANGED && p->e.type != EVENT_PERSON_ERASED)
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

static void forget(struct store *s, size_t n_events, size_t n_requests)
{
	memmove(s->waiting.at, s->waiting.at + n_events,
		(s->waiting.len - n_events) * sizeof(*s->waiting.at));
	s->waiting.len -= n_events;
	memmove(s->asked.at, s->asked.at + n_requests, (s->asked.len - n_requests) * sizeof(*s->asked.at));
	s->asked.len -= n_requests;
}

static void committed(struct store *s, const struct batch *b, int64_t took_us)
{
	size_t n_events = b->events, n_requests = b->requests;
	uint64_t last = n_events ? s->waiting.at[n_events - 1]->e.seq : 0;

	/* durable last: who has seen it finds the other figures up to date. */
	atomic_fetch_add(&s->commits, 1);
	atomic_fetch_add(&s->events, n_events);
	atomic_fetch_sub(&s->backlog, n_events);
	if ((uint64_t)took_us > atomic_load(&s->commit_us_max))
		atomic_store(&s->commit_us_max, (uint64_t)took_us);
	if (atomic_exchange(&s->error, 0) != 0)
		log_info("store", 0, "the disk takes writes again; %zu events are written now", n_events);
	if (last)
		atomic_store(&s->durable, last);
	for (size_t i = 0; i < n_requests; i++)
		answer(s->asked.at[i], s->asked.at[i]->result);
	for (size_t i = 0; i < n_events; i++)
		pending_free(s->waiting.at[i]);
	forget(s, n_events, n_requests);
	route_log_written(s, b->parts);
	if (last && s->on_commit)
		s->on_commit(last, s->arg);
}

static void failed(struct store *s, int err, size_t first_new, size_t n_requests)
{
	if (db_in_transaction(&s->db))
		db_exec(&s->db, "ROLLBACK");
	person_forget(s);
	if (atomic_exchange(&s->error, err) != err)
		log_error("store", 0,
			"%s cannot be written: %s. Events wait in memory (%zu of at most %d); free space on "
			"the disk",
			s->path, strerror(-err), s->waiting.len, STORE_BACKLOG_MAX);
	mark_not_saved(s, first_new);
	for (size_t i = 0; i < n_requests; i++) {
		struct store_request *rq = s->asked.at[i];
		drop_events(rq);
		json_decref(rq->row);
		rq->row = NULL;
		answer(rq, rq->result > 0 ? rq->result : err);
	}
	forget(s, 0, n_requests);
}

static int write_batch(struct store *s)
{
	struct batch b = {
		.requests = s->asked.len < STORE_BATCH_REQUESTS ? s->asked.len : STORE_BATCH_REQUESTS};
	size_t first_new = s->waiting.len;
	int64_t start = clock_mono_ns();
	int err = carry_out(s, &b);

	if (err < 0)
		failed(s, err, first_new, b.requests);
	else
		committed(s, &b, (clock_mono_ns() - start) / 1000);
	return err;
}

/* Waits before the next attempt; the mailbox is emptied meanwhile. */
static void pause_writing(struct store *s)
{
	int64_t until = clock_mono_ms() + STORE_RETRY_MS, left;

	while (!s->is_closing && (left = until - clock_mono_ms()) > 0) {
		mailbox_wait(s->mailbox, (int)left);
		if (!drain(s))
			break;
	}
}

/* The group of group commit: a lone write is committed at once; under load commits begin at least
 * STORE_GATHER_MS apart, and what came meanwhile goes with the next. Costs at most that much delay, saves an
 * fsync per event. On a disk that takes longer than that for a commit, the commit itself is the time to
 * gather. */
static void gather(struct store *s)
{
	int64_t left = s->begun_ms + STORE_GATHER_MS - clock_mono_ms();

	if (left <= 0 || s->is_closing)
		return;
	nanosleep(&(struct timespec){.tv_nsec = (long)left * 1000000}, NULL);
	drain(s);
}

void *writer_main(void *store)
{
	struct store *s = store;
	int attempts = 0;

	pthread_setname_np(pthread_self(), "store");
	for (;;) {
		bool is_drained = drain(s);
		if (s->waiting.len == 0 && s->asked.len == 0 && s->log.len == 0) {
			if (s->is_closing)
				break;
			mailbox_wait(s->mailbox, is_drained ? -1 : STORE_RETRY_MS);
			continue;
		}
		gather(s);
		checkpointer_give_way(s->checkpointer);
		s->begun_ms = clock_mono_ms();
		if (write_batch(s) == 0) {
			route_log_prune(s);
			continue;
		}
		if (s->is_closing && ++attempts >= STORE_CLOSE_ATTEMPTS) {
			log_error("store", 0, "closing with %zu events not written", s->waiting.len);
			break;
		}
		pause_writing(s);
	}
	return NULL;
}

/* The one writer: takes what waits, carries it out in one transaction (batch.c), commits, then tells. A lone
 * write commits at once; while a commit is on its way to the disk, the next batch gathers by itself. While
 * the database refuses, what waits goes to the spool instead (pressure.c).
 *
 * Invariants:
 *  - numbers in the database are 1..visible without a gap, at every moment and after any crash; those up to
 *    durable are there or in the spool
 *  - a caller hears of success only after the commit
 *  - when a commit fails, accepted events stay in order; waiting callers get the error and nothing of theirs
 *    is applied later. A number already given to a row's config.changed is then used for one that says
 *    "not_saved". */
#include "store/write/writer.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

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

void writer_drop_events(struct store_request *rq)
{
	pending_free(rq->event);
	rq->event = NULL;
	while (rq->more) {
		struct pending *p = rq->more;
		rq->more = p->next;
		pending_free(p);
	}
}

/* Sends m, which carries rq, and waits for the answer. */
static int ask_and_wait(struct store *s, const struct message *m, struct store_request *rq)
{
	sem_init(&rq->done, 0, 0);
	int err = mailbox_send(s->mailbox, m);
	if (err == 0) {
		while (sem_wait(&rq->done) < 0 && errno == EINTR)
			;
		err = rq->result;
	}
	sem_destroy(&rq->done);
	return err;
}

int writer_ask(struct store *s, struct store_request *rq)
{
	return ask_and_wait(s, &(struct message){.request = rq}, rq);
}

int store_hold(struct store *s)
{
	struct store_request rq = {0};

	return ask_and_wait(s, &(struct message){.hold = &rq}, &rq);
}

int store_release(struct store *s)
{
	struct store_request rq = {0};

	return ask_and_wait(s, &(struct message){.release = &rq}, &rq);
}

void writer_answer(struct store_request *rq, int result)
{
	rq->result = result;
	sem_post(&rq->done); /* rq is gone from here on */
}

static void take_hold(struct store *s, struct store_request *rq)
{
	if (s->hold || atomic_load(&s->is_held)) {
		writer_answer(rq, -EALREADY);
		return;
	}
	s->hold = rq;
	s->hold_seq = 0; /* pressure_look sets it: the mailbox is not empty yet */
	s->held_until_ms = clock_mono_ms() + STORE_HOLD_MAX_MS;
}

static void take_release(struct store *s, struct store_request *rq)
{
	if (!atomic_load(&s->is_held) || s->release)
		writer_answer(rq, -ENOENT);
	else
		s->release = rq;
}

bool writer_drain(struct store *s)
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
		else if (m.hold)
			take_hold(s, m.hold);
		else if (m.release)
			take_release(s, m.release);
		else if (m.is_wake)
			s->tend_ms = 0;
		else
			s->is_closing = true;
	}
}

void writer_forget(struct store *s, size_t n_events, size_t n_requests)
{
	if (n_events) {
		memmove(s->waiting.at, s->waiting.at + n_events,
			(s->waiting.len - n_events) * sizeof(*s->waiting.at));
		s->waiting.len -= n_events;
	}
	if (n_requests) {
		memmove(s->asked.at, s->asked.at + n_requests,
			(s->asked.len - n_requests) * sizeof(*s->asked.at));
		s->asked.len -= n_requests;
	}
}

/* The group of group commit: a lone write is committed at once; under load commits begin at least
 * STORE_GATHER_MS apart, and what came meanwhile goes with the next. Costs at most that much delay, saves an
 * fsync per event. On a disk that takes longer than that for a commit, the commit itself is the time to
 * gather. */
static void gather(struct store *s)
{
	int64_t left = s->begun_ms + STORE_GATHER_MS - clock_mono_ms();

	if (left > 0 && !s->is_closing) {
		nanosleep(&(struct timespec){.tv_nsec = (long)left * 1000000}, NULL);
		writer_drain(s);
	}
	s->begun_ms = clock_mono_ms();
}

/* Whether the database is to be tried now. */
static bool may_write(const struct store *s, int64_t now_ms)
{
	return s->is_open && !atomic_load(&s->is_held) && now_ms >= s->retry_ms;
}

static bool has_spooled(const struct store *s)
{
	return atomic_load(&s->spool_events) > 0;
}

/* Whether the round has anything to do at now_ms. */
static bool has_work(const struct store *s, int64_t now_ms)
{
	bool is_pressed = pressure_is_on(s);

	if (may_write(s, now_ms) &&
		(is_pressed || s->waiting.len || s->asked.len || s->log.len || has_spooled(s)))
		return true;
	return is_pressed &&
	       (s->asked.len > 0 || (s->waiting.len > 0 && s->spool && now_ms >= s->spool_retry_ms &&
					    !atomic_load(&s->is_spool_full)));
}

/* The spool first, then what is newer. */
static void write_something(struct store *s)
{
	checkpointer_give_way(s->checkpointer);
	if (has_spooled(s)) {
		/* Until it is nearly empty what comes meanwhile is made safe behind it. */
		if (atomic_load(&s->spool_events) > STORE_BATCH_EVENTS)
			pressure_spool(s);
		if (s->asked.len == 0)
			s->patience_ms = INT64_MAX;
		else if (s->patience_ms == INT64_MAX)
			s->patience_ms = clock_mono_ms() + STORE_PATIENCE_MS;
		else if (clock_mono_ms() > s->patience_ms)
			pressure_refuse(s, -EBUSY);
		batch_empty_spool(s);
		return;
	}
	s->patience_ms = INT64_MAX;
	if (batch_write(s) == 0) {
		route_log_prune(s);
		partition_look(s);
	}
}

static void work(struct store *s)
{
	gather(s);
	if (pressure_is_on(s)) {
		pressure_spool(s);
		pressure_refuse(s, atomic_load(&s->is_held) ? -EBUSY : atomic_load(&s->error));
	}
	if (may_write(s, clock_mono_ms()))
		write_something(s);
}

/* At closing: nothing left to do, or nothing that can be done. */
static bool is_over(struct store *s)
{
	if (!s->is_closing || s->asked.len > 0)
		return false;
	if (!s->close_until_ms)
		s->close_until_ms = clock_mono_ms() + STORE_CLOSE_MS;
	bool is_late = clock_mono_ms() > s->close_until_ms, is_pressed = pressure_is_on(s);
	if (s->waiting.len == 0 && (is_pressed || is_late || (s->log.len == 0 && !has_spooled(s))))
		return true;
	if (s->close_attempts < STORE_CLOSE_ATTEMPTS && !(is_late && is_pressed))
		return false;
	log_error("store", 0, "closing with %zu events not written", s->waiting.len);
	return true;
}

static void sleep_until(struct store *s, int64_t due_ms, int64_t now_ms)
{
	if (due_ms == INT64_MAX)
		mailbox_wait(s->mailbox, -1);
	else if (due_ms > now_ms)
		mailbox_wait(s->mailbox, due_ms - now_ms > INT32_MAX ? INT32_MAX : (int)(due_ms - now_ms));
}

void *writer_main(void *store)
{
	struct store *s = store;

	pthread_setname_np(pthread_self(), "store");
	for (;;) {
		bool is_drained = writer_drain(s);
		int64_t now_ms = clock_mono_ms();
		pressure_look(s, now_ms);
		if (is_over(s))
			break;
		if (has_work(s, now_ms)) {
			work(s);
			pressure_tend(s, now_ms);
			continue;
		}
		pressure_tend(s, now_ms);
		int64_t due = is_drained ? pressure_due(s) : now_ms + STORE_RETRY_MS;
		sleep_until(s, due, now_ms);
	}
	pressure_stop(s);
	return NULL;
}

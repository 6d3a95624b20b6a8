/* While the database does not take writes: events go to the spool and are safe there, rows are refused, and
 * the database is tried again, or opened anew by a thread of its own (a server that hangs must not stop the
 * writer). Also holds (for moving to another database) and callers whose commit nobody can tell the end of.
 *
 * Invariants: an event is acknowledged only when it is on a disk; what is in the spool is older than what
 * waits in memory; a request is answered exactly once. Times here are monotonic. */
#include "base/clock.h"
#include "base/log.h"
#include "store/write/mark.h"
#include "store/write/writer.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#define RATE_MS INT64_C(5000) /* over which the spool's filling is measured */

bool pressure_is_on(const struct store *s)
{
	return atomic_load(&s->error) != 0 || atomic_load(&s->is_held) || !s->is_open;
}

/* --- begin and end
 * ------------------------------------------------------------------------------------------------------ */

static unsigned long long megabytes(const struct store *s)
{
	return (unsigned long long)(atomic_load(&s->spool_bytes_max) + SPOOL_HEADER_BYTES) >> 20;
}

static void say(struct store *s, int err)
{
	const char *what = err == -ESTALE     ? "another server wrote to it, or it went back in time"
			   : err == -ENOTCONN ? "it cannot be reached"
					      : strerror(-err);

	if (atomic_load(&s->spool_bytes_max) > 0)
		log_error("store", 0,
			"%s cannot be written: %s. Events go to the spool (%llu MB) and from there into the "
			"database once it works again; changes of the configuration are refused",
			s->db.where, what, megabytes(s));
	else
		log_error("store", 0,
			"%s cannot be written: %s, and there is no spool. Events wait in memory (%zu of at "
			"most %d)",
			s->db.where, what, s->waiting.len, STORE_BACKLOG_MAX);
}

static bool needs_opening(int err)
{
	return err == -ENOTCONN || err == -EIO || err == -ETIMEDOUT || err == -EUCLEAN || err == -ESTALE ||
	       err == -ENOENT || err == -EACCES;
}

/* SQLite says "I/O error" of a disk that was remounted read-only, too: people are told what it is. */
static int sharpen(const struct store *s, int err)
{
	struct statvfs fs;

	if (err != -EIO || db_is_postgres(&s->db) || statvfs(s->directory, &fs) < 0)
		return err;
	return fs.f_flag & ST_RDONLY ? -EROFS : fs.f_bavail == 0 ? -ENOSPC : err;
}

void pressure_begin(struct store *s, int err)
{
	err = sharpen(s, err);
	int64_t now_ms = clock_mono_ms(), step = STORE_RETRY_MS;
	int before = atomic_exchange(&s->error, err);

	if (before == 0)
		atomic_store(&s->error_since_ms, clock_wall_ms());
	if (before != err)
		say(s, err);
	atomic_store(&s->last_error, err);
	if (needs_opening(err) || s->is_unknown || (err == -EROFS && db_is_postgres(&s->db))) {
		/* The first time at once, then less and less often. */
		bool is_new = s->is_open;
		s->is_open = false;
		s->is_lost = true;
		step = is_new ? 0 : s->retry_step_ms ? s->retry_step_ms * 2 : STORE_RETRY_MS;
		s->retry_step_ms = step > STORE_RETRY_MS_MAX ? STORE_RETRY_MS_MAX : step;
		step = s->retry_step_ms;
	}
	s->retry_ms = now_ms + step;
	s->close_attempts += s->is_closing;
}

void pressure_end(struct store *s)
{
	s->retry_ms = s->retry_step_ms = 0;
	s->tend_ms = 0;
	if (atomic_exchange(&s->error, 0) == 0)
		return;
	atomic_store(&s->error_since_ms, 0);
	log_info("store", 0, "the database takes writes again; %llu events lie in the spool, %zu wait",
		(unsigned long long)atomic_load(&s->spool_events), s->waiting.len);
}

/* --- the spool
 * ------------------------------------------------------------------------------------------------------------
 */

void pressure_figures(struct store *s)
{
	struct spool_figures f = {0};

	if (s->spool)
		spool_figures(s->spool, &f);
	atomic_store(&s->spool_bytes, f.bytes);
	atomic_store(&s->spool_bytes_max, f.bytes_max);
	atomic_store(&s->spool_events, f.events);
	if (f.bytes == 0) {
		atomic_store(&s->is_spool_full, false);
		atomic_store(&s->spool_rate, 0);
		s->rate_ms = 0;
	}
}

static void count_rate(struct store *s, uint64_t bytes)
{
	int64_t now_ms = clock_mono_ms();

	s->rate_bytes += bytes;
	if (s->rate_ms == 0 || now_ms - s->rate_ms >= 2 * RATE_MS) {
		s->rate_ms = now_ms;
		s->rate_bytes = bytes;
	} else if (now_ms - s->rate_ms >= RATE_MS) {
		atomic_store(&s->spool_rate, s->rate_bytes * 1000 / (uint64_t)(now_ms - s->rate_ms));
		s->rate_ms = now_ms;
		s->rate_bytes = 0;
	}
}

/* The first n that wait are in the spool's group: makes them safe. */
static int sync_group(struct store *s, size_t n)
{
	uint64_t before = atomic_load(&s->spool_bytes);
	int err = spool_sync(s->spool);

	if (err < 0) {
		if (atomic_exchange(&s->spool_error, err) != err)
			log_error("store", 0,
				"the spool cannot be written either: %s. Events wait in memory and are not "
				"acknowledged; no new contacts are taken",
				strerror(-err));
		s->spool_retry_ms = clock_mono_ms() + STORE_RETRY_MS;
		return err;
	}
	atomic_store(&s->spool_error, 0);
	pressure_figures(s);
	count_rate(s, atomic_load(&s->spool_bytes) - before);
	atomic_fetch_sub(&s->backlog, n);
	atomic_store(&s->durable, s->waiting.at[n - 1]->e.seq);
	for (size_t i = 0; i < n; i++)
		pending_free(s->waiting.at[i]);
	writer_forget(s, n, 0);
	if (s->on_commit)
		s->on_commit(atomic_load(&s->durable), s->arg);
	return 0;
}

static void fill(struct store *s)
{
	if (atomic_exchange(&s->is_spool_full, true))
		return;
	log_error("store", 0,
		"the spool is full (%llu MB): no new contacts are taken; events of those under way wait in "
		"memory and are not acknowledged",
		megabytes(s));
}

void pressure_spool(struct store *s)
{
	size_t n = 0, bytes = 0;
	int err = 0;

	if (!s->spool || atomic_load(&s->spool_bytes_max) == 0 || clock_mono_ms() < s->spool_retry_ms)
		return;
	s->tend_ms = INT64_MAX; /* not now */
	while (n < s->waiting.len && err == 0) {
		const struct pending *p = s->waiting.at[n];
		size_t len = strlen(p->data);
		err = spool_add(s->spool, &(struct spool_record){.seq = p->e.seq,
						  .at_ms = p->e.at_ms,
						  .type = (uint32_t)p->e.type,
						  .data = p->data,
						  .n = len});
		if (err < 0)
			break;
		n++;
		bytes += len;
		if (bytes >= SPOOL_GROUP_BYTES) {
			err = sync_group(s, n);
			n = bytes = 0;
		}
	}
	bool is_full = err == -ENOSPC && !atomic_load(&s->spool_error);
	if (n > 0)
		sync_group(s, n);
	if (is_full || err == -EFBIG)
		fill(s);
}

void pressure_tend(struct store *s, int64_t now_ms)
{
	if (!s->spool || now_ms < s->tend_ms)
		return;
	int more = spool_tend(s->spool, atomic_load(&s->spool_wish));
	pressure_figures(s);
	if (more >= 0) {
		if (atomic_load(&s->spool_bytes) == 0)
			atomic_store(&s->spool_error, 0);
		s->tend_ms = more == 0 ? INT64_MAX : s->waiting.len ? now_ms + STORE_TEND_MS : now_ms;
		return;
	}
	s->tend_ms = now_ms + STORE_TEND_AGAIN_MS;
	if (atomic_exchange(&s->spool_error, more) != more)
		log_warn("store", 0,
			"the spool in %s cannot be made or cleaned: %s. Tried again every minute; without it "
			"a database that fails stops new contacts",
			s->directory, strerror(-more));
}

/* --- callers
 * ------------------------------------------------------------------------------------------------------------
 */

static void drop_row(struct store_request *rq)
{
	writer_drop_events(rq);
	json_decref(rq->row);
	rq->row = NULL;
}

void pressure_refuse(struct store *s, int err)
{
	for (size_t i = 0; i < s->asked.len; i++) {
		drop_row(s->asked.at[i]);
		writer_answer(s->asked.at[i], err < 0 ? err : -ENOTCONN);
	}
	writer_forget(s, 0, s->asked.len);
}

void pressure_doubt(struct store *s, size_t n_requests, size_t n_parts, int err)
{
	s->doubt_parts = n_parts;
	s->doubt_number = s->mark.number + 1;
	s->doubt_error = err;
	s->doubt_until_ms = clock_mono_ms() + STORE_DOUBT_MS;
	for (size_t i = 0; i < n_requests; i++) {
		struct store_request *rq = s->asked.at[i];
		if (rq->result == 0 && VEC_PUSH(&s->doubtful, rq) == 0)
			continue;
		drop_row(rq);
		writer_answer(rq, rq->result ? rq->result : -ENOMEM);
	}
}

/* Did it happen? */
static void end_doubt(struct store *s, bool has_happened)
{
	for (size_t i = 0; i < s->doubtful.len; i++) {
		if (!has_happened)
			drop_row(s->doubtful.at[i]);
		writer_answer(s->doubtful.at[i], has_happened ? 0 : s->doubt_error);
	}
	s->doubtful.len = 0;
}

/* The commit nobody heard the end of did happen: what it held of the routing log is there. */
static void forget_parts(struct store *s, bool has_happened)
{
	if (has_happened)
		route_log_written(s, s->doubt_parts);
	s->doubt_parts = 0;
}

/* --- opening anew
 * ---------------------------------------------------------------------------------------------------------
 */

static void *opener_main(void *store)
{
	struct store *s = store;

	pthread_setname_np(pthread_self(), "store opener");
	s->open_error = connect_again(s, &s->opened_mark);
	atomic_store(&s->is_opened, true);
	/* Full: the writer is awake, and looks. */
	(void)mailbox_send(s->mailbox, &(struct message){.is_wake = true});
	return NULL;
}

static void open_begin(struct store *s, int64_t now_ms)
{
	atomic_store(&s->is_opened, false);
	int err = -pthread_create(&s->opener, NULL, opener_main, s);
	if (err < 0)
		s->retry_ms = now_ms + STORE_RETRY_MS;
	else
		s->is_opening = true;
}

/* The first of those that wait are in the database after all. */
static void drop_known(struct store *s, uint64_t last)
{
	size_t n = 0;

	while (n < s->waiting.len && s->waiting.at[n]->e.seq <= last)
		pending_free(s->waiting.at[n++]);
	writer_forget(s, n, 0);
	atomic_fetch_sub(&s->backlog, n);
}

static void open_end(struct store *s, int64_t now_ms)
{
	pthread_join(s->opener, NULL);
	s->is_opening = false;
	int err = s->open_error;
	if (err < 0) {
		s->is_unknown = false;
		pressure_begin(s, err);
	} else {
		s->is_open = true;
		s->is_lost = false;
		s->retry_ms = now_ms;
		bool has_happened = s->doubt_number > 0 && s->opened_mark.number >= s->doubt_number;
		end_doubt(s, has_happened);
		forget_parts(s, has_happened);
		s->doubt_number = 0;
		s->mark = s->opened_mark;
		drop_known(s, s->opened_mark.last_seq);
		batch_visible(s, s->opened_mark.last_seq);
		if (s->on_commit)
			s->on_commit(atomic_load(&s->durable), s->arg);
	}
	if (s->release)
		writer_answer(s->release, err);
	s->release = NULL;
}

/* --- holding
 * ------------------------------------------------------------------------------------------------------------
 */

static void answer_hold(struct store *s, int result)
{
	writer_answer(s->hold, result);
	s->hold = NULL;
	s->hold_seq = 0;
}

static void look_at_hold(struct store *s, int64_t now_ms)
{
	if (s->hold && s->hold_seq == 0) {
		pthread_mutex_lock(&s->order);
		s->hold_seq = s->next_seq; /* one more than the last: never 0 */
		pthread_mutex_unlock(&s->order);
	}
	if (s->hold && atomic_load(&s->spool_bytes_max) == 0) {
		answer_hold(s, -ENOSPC);
	} else if (s->hold && !pressure_is_on(s) && atomic_load(&s->visible) + 1 >= s->hold_seq &&
		   atomic_load(&s->spool_events) == 0) {
		atomic_store(&s->is_held, true);
		s->held_until_ms = now_ms + STORE_HOLD_MAX_MS;
		log_info("store", 0, "held: events go to the spool, rows are refused");
		answer_hold(s, 0);
	} else if (s->hold && now_ms >= s->held_until_ms) {
		answer_hold(s, -ETIMEDOUT);
	}
	if (!atomic_load(&s->is_held) || (!s->release && now_ms < s->held_until_ms && !s->is_closing))
		return;
	if (!s->release)
		log_warn("store", 0, "the hold was not released in time: the writer goes on");
	atomic_store(&s->is_held, false);
	s->is_open = false;
	s->is_lost = true;
	s->retry_ms = now_ms;
}

void pressure_look(struct store *s, int64_t now_ms)
{
	if (s->is_opening && atomic_load(&s->is_opened))
		open_end(s, now_ms);
	look_at_hold(s, now_ms);
	if (s->is_lost && !s->is_opening && !atomic_load(&s->is_held) && now_ms >= s->retry_ms)
		open_begin(s, now_ms);
	if (s->doubtful.len > 0 && now_ms >= s->doubt_until_ms) {
		s->doubt_error = -EINPROGRESS; /* still nobody knows */
		end_doubt(s, false);
	}
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t pressure_due(const struct store *s)
{
	int64_t due = s->spool ? s->tend_ms : INT64_MAX;
	bool is_held = atomic_load(&s->is_held);

	if (s->doubtful.len > 0)
		due = sooner(due, s->doubt_until_ms);
	if (s->hold || is_held)
		due = sooner(due, s->held_until_ms);
	if (pressure_is_on(s) && !s->is_opening && !is_held)
		due = sooner(due, s->retry_ms);
	if (pressure_is_on(s) && s->waiting.len > 0 && s->spool && !atomic_load(&s->is_spool_full) &&
		atomic_load(&s->spool_bytes_max) > 0)
		due = sooner(due, s->spool_retry_ms);
	if (s->is_closing)
		due = sooner(due, s->close_until_ms);
	return due;
}

void pressure_stop(struct store *s)
{
	if (s->is_opening)
		pthread_join(s->opener, NULL);
	s->is_opening = false;
	s->doubt_error = -EINPROGRESS; /* the next start finds out */
	end_doubt(s, false);
	pressure_refuse(s, -ESHUTDOWN);
	if (s->hold)
		answer_hold(s, -ESHUTDOWN);
	if (s->release)
		writer_answer(s->release, -ESHUTDOWN);
	s->release = NULL;
}

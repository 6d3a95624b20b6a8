/* How the store is, for other threads: figures the writer left in atomics. See store.h. */
#include "base/clock.h"
#include "store/write/writer.h"

#include <errno.h>

#define BACKLOG_TIGHT (STORE_BACKLOG_MAX / 4 * 3) /* the rest is for contacts under way */

const int64_t store_commit_us[STORE_HISTOGRAM] = {
	500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 250000, 500000, 1000000, 5000000};

const char *store_state_name(enum store_state state)
{
	static const char *const names[] = {[STORE_WRITING] = "writing",
		[STORE_SPOOLING] = "spooling",
		[STORE_DRAINING] = "draining",
		[STORE_STUCK] = "stuck"};

	return names[state];
}

uint64_t store_durable_seq(const struct store *s)
{
	return atomic_load(&s->durable);
}

uint64_t store_visible_seq(const struct store *s)
{
	return atomic_load(&s->visible);
}

/* Whether the spool is there and takes events. */
static bool spool_takes(const struct store *s)
{
	return atomic_load(&s->spool_bytes_max) > 0 && !atomic_load(&s->is_spool_full) &&
	       atomic_load(&s->spool_error) == 0;
}

static enum store_state state_of(const struct store *s)
{
	bool is_refused = atomic_load(&s->error) != 0 || atomic_load(&s->is_held);

	if (is_refused)
		return spool_takes(s) ? STORE_SPOOLING : STORE_STUCK;
	return atomic_load(&s->spool_events) > 0 ? STORE_DRAINING : STORE_WRITING;
}

bool store_is_accepting(const struct store *s)
{
	return state_of(s) != STORE_STUCK && atomic_load(&s->backlog) <= BACKLOG_TIGHT;
}

void store_spool_keep(struct store *s, int megabytes)
{
	atomic_store(&s->spool_wish, (uint64_t)megabytes << 20);
	/* Full: the writer is awake, and looks when it is done. */
	(void)mailbox_send(s->mailbox, &(struct message){.is_wake = true});
}

static int64_t room_s(const struct store_health *h, uint64_t rate)
{
	if (h->spool_bytes_max == 0 || rate == 0 || h->state != STORE_SPOOLING)
		return h->state == STORE_STUCK ? 0 : -1;
	return (int64_t)((h->spool_bytes_max - h->spool_bytes) / rate);
}

void store_health(const struct store *s, struct store_health *ret_health)
{
	int64_t now_ms = clock_mono_ms(), begun_ms = atomic_load(&s->commit_begun_ms);
	struct store_health h = {.state = state_of(s),
		.error = atomic_load(&s->error),
		.last_error = atomic_load(&s->last_error),
		.spool_error = atomic_load(&s->spool_error),
		.checkpoint_error = atomic_load(&s->checkpoint_error),
		.error_since_ms = atomic_load(&s->error_since_ms),
		.commit_running_ms = begun_ms ? now_ms - begun_ms : 0,
		.backlog = atomic_load(&s->backlog),
		.events = atomic_load(&s->events),
		.commits = atomic_load(&s->commits),
		.commit_us_max = atomic_load(&s->commit_us_max),
		.commit_us_sum = atomic_load(&s->commit_us_sum),
		.spool_bytes = atomic_load(&s->spool_bytes),
		.spool_bytes_max = atomic_load(&s->spool_bytes_max),
		.spool_events = atomic_load(&s->spool_events),
		.disk_bytes = atomic_load(&s->disk_bytes),
		.disk_free_bytes = atomic_load(&s->disk_free_bytes),
		.is_held = atomic_load(&s->is_held),
		.is_accepting = store_is_accepting(s)};

	h.is_writing = h.error == 0 && !h.is_held;
	h.is_slow = now_ms < atomic_load(&s->slow_until_ms) || h.commit_running_ms * 1000 > STORE_SLOW_US;
	h.room_s = room_s(&h, atomic_load(&s->spool_rate));
	for (int i = 0; i <= STORE_HISTOGRAM; i++)
		h.commit_us[i] = atomic_load(&s->commit_us[i]);
	*ret_health = h;
}

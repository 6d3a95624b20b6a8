/* libre's timers, replaced: a hierarchical wheel per thread instead of one sorted list.
 *
 * The library keeps its timers in a sorted list, which eats the CPU from about 150 calls/s on, and reads the
 * wall clock. This file defines the same functions; being in the executable and visible, they take the
 * library's place for the library's own calls too (ELF symbol interposition). Everything else of libre stays
 * as it is.
 *
 * Four levels of 256 slots, one tick = 1 ms of the monotonic clock. Invariants: a timer is in exactly one
 * slot or has th == NULL; a timer in level n is due less than 256^(n+1) ticks after wheel.now; a slot that
 * holds timers has its bit set (a set bit may lie: cancelling does not clear it). A timer belongs to the
 * thread that started it. */
#include "sip/lib.h"

#include <string.h>
#include <time.h>

#define LEVELS 4
#define SLOT_BITS 8
#define SLOTS (1 << SLOT_BITS)
#define SPAN_MAX ((UINT64_C(1) << (LEVELS * SLOT_BITS)) - 1)
#define EXPORT __attribute__((visibility("default")))

struct wheel {
	uint64_t now; /* the last tick whose timers were fired */
	size_t len;
	uint64_t used[LEVELS][SLOTS / 64];
	struct list slots[LEVELS][SLOTS];
};
static _Thread_local struct wheel wheel;

/* Puts t where it is due, no earlier than tick earliest. */
static void wheel_insert(struct wheel *w, struct tmr *t, uint64_t earliest)
{
	uint64_t due = t->jfs > earliest ? t->jfs : earliest, span = due - w->now;
	int level = 0;

	if (span > SPAN_MAX) {
		span = SPAN_MAX;
		due = w->now + span;
	}
	while (span >> (SLOT_BITS * (level + 1)))
		level++;
	size_t slot = (size_t)(due >> (SLOT_BITS * level)) & (SLOTS - 1);
	w->used[level][slot / 64] |= UINT64_C(1) << (slot % 64);
	list_append(&w->slots[level][slot], &t->le, t);
}

/* How many slots after `from` (1..SLOTS) the next one with a timer comes; 0 when the level is empty. */
static unsigned slots_ahead(struct wheel *w, int level, size_t from)
{
	for (unsigned d = 1; d <= SLOTS;) {
		size_t slot = (from + d) & (SLOTS - 1);
		uint64_t bits = w->used[level][slot / 64] >> (slot % 64);
		if (!bits) {
			d += 64 - slot % 64;
			continue;
		}
		d += (unsigned)__builtin_ctzll(bits);
		if (d > SLOTS)
			return 0;
		slot = (from + d) & (SLOTS - 1);
		if (w->slots[level][slot].head)
			return d;
		w->used[level][slot / 64] &= ~(UINT64_C(1) << (slot % 64));
	}
	return 0;
}

/* The next tick at which something must be done (a timer fired or a slot spread to finer ones); UINT64_MAX
 * for none. */
static uint64_t wheel_next(struct wheel *w)
{
	uint64_t next = UINT64_MAX;

	for (int level = 0; level < LEVELS && w->len; level++) {
		uint64_t position = w->now >> (SLOT_BITS * level);
		unsigned d = slots_ahead(w, level, (size_t)position & (SLOTS - 1));
		uint64_t tick = (position + d) << (SLOT_BITS * level);
		if (d && tick < next)
			next = tick;
	}
	return next;
}

static void wheel_spread(struct wheel *w, int level)
{
	struct list *slot = &w->slots[level][(w->now >> (SLOT_BITS * level)) & (SLOTS - 1)];
	struct list moved = *slot;

	list_init(slot);
	for (struct le *le = moved.head, *next; le; le = next) {
		next = le->next;
		le->list = NULL;
		le->prev = le->next = NULL;
		wheel_insert(w, le->data, w->now);
	}
}

static void wheel_fire(struct wheel *w, uint64_t tick)
{
	struct list *slot = &w->slots[0][tick & (SLOTS - 1)];

	w->now = tick;
	for (int level = LEVELS - 1; level > 0; level--)
		if ((tick & ((UINT64_C(1) << (SLOT_BITS * level)) - 1)) == 0)
			wheel_spread(w, level);
	while (slot->head) {
		struct tmr *t = slot->head->data;
		tmr_h *th = t->th;
		void *arg = t->arg;
		tmr_cancel(t);
		th(arg);
	}
}

EXPORT uint64_t tmr_jiffies(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

EXPORT void tmr_init(struct tmr *tmr)
{
	if (tmr)
		memset(tmr, 0, sizeof(*tmr));
}

EXPORT void tmr_cancel(struct tmr *tmr)
{
	if (!tmr || !tmr->th)
		return;
	list_unlink(&tmr->le);
	tmr->th = NULL;
	wheel.len--;
}

EXPORT void tmr_start(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg)
{
	uint64_t now;

	if (!tmr)
		return;
	tmr_cancel(tmr);
	if (!th)
		return;
	now = tmr_jiffies();
	if (!wheel.len)
		wheel.now = now;
	tmr->th = th;
	tmr->arg = arg;
	tmr->jfs = now + delay;
	wheel.len++;
	wheel_insert(&wheel, tmr, wheel.now + 1);
}

EXPORT uint64_t tmr_get_expire(const struct tmr *tmr)
{
	uint64_t now = tmr_jiffies();

	return tmr && tmr->th && tmr->jfs > now ? tmr->jfs - now : 0;
}

EXPORT void tmr_poll(struct list *tmrl)
{
	uint64_t now = tmr_jiffies(), next;

	(void)tmrl;
	while ((next = wheel_next(&wheel)) <= now)
		wheel_fire(&wheel, next);
	if (now > wheel.now)
		wheel.now = now;
}

/* Milliseconds until the loop must come back; 0 = no timer at all. */
EXPORT uint64_t tmr_next_timeout(struct list *tmrl)
{
	uint64_t next = wheel_next(&wheel), now;

	(void)tmrl;
	if (next == UINT64_MAX)
		return 0;
	now = tmr_jiffies();
	return next > now ? next - now : 1;
}

EXPORT int tmr_status(struct re_printf *pf, void *unused)
{
	(void)unused;
	return re_hprintf(pf, "timers: %zu\n", wheel.len);
}

EXPORT void tmr_debug(void)
{
}

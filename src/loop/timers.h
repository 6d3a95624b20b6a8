/* Deadlines in a binary heap: O(log n) to set and to cancel. Pure mechanism: time comes as a parameter, so
 * the simulator can drive it. A timer is embedded in the object it serves. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer;
typedef void timer_handler(struct timer *t, int64_t now_ms);

struct timer {
	int64_t due_ms;
	size_t place; /* index in the heap + 1; 0 = not set */
	timer_handler *on_due;
};
struct timers {
	struct timer **heap;
	size_t len, room;
};

/* (Re)sets t to fire on_due at due_ms. 0 or -ENOMEM (t then is not set). */
int timer_set(struct timers *ts, struct timer *t, int64_t due_ms, timer_handler *on_due);
/* Does nothing when t is not set. */
void timer_cancel(struct timers *ts, struct timer *t);
bool timer_is_set(const struct timer *t);
/* Fires all that are due at now_ms, earliest first; handlers may set and cancel. */
void timers_run(struct timers *ts, int64_t now_ms);
/* The earliest deadline, or INT64_MAX. */
int64_t timers_next(const struct timers *ts);
void timers_free(struct timers *ts);

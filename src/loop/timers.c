/* A binary min-heap of pointers; each timer knows its place. */
#include "loop/timers.h"
#include "base/alloc.h"
#include "base/vec.h"

#include <errno.h>

static void place(struct timers *ts, size_t i, struct timer *t)
{
	ts->heap[i] = t;
	t->place = i + 1;
}

static void sift_up(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];

	for (; i > 0 && ts->heap[(i - 1) / 2]->due_ms > t->due_ms; i = (i - 1) / 2)
		place(ts, i, ts->heap[(i - 1) / 2]);
	place(ts, i, t);
}

static void sift_down(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= ts->len)
			break;
		if (child + 1 < ts->len && ts->heap[child + 1]->due_ms < ts->heap[child]->due_ms)
			child++;
		if (ts->heap[child]->due_ms >= t->due_ms)
			break;
		place(ts, i, ts->heap[child]);
		i = child;
	}
	place(ts, i, t);
}

int timer_set(struct timers *ts, struct timer *t, int64_t due_ms, timer_handler *on_due)
{
	timer_cancel(ts, t);
	if (!vec_grow((void **)&ts->heap, &ts->room, ts->len + 1, sizeof(struct timer *)))
		return -ENOMEM;
	t->due_ms = due_ms;
	t->on_due = on_due;
	place(ts, ts->len, t);
	sift_up(ts, ts->len++);
	return 0;
}

void timer_cancel(struct timers *ts, struct timer *t)
{
	if (!t->place)
		return;
	size_t i = t->place - 1;
	t->place = 0;
	struct timer *last = ts->heap[--ts->len];
	if (last == t)
		return;
	place(ts, i, last);
	sift_down(ts, i);
	sift_up(ts, last->place - 1);
}

bool timer_is_set(const struct timer *t)
{
	return t->place != 0;
}

void timers_run(struct timers *ts, int64_t now_ms)
{
	while (ts->len > 0 && ts->heap[0]->due_ms <= now_ms) {
		struct timer *t = ts->heap[0];
		timer_cancel(ts, t);
		t->on_due(t, now_ms);
	}
}

int64_t timers_next(const struct timers *ts)
{
	return ts->len ? ts->heap[0]->due_ms : INT64_MAX;
}

void timers_free(struct timers *ts)
{
	alloc_free(ts->heap);
	*ts = (struct timers){0};
}

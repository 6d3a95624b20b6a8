/* The clock on the wall: queues open and close by their hours at the minute, and at midnight of the
 * installation's zone routing's counts of the day begin anew. Looked at once a minute, so a wall clock that
 * is set meanwhile does no harm. */
#include "center/state.h"

#define MINUTE_MS 60000

bool queue_is_open(const struct center *c, const struct queue *q)
{
	const struct hours_row *row = q->hours ? map_get(&c->snapshot->hours_by_id, q->hours) : NULL;

	if (!q->is_active)
		return false;
	return !q->hours || (row && row->hours && hours_is_open(row->hours, center_wall(c)));
}

static void check_queue(struct center *c, const struct queue *q)
{
	struct queue_view *v = live_queue_view(c, q->id);
	bool is_closed = !queue_is_open(c, q);

	if (!v || v->is_closed == is_closed)
		return;
	if (route_feed(c, &(struct route_input){
				  .kind = ROUTE_OPEN, .queue = q->id, .is_available = !is_closed}) == 0)
		v->is_closed = is_closed;
}

void opening_check(struct center *c)
{
	const struct snapshot *s = c->snapshot;
	int64_t day = snapshot_day_start(s, center_wall(c));

	for (int i = 0; i < s->n_queues; i++)
		check_queue(c, &s->queues[i]);
	if (c->day_start_wall && day != c->day_start_wall)
		route_feed(c, &(struct route_input){.kind = ROUTE_RESET});
	c->day_start_wall = day;
}

static void minute_over(struct timer *t, int64_t now_ms)
{
	struct center *c = (struct center *)((char *)t - offsetof(struct center, minute_timer));

	(void)now_ms;
	opening_check(c);
	opening_start(c);
}

void opening_start(struct center *c)
{
	timer_set(&c->timers, &c->minute_timer, c->now_ms + MINUTE_MS - center_wall(c) % MINUTE_MS,
		minute_over);
}

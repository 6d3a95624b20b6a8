/* What is not known about a contact, drawn from what is. See whatif_parts.h.
 *
 * Every draw depends on the seed and on whom it is about, never on what was drawn before: the unchanged and
 * the changed simulation meet the same customers. */
#include "base/alloc.h"
#include "sim/whatif/whatif_parts.h"

#include <errno.h>
#include <stdlib.h>

#define HANDLE_MS 180000 /* where nobody of the queue was seen to be handled */
#define ANSWER_MS 3000	 /* where nobody was seen to answer */
#define BACK_MS 60000	 /* where nobody was seen to come back */

enum draw { DRAW_PATIENCE = 1, DRAW_HANDLE, DRAW_WRAP, DRAW_TRY, DRAW_BACK };

static struct dice dice_for(const struct past *p, enum draw what, uint64_t a, uint64_t b)
{
	return dice_split(&p->dice, pair_key(pair_key((uint64_t)what, a), b));
}

static struct queue_past *queue_of(const struct past *p, uint64_t queue)
{
	int64_t i = queue ? (int64_t)(uintptr_t)map_get(&p->queue_at, queue) - 1 : -1;

	return i >= 0 ? &p->queues.at[i] : NULL;
}

static struct queue_past *queue_made(struct past *p, uint64_t queue)
{
	struct queue_past *q = queue_of(p, queue);

	if (q || !queue)
		return q;
	if (VEC_PUSH(&p->queues, (struct queue_past){.queue = queue}) < 0 ||
		map_put(&p->queue_at, queue, (void *)(uintptr_t)p->queues.len) < 0)
		return NULL;
	return &p->queues.at[p->queues.len - 1];
}

static int by_time(const void *a, const void *b)
{
	const struct observed *x = a, *y = b;

	return (x->ms > y->ms) - (x->ms < y->ms);
}

int past_estimate(struct observed *list, size_t n, survival_list *ret_steps)
{
	double left = 1;

	if (n)
		qsort(list, n, sizeof(*list), by_time);
	for (size_t i = 0; i < n;) {
		size_t at_risk = n - i, seen = 0;
		int32_t ms = list[i].ms;
		for (; i < n && list[i].ms == ms; i++)
			seen += list[i].is_seen;
		if (!seen)
			continue;
		left *= 1 - (double)seen / (double)at_risk;
		if (VEC_PUSH(ret_steps, (struct survival){ms, left}) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* How long the contact was seen to wait. */
static int64_t waited(const struct past *p, const struct contact *c)
{
	int64_t end = c->answered_ms ? c->answered_ms : c->over_ms ? c->over_ms : p->day->last_ms;

	return end > c->at_ms ? end - c->at_ms : 0;
}

static int learn_patience(struct past *p, struct queue_past *q)
{
	VEC(struct observed) list = {0};
	survival_list steps = {0};
	int err = 0;

	VEC_EACH(&p->day->contacts, i)
	{
		const struct contact *c = &p->day->contacts.at[i];
		int64_t ms = waited(p, c);
		if (!c->is_known || c->in.queue != q->queue || err < 0)
			continue;
		bool is_seen = c->outcome == OUT_LEFT;
		err = VEC_PUSH(&list, (struct observed){(int32_t)(ms > INT32_MAX ? INT32_MAX : ms), is_seen});
		*(is_seen ? &q->n_left : &q->n_stayed) += 1;
	}
	if (err == 0)
		err = past_estimate(list.at, list.len, &steps);
	VEC_FREE(&list);
	q->patience.at = steps.at; /* the same shape, another name */
	q->patience.len = steps.len;
	q->patience.room = steps.room;
	return err;
}

static int learn_contact(struct past *p, const struct contact *c)
{
	struct queue_past *q = queue_made(p, c->in.queue);
	int err = 0;

	if (!q)
		return -ENOMEM;
	if (c->answered_ms && c->outcome == OUT_ENDED)
		err = VEC_PUSH(&q->handles, (int32_t)(c->over_ms - c->answered_ms));
	if (err == 0 && c->wrap_ms >= 0)
		err = VEC_PUSH(&q->wraps, c->is_wrap_limit ? -1 : c->wrap_ms);
	return err;
}

int past_new(struct past *p, const struct day *day, uint64_t seed)
{
	int err = 0;

	*p = (struct past){.day = day};
	dice_seed(&p->dice, seed);
	VEC_EACH(&day->contacts, i)
	if (err == 0 && day->contacts.at[i].is_known)
		err = learn_contact(p, &day->contacts.at[i]);
	for (size_t i = 0; i < p->queues.len && err == 0; i++)
		err = learn_patience(p, &p->queues.at[i]);
	for (size_t i = 0; i < day->tries.len && err == 0; i++)
		err = map_put(&p->try_of, pair_key(day->tries.at[i].contact + 1, day->tries.at[i].agent),
			(void *)(uintptr_t)(i + 1));
	return err;
}

void past_free(struct past *p)
{
	VEC_EACH(&p->queues, i)
	{
		VEC_FREE(&p->queues.at[i].patience);
		VEC_FREE(&p->queues.at[i].handles);
		VEC_FREE(&p->queues.at[i].wraps);
	}
	VEC_FREE(&p->queues);
	map_free(&p->queue_at);
	map_free(&p->try_of);
}

int64_t past_patience(const struct past *p, uint32_t contact)
{
	const struct contact *c = &p->day->contacts.at[contact];
	const struct queue_past *q = queue_of(p, c->in.queue);
	int64_t seen = waited(p, c);
	double left = 1;
	size_t i = 0;

	if (c->outcome == OUT_LEFT)
		return seen;
	for (; q && i < q->patience.len && q->patience.at[i].at_ms <= seen; i++)
		left = q->patience.at[i].left;
	struct dice d = dice_for(p, DRAW_PATIENCE, c->in.segment, 0);
	double down_to = dice_unit(&d) * left;
	for (; q && i < q->patience.len; i++)
		if (q->patience.at[i].left <= down_to)
			return q->patience.at[i].at_ms;
	return INT64_MAX; /* longer than anybody was seen to give up after */
}

int64_t past_handle(const struct past *p, uint32_t contact)
{
	const struct contact *c = &p->day->contacts.at[contact];
	const struct queue_past *q = queue_of(p, c->in.queue);

	if (c->answered_ms && c->outcome == OUT_ENDED)
		return c->over_ms - c->answered_ms;
	if (!q || q->handles.len == 0)
		return HANDLE_MS;
	struct dice d = dice_for(p, DRAW_HANDLE, c->in.segment, 0);
	return q->handles.at[dice_roll(&d, q->handles.len)];
}

int64_t past_wrap(const struct past *p, uint32_t contact)
{
	const struct contact *c = &p->day->contacts.at[contact];
	const struct queue_past *q = queue_of(p, c->in.queue);

	if (c->wrap_ms >= 0)
		return c->is_wrap_limit ? -1 : c->wrap_ms;
	if (!q || q->wraps.len == 0)
		return -1;
	struct dice d = dice_for(p, DRAW_WRAP, c->in.segment, 0);
	return q->wraps.at[dice_roll(&d, q->wraps.len)];
}

struct try past_try(const struct past *p, uint32_t contact, uint64_t agent, uint64_t like)
{
	const struct day *day = p->day;
	int64_t known = (int64_t)(uintptr_t)map_get(&p->try_of, pair_key(contact + 1, agent)) - 1;
	int64_t who = (int64_t)(uintptr_t)map_get(&day->person_at, like) - 1;

	if (known >= 0)
		return day->tries.at[known];
	if (day->tries.len == 0)
		return (struct try){contact, agent, ANSWER_MS, 0};
	struct dice d = dice_for(p, DRAW_TRY, day->contacts.at[contact].in.segment, agent);
	if (who >= 0 && day->people.at[who].tries.len)
		return day->tries
			.at[day->people.at[who].tries.at[dice_roll(&d, day->people.at[who].tries.len)]];
	return day->tries.at[dice_roll(&d, day->tries.len)];
}

int64_t past_back(const struct past *p, uint64_t agent, int64_t at_ms)
{
	struct dice d = dice_for(p, DRAW_BACK, agent, (uint64_t)at_ms);

	return p->day->backs.len ? p->day->backs.at[dice_roll(&d, p->day->backs.len)] : BACK_MS;
}

/* The recorded period, from records to demand. See whatif_parts.h.
 *
 * Before the simulation's beginning (WHATIF_LEAD_MS before the period) only what is in force is kept: the
 * configuration, who is available, which contacts live. From the beginning on everything is written down. */
#include "base/alloc.h"
#include "sim/whatif/whatif_parts.h"

#include <errno.h>
#include <stdlib.h>

static void *place(size_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

static int64_t at(const struct map *m, uint64_t id)
{
	return id ? (int64_t)(uintptr_t)map_get(m, id) - 1 : -1;
}

static void fail(struct day *d, int err)
{
	if (d->err == 0 && err < 0)
		d->err = err;
}

static bool has_begun(const struct day *d)
{
	return d->start_ms != INT64_MAX;
}

struct person *day_person(struct day *d, uint64_t agent)
{
	int64_t i = at(&d->person_at, agent);

	return i >= 0 ? &d->people.at[i] : NULL;
}

static struct person *person_of(struct day *d, uint64_t agent)
{
	struct person *p = day_person(d, agent);

	if (p || !agent)
		return p;
	if (VEC_PUSH(&d->people, (struct person){.id = agent}) < 0 ||
		map_put(&d->person_at, agent, place(d->people.len - 1)) < 0) {
		fail(d, -ENOMEM);
		return NULL;
	}
	return &d->people.at[d->people.len - 1];
}

static struct contact *contact_of(struct day *d, uint64_t segment)
{
	int64_t i = at(&d->contact_at, segment);

	return i >= 0 ? &d->contacts.at[i] : NULL;
}

static void give(struct day *d, struct given g)
{
	g.order = d->given.len;
	if (has_begun(d))
		fail(d, VEC_PUSH(&d->given, g));
}

/* --- configurations ------------------------------------------------------------------------------------ */
static void *copy_list(struct arena *arena, const void *list, int n, size_t size)
{
	void *copy = arena_alloc(arena, (size_t)(n > 0 ? n : 1) * size);

	if (copy && n > 0)
		memcpy(copy, list, (size_t)n * size);
	return copy;
}

static int copy_config(struct arena *arena, const struct route_config *from, struct route_config *ret_to)
{
	struct route_queue *queues = copy_list(arena, from->queues, from->n_queues, sizeof(*queues));
	struct route_agent *agents = copy_list(arena, from->agents, from->n_agents, sizeof(*agents));

	if (!queues || !agents)
		return -ENOMEM;
	for (int i = 0; i < from->n_agents; i++) {
		struct route_agent *a = &agents[i];
		a->skills = copy_list(arena, a->skills, a->n_skills, sizeof(*a->skills));
		a->serves = copy_list(arena, a->serves, a->n_serves, sizeof(*a->serves));
		if (!a->skills || !a->serves)
			return -ENOMEM;
	}
	*ret_to = *from;
	ret_to->queues = queues;
	ret_to->agents = agents;
	return 0;
}

static void give_config(struct day *d, const struct route_config *config, int64_t now_ms)
{
	struct route_config copy;
	int err = copy_config(&d->arena, config, &copy);

	if (err == 0)
		err = VEC_PUSH(&d->configs, copy);
	fail(d, err);
	if (err == 0)
		give(d, (struct given){.at_ms = now_ms,
				.kind = ROUTE_CONFIGURE,
				.ref = (uint32_t)d->configs.len - 1});
}

static void on_configure(struct day *d, const struct route_config *config, int64_t now_ms)
{
	if (has_begun(d)) {
		give_config(d, config, now_ms);
		return;
	}
	arena_free(&d->spare);
	d->spare = (struct arena){0};
	fail(d, copy_config(&d->spare, config, &d->now));
}

/* --- people -------------------------------------------------------------------------------------------- */
static void give_presence(struct day *d, uint64_t agent, bool is_available, int64_t at_ms)
{
	give(d, (struct given){
			.at_ms = at_ms, .kind = ROUTE_AVAILABLE, .who = agent, .is_available = is_available});
}

/* Away after a missed offer follows from the offer and is simulated, unless it was for long: then the person
 * had left anyway. */
static void on_available(struct day *d, uint64_t agent, bool is_available, int64_t now_ms)
{
	struct person *p = person_of(d, agent);

	if (!p)
		return;
	p->is_available = is_available;
	if (p->is_missing && !is_available)
		return;
	if (p->is_missing) {
		int64_t away = now_ms - p->missing_ms;
		p->is_missing = false;
		if (away <= WHATIF_BACK_MAX_MS) {
			fail(d, VEC_PUSH(&d->backs, (int32_t)away));
			return;
		}
		give_presence(d, agent, false, p->missing_ms);
	}
	give_presence(d, agent, is_available, now_ms);
}

static void on_not_responding(struct day *d, uint64_t agent, int64_t now_ms)
{
	struct person *p = person_of(d, agent);

	if (!p)
		return;
	p->is_missing = true;
	p->is_available = false;
	p->missing_ms = now_ms;
}

static void on_open(struct day *d, uint64_t queue, bool is_open, int64_t now_ms)
{
	give(d, (struct given){.at_ms = now_ms, .kind = ROUTE_OPEN, .who = queue, .is_available = is_open});
	for (size_t i = 0; i < d->closed.len; i++)
		if (d->closed.at[i] == queue) {
			VEC_REMOVE(&d->closed, i);
			break;
		}
	if (!is_open)
		fail(d, VEC_PUSH(&d->closed, queue));
}

/* --- contacts ------------------------------------------------------------------------------------------ */
static void on_enqueue(struct day *d, const struct route_input *in, int64_t engine_ms, int64_t now_ms)
{
	struct contact c = {.in = *in,
		.at_ms = now_ms,
		.waited_before_ms = in->waiting_since_ms < engine_ms ? engine_ms - in->waiting_since_ms : 0,
		.wrap_ms = -1,
		.is_known = true};
	uint32_t i = (uint32_t)d->contacts.len;

	if (d->free_places.len) {
		i = d->free_places.at[--d->free_places.len];
		d->contacts.at[i] = c;
	} else if (i == WHATIF_CONTACTS_MAX) {
		fail(d, -E2BIG);
		return;
	} else if (VEC_PUSH(&d->contacts, c) < 0) {
		fail(d, -ENOMEM);
		return;
	}
	fail(d, map_put(&d->contact_at, in->segment, place(i)));
	give(d, (struct given){.at_ms = now_ms, .kind = ROUTE_ENQUEUE, .ref = i});
}

/* Over before the simulation begins: nobody needs it any more. */
static void forget_early(struct day *d, struct contact *c)
{
	if (has_begun(d) || !c)
		return;
	map_remove(&d->contact_at, c->in.segment);
	c->is_known = false;
	fail(d, VEC_PUSH(&d->free_places, (uint32_t)(c - d->contacts.at)));
}

static void end_contact(struct contact *c, enum outcome outcome, int64_t now_ms)
{
	if (!c || c->outcome != OUT_OPEN)
		return;
	c->outcome = outcome;
	c->over_ms = now_ms;
}

static void note_try(struct day *d, const struct route_input *in, enum route_fail outcome, int64_t now_ms)
{
	uint64_t key = pair_key(in->segment, in->agent);
	int64_t since = (int64_t)(uintptr_t)map_remove(&d->offered, key) - 1,
		contact = at(&d->contact_at, in->segment);

	if (since < 0 || contact < 0 || !has_begun(d))
		return;
	fail(d, VEC_PUSH(&d->tries, (struct try){(uint32_t)contact, in->agent,
					    (int32_t)(now_ms - d->start_ms - since), outcome}));
}

static void on_ended(struct day *d, uint64_t segment, uint64_t agent, int64_t now_ms)
{
	int64_t i = at(&d->engaged_at, pair_key(agent, segment));

	if (i >= 0) {
		d->engaged.at[i].end_ms = now_ms;
		map_remove(&d->engaged_at, pair_key(agent, segment));
	}
	end_contact(contact_of(d, segment), OUT_ENDED, now_ms);
	forget_early(d, contact_of(d, segment));
}

static void give_engaged(struct day *d, const struct engaged *e, int64_t now_ms)
{
	if (VEC_PUSH(&d->engaged, *e) < 0 ||
		map_put(&d->engaged_at, pair_key(e->agent, e->segment), place(d->engaged.len - 1)) < 0)
		fail(d, -ENOMEM);
	else
		give(d, (struct given){
				.at_ms = now_ms, .kind = ROUTE_ENGAGE, .ref = (uint32_t)d->engaged.len - 1});
}

static void on_engage(struct day *d, const struct route_input *in, int64_t now_ms)
{
	give_engaged(d,
		&(struct engaged){.segment = in->segment,
			.agent = in->agent,
			.queue = in->queue,
			.channel = in->channel,
			.end_ms = INT64_MAX},
		now_ms);
}

static void on_cancel(struct day *d, uint64_t segment, int64_t now_ms)
{
	struct contact *c = contact_of(d, segment);

	end_contact(c, c && c->answered_ms ? OUT_ENDED : OUT_LEFT, now_ms);
	forget_early(d, c);
}

static void on_accepted(struct day *d, const struct route_input *in, int64_t now_ms)
{
	struct contact *c = contact_of(d, in->segment);

	note_try(d, in, 0, now_ms);
	if (c && c->outcome == OUT_OPEN) {
		c->answered_ms = now_ms;
		c->agent = in->agent;
	}
}

static void take_input(struct day *d, const struct record *r, int64_t now_ms)
{
	const struct route_input *in = &r->input;

	switch (in->kind) {
	case ROUTE_CONFIGURE:
		on_configure(d, in->config, now_ms);
		break;
	case ROUTE_AVAILABLE:
		on_available(d, in->agent, in->is_available, now_ms);
		break;
	case ROUTE_ENQUEUE:
		on_enqueue(d, in, r->now_ms, now_ms);
		break;
	case ROUTE_CANCEL:
		on_cancel(d, in->segment, now_ms);
		break;
	case ROUTE_ACCEPTED:
		on_accepted(d, in, now_ms);
		break;
	case ROUTE_FAILED:
		note_try(d, in, in->fail, now_ms);
		break;
	case ROUTE_ENDED:
		on_ended(d, in->segment, in->agent, now_ms);
		break;
	case ROUTE_ENGAGE:
		on_engage(d, in, now_ms);
		break;
	case ROUTE_ASSIGN:
		if (at(&d->contact_at, in->segment) >= 0)
			give(d, (struct given){.at_ms = now_ms,
					.kind = ROUTE_ASSIGN,
					.ref = (uint32_t)at(&d->contact_at, in->segment),
					.who = in->agent});
		break;
	case ROUTE_OPEN:
		on_open(d, in->queue, in->is_available, now_ms);
		break;
	case ROUTE_RESET:
		give(d, (struct given){.at_ms = now_ms, .kind = ROUTE_RESET});
		break;
	default:
		break;
	}
}

static void on_withdraw(struct day *d, const struct route_action *a, int64_t now_ms)
{
	struct route_input in = {.segment = a->segment, .agent = a->agent};

	if (a->reason == ROUTE_DEADLINE)
		note_try(d, &in, ROUTE_NO_ANSWER, now_ms);
	else
		map_remove(&d->offered, pair_key(a->segment, a->agent));
}

static void on_wrap_up(struct day *d, const struct route_action *a, bool is_over, int64_t now_ms)
{
	struct contact *c = contact_of(d, a->segment);

	if (!c || c->wrap_ms >= 0)
		return;
	if (!is_over) {
		c->wrap_from_ms = c->wrap_from_ms ? c->wrap_from_ms : now_ms;
		return;
	}
	c->wrap_ms = (int32_t)(now_ms - c->wrap_from_ms);
	c->is_wrap_limit = a->reason == ROUTE_DEADLINE;
}

static void take_action(
	struct day *d, const struct route_input *in, const struct route_action *a, int64_t now_ms)
{
	switch (a->kind) {
	case ROUTE_OFFER:
	case ROUTE_RESERVE:
		if (has_begun(d))
			fail(d, map_put(&d->offered, pair_key(a->segment, a->agent),
					place((size_t)(now_ms - d->start_ms))));
		break;
	case ROUTE_WITHDRAW:
		on_withdraw(d, a, now_ms);
		break;
	case ROUTE_NOT_RESPONDING:
		on_not_responding(d, a->agent, now_ms);
		break;
	case ROUTE_WRAP_UP:
	case ROUTE_WRAP_UP_OVER:
		on_wrap_up(d, a, a->kind == ROUTE_WRAP_UP_OVER, now_ms);
		break;
	case ROUTE_REFUSED:
	case ROUTE_OVERFLOW:
		if (a->kind == ROUTE_REFUSED && in->kind == ROUTE_ASSIGN)
			break;
		end_contact(contact_of(d, a->segment), OUT_OVERFLOWED, now_ms);
		forget_early(d, contact_of(d, a->segment));
		break;
	default:
		break;
	}
}

/* --- the beginning ------------------------------------------------------------------------------------- */
static void begin_contact(struct day *d, uint32_t i)
{
	const struct contact *c = &d->contacts.at[i];

	if (!c->is_known)
		return;
	if (c->answered_ms)
		give_engaged(d,
			&(struct engaged){c->in.segment, c->agent, c->in.queue, c->in.channel, INT64_MAX},
			d->start_ms);
	else
		give(d, (struct given){.at_ms = d->start_ms, .kind = ROUTE_ENQUEUE, .ref = i});
}

/* The simulation begins with what is in force. */
static void begin(struct day *d, int64_t now_ms)
{
	d->start_ms = now_ms;
	d->engaged.len = 0; /* over, or given again below */
	if (d->now.queues || d->now.agents)
		give_config(d, &d->now, now_ms);
	VEC_EACH(&d->closed, i)
	give(d, (struct given){.at_ms = now_ms, .kind = ROUTE_OPEN, .who = d->closed.at[i]});
	VEC_EACH(&d->people, i)
	if (d->people.at[i].is_available)
		give_presence(d, d->people.at[i].id, true, now_ms);
	for (uint32_t i = 0; i < d->contacts.len; i++)
		begin_contact(d, i);
}

/* Whoever was under way when the server stopped without a word. */
static void cut_all(struct day *d)
{
	VEC_EACH(&d->contacts, i)
	{
		struct contact *c = &d->contacts.at[i];
		if (c->is_known && c->outcome == OUT_OPEN)
			end_contact(c, c->answered_ms ? OUT_ENDED : OUT_CUT, d->last_ms);
		if (c->is_known)
			forget_early(d, c);
	}
	VEC_EACH(&d->engaged, i)
	if (d->engaged.at[i].end_ms == INT64_MAX)
		d->engaged.at[i].end_ms = d->last_ms;
}

void day_run(struct day *d, const struct whatif_options *o, int64_t now_ms)
{
	cut_all(d);
	VEC_EACH(&d->people, i)
	d->people.at[i].is_available = d->people.at[i].is_missing = false;
	d->closed.len = 0;
	map_free(&d->offered);
	map_free(&d->engaged_at);
	d->now = (struct route_config){0};
	if (!has_begun(d) && now_ms >= o->from_ms - WHATIF_LEAD_MS)
		begin(d, now_ms);
	else /* it had stopped when it last said something, as far as anybody knows */
		give(d, (struct given){.at_ms = d->last_ms, .kind = GIVEN_RESTART});
}

void day_step(struct day *d, const struct whatif_options *o, const struct record *r, int64_t now_ms,
	const struct route_actions *actions)
{
	if (!has_begun(d) && now_ms >= o->from_ms - WHATIF_LEAD_MS)
		begin(d, now_ms);
	d->last_ms = now_ms;
	if (r->rc == 0)
		take_input(d, r, now_ms);
	for (size_t i = 0; i < actions->len; i++)
		take_action(d, &r->input, &actions->at[i], now_ms);
}

static int by_time(const void *a, const void *b)
{
	const struct given *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

int day_close(struct day *d, const struct whatif_options *o)
{
	VEC_EACH(&d->people, i)
	{
		const struct person *p = &d->people.at[i];
		if (p->is_missing && o->to_ms - p->missing_ms > WHATIF_BACK_MAX_MS)
			give_presence(d, p->id, false, p->missing_ms);
	}
	if (d->given.len)
		qsort(d->given.at, d->given.len, sizeof(*d->given.at), by_time);
	for (uint32_t i = 0; i < d->tries.len; i++) {
		struct person *p = person_of(d, d->tries.at[i].agent);
		if (p)
			fail(d, VEC_PUSH(&p->tries, i));
	}
	return d->err;
}

void day_free(struct day *d)
{
	VEC_EACH(&d->people, i)
	VEC_FREE(&d->people.at[i].tries);
	VEC_FREE(&d->contacts);
	VEC_FREE(&d->free_places);
	VEC_FREE(&d->engaged);
	VEC_FREE(&d->tries);
	VEC_FREE(&d->given);
	VEC_FREE(&d->configs);
	VEC_FREE(&d->people);
	VEC_FREE(&d->backs);
	VEC_FREE(&d->closed);
	map_free(&d->contact_at);
	map_free(&d->person_at);
	map_free(&d->engaged_at);
	map_free(&d->offered);
	arena_free(&d->arena);
	arena_free(&d->spare);
}

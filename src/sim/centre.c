/* The loop, and the life of a contact. Invariants: a contact is in use from its arrival to its end; an
 * agent's n_contacts counts what rings at it, talks to it or is wrapped up; nothing is allocated per contact
 * once the pool and the agenda have grown to what is there at once. */
#include "sim/centre.h"
#include "sim/centre_parts.h"

#include <assert.h>
#include <math.h>

/* Segments' ids: order of arrival, and the contact's place. */

static uint64_t id_of(uint64_t number, uint32_t slot)
{
	return number << SLOT_BITS | slot;
}

static struct contact *contact_of(struct sim_centre *c, uint64_t id)
{
	uint32_t slot = id & (SIM_CONTACTS_MAX - 1);
	struct contact *contact = slot < c->contacts.len ? &c->contacts.at[slot] : NULL;

	return contact && contact->id == id ? contact : NULL;
}

static struct contact *contact_new(struct sim_centre *c)
{
	uint32_t slot = c->unused;

	if (slot != NO_SLOT) {
		c->unused = c->contacts.at[slot].next_unused;
	} else {
		if (c->contacts.len == SIM_CONTACTS_MAX) {
			c->err = -ENOSPC;
			return NULL;
		}
		slot = (uint32_t)c->contacts.len;
		if (VEC_PUSH(&c->contacts, (struct contact){0}) < 0) {
			c->err = -ENOMEM;
			return NULL;
		}
	}
	c->contacts.at[slot] = (struct contact){.id = id_of(++c->n_arrived, slot), .arrived_ms = c->now_ms};
	return &c->contacts.at[slot];
}

static void contact_free(struct sim_centre *c, struct contact *contact)
{
	if (contact->batch >= 0)
		c->n_counted--;
	contact->id = 0;
	contact->next_unused = c->unused;
	c->unused = (uint32_t)(contact - c->contacts.at);
}

static struct tally_contacts *count(struct sim_centre *c, const struct contact *contact)
{
	return contact->batch < 0 ? &c->uncounted
				  : tally_contacts(c->tally, contact->queue, c->run, contact->batch);
}

void sim_centre_plan(struct sim_centre *c, int64_t at_ms, enum happening kind, uint64_t a, uint64_t b)
{
	int err = agenda_add(&c->agenda, at_ms, kind, a, b);

	if (err < 0)
		c->err = err;
}

/* Agents' time. */

void sim_agent_account(struct sim_centre *c, struct sim_agent *a)
{
	if (a->n_contacts || a->is_available)
		tally_spend(c->tally, a->group, c->run, a->since_ms, c->now_ms, a->n_contacts > 0);
	a->since_ms = c->now_ms;
}

static void occupy(struct sim_centre *c, uint64_t agent, int by)
{
	struct sim_agent *a = &c->agents[agent - 1];

	if (a->n_contacts == 0 || a->n_contacts + by == 0)
		sim_agent_account(c, a);
	a->n_contacts += by;
	assert(a->n_contacts >= 0);
}

/* What the engine says. */

static void on_offer(struct sim_centre *c, const struct route_action *a)
{
	struct contact *contact = contact_of(c, a->segment);
	const struct scenario_group *g = &c->s->groups.at[c->agents[a->agent - 1].group];

	assert(contact);
	occupy(c, a->agent, 1);
	contact->decision = (uint32_t)a->decision;
	if (g->no_answer_pct > 0 && dice_unit(&c->people) * 100 < g->no_answer_pct)
		return; /* it rings out */
	if (g->answer_delay_s > 0)
		sim_centre_plan(c, c->now_ms + llround(g->answer_delay_s * 1000), ANSWERS, a->segment,
			a->agent << 32 | contact->decision);
	else if (VEC_PUSH(&c->answers, (struct answer){a->segment, a->agent}) < 0)
		c->err = -ENOMEM;
}

static void on_wrap_up(struct sim_centre *c, const struct route_action *a)
{
	struct contact *contact = contact_of(c, a->segment);

	occupy(c, a->agent, 1);
	if (contact)
		count(c, contact)->handle_ms += a->due_ms - c->now_ms;
}

static void on_left(struct sim_centre *c, const struct route_action *a)
{
	struct contact *contact = contact_of(c, a->segment);

	assert(contact);
	if (a->kind == ROUTE_OVERFLOW) {
		count(c, contact)->overflowed_out++;
	} else {
		if (a->reason == ROUTE_NO_MEMORY)
			c->err = -ENOMEM;
		count(c, contact)->refused++;
		count(c, contact)->offered--;
	}
	contact_free(c, contact);
}

static void on_not_responding(struct sim_centre *c, const struct route_action *a)
{
	struct sim_agent *agent = &c->agents[a->agent - 1];
	const struct scenario_group *g = &c->s->groups.at[agent->group];

	sim_agent_account(c, agent);
	agent->is_available = false;
	agent->is_away = true;
	sim_centre_plan(c, c->now_ms + llround(g->back_after_s * 1000), COMES_BACK, a->agent, 0);
}

static void on_actions(struct sim_centre *c)
{
	for (size_t i = 0; i < c->out.len; i++) {
		const struct route_action *a = &c->out.at[i];
		switch (a->kind) {
		case ROUTE_OFFER:
			on_offer(c, a);
			break;
		case ROUTE_WITHDRAW:
		case ROUTE_WRAP_UP_OVER:
			occupy(c, a->agent, -1);
			break;
		case ROUTE_WRAP_UP:
			on_wrap_up(c, a);
			break;
		case ROUTE_OVERFLOW:
		case ROUTE_REFUSED:
			on_left(c, a);
			break;
		case ROUTE_NOT_RESPONDING:
			on_not_responding(c, a);
			break;
		case ROUTE_RESERVE:
		case ROUTE_ANNOUNCE:
		case ROUTE_WARN:
			break;
		}
	}
}

int sim_centre_step(struct sim_centre *c, const struct route_input *in)
{
	int err = route_step(c->r, in, c->now_ms, &c->out);

	c->tally->inputs++;
	if (err == -ENOMEM)
		c->err = err;
	if (err == 0)
		on_actions(c);
	return err;
}

/* An agent takes the call that rings, unless it is gone by now. */
static void on_answer(struct sim_centre *c, uint64_t segment, uint64_t agent)
{
	struct contact *contact;
	struct tally_contacts *t;
	int64_t wait_ms;

	if (sim_centre_step(
		    c, &(struct route_input){.kind = ROUTE_ACCEPTED, .segment = segment, .agent = agent}) < 0)
		return;
	contact = contact_of(c, segment);
	assert(contact && !contact->is_talking);
	contact->is_talking = true;
	wait_ms = c->now_ms - contact->arrived_ms;
	t = count(c, contact);
	t->answered++;
	t->answered_in_time += wait_ms <= c->queues[contact->queue].in_time_ms;
	t->wait_ms += wait_ms;
	t->handle_ms += contact->handle_ms;
	if (contact->batch >= 0)
		tally_wait(c->tally, contact->queue, wait_ms);
	sim_centre_plan(c, c->now_ms + contact->handle_ms, ENDS, segment, agent);
}

void sim_centre_settle(struct sim_centre *c)
{
	for (size_t i = 0; i < c->answers.len;
		i++) /* an answer may make something ring, so the list may grow */
		on_answer(c, c->answers.at[i].segment, c->answers.at[i].agent);
	c->answers.len = 0;
}

/* What happens by itself. */

static void plan_arrival(struct sim_centre *c, size_t queue)
{
	int64_t at_ms = sim_demand_next(&c->queues[queue].demand, &c->s->queues.at[queue]);

	if (at_ms < c->give_up_ms)
		sim_centre_plan(c, at_ms, ARRIVES, queue, 0);
}

static void on_arrival(struct sim_centre *c, size_t queue)
{
	const struct scenario_queue *q = &c->s->queues.at[queue];
	struct dice *dice = &c->queues[queue].customers;
	struct contact *contact;
	uint64_t id;

	plan_arrival(c, queue);
	contact = contact_new(c);
	if (!contact)
		return;
	id = contact->id;
	contact->queue = (uint16_t)queue;
	contact->batch = (int16_t)tally_batch(c->tally, c->now_ms);
	contact->handle_ms = sim_demand_handle_ms(q, dice);
	int64_t patience_ms =
		isinf(q->patience_s) ? INT64_MAX : llround(dice_exponential(dice, q->patience_s) * 1000);
	count(c, contact)->offered++;
	if (contact->batch >= 0)
		c->n_counted++;
	sim_centre_step(c, &(struct route_input){.kind = ROUTE_ENQUEUE,
				   .segment = id,
				   .queue = queue + 1,
				   .channel = q->set.channel,
				   .waiting_since_ms = c->now_ms});
	sim_centre_settle(c);
	contact = contact_of(c, id);
	if (contact && !contact->is_talking && patience_ms != INT64_MAX)
		sim_centre_plan(c, c->now_ms + patience_ms, GIVES_UP, id, 0);
}

static void on_give_up(struct sim_centre *c, uint64_t id)
{
	struct contact *contact = contact_of(c, id);
	struct tally_contacts *t;

	if (!contact || contact->is_talking)
		return;
	int64_t wait_ms = c->now_ms - contact->arrived_ms;
	t = count(c, contact);
	t->abandoned++;
	t->abandoned_in_time += wait_ms <= c->queues[contact->queue].in_time_ms;
	t->short_abandoned += wait_ms < c->queues[contact->queue].short_ms;
	contact_free(c, contact);
	sim_centre_step(c, &(struct route_input){.kind = ROUTE_CANCEL, .segment = id});
}

static void on_end(struct sim_centre *c, uint64_t id, uint64_t agent)
{
	struct contact *contact = contact_of(c, id);

	assert(contact && contact->is_talking);
	occupy(c, agent, -1);
	sim_centre_step(c, &(struct route_input){.kind = ROUTE_ENDED, .segment = id, .agent = agent});
	contact_free(c, contact);
}

static void happen(struct sim_centre *c, const struct agenda_entry *e)
{
	switch ((enum happening)e->kind) {
	case ARRIVES:
		on_arrival(c, e->a);
		break;
	case GIVES_UP:
		on_give_up(c, e->a);
		break;
	case ANSWERS: {
		const struct contact *contact = contact_of(c, e->a);
		if (contact && !contact->is_talking && contact->decision == (uint32_t)e->b)
			on_answer(c, e->a, e->b >> 32);
		break;
	}
	case ENDS:
		on_end(c, e->a, e->b);
		break;
	case SHIFT:
		sim_people_shift(c, e->a);
		break;
	case COMES_BACK:
		sim_people_back(c, e->a);
		break;
	}
}

static int64_t next_due(const struct sim_centre *c)
{
	int64_t planned = agenda_due(&c->agenda), due = route_next_due(c->r);

	return planned < due ? planned : due;
}

/* What is still waiting when the simulation gives up belongs in the books, too. */
static void close_books(struct sim_centre *c)
{
	VEC_EACH(&c->contacts, i)
	if (c->contacts.at[i].id && !c->contacts.at[i].is_talking)
		count(c, &c->contacts.at[i])->unfinished++;
	for (int i = 0; i < c->s->n_agents; i++)
		sim_agent_account(c, &c->agents[i]);
	c->tally->simulated_ms += c->now_ms;
}

static void run(struct sim_centre *c, int64_t end_ms)
{
	struct agenda_entry e;

	while (c->err == 0 && (c->now_ms < end_ms || c->n_counted > 0)) {
		int64_t at_ms = next_due(c);
		if (at_ms > end_ms && (c->n_counted == 0 || at_ms > c->give_up_ms)) {
			c->now_ms = c->now_ms < end_ms ? end_ms : c->now_ms;
			break;
		}
		c->now_ms = at_ms;
		if (agenda_due(&c->agenda) == at_ms && agenda_take(&c->agenda, &e))
			happen(c, &e);
		else if (sim_centre_step(c, &(struct route_input){.kind = ROUTE_TIME}) == 0 &&
			 route_next_due(c->r) <= at_ms)
			c->err = -ENOMEM; /* what finds no memory stays due */
		sim_centre_settle(c);
	}
	close_books(c);
}

static void centre_free(struct sim_centre *c)
{
	route_free(c->r);
	route_actions_free(&c->out);
	agenda_free(&c->agenda);
	VEC_FREE(&c->contacts);
	VEC_FREE(&c->answers);
	alloc_free(c->agents);
	alloc_free(c->queues);
}

int sim_centre_run(const struct scenario *s, uint64_t seed, int run_number, struct tally *tally)
{
	struct sim_centre c = {.s = s, .tally = tally, .run = run_number, .unused = NO_SLOT};
	int64_t end_ms = tally->from_ms + tally->n_batches * tally->batch_ms;

	c.give_up_ms = end_ms + SIM_RUN_ON_H * INT64_C(3600000);
	c.err = sim_centre_open(&c, seed);
	if (c.err == 0) {
		for (size_t i = 0; i < s->queues.len; i++)
			plan_arrival(&c, i);
		for (size_t i = 0; i < s->groups.len; i++)
			sim_people_shift(&c, i);
		run(&c, end_ms);
	}
	centre_free(&c);
	return c.err;
}

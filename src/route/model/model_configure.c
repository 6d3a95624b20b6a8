/* The plain model: a new configuration. See model.h. */
#include "route/model/model_parts.h"

#include <string.h>

/* The queue with the smallest id above that, or NULL. */
static struct model_queue *queue_after(struct model *m, uint64_t id)
{
	struct model_queue *next = NULL;

	EACH_QUEUE(m, q)
	if (q->set.id > id && (!next || q->set.id < next->set.id))
		next = q;
	return next;
}

/* The queue as it goes on, or NULL: one whose channel changed is gone, and a new one has its id. */
static struct model_queue *kept_queue(struct model *m, struct model *next, uint64_t id)
{
	const struct model_queue *q = model_queue_of(m, id);
	struct model_queue *to = model_queue_of(next, id);

	return q && to && q->set.channel == to->set.channel ? to : NULL;
}

static struct model_agent *agent_after(struct model *m, uint64_t id)
{
	struct model_agent *next = NULL;

	EACH_AGENT(m, a)
	if (a->set.id > id && (!next || a->set.id < next->set.id))
		next = a;
	return next;
}

/* Everybody in a queue that is gone leaves it in order, waiting or ringing. */
static void end_queue(struct model *m, struct model_queue *q)
{
	struct model_contact *c;

	for (;;) {
		struct model_segment *first = NULL;
		EACH_SEGMENT(m, s)
		if ((s->state == MODEL_WAITING || s->state == MODEL_OFFERED) && s->queue == q->set.id &&
			(!first || model_is_before(m, s, first)))
			first = s;
		if (!first)
			break;
		while ((c = model_oldest(m, 0, first->stay, MODEL_OFFERED))) {
			model_act_on(m, c, ROUTE_WITHDRAW, ROUTE_RECONFIGURED);
			c->state = MODEL_FREE;
		}
		model_leave(m, first, ROUTE_RECONFIGURED);
	}
}

static int last_ring(const struct model_queue *q)
{
	return q->set.n_rings ? q->set.n_rings - 1 : 0;
}

/* Whether it is configured to take more, less or otherwise at once than before. */
static bool has_new_room(struct model *m, const struct model_agent *to)
{
	const struct model_agent *was = model_agent_of(m, to->set.id);

	return memcmp(was->set.capacity, to->set.capacity, sizeof(to->set.capacity)) ||
	       memcmp(was->set.load, to->set.load, sizeof(to->set.load)) ||
	       memcmp(was->set.interrupts, to->set.interrupts, sizeof(to->set.interrupts));
}

/* Whether an offer may stand in the new world; m holds the contacts as they are now. */
static bool may_keep(struct model *m, struct model *next, const struct model_contact *c)
{
	struct model_agent *to = model_agent_of(next, c->agent);
	struct model_segment s = *model_stay_of(m, c->stay);
	int last = last_ring(model_queue_of(next, c->queue));

	if (!to || to->is_gone)
		return false;
	s.ring = s.ring < last ? s.ring : last;
	if (!c->is_by_hand && !model_meets(next, &s, to))
		return false;
	return !has_new_room(m, to) || model_fits(m, to, c, false); /* the queue's limit is for new offers */
}

static void end_contacts(struct model *m, struct model *next, uint64_t agent)
{
	struct model_agent *to = model_agent_of(next, agent);
	uint64_t nth = 0;

	for (;;) {
		struct model_contact *c = NULL;
		EACH_CONTACT(m, b)
		if ((b->state == MODEL_OFFERED || b->state == MODEL_WRAP_UP) && b->agent == agent &&
			b->nth > nth && (!c || b->nth < c->nth))
			c = b;
		if (!c)
			return;
		nth = c->nth;
		if (c->state == MODEL_WRAP_UP && !to)
			model_over(m, c, ROUTE_RECONFIGURED);
		else if (c->state == MODEL_OFFERED && !may_keep(m, next, c))
			model_withdraw(m, c, ROUTE_RECONFIGURED);
	}
}

static void read_config(struct model *m, const struct route_config *c)
{
	m->version = c->version;
	m->n_queues = c->n_queues;
	m->n_agents = c->n_agents;
	for (int i = 0; i < c->n_queues; i++)
		m->queues[i] =
			(struct model_queue){.set = c->queues[i], .is_open = true, .alone_ms = INT64_MAX};
	for (int i = 0; i < c->n_agents; i++) {
		const struct route_agent *from = &c->agents[i];
		struct model_agent *a = &m->agents[i];
		*a = (struct model_agent){.set = *from};
		memcpy(a->skills, from->skills, sizeof(*a->skills) * (size_t)from->n_skills);
		memcpy(a->serves, from->serves, sizeof(*a->serves) * (size_t)from->n_serves);
	}
}

static bool has_contacts(struct model *m, uint64_t agent)
{
	EACH_CONTACT(m, c)
	if (c->state != MODEL_FREE && c->agent == agent)
		return true;
	return false;
}

static void move_agent(const struct model_agent *old, struct model_agent *a)
{
	struct model_agent was = *a;

	*a = *old;
	a->set = was.set;
	memcpy(a->skills, was.skills, sizeof(a->skills));
	memcpy(a->serves, was.serves, sizeof(a->serves));
	a->n_robin = 0;
	for (int i = 0; i < old->n_robin; i++)
		for (int k = 0; k < a->set.n_serves; k++)
			if (a->serves[k].queue == old->robin[i].queue)
				a->robin[a->n_robin++] = old->robin[i];
}

static void move_state(struct model *m, struct model *next)
{
	for (int i = 0; i < next->n_queues; i++) {
		struct route_queue set = next->queues[i].set;
		if (kept_queue(m, next, set.id))
			next->queues[i] = *model_queue_of(m, set.id);
		next->queues[i].set = set;
		if (!set.share_pct)
			next->queues[i].owed = 0;
	}
	EACH_AGENT(m, old)
	{
		struct model_agent *a = model_agent_of(next, old->set.id);
		if (a && !old->is_gone)
			move_agent(old, a);
		if (a || !has_contacts(m, old->set.id))
			continue;
		a = &next->agents[next->n_agents++];
		*a = (struct model_agent){.set.id = old->set.id, .is_gone = true};
	}
}

static void move_segments(struct model *m)
{
	EACH_SEGMENT(m, s)
	{
		if (s->state != MODEL_WAITING && s->state != MODEL_OFFERED)
			continue;
		int last = last_ring(model_queue_of(m, s->queue));
		s->ring = s->ring < last ? s->ring : last;
		struct model_agent *p = model_known_agent(m, s->preferred);
		if (s->preferred && (!p || !model_meets(m, s, p)))
			s->preferred = 0;
	}
}

/* What the queues are told anew holds from here on, for offers withdrawn by this configuration too. */
static void take_settings(struct model *m, struct model *next)
{
	EACH_AGENT(m, a)
	for (int i = 0; i < a->n_robin; i++) {
		struct model_queue *to = kept_queue(m, next, a->robin[i].queue);
		if (!to || model_queue_of(m, a->robin[i].queue)->set.strategy != to->set.strategy)
			a->robin[i--] = a->robin[--a->n_robin];
	}
	EACH_QUEUE(m, q)
	if (kept_queue(m, next, q->set.id))
		q->set = model_queue_of(next, q->set.id)->set;
}

int model_configure(struct model *m, const struct route_config *config)
{
	static struct model next;

	memset(&next, 0, sizeof(next));
	read_config(&next, config);
	for (struct model_queue *q = queue_after(m, 0); q; q = queue_after(m, q->set.id))
		if (!kept_queue(m, &next, q->set.id))
			end_queue(m, q);
	take_settings(m, &next);
	for (struct model_agent *a = agent_after(m, 0); a; a = agent_after(m, a->set.id))
		end_contacts(m, &next, a->set.id);
	EACH_CONTACT(m, c)
	c->has_queue = c->has_queue && kept_queue(m, &next, c->queue);
	move_state(m, &next);
	m->version = next.version;
	m->n_agents = next.n_agents;
	m->n_queues = next.n_queues;
	memcpy(m->agents, next.agents, sizeof(m->agents));
	memcpy(m->queues, next.queues, sizeof(m->queues));
	move_segments(m);
	return 0;
}

/* The naive model: a new configuration. See model.h. */
#include "route/model_parts.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* The queue with the smallest id above that, or NULL. */
static struct model_queue *queue_after(struct model *m, uint64_t id)
{
	struct model_queue *next = NULL;

	for (int i = 0; i < m->n_queues; i++)
		if (m->queues[i].set.id > id && (!next || m->queues[i].set.id < next->set.id))
			next = &m->queues[i];
	return next;
}

static struct model_agent *agent_after(struct model *m, uint64_t id)
{
	struct model_agent *next = NULL;

	EACH_AGENT(m, a)
	if (a->id > id && (!next || a->id < next->id))
		next = a;
	return next;
}

static void end_queue(struct model *m, struct model_queue *q)
{
	q->set.max_wait_ms = 0;
	for (;;) {
		struct model_segment *first = NULL;
		EACH_SEGMENT(m, s)
		if ((s->state == MODEL_WAITING || s->state == MODEL_OFFERED) && s->queue == q->set.id &&
			(!first || model_is_before(m, s, first)))
			first = s;
		if (!first)
			break;
		if (first->state == MODEL_OFFERED)
			model_withdraw(m, first, ROUTE_RECONFIGURED);
		model_overflow(m, first, ROUTE_RECONFIGURED);
	}
}

static void end_contacts(struct model *m, struct model *next, uint64_t agent)
{
	struct model_agent *to = model_agent_of(next, agent);
	uint64_t nth = 0;

	for (;;) {
		struct model_segment *s = NULL;
		EACH_SEGMENT(m, t)
		if ((t->state == MODEL_OFFERED || t->state == MODEL_WRAP_UP) && t->agent == agent &&
			t->nth > nth && (!s || t->nth < s->nth))
			s = t;
		if (!s)
			return;
		nth = s->nth;
		bool is_gone = !to || to->is_gone;
		if (s->state == MODEL_WRAP_UP && is_gone)
			model_contact_over(m, s, ROUTE_RECONFIGURED);
		if (s->state != MODEL_OFFERED)
			continue;
		if (is_gone || model_used(m, agent, s->channel) > to->capacity[s->channel] ||
			(!s->is_assigned && !model_is_fit(next, s, to)))
			model_withdraw(m, s, ROUTE_RECONFIGURED);
	}
}

static void read_config(struct model *m, const struct route_config *c)
{
	m->version = c->version;
	m->n_queues = c->n_queues;
	m->n_agents = c->n_agents;
	for (int i = 0; i < c->n_queues; i++)
		m->queues[i] = (struct model_queue){.set = c->queues[i]};
	for (int i = 0; i < c->n_agents; i++) {
		const struct route_agent *from = &c->agents[i];
		struct model_agent *a = &m->agents[i];
		*a = (struct model_agent){.id = from->id,
			.is_persistent = from->is_persistent,
			.n_skills = from->n_skills,
			.n_queues = from->n_queues};
		memcpy(a->skills, from->skills, sizeof(*a->skills) * (size_t)a->n_skills);
		memcpy(a->queues, from->queues, sizeof(*a->queues) * (size_t)a->n_queues);
		memcpy(a->capacity, from->capacity, sizeof(a->capacity));
	}
}

static void move_state(struct model *m, struct model *next)
{
	for (int i = 0; i < next->n_queues; i++) {
		struct route_queue set = next->queues[i].set;
		struct model_queue *old = model_queue_of(m, set.id);
		if (old)
			next->queues[i] = *old;
		next->queues[i].set = set;
	}
	EACH_AGENT(m, old)
	{
		struct model_agent *a = model_agent_of(next, old->id);
		bool has_contacts = model_count(m, old->id, MODEL_OFFERED, -1) +
					    model_count(m, old->id, MODEL_CONNECTED, -1) +
					    model_count(m, old->id, MODEL_WRAP_UP, -1) >
				    0;
		if (!a && !has_contacts)
			continue;
		if (!a) {
			a = &next->agents[next->n_agents++];
			*a = (struct model_agent){.id = old->id, .is_gone = true};
		}
		if (a->is_gone || old->is_gone)
			continue;
		a->is_available = old->is_available;
		a->is_resting = old->is_resting;
		a->rest_ms = old->rest_ms;
		a->idle_ms = old->idle_ms;
		memcpy(a->declined, old->declined, sizeof(a->declined));
		a->n_declined = old->n_declined;
	}
}

int model_configure(struct model *m, const struct route_config *c)
{
	static struct model next;

	memset(&next, 0, sizeof(next));
	read_config(&next, c);
	for (struct model_queue *q = queue_after(m, 0); q; q = queue_after(m, q->set.id))
		if (!model_queue_of(&next, q->set.id))
			end_queue(m, q);
	for (struct model_agent *a = agent_after(m, 0); a; a = agent_after(m, a->id))
		end_contacts(m, &next, a->id);
	move_state(m, &next);
	EACH_SEGMENT(m, s)
	if (s->state != MODEL_FREE && s->has_queue && !model_queue_of(&next, s->queue))
		s->has_queue = false;
	EACH_SEGMENT(m, s)
	if (s->state == MODEL_WAITING && s->preferred) {
		struct model_agent *p = model_known_agent(&next, s->preferred);
		if (!p || !model_is_fit(&next, s, p))
			s->preferred = 0;
	}
	m->version = next.version;
	m->n_agents = next.n_agents;
	m->n_queues = next.n_queues;
	memcpy(m->agents, next.agents, sizeof(m->agents));
	memcpy(m->queues, next.queues, sizeof(m->queues));
	return 0;
}

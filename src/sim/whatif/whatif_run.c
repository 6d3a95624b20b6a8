/* The recorded period lived again over the real engine: a discrete-event simulation in wall milliseconds. See
 * whatif_parts.h.
 *
 * What is given (arrivals, presence, configurations) happens at its time whatever the engine decides; what
 * people do with what it decides (answering, hanging up, talking, wrapping up) stands on the agenda. At the
 * same millisecond the given goes first, then the agenda, then the engine's own deadlines. */
#include "base/alloc.h"
#include "sim/whatif/whatif_parts.h"

#include <errno.h>

enum event {	      /* kinds of the agenda; a and b as said */
	ANSWER = 1,   /* contact's place and decision, agent */
	FAIL,	      /* the same; FAIL + enum route_fail */
	GIVE_UP = 16, /* contact's place */
	TALKED,	      /* contact's place, agent */
	WRAPPED,      /* contact's place, agent */
	WRAPS_ON,     /* the same: longer than the limit */
	BACK,	      /* agent */
	ENGAGED_ENDS, /* place in engaged */
};
enum stage { AWAY, WAITING, CONNECTED, OVER };

struct life { /* of a contact in this simulation */
	enum stage stage;
	bool is_wrapping;
};
struct sim_person {
	bool is_present; /* by what is given */
	bool is_missing; /* after a missed offer */
};
struct sim {
	const struct day *day;
	const struct past *past;
	const struct change *change;
	const struct whatif_options *options;
	struct figures *figures;
	struct route *route;
	struct route_actions actions;
	struct agenda agenda;
	struct arena arena; /* changed configurations */
	int64_t now_ms;
	struct life *lives;
	struct sim_person *people; /* of day.people, then of change.added */
	struct map contact_of;	   /* segment -> place + 1 */
	struct map ringing;	   /* contact's place and agent -> decision + 1 */
	int err;
};

static void fail(struct sim *s, int err)
{
	if (s->err == 0 && err < 0)
		s->err = err;
}

static void plan(struct sim *s, int64_t in_ms, int kind, uint64_t a, uint64_t b)
{
	fail(s, agenda_add(&s->agenda, s->now_ms + (in_ms > 0 ? in_ms : 0), kind, a, b));
}

static int64_t contact_place(const struct sim *s, uint64_t segment)
{
	return segment ? (int64_t)(uintptr_t)map_get(&s->contact_of, segment) - 1 : -1;
}

/* An agent added answers as the one it is like. */
static uint64_t like(const struct sim *s, uint64_t agent)
{
	size_t i = (size_t)(agent - ADDED_ID);

	return agent >= ADDED_ID && i < s->change->added.len ? s->change->added.at[i].like : agent;
}

static struct sim_person *person(struct sim *s, uint64_t agent)
{
	size_t added = (size_t)(agent - ADDED_ID);
	int64_t i = (int64_t)(uintptr_t)map_get(&s->day->person_at, agent) - 1;

	if (agent >= ADDED_ID && added < s->change->added.len)
		return &s->people[s->day->people.len + added];
	return i >= 0 ? &s->people[i] : NULL;
}

/* --- what follows from decisions ----------------------------------------------------------------------- */
static void on_offer(struct sim *s, const struct route_action *a)
{
	int64_t i = contact_place(s, a->segment);

	if (i < 0)
		return;
	struct try t = past_try(s->past, (uint32_t)i, a->agent, like(s, a->agent));
	fail(s, map_put(&s->ringing, pair_key((uint64_t)i + 1, a->agent),
			(void *)(uintptr_t)(a->decision + 1)));
	if (t.fail == ROUTE_NO_ANSWER) /* it rings out: the engine's deadline */
		return;
	plan(s, t.delay_ms, t.fail ? FAIL + (int)t.fail : ANSWER, a->decision << 32 | (uint64_t)i, a->agent);
}

static void on_wrap_up(struct sim *s, const struct route_action *a)
{
	int64_t i = contact_place(s, a->segment);

	if (i < 0 || s->lives[i].is_wrapping)
		return;
	s->lives[i].is_wrapping = true;
	int64_t wrap_ms = past_wrap(s->past, (uint32_t)i), limit_ms = a->due_ms - s->now_ms;
	if (wrap_ms >= 0 && wrap_ms < limit_ms)
		plan(s, wrap_ms, WRAPPED, (uint64_t)i, a->agent);
	else if (wrap_ms > limit_ms)
		plan(s, 0, WRAPS_ON, (uint64_t)i, a->agent);
}

static void on_missed(struct sim *s, uint64_t agent)
{
	struct sim_person *p = person(s, agent);

	if (!p)
		return;
	p->is_missing = true;
	plan(s, past_back(s->past, agent, s->now_ms), BACK, agent, 0);
}

static void on_action(struct sim *s, const struct route_input *in, const struct route_action *a)
{
	int64_t i = contact_place(s, a->segment);

	switch (a->kind) {
	case ROUTE_OFFER:
	case ROUTE_RESERVE:
		on_offer(s, a);
		break;
	case ROUTE_WITHDRAW:
		map_remove(&s->ringing, pair_key((uint64_t)i + 1, a->agent));
		break;
	case ROUTE_NOT_RESPONDING:
		on_missed(s, a->agent);
		break;
	case ROUTE_WRAP_UP:
		on_wrap_up(s, a);
		break;
	case ROUTE_OVERFLOW:
	case ROUTE_REFUSED:
		if (i >= 0 && (a->kind == ROUTE_OVERFLOW || in->kind == ROUTE_ENQUEUE))
			s->lives[i].stage = OVER;
		break;
	default:
		break;
	}
}

static int feed(struct sim *s, const struct route_input *in)
{
	int rc = route_step(s->route, in, s->now_ms, &s->actions);

	if (rc == -ENOMEM)
		fail(s, rc);
	whatif_figures_step(s->figures, in, s->now_ms, rc, &s->actions);
	for (size_t i = 0; i < s->actions.len; i++)
		on_action(s, in, &s->actions.at[i]);
	return rc;
}

/* --- what people do ------------------------------------------------------------------------------------ */
static void answer(struct sim *s, uint32_t i, uint64_t agent)
{
	const struct contact *c = &s->day->contacts.at[i];
	struct route_input in = {.kind = ROUTE_ACCEPTED, .segment = c->in.segment, .agent = agent};

	map_remove(&s->ringing, pair_key((uint64_t)i + 1, agent));
	if (feed(s, &in) < 0)
		return;
	s->lives[i].stage = CONNECTED;
	plan(s, past_handle(s->past, i), TALKED, i, agent);
}

static void on_ring(struct sim *s, const struct agenda_entry *e)
{
	uint32_t i = (uint32_t)e->a;
	uint64_t decision = (uint64_t)(uintptr_t)map_get(&s->ringing, pair_key((uint64_t)i + 1, e->b)) - 1;

	if (decision != e->a >> 32) /* rings no more, or for another decision */
		return;
	if (e->kind == ANSWER) {
		answer(s, i, e->b);
		return;
	}
	map_remove(&s->ringing, pair_key((uint64_t)i + 1, e->b));
	feed(s, &(struct route_input){.kind = ROUTE_FAILED,
			.segment = s->day->contacts.at[i].in.segment,
			.agent = e->b,
			.fail = (enum route_fail)(e->kind - FAIL)});
}

static void on_event(struct sim *s, const struct agenda_entry *e)
{
	uint64_t segment = e->kind == BACK || e->kind == ENGAGED_ENDS
				   ? 0
				   : s->day->contacts.at[(uint32_t)e->a].in.segment;
	const struct engaged *g;
	struct sim_person *p;

	switch (e->kind) {
	case GIVE_UP:
		if (s->lives[e->a].stage != WAITING)
			break;
		s->lives[e->a].stage = OVER;
		feed(s, &(struct route_input){.kind = ROUTE_CANCEL, .segment = segment});
		break;
	case TALKED:
		s->lives[e->a].stage = OVER;
		feed(s, &(struct route_input){.kind = ROUTE_ENDED, .segment = segment, .agent = e->b});
		break;
	case WRAPPED:
		feed(s, &(struct route_input){.kind = ROUTE_WRAP_UP_DONE, .segment = segment, .agent = e->b});
		break;
	case WRAPS_ON:
		feed(s, &(struct route_input){.kind = ROUTE_WRAP_UP_EXTEND,
				.segment = segment,
				.agent = e->b,
				.duration_ms = (int32_t)past_wrap(s->past, (uint32_t)e->a)});
		break;
	case BACK:
		p = person(s, e->a);
		if (!p || !p->is_missing)
			break;
		p->is_missing = false;
		if (p->is_present)
			feed(s, &(struct route_input){
					.kind = ROUTE_AVAILABLE, .agent = e->a, .is_available = true});
		break;
	case ENGAGED_ENDS:
		g = &s->day->engaged.at[e->a];
		feed(s, &(struct route_input){.kind = ROUTE_ENDED, .segment = g->segment, .agent = g->agent});
		break;
	default:
		on_ring(s, e);
	}
}

/* --- what is given ------------------------------------------------------------------------------------- */
static void give_presence(struct sim *s, uint64_t agent, bool is_available)
{
	struct sim_person *p = person(s, agent);

	if (p) {
		p->is_present = is_available;
		p->is_missing = false;
	}
	feed(s, &(struct route_input){.kind = ROUTE_AVAILABLE, .agent = agent, .is_available = is_available});
}

static void give_presence_to_all(struct sim *s, uint64_t agent, bool is_available)
{
	give_presence(s, agent, is_available);
	VEC_EACH(&s->change->added, i)
	if (s->change->added.at[i].like == agent)
		give_presence(s, s->change->added.at[i].id, is_available);
}

static void give_config(struct sim *s, const struct route_config *recorded)
{
	struct route_config config;
	int err = change_apply(s->change, recorded, &s->arena, &config);

	if (err == 0)
		err = feed(s, &(struct route_input){.kind = ROUTE_CONFIGURE, .config = &config});
	fail(s, err);
	/* Those who came with this configuration only: nobody says again that they are there. */
	VEC_EACH(&s->change->added, i)
	{
		const struct sim_person *p = person(s, s->change->added.at[i].like);
		struct sim_person *mine = person(s, s->change->added.at[i].id);
		if (p && p->is_present && !mine->is_present)
			give_presence(s, s->change->added.at[i].id, true);
	}
}

static void give_contact(struct sim *s, uint32_t i)
{
	const struct contact *c = &s->day->contacts.at[i];
	struct route_input in = c->in;
	int64_t patience = past_patience(s->past, i);

	in.waiting_since_ms = c->at_ms - c->waited_before_ms;
	if (in.waiting_since_ms > s->now_ms)
		in.waiting_since_ms = s->now_ms;
	s->lives[i] = (struct life){.stage = WAITING};
	fail(s, map_put(&s->contact_of, in.segment, (void *)(uintptr_t)(i + 1)));
	if (feed(s, &in) < 0) { /* an unknown queue and the like are refused; this is malformed */
		s->lives[i].stage = OVER;
		return;
	}
	if (s->lives[i].stage == WAITING && patience < INT64_MAX)
		plan(s, c->at_ms + patience - s->now_ms, GIVE_UP, i, 0);
}

static void give_engaged(struct sim *s, uint32_t ref)
{
	const struct engaged *g = &s->day->engaged.at[ref];
	int rc = feed(s, &(struct route_input){.kind = ROUTE_ENGAGE,
				 .segment = g->segment,
				 .agent = g->agent,
				 .queue = g->queue,
				 .channel = g->channel});

	if (rc == 0 && g->end_ms < INT64_MAX)
		plan(s, g->end_ms - s->now_ms, ENGAGED_ENDS, ref, 0);
}

static void restart(struct sim *s)
{
	struct route *route;
	int err = route_new(&route, 1);

	if (err < 0) {
		fail(s, err);
		return;
	}
	if (s->route)
		whatif_figures_cut(s->figures, s->now_ms, true);
	route_free(s->route);
	s->route = route;
	agenda_clear(&s->agenda);
	map_free(&s->ringing);
	for (size_t i = 0; i < s->day->contacts.len; i++)
		s->lives[i].stage = OVER;
	for (size_t i = 0; i < s->day->people.len + s->change->added.len; i++)
		s->people[i] = (struct sim_person){0};
}

static void give(struct sim *s, const struct given *g)
{
	switch (g->kind) {
	case GIVEN_RESTART:
		restart(s);
		break;
	case ROUTE_CONFIGURE:
		give_config(s, &s->day->configs.at[g->ref]);
		break;
	case ROUTE_AVAILABLE:
		give_presence_to_all(s, g->who, g->is_available);
		break;
	case ROUTE_ENQUEUE:
		give_contact(s, g->ref);
		break;
	case ROUTE_ENGAGE:
		give_engaged(s, g->ref);
		break;
	case ROUTE_ASSIGN:
		feed(s, &(struct route_input){.kind = ROUTE_ASSIGN,
				.segment = s->day->contacts.at[g->ref].in.segment,
				.agent = g->who});
		break;
	default:
		feed(s, &(struct route_input){.kind = (enum route_input_kind)g->kind,
				.queue = g->who,
				.is_available = g->is_available});
	}
}

/* --- the clock ----------------------------------------------------------------------------------------- */
static void run(struct sim *s)
{
	size_t next = 0;

	while (s->err == 0) {
		int64_t given = next < s->day->given.len ? s->day->given.at[next].at_ms : INT64_MAX;
		int64_t planned = agenda_due(&s->agenda), due = route_next_due(s->route);
		int64_t first = given < planned ? given : planned;
		struct agenda_entry e;
		first = due < first ? due : first;
		if (first >= s->options->to_ms)
			break;
		s->now_ms = first > s->now_ms ? first : s->now_ms;
		if (given == first)
			give(s, &s->day->given.at[next++]);
		else if (planned == first && agenda_take(&s->agenda, &e))
			on_event(s, &e);
		else
			feed(s, &(struct route_input){.kind = ROUTE_TIME});
	}
	whatif_figures_cut(s->figures, s->options->to_ms, false);
}

int whatif_simulate(const struct day *d, const struct past *p, const struct change *c,
	const struct whatif_options *o, struct figures *f)
{
	struct sim s = {.day = d, .past = p, .change = c, .options = o, .figures = f, .now_ms = INT64_MIN};

	s.lives = alloc_array(d->contacts.len + 1, sizeof(*s.lives));
	s.people = alloc_array(d->people.len + c->added.len + 1, sizeof(*s.people));
	if (!s.lives || !s.people)
		s.err = -ENOMEM;
	else
		restart(&s);
	if (s.err == 0)
		run(&s);
	route_free(s.route);
	route_actions_free(&s.actions);
	agenda_free(&s.agenda);
	arena_free(&s.arena);
	map_free(&s.contact_of);
	map_free(&s.ringing);
	alloc_free(s.lives);
	alloc_free(s.people);
	return s.err;
}
